"""At each point that a job passes the clock is set by an hour, or the database is locked: it ends alike.

In `make check` a lock holds for 0.25 s; `make faults` repeats it with 5 s. Both are shorter than what a write
waits; another kind is longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from database_lock import Locker
from faults.kinds import TEN_TIMES, kind
from job_case import CHUNKS, Case, Prepared, prepare
from jobs_desk import Asked
from lookalike import faults
from lookalike.errors import Unavailable

HOUR_S = 3600.0
LOCK_S, SHORT_LOCK_S = 5.0, 0.25
IMPATIENT_S = 0.05
POINTS = faults.SUBMIT_POINTS + faults.JOB_POINTS
ASKED = Asked(owner="me", idempotency_key="once")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.fixture(scope="module")
def locker() -> Iterator[Locker]:
    made = Locker()
    yield made
    made.end()


@pytest.fixture
def case(prepared: Prepared, tmp_path: Path) -> Iterator[Case]:
    made = Case(prepared, tmp_path / "case")
    yield made
    made.desk.close()


def undisturbed(case: Case) -> None:
    """The job is done as if nothing had happened: no task was begun twice, nothing failed."""
    assert case.rest() == 0
    case.check()
    assert [entry["problem"] for entry in case.attempts()] == [None] * (CHUNKS + 1)


@kind("the clock is set by an hour")
@pytest.mark.parametrize("again", TEN_TIMES)
@pytest.mark.parametrize("by_s", [HOUR_S, -HOUR_S], ids=["forwards", "back"])
@pytest.mark.parametrize("point", POINTS)
def test_a_clock_that_is_set_at_any_point_changes_nothing(
    point: str, by_s: float, again: int, case: Case
) -> None:
    with faults.planted(point, lambda: case.clock.set_wall(by_s)) as planted:
        case.submit()
        case.desk.work()
        undisturbed(case)
        assert planted.was_passed


@kind("SQLite is locked for 5 s (by another process)")
@pytest.mark.parametrize("again", TEN_TIMES)
@pytest.mark.parametrize("point", POINTS)
def test_a_lock_that_writes_wait_for_changes_nothing(
    point: str, again: int, case: Case, locker: Locker
) -> None:
    seconds = LOCK_S if again else SHORT_LOCK_S
    database = case.desk.folder / "documents.db"
    with faults.planted(point, lambda: locker.lock(database, seconds)) as planted:
        case.submit()
        case.desk.work()
        undisturbed(case)
        assert planted.was_passed


@kind("SQLite is locked for longer than a write waits")
@pytest.mark.parametrize("again", TEN_TIMES)
@pytest.mark.parametrize("point", POINTS)
def test_a_lock_that_outlasts_a_write_costs_nothing_but_time(
    point: str, again: int, prepared: Prepared, tmp_path: Path, locker: Locker
) -> None:
    case = Case(prepared, tmp_path / "case", busy_s=IMPATIENT_S)
    database = case.desk.folder / "documents.db"
    held: list[str] = []

    def lock() -> None:
        locker.lock(database)
        held.append(point)

    refused = 0
    with faults.planted(point, lock):
        for _ in range(2):  # whoever submits asks again; whoever serves tries again
            try:
                case.submit(ASKED)
                case.desk.work()
                case.desk.sweeper.sweep()
            except Unavailable:
                refused += 1
            if held:
                held.clear()
                locker.free()
    case.rest()
    case.check()
    assert len(case.desk.stores.documents.find("job", {"owner": "me"})) == 1
    assert refused or case.attempts()[-1]["attempt"] > 1 or point == "after-clean"
    case.desk.close()
