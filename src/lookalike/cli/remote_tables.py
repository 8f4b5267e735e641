"""A service's tables from the shell: rows to look at, and what the columns are taken for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cli import options as o
from lookalike.cli.console import Console
from lookalike.cli.remote import Id, rows_of, service
from lookalike.errors import BadSchema


def preview_dataset(id: Id, json: o.Json = False) -> None:  # noqa: A002
    """Show the first rows."""
    with service(json=json) as (console, client):
        _show(console, client.datasets.preview(id))


def schema(id: Id, json: o.Json = False) -> None:  # noqa: A002
    """Show what the columns are taken for, as YAML that `set-schema` takes."""
    with service(json=json) as (console, client):
        found = client.datasets.schema(id)
        console.document = found
        console.show(found["text"])
        for note in found["notes"]:
            console.say(note)


def set_schema(
    id: Id,  # noqa: A002
    file: Annotated[str, typer.Argument(metavar="FILE", help="As `schema` shows it; - is standard input.")],
    json: o.Json = False,
) -> None:
    """Say what the columns are taken for; the table is read again by it."""
    with service(json=json) as (console, client):
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise BadSchema(f"The schema cannot be read: {error}.", file=file) from error
        found = client.datasets.set_schema(id, text)
        console.document = found
        console.show(found["text"])
        for note in found["notes"]:
            console.say(note)


def preview_model(
    id: Id,  # noqa: A002
    rows: Annotated[
        int, typer.Option("-n", "--rows", min=1, max=100, metavar="N", help="How many, at most 100.")
    ] = 10,
    seed: o.Seed = 0,
    where: o.Where = None,
    share: o.ShareOf = None,
    json: o.Json = False,
) -> None:
    """Show rows that a model draws, under conditions, too; the first ones of a file of that seed."""
    with service(json=json) as (console, client):
        asked: dict[str, Any] = {"seed": seed, "conditions": where or None, "shares": share or None}
        _show(console, client.models.preview(id, rows, **asked))


def _show(console: Console, found: dict[str, Any]) -> None:
    """Rows as a table; what is missing is a dash."""
    console.document = found
    names = tuple(column["name"] for column in found["columns"])
    rows_of(console, names, [dict(zip(names, row, strict=True)) for row in found["rows"]])


def add_to(datasets: typer.Typer, models: typer.Typer) -> None:
    """Add the commands to their nouns."""
    datasets.command("preview")(preview_dataset)
    datasets.command()(schema)
    datasets.command("set-schema")(set_schema)
    models.command("preview")(preview_model)
