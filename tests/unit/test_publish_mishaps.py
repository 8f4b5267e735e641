"""What goes wrong while a file is published: full disks, odd words, interruptions. Nothing is lost."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import lookalike as la
from lookalike.errors import BadInput, CannotWrite, VerificationFailed
from lookalike.publish.manifest import read_any
from lookalike.publish.publishing import state_path
from lookalike.publish.signing import own_signer
from lookalike.tables.atomic import create_private


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> la.TableModel:
    path = tmp_path_factory.mktemp("train") / "train.csv"
    path.write_text("town,age\n" + "".join(f"{town},{age}\n" for age in range(40) for town in "ab"))
    return la.fit(path)


@pytest.fixture
def file(fitted: la.TableModel, tmp_path: Path) -> Path:
    fitted.sample(500, seed=1).to_csv(tmp_path / "r.csv")
    return tmp_path / "r.csv"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may have a byte: what a full disk does to small files, without one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_private_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "k"
    with pytest.raises(CannotWrite), full_disk():
        create_private(path, b"secret")
    assert list(tmp_path.iterdir()) == []
    assert create_private(path, b"secret")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not create_private(path, b"other")
    assert path.read_bytes() == b"secret"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_no_half_key_in_the_way_of_the_next_try(file: Path, home: Path) -> None:
    own_signer(home / "signer.key")
    with pytest.raises(CannotWrite), full_disk():
        la.publish(file, home=home, encrypt=True)
    assert not Path(f"{file}.key").exists()
    done = la.publish(file, home=home, encrypt=True)
    assert la.verify(done.manifest, file=f"{file}.age").content == "encrypted"


def test_a_full_disk_leaves_no_half_of_what_must_be_known_of_a_payment(file: Path) -> None:
    from lookalike.publish.publishing import _States  # pyright: ignore[reportPrivateUsage]

    states = _States(file, "arweave", "0" * 64)
    with pytest.raises(CannotWrite), full_disk():
        states.save({"transaction": 1})
    assert states.last() is None
    states.save({"transaction": 1})
    with pytest.raises(CannotWrite), full_disk():
        states.save({"transaction": 2})
    assert states.last() == {"transaction": 1}
    for damaged in ("", "[]", "{", "[" * 100_000):
        state_path(file, "arweave").write_text(damaged)
        with pytest.raises(BadInput, match="damaged"):
            states.last()


@pytest.mark.parametrize(
    "change",
    [
        {"scores": [{"name": "a", "value": "high"}]},
        {"scores": [{"name": "a", "value": float("nan")}]},
        {"scores": [{"name": "a", "value": 10**400}]},
        {"scores": [{"name": "\ud800", "value": 1}]},
        {"figures": [{"name": "a", "value": True, "reference": None}]},
        {"gate": {"gate": "d", "passed": "no", "refusals": [], "waived": []}},
        {"gate": {"gate": "d", "passed": True, "refusals": [], "waived": [1]}},
    ],
)
def test_nothing_is_signed_of_a_report_that_no_manifest_may_hold(
    file: Path, home: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    gate = {"gate": "d", "passed": True, "refusals": [], "waived": []}
    report: dict[str, Any] = {"scores": [], "figures": [], "gate": gate}
    (tmp_path / "good.json").write_text(json.dumps(report))
    (tmp_path / "bad.json").write_text(json.dumps(report | change))
    with pytest.raises(BadInput, match="not a report"):
        la.publish(file, home=home, report=tmp_path / "bad.json")
    la.verify(la.publish(file, home=home, report=tmp_path / "good.json").manifest)


def test_a_report_nested_without_end_is_none(file: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(BadInput, match="not a report"):
        la.publish(file, home=home, report=tmp_path / "bad.json")


def test_words_that_no_manifest_can_hold_are_refused_before_anything_is_sent(file: Path, home: Path) -> None:
    for words in ({"licence": "\udcff"}, {"override": "\udcff"}):
        with pytest.raises(BadInput, match="not Unicode"):
            la.publish(file, home=home, **words)
    assert not list((home / "published").glob("**/baf*"))


def test_a_manifest_that_says_something_else_is_put_by_and_found_again(file: Path, home: Path) -> None:
    first = la.publish(file, home=home)
    assert first.put_by is None
    second = la.publish(file, home=home, licence="MIT")
    assert second.put_by is not None
    assert read_any(second.put_by)[1] == first.document
    assert la.verify(second.put_by).publications[0]["address"] == first.receipt.address
    again = la.publish(file, home=home)  # as it was first: its own publications are still in it
    assert again.document == first.document
    assert not second.put_by.exists()
    assert again.put_by is not None
    assert read_any(again.put_by)[1] == second.document


def test_the_manifest_that_another_signed_is_not_lost(file: Path, home: Path, tmp_path: Path) -> None:
    theirs = la.publish(file, home=tmp_path / "theirs", licence="MIT")
    ours = la.publish(file, home=home, licence="MIT")
    assert ours.put_by is not None
    assert read_any(ours.put_by)[1] == theirs.document


def test_what_stands_where_the_manifest_goes_is_told_before_anything_is_sent(file: Path, home: Path) -> None:
    place = Path(f"{file}.signed.json")
    place.mkdir()
    with pytest.raises(BadInput, match="directory"):
        la.publish(file, home=home)
    place.rmdir()
    place.write_text("{}")
    with pytest.raises((BadInput, VerificationFailed)):
        la.publish(file, home=home)
    assert place.read_text() == "{}"
    assert not list((home / "published").glob("**/baf*"))


class _Slow(BaseHTTPRequestHandler):
    """A node that has not the file, and then takes it, and never answers."""

    asked = threading.Event()

    def do_POST(self) -> None:
        if self.path.startswith("/api/v0/pin/ls"):
            body = b'{"Message": "not pinned"}'
            self.send_response(500)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            self.asked.set()
            threading.Event().wait(30)

    def log_message(self, *args: object) -> None:
        pass


def test_who_stops_it_too_late_is_told_that_something_was_sent(file: Path, home: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Slow) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        node = f"http://127.0.0.1:{server.server_address[1]}"
        env = {**os.environ, "LOOKALIKE_HOME": str(home), "LOOKALIKE_IPFS_NODE": node}
        command = [sys.executable, "-m", "lookalike", "publish", str(file), "--to", "ipfs", "--yes-forever"]
        going = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
        assert _Slow.asked.wait(30)
        going.send_signal(signal.SIGINT)
        _, said = going.communicate(timeout=30)
        server.shutdown()
    assert going.returncode == 130
    assert "what was sent by then stays" in said
    assert "nothing half-made" not in said
    assert state_path(file, "ipfs").exists()
