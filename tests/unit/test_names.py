"""Ids and times: sortable, derivable, unmoved by a clock that is."""

from __future__ import annotations

import threading
import uuid

import pytest

from lookalike import clock, ids
from lookalike.errors import UsageError
from manual_clock import ManualClock


def test_an_id_is_its_prefix_and_a_uuid_of_version_7_that_holds_the_time() -> None:
    at_us = 4_102_444_800_123_456  # far ahead of what other tests have made, as ids never go back
    made = ids.new("job", ManualClock(at_us))
    parsed = uuid.UUID(made.removeprefix("job_"))
    assert parsed.version == 7
    assert parsed.variant == uuid.RFC_4122
    assert parsed.int >> 80 == at_us // 1000


def test_ids_made_one_after_the_other_sort_so_even_when_the_clock_is_set_back() -> None:
    stopped = ManualClock()
    made = [ids.new("job", stopped) for _ in range(1000)]
    stopped.set_wall(-3600)
    made += [ids.new("job", stopped) for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_make_the_same_id() -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend([ids.new("x") for _ in range(500)])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 4000


def test_derived_ids_are_the_same_whoever_derives_them() -> None:
    job = ids.new("job")
    assert ids.sibling(job, "model") == ids.sibling(job, "model") == "model_" + job.removeprefix("job_")
    assert ids.is_id(ids.sibling(job, "model"), "model")
    numbers = [0, 9, 10, 99, 100, 999]
    assert sorted(ids.task(job, n) for n in numbers) == [ids.task(job, n) for n in numbers]
    with pytest.raises(UsageError):
        ids.sibling("../etc", "model")


@pytest.mark.parametrize(
    "text", ["", "job", "job_", "job_12", "JOB_" + "0" * 32, "job_" + "0" * 33, "_" * 40]
)
def test_what_is_no_id_is_told_apart(text: str) -> None:
    assert not ids.is_id(text)


def test_times_are_shown_as_rfc_3339() -> None:
    assert clock.shown(0) == "1970-01-01T00:00:00.000000Z"
    assert clock.shown(1_764_000_000_000_250) == "2025-11-24T16:00:00.000250Z"


def test_the_system_clock_counts_microseconds_and_never_back() -> None:
    system = clock.SystemClock()
    assert 1_700_000_000_000_000 < system.now_us() < 5_000_000_000_000_000
    assert system.monotonic() <= system.monotonic()
