"""How often: changes by a user, tries to sign in to an account or from an address; over restarts, at once."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lookalike.errors import TooMany, Unavailable
from lookalike.service.people.limits import Limits, Readers, Windows
from lookalike.service.people.passwords import MOST_AT_ONCE, Passwords
from lookalike.settings import Settings
from manual_clock import ManualClock
from service_desk import PASSWORD, ServiceDesk

WINDOW_S = 15 * 60


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(tmp_path: Path, clock: ManualClock) -> Iterator[ServiceDesk]:
    made = ServiceDesk(tmp_path, clock)
    yield made
    made.close()


WRONG = "wrong password"


def login(desk: ServiceDesk, name: str, password: str = WRONG, address: str = "192.0.2.1") -> Any:
    client = desk.client(address=address)
    return client.post("/api/auth/login", json={"login": name, "password": password})


def test_a_user_may_change_a_hundred_things_in_a_quarter_of_an_hour(
    desk: ServiceDesk, clock: ManualClock
) -> None:
    editor, other = desk.person("editor"), desk.person("editor")
    new = {"name": "script", "scopes": ["read"]}
    for number in range(100):
        made = editor.client.post("/api/tokens", json=new)
        assert made.status_code == 201, number
    refused = editor.client.post("/api/tokens", json=new)
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many")
    assert refused.headers["Retry-After"] == str(WINDOW_S)
    assert editor.client.get("/api/me").status_code == 200
    assert other.client.post("/api/tokens", json=new).status_code == 201
    assert editor.client.post("/api/auth/logout").status_code == 204


def test_a_refused_change_counts_as_well(desk: ServiceDesk) -> None:
    viewer = desk.person("viewer")
    answers = [viewer.client.post("/api/users", json={}).status_code for _ in range(101)]
    assert answers == [403] * 100 + [429]


def test_an_account_can_be_tried_five_times(desk: ServiceDesk, clock: ManualClock) -> None:
    desk.person("editor", "ada")
    statuses = [login(desk, "ada", address=f"192.0.2.{number}").status_code for number in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    right = login(desk, "ADA", PASSWORD, address="192.0.2.9")
    assert right.status_code == 429
    clock.wait(60)
    assert login(desk, "ada").headers["Retry-After"] == str(WINDOW_S - 60)
    clock.wait(WINDOW_S - 60)
    assert login(desk, "ada", PASSWORD).status_code == 200


def test_an_unknown_account_is_refused_as_a_known_one_is(desk: ServiceDesk) -> None:
    desk.person("editor", "ada")
    for number in range(7):
        known = login(desk, "ada", address=f"192.0.2.{number}")
        unknown = login(desk, "nobody", address=f"198.51.100.{number}")
        assert known.status_code == unknown.status_code
        for field in ("code", "detail", "title", "hint"):
            assert known.json().get(field) == unknown.json().get(field)


def test_an_address_may_try_twenty_times(desk: ServiceDesk) -> None:
    statuses = [login(desk, f"user-{number}").status_code for number in range(22)]
    assert statuses == [401] * 20 + [429] * 2
    assert login(desk, "user-x", address="192.0.2.2").status_code == 401


def test_an_ipv6_address_is_its_network(desk: ServiceDesk) -> None:
    statuses = [login(desk, f"user-{n}", address=f"2001:db8::{n:x}").status_code for n in range(1, 22)]
    assert statuses == [401] * 20 + [429]
    assert login(desk, "user-x", address="2001:db8:0:1::1").status_code == 401


def test_signing_in_rightly_costs_no_try(desk: ServiceDesk) -> None:
    desk.person("editor", "ada")
    for _ in range(6):
        for _ in range(3):
            assert login(desk, "ada").status_code == 401
        assert login(desk, "ada", PASSWORD).status_code == 200
        desk.people.limits._windows.forget("address", "192.0.2.1")


def test_a_forged_address_is_no_other_address(desk: ServiceDesk) -> None:
    client = desk.client(address="192.0.2.1")
    for number in range(21):
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        body = {"login": f"user-{number}", "password": "wrong password"}
        status = client.post("/api/auth/login", json=body, headers=headers).status_code
    assert status == 429


def test_behind_a_trusted_proxy_each_client_has_its_own_limit(tmp_path: Path) -> None:
    desk = ServiceDesk(tmp_path, trusted_proxies=("10.0.0.0/8",))
    client = desk.client(address="10.0.0.1")
    for number in range(25):
        headers = {"X-Forwarded-For": f"6.6.6.6, 203.0.113.{number}, 10.0.0.2"}
        body = {"login": f"user-{number}", "password": "wrong password"}
        assert client.post("/api/auth/login", json=body, headers=headers).status_code == 401
    desk.close()


def test_limits_are_kept_over_a_restart(tmp_path: Path) -> None:
    first = ServiceDesk(tmp_path)
    editor = first.person("editor", "ada")
    for _ in range(99):
        first.people.limits.write(editor.id)
    for number in range(5):
        login(first, "ada", address=f"192.0.2.{number}")
    first.close()
    second = ServiceDesk(tmp_path)
    new = {"name": "script", "scopes": ["read"]}
    client = second.client(editor.access)
    assert [client.post("/api/tokens", json=new).status_code for _ in range(2)] == [201, 429]
    assert login(second, "ada", PASSWORD).status_code == 429
    second.close()


def test_processes_count_together(desk: ServiceDesk, tmp_path: Path, clock: ManualClock) -> None:
    other = ServiceDesk(tmp_path, clock)

    def one(number: int) -> bool:
        try:
            (desk, other)[number % 2].people.limits.write("user_1")
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(130))) == 100
    other.close()


def test_moving_the_clock_changes_no_limit(desk: ServiceDesk, clock: ManualClock) -> None:
    for _ in range(100):
        desk.people.limits.write("user_1")
    for by_s in (3600, -7200, 10 * 365 * 24 * 3600):
        clock.set_wall(by_s)
        with pytest.raises(TooMany):
            desk.people.limits.write("user_1")
    clock.wait(WINDOW_S)
    desk.people.limits.write("user_1")


def test_windows_that_are_over_are_swept_away(desk: ServiceDesk, clock: ManualClock) -> None:
    windows = Windows(desk.backends.documents, clock, WINDOW_S)
    for number in range(5):
        windows.take("write", f"user_{number}", 100)
    assert windows.sweep() == 0
    clock.wait(WINDOW_S)
    windows.take("write", "user_9", 100)
    assert windows.sweep() == 5
    assert desk.backends.documents.count("limit", {}) == 1


def test_names_and_addresses_do_not_stand_in_the_counts(desk: ServiceDesk) -> None:
    login(desk, "ada-9171@example.org")
    text = repr(desk.backends.documents.find("limit", {}))
    assert "9171" not in text
    assert "192.0.2.1" not in text


def test_reads_have_a_limit_of_their_own(clock: ManualClock) -> None:
    readers = Readers(clock, WINDOW_S, 3)
    for _ in range(3):
        readers.take("user_1")
    with pytest.raises(TooMany) as caught:
        readers.take("user_1")
    assert caught.value.retry_after_s == WINDOW_S
    readers.take("user_2")
    clock.wait(WINDOW_S)
    readers.take("user_1")


def test_the_limits_are_those_of_the_settings(desk: ServiceDesk, clock: ManualClock) -> None:
    limits = Limits(desk.backends.documents, clock, Settings(writes=2, window_s=10))
    limits.write("user_1")
    limits.write("user_1")
    with pytest.raises(TooMany) as caught:
        limits.write("user_1")
    assert caught.value.retry_after_s == 10


def test_a_crowd_of_passwords_holds_up_nobody_else() -> None:
    passwords = Passwords(19 << 10)
    together = threading.Barrier(MOST_AT_ONCE * 2)

    def one(number: int) -> bool:
        together.wait()
        try:
            return passwords.matches(None, "wrong password")
        except Unavailable:
            return True

    with ThreadPoolExecutor(MOST_AT_ONCE * 2) as pool:
        assert 0 < sum(pool.map(one, range(MOST_AT_ONCE * 2))) <= MOST_AT_ONCE
    assert not passwords.matches(None, "wrong password")


def test_an_unknown_user_is_refused_after_the_same_time(tmp_path: Path) -> None:
    """Both compare one password with argon2id. In turns, so that a busy machine slows both."""
    desk = ServiceDesk(tmp_path, account_tries=1000, address_tries=1000)
    desk.person("editor", "ada")
    took: dict[str, list[float]] = {"ada": [], "nobody": []}
    for _ in range(25):
        for name, times in took.items():
            began = time.perf_counter()
            assert login(desk, name).status_code == 401
            times.append(time.perf_counter() - began)
    known, unknown = (statistics.median(times[3:]) for times in took.values())
    assert 0.6 < known / unknown < 1.6
    desk.close()


def test_of_many_who_count_at_once_for_the_first_time_none_is_refused_that_is_not_too_many(
    desk: ServiceDesk, clock: ManualClock
) -> None:
    windows = Windows(desk.backends.documents, clock, 60)

    def take(who: int) -> bool:
        try:
            windows.take("write", f"user {who}", 8)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(10) as threads:
        for who in range(20):
            assert sum(threads.map(take, [who] * 10)) == 8
