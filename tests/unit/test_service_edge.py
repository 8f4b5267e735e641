"""What every request meets: ids, headers, problems, limits of size and time, names it is called by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service_desk import ServiceDesk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ServiceDesk]:
    made = ServiceDesk(tmp_path)
    yield made
    made.close()


def test_alive_and_ready(desk: ServiceDesk) -> None:
    assert desk.nobody.get("/health").json() == {"status": "ok"}
    assert desk.nobody.get("/ready").json() == {"status": "ok"}


def test_not_ready_without_its_database(desk: ServiceDesk) -> None:
    desk.backends.close()
    answer = desk.nobody.get("/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_an_unknown_address_is_a_problem(desk: ServiceDesk) -> None:
    answer = desk.nobody.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-found"
    assert answer.json()["requestId"] == answer.headers["x-request-id"]
