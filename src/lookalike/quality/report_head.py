"""The top of a report: the gate's answer in words, three scores, and every figure beside its limit."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.quality import report_numbers as numbers
from lookalike.quality.charts_pictures import interval, named_ruler, strip
from lookalike.quality.report_markup import Child, Markup, called, prose, tag
from lookalike.quality.report_parts import Json, chip, grouped_table, missing, section, sentence

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
    """The title, what was compared, the gate's answer, the scores, and what fell short."""
    gate = data.get("gate")
    return tag(
        "header",
        tag("p", "Lookalike check", class_="eyebrow"),
        tag("h1", called(title, longest=120)),
        tag("p", _compared(data), class_="compared"),
        _verdict(gate, data["figures"]),
        _scores(data["scores"]),
        _fell_short(gate),
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
        words = (
            f"{numbers.plural(measured, 'figure')} of {len(figures)} could be measured. Each stands below."
        )
        return tag(
            "div", tag("p", "No gate was asked", class_="answer"), tag("p", words), class_="verdict none"
        )
    which = "the default gate" if gate["gate"] == "default" else ["the gate ", called(gate["gate"])]
    if gate["passed"]:
        sign, answer, words, kind = "✓", "Passed by ", _passed(gate), "good"
    else:
        sign, answer, words, kind = "✕", "Refused by ", _refused(gate["refusals"]), "bad"
    signed = tag("span", sign, class_="sign", aria_hidden="true")
    return tag(
        "div",
        tag("p", signed, answer, which, class_="answer"),
        tag("p", prose(words)),
        _waived(gate),
        class_=f"verdict {kind}",
    )


def _passed(gate: Json) -> str:
    asked = sum(limit["state"] == "passed" for limit in gate["limits"])
    return (
        f"{numbers.plural(asked, 'figure was', 'figures were')} held beside what a second real sample would "
        "score, and none is surely worse by more than the gate allows."
    )


def _refused(refusals: Sequence[Json]) -> str:
    short = [one["label"] for one in refusals if not one["unmeasured"]]
    unmeasured = [one["label"] for one in refusals if one["unmeasured"]]
    parts: list[str] = []
    if short:
        parts.append(f"What fell short: {_named(short)}.")
    if unmeasured:
        parts.append(f"What could not be measured, and so is not passed: {_named(unmeasured)}.")
    return " ".join([*parts, "The table should not leave the house as it is."])


def _named(labels: Sequence[str]) -> str:
    """The first four in a row; each begins small, unless it begins with more than one capital."""
    small = [one if one[1:2].isupper() else one[:1].lower() + one[1:] for one in labels]
    more = f", and {len(small) - 4} more" if len(small) > 4 else ""
    return "; ".join(small[:4]) + more


def _waived(gate: Json) -> Markup | None:
    if not gate["waived"]:
        return None
    names = ", ".join(gate["waived"])
    words = f"Waived by the gate file, though they would have refused: {names}."
    return tag("p", prose(words), class_="waived")


def _fell_short(gate: Json | None) -> Markup | None:
    """Each refusal: by how much, and what usually helps. Those with the same words stand together."""
    if gate is None or not gate["refusals"]:
        return None
    alike: dict[tuple[bool, str, str], list[str]] = {}
    for one in gate["refusals"]:
        alike.setdefault((one["unmeasured"], one["says"], one["helps"]), []).append(one["label"])
    entries = [_refusal(labels, *words) for words, labels in alike.items()]
    return tag("div", tag("h2", "What fell short"), tag("ul", entries, class_="refusals"), class_="short")


def _refusal(labels: Sequence[str], unmeasured: bool, says: str, helps: str) -> Markup:
    names = [tag("strong", prose(label)) for label in labels]
    state = chip("unmeasured" if unmeasured else "refused")
    words = tag("p", tag("em", "What usually helps: "), prose(helps)) if helps else None
    return tag(
        "li",
        tag("p", [[one, tag("br")] for one in names], state, class_="what"),
        tag("div", tag("p", prose(says)), words),
    )


def _scores(scores: Sequence[Json]) -> Markup:
    cards = [_score(one) for one in scores]
    note = "100 is as good as a second real sample of the same size would be."
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
        tag("p", sentence(one["words"])),
        class_="score",
        role="group",
        aria_labelledby=f"score-{one['name']}",
    )


