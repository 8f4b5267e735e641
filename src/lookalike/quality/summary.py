"""What a check found, in some lines of plain text: the scores, what fell short, the gate's answer."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from lookalike.quality import report_numbers as numbers
from lookalike.quality.result import CheckData, Figure, Limit, Refusal, Score, Verdict

WIDTH = 100
_BAR = 20


def summary(data: CheckData, verdict: Verdict) -> str:
    """Lines for a terminal, at most `WIDTH` wide, without colour and without a newline at the end."""
    lines = [_compared(data), "", *scores(data.scores)]
    lines += ["", *figures(data, verdict), "", *answer(verdict)]
    notes = [line for note in data.notes for line in _wrapped(note, "note: ")]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def scores(found: Sequence[Score]) -> list[str]:
    """A line for each of the three scores: number, bar, words."""
    lines: list[str] = []
    for score in found:
        value = "–" if score.value is None else f"{score.value:.1f}"
        bar = "" if score.value is None else _bar(score.value)
        first = f"  {score.name.capitalize():<9} {value:>5}  {bar:<{_BAR}}  "
        lines += textwrap.wrap(score.words, WIDTH, initial_indent=first, subsequent_indent=" " * len(first))
    return lines


def figures(data: CheckData, verdict: Verdict) -> list[str]:
    """A table of the figures: what was found, what a second real sample scores, what the gate says."""
    limits = {limit.name: limit for limit in verdict.limits}
    rows = [(figure.name, *_values(figure), _state(limits.get(figure.name))) for figure in data.figures]
    head = ("figure", "synthetic", "a real one", "worse by", "gate")
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(5)]
    return [
        "  "
        + "  ".join(
            _plain(cell.ljust(width) if i in (0, 4) else cell.rjust(width))
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def answer(verdict: Verdict) -> list[str]:
    """The gate's answer in words, each figure that fell short with what usually helps."""
    called = "the default gate" if verdict.gate == "default" else f"the gate {verdict.gate}"
    waived = f" Waived: {', '.join(verdict.waived)}." if verdict.waived else ""
    if verdict.passed:
        passed = sum(limit.state == "passed" for limit in verdict.limits)
        return _wrapped(
            f"{called[0].upper()}{called[1:]} passes: of {passed} figures, none is surely worse than a "
            f"second real sample by more than it allows.{waived}"
        )
    short = [refusal for refusal in verdict.refusals if not refusal.unmeasured]
    blind = [refusal for refusal in verdict.refusals if refusal.unmeasured]
    counts = [f"{numbers.plural(len(short), 'figure falls', 'figures fall')} short"] if short else []
    counts += [f"{len(blind)} could not be measured, which is not passing"] if blind else []
    lines = _wrapped(f"{called[0].upper()}{called[1:]} refuses: {'; '.join(counts)}.{waived}")
    for refusal in short:
        lines += _refusal(refusal)
    for why, names in _alike(blind).items():
        lines += _wrapped(f"✕ {', '.join(names)}", "  ", "    ")
        lines += _wrapped(why, "    ")
    return lines


def _alike(refusals: list[Refusal]) -> dict[str, list[str]]:
    """Names by what is said of them, so that one reason is told once."""
    found: dict[str, list[str]] = {}
    for refusal in refusals:
        found.setdefault(f"{refusal.says} {refusal.helps}", []).append(refusal.name)
    return found


def _refusal(refusal: Refusal) -> list[str]:
    lines = _wrapped(f"✕ {refusal.name}: {refusal.says}", "  ", "    ")
    return lines + (_wrapped(refusal.helps, "    ") if refusal.helps else [])


def _compared(data: CheckData) -> str:
    tables = data.tables
    parts = [f"{tables.synth.rows:,} synthetic rows against {tables.real.rows:,} real ones"]
    parts.append(f"a holdout of {tables.holdout.rows:,}" if tables.holdout else "no holdout")
    if tables.canaries:
        parts.append(numbers.plural(tables.canaries, "canary", "canaries"))
    if data.target:
        parts.append(f"target {data.target!r}")
    return ", ".join(parts)


def _values(figure: Figure) -> tuple[str, str, str]:
    if figure.value is None:
        return "–", "–", "–"
    write = [numbers.figure(figure.name, value) for value in (figure.value, figure.reference)]
    worse = figure.worse or 0.0
    return write[0], write[1], "no worse" if worse <= 0 else numbers.figure(figure.name, worse)


def _state(limit: Limit | None) -> str:
    if limit is None:
        return ""
    if limit.state == "absent":
        return f"not asked: {limit.why}"
    return {"passed": "✓", "refused": "✕ refused", "waived": "– waived"}.get(limit.state, "✕ unmeasured")


def _plain(text: str) -> str:
    """With the spaces that a terminal has."""
    return text.replace("\u00a0", " ")


def _bar(value: float) -> str:
    full = round(_BAR * value / 100)
    return "█" * full + "░" * (_BAR - full)


def _wrapped(text: str, first: str = "", rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        _plain(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_on_hyphens=False,
    )
