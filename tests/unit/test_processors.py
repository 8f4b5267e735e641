from __future__ import annotations

import os
from pathlib import Path

import pytest

from lookalike.jobs.entry import House
from lookalike.processors import processors
from lookalike.settings import Settings


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system ties no process to a processor")
def test_a_process_that_may_use_one_processor_has_one(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert processors() == 1
        house = House(Settings(home=tmp_path))
        assert house.most_workers == 1
        house.close()
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(
    ("said", "count"), [("100000 100000", 1), ("10000 100000", 1), ("max 100000", None), ("", None)]
)
def test_a_quota_of_a_container_is_the_limit(said: str, count: int | None, tmp_path: Path) -> None:
    file = tmp_path / "cpu.max"
    unlimited = processors(tmp_path / "absent")
    file.write_text(said)
    assert processors(file) == (count or unlimited)
    file.write_text("100000000 100000")
    assert processors(file) == unlimited
