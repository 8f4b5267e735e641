"""A service from the shell: its nouns as commands, over its API.

Which service, and by which token: LOOKALIKE_URL and LOOKALIKE_TOKEN, else what `lookalike login` kept.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lookalike.cli import options as o
from lookalike.cli.console import Console, printable, reporting
from lookalike.cli.signed_in import asked_password, client_here

if TYPE_CHECKING:
    from lookalike.client import Client

Id = Annotated[str, typer.Argument(metavar="ID", help="As `ls` shows it.")]
NewName = Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")]
Search = Annotated[str | None, typer.Option(metavar="TEXT", help="Those with TEXT in their name.")]
State = Annotated[str | None, typer.Option(metavar="S", help="Those in this state, such as running.")]
Most = Annotated[int, typer.Option("-n", "--most", min=1, metavar="N", help="The most to show.")]
Cascade = Annotated[bool, typer.Option("--cascade", help="Also delete what hangs on it.")]
With = Annotated[str, typer.Argument(metavar="LOGIN", help="How the other user signs in.")]
NoLonger = Annotated[bool, typer.Option("--no-longer", help="Share it no longer.")]

COLUMNS: dict[str, tuple[str, ...]] = {
    "datasets": ("id", "state", "rows", "columns", "name"),
    "jobs": ("id", "kind", "state", "percent", "name"),
    "models": ("id", "rows", "columns", "name"),
    "generations": ("id", "state", "percent", "numberOfRows", "outputFormat", "name"),
    "records": ("id", "state", "percent", "records", "name"),
    "providers": ("id", "alias", "kind", "model", "url"),
    "found": ("id", "status", "fields"),
    "documents": ("id", "state", "sizeBytes", "jobId", "name"),
    "tokens": ("id", "scopes", "expiresAt", "name"),
    "users": ("id", "role", "login", "name"),
    "audit": ("at", "actor", "action", "status", "object", "address"),
    "workers": ("worker", "jobId", "task", "role", "attempt", "beganAt"),
    "publications": ("where", "state", "licence", "finalAt", "address"),
    "storage": ("noun", "blobs", "sizeBytes"),
}
_HELP = {
    "datasets": "The tables that were uploaded to a service.",
    "jobs": "The jobs of a service: fits, generations, checks.",
    "models": "The models of a service.",
    "generations": "The files that a service makes.",
    "records": "The records that a service has written by a language model.",
    "providers": "The language models that specs may name, for admins.",
    "tokens": "Your tokens for scripts.",
    "users": "The users of a service, for admins.",
}


@contextmanager
def service(*, json: bool, by_password: bool = False) -> Generator[tuple[Console, Client]]:
    """The console and the service that the environment names, or that somebody signed in to here.

    by_password: for what no token may do.
    """
    with reporting(as_json=json, quiet=False) as console, client_here(by_password=by_password) as client:
        yield console, client


def tell(console: Console, found: Any) -> None:
    """One thing: as JSON, or a line per field."""
    console.document = found if isinstance(found, dict) else {"items": found}
    if isinstance(found, Mapping):
        for name, value in found.items():
            console.show(printable(f"{name:<16} {_cell(value)}"))


def tell_all(console: Console, noun: str, found: Iterator[Any], most: int) -> None:
    """Many things: as JSON, or a line each."""
    items = list(islice(found, most))
    console.document = {"items": items}
    rows_of(console, COLUMNS[noun], items)


def rows_of(console: Console, columns: tuple[str, ...], items: list[Any]) -> None:
    """A line of names, and one for each item."""
    rows = [columns, *(tuple(_cell(item.get(name)) for name in columns) for item in items)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    for row in rows:
        console.show(printable("  ".join(map(str.ljust, row, widths)).rstrip()))


def _cell(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "–" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def noun(name: str, *, states: bool = True, shares: bool = True) -> typer.Typer:
    """The commands that a noun has in common with others."""
    app = typer.Typer(help=_HELP[name], no_args_is_help=True)
    by_password = name == "tokens"

    def listed(json: bool, most: int, **asked: Any) -> None:
        with service(json=json, by_password=by_password) as (console, client):
            limit = min(most, 200)
            tell_all(console, name, getattr(client, name).list(limit=limit, **asked), most)

    if states:

        @app.command("ls")
        def ls(search: Search = None, state: State = None, most: Most = 50, json: o.Json = False) -> None:  # pyright: ignore[reportUnusedFunction]
            """List them, the newest first."""
            listed(json, most, search=search, state=state)
    else:

        @app.command("ls")
        def ls_plain(most: Most = 50, json: o.Json = False) -> None:  # pyright: ignore[reportUnusedFunction]
            """List them."""
            listed(json, most)

    if name != "tokens":
        act_on(
            app, "show", "Show all that is known of one.", lambda client, id_: getattr(client, name).get(id_)
        )
    if name in ("tokens", "users", "providers"):
        delete: Any = lambda client, id_: getattr(client, name).delete(id_)  # noqa: E731
        act_on(app, "rm", "Delete one.", delete, by_password=by_password)
    else:

        @app.command("rm")
        def rm(id: Id, cascade: Cascade = False, json: o.Json = False) -> None:  # noqa: A002  # pyright: ignore[reportUnusedFunction]
            """Delete one, for good; what hangs on it is said first, and goes with --cascade."""
            with service(json=json) as (console, client):
                tell(console, getattr(client, name).delete(id, cascade=cascade))

        @app.command("rename")
        def rename(id: Id, new: NewName, json: o.Json = False) -> None:  # noqa: A002  # pyright: ignore[reportUnusedFunction]
            """Give one another name."""
            with service(json=json) as (console, client):
                tell(console, getattr(client, name).rename(id, new))

    if shares:

        @app.command("share")
        def share(id: Id, login: With, no_longer: NoLonger = False, json: o.Json = False) -> None:  # noqa: A002  # pyright: ignore[reportUnusedFunction]
            """Let another user read one."""
            with service(json=json) as (console, client):
                tell(console, getattr(client, name).share(id, login, share=not no_longer))

    return app


def act_on(
    app: typer.Typer, name: str, text: str, act: Callable[[Any, str], Any], *, by_password: bool = False
) -> None:
    """A command that does one thing with one object."""

    @app.command(name, help=text)
    def acting(id: Id, json: o.Json = False) -> None:  # noqa: A002  # pyright: ignore[reportUnusedFunction]
        with service(json=json, by_password=by_password) as (console, client):
            tell(console, act(client, id) or {"id": id, "done": True})


datasets = noun("datasets")
jobs = noun("jobs", shares=False)
models = noun("models", states=False)
generations = noun("generations")
tokens = noun("tokens", states=False, shares=False)
users = noun("users", states=False, shares=False)

act_on(models, "report", "Show the report of a model.", lambda client, id_: client.models.report(id_))
act_on(
    generations, "report", "Show the report of a file.", lambda client, id_: client.generations.report(id_)
)
act_on(
    generations,
    "manifest",
    "Show the manifest of a file.",
    lambda client, id_: client.generations.manifest(id_),
)
for _name, _app in (("jobs", jobs), ("generations", generations)):
    act_on(_app, "cancel", "End one.", lambda client, id_: client.jobs.cancel(id_))
    act_on(
        _app,
        "retry",
        "Begin one again that failed or was cancelled.",
        lambda client, id_: client.jobs.retry(id_),
    )


@datasets.command()
def upload(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A table in any format that `read` knows.")],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="The file's name if not said.")] = None,
    target: o.Target = None,
    json: o.Json = False,
) -> None:
    """Upload a table."""
    with service(json=json) as (console, client):
        tell(console, client.datasets.upload(file, name=name, target=target))


@jobs.command()
def fit(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The id of a dataset.")],
    name: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    target: o.Target = None,
    model: o.ModelName = "trees",
    privacy: o.Privacy = "standard",
    seed: o.Seed = 0,
    holdout: Annotated[str, typer.Option(metavar="auto|none", help="Rows not to learn from.")] = "auto",
    json: o.Json = False,
) -> None:
    """Have a model fitted."""
    with service(json=json) as (console, client):
        settings: dict[str, Any] = {"target": target, "model": model, "privacy": privacy}
        settings |= {"seed": seed, "holdout": holdout}
        tell(console, client.jobs.fit(dataset, name=name, **settings))


def watched(noun: str, id_: str, *, json: bool) -> None:
    """A line per event; under --json each is one object on a line."""
    import json as text

    with service(json=False) as (console, client):
        for one in getattr(client, noun).watch(id_):
            if console.stopping.is_set():
                return
            line = f"{one['percent']:>3} %  {one['state']}"
            console.show(text.dumps(one, ensure_ascii=False) if json else line)


@jobs.command("watch")
def watch_job(id: Id, json: o.Json = False) -> None:  # noqa: A002
    """Watch a job until it has ended."""
    watched("jobs", id, json=json)


@generations.command("watch")
def watch_generation(id: Id, json: o.Json = False) -> None:  # noqa: A002
    """Watch a generation until it has ended."""
    watched("generations", id, json=json)


@jobs.command()
def logs(id: Id, json: o.Json = False) -> None:  # noqa: A002
    """Show which worker tried which part of a job, when, and what came of it."""
    with service(json=json) as (console, client):
        found = client.jobs.logs(id)
        for one in found["attempts"]:
            console.show(
                printable(
                    f"{one['task']:>6} {one['role']:<9} {one['attempt']:>5}  {_cell(one['beganAt']):<28}"
                    f"{one['outcome']:<13}{_cell(one['worker'])}"
                )
            )
        console.document = found


@generations.command()
def create(
    job: Annotated[str, typer.Argument(metavar="JOB", help="The id of the fit job.")],
    rows: Annotated[int, typer.Argument(metavar="ROWS", parser=o.row_count, help="How many.")],
    format: Annotated[str, typer.Option(metavar="csv|parquet")] = "csv",  # noqa: A002
    name: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    seed: o.Seed = 0,
    where: o.Where = None,
    share: o.ShareOf = None,
    balance: o.Balance = None,
    compression: o.Compression = None,
    json: o.Json = False,
) -> None:
    """Ask for rows from the model that a job made."""
    with service(json=json) as (console, client):
        asked: dict[str, Any] = {
            "name": name,
            "seed": seed,
            "conditions": where or None,
            "shares": share or None,
        }
        asked |= {"balance": balance, "compression": compression}
        tell(console, client.generations.create(job, rows, format=format, **asked))


@generations.command()
def download(
    id: Id,  # noqa: A002
    out: Annotated[str, typer.Option("-o", "--out", metavar="FILE", help="The file to make.")],
    json: o.Json = False,
) -> None:
    """Download a file, and hold its bytes against the SHA-256 that the service has."""
    with service(json=json) as (console, client):
        tell(console, {"file": out, "sha256": client.generations.download(id, out)})


@tokens.command("create")
def create_token(
    name: NewName,
    scope: Annotated[
        list[str] | None, typer.Option(metavar="S", help="read, write, engine, admin; may be repeated.")
    ] = None,
    days: Annotated[int | None, typer.Option(metavar="D", help="How long it is good for.")] = None,
    json: o.Json = False,
) -> None:
    """Make a token; it is shown this once. It takes your password, or a sign-in's access token."""
    with service(json=json, by_password=True) as (console, client):
        tell(console, client.tokens.create(name, scope or ["read"], days=days))


