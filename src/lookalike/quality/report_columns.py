"""The columns of a report, each a card: real against synthetic, how alike they are, and their summaries."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.quality import report_numbers as numbers
from lookalike.quality.charts_pictures import bar, legend, overlay
from lookalike.quality.report_markup import Child, Markup, called, tag, visible
from lookalike.quality.report_parts import Json, folded, section, sentence

OPEN_AT_FIRST = 24
"""Cards that stand open when there are more columns than `ALL_OPEN`."""
ALL_OPEN = 48
CATEGORIES_SHOWN = 8
ALL_CATEGORIES = 120
"""With more columns than this, further categories are only counted: the file is to stay small."""

# a column's own distance from a second real sample, from which on it is marked
_NOTICED, _GRAVE = 0.01, 0.05


def columns(data: Json) -> Markup:
    """All cards, the least alike first, under the means to search, sort and fold them."""
    ordered = sorted(enumerate(data["columns"]), key=lambda pair: (_order(pair[1]), pair[0]))
    few = len(ordered) <= ALL_OPEN
    cards = [
        _card(place, column, opened=few or rank < OPEN_AT_FIRST, brief=len(ordered) > ALL_CATEGORIES)
        for rank, (place, column) in enumerate(ordered)
    ]
    lead = (
        "Where the line leaves the ground, the two tables differ. The per cent beside a name is how "
        "alike they are, "
        "and behind it how far that is from what a second real sample would score, in points. The "
        "least alike "
        "stand first."
    )
    if not cards:
        return section("columns", "Columns", None, tag("p", "There is no column to draw.", class_="fine"))
    key = legend(("real", "real"), ("synth", "synthetic"))
    return section(
        "columns",
        "Columns",
        lead,
        key,
        _controls(len(ordered)),
        tag("div", cards, class_="cards", id="cards"),
    )


def _controls(number: int) -> Markup:
    """Shown by the script, since without one they would do nothing."""
    search = tag(
        "label", "Search", tag("input", type="search", id="search", autocomplete="off", spellcheck="false")
    )
    orders = [
        ("worst", "least alike first"),
        ("place", "as in the table"),
        ("name", "by name"),
        ("kind", "by kind"),
    ]
    order = tag(
        "label",
        "Order",
        tag("select", [tag("option", words, value=key) for key, words in orders], id="order"),
    )
    fold = [
        tag("button", words, type="button", id=key)
        for key, words in (("open-all", "Open all"), ("fold-all", "Fold all"))
    ]
    told = tag("output", numbers.plural(number, "column"), id="told", aria_live="polite")
    return tag(
        "div",
        search,
        order,
        tag("span", fold, class_="buttons"),
        told,
        class_="controls",
        id="controls",
        hidden=True,
    )


def _order(column: Json) -> float:
    """What the least alike come first by; columns that are not compared come last."""
    lost = _lost(column)
    return 1.0 if lost is None else -lost


def _lost(column: Json) -> float | None:
    """How much less alike than a second real sample."""
    if column["shape"] is None:
        return None
    reference = column["shape_reference"]
    return (1.0 if reference is None else reference) - column["shape"]


def _card(place: int, column: Json, *, opened: bool, brief: bool) -> Markup:
    summary = tag(
        "summary",
        called(column["name"], longest=80),
        tag("span", column["kind"], class_="kind"),
        tag("span", column["role"], class_="kind role") if column["role"] else None,
        _alike(column),
    )
    body = [_picture(column, brief=brief), _why(column), _summaries(column), _given_away(column)]
    return tag(
        "details",
        summary,
        tag("div", body, class_="body"),
        open=opened,
        class_="card",
        data_place=place,
        data_kind=column["kind"],
    )


def _alike(column: Json) -> Markup:
    lost = _lost(column)
    if lost is None:
        return tag("span", "not compared", class_="alike soft")
    kind = "grave" if lost >= _GRAVE else "noticed" if lost >= _NOTICED else None
    behind = tag(
        "span",
        f" {numbers.points(-lost)}",
        class_=f"lost {kind or ''}".strip(),
        title="points from a second real sample",
    )
    return tag("span", numbers.share(column["shape"]), behind, class_="alike")


def _picture(column: Json, *, brief: bool) -> Child:
    histogram = column["histogram"]
    if histogram is None:
        return None
    if histogram["form"] == "categories":
        return _categories(histogram, brief=brief)
    if len(histogram["edges"]) < 2 or column["synth"] is None:
        return None
    shown = visible(column["name"], 40)
    dated = column["kind"] in {"datetime", "timedelta"}
    return overlay(
        histogram["edges"],
        [("real", histogram["real"]), ("synth", histogram["synth"])],
        f"Distribution of {shown}, real and synthetic; {numbers.share(column['shape'])} alike.",
        edge_labels=[visible(label, 20) for label in histogram["edge_labels"]] if dated else (),
    )


def _categories(histogram: Json, *, brief: bool) -> Markup:
    """Bars for the real shares, a mark on each for the synthetic one; a table, as labels are any text."""
    rows = list(zip(histogram["labels"], histogram["real"], histogram["synth"], strict=True))
    left_out = rows[CATEGORIES_SHOWN:] if brief else []
    most = max((max(real, synth) for _, real, synth in rows), default=0.0) or 1.0
    last = len(rows) - 1 if histogram["other"] else -1
    drawn = [
        tag(
            "tr",
            tag("th", "all others" if i == last else called(label, longest=48), scope="row"),
            tag("td", bar([("real", real)], most, ticked=[("synth", synth)]), class_="graph"),
            tag("td", numbers.share(real), class_="num"),
            tag("td", numbers.share(synth), class_="num synth-text"),
        )
        for i, (label, real, synth) in enumerate(rows[: len(rows) - len(left_out)])
    ]
    head = tag("tr", [tag("th", words, scope="col", class_=kind) for words, kind in _CATEGORY_HEAD])
    first = _category_table(head, drawn[:CATEGORIES_SHOWN])
    if left_out:
        sums = (numbers.share(sum(row[side] for row in left_out)) for side in (1, 2))
        words = "{} more: {} of the real rows, {} of the synthetic ones.".format(len(left_out), *sums)
        return tag("div", first, tag("p", words, class_="why"))
    if len(drawn) <= CATEGORIES_SHOWN + 1:
        return _category_table(head, drawn)
    rest = folded(f"{len(drawn) - CATEGORIES_SHOWN} more", _category_table(head, drawn[CATEGORIES_SHOWN:]))
    return tag("div", first, rest)


_CATEGORY_HEAD = (("category", None), ("bars", "graph"), ("real", "num"), ("synthetic", "num"))


def _category_table(head: Markup, rows: Sequence[Markup]) -> Markup:
    return tag("table", tag("thead", head), tag("tbody", list(rows)), class_="categories")


def _why(column: Json) -> Markup | None:
    return None if column["compared"] else tag("p", "Not compared: ", sentence(column["why"]), class_="why")


def _given_away(column: Json) -> Markup | None:
    drop = column["gives_away"]
    if drop is None or drop < 0.005:
        return None
    words = f"A detector loses {numbers.score(drop)} of its AUC when this column is shuffled."
    return tag("p", words, class_="why")


_MOMENTS = ("least", "median", "mean", "greatest")


def _summaries(column: Json) -> Markup:
    """Least, median, mean and greatest of both tables, and in a line how many values there are."""
    sides = [("real", column["real"])] + ([("synthetic", column["synth"])] if column["synth"] else [])
    absent = None if column["synth"] else tag("p", "The synthetic table has no such column.", class_="why")
    numbered = any(side["least"] is not None or side["text"] for _, side in sides)
    dated = any(side["text"] for _, side in sides)  # dates are too long to stand beside each other
    moments = (_upright(sides) if dated else _across(sides)) if numbered else None
    return tag("div", absent, moments, tag("p", _counted(sides), class_="why"))


Sides = Sequence[tuple[str, Json]]


def _across(sides: Sides) -> Markup:
    head = [tag("td"), [tag("th", words, scope="col") for words in _MOMENTS]]
    rows = [
        tag(
            "tr",
            tag("th", words, scope="row"),
            [tag("td", _moment(side, i)) for i in range(len(_MOMENTS))],
            class_=_ROWS[words],
        )
        for words, side in sides
    ]
    return tag("table", tag("thead", tag("tr", head)), tag("tbody", rows), class_="moments across")


def _upright(sides: Sides) -> Markup:
    head = [tag("td"), [tag("th", words, scope="col", class_=_ROWS[words]) for words, _ in sides]]
    rows = [
        tag(
            "tr",
            tag("th", moment, scope="row"),
            [tag("td", _moment(side, i), class_=_ROWS[words]) for words, side in sides],
        )
        for i, moment in enumerate(_MOMENTS)
        if any(_moment(side, i) != numbers.NONE for _, side in sides)
    ]
    return tag("table", tag("thead", tag("tr", head)), tag("tbody", rows), class_="moments")


_ROWS = {"real": None, "synthetic": "synth-text"}


def _moment(side: Json, i: int) -> str:
    if i < len(side["text"]):
        return visible(side["text"][i], 32) or numbers.NONE
    return numbers.amount(side[_MOMENTS[i]])


def _counted(sides: Sides) -> str:
    """``67 distinct values, synthetic 65. Missing: 1.2 %, synthetic 1.0 %.``"""
    (_, real), *others = sides
    parts = [numbers.plural(real["distinct"], "distinct value")]
    parts += [f"synthetic {numbers.count(side['distinct'])}" for _, side in others]
    same = all(side["distinct"] == real["distinct"] for _, side in others)
    said = f"{parts[0]} in both." if others and same else ", ".join(parts) + "."
    if any(side["missing"] for _, side in sides):
        missing = [numbers.share(real["missing"])]
        missing += [f"synthetic {numbers.share(side['missing'])}" for _, side in others]
        said += f" Missing: {', '.join(missing)}."
    return said
