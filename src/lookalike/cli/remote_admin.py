"""What admins ask a service from the shell: the audit trail, who works on what, how much is stored."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lookalike.cli import options as o
from lookalike.cli.remote import COLUMNS, Most, rows_of, service

_PAGE = 200
"""The most entries that the service gives at once."""


def audit(
    actor: Annotated[str | None, typer.Option(metavar="ID", help="What this user did.")] = None,
    action: Annotated[
        str | None, typer.Option(metavar="NAME", help="Such as deleteDataset: the operationId of the route.")
    ] = None,
    object: Annotated[str | None, typer.Option(metavar="ID", help="What was done to this.")] = None,  # noqa: A002
    after: Annotated[
        str | None, typer.Option(metavar="NEXT", help="Go on behind the part that said this is next.")
    ] = None,
    most: Most = 50,
    json: o.Json = False,
) -> None:
    """Show who did what to which object, the newest first. For admins."""
    with service(json=json) as (console, client):
        found: dict[str, Any] = {"items": [], "next": after}
        while True:
            limit = min(most - len(found["items"]), _PAGE)
            page = client.audit.page(found["next"], limit=limit, actor=actor, action=action, object=object)
            found = {**page, "items": [*found["items"], *page["items"]]}
            if page["next"] is None or len(found["items"]) == most:
                break
        console.document = found
        rows_of(console, COLUMNS["audit"], found["items"])
        if found["next"] is not None:
            console.say(f"There are more, {found['total']:,} in all: --after {found['next']}")


def workers(json: o.Json = False) -> None:
    """Show who works on what, and how much waits. For admins."""
    with service(json=json) as (console, client):
        found = client.workers()
        console.document = found
        rows_of(console, COLUMNS["workers"], found["working"])
        console.say(f"{found['waiting']:,} tasks wait; {found['retrying']:,} wait for another try.")


def storage(json: o.Json = False) -> None:
    """Show how much is stored, by noun. For admins."""
    with service(json=json) as (console, client):
        found = client.storage()
        console.document = found
        rows = [{"noun": noun, **stored} for noun, stored in found["nouns"].items()]
        blobs = sum(row["blobs"] for row in rows)
        rows.append({"noun": "all", "blobs": blobs, "sizeBytes": found["sizeBytes"]})
        rows_of(console, COLUMNS["storage"], rows)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (audit, workers, storage):
        app.command()(command)
