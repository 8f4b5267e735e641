"""The parts of a report on what gives the table away, and on what it is good for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lookalike.quality import report_numbers as numbers
from lookalike.quality.charts_pictures import bar, interval, legend, roc, ruler
from lookalike.quality.report_markup import Child, Markup, called, tag
from lookalike.quality.report_parts import (
    Json,
    block,
    cut_table,
    folded,
    missing,
    section,
    side_by_side,
    table,
)

# ---- detection


def detection(data: Json) -> Markup:
    """The ROC curves of a detector, the columns that give it away, and the row it was surest of."""
    found = data["detection"]
    lead = (
        "Gradient boosting learns to tell synthetic rows from real ones, and is tested on rows it "
        "has not seen. "
        "An AUC of 0.5 is a coin’s toss, 1 is always right."
    )
    if found is None:
        return section("detection", "Detection", lead, missing(_why(data, "detection")))
    curves = _roc(found)
    away = _away(found["columns"])
    return section("detection", "Detection", lead, side_by_side(curves, away), _example(found["example"]))


def _why(data: Json, group: str) -> str:
    """What the figures of the group say about why there are none."""
    said = [one["unmeasured"] for one in data["figures"] if one["group"] == group and one["unmeasured"]]
    return said[0] if said else "No figure was asked for."


def _roc(found: Json) -> Markup:
    sides = [("synth", found["train"]), ("held", found["holdout"]), ("second", found["reference"])]
    there: list[tuple[str, Any]] = [(kind, one) for kind, one in sides if one is not None]
    said = "; ".join(f"{one['between']}: AUC {numbers.score(one['auc']['value'])}" for _, one in there)
    drawn = roc([(kind, one["roc"]["fpr"], one["roc"]["tpr"]) for kind, one in there], f"ROC curves. {said}.")
    key = [
        tag("li", legend((kind, f"{one['between']}: ")), tag("strong", _estimate(one["auc"])))
        for kind, one in there
    ]
    return block(
        "Told apart",
        "The nearer a curve lies to the diagonal, the less the two tables can be told apart.",
        drawn,
        tag("ul", key, class_="keys"),
    )


def _estimate(one: Json) -> str:
    spread = numbers.between(one["low"], one["high"])
    return numbers.score(one["value"]) + (f" ({spread})" if spread else "")


def _away(columns: Sequence[Json]) -> Markup:
    how = (
        "How much of the AUC is lost when one column is shuffled: what a detector goes by, with its interval."
    )
    if not columns:
        return block("Columns that give it away", how, missing("No column was looked at."))
    most = max(max(one["high"], one["drop"]) for one in columns)
    span = (min(0.0, *(one["low"] for one in columns)), max(most, 0.01))
    rows: list[list[Child]] = [
        [
            called(one["name"], longest=40),
            interval(one["drop"], one["low"], one["high"], span, lines=(("zero", 0.0),)),
            numbers.fixed(one["drop"]),
        ]
        for one in columns
    ]
    scale = ruler(span, numbers.tick, count=3)
    head: list[Child] = ["Column", [tag("span", "AUC lost", class_="hidden"), scale], "Lost"]
    whole = cut_table("Columns that give it away", head, rows, shown=12, kinds="tgn", noun="column")
    told = None
    if all(one["low"] <= 0 for one in columns):
        told = tag("p", "No column surely gives it away: every interval reaches 0.", class_="fine")
    return block("Columns that give it away", how, told, whole)


def _example(example: Json | None) -> Markup | None:
    if example is None:
        return None
    because: list[str] = example["because"]
    cells: dict[str, str | None] = example["cells"]
    first = [_cell(name, cells.get(name), told=True) for name in because if name in cells]
    rest = [_cell(name, value, told=False) for name, value in cells.items() if name not in because]
    few, many = rest[:14], rest[14:]
    how = (
        f"The synthetic row that the detector was surest of ({numbers.share(example['probability'])} sure). "
        "Marked are the cells that made it so."
    )
    more = folded(f"{len(many)} more cells", tag("dl", many, class_="cells")) if many else None
    return block("One example", how, tag("dl", first, few, class_="cells"), more)


def _cell(name: str, value: str | None, *, told: bool) -> Markup:
    shown = tag("em", "missing") if value is None else called(value)
    return tag("div", tag("dt", called(name, longest=48)), tag("dd", shown), class_="told" if told else None)


# ---- utility


def utility(data: Json) -> Markup:
    """What predictors that learned from real and from synthetic rows score on the same unseen real rows."""
    found = data["utility"]
    if found is None:
        return section(
            "utility", "Utility", "What the synthetic table is good for.", missing(_why(data, "utility"))
        )
    on = "the holdout" if found["tested_on"] == "holdout" else "real rows set aside"
    lead = [
        "Two predictors of ",
        called(found["target"]),
        f", one that learned from {numbers.plural(found['rows'], 'real row')} and one from as many "
        "synthetic ones, tested "
        f"on {numbers.plural(found['test_rows'], 'row')} of {on}.",
    ]
    return section("utility", "Utility", lead, side_by_side(_scores(found), _importances(found)))


def _scores(found: Json) -> Markup:
    chance = found["chance"]
    span = (min(chance, 1.0), 1.0)
    rows: list[list[Child]] = []
    for words, kind in (("Learned from real", "real"), ("Learned from synthetic", "synth")):
        one = found[kind]
        ends = None if one["low"] is None or one["high"] is None else (one["low"], one["high"])
        reach = [] if ends is None else [(ends[0] - chance, ends[1] - chance)]
        drawn = bar([(kind, (one["value"] or 0) - chance)], 1 - chance, ranges=reach)
        spread = tag("span", numbers.between(one["low"], one["high"]), class_="spread")
        rows.append([words, drawn, [tag("span", numbers.score(one["value"]), class_="strong"), spread]])
    head: list[Child] = [
        "Predictor",
        [tag("span", "Score", class_="hidden"), ruler(span, numbers.tick, count=2)],
        found["metric"],
    ]
    how = (
        f"{found['metric']} on unseen real rows: the two bars should be as long. They start at chance "
        f"({chance:g})."
    )
    main = table("Scores of the two predictors", head, rows, kinds="tgn")
    if not found["more"]:
        return block("Trained on synthetic, tested on real", how, main)
    others: list[list[Child]] = [
        [name, numbers.score(real), numbers.score(synth)] for name, (real, synth) in found["more"].items()
    ]
    more = table("Further scores", ["Also", "Real", "Synthetic"], others, kinds="tnn")
    return block("Trained on synthetic, tested on real", how, main, more)


def _importances(found: Json) -> Markup:
    agreement = found["agreement"]
    how = (
        "What each predictor goes by: the score it loses when a column is shuffled. Both should lean "
        "on the same columns."
    )
    if agreement is not None:
        how += f" Their rank correlation is {agreement:.2f}."
    rows_of: Sequence[Json] = sorted(found["importances"], key=lambda one: -max(one["real"], one["synth"]))
    if not rows_of:
        return block("What they go by", how, missing("There was nothing to shuffle."))
    most = max(max(one["real"], one["synth"]) for one in rows_of) or 1.0
    rows: list[list[Child]] = [
        [
            called(one["name"], longest=40),
            bar([("real", one["real"])], most, ticked=[("synth", max(one["synth"], 0.0))]),
            numbers.fixed(one["real"]),
            tag("span", numbers.fixed(one["synth"]), class_="synth-text"),
        ]
        for one in rows_of
    ]
    whole = cut_table(
        "Importances",
        ["Column", tag("span", "Bars", class_="hidden"), "Real", "Synthetic"],
        rows,
        shown=10,
        kinds="tgnn",
        noun="column",
    )
    return block(
        "What they go by", how, legend(("real", "learned from real"), ("synth", "from synthetic")), whole
    )
