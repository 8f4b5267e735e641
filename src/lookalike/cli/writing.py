"""``lookalike write``: records by a language model, to a spec."""

from __future__ import annotations

from typing import Annotated

import typer

from lookalike.cli import options as o
from lookalike.cli.console import reporting

SpecFile = Annotated[str, typer.Argument(metavar="SPEC.yaml", help="What the records are to be.")]


def write(
    spec: SpecFile,
    records: Annotated[
        int | None,
        typer.Option("-n", "--records", metavar="N", parser=o.row_count, help="How many records, exactly."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "-o", "--out", metavar="OUT.jsonl", help="The file to make; OUT.jsonl.journal beside it."
        ),
    ] = None,
    validate: Annotated[bool, typer.Option("--validate", help="Check all of it, and call nothing.")] = False,
    preview: Annotated[
        int | None,
        typer.Option(metavar="K", help="Write K records, show prompts and answers, and what N would cost."),
    ] = None,
    max_tokens: Annotated[int | None, typer.Option(metavar="T", help="Never take more tokens.")] = None,
    max_cost: Annotated[float | None, typer.Option(metavar="C", help="Never spend more.")] = None,
    max_time: Annotated[float | None, typer.Option(metavar="S", help="End after so many seconds.")] = None,
    max_candidates: Annotated[
        int | None,
        typer.Option(metavar="K", help="Begin at most so many; 3 for each record and 20, if not said."),
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Ask again for what could not be had.")] = False,
    retry_failures: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Ask again for the records of the failures in FILE, and no others."
        ),
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Throw away what an earlier run made.")] = False,
    keep_asking: Annotated[
        bool, typer.Option("--keep-asking", help="Do not stop for near-duplicates.")
    ] = False,
    provenance: Annotated[
        bool, typer.Option("--provenance", help="With each record, how it was made: _made.")
    ] = False,
    failures: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write down what was refused, and why.")
    ] = None,
    record: Annotated[
        str | None, typer.Option(metavar="CASSETTE", help="Keep the models' answers, to be replayed.")
    ] = None,
    replay: Annotated[
        str | None, typer.Option(metavar="CASSETTE", help="Take the answers from there; call nothing.")
    ] = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Let a language model write exactly N records to SPEC; go on where an earlier run broke off."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import written

        asked = written.Asked(
            spec=spec,
            records=records,
            out=out,
            limits={
                "tokens": max_tokens,
                "money": max_cost,
                "time_s": max_time,
                "candidates": max_candidates,
            },
            retry=retry,
            retry_failures=retry_failures,
            restart=restart,
            keep_asking=keep_asking,
            provenance=provenance,
            failures=failures,
            record=record,
            replay=replay,
        )
        if validate:
            written.validate(console, asked)
        elif preview is not None:
            written.preview(console, asked, preview)
        else:
            written.write(console, asked)
