"""What ``make faults`` prints in the end: of each kind of fault, how many were planted, and ended right."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

_NAME = "kind"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Each report says of which kind its test was: where reports are counted, tests are not known."""
    outcome = yield
    mark = item.get_closest_marker(_NAME)
    if mark is not None:
        outcome.get_result().user_properties.append((_NAME, mark.args[0]))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if "faults" not in config.option.markexpr.replace("not faults", ""):
        return
    done: Counter[str] = Counter()
    right: Counter[str] = Counter()
    not_possible: Counter[str] = Counter()
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            for name in {value for key, value in getattr(report, "user_properties", ()) if key == _NAME}:
                done[name] += outcome in ("passed", "failed", "error")
                right[name] += outcome == "passed"
                not_possible[name] += outcome == "skipped"
    terminalreporter.write_sep("=", "faults: planted, and ended as if nothing had happened")
    for name in sorted(done):
        more = f"; {not_possible[name]} not possible here" if not_possible[name] else ""
        terminalreporter.write_line(f"{right[name]:5} of {done[name]:5}  {name}{more}")
    terminalreporter.write_line(f"{right.total():5} of {done.total():5}  in all")
