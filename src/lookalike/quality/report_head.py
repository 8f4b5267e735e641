"""The top of a report: the gate's answer in words, three scores, and every figure beside its limit."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.quality import report_numbers as numbers
from lookalike.quality.charts_pictures import interval, strip
from lookalike.quality.report_markup import Child, Markup, called, prose, tag
from lookalike.quality.report_parts import Json, chip, section, table

_STOOD_IN = {
    "holdout": "the holdout",
    "bootstrap": "a bootstrap of train",
    "halves": "two halves of train",
    "train": "trained on real",
    "ideal": "the ideal",
    "": "",
}
_GROUPS = {
    "privacy": "Privacy",
    "fidelity": "Fidelity",
    "detection": "Detection",
    "utility": "Utility",
    "diagnostic": "Form and rules",
}


def head(data: Json, title: str) -> Markup:
    """The title, what was compared, the gate's answer and the scores."""
    return tag(
        "header",
        tag("p", "Lookalike check", class_="eyebrow"),
        tag("h1", called(title, longest=120)),
        tag("p", _compared(data), class_="compared"),
        _verdict(data.get("gate"), data["figures"]),
        _scores(data["scores"]),
    )


def _compared(data: Json) -> str:
    tables = data["tables"]
    parts = [f"{_size(tables['synth'])} synthetic, checked against {_size(tables['real'])} real"]
    if tables["holdout"] is not None:
        parts.append(
            f" and a holdout of {numbers.plural(tables['holdout']['rows'], 'row')} that no model has seen"
        )
    else:
        parts.append(", without a holdout")
    if tables["canaries"]:
        parts.append(f"; {numbers.plural(tables['canaries'], 'canary', 'canaries')} planted")
    return "".join(parts) + "."


def _size(size: Json) -> str:
    return f"{numbers.plural(size['rows'], 'row')} × {numbers.plural(size['columns'], 'column')}"


def _verdict(gate: Json | None, figures: Sequence[Json]) -> Markup:
    if gate is None:
        measured = sum(one["value"] is not None for one in figures)
        words = f"No gate was asked. {numbers.plural(measured, 'figure')} were measured."
        return tag("div", tag("p", words, class_="answer"), class_="verdict none")
    which = "the default gate" if gate["gate"] == "default" else ["the gate ", called(gate["gate"])]
    refusals = gate["refusals"]
    if gate["passed"]:
        return tag(
            "div",
            _answer("✓", ["Passed by ", which]),
            tag("p", _passed(gate)),
            _waived(gate),
            class_="verdict good",
        )
    return tag(
        "div",
        _answer("✕", ["Refused by ", which]),
        tag("p", _refused(gate)),
        tag("ul", [_refusal(one) for one in refusals], class_="refusals"),
        _waived(gate),
        class_="verdict bad",
    )


def _answer(sign: str, words: Child) -> Markup:
    return tag("p", tag("span", sign, class_="sign", aria_hidden="true"), words, class_="answer")


def _passed(gate: Json) -> str:
    asked = sum(limit["state"] == "passed" for limit in gate["limits"])
    return (
        f"{numbers.plural(asked, 'figure')} stand beside what a second real sample would score, "
        "and none is surely worse by more than the gate allows."
    )


def _refused(gate: Json) -> str:
    unmeasured = sum(one["unmeasured"] for one in gate["refusals"])
    short = len(gate["refusals"]) - unmeasured
    parts: list[str] = []
    if short:
        parts.append(f"{numbers.plural(short, 'figure falls', 'figures fall')} short of what the gate asks")
    if unmeasured:
        parts.append(
            f"{numbers.plural(unmeasured, 'figure')} could not be measured, and what is not measured is not passed"
        )
    return "; ".join(parts) + ". The table should not leave the house as it is."


def _refusal(one: Json) -> Markup:
    return tag(
        "li",
        tag("strong", prose(one["label"])),
        chip("unmeasured" if one["unmeasured"] else "refused"),
        tag("span", prose(one["says"]), class_="says"),
        tag("span", tag("em", "What usually helps: "), prose(one["helps"]), class_="helps")
        if one["helps"]
        else None,
    )


def _waived(gate: Json) -> Markup | None:
    if not gate["waived"]:
        return None
    names = ", ".join(gate["waived"])
    return tag("p", f"Waived by the gate file, though they would have refused: {names}.", class_="waived")


