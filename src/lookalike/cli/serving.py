"""The commands that serve: they run until they are asked to end."""

from __future__ import annotations

from typing import Annotated

import typer


def worker(
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the ledger calls it; made up if not said.")
    ] = None,
    tied: Annotated[bool, typer.Option("--tied", help="End also when standard input is closed.")] = False,
) -> None:
    """Do the tasks of this installation (LOOKALIKE_DATA) until asked to end; any number may run."""
    from lookalike.cli.console import error_block
    from lookalike.errors import LookalikeError
    from lookalike.jobs.entry import run_worker
    from lookalike.settings import read_settings

    try:
        run_worker(read_settings(), name, tied=tied)
    except LookalikeError as error:
        typer.echo(error_block(error), err=True)
        raise typer.Exit(error.exit_status) from None
