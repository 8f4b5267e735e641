from __future__ import annotations

import contextlib
import hashlib
import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kubo
from lookalike.errors import BadInput, LookalikeError, VerificationFailed
from lookalike.publish.car import Car, car_of, header, section, write_car
from lookalike.publish.cid import DAG_PB, Cid
from lookalike.publish.dag import SMALL_CHUNK_BYTES, Layout, cid_of
from lookalike.publish.digests import digests_of

MOST = 64 << 20


def content(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def archive(path: Path, data: bytes, layout: Layout | None = None) -> Cid:
    root = cid_of([data], layout)
    path.write_bytes(b"".join(car_of([data], root, layout)))
    return root


@pytest.mark.parametrize("layout", [Layout(), Layout(SMALL_CHUNK_BYTES, 0), Layout(100), Layout(50, 0)])
@pytest.mark.parametrize("size", [0, 1, 100, 40_000])
def test_a_file_comes_back_out_of_its_archive(tmp_path: Path, layout: Layout, size: int) -> None:
    data = content(size)
    root = archive(tmp_path / "a.car", data, layout)
    car = Car(tmp_path / "a.car")
    assert car.root == root
    assert b"".join(car.file(most_bytes=MOST)) == data


@pytest.mark.parametrize("size", [0, 5, 3_000_000])
def test_one_pass_gives_hash_cids_and_archive(tmp_path: Path, size: int) -> None:
    data = content(size)
    out = io.BytesIO()
    found = write_car([data[at : at + 70_000] for at in range(0, size, 70_000)], out)
    assert found == digests_of([data])
    assert out.getvalue() == b"".join(car_of([data], found.cid()))


def test_an_archive_of_another_file_than_was_said_ends_in_an_error() -> None:
    with pytest.raises(VerificationFailed):
        list(car_of([b"one"], cid_of([b"another"])))


def test_an_archive_is_believed_in_nothing(tmp_path: Path) -> None:
    path, data = tmp_path / "a.car", content(2_500)
    archive(path, data, Layout(100))
    whole = path.read_bytes()
    draw = random.Random(3)
    refused = 0
    for _ in range(500):
        changed = bytearray(whole)
        changed[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        path.write_bytes(changed[: draw.randrange(len(whole)) if draw.random() < 0.3 else None])
        try:
            car = Car(path)
            found = b"".join(car.file(most_bytes=MOST))
        except LookalikeError:
            refused += 1
        else:
            assert cid_of([found], Layout(100)) == car.root  # what was changed is no part of it
    assert refused > 450


def test_a_small_archive_of_an_endless_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.car"

    def node(child: Cid) -> bytes:
        link = b"\x0a\x24" + bytes(child) + b"\x12\x00\x18\x01"
        return (b"\x12" + bytes([len(link)]) + link) * 100 + b"\x0a\x02\x08\x02"

    blocks = [b"\x0a\x02\x08\x02"]
    for _ in range(6):
        blocks.append(node(Cid(DAG_PB, hashlib.sha256(blocks[-1]).digest())))
    names = [Cid(DAG_PB, hashlib.sha256(block).digest()) for block in blocks]
    path.write_bytes(header(names[-1]) + b"".join(map(section, names, blocks)))
    with pytest.raises(BadInput, match="too large"):
        list(Car(path).file(most_bytes=MOST))


def test_a_file_that_is_larger_than_allowed_is_refused(tmp_path: Path) -> None:
    archive(tmp_path / "a.car", content(10_000), Layout(100))
    with pytest.raises(BadInput, match="larger than"):
        list(Car(tmp_path / "a.car").file(most_bytes=9_999))


@settings(max_examples=200, deadline=None)
@given(tail=st.binary(max_size=300))
def test_no_bytes_at_all_do_more_than_be_refused(
    tail: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.car"
    path.write_bytes(header(cid_of([b""])) + tail)
    with contextlib.suppress(LookalikeError):
        list(Car(path).file(most_bytes=MOST))


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> kubo.Kubo:
    return kubo.Kubo(tmp_path_factory.mktemp("kubo") / "repo")  # its command line needs no daemon


def test_kubo_takes_our_archives_and_we_take_kubos(node: kubo.Kubo, tmp_path: Path) -> None:
    data = content(3_000_000)
    root = archive(tmp_path / "ours.car", data)
    assert str(root) in node.run("dag", "import", str(tmp_path / "ours.car"))
    (tmp_path / "back").write_bytes(b"")
    node.run("get", "-o", str(tmp_path / "there"), str(root))
    assert (tmp_path / "there").read_bytes() == data
    (tmp_path / "file").write_bytes(data)
    theirs = node.run("add", "-Q", "--cid-version=0", str(tmp_path / "file"))
    (tmp_path / "theirs.car").write_bytes(node.raw("dag", "export", theirs))
    car = Car(tmp_path / "theirs.car")
    assert str(car.root) == theirs
    assert b"".join(car.file(most_bytes=MOST)) == data
