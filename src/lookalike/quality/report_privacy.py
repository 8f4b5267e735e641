"""The part of a report on privacy: copies, distances, attacks, and what came through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lookalike.quality import report_numbers as numbers
from lookalike.quality.charts_pictures import interval, legend, overlay, ruler
from lookalike.quality.report_came_through import came_through, made_new
from lookalike.quality.report_markup import Child, Markup, called, join, prose, tag
from lookalike.quality.report_parts import (
    Json,
    block,
    cut_table,
    hits,
    missing,
    section,
    side_by_side,
    table,
    titled,
)


def privacy(data: Json) -> Markup:
    """Every measure of privacy, each against what the holdout scores."""
    found = data["privacy"]
    lead = (
        "Whether the synthetic table tells more about the people it was learned from than about "
        "people it has never "
        "seen. Everything is measured against the holdout, which no model saw."
    )
    notice = missing(found["unmeasured"]) if found["unmeasured"] else None
    return section(
        "privacy",
        "Privacy",
        lead,
        notice,
        side_by_side(_copies(found), _coin_tosses(found)),
        _distances(found),
        _attacks(found["attacks"]),
        side_by_side(came_through(found["came_through"]), made_new(found)),
    )


# ---- copies


def _copies(found: Json) -> Markup:
    how = "Rows equal, or nearly, to a row of train. By chance alone as many of the holdout’s rows are."
    parts = [("Exact copies", found["copies"])]
    if found["near"] is not None:
        parts.append(("Near copies", found["near"]))
    return block("Copies", how, [_copied(title, one) for title, one in parts])


def _copied(title: str, one: Json) -> Markup:
    sides = [
        ("synthetic rows", "synth"),
        ("holdout rows", "holdout"),
        ("train, of its own other rows", "train"),
    ]
    there = [
        (words, kind, one[kind])
        for words, kind in sides
        if one[kind] is not None and one[kind]["share"] is not None
    ]
    most = max((rate["high"] or rate["share"] for _, _, rate in there), default=0.0) or 0.001
    span = (0.0, most * 1.05)
    rows: list[list[Child]] = [
        [
            words,
            interval(
                rate["share"], rate["low"], rate["high"], span, class_=_MARK[kind], lines=(("zero", 0.0),)
            ),
            [
                tag("span", numbers.share(rate["share"]), class_="strong"),
                tag("span", hits(rate), class_="spread"),
            ],
        ]
        for words, kind, rate in there
    ]
    caption = f"{title} (within {numbers.score(one['within'])})" if one["within"] else title
    head: list[Child] = [
        caption,
        [tag("span", "Share", class_="hidden"), ruler(span, numbers.tick_share, count=2)],
        "Share",
    ]
    return table(title, head, rows, kinds="tgn")


_MARK = {"synth": "synth", "holdout": "held", "train": "plain"}


# ---- nearer, membership: 0.5 is a coin's toss


def _coin_tosses(found: Json) -> Markup:
    """The share nearer to train and the AUCs of membership attacks: 0.5 when nothing is learned."""
    how = (
        "Can an attacker who holds a row tell whether it was in train? At 0.5, the upright line, the "
        "answer is a "
        "coin’s toss; the further right, the more is given away."
    )
    entries: list[tuple[Child, Json, str]] = []
    nearer = found["nearer"]
    if nearer is not None:
        more = f"{numbers.plural(nearer['rows'], 'row')} against {numbers.count(nearer['base'])} of each"
        entries.append((titled("Nearer to train than to the holdout", more), nearer["share"], "share"))
    for attack in found["membership"]:
        more = f"finds {numbers.share(attack['tpr_at_1'])} of members at 1 % false alarms"
        entries.append((titled(f"Membership inference by {attack['name']}", more), attack["auc"], "AUC"))
    entries = [entry for entry in entries if entry[1]["value"] is not None]
    if not entries:
        return block("Told from unseen people", how, missing(found["unmeasured"] or "There is no holdout."))
    low = min(0.45, *(_or(one["low"], one["value"]) for _, one, _ in entries))
    high = max(0.6, *(_or(one["high"], one["value"]) for _, one, _ in entries))
    return block(
        "Told from unseen people",
        how,
        _intervals("Told from unseen people", "Attack", entries, (low, high), 0.5, numbers.score),
    )


def _intervals(
    label: str,
    first: str,
    entries: Sequence[tuple[Child, Json, str]],
    span: tuple[float, float],
    line: float,
    write: Callable[[float | None], str],
) -> Markup:
    rows: list[list[Child]] = [
        [
            words,
            interval(one["value"], one["low"], one["high"], span, lines=(("chance", line),)),
            [
                tag("span", write(one["value"]), class_="strong"),
                tag("span", numbers.between(one["low"], one["high"], write), class_="spread"),
            ],
        ]
        for words, one, _ in entries
    ]
    head: list[Child] = [
        first,
        [tag("span", "Interval", class_="hidden"), ruler(span, numbers.tick, count=3, keep=line)],
        "Value",
    ]
    return table(label, head, rows, kinds="tgn")


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


# ---- distances


def _distances(found: Json) -> Markup:
    closest = _distance(
        "Distance to the closest training row",
        "If the line stands further left than the ground, synthetic rows are closer to real people "
        "than chance explains.",
        found["closest"],
        found["unmeasured"],
    )
    ratio = _distance(
        "Nearest-neighbour ratio",
        "The distance to the closest training row over that to the second closest: near 0, one "
        "single row was followed.",
        found["ratio"],
        found["unmeasured"],
    )
    how = tag("p", "How distances are measured: ", prose(found["distance"]), class_="how")
    return join(side_by_side(closest, ratio), how)


def _distance(title: str, how: str, one: Json | None, unmeasured: str) -> Markup:
    if one is None:
        return block(title, how, missing(unmeasured or "There were no rows to measure."))
    series = [("synth", one["synth"])]
    marks: list[tuple[str, float]] = [("synth", one["synth_p5"])]
    keys = [("synth", "synthetic to train")]
    facts: list[list[Child]] = [
        ["synthetic to train", numbers.score(one["synth_p5"]), numbers.score(one["synth_median"])]
    ]
    if one["holdout"] is not None:
        series.insert(0, ("real", one["holdout"]))
        if one["holdout_p5"] is not None:
            marks.insert(0, ("real", one["holdout_p5"]))
        keys.insert(0, ("real", "holdout to train"))
        facts.append(
            ["holdout to train", numbers.score(one["holdout_p5"]), numbers.score(one["holdout_median"])]
        )
    label = (
        f"{title}, of {numbers.plural(one['rows'], 'synthetic row')}: 5th percentile "
        f"{numbers.score(one['synth_p5'])}"
    )
    drawn = overlay(
        one["edges"],
        series,
        f"{label}, holdout {numbers.score(one['holdout_p5'])}.",
        marks=marks,
        size=(460, 190),
    )
    shown = table(f"{title}: percentiles", ["", "5th percentile ▴", "Median"], facts, kinds="tnn")
    return block(title, how, legend(*keys), drawn, shown)


# ---- attacks after Anonymeter


def _attacks(attacks: Sequence[Json]) -> Markup:
    how = (
        "Risk beyond what the same attack does on people who were not in train, after Anonymeter "
        "(Giomi et al., 2023): "
        "0 is none, and a line that reaches 0 is within chance."
    )
    there = [one for one in attacks if one["risk"]["value"] is not None]
    if not there:
        return block("Attacks", how, missing("The attacks need a holdout to be measured against."))
    general = [one for one in there if one["column"] is None]
    secrets = sorted(
        (one for one in there if one["column"] is not None), key=lambda one: -one["risk"]["value"]
    )
    ordered = general + secrets
    low = min(-0.02, *(_or(one["risk"]["low"], one["risk"]["value"]) for one in ordered))
    high = max(0.1, *(_or(one["risk"]["high"], one["risk"]["value"]) for one in ordered))
    span = (max(low, -0.5), high)
    head: list[Child] = [
        "Attack",
        [tag("span", "Risk", class_="hidden"), ruler(span, numbers.tick_share)],
        "Risk",
        "On train",
        "On the holdout",
        "By guessing",
    ]
    rows = [_attack(one, span) for one in ordered]
    return block(
        "Attacks",
        how,
        cut_table("Attacks", head, rows, shown=len(general) + 5, kinds="tgnwww", noun="column"),
    )


def _attack(one: Json, span: tuple[float, float]) -> list[Child]:
    risk = one["risk"]
    title: Child = _ATTACKS.get(one["name"], one["name"])
    if one["column"] is not None:
        title = [title, " ", called(one["column"], longest=40)]
    spread = numbers.between(risk["low"], risk["high"], numbers.share)
    return [
        title,
        interval(risk["value"], risk["low"], risk["high"], span, lines=(("chance", 0.0),)),
        [tag("span", numbers.share(risk["value"]), class_="strong"), tag("span", spread, class_="spread")],
        _rate(one["attack"]),
        _rate(one["control"]),
        numbers.share(one["baseline"]),
    ]


_ATTACKS = {
    "singling out, one column": "Singling out by one column",
    "singling out, several columns": "Singling out by several columns",
    "linkability": "Linking two halves of a row",
    "inference": "Inferring",
}


def _rate(rate: Json) -> Child:
    return [tag("span", numbers.share(rate["share"])), tag("span", hits(rate), class_="spread")]
