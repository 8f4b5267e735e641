"""The pictures of a report, from plain numbers to SVG: overlaid histograms, ROC curves, bars and intervals.

Each returns `Markup` and takes a sentence for those who cannot see it. Classes: ``real`` is drawn as a filled
ground, ``synth`` as a line in the accent colour, ``held`` (a holdout: a second real sample) as a broken line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from lookalike.quality.charts_svg import Scale, drawing, number, polyline, rule, steps, text, ticks
from lookalike.quality.report_markup import Markup, join, tag
from lookalike.quality.report_numbers import amount, share, tick_share

Series = tuple[str, Sequence[float]]


def overlay(
    edges: Sequence[float],
    series: Sequence[Series],
    label: str,
    *,
    edge_labels: Sequence[str] = (),
    marks: Sequence[tuple[str, float]] = (),
    size: tuple[int, int] = (340, 140),
) -> Markup:
    """Histograms over each other: ``series`` is (class, n shares) over n + 1 ``edges``.

    The height is the share per width of bin, so bins of unequal width do not mislead. A lone spike is cut,
    and says how high it is, so that the rest can be seen. edge_labels: what to write under the first, middle
    and last edge, in place of round numbers. marks: (class, value) to point out.
    """
    width, height = size
    bottom, top = height - (26 if marks else 20), 16
    x = Scale(edges[0], edges[-1], _GUTTER, width - 2)
    widths = [max(b / 2 - a / 2, 0.0) for a, b in pairwise(edges)]  # halves, which no float is too small for
    typical = (edges[-1] / 2 - edges[0] / 2) / max(len(widths), 1) or 1.0
    density = [
        (name, [_height(s, w, typical) for s, w in zip(shares, widths, strict=True)])
        for name, shares in series
    ]
    tallest = [max(values) for values in zip(*(values for _, values in density), strict=True)]
    most, cut = _ceiling(tallest)
    y = Scale(0, most, bottom, top)
    places = [x(edge) for edge in edges]
    drawn: list[Markup] = _height_line(y, most, width)
    for name, values in density:
        closed = name == "real"
        drawn.append(tag("path", d=steps(places, [y(v) for v in values], bottom, closed=closed), class_=name))
    if cut is not None:
        told = [(name, shares[cut]) for name, shares in series]
        drawn += _cut(places[cut], places[cut + 1], top, told, width)
    drawn.append(rule(_GUTTER, bottom, width, bottom, "axis"))
    drawn += [
        tag("path", d=f"M{number(x(at))} {bottom + 1}l-4 6h8z", class_=f"mark {name}") for name, at in marks
    ]
    drawn += _under(edges, edge_labels, x, height - 5)
    return drawing(width, height, label, *drawn)


_GUTTER = 36  # pixels to the left, for the heights
_SPIKE = 4.0


def _height(share_of_rows: float, bin_width: float, typical: float) -> float:
    return share_of_rows * typical / bin_width if bin_width > 0 else share_of_rows


def _ceiling(tallest: Sequence[float]) -> tuple[float, int | None]:
    """The height at the top of the picture, and which bin is cut: one `_SPIKE` times all others."""
    first, *others = sorted(tallest, reverse=True) or [0.0]
    if others and others[0] > 0 and first > _SPIKE * others[0]:
        return 1.6 * others[0], tallest.index(first)
    return first or 1.0, None


def _cut(
    left: float, right: float, top: float, told: Sequence[tuple[str, float]], width: int
) -> list[Markup]:
    """A gap through a bin that is higher than the picture, and beside it how high it is."""
    gap = tag(
        "path",
        d=f"M{number(left - 3)} {top + 12}L{number(right + 3)} {top + 6}v4L{number(left - 3)} {top + 16}z",
        class_="cut",
    )
    before = right > 0.6 * width
    at, anchor = (left - 6, "end") if before else (right + 6, "start")
    words = [
        tag("tspan", share(value), class_="synth-ink" if name == "synth" else None) for name, value in told
    ]
    label = tag(
        "text",
        "up to ",
        words[0],
        [[" and ", one] for one in words[1:]],
        x=number(at),
        y=top + 2,
        text_anchor=anchor,
        class_="tick",
    )
    return [gap, label]


def _height_line(y: Scale, most: float, width: int) -> list[Markup]:
    """One or two faint lines at round heights, so that the picture has a measure."""
    drawn: list[Markup] = []
    for height in ticks(0, most, 2):
        if height > 0:
            at = y(height)
            drawn += [
                rule(_GUTTER, at, width, at, "grid"),
                text(_GUTTER - 4, at + 3.5, tick_share(height), "end"),
            ]
    return drawn


def _under(edges: Sequence[float], labels: Sequence[str], x: Scale, y: float) -> list[Markup]:
    if labels:
        chosen = [(edges[0], labels[0]), (edges[-1], labels[-1])]
        middle = len(edges) // 2
        if len(edges) > 2 and sum(map(len, (labels[0], labels[middle], labels[-1]))) < 40:
            chosen.insert(1, (edges[middle], labels[middle]))
    else:
        chosen = [(at, amount(at)) for at in ticks(edges[0], edges[-1], 5)]
    return [text(x(at), y, words, _anchor(x, x(at))) for at, words in chosen]


def _anchor(x: Scale, at: float) -> str:
    if at - x.start < 12:
        return "start"
    return "end" if x.stop - at < 18 else "middle"


def roc(
    curves: Sequence[tuple[str, Sequence[float], Sequence[float]]], label: str, *, side: int = 340
) -> Markup:
    """ROC curves (class, false positive rates, true positive rates) over the diagonal of pure chance."""
    x, y = Scale(0, 1, 42, side - 8), Scale(0, 1, side - 36, 8)
    drawn = [rule(x(t), y(0), x(t), y(1), "grid") for t in (0.25, 0.5, 0.75, 1.0)]
    drawn += [rule(x(0), y(t), x(1), y(t), "grid") for t in (0.25, 0.5, 0.75, 1.0)]
    drawn += [
        rule(x(0), y(0), x(1), y(1), "chance"),
        rule(x(0), y(0), x(1), y(0), "axis"),
        rule(x(0), y(0), x(0), y(1), "axis"),
    ]
    drawn += [text(x(t), y(0) + 14, f"{t:g}", "end" if t == 1 else "middle") for t in (0, 0.5, 1)]
    drawn += [text(x(0) - 6, y(t) + 4, f"{t:g}", "end") for t in (0, 0.5, 1)]
    drawn.append(text((x(0) + x(1)) / 2, side - 6, "real rows taken for synthetic", "middle", "tick title"))
    caption = text(0, 0, "synthetic rows found out", "middle", "tick title")
    drawn.append(tag("g", caption, transform=f"translate(10 {number((y(0) + y(1)) / 2)}) rotate(-90)"))
    for name, fpr, tpr in curves:
        points = [(x(a), y(b)) for a, b in zip(fpr, tpr, strict=True)]
        drawn.append(tag("path", d=polyline(points), class_=f"curve {name}"))
    return drawing(side, side, label, *drawn, class_="plot square")


def bar(
    parts: Sequence[tuple[str, float]],
    most: float,
    *,
    ticked: Sequence[tuple[str, float]] = (),
    ranges: Sequence[tuple[float, float]] = (),
) -> Markup:
    """Thin bars from 0, one under the other, on a scale from 0 to ``most``: for a cell.

    ticked: (class, place) of upright marks. ranges: intervals, drawn over the middle.
    """
    x = _percent(0, most)
    rows = max(len(parts), 1)
    high = 14 / rows
    drawn = [
        tag(
            "rect",
            x="0",
            y=number(1 + i * high),
            width=_cent(x(max(value, 0.0))),
            height=number(high - (rows > 1)),
            class_=name,
        )
        for i, (name, value) in enumerate(parts)
    ]
    drawn += [
        tag("line", x1=_cent(x(value)), x2=_cent(x(value)), y1="0", y2="16", class_=f"tickmark {name}")
        for name, value in ticked
    ]
    for low, high in ranges:
        start, stop = _cent(x(low)), _cent(x(high))
        drawn.append(tag("line", x1=start, x2=stop, y1="8", y2="8", class_="whisker"))
        drawn += [tag("line", x1=end, x2=end, y1="5", y2="11", class_="whisker") for end in (start, stop)]
    return tag("svg", *drawn, class_="cellbar", width="100%", height="16", aria_hidden="true")


def interval(
    value: float,
    low: float | None,
    high: float | None,
    span: tuple[float, float],
    *,
    class_: str = "synth",
    lines: Sequence[tuple[str, float]] = (),
    beyond: float | None = None,
) -> Markup:
    """A dot with its interval on the scale ``span``, over upright ``lines`` (class, place): for a cell.

    beyond: tint all that is greater.
    """
    x = _percent(*span)
    drawn: list[Markup] = []
    if beyond is not None:
        drawn.append(
            tag("rect", x=_cent(x(beyond)), y="0", width=_cent(100 - x(beyond)), height="20", class_="beyond")
        )
    drawn += [
        tag("line", x1=_cent(x(at)), x2=_cent(x(at)), y1="0", y2="20", class_=name) for name, at in lines
    ]
    if low is not None and high is not None:
        drawn.append(
            tag("line", x1=_cent(x(low)), x2=_cent(x(high)), y1="10", y2="10", class_=f"range {class_}")
        )
    if span[0] <= value <= span[1]:
        drawn.append(tag("circle", cx=_cent(x(value)), cy="10", r="4", class_=f"dot {class_}"))
    else:
        drawn.append(_pointer(right=value > span[1], class_=class_))
    return tag("svg", *drawn, class_="cellbar", width="100%", height="20", aria_hidden="true")


def _pointer(*, right: bool, class_: str) -> Markup:
    """An arrow at the border of a cell: the value lies beyond it."""
    arrow = tag(
        "path", d="M-9 4.5L0 10L-9 15.5z" if right else "M9 4.5L0 10L9 15.5z", class_=f"arrow {class_}"
    )
    return tag("svg", arrow, x="100%" if right else "0", y="0", width="1", height="20", class_="open")


def ruler(
    span: tuple[float, float], write: Callable[[float], str], *, count: int = 4, keep: float = 0.0
) -> Markup:
    """The scale of a column of `interval` or `bar`: for its header. Every other number gives way where the
    page is narrow, but never ``keep``."""
    x = _percent(*span)
    drawn: list[Markup] = []
    places = ticks(*span, count)
    kept = next((i for i, at in enumerate(places) if abs(at - keep) < 1e-9), 0)
    for i, at in enumerate(places):
        drawn.append(_scale_label(x(at), write(at), "tick odd" if (i - kept) % 2 else "tick"))
    return tag("svg", *drawn, class_="cellbar", width="100%", height="14", aria_hidden="true")


def named_ruler(span: tuple[float, float], *places: tuple[float, str]) -> Markup:
    """A `ruler` with words in place of numbers."""
    x = _percent(*span)
    drawn = [_scale_label(x(at), words, "tick") for at, words in places]
    return tag("svg", *drawn, class_="cellbar", width="100%", height="14", aria_hidden="true")


def _scale_label(place: float, words: str, kind: str) -> Markup:
    anchor = "start" if place < 6 else "end" if place > 94 else "middle"
    return tag("text", words, x=_cent(place), y="11", text_anchor=anchor, class_=kind)


def strip(value: float, reference: float | None = 100.0) -> Markup:
    """A score from 0 to 100 on a line, with the mark of a second real sample: for the head."""
    x = _percent(0, 100)
    drawn = [
        tag("rect", x="0", y="5", width="100%", height="4", rx="2", class_="track"),
        tag("rect", x="0", y="5", width=_cent(x(value)), height="4", rx="2", class_="synth"),
    ]
    if reference is not None:
        drawn.append(
            tag(
                "line",
                x1=_cent(x(reference)),
                x2=_cent(x(reference)),
                y1="0",
                y2="14",
                class_="tickmark held",
            )
        )
    return tag("svg", *drawn, class_="cellbar", width="100%", height="14", aria_hidden="true")


def swatch(class_: str) -> Markup:
    """The sample of a mark, for a legend."""
    marks = {
        "real": tag("rect", x="0", y="2", width="22", height="10", class_="real"),
        "chance": tag("line", x1="0", x2="22", y1="7", y2="7", class_="chance"),
    }
    line = tag("path", d="M0 7H22", class_=f"curve {class_}")
    return tag("svg", marks.get(class_, line), width="22", height="14", class_="swatch", aria_hidden="true")


def legend(*entries: tuple[str, str]) -> Markup:
    """A line of (class, words)."""
    return tag("p", [tag("span", swatch(kind), join(" ", words)) for kind, words in entries], class_="legend")


def _percent(low: float, high: float) -> Scale:
    return Scale(low, high, 0, 100)


def _cent(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"
