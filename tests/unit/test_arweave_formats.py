"""Trees, hashes and signatures are those of arweave-js: by its own vectors, and by asking it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arweave_network import key, read_by_arweave_js, wallet
from lookalike.errors import BadInput, PublishRefused, UsageError
from lookalike.publish.arweave_hash import Streamed, b64, deep_hash, unb64
from lookalike.publish.arweave_merkle import (
    LEAST_CHUNK_BYTES,
    MOST_CHUNK_BYTES,
    Tree,
    chunk_sizes,
    proven,
    tree_of,
)
from lookalike.publish.arweave_transaction import Transaction, tags_of
from lookalike.publish.arweave_wallet import Wallet, read_wallet, write_wallet

VECTORS = Path(__file__).parents[1] / "arweave"

SIZES = [
    1,
    LEAST_CHUNK_BYTES,
    MOST_CHUNK_BYTES - 1,
    MOST_CHUNK_BYTES,
    MOST_CHUNK_BYTES + 1,
    MOST_CHUNK_BYTES + LEAST_CHUNK_BYTES - 1,
    MOST_CHUNK_BYTES + LEAST_CHUNK_BYTES,
    3 * MOST_CHUNK_BYTES,
    5 * MOST_CHUNK_BYTES + 7,
    6 * MOST_CHUNK_BYTES + 40_000,
]


def tree(size: int) -> Tree:
    data = bytes(i % 251 for i in range(251)) * (size // 251 + 1)
    return tree_of(size, [data[at : min(at + 100_003, size)] for at in range(0, size, 100_003)])


def test_trees_and_proofs_are_those_of_arweave_js() -> None:
    for size, theirs in zip(SIZES, read_by_arweave_js("chunks", sizes=SIZES), strict=True):
        ours = tree(size)
        assert b64(ours.root) == theirs["root"], size
        assert [list(ours.place(number)) for number in range(ours.chunks)] == theirs["chunks"], size
        assert [b64(ours.proof(number)) for number in range(ours.chunks)] == theirs["proofs"], size


def test_arweave_js_finds_our_proofs_valid_and_those_of_other_bytes_not() -> None:
    ours = tree(5 * MOST_CHUNK_BYTES + 7)
    proofs = [[ours.place(number)[1] - 1, b64(ours.proof(number))] for number in range(ours.chunks)]
    swapped = [proofs[0][0], proofs[-1][1]]
    told = read_by_arweave_js("paths", root=b64(ours.root), size=ours.ends[-1], proofs=[*proofs, swapped])
    assert told == [True] * len(proofs) + [False]


def test_a_proof_of_arweave_js_s_own_tests_holds_and_none_with_a_changed_byte() -> None:
    vector = json.loads((VECTORS / "vectors.json").read_text())["path"]
    root, path = unb64(vector["root"]), unb64(vector["path"])
    found = proven(root, vector["size"], vector["offset"], path)
    assert found is not None
    assert found[:2] == (0, MOST_CHUNK_BYTES)
    for at in range(len(path)):
        changed = path[:at] + bytes([path[at] ^ 1]) + path[at + 1 :]
        assert proven(root, vector["size"], vector["offset"], changed) is None
    assert proven(root, vector["size"], vector["offset"] + 1, path) is None
    assert proven(root, vector["size"], vector["offset"], path[:-1]) is None


@given(st.integers(0, 40 * MOST_CHUNK_BYTES))
def test_chunks_hold_all_bytes_and_none_is_small_but_the_only_one(size: int) -> None:
    sizes = list(chunk_sizes(size))
    assert sum(sizes) == size
    assert max(sizes) <= MOST_CHUNK_BYTES
    assert all(one >= LEAST_CHUNK_BYTES for one in sizes[:-1])
    assert sizes[-1] == 0 or len(sizes) == 1 or sizes[-1] >= LEAST_CHUNK_BYTES


@given(st.integers(1, 600_000))
def test_every_chunk_is_proven_and_only_at_its_place(size: int) -> None:
    ours = tree(size)
    for number in range(ours.chunks):
        start, stop = ours.place(number)
        assert proven(ours.root, size, stop - 1, ours.proof(number)) == (start, stop, ours.hashes[number])
        assert proven(ours.root, size, stop, ours.proof(number)) is None


def test_the_signed_transaction_of_arweave_js_s_own_tests_holds_until_a_field_is_changed() -> None:
    vector = json.loads((VECTORS / "vectors.json").read_text())["transaction"]
    signed = Transaction.of_dict(vector)
    assert signed.intact()
    changes: dict[str, Any] = {
        "owner": b"\xff" + signed.owner[1:],
        "anchor": b"\0",
        "tags": ((b"a", b"b"),),
        "size_bytes": signed.size_bytes + 1,
        "root": signed.root[:-1] + b"\0",
        "reward": signed.reward + 1,
        "target": b"\0",
        "quantity": 1,
        "signature": bytes(512),
    }
    assert set(changes) == {field.name for field in dataclasses.fields(signed)}
    for name, value in changes.items():
        assert not dataclasses.replace(signed, **{name: value}).intact(), name


def test_arweave_js_accepts_our_signature_and_refuses_a_tampered_one() -> None:
    unsigned = Transaction(
        owner=b"",
        anchor=b"a" * 48,
        tags=tags_of({"App-Name": "Lookalike", "Kind": "größer"}),
        size_bytes=5,
        root=b"r" * 32,
        reward=17,
    )
    signed = unsigned.signed(wallet())
    assert signed.intact()
    assert Transaction.of_dict(json.loads(json.dumps(signed.to_dict()))) == signed
    assert read_by_arweave_js("verify", transaction=signed.to_dict()) == {"valid": True}
    flipped = signed.signature[:-1] + bytes([signed.signature[-1] ^ 1])
    tampered = dataclasses.replace(signed, signature=flipped)
    assert not tampered.intact()
    assert not read_by_arweave_js("verify", transaction=tampered.to_dict())["valid"]
    assert not read_by_arweave_js("verify", transaction=signed.to_dict() | {"reward": "18"})["valid"]


@pytest.mark.parametrize(
    "change",
    [
        {"format": 1},
        {"tags": None},
        {"tags": ["name"]},
        {"data_size": "-1"},
        {"data_size": "many"},
        {"reward": "9" * 40},
        {"owner": "!"},
        {"owner": "AB"},  # bits that belong to no byte
        {"signature": 5},
        {"quantity": [1]},
    ],
)
def test_what_is_no_transaction_is_refused(change: dict[str, Any]) -> None:
    vector = json.loads((VECTORS / "vectors.json").read_text())["transaction"]
    with pytest.raises(PublishRefused):
        Transaction.of_dict(vector | change)


def test_a_deep_hash_of_streamed_bytes_is_that_of_the_bytes() -> None:
    data = b"x" * 100_000
    streamed = Streamed(len(data), hashlib.sha384(data).digest())
    assert deep_hash([b"1", [data]]) == deep_hash([b"1", [streamed]])
    assert deep_hash([b"1", data]) != deep_hash([b"1", [data]])
    assert deep_hash([]) != deep_hash(b"")


def test_a_wallet_is_read_as_it_was_written_and_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "wallet.json"
    write_wallet(key(0), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = read_wallet(path)
    assert (read.owner, read.address) == (wallet().owner, wallet().address)
    assert repr(read) == f"<Wallet {wallet().address}>"
    with pytest.raises(BadInput, match="already"):
        write_wallet(key(0), path)


def test_a_wallet_that_others_may_read_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wallet.json"
    path.write_text("not even JSON")
    for mode in (0o640, 0o604, 0o644, 0o620, 0o601):
        path.chmod(mode)
        with pytest.raises(UsageError) as told:
            read_wallet(path)
        assert f"chmod 600 {path}" in (told.value.hint or "")


@pytest.mark.parametrize(
    "change",
    [{"kty": "EC"}, {"d": "AQAB"}, {"p": None}, {"n": "!"}, {"q": 5}, {"dp": ""}, {"n": "AQAB"}, {"e": "Aw"}],
)
def test_what_is_no_wallet_is_refused_and_nothing_of_it_is_quoted(
    change: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "wallet.json"
    write_wallet(key(0), path)
    jwk = json.loads(path.read_text())
    path.write_text(json.dumps(jwk | change))
    with pytest.raises(BadInput) as told:
        read_wallet(path)
    chain: BaseException | None = told.value
    while chain is not None:
        assert jwk["d"][:20] not in str(chain)
        chain = chain.__cause__


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000, '{"kty": "RSA"}', "x" * 70_000])
def test_a_file_that_is_something_else_is_no_wallet(text: str, tmp_path: Path) -> None:
    path = tmp_path / "wallet.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadInput):
        read_wallet(path)
    with pytest.raises(BadInput):
        read_wallet(tmp_path / "none.json")


def test_a_key_of_another_size_is_no_wallet() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    with pytest.raises(BadInput, match="4,096"):
        Wallet(rsa.generate_private_key(65537, 2048))
