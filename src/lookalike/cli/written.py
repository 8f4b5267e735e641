"""What ``lookalike write`` does: prepare, preview or write, and say what came of it."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lookalike.cli.console import Console
from lookalike.cli.options import refuse_json_on_stdout
from lookalike.cli.work import check_folder
from lookalike.errors import BadInput, UsageError
from lookalike.records import output
from lookalike.records.job import Executor, Snapshot
from lookalike.records.journal import Journal
from lookalike.records.money import PICO
from lookalike.records.money import shown as amount
from lookalike.records.pace import Patience
from lookalike.records.preview import Memory, Prompts, estimate, shown
from lookalike.records.write import JOURNAL, Prepared, prepare, with_cassette
from lookalike.records.write import write as write_records
from lookalike.settings import read_settings
from lookalike.tables.atomic import open_sink

SAY_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What was said on the command line."""

    spec: str
    records: int | None
    out: str | None
    limits: Mapping[str, Any] = field(default_factory=dict[str, Any])
    retry: bool = False
    retry_failures: str | None = None
    restart: bool = False
    keep_asking: bool = False
    provenance: bool = False
    failures: str | None = None
    record: str | None = None
    replay: str | None = None


def validate(console: Console, asked: Asked) -> None:
    """All that can be said of a spec without a call."""
    prepared = _prepared(console, asked)
    plan = prepared.plan
    columns: list[dict[str, Any]] = [
        {"name": p.column.name, "kind": p.column.kind, "needs": sorted(p.needs), "model": p.alias or None}
        for p in plan.columns
    ]
    console.figures |= {"spec": asked.spec, "columns": columns, "identity": plan.identity()}
    width = max(len(column["name"]) for column in columns)
    for column in columns:
        needs = f"  from {', '.join(column['needs'])}" if column["needs"] else ""
        model = f"  by {column['model']}" if column["model"] else ""
        console.show(f"{column['name']:<{width}}  {column['kind']}{model}{needs}")
    console.say(f"{asked.spec} holds together: {len(columns)} columns, in the order in which they are made.")


def preview(console: Console, asked: Asked, count: int) -> None:
    """Some records with their prompts and answers, and the cost of all of them by extrapolation."""
    if not 1 <= count <= 100:
        raise UsageError("A preview has 1 to 100 records.")
    prepared = _prepared(console, asked)
    taken = Prompts()
    executor = taken.around(_executor(asked))
    with console.step("previewing", "records") as watch:
        made = write_records(
            prepared, count, limits=asked.limits, executor=executor, keep_asking=True, watch=watch
        )
    sink = made.sink
    if not isinstance(sink, Memory):
        raise TypeError("a preview keeps nothing")
    candidates = list(shown(sink))
    for candidate in candidates:
        _show_candidate(console, candidate, taken)
    wanted = asked.records or count
    told = estimate(sink, wanted)
    console.figures |= {"candidates": candidates, "spent": _spent(made.snapshot)}
    if told is not None:
        console.figures["estimate"] = told.to_dict()
        console.say(
            f"{wanted:,} records: about {told.tokens:,} tokens "
            f"({told.tokens_low:,} to {told.tokens_high:,}), cost {told.money:.4f} "
            f"({told.money_low:.4f} to {told.money_high:.4f}), by {count} of them"
        )


def _show_candidate(console: Console, candidate: Mapping[str, Any], taken: Prompts) -> None:
    name = f"{candidate['slot']}/{candidate['candidate']}"
    state = "accepted" if candidate["rejected"] is None else f"refused ({candidate['rejected']})"
    console.show(f"── record {name}: {state}")
    for column, value in candidate["values"].items():
        for prompt in taken.of(f"{name}/{column}"):
            console.show(textwrap.indent(prompt, "   > "))
        console.show(f"   {column}: {output.line({'': value}).decode().strip()[5:-1]}")


