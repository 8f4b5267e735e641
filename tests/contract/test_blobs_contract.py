"""What every back end of `BlobStore` keeps: whole or not at all, hashed, by ranges, gone when deleted."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.blob_stores import BACK_ENDS
from lookalike.errors import NotFound, UsageError
from lookalike.stores.blobs import BlobInfo, BlobStore
from lookalike.stores.sealed import SEGMENT_BYTES

EDGES = [
    0,
    1,
    SEGMENT_BYTES - 1,
    SEGMENT_BYTES,
    SEGMENT_BYTES + 1,
    3 * SEGMENT_BYTES,
    11 * 1024 * 1024 + 7,
]
"""Sizes at which something begins or ends: a segment, a part of an upload, a piece that is read."""


@pytest.fixture(params=BACK_ENDS)
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], BlobStore]:
    """Opens the same store as often as it is called."""
    return BACK_ENDS[request.param](tmp_path)


@pytest.fixture
def store(make_store: Callable[[], BlobStore]) -> BlobStore:
    return make_store()


def content(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def pieces(data: bytes, seed: int) -> Iterator[bytes]:
    """``data`` in pieces of very different sizes, some of them empty."""
    at, draw = 0, random.Random(seed)
    while at < len(data):
        size = draw.choice([0, 1, 100, 4096, SEGMENT_BYTES, 1 << 20, 7 << 20])
        yield data[at : at + size]
        at += size


def whole(store: BlobStore, key: str) -> bytes:
    return b"".join(store.read(key))


@pytest.mark.parametrize("size", EDGES)
def test_what_was_put_is_read_back_with_its_size_and_hash_also_after_reopening(
    make_store: Callable[[], BlobStore], size: int
) -> None:
    data = content(size)
    put = make_store().put("a/b", pieces(data, size))
    assert put == BlobInfo("a/b", size, hashlib.sha256(data).hexdigest())
    again = make_store()
    assert whole(again, "a/b") == data
    assert again.info("a/b") == BlobInfo("a/b", size)


def test_any_range_is_the_slice_of_the_whole(store: BlobStore) -> None:
    size = 5 * SEGMENT_BYTES + 123
    data = content(size)
    store.put("a", [data])
    edges = [0, 1, 2, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES, size - 1, size]
    for start in edges:
        for stop in [*edges, size + 1, 10 * size, None]:
            if stop is None or stop >= start:
                assert b"".join(store.read("a", start, stop)) == data[start:stop], (start, stop)
    assert b"".join(store.read("a", size + 5, size + 9)) == b""
    for start, stop in [(-1, 5), (5, 4), (0, -1)]:
        with pytest.raises(UsageError):
            list(store.read("a", start, stop))


def test_ranges_of_an_empty_blob_are_empty(store: BlobStore) -> None:
    store.put("a", [])
    for start, stop in [(0, None), (0, 0), (0, 9), (3, 9)]:
        assert b"".join(store.read("a", start, stop)) == b""


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("size", [0, 10, 12 << 20])
@pytest.mark.parametrize("old", [None, b"old"])
def test_an_error_among_the_chunks_comes_out_as_it_is_and_leaves_what_was_there(
    store: BlobStore, size: int, old: bytes | None
) -> None:
    if old is not None:
        store.put("a", [old])

    def broken() -> Iterator[bytes]:
        yield content(size)
        raise Interrupted

    with pytest.raises(Interrupted):
        store.put("a", broken())
    if old is None:
        assert store.info("a") is None
        assert list(store.list("")) == []
    else:
        assert whole(store, "a") == old


def test_nobody_sees_a_part_of_a_blob(make_store: Callable[[], BlobStore]) -> None:
    store, reader = make_store(), make_store()
    seen: list[object] = []

    def watched() -> Iterator[bytes]:
        for _ in range(4):
            yield content(6 << 20)
            seen.extend([reader.info("a"), *reader.list("")])

    store.put("a", watched())
    assert set(seen) == {None}
    assert reader.info("a") == BlobInfo("a", 24 << 20)


def test_a_later_put_replaces(store: BlobStore) -> None:
    store.put("a", [b"a longer one"])
    store.put("a", [b"short"])
    assert whole(store, "a") == b"short"
    assert list(store.list("")) == [BlobInfo("a", 5)]


def test_what_is_not_there_is_said_at_once(store: BlobStore) -> None:
    assert store.info("a/b") is None
    with pytest.raises(NotFound):
        store.read("a/b")
    with pytest.raises(NotFound):
        store.read("a/b", 3, 5)


def test_listing_goes_by_whole_words(store: BlobStore) -> None:
    for key in ["a/b/c", "a/b/d", "a/bc", "ab", "b/a"]:
        store.put(key, [key.encode()])
    found = {prefix: sorted(info.key for info in store.list(prefix)) for prefix in ["", "a/", "a/b/", "c/"]}
    assert found == {
        "": ["a/b/c", "a/b/d", "a/bc", "ab", "b/a"],
        "a/": ["a/b/c", "a/b/d", "a/bc"],
        "a/b/": ["a/b/c", "a/b/d"],
        "c/": [],
    }
    assert {info.key: info.size_bytes for info in store.list("")}["a/b/c"] == 5
    with pytest.raises(UsageError):
        list(store.list("a/b"))


def test_deleting_leaves_the_others_and_does_not_mind_what_is_absent(store: BlobStore) -> None:
    for key in ["a/b", "a/c", "d"]:
        store.put(key, [b"x"])
    store.delete(["a/b", "nothing", "a/b"])
    store.delete([])
    assert sorted(info.key for info in store.list("")) == ["a/c", "d"]
    store.put("a/b", [b"y"])
    assert whole(store, "a/b") == b"y"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        ".",
        "..",
        "a/../b",
        "a/.b",
        "a b",
        "a\\b",
        "a%2e",
        "a#1",
        "ä",
        "a\0",
        "a" * 200,
    ],
)
def test_keys_that_could_lead_elsewhere_are_refused(store: BlobStore, key: str) -> None:
    for call in (
        lambda: store.put(key, [b"x"]),
        lambda: store.read(key),
        lambda: store.info(key),
        lambda: store.delete([key]),
    ):
        with pytest.raises(UsageError):
            call()


def test_threads_put_and_delete_side_by_side(store: BlobStore) -> None:
    """Folders come and go with the blobs in them; nobody may trip over that."""
    problems: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for i in range(40):
                data = f"{name}{i}".encode()
                store.put(f"folder/{name}", [data])
                assert whole(store, f"folder/{name}") == data
                store.delete([f"folder/{name}"])
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert list(store.list("")) == []
