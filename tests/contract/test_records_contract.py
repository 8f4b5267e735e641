"""What every back end of `RecordStore` keeps: created once, sealed, found exactly, gone when dropped."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.blob_stores import keys_in
from contract.record_stores import BACK_ENDS, JOBS
from lookalike import faults
from lookalike.errors import Damaged, NotFound, UsageError
from lookalike.stores.records import MOST_LOOKED_AT, Query, Record, RecordStore
from lookalike.stores.sqlite_records import SqliteRecords

FIRST, SECOND = JOBS
Reopen = Callable[[], RecordStore]
CANARY = "zanzibar-9171"
WORDS = {FIRST: "wordfirst", SECOND: "wordsecond"}


@pytest.fixture(params=BACK_ENDS)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Opens the same store as often as it is called."""
    opened: list[RecordStore] = []
    make = BACK_ENDS[request.param](tmp_path)

    def again() -> RecordStore:
        opened.append(make())
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Reopen) -> RecordStore:
    return reopen()


def record(number: int, job: str = FIRST, status: str = "accepted", **fields: Any) -> Record:
    return Record(
        f"{job}/{number:06d}", status, fields or {"text": f"record {number}"}, {"model": "m", "cost": 0.5}
    )


def ids(records: Any) -> list[str]:
    return [one.id for one in records]


def whole(store: RecordStore, query: Query, limit: int = 3) -> list[Record]:
    """All pages, one after the other."""
    found: list[Record] = []
    after = None
    while True:
        page = store.search(query, after, limit)
        assert len(page.records) <= limit
        found += page.records
        if page.next is None:
            return found
        after = page.next


def test_what_was_created_is_there_at_once_and_after_reopening(reopen: Reopen) -> None:
    kept = [record(1, title="ä ☃ \ud800", deep={"a": [1, None, True]}), record(2, n=10**20, x=0.1)]
    store = reopen()
    assert store.create(kept) == [True, True]
    for one in (store, reopen()):
        assert one.get([kept[1].id, f"{FIRST}/none", kept[0].id]) == [kept[1], None, kept[0]]
    assert store.create([]) == []
    assert store.get([]) == []


def test_an_id_is_created_once_and_its_record_never_changes(reopen: Reopen) -> None:
    store = reopen()
    assert store.create([record(1, a=1), record(1, a=2), record(2, a=3)]) == [True, False, True]
    assert reopen().create([record(2, a=4), record(3, a=5)]) == [False, True]
    assert [one.fields["a"] for one in store.scan(FIRST)] == [1, 3, 5]


def test_of_many_that_create_the_same_ids_at_once_each_id_has_one_winner(reopen: Reopen) -> None:
    wins: list[str] = []

    def create(writer: int) -> None:
        own = reopen()
        order = list(range(40))
        random.Random(writer).shuffle(order)
        for start in range(0, 40, 8):
            part = [record(number, writer=writer) for number in order[start : start + 8]]
            made = own.create(part)
            wins.extend(one.id for one, new in zip(part, made, strict=True) if new)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wins) == [f"{FIRST}/{number:06d}" for number in range(40)]
    assert ids(reopen().scan(FIRST)) == sorted(wins)


def test_a_scan_is_complete_in_the_order_of_ids_and_by_status(store: RecordStore) -> None:
    numbers = list(range(1200))
    random.Random(1).shuffle(numbers)
    for start in range(0, 1200, 100):
        status = "accepted" if start % 200 else "failed"
        store.create([record(number, status=status) for number in numbers[start : start + 100]])
    store.create([record(5, SECOND)])
    assert ids(store.scan(FIRST)) == [f"{FIRST}/{number:06d}" for number in range(1200)]
    failed = ids(store.scan(FIRST, "failed"))
    assert len(failed) == 600
    assert failed == sorted(failed)
    assert ids(store.scan(FIRST, "failed", after=failed[99])) == failed[100:]
    assert store.counts(FIRST) == {"accepted": 600, "failed": 600}
    assert store.counts(SECOND) == {"accepted": 1}
    assert list(store.scan(SECOND, "failed")) == []


