from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.tables import merkle

# The eight leaves, and the roots over the first n of them, of the reference implementation of RFC 6962
# (certificate-transparency, merkletree/merkle_tree_test).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("count", range(1, 9))
def test_the_roots_are_those_of_certificate_transparency(count: int) -> None:
    assert merkle.root(LEAVES[:count]).hex() == ROOTS[count - 1]


def test_the_root_over_nothing_is_the_hash_of_nothing() -> None:
    assert merkle.root([]) == hashlib.sha256().digest()


@given(st.integers(1, 70), st.data())
def test_each_leaf_is_proved_and_nothing_else_is(count: int, data: st.DataObject) -> None:
    leaves = [hashlib.sha256(bytes([i])).digest() for i in range(count)]
    index = data.draw(st.integers(0, count - 1))
    root, path = merkle.root(leaves), merkle.proof(leaves, index)
    assert merkle.verify(leaves[index], index, count, path, root)
    assert not merkle.verify(b"another", index, count, path, root)
    assert not merkle.verify(leaves[index], index + 1, count, path, root)
    assert not merkle.verify(leaves[index], -1, count, path, root)
    assert not merkle.verify(leaves[index], index, count, [*path, leaves[0]], root)
    assert not merkle.verify(leaves[index], index, count, path, b"\0" * 32)
    if path:
        assert not merkle.verify(leaves[index], index, count, path[:-1], root)


def test_a_proof_is_as_long_as_the_tree_is_deep() -> None:
    leaves = [bytes([i]) for i in range(100)]
    assert max(len(merkle.proof(leaves, i)) for i in range(100)) == 7


def test_there_is_no_proof_of_a_block_that_is_not_there() -> None:
    with pytest.raises(IndexError):
        merkle.proof([b"x"], 1)
