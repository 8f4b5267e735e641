"""The parts of a report on pairs of columns, on what gives the table away, and on what it is good for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lookalike.quality import report_numbers as numbers
from lookalike.quality.charts_heat import MOST_LABELLED, heat_map, limit_of, shade_scale
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

# ---- pairs


def pairs(data: Json) -> Markup:
    """Association maps side by side, then the pairs and triples whose densities differ most."""
    fidelity = data["fidelity"]
    association = fidelity["association"]
    lead = "Whether columns hang together in the synthetic table as they do in the real one."
    maps = missing("There are fewer than two columns to pair.") if association is None else _maps(association)
    triples = f"Of {numbers.plural(fidelity['triples'], 'triple')}, those whose joint shares differ most."
    chance = " Columns of many values differ by chance as well: the figures above say how much."
    lists = side_by_side(
        _groups(
            "Pairs that differ most",
            f"100 % is the same joint shares.{chance}",
            fidelity["worst_pairs"],
            "pair",
        ),
        _groups("Triples that differ most", triples, fidelity["worst_triples"], "triple"),
    )
    return section("pairs", "Pairs of columns", lead, maps, lists)


def _maps(association: Json) -> Markup:
    names: list[str] = association["columns"]
    limit = limit_of(association["difference"])
    written = f"{limit:g}"
    places = _most_different(association["difference"])
    drawn = [
        _map(
            "Real",
            heat_map(association["real"], names, f"Association of {len(names)} real columns."),
            shade_scale("1", diverging=False),
        ),
        _map(
            "Synthetic",
            heat_map(association["synth"], names, f"Association of {len(names)} synthetic columns."),
            shade_scale("1", diverging=False),
        ),
        _map(
            "Difference",
            heat_map(association["difference"], names, "Synthetic less real.", limit=limit, diverging=True),
            shade_scale(written, diverging=True),
        ),
    ]
    how = (
        "The stronger the colour of a square, the more one column tells about the other (Cramér’s V: "
        "0 nothing, 1 all). The first two "
        "maps should look the same, and the third should be pale."
    )
    if len(names) > MOST_LABELLED:
        how += " Columns are numbered as in the table; point at a square to read its names."
    readout = tag("p", _said(association, places), class_="readout", id="readout", aria_live="off")
    values = tag(
        "div",
        class_="values",
        id="pair-values",
        hidden=True,
        data_real=_flat(association["real"]),
        data_synth=_flat(association["synth"]),
    )
    hidden_names = tag(
        "ol", [tag("li", called(name, longest=80)) for name in names], id="pair-names", hidden=True
    )
    return block("Association", how, tag("div", drawn, class_="maps"), readout, values, hidden_names)


def _map(title: str, drawn: Markup, key: Markup) -> Markup:
    return tag("figure", tag("figcaption", title), drawn, key)


def _most_different(difference: Sequence[Sequence[float | None]]) -> tuple[int, int] | None:
    """The places of the two columns whose association differs most."""
    found = [
        (abs(value), j, i)
        for i, row in enumerate(difference)
        for j, value in enumerate(row[:i])
        if value is not None
    ]
    return max(found)[1:] if found else None


def _said(association: Json, places: tuple[int, int] | None) -> Child:
    if places is None:
        return "No pair could be compared."
    i, j = places
    real, synth, difference = (association[part][i][j] for part in ("real", "synth", "difference"))
    sides = f"{numbers.score(real)} in the real table, {numbers.score(synth)} in the synthetic one"
    names = _names([association["columns"][i], association["columns"][j]])
    return ["The greatest difference is ", numbers.score(difference), ", of ", names, f": {sides}."]


def _flat(matrix: Sequence[Sequence[float | None]]) -> str:
    """The lower triangle in hundredths, for the script that reads out the square under the pointer."""
    return ",".join("" if v is None else str(round(100 * v)) for i, row in enumerate(matrix) for v in row[:i])


def _groups(title: str, how: str, groups: Sequence[Json], noun: str) -> Markup:
    if not groups:
        return block(title, None, missing("There are too few columns."))
    most = max(1 - group["score"] for group in groups)
    rows: list[list[Child]] = [
        [
            _names(group["columns"]),
            bar([("lack", 1 - group["score"])], max(most, 0.05)),
            numbers.share(group["score"]),
        ]
        for group in groups
    ]
    return block(
        title,
        how,
        cut_table(title, ["Columns", "Apart", "Alike"], rows, shown=8, kinds="tgn", noun=noun),
    )


def _names(columns: Sequence[str]) -> Child:
    parts: list[Child] = []
    for i, column in enumerate(columns):
        parts += [" × "] if i else []
        parts.append(called(column, longest=40))
    return parts


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