TEXTS = [
    {"title": "The river Óder", "town": "Wrocław", "n": 1},
    {"title": "A river, wide", "town": "Wroclaw", "n": 12},
    {"title": "wide river", "body": {"parts": ["deep inside", "naïve"]}, "n": 2},
    {"title": "rivers", "town": None, "ok": True},
    {"title": "東京の天気", "town": "東京"},
    {"title": "STRASSE", "body": "Straße 5 wide", "n": 2.5},
]
SEARCHES: list[tuple[str, dict[str, Any], list[int]]] = [
    ("a word", {"text": "river"}, [0, 1, 2]),
    ("words in any order", {"text": "wide river"}, [1, 2]),
    ("a phrase", {"text": '"river wide"'}, [1]),
    ("case and accents", {"text": "oder WROCŁAW"}, [0]),
    ("a phrase is not found over two fields", {"text": '"wide wroclaw"'}, []),
    ("deep", {"text": "inside naive"}, [2]),
    ("no part of a word", {"text": "rive"}, []),
    ("characters that are words", {"text": "天気"}, [4]),
    ("folded", {"text": "strasse"}, [5]),
    ("a number", {"text": "12"}, [1]),
    ("words with signs", {"text": "a-river"}, [1]),
    ("a field", {"fields": {"town": "Wrocław"}}, [0]),
    ("a number's field", {"fields": {"n": "2.5"}}, [5]),
    ("a truth value's field", {"fields": {"ok": "true"}}, [3]),
    ("null is nothing", {"fields": {"town": "null"}}, []),
    ("a field and a word", {"text": "river", "fields": {"n": "2"}}, [2]),
    ("a status", {"statuses": ("failed",)}, [1, 3, 5]),
    ("a status and a word", {"text": "river", "statuses": ("failed", "open")}, [1]),
    ("everything", {}, [0, 1, 2, 3, 4, 5]),
    ("words of the index's own language", {"text": 'river OR "wide" NEAR( title : *'}, []),
]


@pytest.mark.parametrize("indexed", ["before", "after", "never"])
@pytest.mark.parametrize(
    ("asked", "expected"), [case[1:] for case in SEARCHES], ids=[case[0] for case in SEARCHES]
)
def test_a_search_finds_the_same_with_and_without_an_index(
    store: RecordStore, asked: dict[str, Any], expected: list[int], indexed: str
) -> None:
    if indexed == "before":
        store.index(FIRST)
    made = [
        record(number, status="failed" if number % 2 else "accepted", **fields)
        for number, fields in enumerate(TEXTS)
    ]
    store.create(made)
    if indexed == "after":
        store.index(FIRST)
    assert store.is_indexed(FIRST) is (indexed != "never")
    found = whole(store, Query(jobs=(FIRST,), **asked), limit=2)
    assert found == [made[number] for number in expected]


@pytest.mark.parametrize("indexed", [(), (FIRST,), JOBS])
def test_a_search_reaches_over_the_jobs_that_are_named_and_no_others(
    store: RecordStore, indexed: tuple[str, ...]
) -> None:
    for job in indexed:
        store.index(job)
    for number in range(7):
        store.create([record(number, FIRST, text="a word"), record(number, SECOND, text="a word")])
    both = whole(store, Query(jobs=(SECOND, FIRST), text="word"))
    assert ids(both) == [f"{job}/{number:06d}" for job in JOBS for number in range(7)]
    assert ids(whole(store, Query(jobs=(SECOND,), text="word"))) == ids(both)[7:]
    assert whole(store, Query(jobs=(), text="word")) == []


RANKED = [
    {"title": "a river in a valley by a mill, among fields and woods and far from here"},
    {"title": "a river, a mill"},
    {"title": "river river river"},
    {"title": "a valley with a mill"},
    {"title": "a river, a mill"},
]


