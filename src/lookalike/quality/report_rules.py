"""The part of a report on form: columns that lack or changed, values out of bounds, rules broken."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.quality import report_numbers as numbers
from lookalike.quality.charts_pictures import bar
from lookalike.quality.report_markup import Child, Markup, called, prose, tag
from lookalike.quality.report_parts import Json, block, cut_table, section

_TESTS = {
    "bounds": "outside the bounds",
    "categories": "of an unknown category",
    "grid": "off the grid",
    "pattern": "in another form",
    "missing": "missing where none is",
    "unique": "seen before",
}


def rules(data: Json) -> Markup:
    """What is broken first, and in a sentence how much is kept."""
    found = data["diagnostic"]
    lead = (
        "Whether the synthetic table has the form of the real one, and keeps the rules that each of "
        "its rows keeps."
    )
    return section(
        "rules", "Form and rules", lead, _columns(found), _rules(found["rules"]), _values(found["values"])
    )


def _columns(found: Json) -> Markup:
    lines: list[Child] = []
    for words, names in (
        ("Columns that the synthetic table lacks", found["missing_columns"]),
        ("Columns that it adds", found["extra_columns"]),
    ):
        if names:
            lines.append(tag("li", f"{words}: ", _listed(names), "."))
    lines += [
        tag(
            "li",
            called(one["column"], longest=40),
            f" is {one['found']} where the real one is {one['expected']}.",
        )
        for one in found["retyped"]
    ]
    if not lines:
        return block("Columns", None, tag("p", "The same columns, of the same kinds.", class_="fine"))
    return block("Columns", None, tag("ul", lines, class_="plain"))


def _listed(names: Sequence[str]) -> Child:
    parts: list[Child] = []
    for i, name in enumerate(names[:20]):
        parts += [", "] if i else []
        parts.append(called(name, longest=40))
    if len(names) > 20:
        parts.append(f" and {len(names) - 20} more")
    return parts


def _rules(tests: Sequence[Json]) -> Markup:
    how = (
        "Rules that no real row breaks: constants, a column that fixes another, orderings, and "
        "combinations that never occur."
    )
    if not tests:
        return block(
            "Rules", how, tag("p", "The real table keeps no rule that could be found.", class_="fine")
        )
    broken = sorted((one for one in tests if one["breaks"]), key=lambda one: -_part(one["breaks"], one["of"]))
    kept = len(tests) - len(broken)
    said = tag("p", _kept(kept, len(tests), "rule", "kept by every row"), class_="fine")
    if not broken:
        return block("Rules", how, said)
    most = max(_part(one["breaks"], one["of"]) for one in broken)
    rows: list[list[Child]] = [
        [
            [prose(one["rule"]), tag("span", one["kind"], class_="kind")],
            bar([("lack", _part(one["breaks"], one["of"]))], most),
            [
                tag("span", numbers.share(_part(one["breaks"], one["of"])), class_="strong"),
                tag("span", _of(one["breaks"], one["of"]), class_="spread"),
            ],
            numbers.NONE if one["holdout_of"] is None else _of(one["holdout_breaks"] or 0, one["holdout_of"]),
        ]
        for one in broken
    ]
    head = ["Rule", tag("span", "Share", class_="hidden"), "Rows that break it", "Of the holdout’s"]
    return block(
        "Rules",
        how,
        cut_table("Rules broken", head, rows, shown=12, kinds="tgnw", noun="rule"),
        said,
    )


def _values(tests: Sequence[Json]) -> Markup:
    how = "Each value is held to what the real ones keep: bounds, categories, decimals, patterns, uniqueness."
    broken = sorted((one for one in tests if one["breaks"]), key=lambda one: -_part(one["breaks"], one["of"]))
    said = tag(
        "p", _kept(len(tests) - len(broken), len(tests), "test", "passed by every value"), class_="fine"
    )
    if not broken:
        return block("Values", how, said)
    rows: list[list[Child]] = [
        [
            called(one["column"], longest=40),
            _TESTS.get(one["test"], one["test"]),
            [
                tag("span", numbers.share(_part(one["breaks"], one["of"])), class_="strong"),
                tag("span", _of(one["breaks"], one["of"]), class_="spread"),
            ],
            called(one["example"], longest=32) if one["example"] is not None else numbers.NONE,
        ]
        for one in broken
    ]
    head = ["Column", "Values that are", "Share", "For example"]
    return block(
        "Values",
        how,
        cut_table("Values that break a test", head, rows, shown=12, kinds="ttnt", noun="test"),
        said,
    )


def _kept(kept: int, of: int, noun: str, words: str) -> str:
    if kept == of:
        return f"All {numbers.plural(of, noun)} {words}." if of > 1 else f"The one {noun} is {words}."
    return f"{numbers.count(kept)} of {numbers.plural(of, noun)} {words}."


def _part(breaks: int, of: int) -> float:
    return breaks / of if of else 0.0


def _of(breaks: int, of: int) -> str:
    return f"{numbers.count(breaks)} of {numbers.count(of)}"
