"""The part of a report on privacy that tells which real values stand in the synthetic table again."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.quality import report_numbers as numbers
from lookalike.quality.report_markup import Child, Markup, called, tag
from lookalike.quality.report_parts import Json, block, cut_table, hits, table, titled


def came_through(entries: Sequence[Json]) -> Markup:
    """Rare categories and extremes found again, those most beyond what is expected first."""
    how = (
        "Rare categories (fewer than five rows) and extreme values of train that stand in the "
        "synthetic table again."
    )
    if not entries:
        return block(
            "Rare values that came through",
            how,
            tag("p", "No column has rare categories or lone extremes.", class_="fine"),
        )
    ordered = sorted(entries, key=lambda one: -(one["found"] - (one["expected"] or 0)))
    rows: list[list[Child]] = [
        [
            titled(called(one["column"], longest=40), _WHAT[one["what"]]),
            f"{numbers.count(one['found'])} of {numbers.count(one['of'])}",
            _about(one["expected"]),
            _listed(one["examples"]),
        ]
        for one in ordered
    ]
    head = ["Column", "Found", "Expected", "For example"]
    return block(
        "Rare values that came through",
        how,
        cut_table("Rare values that came through", head, rows, shown=8, kinds="tnnt", noun="column"),
    )


def _about(expected: float | None) -> str:
    """A number of values that is expected, which need not be whole."""
    if expected is None:
        return numbers.NONE
    return f"{expected:.0f}" if expected >= 10 or expected == round(expected) else f"{expected:.1f}"


_WHAT = {"rare": "rare categories", "extreme": "extreme values"}


def _listed(examples: Sequence[str]) -> Child:
    if not examples:
        return numbers.NONE
    parts: list[Child] = []
    for i, example in enumerate(examples):
        parts += [", "] if i else []
        parts.append(called(example, longest=24))
    return parts


def made_new(found: Json) -> Markup:
    """Real values in columns that ought to be made new, and planted canaries that came out."""
    how = "Ids, free text and personal data are made new, so none of their real values should come out."
    rows: list[list[Child]] = [
        [
            titled(called(one["column"], longest=40), one["kind"]),
            [
                tag("span", numbers.share(one["rate"]["share"]), class_="strong"),
                tag("span", hits(one["rate"]), class_="spread"),
            ],
            called(one["example"], longest=32) if one["example"] is not None else numbers.NONE,
        ]
        for one in found["real_values"]
    ]
    body: list[Child] = [
        table("Real values that came out", ["Column", "Real", "For example"], rows, kinds="tnt")
        if rows
        else tag("p", "No column is made new.", class_="fine")
    ]
    canaries = found["canaries"]
    if canaries is not None:
        words = (
            f"Of {numbers.plural(canaries['planted'], 'canary', 'canaries')} planted in train, "
            f"{numbers.count(canaries['found'])} came out."
        )
        body.append(tag("p", tag("strong", words), class_="fine" if canaries["found"] == 0 else "missing"))
    return block("Real values that came out", how, body)