def test_by_relevance_the_best_come_first_and_equal_ones_by_id(store: RecordStore) -> None:
    store.index(FIRST)
    # so many others that the words are rare
    others = [record(number, text="other words") for number in range(100, 140)]
    made = [record(number, **fields) for number, fields in enumerate(RANKED)]
    store.create(made + others)
    for limit in (1, 2, 3, 50):
        found = whole(store, Query(jobs=(FIRST,), text="river", order="relevance"), limit)
        assert found == [made[number] for number in (2, 1, 4, 0)]
    both = whole(store, Query(jobs=(FIRST,), text="mill river", order="relevance"), 1)
    assert both == [made[number] for number in (1, 4, 0)]
    failed = Query(jobs=(FIRST,), text="river", order="relevance", statuses=("failed",))
    assert whole(store, failed) == []
    by_id = whole(store, Query(jobs=(FIRST,), text="river"))
    assert by_id == [made[number] for number in (0, 1, 2, 4)]
    assert ids(whole(store, Query(jobs=(FIRST,), order="relevance"), 7)) == ids(store.scan(FIRST))


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 7, 200])
def test_by_relevance_every_record_of_every_job_comes_once_those_without_an_index_last(
    store: RecordStore, tmp_path: Path, limit: int
) -> None:
    third = FIRST[:-1] + "3"
    keys_in(tmp_path).create(third)
    jobs = (*JOBS, third)
    for job in (FIRST, third):
        store.index(job)
    made = [record(number, job, text="needle " * (number + 1)) for number in range(3) for job in jobs]
    store.create(made)
    found = ids(whole(store, Query(jobs=jobs, text="needle", order="relevance"), limit))
    assert sorted(found) == sorted(ids(made))
    assert found[-3:] == [f"{SECOND}/{number:06d}" for number in range(3)]
    assert [one[-1] for one in found[:6]] == ["2", "2", "1", "1", "0", "0"]


def test_a_cursor_that_is_none_is_refused(store: RecordStore) -> None:
    store.index(FIRST)
    store.create([record(1, text="needle")])
    query = Query(jobs=(FIRST,), text="needle", order="relevance")
    with pytest.raises(UsageError):
        store.search(query, "x y")
    assert store.search(query, "nan y").records == []


def test_a_search_without_an_index_answers_after_so_many_records_and_goes_on(store: RecordStore) -> None:
    most = MOST_LOOKED_AT + 1000
    store.create([record(number, text="other") for number in range(most)])
    store.create([record(most, text="needle")])
    page = store.search(Query(jobs=(FIRST,), text="needle"))
    assert list(page.records) == []
    assert page.next is not None
    assert ids(whole(store, Query(jobs=(FIRST,), text="needle"))) == [f"{FIRST}/{most:06d}"]


def test_a_search_without_a_word_and_pages_of_no_size_are_refused(store: RecordStore) -> None:
    store.create([record(1)])
    with pytest.raises(UsageError):
        store.search(Query(jobs=(FIRST,), text="?! ..."))
    for limit in (0, 201):
        with pytest.raises(UsageError):
            store.search(Query(jobs=(FIRST,)), limit=limit)


@pytest.mark.parametrize("bad", ["", "x", f"{FIRST}", f"{FIRST}/", f"{FIRST}/../x/y z", f"{FIRST}/a\n"])
def test_an_id_that_is_none_is_refused(store: RecordStore, bad: str) -> None:
    with pytest.raises(UsageError):
        store.create([Record(bad, "accepted", {})])


def test_a_job_without_a_key_has_no_records(store: RecordStore, tmp_path: Path) -> None:
    stranger = FIRST[:-1] + "9"
    with pytest.raises(NotFound):
        store.create([record(1, stranger)])
    store.create([record(1)])
    keys_in(tmp_path).destroy([FIRST])
    with pytest.raises(NotFound):
        store.create([record(2)])


def plain(folder: Path, word: str) -> list[str]:
    """The files that hold the word as it is."""
    found = [file for file in folder.rglob("*") if file.is_file() and word.encode() in file.read_bytes()]
    return [file.name for file in found]


def test_nothing_that_was_stored_is_in_plain_unless_the_job_is_indexed(
    store: RecordStore, tmp_path: Path
) -> None:
    store.create([record(1, **{f"{CANARY}-field": f"{CANARY}-text"})])
    assert plain(tmp_path, "zanzibar") == []
    store.index(FIRST)
    assert plain(tmp_path, "zanzibar") != []


