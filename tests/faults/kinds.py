"""What ``make faults`` counts: kinds of faults, each planted ten times at each of its points."""

from __future__ import annotations

import pytest

TEN_TIMES = [0, *(pytest.param(again, marks=pytest.mark.faults) for again in range(1, 10))]
"""Once in `make check`, nine times more in `make faults`."""

TEN_IN_FAULTS = [pytest.param(again, marks=pytest.mark.faults) for again in range(10)]
"""All ten in `make faults`: in `make check` one test passes all points in turn."""


def kind(name: str) -> pytest.MarkDecorator:
    """Marks a test as one of the faults that ``make faults`` counts under ``name``."""
    return pytest.mark.kind(name)