def write(console: Console, asked: Asked) -> None:
    """The records, in a file."""
    if asked.records is None or asked.out is None:
        raise UsageError("How many records, and where to?", hint="Say -n N -o OUT.jsonl.")
    if asked.out == "-":
        raise UsageError(
            "Records go to a file, so that a run that breaks off can go on.", hint="Give -o OUT.jsonl."
        )
    refuse_json_on_stdout(asked.out, as_json=console.as_json)
    for file in filter(None, (asked.out, asked.failures)):
        check_folder(console, file)
    prepared = _prepared(console, asked)
    only = None if asked.retry_failures is None else _slots(asked.retry_failures, asked.records)
    try:
        with console.step("writing", "records") as watch:
            made = write_records(
                prepared,
                asked.records,
                asked.out,
                restart=asked.restart,
                again=asked.retry,
                only=only,
                keep_asking=asked.keep_asking,
                provenance=asked.provenance,
                limits=asked.limits,
                executor=_executor(asked),
                watch=watch,
                told=_teller(console),
            )
    finally:
        _write_failures(console, asked, prepared)
    console.figures |= {"out": asked.out}
    console.say(f"{asked.out}: {len(made):,} records; {_in_words(made.snapshot)}")


def _slots(file: str, records: int) -> set[int]:
    """The slots of the failures in a file that ``--failures`` made, or of some of its lines."""
    slots: set[int] = set()
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise BadInput(f"The failures cannot be read: {error}", file=file) from error
    for number, line in enumerate(lines, 1):
        try:
            slots.add(int(json.loads(line)["slot"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadInput(f"Line {number} is no failure.", hint="As --failures writes them.") from error
    if not slots or min(slots) < 0 or max(slots) >= records:
        raise BadInput(f"{file} names no failures of {records:,} records.", file=file)
    return slots


def _teller(console: Console) -> Any:
    """Keeps the figures of the last moment, for ``--json``, and says now and then how it goes."""
    said = time.monotonic()

    def told(snapshot: Snapshot) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY_EVERY_S:
            said = time.monotonic()
            console.say(f"  {snapshot.counts.accepted:,} accepted of {_in_words(snapshot)}")
        console.figures |= {
            "counts": snapshot.counts.to_dict(),
            "spent": _spent(snapshot),
            "diversity": snapshot.diversity.to_dict(),
        }

    return told


def _in_words(snapshot: Snapshot) -> str:
    counts, spent, alike = snapshot.counts, snapshot.spent, snapshot.diversity
    words = f"{counts.candidates:,} candidates, {counts.filtered:,} filtered, {counts.failed:,} failed, "
    words += f"{spent.calls:,} calls, {spent.tokens:,} tokens, cost {amount(spent.cost_pico)}"
    if spent.presumed_calls:
        words += f" ({spent.presumed_tokens:,} tokens of {spent.presumed_calls:,} calls presumed)"
    if alike.near_duplicates is not None:
        words += f"; of the last {alike.candidates} {alike.near_duplicates:.0%} near-duplicates"
        words += "" if alike.distinct_2 is None else f", distinct-2 {alike.distinct_2:.2f}"
        words += "" if alike.compression is None else f", compression {alike.compression:.2f}"
    return words


def _spent(snapshot: Snapshot) -> dict[str, Any]:
    spent = snapshot.spent
    return {
        "calls": spent.calls,
        "tokens": spent.tokens,
        "money": spent.cost_pico / PICO,
        "presumed_calls": spent.presumed_calls,
        "presumed_tokens": spent.presumed_tokens,
    }


def _write_failures(console: Console, asked: Asked, prepared: Prepared) -> None:
    """What was refused so far, of this run and those before it, whether this one came to its end or not."""
    if asked.failures is None or asked.out is None:
        return
    journal = Journal(asked.out + JOURNAL, prepared.plan.identity(), prepared.spec.filters_identity())
    try:
        count = 0
        with open_sink(asked.failures) as file:
            for failure in output.failures(journal):
                file.write(output.line(failure))
                count += 1
    finally:
        journal.close()
    console.say(f"{asked.failures}: {count:,} that were refused")


def _prepared(console: Console, asked: Asked) -> Prepared:
    prepared = prepare(asked.spec)
    for note in prepared.notes:
        console.say(f"  note: {note}")
    console.figures["notes"] = list(prepared.notes)
    return prepared


def _executor(asked: Asked) -> Executor:
    waits = read_settings().call_retries_s
    return with_cassette(Executor(patience=Patience.of(waits)), asked.record, asked.replay)