def test_what_is_dropped_is_nowhere_any_more_and_other_jobs_stay(reopen: Reopen, tmp_path: Path) -> None:
    store = reopen()
    for job in JOBS:
        store.index(job)
        store.create([record(number, job, text=f"zanzibar {number} {WORDS[job]}") for number in range(300)])
    assert plain(tmp_path, "wordfirst") != []
    store.drop(FIRST)
    assert plain(tmp_path, "wordfirst") == []
    assert not any((tmp_path / "blobs" / FIRST / "records").glob("*"))
    assert list(store.scan(FIRST)) == []
    assert store.search(Query(jobs=(FIRST,), text="zanzibar")).records == []
    assert len(whole(reopen(), Query(jobs=JOBS, text="zanzibar"), limit=200)) == 300
    store.drop(FIRST)
    keys_in(tmp_path).destroy([SECOND])
    store.drop(FIRST, SECOND)
    assert plain(tmp_path, "zanzibar") == []


def test_all_but_the_sealed_segments_can_be_made_anew(reopen: Reopen, tmp_path: Path) -> None:
    store = reopen()
    for start in range(0, 600, 50):
        store.create([record(number, text=f"word {number}") for number in range(start, start + 50)])
    before = list(store.scan(FIRST))
    assert store.rebuild(FIRST) == 600
    assert list(store.scan(FIRST)) == before
    store.index(FIRST)
    assert store.rebuild(FIRST) == 600
    assert store.is_indexed(FIRST)
    assert ids(whole(store, Query(jobs=(FIRST,), text="word 77"))) == [f"{FIRST}/000077"]
    store.close()
    for file in tmp_path.glob("records.db*"):
        file.unlink()
    again = reopen()
    assert list(again.scan(FIRST)) == before
    assert again.create([record(599), record(600)]) == [False, True]


def test_a_segment_that_was_changed_or_swapped_is_told(reopen: Reopen, tmp_path: Path) -> None:
    store = reopen()
    store.create([record(1)])
    store.create([record(2)])
    one, two = sorted((tmp_path / "blobs" / FIRST / "records").iterdir())
    first, second = one.read_bytes(), two.read_bytes()
    for data in (first[:-1], first[:60] + bytes([first[60] ^ 1]) + first[61:], second):
        one.write_bytes(data)
        with pytest.raises(Damaged):
            list(reopen().scan(FIRST))


def blobs(folder: Path) -> list[Path]:
    return sorted((folder / "blobs" / FIRST / "records").iterdir())


def in_small_parts(store: RecordStore, count: int) -> list[Record]:
    """Records that were stored one by one, as a slow model's are."""
    made = [record(number, text=f"word {number}") for number in range(count)]
    for one in made:
        store.create([one])
    return made


@pytest.mark.parametrize("indexed", [False, True])
def test_joined_segments_are_few_and_hold_the_same(reopen: Reopen, tmp_path: Path, indexed: bool) -> None:
    store, reader = reopen(), reopen()
    if indexed:
        store.index(FIRST)
    made = in_small_parts(store, 60)
    large = record(60, text="x" * 200_000)
    store.create([large])
    begun = reader.scan(FIRST)
    assert next(begun) == made[0]
    assert store.join(FIRST) == 59
    assert len(blobs(tmp_path)) == 2
    assert [*begun] == [*made[1:], large]  # who was reading goes on
    for one in (store, reader, reopen()):
        assert list(one.scan(FIRST)) == [*made, large]
        assert one.get([made[7].id]) == [made[7]]
        assert ids(whole(one, Query(jobs=(FIRST,), text="word 33"))) == [made[33].id]
    assert store.join(FIRST) == 0
    assert store.create([made[0], record(61)]) == [False, True]
    assert store.rebuild(FIRST) == 62
    assert list(store.scan(FIRST))[:61] == [*made, large]
    assert indexed or plain(tmp_path, "word") == []