Role = Annotated[str, typer.Option("--role", metavar="viewer|editor|admin", help="What they may do.")]


@users.command("create")
def create_user(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="How they sign in.")],
    role: Role = "editor",
    name: Annotated[str, typer.Option(metavar="NAME", help="The login if not said.")] = "",
    json: o.Json = False,
) -> None:
    """Make a user. Their password is asked for, or read from standard input."""
    with service(json=json) as (console, client):
        tell(console, client.users.create(login, asked_password(), role, name=name))


@users.command("change")
def change_user(
    id: Id,  # noqa: A002
    role: Annotated[str | None, typer.Option("--role", metavar="viewer|editor|admin")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    password: Annotated[
        bool, typer.Option("--password", help="Set a new one, asked for; ends all their sign-ins.")
    ] = False,
    json: o.Json = False,
) -> None:
    """Change a user's role, name or password."""
    with service(json=json) as (console, client):
        changes = {"role": role, "name": name, "password": asked_password() if password else None}
        tell(console, client.users.change(id, **{k: v for k, v in changes.items() if v is not None}))


def add_to(app: typer.Typer) -> None:
    """Add the nouns to the command line."""
    from lookalike.cli import remote_admin, remote_publishing, remote_tables
    from lookalike.cli.remote_records import providers, records

    remote_tables.add_to(datasets, models)
    remote_publishing.add_to(generations)
    remote_admin.add_to(app)

    for name, commands in (
        ("datasets", datasets),
        ("jobs", jobs),
        ("models", models),
        ("generations", generations),
        ("records", records),
        ("providers", providers),
        ("tokens", tokens),
        ("users", users),
    ):
        app.add_typer(commands, name=name)
