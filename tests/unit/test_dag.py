from __future__ import annotations

import hashlib
import json
import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kubo
from lookalike.errors import BadInput
from lookalike.publish.cid import DAG_PB, RAW, Cid
from lookalike.publish.dag import MIB, SMALL_CHUNK_BYTES, WIDTH, Dag, Layout, blocks_of, cid_of
from lookalike.publish.http import Web

V0 = Layout(SMALL_CHUNK_BYTES, 0)
PATTERN = bytes(range(256))

# From Kubo's own library (boxo, ipld/unixfs/importer/balanced): the bytes 0..255 again and again.
KNOWN = {
    0: "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
    1_000: "QmXZBNQEjzF3TdFqmsz3GazLfC8Uk6jDfag79azcZh7y5Y",
    262_145: "QmRZxDLdjSMPrpDsSJ4vucbwMSa6RogubGfDrt5g6w996b",
    3_145_735: "Qmd4rtiYGAEANtaJuZ7psvMrLxNYfciafcme8rCXc9YwFv",
}


def pattern(size: int) -> bytes:
    return (PATTERN * (size // 256 + 1))[:size]


@pytest.mark.parametrize(("size", "cid"), KNOWN.items())
def test_the_cids_that_everybody_knows(size: int, cid: str) -> None:
    assert str(cid_of([pattern(size)], V0)) == cid


def test_a_file_of_one_chunk_is_its_own_block() -> None:
    data = b"hello world"
    cid = cid_of([data])
    assert cid == Cid(RAW, hashlib.sha256(data).digest())
    assert str(cid) == "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_how_the_bytes_come_changes_nothing(data: st.DataObject) -> None:
    content = data.draw(st.binary(max_size=3000))
    layout = Layout(data.draw(st.integers(1, 600)), data.draw(st.sampled_from([0, 1])))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8)))
    pieces = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    assert cid_of(pieces, layout) == cid_of([content], layout)


def test_every_block_is_named_by_its_hash_and_the_root_comes_last() -> None:
    content = random.Random(1).randbytes(3 * WIDTH * 16 + 5)
    layout = Layout(16)
    blocks = list(blocks_of([content], layout))
    assert all(hashlib.sha256(block).digest() == cid.digest for cid, block in blocks)
    assert blocks[-1][0] == cid_of([content], layout)
    assert b"".join(block for cid, block in blocks if cid.codec == RAW) == content
    assert sum(cid.codec == DAG_PB for cid, _ in blocks) == 3 + 1 + 1


@given(st.binary(min_size=32, max_size=32), st.sampled_from([(RAW, 1), (DAG_PB, 1), (DAG_PB, 0)]))
def test_a_cid_is_read_back_from_its_text_and_its_bytes(digest: bytes, form: tuple[int, int]) -> None:
    cid = Cid(form[0], digest, form[1])
    assert Cid.of_text(str(cid)) == cid
    assert Cid.of_bytes(bytes(cid)) == cid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "Qm",
        "Qm" + "1" * 44,
        "Qm" + "z" * 44,
        "Qm" + "0" * 44,
        "BAFKREIFZJUT3TE7NHYEKKLSS27NH3K72YSCO7Y32KOAO5EEI66WOF36N5E",
        "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5f",
        "bafyreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
        "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5é",
        "../../etc/passwd",
    ],
)
def test_what_is_no_cid_of_ours_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Cid.of_text(text)


def test_memory_does_not_grow_with_the_file() -> None:
    piece = random.Random(2).randbytes(MIB)

    def peak(mebibytes: int) -> int:
        tracemalloc.start()
        dag = Dag(Layout(4096))
        for _ in range(mebibytes):
            dag.update(piece)
        dag.finish()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(40) < peak(10) * 1.2


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kubo.Kubo]:
    with kubo.running(tmp_path_factory.mktemp("kubo") / "repo") as found:
        yield found


def kubo_cid(node: kubo.Kubo, data: bytes, layout: Layout) -> str:
    """What the node says, which keeps nothing (``ipfs add -n``)."""
    web = Web(node.api, "Kubo")
    query = {
        "only-hash": "true",
        "cid-version": str(layout.version),
        "raw-leaves": "true" if layout.version else "false",
        "chunker": f"size-{layout.chunk_bytes}",
        "max-file-links": str(WIDTH),
        "progress": "false",
    }
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + data + b"\r\n--x--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = web.request("POST", "/api/v0/add", query=query, body=body, headers=headers)
    return json.loads(answer.body.splitlines()[-1])["Hash"]


EDGES = [0, 1, 16, 17, 16 * WIDTH, 16 * WIDTH + 1, 16 * WIDTH * WIDTH, 16 * WIDTH * WIDTH + 1]
"""Where a leaf, a node, or a level of the tree is just full, with chunks of 16 bytes."""


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("size", EDGES)
def test_kubo_gives_the_same_cid_where_a_level_is_full(node: kubo.Kubo, size: int, version: int) -> None:
    data, layout = random.Random(size).randbytes(size), Layout(16, 1 if version else 0)
    assert kubo_cid(node, data, layout) == str(cid_of([data], layout))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_kubo_gives_the_same_cid_for_any_size(data: st.DataObject, node: kubo.Kubo) -> None:
    size = data.draw(st.integers(0, 3 * MIB))
    layout = data.draw(
        st.sampled_from([Layout(), Layout(SMALL_CHUNK_BYTES), V0, Layout(100), Layout(999, 0)])
    )
    content = random.Random(size).randbytes(min(size, 20_000 * layout.chunk_bytes))
    assert kubo_cid(node, content, layout) == str(cid_of([content], layout))


def test_the_command_line_of_kubo_agrees(node: kubo.Kubo, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(pattern(5 * MIB + 3))
    flags = ("--cid-version=1", "--raw-leaves", "--chunker=size-1048576", f"--max-file-links={WIDTH}")
    assert node.run("add", "-n", "-Q", *flags, str(path)) == str(cid_of([path.read_bytes()]))
    assert node.run("add", "-n", "-Q", "--cid-version=0", str(path)) == str(cid_of([path.read_bytes()], V0))
