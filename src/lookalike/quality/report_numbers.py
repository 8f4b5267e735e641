"""How a report writes numbers: shares as per cent, scores in three decimals, values in four digits.

Every function answers "–" for None.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

NONE = "–"
_SPACE = "\u00a0"  # between a number and its unit: never a line's end
_MINUS = "\u2212"
_PLAIN = re.compile(r"auc$|^privacy\.(nearer|membership|distance|ratio)$")
_RELATIVE = re.compile(r"^privacy\.(distance|ratio)$")  # how much worse is a part of the reference
_NOTHING = 1e-12  # what rounding leaves of zero


def count(value: int | None) -> str:
    """32561 → ``32,561``."""
    return NONE if value is None else _signed(f"{value:,}")


def share(value: float | None) -> str:
    """0.0044 → ``0.44 %``: two or three digits that tell, never rounded to 0 or to 100."""
    if value is None or not math.isfinite(value):
        return NONE
    percent = 100 * value
    size = abs(percent)
    if size < _NOTHING:
        text = "0"
    elif size < 0.001:
        return f"{'> −' if value < 0 else '< '}0.001{_SPACE}%"
    elif size >= 1e6:
        text = f"{percent:.3g}"
    elif size == 100:
        text = f"{percent:.0f}"
    elif 99.9 <= size < 100:
        text = f"{math.copysign(min(size, 99.99), percent):.2f}"
    elif size >= 9.995:
        text = f"{percent:.1f}"
    else:
        text = f"{percent:.{1 - max(math.floor(math.log10(size)), -2) if size < 1 else 2}f}"
    return _signed(text) + f"{_SPACE}%"


def tick_share(value: float) -> str:
    """0.025 → ``2.5 %``: a round number on a scale."""
    return _signed(f"{100 * value:.4g}") + f"{_SPACE}%"


def tick(value: float) -> str:
    """−0.02 → ``−0.02``: a round number on a scale."""
    return _signed(f"{value:.4g}")


def score(value: float | None) -> str:
    """0.53417 → ``0.534``: AUCs, coefficients, distances between 0 and 1."""
    if value is None or not math.isfinite(value):
        return NONE
    if 0 < abs(value) < 0.01:
        return _signed(f"{value:.2g}")
    return _signed(f"{value:.3f}")


def fixed(value: float) -> str:
    """−0.00251 → ``−0.003``: always three decimals, for a column of numbers that are small together."""
    return _signed(f"{0.0 if abs(value) < 0.0005 else value:.3f}")


def amount(value: float | None) -> str:
    """A value in four significant digits, or all before the point: 38.5816 → ``38.58``, ``1,484,705``."""
    if value is None or not math.isfinite(value):
        return NONE
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e12 or size < 1e-4:
        return _signed(f"{value:.3g}")
    if size >= 1000:
        return _signed(f"{value:,.0f}")
    text = f"{value:.{max(3 - math.floor(math.log10(size)), 0)}f}"
    return _signed(text.rstrip("0").rstrip(".") if "." in text else text)


def points(value: float | None) -> str:
    """A difference of shares in points: −0.0251 → ``−2.5``."""
    if value is None or not math.isfinite(value):
        return NONE
    return _signed(f"{100 * value:+.{1 if abs(value) >= 0.001 else 2}f}") if value else "0"


def figure(name: str, value: float | None) -> str:
    """A headline figure as its name asks: AUCs and distances as scores, the others as shares."""
    return score(value) if _PLAIN.search(name) else share(value)


def gap(name: str, value: float) -> tuple[str, str]:
    """How much worse a headline figure is, and the unit.

    Of a share that is points; of a distance, a part of the reference; else it is a difference.
    """
    if _RELATIVE.search(name):
        return tick_share(float(f"{value:.2g}")), ""
    if _PLAIN.search(name):
        return score(value), ""
    points_of = 100 * value
    text = _signed(f"{points_of:.2g}" if abs(points_of) < 10 else f"{points_of:.0f}")
    return text, f"{_SPACE}{'point' if text == '1' else 'points'}"


def between(low: float | None, high: float | None, write: Callable[[float | None], str] = score) -> str:
    """``0.526 to 0.542`` or ``1.2 to 1.9 %``; empty when either is None, or both are the same."""
    if low is None or high is None or low == high:
        return ""
    unit = f"{_SPACE}%"
    first, last = write(low), write(high)
    return f"{first.removesuffix(unit) if last.endswith(unit) else first} to {last}"


def plural(number: int, one: str, many: str = "") -> str:
    """``1 row``, ``3 rows``."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def _signed(text: str) -> str:
    return text.replace("-", _MINUS) if text.startswith("-") else text
