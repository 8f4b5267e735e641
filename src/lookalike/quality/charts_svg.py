"""Drawing in SVG: scales with round ticks, and marks whose colours are the page's own classes.

A drawing holds no colour, no font and no style of its own, so one file is legible on light, dark and paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lookalike.quality.report_markup import Child, Markup, tag


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps the numbers low … high on pixels start … stop; what lies outside is put on the border."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        width = self.high / 2 - self.low / 2  # halves, since the whole may be too wide for a float
        part = 0.5 if width <= 0 or not math.isfinite(width) else (value / 2 - self.low / 2) / width
        return self.start + min(max(part, 0.0), 1.0) * (self.stop - self.start)


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """About ``count`` round numbers in low … high, 1, 2, 2.5 or 5 times a power of ten apart."""
    width = high - low
    if not (math.isfinite(width) and width > 0):
        return [low] if math.isfinite(low) else []
    step = _round_step(width / max(count, 1))
    if step < 1e-9 * max(
        abs(low), abs(high)
    ):  # numbers so large and near are one to a double, and to a reader
        return [low]
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= least * 0.999)


def drawing(width: int, height: int, label: str, *marks: Child, class_: str = "plot") -> Markup:
    """An ``<svg>`` of that many units, which a screen reader speaks of as ``label``."""
    return tag(
        "svg",
        *marks,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
        class_=class_,
    )


def number(value: float) -> str:
    """A coordinate, at a tenth of a pixel."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def steps(edges: Sequence[float], heights: Sequence[float], floor: float, *, closed: bool) -> str:
    """The path of a histogram: bin i is from edges[i] to edges[i + 1], all in pixels, (n + 1,) and (n,)."""
    parts = [f"M{number(edges[0])} {number(floor)}"]
    for i, height in enumerate(heights):
        parts.append(f"V{number(height)}H{number(edges[i + 1])}")
    parts.append(f"V{number(floor)}" + ("Z" if closed else ""))
    return "".join(parts)


def polyline(points: Sequence[tuple[float, float]]) -> str:
    """The path through ``points``, in pixels."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def rule(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return tag("line", x1=number(x1), y1=number(y1), x2=number(x2), y2=number(y2), class_=class_)


def text(x: float, y: float, content: str, anchor: str = "start", class_: str = "tick") -> Markup:
    """Words at a point; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return tag("text", content, x=number(x), y=number(y), text_anchor=anchor, class_=class_)
