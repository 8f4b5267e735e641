"""The part of a report on pairs of columns: how they hang together, and which differ most."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.quality import report_numbers as numbers
from lookalike.quality.charts_heat import MOST_LABELLED, heat_map, limit_of, shade_scale
from lookalike.quality.charts_pictures import bar
from lookalike.quality.report_markup import Child, Markup, called, tag
from lookalike.quality.report_parts import Json, block, cut_table, missing, section, side_by_side


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
