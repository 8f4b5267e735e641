"""Sealed blobs and keys: every change is seen, no plaintext stays, and a destroyed key is the end of it."""

from __future__ import annotations

import base64
import os
import random
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.blob_stores import OWNER, keys_in
from lookalike import ids
from lookalike.errors import BadInput, CannotWrite, Damaged, NotFound, UsageError
from lookalike.stores.blobs import DiskBlobs
from lookalike.stores.keys import KEY, Keys
from lookalike.stores.master_keys import GivenKeys, KeyFile
from lookalike.stores.sealed import SEGMENT_BYTES, Sealed, open_json, seal_json
from lookalike.stores.sqlite_documents import SqliteDocuments

HEADER = 36
SEALED_SEGMENT = SEGMENT_BYTES + 16
SIZE = 3 * SEGMENT_BYTES + 1000


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    made = keys_in(tmp_path)
    made.create(OWNER)
    return made


@pytest.fixture
def sealed(tmp_path: Path, keys: Keys) -> Sealed:
    return Sealed(DiskBlobs(tmp_path / "blobs"), keys, OWNER)


def segments(data: bytes) -> tuple[bytes, list[bytes]]:
    """The header and the sealed segments of a stored blob."""
    body = data[HEADER:]
    return data[:HEADER], [body[at : at + SEALED_SEGMENT] for at in range(0, len(body), SEALED_SEGMENT)]


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _moved(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    def changed(data: bytes) -> bytes:
        header, parts = segments(data)
        return header + b"".join(change(parts))

    return changed


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "a bit of the first segment": lambda data: flipped(data, HEADER),
    "a bit of a middle segment": lambda data: flipped(data, HEADER + SEALED_SEGMENT + 5),
    "a bit of a tag": lambda data: flipped(data, HEADER + SEALED_SEGMENT - 1),
    "the last bit": lambda data: flipped(data, len(data) - 1),
    "a bit of the salt": lambda data: flipped(data, 10),
    "the magic": lambda data: flipped(data, 0),
    "two segments swapped": _moved(lambda parts: [parts[1], parts[0], *parts[2:]]),
    "a segment repeated": _moved(lambda parts: [parts[0], parts[0], *parts[1:]]),
    "the first segment left out": _moved(lambda parts: parts[1:]),
    "a middle segment left out": _moved(lambda parts: [parts[0], *parts[2:]]),
    "the last segment left out": _moved(lambda parts: parts[:-1]),
    "all but the first left out": _moved(lambda parts: parts[:1]),
    "no segment left": _moved(lambda parts: []),
    "one byte cut off": lambda data: data[:-1],
    "cut inside a tag": lambda data: data[: HEADER + SEALED_SEGMENT - 3],
    "cut inside the header": lambda data: data[:20],
    "one byte added": lambda data: data + b"\0",
    "the last segment twice": _moved(lambda parts: [*parts, parts[-1]]),
    "nothing left": lambda data: b"",
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_of_the_stored_bytes_is_seen(what: str, sealed: Sealed, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(SIZE)
    sealed.put("a", [data])
    stored = tmp_path / "blobs" / "a"
    changed = CHANGES[what](stored.read_bytes())
    assert changed != stored.read_bytes()
    stored.write_bytes(changed)
    with pytest.raises(Damaged):
        list(sealed.read("a"))


def test_each_of_many_flipped_bits_is_seen(sealed: Sealed, tmp_path: Path) -> None:
    sealed.put("a", [b"x" * (SEGMENT_BYTES + 100)])
    stored = tmp_path / "blobs" / "a"
    data = stored.read_bytes()
    draw = random.Random(2)
    for at in [*range(HEADER + 2), *(draw.randrange(len(data)) for _ in range(150))]:
        stored.write_bytes(flipped(data, at))
        with pytest.raises(Damaged):
            list(sealed.read("a"))
    stored.write_bytes(data)
    assert b"".join(sealed.read("a")) == b"x" * (SEGMENT_BYTES + 100)


def test_a_range_opens_only_the_segments_it_touches(sealed: Sealed, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(SIZE)
    sealed.put("a", [data])
    stored = tmp_path / "blobs" / "a"
    stored.write_bytes(flipped(stored.read_bytes(), HEADER + SEALED_SEGMENT + 5))
    assert b"".join(sealed.read("a", 5, SEGMENT_BYTES)) == data[5:SEGMENT_BYTES]
    assert b"".join(sealed.read("a", 2 * SEGMENT_BYTES)) == data[2 * SEGMENT_BYTES :]
    with pytest.raises(Damaged):
        list(sealed.read("a", 5, SEGMENT_BYTES + 1))


def test_a_segment_of_another_blob_does_not_fit(sealed: Sealed, tmp_path: Path) -> None:
    for key in ["a", "b"]:
        sealed.put(key, [key.encode() * SIZE])
    stored = {key: tmp_path / "blobs" / key for key in ["a", "b"]}
    header, own = segments(stored["a"].read_bytes())
    _, other = segments(stored["b"].read_bytes())
    whole_b = stored["b"].read_bytes()
    stored["a"].write_bytes(header + other[0] + b"".join(own[1:]))
    with pytest.raises(Damaged):
        list(sealed.read("a"))
    stored["a"].write_bytes(whole_b)  # the whole other blob, under this key
    with pytest.raises(Damaged):
        list(sealed.read("a"))


def test_the_key_of_another_owner_does_not_fit(keys: Keys, tmp_path: Path) -> None:
    inner = DiskBlobs(tmp_path / "blobs")
    other = ids.new("job")
    keys.create(other)
    Sealed(inner, keys, OWNER).put("a", [b"mine"])
    with pytest.raises(Damaged):
        list(Sealed(inner, keys, other).read("a"))


def test_nothing_of_the_content_stands_in_any_file(sealed: Sealed, keys: Keys, tmp_path: Path) -> None:
    canary = b"canary-2b91"
    sealed.put("a", [canary * 20_000])
    raw = keys.key(OWNER)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            for secret in (canary, raw, raw.hex().encode(), base64.b64encode(raw)[:40]):
                assert secret not in data, file


def test_the_same_content_is_never_the_same_bytes(sealed: Sealed, tmp_path: Path) -> None:
    for key in ["a", "b"]:
        sealed.put(key, [b"same"])
    sealed.put("a", [b"same"])
    assert (tmp_path / "blobs" / "a").read_bytes()[4:] != (tmp_path / "blobs" / "b").read_bytes()[4:]


def test_a_destroyed_key_is_the_end_of_what_it_sealed(sealed: Sealed, keys: Keys, tmp_path: Path) -> None:
    sealed.put("a", [b"secret"])
    wrapped = SqliteDocuments(tmp_path / "documents.db", [KEY]).get("key", OWNER)
    assert wrapped is not None
    keys.destroy([OWNER])
    for call in (lambda: sealed.read("a"), lambda: sealed.put("b", [b"x"]), lambda: keys.key(OWNER)):
        with pytest.raises(NotFound):
            call()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert wrapped["wrapped"].encode() not in file.read_bytes(), file
    keys.create(OWNER)  # a new key under the old name opens nothing of the old
    with pytest.raises(Damaged):
        list(sealed.read("a"))


def test_json_is_sealed_for_its_owner_and_its_name(keys: Keys) -> None:
    other = ids.new("job")
    keys.create(other)
    value = {"where": {"income": [">50K", None]}, "n": 1}
    text = seal_json(keys, OWNER, "spec", value)
    assert "income" not in text
    assert open_json(keys, OWNER, "spec", text) == value
    for owner, name, changed in [
        (OWNER, "other", text),
        (other, "spec", text),
        (OWNER, "spec", "A" * len(text)),
        (OWNER, "spec", text[:-8]),
        (OWNER, "spec", "no base64!"),
        (OWNER, "spec", ""),
    ]:
        with pytest.raises(Damaged):
            open_json(keys, owner, name, changed)


def test_creating_a_key_twice_keeps_the_first(keys: Keys) -> None:
    first = keys.key(OWNER)
    keys.create(OWNER)
    assert keys.key(OWNER) == first


def test_the_key_file_is_made_for_its_owner_alone_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "master.key"
    first = KeyFile(path).current()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["master.key"]
    assert KeyFile(path).current() == first
    assert first.key.hex() not in repr(first)


def test_processes_that_start_together_make_one_key_file(tmp_path: Path) -> None:
    script = (
        "import sys; from lookalike.stores.master_keys import *; print(KeyFile(sys.argv[1]).current().id)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "master.key")]
    runners = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({runner.communicate()[0] for runner in runners}) == 1


@pytest.mark.parametrize(
    "text", ["", "{}", '{"keys": []}', '{"keys": ["AAAA"]}', '{"keys": [1]}', "[" * 10_000]
)
def test_what_is_no_key_file_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises((BadInput, UsageError)):
        KeyFile(path)


def test_a_key_file_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    KeyFile(path)
    path.chmod(0o644)
    with pytest.raises(BadInput, match="Everybody"):
        KeyFile(path)


def test_rotating_wraps_every_key_anew_and_everything_stays_readable(tmp_path: Path) -> None:
    keys = keys_in(tmp_path)
    owners = [ids.new("job") for _ in range(5)]
    for owner in owners:
        keys.create(owner)
    before = {owner: keys.key(owner) for owner in owners}
    path = tmp_path / "master.key"
    first = KeyFile(path).current()
    bystander = keys_in(tmp_path)  # another process, which has read the file already
    assert bystander.key(owners[0]) == before[owners[0]]
    assert keys.rotate() == 5
    assert KeyFile(path).current() != first
    late = ids.new("job")
    bystander.create(late)
    for reader in (keys, bystander, keys_in(tmp_path)):
        assert {owner: reader.key(owner) for owner in owners} == before
    assert keys.rotate() == 6
    assert KeyFile(path).find(first.id) is None
    assert keys.rewrap() == 0
    for owner in [*owners, late]:
        keys_in(tmp_path).key(owner)


def test_a_straggler_under_an_older_master_key_is_never_lost(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    documents = SqliteDocuments(tmp_path / "documents.db", [KEY])
    keys = Keys(documents, KeyFile(path))
    old = KeyFile(path).current()
    keys.rotate()
    slow = Keys(documents, GivenKeys(base64.b64encode(old.key).decode()))  # has not seen the rotation yet
    slow.create(OWNER)
    expected = slow.key(OWNER)
    assert keys.key(OWNER) == expected
    keys.rotate()
    assert keys.key(OWNER) == expected
    assert KeyFile(path).find(old.id) is None


def test_a_lost_key_file_is_said_and_nothing_is_overwritten(tmp_path: Path) -> None:
    keys_in(tmp_path).create(OWNER)
    (tmp_path / "master.key").rename(tmp_path / "elsewhere")
    keys = keys_in(tmp_path)
    with pytest.raises(Damaged, match="master key that is not here"):
        keys.key(OWNER)
    (tmp_path / "elsewhere").replace(tmp_path / "master.key")
    assert keys.key(OWNER)


def test_a_wrapped_key_belongs_to_its_owner(tmp_path: Path) -> None:
    documents = SqliteDocuments(tmp_path / "documents.db", [KEY])
    keys = Keys(documents, KeyFile(tmp_path / "master.key"))
    other = ids.new("job")
    for owner in (OWNER, other):
        keys.create(owner)
    stolen = documents.get("key", OWNER)
    assert stolen is not None
    documents.update_one("key", {"id": other}, {"wrapped": stolen["wrapped"]})
    with pytest.raises(Damaged):
        keys.key(other)


def test_given_keys_wrap_by_the_first_and_open_by_all(tmp_path: Path) -> None:
    texts = [base64.b64encode(os.urandom(32)).decode() for _ in range(2)]
    documents = SqliteDocuments(tmp_path / "documents.db", [KEY])
    Keys(documents, GivenKeys(texts[0])).create(OWNER)
    both = Keys(documents, GivenKeys(f"{texts[1]}, {texts[0]}"))
    expected = both.key(OWNER)
    with pytest.raises(UsageError):
        both.rotate()
    assert both.rewrap() == 1
    assert Keys(documents, GivenKeys(texts[1])).key(OWNER) == expected
    with pytest.raises(Damaged):
        Keys(documents, GivenKeys(texts[0])).key(OWNER)
    with pytest.raises(UsageError):
        GivenKeys("too short")


KILLED = """
import os, signal, sys
from lookalike.stores.blobs import DiskBlobs
def chunks():
    yield b"x" * (6 << 20)
    yield b"x" * (6 << 20)
    os.kill(os.getpid(), signal.SIGKILL)
DiskBlobs(sys.argv[1]).put("a/b", chunks())
"""


def test_what_a_killed_put_leaves_is_no_blob_and_can_be_dropped(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "blobs")], check=False)
    assert done.returncode == -9
    blobs = DiskBlobs(tmp_path / "blobs")
    assert blobs.info("a/b") is None
    assert list(blobs.list("")) == []
    left = blobs.unfinished()
    assert len(left) == 1
    assert blobs.unfinished() == left
    blobs.drop_unfinished(left)
    blobs.drop_unfinished([*left, str(tmp_path / "master.key"), "/etc/hosts#1"])
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_a_full_disk_is_said_with_a_hint_and_leaves_nothing(
    sealed: Sealed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_FAULT", "before-blob:error")
    with pytest.raises(CannotWrite, match="disk is full"):
        sealed.put("a", [b"x"])
    assert list(sealed.list("")) == []
