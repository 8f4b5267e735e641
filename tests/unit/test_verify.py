from __future__ import annotations

import copy
import http.server
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lookalike.errors import BadInput, LookalikeError, Unavailable, UsageError, VerificationFailed
from lookalike.publish.manifest import checked_bytes, published, read_any, sha256_of, sign
from lookalike.publish.manifest_schema import SCHEMA
from lookalike.publish.verify import verify
from lookalike.tables.canonical_json import dumps
from lookalike.tables.manifest import manifest_path
from signed_files import SIGNER, STRANGER, Signed, signed

CONTRACT = Path(__file__).parents[2] / "contracts" / "signed_manifest.schema.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    return signed(tmp_path_factory.mktemp("signed"))


@pytest.fixture
def own(tmp_path: Path) -> Signed:
    return signed(tmp_path)


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document, containers too."""
    yield path
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, (*path, key))
    if isinstance(document, list):
        for number, value in enumerate(document):
            yield from places(value, (*path, number))


def other(value: Any) -> Any:
    """A value of the same kind that is not this one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return (("b" if value[0] == "a" else "a") + value[1:]) if value else "a"
    if value is None:
        return "x"
    return [*value, *value] if isinstance(value, list) else {}


def test_the_contract_is_the_schema_in_the_code() -> None:
    assert json.loads(CONTRACT.read_text()) == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_signed_manifest_is_canonical_and_follows_its_schema(made: Signed) -> None:
    assert made.manifest.read_bytes() == dumps(made.document)
    jsonschema.validate(made.document, SCHEMA)
    rows, document = read_any(made.manifest)
    assert document == made.document
    assert rows == json.loads(manifest_path(made.file).read_text())


def test_the_same_claims_are_signed_by_the_same_bytes(own: Signed, made: Signed) -> None:
    assert own.manifest.read_bytes() == made.manifest.read_bytes()


def test_an_untouched_file_is_what_its_manifest_says(made: Signed) -> None:
    found = verify(made.manifest, file=made.file)
    assert (found.content, found.rows, found.known) == ("plain", 250, False)
    assert found.signer == SIGNER.fingerprint
    assert len(found.cids) == 2
    assert [one["where"] for one in found.publications] == ["local", "arweave"]
    assert verify(made.manifest, key=SIGNER.fingerprint).known
    assert verify(made.manifest, key=SIGNER.public_key).known


def test_the_ciphertext_is_what_its_manifest_says(own: Signed, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.age"
    path.write_bytes(b"age-encryption.org/v1\n" + b"\0" * 100)
    assert verify(own.manifest, file=path).content == "encrypted"


def test_a_manifest_that_nobody_signed_still_proves_the_bytes(own: Signed) -> None:
    found = verify(manifest_path(own.file))
    assert (found.signer, found.known) == (None, False)
    with pytest.raises(VerificationFailed, match="signed by nobody"):
        verify(manifest_path(own.file), key=SIGNER.fingerprint)


def test_another_signer_is_refused_by_name(made: Signed) -> None:
    with pytest.raises(VerificationFailed, match=SIGNER.fingerprint):
        verify(made.manifest, key=STRANGER.fingerprint)


def test_every_field_that_is_changed_and_not_signed_anew_is_refused(made: Signed, tmp_path: Path) -> None:
    path = tmp_path / "changed.json"
    tried = 0
    for place in places(made.document):
        changed = copy.deepcopy(made.document)
        if place:
            holder = changed
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = other(holder[place[-1]])
            if changed == made.document or dumps(changed) == made.manifest.read_bytes():
                continue  # an empty list twice is an empty list
        else:
            changed = {}
        path.write_bytes(dumps(changed))
        with pytest.raises(VerificationFailed):
            verify(path, file=made.file)
        tried += 1
    assert tried > 100


def test_every_field_that_is_left_out_or_added_is_refused(made: Signed, tmp_path: Path) -> None:
    path = tmp_path / "changed.json"
    for place in places(made.document):
        for add in (True, False):
            changed = copy.deepcopy(made.document)
            holder: Any = changed
            for step in place[: None if add else -1]:
                holder = holder[step]
            if add and isinstance(holder, dict):
                holder["more"] = 1
            elif not add and place and isinstance(holder, dict):
                del holder[place[-1]]
            elif not add and place[:1] != ("publications",) and place:
                holder.pop(place[-1])
            else:
                continue
            path.write_bytes(dumps(changed))
            with pytest.raises(VerificationFailed):
                verify(path, file=made.file)


def test_one_flipped_bit_at_a_thousand_places_of_the_manifest_is_refused(made: Signed) -> None:
    data, draw = made.manifest.read_bytes(), random.Random(1)
    for _ in range(1000):
        changed = bytearray(data)
        changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        with pytest.raises(VerificationFailed) as refused:
            checked_bytes(bytes(changed), "m.json")
        assert refused.value.exit_status == 6


def test_one_changed_byte_at_a_thousand_places_of_the_file_is_refused(made: Signed, tmp_path: Path) -> None:
    data, draw, path = made.file.read_bytes(), random.Random(2), tmp_path / "rows.csv"
    for _ in range(1000):
        changed = bytearray(data)
        at = draw.randrange(len(data))
        changed[at] = (changed[at] + draw.randrange(1, 256)) % 256
        path.write_bytes(changed)
        with pytest.raises(VerificationFailed, match="SHA-256"):
            verify(made.manifest, file=path)


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d + b"\n", lambda d: b"", lambda d: d[1:]])
def test_a_file_of_another_length_is_refused_by_its_size(own: Signed, change: Any) -> None:
    own.file.write_bytes(change(own.file.read_bytes()))
    with pytest.raises(VerificationFailed, match="bytes, not"):
        verify(own.manifest)