def _scores(scores: Sequence[Json]) -> Markup:
    cards = [_score(one) for one in scores]
    note = "Each score runs to 100: as good as a second real sample of the same size would be."
    return tag("div", tag("div", cards, class_="scores"), tag("p", note, class_="how"), class_="scoring")


def _score(one: Json) -> Markup:
    value: float | None = one["value"]
    title = tag("h2", one["name"].capitalize(), id=f"score-{one['name']}")
    if value is None:
        shown = tag("p", tag("span", "not measured", class_="unmeasured"), class_="value")
        line = None
    else:
        digits = "100" if value >= 99.95 else f"{value:.1f}"
        shown = tag(
            "p", tag("span", digits, class_="digits"), tag("span", " of 100", class_="of"), class_="value"
        )
        line = strip(value)
    return tag(
        "div",
        title,
        shown,
        line,
        tag("p", prose(one["words"])),
        class_="score",
        role="group",
        aria_labelledby=f"score-{one['name']}",
    )


def figures(data: Json) -> Markup:
    """Every headline figure: its value, a second real sample's, and where the difference stands to its limit."""
    gate = data.get("gate")
    limits = {one["name"]: one for one in gate["limits"]} if gate else {}
    parts = [
        _group(title, [one for one in data["figures"] if one["group"] == group], limits)
        for group, title in _GROUPS.items()
    ]
    lead = (
        "Each figure beside what a second real sample would score. The drawing shows how much worse the synthetic "
        "table is: the dot is the estimate, the line is where it lies for sure (99.9 %), and the tint begins where "
        "the gate’s limit is. A gate refuses only when all of the line is in the tint."
    )
    return section("figures", "The figures", lead, *parts)


def _group(title: str, group: Sequence[Json], limits: dict[str, Json]) -> Markup | None:
    """The table of one group; None when it has no figures."""
    if not group:
        return None
    header = ["Figure", "Synthetic", "Second real sample", "Worse by, against the limit", "Gate"]
    rows = [_figure(one, limits.get(one["name"])) for one in group]
    whole = table(f"{title} figures", header, rows, kinds="tnngt", class_="figures")
    return tag("div", tag("h3", title), whole, class_="block")


def _figure(one: Json, limit: Json | None) -> list[Child]:
    name = one["name"]

    def write(value: float | None) -> str:
        return numbers.figure(name, value)

    label = [tag("span", prose(one["label"]), class_="label"), tag("span", prose(one["says"]), class_="says")]
    state = chip(limit["state"]) if limit else tag("span", "–", class_="soft")
    if one["value"] is None:
        why = tag("span", prose(one["unmeasured"] or "not measured"), class_="soft")
        return [label, why, "–", "", state]
    spread = numbers.between(one["low"], one["high"], write)
    value = [tag("span", write(one["value"]), class_="strong"), tag("span", spread, class_="spread")]
    stood_in = tag("span", _STOOD_IN[one["reference_from"]], class_="spread")
    return [label, value, [write(one["reference"]), stood_in], _against(one, limit, write), state]


def _against(one: Json, limit: Json | None, write: object) -> Child:
    worse = one["worse"]
    if worse is None or limit is None or limit["limit"] <= 0 or not callable(write):
        return tag("span", "no worse" if worse is not None and worse <= 0 else "", class_="spread")
    most = float(limit["limit"])
    drawn = interval(
        worse,
        one["surely_worse"],
        one["maybe_worse"],
        (-most, 2 * most),
        lines=(("zero", 0.0),),
        beyond=most,
    )
    words = f"{write(worse)} of {write(most)} allowed" if worse > 0 else f"no worse; {write(most)} allowed"
    return [drawn, tag("span", words, class_="spread")]


def measured_how(data: Json) -> Markup:
    """The foot of the page: samples, notes, seed."""
    facts: list[Child] = [tag("li", f"Seed {data['seed']}: the same call makes the same figures.")]
    facts += [
        tag(
            "li",
            f"{one['what']}: {numbers.count(one['rows'])} of {numbers.count(one['of'])}, drawn by the seed.",
        )
        for one in data["samples"]
    ]
    facts.append(tag("li", "Intervals are at 95 %, what a gate decides on is at 99.9 %."))
    facts += [tag("li", prose(note)) for note in data["notes"]]
    made = tag(
        "p",
        f"Made by {data['library']}. This file needs no network and runs no code but its own.",
        class_="made",
    )
    return tag("footer", tag("h2", "How this was measured"), tag("ul", facts), made)
