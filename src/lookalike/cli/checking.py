"""What `lookalike check` does, and what `synth` and `fit` do with a holdout and a report."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lookalike import verbs
from lookalike.cli.console import Console, printable
from lookalike.cli.options import DEFAULT_GATE
from lookalike.cli.work import check_folder
from lookalike.errors import GateRefused, UsageError
from lookalike.models.stream import Sample
from lookalike.nouns import Table

if TYPE_CHECKING:
    from lookalike.quality.check import Check
    from lookalike.quality.result import Verdict

CHECKED_ROWS = 200_000
"""Rows of a sample that `synth --report` checks, the first ones; the figures look at no more of them."""


@dataclass(frozen=True, slots=True)
class Held:
    """What ``--holdout`` says: ``auto``, ``none``, or a path; and the seed that sets rows aside."""

    holdout: str
    seed: int

    @classmethod
    def of(cls, text: str, seed: int) -> Held:
        if not text:
            raise UsageError("--holdout is empty.", hint="Say auto, none, or a file.")
        return cls(text, seed)

    def asked(self) -> str | None:
        """As `verbs.fit` takes it."""
        return None if self.holdout == "none" else self.holdout

    def given(self) -> str | None:
        """The path, when it is one."""
        return None if self.holdout in ("auto", "none") else self.holdout

    def part(self, table: Table) -> tuple[Table, Any]:
        """(the rows to learn from, the holdout as `verbs.check` takes it)."""
        if self.holdout == "auto":
            return verbs.set_aside(table, seed=self.seed)
        return table, self.asked()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be checked against what, as it was said."""

    real: str
    synth: str
    holdout: str | None
    target: str | None
    schema: str | None
    canaries: str | None
    seed: int


def check(console: Console, asked: Asked, *, report: str | None, gate: str | None) -> None:
    """Measure, print, write the report; `GateRefused` when a gate was asked and refuses."""
    from lookalike.quality.gate import DEFAULT, of_file

    if report is not None:
        check_folder(console, report)
        inputs = (asked.real, asked.synth, asked.holdout, asked.canaries, asked.schema, gate)
        if any(path is not None and os.path.realpath(path) == os.path.realpath(report) for path in inputs):
            raise UsageError("The report would overwrite what is read.", hint="Give it a name of its own.")
    judge = DEFAULT if gate in (None, DEFAULT_GATE) else of_file(gate)
    with console.step("reading", "bytes") as watch:
        real = verbs.read(asked.real, target=asked.target, schema=asked.schema, watch=watch)
    with console.step("checking", "steps") as watch:
        found = verbs.check(
            real,
            asked.synth,
            holdout=asked.holdout if asked.holdout != "none" else None,
            canaries=asked.canaries,
            seed=asked.seed,
            watch=watch,
        )
    verdict = found.gate(judge)
    if report is not None:
        save(console, found, verdict, report)
    if console.as_json:
        console.document = found.to_json(verdict)
    elif not console.quiet:
        from lookalike.quality.summary import summary

        console.show(printable(summary(found.data, verdict)))
    if gate is not None and not verdict.passed:
        names = ", ".join(refusal.name for refusal in verdict.refusals)
        raise GateRefused(
            f"The gate refuses: {names}.",
            hint="What usually helps with each stands in the summary and in the report.",
        )


def check_report(console: Console, report: str, out: str) -> None:
    """Refuse a report that cannot be written, or that is the rows' file, before any work is done."""
    if out != "-" and os.path.realpath(report) == os.path.realpath(out):
        raise UsageError("The report and the rows would be the same file.", hint="Give them two names.")
    check_folder(console, report)


def after_sampling(
    console: Console, learned: Table, drawn: Sample, holdout: Any, report: str, *, seed: int
) -> None:
    """The report on rows that were just drawn, and its gist."""
    rows = min(drawn.rows, CHECKED_ROWS)
    notes = []
    if rows < drawn.rows:
        notes.append(f"The first {rows:,} of the {drawn.rows:,} rows drawn were checked.")
    if drawn.spec.where or drawn.spec.shares or drawn.spec.balance:
        notes.append(
            "The rows were drawn under conditions, so they differ from the real table where that was asked."
        )
    with console.step("checking", "steps") as watch:
        found = verbs.check(
            learned,
            dataclasses.replace(drawn, rows=rows),
            holdout=holdout,
            seed=seed,
            notes=notes,
            watch=watch,
        )
    verdict = found.gate()
    save(console, found, verdict, report)
    console.figures["scores"] = found.scores
    console.figures["gate"] = {
        "passed": verdict.passed,
        "refused": [refusal.name for refusal in verdict.refusals],
    }
    for line in gist(found, verdict):
        console.say(line)


def gist(found: Check, verdict: Verdict) -> list[str]:
    """The scores and the gate's answer, a line each."""
    from lookalike.quality.summary import answer, scores

    return [*scores(found.data.scores), *answer(verdict)]


def save(console: Console, found: Check, verdict: Verdict, report: str) -> None:
    path = found.save(report, verdict)
    console.figures["report"] = report
    console.say(f"{report}: the report, {path.stat().st_size / 1000:,.0f} kB")
