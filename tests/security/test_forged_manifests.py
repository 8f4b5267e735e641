"""Whoever makes a manifest to harm, or to be believed for what it is not, is refused by an error of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import lookalike
from lookalike.errors import BadInput, LookalikeError, PublishRefused, UsageError, VerificationFailed
from lookalike.publish import http
from lookalike.publish.base import Receipt
from lookalike.publish.manifest import published, write_signed
from lookalike.publish.signing import Signer, is_signed
from lookalike.publish.verify import verify
from lookalike.tables.canonical_json import dumps
from signed_files import SIGNER, STRANGER, Signed, signed

Json = dict[str, Any]


@pytest.fixture
def made(tmp_path: Path) -> Signed:
    return signed(tmp_path)


def again(document: Json, signer: Signer, **changes: Any) -> Json:
    """Another manifest, of other claims, signed anew by whoever makes it, said to be published nowhere."""
    part = {**document["signed"], "public_key": signer.public_key, **changes}
    return {"signed": part, "signature": signer.sign(part), "publications": []}


def at(made: Signed, document: Json) -> Path:
    write_signed(document, made.manifest)
    return made.manifest


def test_an_empty_fingerprint_vouches_for_nobody(made: Signed) -> None:
    """As when a shell's variable is not set: ``--key "$KEY"``."""
    for key in ("", ":", " "):
        with pytest.raises(VerificationFailed):
            verify(made.manifest, key=key)
    assert verify(made.manifest, key=SIGNER.fingerprint).known


ANYTHING = ("01" + "00" * 31, "01" + "00" * 31 + "00" * 32)
"""The neutral point as a public key, and a signature that holds under it whatever is signed."""


@pytest.mark.parametrize("sign_bit", [0, 1])
@pytest.mark.parametrize("shift", [0, 2**255 - 19])
def test_a_key_under_which_a_signature_holds_for_any_document_is_none(sign_bit: int, shift: int) -> None:
    y = (1 + shift) | sign_bit << 255
    assert not is_signed({"a": 1}, y.to_bytes(32, "little").hex(), ANYTHING[1])
    assert not is_signed({"a": 1}, *ANYTHING)


def test_a_manifest_under_such_a_key_is_refused(made: Signed) -> None:
    part = {**made.document["signed"], "public_key": ANYTHING[0]}
    forged = {"signed": part, "signature": ANYTHING[1], "publications": []}
    with pytest.raises(VerificationFailed, match="signature"):
        verify(at(made, forged))


@pytest.mark.parametrize("name", ["/", ".", "..", "", "a\0b", "x" * 5000, "../../etc/passwd", "\ud7ff"])
def test_a_name_leads_to_no_other_folder_and_to_no_crash(name: str, made: Signed) -> None:
    path = at(made, again(made.document, STRANGER, name=name))
    found = verify(path)
    assert Path(found.source) == made.file
    made.file.unlink()
    with pytest.raises(LookalikeError):
        verify(path)


@pytest.mark.parametrize(
    "link",
    [
        "http://[",
        "http://a..b/x",
        "http://a b/",
        "http://" + "a" * 70 + ".com/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:1/a b\r\nX: y",
        "http:///x",
        "file:///etc/passwd",
        "ftp://x/",
        "",
        "\0",
    ],
)
def test_a_link_that_is_none_is_an_error_of_ours(link: str, made: Signed) -> None:
    receipt = Receipt(where="local", address="x", links=(link,))
    bare = again(made.document, STRANGER)
    path = at(made, published(bare, receipt, "plain", 0, STRANGER))
    made.file.unlink()
    with pytest.raises(LookalikeError):
        verify(path, timeout_s=1)


def test_a_manifest_that_would_be_counted_without_end_is_refused_at_once(made: Signed) -> None:
    [first, *_] = made.document["signed"]["cids"]
    tiny = [{**first, "chunk_bytes": 1}]
    many = [{**first, "chunk_bytes": 1024 + number} for number in range(9)]
    for cids in (tiny, many):
        with pytest.raises(VerificationFailed, match="CIDs"):
            verify(at(made, again(made.document, STRANGER, cids=cids)))


