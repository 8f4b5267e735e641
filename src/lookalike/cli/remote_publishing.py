"""`lookalike generations publish`: a file of a service's, put by the service where others can fetch it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lookalike.cli import options as o
from lookalike.cli.console import Console, printable
from lookalike.cli.publishing import meaning
from lookalike.cli.remote import COLUMNS, Id, rows_of, service
from lookalike.errors import Cancelled

if TYPE_CHECKING:
    from lookalike.client import Client


def publish(
    id: Id,  # noqa: A002
    to: Annotated[str, typer.Option("--to", metavar="PLACE", help="local, ipfs or arweave.")] = "local",
    licence: o.Licence = None,
    yes_forever: o.YesForever = False,
    override: o.Override = None,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Publish a ciphertext, which only you have the key to.")
    ] = False,
    cid_version: o.CidVersion = 1,
    keep_local: Annotated[
        bool, typer.Option("--keep-local", help="Keep the file in the service, too, once it is elsewhere.")
    ] = False,
    quote: Annotated[bool, typer.Option("--quote", help="Only say what it would mean, and cost.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Until it is final; the service goes on without you.")
    ] = True,
    json: o.Json = False,
) -> None:
    """Have the service publish a file, with a signed manifest. Asking again is asking once."""
    with service(json=json) as (console, client):
        quoted = client.generations.quote(id, to, encrypt=encrypt)
        meant = printable(f"{_meaning(quoted)}\n{quoted['gate']}")
        if quote:
            console.document = quoted
            console.show(meant)
            return
        console.say(meant)
        asked: dict[str, Any] = {"licence": licence, "override": override, "encrypt": encrypt}
        if cid_version == 0:  # an older service knows nothing of it, and has no need to
            asked["cid_version"] = 0
        asked |= {"keep_local": keep_local, "consent": quoted["consent"] if yes_forever else None}
        found = client.generations.publish(id, to, **asked)
        if wait:
            found = _final(console, client, id, to)
        console.document = found
        lines = [f"{found['where']}: {found['state']}", f"  {found['address'] or '(no address yet)'}"]
        console.show(printable("\n".join([*lines, *(f"  {link}" for link in found["links"])])))


def publications(id: Id, json: o.Json = False) -> None:  # noqa: A002
    """Show where a file was, or is to be, published."""
    with service(json=json) as (console, client):
        items = client.generations.publications(id)
        console.document = {"items": items}
        rows_of(console, COLUMNS["publications"], items)


def _final(console: Console, client: Client, id_: str, to: str) -> dict[str, Any]:
    """The publication, final; a line for each state on the way to it."""
    from lookalike.client.publications import check_final

    found: dict[str, Any] = {}
    told = None
    for found in client.generations.watch_publication(id_, to):
        said = (found["state"], (found["problem"] or {}).get("message"))
        if said != told and found["state"] != "final":
            console.say(printable(": ".join(filter(None, said))))
        told = said
        if console.stopping.is_set():
            console.say("The service goes on with it.")
            raise Cancelled("Stopped on request.")
    return check_final(found)


def _meaning(quoted: dict[str, Any]) -> str:
    from lookalike.publish.base import Quote

    names = ("where", "price", "unit", "balance", "forever", "public")
    return meaning(Quote(**{name: quoted[name] for name in names}, notes=tuple(quoted["notes"])))


def add_to(generations: typer.Typer) -> None:
    """Add the commands to their noun."""
    generations.command()(publish)
    generations.command()(publications)
