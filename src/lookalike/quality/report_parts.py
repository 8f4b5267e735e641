"""What the sections of a report are built of: a section, a table, a sentence on how to read, a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lookalike.quality.report_markup import Child, Markup, tag

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

    kinds: one letter for each column: ``t`` text, ``n`` number, ``g`` graph, ``w`` text that only wide pages show.
    """
    classes = [_CELLS[kind] for kind in kinds.ljust(len(head), "t")]
    top = tag(
        "tr", [tag("th", cell, scope="col", class_=kind) for cell, kind in zip(head, classes, strict=True)]
    )
    body = [_row(row, classes) for row in rows]
    whole = tag("table", tag("thead", top), tag("tbody", body), class_=class_ or None)
    return tag("div", whole, class_="scroll", role="region", aria_label=label, tabindex=0)


_CELLS = {"t": None, "n": "num", "g": "graph", "w": "wide"}


def _row(row: Sequence[Child], classes: Sequence[str | None]) -> Markup:
    first = tag("th", row[0], scope="row", class_=classes[0])
    return tag(
        "tr", first, [tag("td", cell, class_=kind) for cell, kind in zip(row[1:], classes[1:], strict=True)]
    )


def folded(title: str, *body: Child) -> Markup:
    """What few want to see at once; opened by a click, and in print."""
    return tag("details", tag("summary", title), *body, class_="more")


def cut_table(
    label: str, head: Sequence[Child], rows: Sequence[Sequence[Child]], *, shown: int, kinds: str, more: str
) -> Markup:
    """The first ``shown`` rows, and the rest folded away under ``more``, which is told how many they are."""
    first = table(label, head, rows[:shown], kinds=kinds)
    if len(rows) <= shown:
        return first
    rest = table(f"{label}, continued", head, rows[shown:], kinds=kinds)
    return tag("div", first, folded(more.format(len(rows) - shown), rest))


def missing(why: str) -> Markup:
    """The place of a picture that can't be drawn, and why."""
    return tag("p", tag("strong", "Not measured. "), why, class_="missing")


def chip(state: str) -> Markup:
    """A state as a sign and a word."""
    kind, sign, word = STATES[state]
    return tag("span", tag("span", sign, aria_hidden="true"), f" {word}", class_=f"chip {kind}")