def test_segments_are_joined_by_many_while_others_write_and_read(reopen: Reopen, tmp_path: Path) -> None:
    store = reopen()
    made = in_small_parts(store, 40)
    errors: list[BaseException] = []

    def do(work: Callable[[RecordStore], object]) -> None:
        own = reopen()
        try:
            for _ in range(5):
                work(own)
        except BaseException as error:
            errors.append(error)

    def read(own: RecordStore) -> None:
        assert list(own.scan(FIRST))[:40] == made

    def write(own: RecordStore) -> None:
        number = len(list(own.scan(FIRST)))
        own.create([record(n) for n in range(number, number + 3)])

    works = [lambda own: own.join(FIRST), lambda own: own.join(FIRST), read, write]
    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    store.join(FIRST)
    assert len(blobs(tmp_path)) == 1
    assert ids(store.scan(FIRST)) == [f"{FIRST}/{number:06d}" for number in range(55)]
    assert store.rebuild(FIRST) == 55


JOINER = """
import sys
from pathlib import Path
from contract.record_stores import BACK_ENDS
from contract.test_records_contract import FIRST
BACK_ENDS[sys.argv[1]](Path(sys.argv[2]))().join(FIRST)
"""


@pytest.mark.parametrize(("anew", "indexed"), [(False, True), (True, False)])
@pytest.mark.parametrize("point", [*faults.JOIN_POINTS, "before-blob", "after-blob"])
def test_whoever_joins_may_be_killed_at_any_point(
    reopen: Reopen, tmp_path: Path, point: str, anew: bool, indexed: bool
) -> None:
    """Also when the list is lost, and is made anew from whatever is there."""
    store = reopen()
    if indexed:
        store.index(FIRST)
    made = in_small_parts(store, 12)
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "LOOKALIKE_FAULT": f"{point}:kill",
    }
    command = [sys.executable, "-c", JOINER, next(iter(BACK_ENDS)), str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    if anew:
        assert store.rebuild(FIRST) == 12
    assert list(store.scan(FIRST)) == made
    assert store.create([made[0], record(12, text="word 12")]) == [False, True]
    store.join(FIRST)
    assert len(blobs(tmp_path)) == 1
    for one in (store, reopen()):
        assert list(one.scan(FIRST))[:12] == made
        assert len(whole(one, Query(jobs=(FIRST,), text="word"))) == 13
    assert store.rebuild(FIRST) == 13


KILLED = """
import sys
from pathlib import Path
from contract.record_stores import BACK_ENDS
from contract.test_records_contract import record
store = BACK_ENDS[sys.argv[1]](Path(sys.argv[2]))()
for start in range(0, 40, 10):
    store.create([record(number, text=f"word {number}") for number in range(start, start + 10)])
    print(start + 10, flush=True)
"""


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("point", [*faults.RECORD_POINTS, "before-blob", "after-blob"])
def test_a_writer_killed_at_any_point_loses_nothing_that_was_answered(
    reopen: Reopen, tmp_path: Path, point: str, indexed: bool
) -> None:
    store = reopen()
    if indexed:
        store.index(FIRST)
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "LOOKALIKE_FAULT": f"{point}:kill:3",
    }
    command = [sys.executable, "-c", KILLED, next(iter(BACK_ENDS)), str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout.split() == ["10", "20"]
    assert ids(store.scan(FIRST)) == [f"{FIRST}/{number:06d}" for number in range(20)]
    rest = [record(number, text=f"word {number}") for number in range(15, 40)]
    assert store.create(rest) == [False] * 5 + [True] * 20
    for _ in range(2):
        assert ids(store.scan(FIRST)) == [f"{FIRST}/{number:06d}" for number in range(40)]
        assert len(whole(store, Query(jobs=(FIRST,), text="word"))) == 40
        assert store.rebuild(FIRST) == 40


def test_records_of_any_size_are_kept(tmp_path: Path) -> None:
    store = BACK_ENDS["sqlite"](tmp_path)()
    assert isinstance(store, SqliteRecords)
    large = [record(number, text="x" * 300_000) for number in range(3)]
    assert store.create(large) == [True] * 3
    assert list(store.scan(FIRST)) == large
    store.close()
