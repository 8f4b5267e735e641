"""What we encrypt, another implementation of age opens, and the other way round; and age's test vectors."""

from __future__ import annotations

import base64
import hashlib
import random
import stat
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arweave_network import read_by_arweave_js
from lookalike.errors import BadInput, CannotWrite, Damaged, LookalikeError, UsageError
from lookalike.publish.age import SEGMENT_BYTES, decrypted, encrypted, encrypted_bytes
from lookalike.publish.age_keys import Identity, read_identity, recipient_key, write_identity

SIZES = [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES, 1_000_000]

IDENTITY = Identity(bytes(range(32)))


def pieces(data: bytes, size: int = 50_000) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def opened(data: bytes, identity: Identity = IDENTITY, size: int = 50_000) -> bytes:
    return b"".join(decrypted(identity, pieces(data, size)))


@pytest.mark.parametrize("size", SIZES)
def test_what_we_encrypt_another_implementation_opens(size: int) -> None:
    data = random.Random(size).randbytes(size)
    sealed = b"".join(encrypted(IDENTITY.recipient, pieces(data)))
    assert len(sealed) == encrypted_bytes(size)
    assert pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(IDENTITY.text())]) == data


@pytest.mark.parametrize("size", SIZES)
def test_what_another_implementation_encrypts_we_open(size: int) -> None:
    data = random.Random(size).randbytes(size)
    theirs = pyrage.x25519.Identity.generate()
    others = [pyrage.x25519.Identity.generate().to_public() for _ in range(2)]
    sealed = pyrage.encrypt(data, [others[0], theirs.to_public(), others[1]])
    assert opened(sealed, Identity.of_text(str(theirs))) == data


def test_keys_are_spelled_as_the_other_implementation_spells_them() -> None:
    for _ in range(20):
        ours = Identity.new()
        theirs = pyrage.x25519.Identity.from_str(ours.text())
        assert (str(theirs), str(theirs.to_public())) == (ours.text(), ours.recipient)
        assert recipient_key(ours.recipient) == ours.public


def test_age_s_own_vectors() -> None:
    """All that are of X25519 and not armoured: what must open does, and nothing else is given out."""
    tried = 0
    for name, vector in read_by_arweave_js("vectors").items():
        head, _, body = base64.b64decode(vector).partition(b"\n\n")
        lines = [line.split(": ", 1) for line in head.decode().splitlines()]
        said = dict(lines)
        keys = [value for what, value in lines if what == "identity" and value.startswith("AGE-SECRET-KEY-1")]
        if "armored" in said or "passphrase" in said or len(keys) != 1:
            continue
        if said.get("compressed") == "zlib":
            body = zlib.decompress(body)
        tried += 1
        for size in (7 if len(body) < 10_000 else 7_001, 1 << 20):
            found, failed = bytearray(), None
            try:
                for piece in decrypted(Identity.of_text(keys[0]), pieces(body, size)):
                    found += piece
            except LookalikeError as problem:
                failed = problem
            assert (failed is None) == (said["expect"] == "success"), (name, failed)
            if said["expect"] in ("HMAC failure", "payload failure"):
                assert isinstance(failed, Damaged), name
            elif failed is not None:
                assert isinstance(failed, BadInput), name
            if "payload" in said:
                assert hashlib.sha256(found).hexdigest() == said["payload"], name
            else:
                assert not found, name
    assert tried >= 60


@given(data=st.data())
@settings(max_examples=200)
def test_every_changed_byte_is_noticed(data: st.DataObject) -> None:
    plain = random.Random(1).randbytes(SEGMENT_BYTES + 100)
    sealed = bytearray(b"".join(encrypted(IDENTITY.recipient, [plain])))
    at = data.draw(st.integers(0, len(sealed) - 1) | st.integers(0, 200))
    sealed[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((BadInput, Damaged)):
        opened(bytes(sealed))


@pytest.mark.parametrize("cut", [1, 16, SEGMENT_BYTES, SEGMENT_BYTES + 16])
def test_a_file_that_was_cut_off_or_added_to_is_noticed(cut: int) -> None:
    sealed = b"".join(encrypted(IDENTITY.recipient, [bytes(2 * SEGMENT_BYTES)]))
    with pytest.raises(Damaged):
        opened(sealed[:-cut])
    with pytest.raises(Damaged):
        opened(sealed + bytes(cut))


def test_a_file_for_others_does_not_open() -> None:
    sealed = b"".join(encrypted(IDENTITY.recipient, [b"cells"]))
    with pytest.raises(BadInput, match="others"):
        opened(sealed, Identity.new())


def test_the_same_bytes_are_never_encrypted_the_same() -> None:
    first, second = (b"".join(encrypted(IDENTITY.recipient, [b"cells"])) for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age1",
        IDENTITY.recipient.upper(),
        IDENTITY.recipient[:-1] + ("q" if IDENTITY.recipient[-1] != "q" else "p"),
        IDENTITY.recipient + "q",
        IDENTITY.text(),
        "age1" + "é" * 58,
    ],
)
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        recipient_key(text)


def test_a_key_file_is_for_its_owner_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    path, identity = tmp_path / "rows.key", Identity.new()
    write_identity(identity, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_identity(path).secret == identity.secret
    with pytest.raises(CannotWrite):
        write_identity(Identity.new(), path)
    path.chmod(0o644)
    with pytest.raises(UsageError, match="may read"):
        read_identity(path)


def test_an_identity_is_not_quoted() -> None:
    identity = Identity.new()
    assert identity.text() not in repr(identity)
    with pytest.raises(BadInput) as told:
        Identity.of_text(identity.text()[:-1] + "?")
    assert identity.text()[:40] not in str(told.value)


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(size: int) -> int:
        tracemalloc.start()
        for _ in decrypted(IDENTITY, encrypted(IDENTITY.recipient, (bytes(1 << 20) for _ in range(size)))):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1)
    assert peak(32) < peak(4) + (1 << 20)
