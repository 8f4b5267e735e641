"""The pictures of a report, from plain numbers to SVG: overlaid histograms, ROC curves, bars and intervals.

Each returns `Markup` and takes a sentence for those who cannot see it. Classes: ``real`` is drawn as a filled
ground, ``synth`` as a line in the accent colour, ``held`` (a holdout: a second real sample) as a broken line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lookalike.quality.charts_svg import Scale, drawing, number, polyline, rule, steps, text, ticks
from lookalike.quality.report_markup import Markup, join, tag
from lookalike.quality.report_numbers import amount, share

Series = tuple[str, Sequence[float]]


def overlay(
    edges: Sequence[float],
    series: Sequence[Series],
    label: str,
    *,
    edge_labels: Sequence[str] = (),
    marks: Sequence[tuple[str, float]] = (),
    size: tuple[int, int] = (340, 130),
) -> Markup:
    """Histograms over each other: ``series`` is (class, n shares) over n + 1 ``edges``.

    The height is the share per width of bin, so bins of unequal width do not mislead. edge_labels: what to
    write under the first, middle and last edge, in place of round numbers. marks: (class, value) to point out.
    """
    width, height = size
    bottom, top = height - 20, 14
    x = Scale(edges[0], edges[-1], 2, width - 2)
    widths = [max(b - a, 0.0) for a, b in zip(edges, edges[1:], strict=False)]
    typical = (edges[-1] - edges[0]) / max(len(widths), 1) or 1.0
    density = [
        (name, [_height(s, w, typical) for s, w in zip(shares, widths, strict=True)])
        for name, shares in series
    ]
    most = max((value for _, values in density for value in values), default=0.0) or 1.0
    y = Scale(0, most, bottom, top)
    places = [x(edge) for edge in edges]
    drawn: list[Markup] = _height_line(y, most, width)
    for name, values in density:
        closed = name == "real"
        drawn.append(tag("path", d=steps(places, [y(v) for v in values], bottom, closed=closed), class_=name))
    drawn.append(rule(0, bottom, width, bottom, "axis"))
    drawn += [
        tag("path", d=f"M{number(x(at))} {bottom}l-4 6h8z", class_=f"mark {name}") for name, at in marks
    ]
    drawn += _under(edges, edge_labels, x, height - 6)
    return drawing(width, height, label, *drawn)


def _height(share_of_rows: float, bin_width: float, typical: float) -> float:
    return share_of_rows * typical / bin_width if bin_width > 0 else share_of_rows


def _height_line(y: Scale, most: float, width: int) -> list[Markup]:
    """One faint line at a round height, so that the picture has a measure."""
    round_ones = [t for t in ticks(0, most, 2) if t > 0]
    if not round_ones:
        return []
    at = y(round_ones[-1])
    return [rule(0, at, width, at, "grid"), text(width, at - 3, share(round_ones[-1]), "end")]


def _under(edges: Sequence[float], labels: Sequence[str], x: Scale, y: float) -> list[Markup]:
    if labels:
        chosen = [(edges[0], labels[0]), (edges[-1], labels[-1])]
        middle = len(edges) // 2
        if len(edges) > 2:
            chosen.insert(1, (edges[middle], labels[middle]))
    else:
        chosen = [(at, amount(at)) for at in ticks(edges[0], edges[-1], 4)]
    return [text(x(at), y, words, _anchor(x, x(at))) for at, words in chosen]


def _anchor(x: Scale, at: float) -> str:
    if at - x.start < 18:
        return "start"
    return "end" if x.stop - at < 18 else "middle"


def roc(
    curves: Sequence[tuple[str, Sequence[float], Sequence[float]]], label: str, *, side: int = 340
) -> Markup:
    """ROC curves (class, false positive rates, true positive rates) over the diagonal of pure chance."""
    x, y = Scale(0, 1, 30, side - 8), Scale(0, 1, side - 36, 8)
    drawn = [rule(x(t), y(0), x(t), y(1), "grid") for t in (0.25, 0.5, 0.75, 1.0)]
    drawn += [rule(x(0), y(t), x(1), y(t), "grid") for t in (0.25, 0.5, 0.75, 1.0)]
    drawn += [
        rule(x(0), y(0), x(1), y(1), "chance"),
        rule(x(0), y(0), x(1), y(0), "axis"),
        rule(x(0), y(0), x(0), y(1), "axis"),
    ]
    drawn += [text(x(t), y(0) + 14, f"{t:g}", "end" if t == 1 else "middle") for t in (0, 0.5, 1)]
    drawn += [text(x(0) - 6, y(t) + 4, f"{t:g}", "end") for t in (0.5, 1)]
    drawn.append(text((x(0) + x(1)) / 2, side - 6, "real rows taken for synthetic", "middle", "tick title"))
    caption = text(0, 0, "synthetic rows found out", "middle", "tick title")
    drawn.append(tag("g", caption, transform=f"translate(10 {number((y(0) + y(1)) / 2)}) rotate(-90)"))
    for name, fpr, tpr in curves:
        points = [(x(a), y(b)) for a, b in zip(fpr, tpr, strict=True)]
        drawn.append(tag("path", d=polyline(points), class_=f"curve {name}"))
    return drawing(side, side, label, *drawn, class_="plot square")


def bar(
    parts: Sequence[tuple[str, float]], most: float, *, ticked: Sequence[tuple[str, float]] = ()
) -> Markup:
    """Thin bars from 0, one under the other, and upright ticks, on a scale from 0 to ``most``: for a cell."""
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
    drawn.append(tag("circle", cx=_cent(x(value)), cy="10", r="4", class_=f"dot {class_}"))
    return tag("svg", *drawn, class_="cellbar", width="100%", height="20", aria_hidden="true")


def ruler(span: tuple[float, float], write: Callable[[float], str], *, count: int = 4) -> Markup:
    """The scale of a column of `interval` or `bar`: for its header."""
    x = _percent(*span)
    drawn: list[Markup] = []
    for at in ticks(*span, count):
        place = x(at)
        anchor = "start" if place < 6 else "end" if place > 94 else "middle"
        drawn.append(tag("text", write(at), x=_cent(place), y="11", text_anchor=anchor, class_="tick"))
    return tag("svg", *drawn, class_="cellbar", width="100%", height="14", aria_hidden="true")


def strip(value: float, reference: float | None = 100.0) -> Markup:
    """A score from 0 to 100 on a line, with the mark of a second real sample: under the numbers of the head."""
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