def test_a_manifest_spelled_in_another_way_is_refused(own: Signed) -> None:
    own.manifest.write_text(json.dumps(own.document, indent=1))
    with pytest.raises(VerificationFailed, match="canonical"):
        verify(own.manifest)


def test_a_stranger_cannot_pass_a_manifest_off_as_ours(made: Signed, tmp_path: Path) -> None:
    part = made.document["signed"] | {"licence": "CC0-1.0"}
    forged = made.document | {"signed": part, "signature": STRANGER.sign(part), "publications": []}
    (tmp_path / "m.json").write_bytes(dumps(forged))
    with pytest.raises(VerificationFailed, match="signature"):
        verify(tmp_path / "m.json", file=made.file)
    part |= {"public_key": STRANGER.public_key}
    forged |= {"signed": part, "signature": STRANGER.sign(part)}
    (tmp_path / "m.json").write_bytes(dumps(forged))
    assert verify(tmp_path / "m.json", file=made.file).signer == STRANGER.fingerprint
    with pytest.raises(VerificationFailed, match="was signed by"):
        verify(tmp_path / "m.json", file=made.file, key=SIGNER.fingerprint)


def test_a_publication_of_another_manifest_is_refused(made: Signed) -> None:
    other_part = made.document["signed"] | {"licence": None}
    changed = {"signed": other_part, "signature": SIGNER.sign(other_part)}
    changed["publications"] = made.document["publications"]
    with pytest.raises(VerificationFailed, match="another manifest"):
        checked_bytes(dumps(changed), "m.json")


def test_the_same_publication_again_changes_nothing(made: Signed) -> None:
    from lookalike.publish.base import Receipt

    known = made.document["publications"][0]["signed"]
    receipt = Receipt(where=known["where"], address=known["address"])
    assert published(made.document, receipt, "plain", 1, SIGNER) == made.document
    assert known["manifest_sha256"] == sha256_of(made.document)


def test_nothing_is_signed_that_is_not_the_file(made: Signed) -> None:
    from lookalike.publish.digests import digests_of
    from lookalike.publish.manifest import Claims

    claims = Claims(name="a", rows=made.document["signed"]["rows"], digests=digests_of([b"no"]))
    with pytest.raises(VerificationFailed, match="not the file"):
        sign(claims, SIGNER)


def test_what_cannot_be_read_is_bad_input(tmp_path: Path, made: Signed) -> None:
    with pytest.raises(BadInput, match="No such file"):
        verify(tmp_path / "none.json")
    with pytest.raises(BadInput, match="No such file"):
        verify(made.manifest, file=tmp_path / "none.csv")
    with pytest.raises(UsageError, match="not both"):
        verify(made.manifest, file=made.file, gateway="http://127.0.0.1:1")


@contextmanager
def gateway(answers: dict[str, tuple[int, dict[str, str], bytes]]) -> Iterator[str]:
    """A gateway that gives these answers, by path."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answers.get(self.path, (404, {}, b"no"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_file_is_fetched_from_a_gateway_that_nobody_believes(made: Signed) -> None:
    data = made.file.read_bytes()
    path = f"/ipfs/{made.document['signed']['cids'][0]['cid']}"
    with gateway({path: (302, {"Location": "/there"}, b""), "/there": (200, {}, data)}) as url:
        found = verify(made.manifest, gateway=url)
    assert (found.source, found.content) == (url + path, "plain")
    wrong: list[tuple[bytes, dict[str, str], type[LookalikeError]]] = [
        (data[:-1] + b"x", {}, VerificationFailed),
        (data + b"x", {}, VerificationFailed),
        (b"", {}, VerificationFailed),
        (data[:100], {"Content-Length": str(len(data))}, Unavailable),
    ]
    for body, headers, error in wrong:
        with gateway({path: (200, headers, body)}) as url, pytest.raises(error):
            verify(made.manifest, gateway=url)


def test_a_gateway_that_is_not_there_is_unavailable(made: Signed) -> None:
    with gateway({}) as url:
        pass
    with pytest.raises(Unavailable):
        verify(made.manifest, gateway=url)