def test_what_is_nested_without_end_is_refused(made: Signed) -> None:
    text = dumps(made.document).decode()
    for depth in (500, 5_000, 100_000):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            deep = opening * depth + ("1" if opening != "[" else "") + closing * depth
            forged = text.replace('"licence":"CC-BY-4.0"', f'"licence":{deep}')
            assert forged != text
            made.manifest.write_text(forged)
            with pytest.raises(VerificationFailed):
                verify(made.manifest)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + b"\n",
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text + b"\0",
        lambda text: text.replace(b'"version":1', b'"version":1.0'),
        lambda text: text.replace(b'"version":1', b'"version":true'),
        lambda text: text.replace(b'"version":1', b'"version":1e0'),
        lambda text: text.replace(b'"signature":', b'"signature":"x","signature":', 1),
        lambda text: text.replace(b"CC-BY", b"\\u0043C-BY"),
        lambda text: text.replace(b'"licence":"CC-BY-4.0"', b'"licence":"CC-BY-4.0\\ud800"'),
        lambda text: text.replace(b'"licence":', b'"license":"x","licence":'),
        lambda text: b"[" + text + b"]",
    ],
)
def test_another_spelling_of_the_same_manifest_is_refused(
    change: Callable[[bytes], bytes], made: Signed
) -> None:
    text = made.manifest.read_bytes()
    assert change(text) != text
    made.manifest.write_bytes(change(text))
    with pytest.raises(VerificationFailed):
        verify(made.manifest)


def test_a_signature_holds_only_where_it_was_made(made: Signed) -> None:
    """Each signature, and each signed part, in each other place."""
    entries = made.document["publications"]
    swapped = [
        {**made.document, "signature": entries[0]["signature"]},
        {**made.document, "publications": [{**entries[0], "signature": made.document["signature"]}]},
        {**made.document, "publications": [{**entries[0], "signature": entries[1]["signature"]}]},
        {**made.document, "publications": [entries[0], entries[0]]},
        {**made.document, "signed": entries[0]["signed"], "signature": entries[0]["signature"]},
        {**again(made.document, STRANGER), "publications": entries},
        {**again(made.document, SIGNER, licence="other"), "publications": entries},
    ]
    for forged in swapped:
        with pytest.raises(VerificationFailed):
            verify(at(made, forged))


def test_a_publication_by_a_stranger_is_refused_where_a_key_is_asked_for(made: Signed) -> None:
    receipt = Receipt(where="ipfs", address="elsewhere", links=("http://127.0.0.1:1/",))
    path = at(made, published(made.document, receipt, "plain", 0, STRANGER))
    with pytest.raises(VerificationFailed, match="another key"):
        verify(path, key=SIGNER.fingerprint)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_a_file_that_is_no_file_is_not_read_without_end(made: Signed, tmp_path: Path) -> None:
    made.file.unlink()
    made.file.symlink_to("/dev/zero")
    with pytest.raises(LookalikeError):
        verify(made.manifest, timeout_s=1)
    with pytest.raises(VerificationFailed):
        verify(made.manifest, file=made.file)
    made.file.unlink()
    made.file.symlink_to(tmp_path)
    with pytest.raises(LookalikeError):
        verify(made.manifest, file=made.file)


