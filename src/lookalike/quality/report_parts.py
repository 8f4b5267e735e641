"""What the sections of a report are built of: a section, a table, a sentence on how to read, a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lookalike.quality.report_markup import Child, Markup, join, prose, tag
from lookalike.quality.report_numbers import count, plural

Json = dict[str, Any]

STATES = {
    "passed": ("good", "✓", "passed"),
    "refused": ("bad", "✕", "refused"),
    "unmeasured": ("warn", "?", "unmeasured"),
    "waived": ("warn", "–", "waived"),
    "absent": ("none", "·", "not asked"),
}
"""What became of a threshold: its class, its sign and its word. Colour never stands alone."""


def section(anchor: str, title: str, lead: Child, *body: Child) -> Markup:
    """One part of the page, which the line of links at the top leads to."""
    heading = tag("h2", title, id=f"{anchor}-title")
    opened = tag("p", lead, class_="lead") if lead else None
    return tag("section", heading, opened, *body, id=anchor, aria_labelledby=f"{anchor}-title")


def block(title: str, how: Child, *body: Child, class_: str = "block") -> Markup:
    """A picture or a table under its own heading, with a sentence on how to read it."""
    return tag("div", tag("h3", title), tag("p", how, class_="how") if how else None, *body, class_=class_)


def side_by_side(*blocks: Markup) -> Markup:
    """Blocks beside each other where there is room."""
    return tag("div", *blocks, class_="beside")


def table(
    label: str, head: Sequence[Child], rows: Sequence[Sequence[Child]], *, kinds: str = "", class_: str = ""
) -> Markup:
    """A table that scrolls by itself where the page is narrow. The first cell of each row is its header.

    kinds: one letter for each column: ``t`` text, ``n`` number, ``g`` graph, ``w`` a number that only wide
    pages show.
    """
    return grouped_table(label, head, [("", rows)], kinds=kinds, class_=class_)


def grouped_table(
    label: str,
    head: Sequence[Child],
    groups: Sequence[tuple[str, Sequence[Sequence[Child]]]],
    *,
    kinds: str,
    class_: str = "",
) -> Markup:
    """A `table` in parts, each under a title of its own (none when the title is empty)."""
    classes = [_CELLS[kind] for kind in kinds.ljust(len(head), "t")]
    top = tag("tr", [_head_cell(cell, kind) for cell, kind in zip(head, classes, strict=True)])
    bodies = [
        tag("tbody", _group_title(title, len(head)), [_row(row, classes) for row in rows])
        for title, rows in groups
    ]
    whole = tag("table", tag("thead", top), bodies, class_=class_ or None)
    return tag("div", whole, class_="scroll", role="region", aria_label=label, tabindex=0)


_CELLS = {"t": None, "n": "num", "g": "graph", "w": "num wide"}


def _head_cell(cell: Child, kind: str | None) -> Markup:
    """A header; one without words is a plain cell, since a header has to say something."""
    return tag("th", cell, scope="col", class_=kind) if cell else tag("td", class_=kind)


def _group_title(title: str, columns: int) -> Markup | None:
    if not title:
        return None
    return tag("tr", tag("th", title, colspan=columns, scope="rowgroup"), class_="group")


def _row(row: Sequence[Child], classes: Sequence[str | None]) -> Markup:
    first = tag("th", row[0], scope="row", class_=classes[0])
    return tag(
        "tr", first, [tag("td", cell, class_=kind) for cell, kind in zip(row[1:], classes[1:], strict=True)]
    )


def folded(title: str, *body: Child) -> Markup:
    """What few want to see at once; opened by a click, and in print."""
    return tag("details", tag("summary", title), *body, class_="more")


def cut_table(
    label: str, head: Sequence[Child], rows: Sequence[Sequence[Child]], *, shown: int, kinds: str, noun: str
) -> Markup:
    """The first ``shown`` rows, and the rest folded away: "3 more columns", when ``noun`` is "column"."""
    first = table(label, head, rows[:shown], kinds=kinds)
    if len(rows) <= shown:
        return first
    rest = table(f"{label}, continued", head, rows[shown:], kinds=kinds)
    return tag("div", first, folded(plural(len(rows) - shown, f"more {noun}"), rest))


def missing(why: str) -> Markup:
    """The place of a picture that can't be drawn, and why: a clause, or whole sentences."""
    return tag("p", tag("strong", "Not measured. "), sentence(why), class_="missing")


def sentence(words: str) -> Markup:
    """``there is no holdout`` → ``There is no holdout.``, as text that may hold names from the tables."""
    words = words.strip().removeprefix("Not measured: ")
    if words and words[-1] not in ".!?…":
        words += "."
    return prose(words[:1].upper() + words[1:])


def chip(state: str) -> Markup:
    """A state as a sign and a word."""
    kind, sign, word = STATES[state]
    return tag(
        "span",
        tag("span", sign, aria_hidden="true"),
        " ",
        tag("span", word, class_="word"),
        class_=f"chip {kind}",
    )


def hits(rate: Json) -> str:
    """How many of how many, under a share."""
    return f"{count(rate['hits'])} of {count(rate['of'])}"


def titled(title: Child, more: str) -> Markup:
    """A name, and under it in small what it is."""
    return join(title, tag("span", more, class_="says"))