def figures(data: Json) -> Markup:
    """Every headline figure: its value, a second real sample's, and how far it is from its limit."""
    gate = data.get("gate")
    limits = {one["name"]: one for one in gate["limits"]} if gate else {}
    groups = [
        (title, [_figure(one, limits.get(one["name"])) for one in data["figures"] if one["group"] == group])
        for group, title in _GROUPS.items()
    ]
    scale = named_ruler(_SPAN, (0.0, "as good"), (1.0, "limit")) if gate else None
    header: list[Child] = ["Figure", "Synthetic", "Second real sample", ["Worse by", scale], "Gate"]
    lead: list[Child] = ["Each figure beside what a second real sample would score."]
    if gate:
        drawing = (
            " The dot is how much worse the synthetic table is and the line where that surely lies (99.9 %); "
            "a gate refuses only when all of the line is in the tint."
        )
        lead.append(tag("span", drawing, class_="wide"))  # where there is room for the drawings
    there = [(title, rows) for title, rows in groups if rows]
    if not there:
        return section("figures", "The figures", lead, missing("no figure was asked for"))
    whole = grouped_table("All figures", header, there, kinds="tnngt", class_="figures")
    return section("figures", "The figures", lead, whole)


_SPAN = (-1.0, 2.0)  # of the drawings, in limits: how much worse than a second real sample


def _figure(one: Json, limit: Json | None) -> list[Child]:
    name = one["name"]

    def write(value: float | None) -> str:
        return numbers.figure(name, value)

    label = [tag("span", prose(one["label"]), class_="label"), tag("span", prose(one["says"]), class_="says")]
    state = chip(limit["state"]) if limit else tag("span", numbers.NONE, class_="soft")
    if one["value"] is None:
        why = tag("span", sentence(one["unmeasured"] or "it was not measured"), class_="spread")
        return [label, [tag("span", "not measured", class_="soft"), why], numbers.NONE, None, state]
    spread = numbers.between(one["low"], one["high"], write)
    value = [tag("span", write(one["value"]), class_="strong"), tag("span", spread, class_="spread")]
    stood_in = tag("span", _STOOD_IN[one["reference_from"]], class_="spread")
    return [label, value, [write(one["reference"]), stood_in], _against(one, limit), state]


def _against(one: Json, limit: Json | None) -> Child:
    worse = one["worse"]
    if worse is None:
        return None
    said = "".join([*numbers.gap(one["name"], worse), " worse"]) if worse > 0 else "no worse"
    most = float(limit["limit"]) if limit else 0.0
    if most <= 0:
        return tag("span", said, class_="spread")
    low, high = (None if end is None else end / most for end in (one["surely_worse"], one["maybe_worse"]))
    drawn = interval(worse / most, low, high, _SPAN, lines=(("zero", 0.0),), beyond=1.0)
    allowed, unit = numbers.gap(one["name"], most)
    words = f"{said}, {allowed}{'' if worse > 0 else unit} allowed"
    return [drawn, tag("span", words, class_="spread")]


def measured_how(data: Json) -> Markup:
    """The foot of the page: samples, notes, seed."""
    facts: list[Child] = [tag("li", f"Seed {data['seed']}: the same call makes the same figures.")]
    facts += [
        tag(
            "li",
            prose(
                f"{one['what']}: {numbers.count(one['rows'])} of {numbers.count(one['of'])}, drawn "
                "by the seed."
            ),
        )
        for one in data["samples"]
    ]
    facts.append(tag("li", "Intervals are at 95 %, what a gate decides on is at 99.9 %."))
    facts += [tag("li", prose(note)) for note in data["notes"]]
    made = tag(
        "p",
        prose(f"Made by {data['library']}. This file needs no network and runs no code but its own."),
        class_="made",
    )
    return tag("footer", tag("h2", "How this was measured"), tag("ul", facts), made)
