"""Heat maps of square matrices, small enough for a hundred columns: one path for each shade, runs merged.

30,000 cells as rectangles would be 2 MB; as runs of shades they are about a tenth of that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lookalike.quality.charts_svg import drawing, number
from lookalike.quality.report_markup import Child, Markup, tag, visible

Matrix = Sequence[Sequence[float | None]]

SHADES = 10
"""Shades of a sequential map, beside none; a diverging map has as many to both sides."""
MOST_LABELLED = 32
"""Up to so many columns have their names at the map."""
_LABEL_PIXELS = 84
_SIDE_PIXELS = 260


def heat_map(
    matrix: Matrix, columns: Sequence[str], label: str, *, limit: float = 1.0, diverging: bool = False
) -> Markup:
    """``matrix`` (n, n) in shades ``s0`` … ``s10``, or ``n10`` … ``s0`` … ``p10`` when diverging, ±``limit``.

    Cells of None are left bare. A script may lay a pointer over the ``<g data-cells>`` of n by n units.
    """
    n = len(columns)
    labelled = n <= MOST_LABELLED
    room = _LABEL_PIXELS if labelled else 14
    cell = _SIDE_PIXELS / max(n, 1)
    paths = [
        tag("path", d=runs, class_=shade) for shade, runs in sorted(_runs(matrix, limit, diverging).items())
    ]
    field = tag("rect", x="0", y="0", width=n, height=n, class_="bare", vector_effect="non-scaling-stroke")
    cells = tag(
        "g", field, paths, transform=f"translate({room} 0) scale({cell:.4f})", class_="cells", data_cells=n
    )
    side = room + _SIDE_PIXELS
    names: Child = _names(columns, room, cell) if labelled else _numbers(n, room, cell)
    return drawing(side, _SIDE_PIXELS + room, label, cells, names, class_="plot map")


def limit_of(matrix: Matrix, least: float = 0.05) -> float:
    """A round number, at least ``least``, that no absolute value of ``matrix`` exceeds: where colours end."""
    most = max((abs(v) for row in matrix for v in row if v is not None), default=0.0)
    if most <= least:
        return least
    power = 10.0 ** math.floor(math.log10(most))
    return next(m * power for m in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if m * power >= most * 0.999)


def _shade(value: float, limit: float, diverging: bool) -> str:
    size = round(min(abs(value) / limit, 1.0) * SHADES)
    if diverging and size and value < 0:
        return f"n{size}"
    return f"{'p' if diverging and size else 's'}{size}"


def _runs(matrix: Matrix, limit: float, diverging: bool) -> dict[str, str]:
    """Per shade, the path of its cells in units of a cell, neighbours in a row joined."""
    found: dict[str, list[str]] = {}
    for y, row in enumerate(matrix):
        shades = [None if value is None else _shade(value, limit, diverging) for value in row]
        start = 0
        for x in range(1, len(shades) + 1):
            if x == len(shades) or shades[x] != shades[start]:
                shade = shades[start]
                if shade is not None:
                    found.setdefault(shade, []).append(f"M{start} {y}h{x - start}v1h-{x - start}z")
                start = x
    return {shade: "".join(parts) for shade, parts in found.items()}


def _names(columns: Sequence[str], room: int, cell: float) -> list[Markup]:
    """Names to the left and, upright, below; each in a window of its own, as no one knows how wide it is."""
    size = min(10.0, max(cell * 0.8, 6.0))
    drawn: list[Markup] = []
    for i, column in enumerate(columns):
        words = tag(
            "text",
            visible(column, 24) or "(empty)",
            x="100%",
            y="75%",
            text_anchor="end",
            font_size=number(size),
            class_="tick",
        )
        window = {"width": room - 6, "height": number(size * 1.5), "class_": "window"}
        middle = (i + 0.5) * cell
        drawn.append(tag("svg", words, x="0", y=number(middle - size * 0.75), **window))
        turned = tag("svg", words, x=-(room - 6), y=number(-size * 0.75), **window)
        place = f"translate({number(room + middle)} {_SIDE_PIXELS + 6}) rotate(-90)"
        drawn.append(tag("g", turned, transform=place))
    return drawn


def _numbers(n: int, room: int, cell: float) -> list[Markup]:
    """Every tenth column by its place in the table, from 1."""
    drawn: list[Markup] = []
    for i in range(9, n, 10):
        middle = (i + 0.5) * cell
        drawn.append(
            tag("text", i + 1, x=room - 3, y=number(middle + 3), text_anchor="end", class_="tick small")
        )
        drawn.append(
            tag(
                "text",
                i + 1,
                x=number(room + middle),
                y=_SIDE_PIXELS + 10,
                text_anchor="middle",
                class_="tick small",
            )
        )
    return drawn


def shade_scale(write: str, *, diverging: bool) -> Markup:
    """The key of a map: its shades side by side; ``write`` is the text of the limit."""
    shades = [f"n{i}" for i in range(SHADES, 0, -1)] if diverging else []
    shades += ["s0"] + [f"{'p' if diverging else 's'}{i}" for i in range(1, SHADES + 1)]
    width = 140 / len(shades)
    cells = [
        tag("rect", x=number(i * width), y="0", width=number(width + 0.3), height="8", class_=shade)
        for i, shade in enumerate(shades)
    ]
    low = f"\u2212{write}" if diverging else "0"
    high = f"+{write}" if diverging else write
    drawn = tag("svg", cells, width="140", height="8", class_="shades", aria_hidden="true")
    return tag("p", tag("span", low), drawn, tag("span", high), class_="key")
