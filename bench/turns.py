"""Things timed in turns, so that whatever else the machine does is shared by all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

Result = dict[str, Any]


def in_turns(turns: Mapping[str, Callable[[], object]], times: int, *, warm: bool = True) -> Result:
    """Median seconds of each, one after the other; ``warm``: after a first turn that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for turn in range(times + warm):
        for name, work in turns.items():
            start = time.perf_counter()
            work()
            if turn >= warm:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}
