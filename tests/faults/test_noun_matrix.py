"""At each point of an upload and a deletion the clock is set by an hour, or the database is locked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import pytest

from database_lock import Locker
from faults.kinds import TEN_IN_FAULTS, kind
from faults.test_service_faults import DELETE, UPLOAD, ends_with_nothing
from fitted import uploaded
from lookalike import faults
from manual_clock import ManualClock
from service_desk import ServiceDesk

HOUR_S = 3600.0
LOCK_S, SHORT_LOCK_S = 5.0, 0.25
WHAT = ["forwards", "back", "locked"]
POINTS = (*UPLOAD, *DELETE)


@pytest.fixture(scope="module")
def locker() -> Iterator[Locker]:
    made_ = Locker()
    yield made_
    made_.end()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceDesk]:
    made = ServiceDesk(tmp_path_factory.mktemp("desk"), ManualClock())
    yield made
    made.close()
    ends_with_nothing(made.folder)


@pytest.mark.parametrize("what", WHAT)
def test_neither_the_clock_nor_a_lock_at_every_point_changes_an_upload_and_a_deletion(
    what: str, desk: ServiceDesk, locker: Locker
) -> None:
    uploaded_and_deleted(POINTS, what, SHORT_LOCK_S, desk, locker)


@kind("an upload or a deletion: the clock set by an hour, or SQLite locked for 5 s")
@pytest.mark.parametrize("again", TEN_IN_FAULTS)
@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("point", POINTS)
def test_neither_the_clock_nor_a_lock_at_any_point_changes_an_upload_and_a_deletion(
    point: str, what: str, again: int, desk: ServiceDesk, locker: Locker
) -> None:
    uploaded_and_deleted([point], what, LOCK_S, desk, locker)


def uploaded_and_deleted(
    points: Sequence[str], what: str, lock_s: float, desk: ServiceDesk, locker: Locker
) -> None:
    """Upload a table and delete it, disturbed at these points; a lock holds for so long at each of them."""
    token = desk.people.tokens.create(desk.person("editor").id, "t", ["read", "write"], None)[1]
    client = desk.client(token)  # one that does not end by the clock
    clock = desk.app.state.clock

    def disturb() -> None:
        if what == "locked":
            locker.lock(desk.settings.home / "documents.db", lock_s)
        else:
            clock.set_wall(HOUR_S if what == "forwards" else -HOUR_S)

    with contextlib.ExitStack() as stack:
        planted = [stack.enter_context(faults.planted(point, disturb)) for point in points]
        dataset = uploaded(client)
        assert client.get(f"/api/datasets/{dataset}/preview").status_code == 200
        assert client.delete(f"/api/datasets/{dataset}").status_code == 200
    assert all(one.was_passed for one in planted)
    assert client.get("/api/datasets").json()["items"] == []
