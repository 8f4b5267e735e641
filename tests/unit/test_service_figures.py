"""What the load of the service must hold: a figure that is missed is seen."""

from __future__ import annotations

import math
from typing import Any

import pytest
from bench.service_figures import Figures, markdown, percentile


def figures(**changed: Any) -> Figures:
    """A run in which everything held."""
    made = Figures(users=2, generations=4, rows=10_000, streams=8, million_rows=1_000_000)
    made.completed, made.files, made.same = 8, 4, 4
    made.seconds, made.memory_before, made.memory_after = 10.0, 200.0, 205.0
    made.lags, made.looks, made.submits = [0.1, 0.5], [0.01] * 99 + [5.0], [0.05] * 20
    made.idle_looks, made.idle_submits, made.million = [0.002], [0.01], [(4.0, 5.0, 6.0)]
    for name, value in changed.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(("share", "found"), [(0.5, 5), (0.95, 10), (0.1, 1), (1.0, 10)])
def test_a_percentile_is_one_of_the_values(share: float, found: int) -> None:
    assert percentile([3, 1, 2, 10, 9, 8, 7, 4, 6, 5], share) == found
    assert math.isnan(percentile([], share))


def test_a_run_in_which_all_held() -> None:
    assert figures().holds
    assert "**missed**" not in markdown(figures(), None)


@pytest.mark.parametrize(
    "changed",
    [
        {"completed": 7},
        {"same": 3},
        {"files": 3},
        {"steps_missed": 1},
        {"lags": [0.1, 2.1]},
        {"lags": []},
        {"looks": [0.01] * 9 + [0.2]},
        {"submits": [0.31] * 20},
        {"memory_after": 211.0},
        {"million": [(8.0, 9.1, 6.0)]},
        {"million_same": False},
    ],
)
def test_what_was_missed_is_said_and_fails_the_run(changed: dict[str, Any]) -> None:
    run = figures(**changed)
    assert not run.holds
    assert markdown(run, None).count("**missed**") == 1