def said(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lookalike", "verify", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_a_manifest_says_of_itself_looks_like_no_line_of_ours(made: Signed) -> None:
    lie = f"x\nIntact, and signed by {SIGNER.fingerprint}, as asked.\n\x1b[2J\u202e"
    bare = again(made.document, STRANGER)
    path = at(made, published(bare, Receipt(where=lie, address=lie), "plain", 0, STRANGER))
    found = said(str(path))
    assert found.returncode == 0, found.stderr
    lines = found.stdout.splitlines()
    assert [line for line in lines if line.startswith("Intact")] == [
        f"Intact, signer unknown: signed by {STRANGER.fingerprint}."
    ]
    assert not {"\x1b", "\u202e"} & set(found.stdout)


def test_an_audit_of_no_blocks_is_none(made: Signed, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("a\n" + "1\n2\n" * 20)
    lookalike.fit(tmp_path / "train.csv").save(tmp_path / "m.lal")
    lookalike.load(tmp_path / "m.lal").sample(20).to_csv(tmp_path / "r.csv")
    found = said(f"{tmp_path}/r.csv.manifest.json", "--model", f"{tmp_path}/m.lal", "--audit", "0")
    assert (found.returncode, "1 block at least" in found.stderr) == (2, True)


def test_a_bad_gateway_is_the_callers_fault_and_a_bad_link_the_manifests(made: Signed) -> None:
    with pytest.raises(UsageError, match="no URL"):
        verify(made.manifest, gateway="ftp://x")
    receipt = Receipt(where="local", address="x", links=("ftp://x",))
    path = at(made, published(again(made.document, STRANGER), receipt, "plain", 0, STRANGER))
    made.file.unlink()
    with pytest.raises(BadInput, match="link"):
        verify(path)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is no address")
def test_nobody_outside_sends_us_into_this_network(
    made: Signed, liar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """127.0.0.2 plays the public net: no test can listen on an address of that."""
    monkeypatch.setattr(http, "is_public", lambda address: address == "127.0.0.2")
    with serving("127.0.0.2") as outside:
        for here, there, fine in (
            (outside, outside, True),
            (liar, liar, True),
            (liar, outside, True),
            (outside, liar, False),
        ):
            _Liar.moved, asked = f"{there}/whole", _Liar.asked
            if fine:
                verify(made.manifest, gateway=f"{here}/moved")
            else:
                with pytest.raises(PublishRefused, match="not to be trusted"):
                    verify(made.manifest, gateway=f"{here}/moved")
                assert _Liar.asked == asked + 2  # of both publications, and nobody here


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
    ],
)
def test_what_is_an_address_of_the_public_net(address: str, public: bool) -> None:
    assert http.is_public(address) == public


class _Liar(BaseHTTPRequestHandler):
    """``/whole``: the file; ``/endless``, ``/other``, ``/gone``, ``/short``, ``/moved``: as it says."""

    moved = ""
    asked = 0

    whole = b""

    def do_GET(self) -> None:
        _Liar.asked += 1
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", self.moved)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/gone":
            self.send_error(404)
            return
        self.send_response(200)
        if self.path == "/endless":
            self.end_headers()
            with_more = True
            while with_more:
                try:
                    self.wfile.write(bytes(1 << 16))
                except OSError:
                    with_more = False
            return
        body = self.whole if self.path == "/whole" else b"<html>Welcome</html>"
        self.send_header("Content-Length", str(len(body) + (self.path == "/short")))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(address: str) -> Iterator[str]:
    with ThreadingHTTPServer((address, 0), _Liar) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{address}:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def liar(made: Signed) -> Iterator[str]:
    _Liar.whole = made.file.read_bytes()
    with serving("127.0.0.1") as url:
        yield url


def test_gateways_that_lie_hide_no_file_and_alone_are_found_out(made: Signed, liar: str) -> None:
    bare = again(made.document, STRANGER)
    lies = tuple(f"{liar}/{what}" for what in ("other", "endless", "gone", "short"))
    made.file.unlink()
    for links, right in (((*lies, f"{liar}/whole"), True), (lies, False)):
        receipt = Receipt(where="local", address="x", links=links)
        path = at(made, published(bare, receipt, "plain", 0, STRANGER))
        if right:
            assert verify(path, timeout_s=5).source == f"{liar}/whole"
        else:
            with pytest.raises(VerificationFailed, match="other"):
                verify(path, timeout_s=5)


def test_a_manifest_of_something_else_is_no_manifest(made: Signed) -> None:
    for value in ([], {}, None, 1, "x", {"signed": []}, {"signed": {}}, {"signed": {"rows": []}}):
        made.manifest.write_text(json.dumps(value))
        with pytest.raises(VerificationFailed):
            verify(made.manifest)
