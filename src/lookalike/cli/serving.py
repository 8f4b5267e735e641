"""The commands that serve: they run until they are asked to end."""

from __future__ import annotations

import json as json_module
import os
from typing import Annotated

import typer

keys = typer.Typer(help="The keys that what is stored is sealed with.", no_args_is_help=True)


@keys.command()
def rotate(
    signing: Annotated[
        bool,
        typer.Option("--signing", help="Also make a new key to sign access tokens with, and drop the older."),
    ] = False,
) -> None:
    """Make a new master key, and wrap the key of every dataset, model and generation by it."""
    from lookalike.cli.console import reporting

    with reporting(as_json=False, quiet=False) as console:
        from lookalike.jobs.entry import House
        from lookalike.settings import read_settings

        house = House(read_settings())
        count = house.stores.keys.rotate()
        house.close()
        if signing:
            from lookalike.clock import SystemClock
            from lookalike.service.backends import open_backends
            from lookalike.service.people.signing_keys import SigningKeys

            backends = open_backends(house.settings)
            SigningKeys(backends.documents, backends.keys, SystemClock()).rotate(drop=True)
            backends.close()
            console.show("Access tokens that older keys signed are refused; browsers refresh theirs.")
        console.show(f"{count:,} keys are wrapped by a new master key in {house.settings.key_path}.")


def worker(
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the ledger calls it; made up if not said.")
    ] = None,
    tied: Annotated[bool, typer.Option("--tied", help="End also when standard input is closed.")] = False,
) -> None:
    """Do the tasks of this installation (LOOKALIKE_HOME) until asked to end; any number may run."""
    from lookalike.cli.console import error_block
    from lookalike.errors import LookalikeError
    from lookalike.jobs.entry import run_worker
    from lookalike.settings import read_settings

    try:
        run_worker(read_settings(), name, tied=tied)
    except LookalikeError as error:
        typer.echo(error_block(error), err=True)
        raise typer.Exit(error.exit_status) from None


def up(
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="LOOKALIKE_PORT; 5000 if not said; 0: any free one.")
    ] = None,
    tied: Annotated[bool, typer.Option("--tied", help="End also when standard input is closed.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the addresses as one JSON object.")] = False,
) -> None:
    """Start all of Lookalike on this machine: API, workers, storage. It runs until asked to end."""
    from lookalike.cli.console import error_block
    from lookalike.errors import LookalikeError
    from lookalike.settings import read_settings

    if port is not None:
        os.environ["LOOKALIKE_PORT"] = str(port)
    try:
        settings = read_settings()
        from lookalike.service.serve import up

        up(settings, _told_json if json else _told, tied=tied)
    except LookalikeError as error:
        typer.echo(error_block(error), err=True)
        raise typer.Exit(error.exit_status) from None


def sign_in(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Whom to sign in.")],
    address: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where the service is, if not where the settings say."),
    ] = None,
) -> None:
    """Print an address that signs LOGIN in without a password, once, within ten minutes.

    For whoever owns LOOKALIKE_HOME.
    """
    from lookalike.cli.console import reporting

    with reporting(as_json=False, quiet=False) as console:
        from lookalike.clock import SystemClock
        from lookalike.service.backends import open_backends
        from lookalike.service.people import People
        from lookalike.settings import read_settings

        settings = read_settings()
        backends = open_backends(settings)
        people = People(backends.documents, backends.keys, settings, SystemClock())
        code = people.once.new_code(people.accounts.by_login(login)["id"])
        backends.close()
        scheme = "http" if settings.tls_certificate is None else "https"
        base = address or f"{scheme}://{settings.host}:{settings.port}"
        console.show(f"{base.rstrip('/')}/#sign-in={code}")


def _told(address: str, setup: str | None) -> None:
    if setup is None:
        typer.echo(f"Lookalike is at {address}")
    else:
        typer.echo(
            f"Lookalike runs. Open this address to make the first account; it works once:\n\n  {setup}\n"
        )
    typer.echo("Ctrl-C ends it.")


def _told_json(address: str, setup: str | None) -> None:
    typer.echo(json_module.dumps({"address": address, "setup": setup}))
