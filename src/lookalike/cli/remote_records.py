"""Records of a service from the shell: documents, write jobs, the search; and providers, for admins."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lookalike.cli import options as o
from lookalike.cli.console import printable
from lookalike.cli.remote import Id, Most, act_on, noun, service, tell, tell_all, watched
from lookalike.errors import BadInput, BadSpec

if TYPE_CHECKING:
    from lookalike.client import Client

records = noun("records")
providers = noun("providers", states=False, shares=False)

Document = Annotated[
    list[str] | None,
    typer.Option("--document", metavar="FILE|ID", help="A file to write from, or one uploaded; repeatable."),
]

act_on(records, "cancel", "End one; what was accepted stays.", lambda client, id_: client.records.cancel(id_))


@records.command()
def upload(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="txt, md, html, pdf, docx, csv, jsonl, parquet.")
    ],
    json: o.Json = False,
) -> None:
    """Upload a document to write records from."""
    with service(json=json) as (console, client):
        tell(console, client.records.upload(file))


@records.command()
def write(
    spec: Annotated[str, typer.Argument(metavar="SPEC.yaml", help="As in docs/records.md, without models.")],
    count: Annotated[int, typer.Option("-n", "--records", min=1, metavar="N", help="Exactly so many.")],
    document: Document = None,
    dataset: Annotated[str | None, typer.Option(metavar="ID", help="Its rows are seeds.")] = None,
    model: Annotated[str | None, typer.Option(metavar="ID", help="It draws the columns of `table`.")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    candidates: Annotated[int | None, typer.Option(min=1, metavar="N", help="The most to begin.")] = None,
    index: Annotated[bool | None, typer.Option("--index/--no-index", help="Keep a full-text index.")] = None,
    json: o.Json = False,
) -> None:
    """Have records written."""
    with service(json=json) as (console, client):
        text, documents = _read(spec), _uploaded(client, document)
        asked: dict[str, Any] = {"dataset_id": dataset, "model_id": model, "name": name}
        asked |= {"candidates": candidates, "index": index}
        tell(console, client.records.write(text, count, documents=documents, **asked))


@records.command()
def rehearse(
    spec: Annotated[str, typer.Argument(metavar="SPEC.yaml", help="As for `write`.")],
    count: Annotated[int, typer.Option("-n", "--records", min=1, metavar="N", help="How many all are.")],
    rows: Annotated[int, typer.Option(min=1, max=5, metavar="K", help="So many are written.")] = 3,
    document: Document = None,
    dataset: Annotated[str | None, typer.Option(metavar="ID", help="Its rows are seeds.")] = None,
    model: Annotated[str | None, typer.Option(metavar="ID", help="It draws the columns of `table`.")] = None,
    json: o.Json = False,
) -> None:
    """Have a few written, and see prompts, answers and what all would cost. Documents stay."""
    with service(json=json) as (console, client):
        text, documents = _read(spec), _uploaded(client, document)
        asked: dict[str, Any] = {"dataset_id": dataset, "model_id": model}
        begun = client.records.rehearse(text, count, rows, documents=documents, **asked)
        client.jobs.wait(begun["id"])
        made = client.records.rehearsal(begun["id"])
        for one in made["rehearsed"]:
            refused = one["refused"]
            state = "accepted" if refused is None else f"refused ({refused['kind']}: {refused['reason']})"
            console.show(printable(f"── record {one['slot']}/{one['candidate']}: {state}"))
            for column in one["written"]:
                console.show(indent(printable(column["prompt"]), "   > "))
                console.show(printable(f"   {column['column']}: {column['answer']}"))
        if made["short"] is not None:
            console.say(made["short"])
        if (told := made["estimate"]) is not None:
            console.say(
                f"{told['records']:,} records: about {told['tokens']:,} tokens ({told['tokensLow']:,} to "
                f"{told['tokensHigh']:,}), cost {told['cost']:.4f} ({told['costLow']:.4f} to "
                f"{told['costHigh']:.4f})"
            )
        console.document = made


def _read(spec: str) -> str:
    try:
        return Path(spec).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise BadSpec(f"The spec cannot be read: {error}.", file=spec) from error


def _uploaded(client: Client, documents: list[str] | None) -> list[str]:
    """The ids of documents, of which files are uploaded."""
    return [one if one.startswith("doc_") else client.records.upload(one)["id"] for one in documents or []]


@records.command("watch")
def watch_records(id: Id, json: o.Json = False) -> None:  # noqa: A002
    """Watch a write job until it has ended."""
    watched("records", id, json=json)


@records.command()
def find(
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="Words, or a phrase in quotes.")] = None,
    job: Annotated[str | None, typer.Option(metavar="ID", help="Those of this job.")] = None,
    field: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="May be repeated.")] = None,
    status: Annotated[
        list[str] | None, typer.Option(metavar="S", help="accepted, failed, filtered, item.")
    ] = None,
    order: Annotated[
        str | None, typer.Option(metavar="relevance|id", help="Words: by relevance, if not said.")
    ] = None,
    most: Most = 50,
    json: o.Json = False,
) -> None:
    """Search records."""
    with service(json=json) as (console, client):
        pairs = {left: right for left, _, right in (one.partition("=") for one in field or [])}
        states = status or ["accepted"]
        found = client.records.find(text, job_id=job, fields=pairs, status=states, order=order)
        tell_all(console, "found", found, most)


@records.command()
def failures(
    id: Id,  # noqa: A002
    out: Annotated[
        str | None, typer.Option("-o", "--out", metavar="FILE", help="All of them, as JSON Lines.")
    ] = None,
    most: Most = 50,
    json: o.Json = False,
) -> None:
    """Show which candidates were refused, and why."""
    with service(json=json) as (console, client):
        if out is not None:
            tell(console, {"file": str(client.records.download_failures(id, out))})
            return
        items = list(islice(client.records.failures(id), most))
        for one in items:
            facts = one["facts"]
            console.show(
                printable(
                    f"{one['id']} {facts['slot']:>7} {facts['column']:<16} {facts['kind']}: {facts['reason']}"
                )
            )
        console.document = {"items": items}


@records.command()
def retry(
    id: Id,  # noqa: A002
    max_tokens: Annotated[int | None, typer.Option(min=1, metavar="N", help="A cap on tokens.")] = None,
    max_cost: Annotated[float | None, typer.Option(metavar="X", help="A cap on what it costs.")] = None,
    max_time: Annotated[float | None, typer.Option(metavar="S", help="A cap on seconds at work.")] = None,
    json: o.Json = False,
) -> None:
    """Ask again for what could not be had. Caps count all runs of the job; not said, they stay."""
    with service(json=json) as (console, client):
        tell(console, client.records.retry(id, tokens=max_tokens, money=max_cost, time_s=max_time))


@records.command("retry-failures")
def retry_failures(
    id: Id,  # noqa: A002
    failure: Annotated[list[str], typer.Argument(metavar="FAILURE…", help="Their ids, as listed.")],
    json: o.Json = False,
) -> None:
    """Ask again for the records that these refused candidates were to be, and for no others."""
    with service(json=json) as (console, client):
        tell(console, client.records.retry_failures(id, failure))


@records.command()
def download(
    id: Id,  # noqa: A002
    out: Annotated[str, typer.Option("-o", "--out", metavar="FILE", help="The file to make.")],
    format: Annotated[str, typer.Option(metavar="jsonl|csv|parquet|chat|alpaca")] = "jsonl",  # noqa: A002
    prompt: Annotated[str | None, typer.Option(metavar="FIELD", help="Of chat and alpaca.")] = None,
    answer: Annotated[str | None, typer.Option(metavar="FIELD", help="Of chat and alpaca.")] = None,
    json: o.Json = False,
) -> None:
    """Download records as a file."""
    with service(json=json) as (console, client):
        made = client.records.download(id, out, format=format, prompt=prompt, answer=answer)
        tell(console, {"file": str(made)})


@records.command("cassette")
def save_cassette(
    id: Id,  # noqa: A002
    out: Annotated[str, typer.Option("-o", "--out", metavar="FILE", help="The file to make.")],
    json: o.Json = False,
) -> None:
    """Save all answers that a job's models gave, so that they can be played again."""
    with service(json=json) as (console, client):
        tell(console, {"file": str(client.records.download_cassette(id, out))})


@records.command("documents")
def list_documents(most: Most = 50, json: o.Json = False) -> None:
    """List the documents that wait for a job, or for the end of one."""
    with service(json=json) as (console, client):
        tell_all(console, "documents", client.records.documents(), most)


@records.command("models")
def list_models(json: o.Json = False) -> None:
    """List the language models that a spec may name."""
    with service(json=json) as (console, client):
        found = client.records.models()
        for one in found:
            console.show(printable(f"{one['alias']:<20} {one['kind']:<10} {one['model']}"))
        console.document = {"items": found}


@providers.command("create")
def create_provider(
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="What specs call it.")],
    kind: Annotated[str, typer.Option(metavar="openai|anthropic|local")] = "openai",
    url: Annotated[str, typer.Option(metavar="URL", help="The base URL.")] = "",
    model: Annotated[str, typer.Option(metavar="NAME")] = "",
    key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="The workers' variable that holds the key.")
    ] = None,
    price_input: Annotated[float, typer.Option(metavar="P", help="Per million tokens.")] = 0.0,
    price_output: Annotated[float, typer.Option(metavar="P", help="Per million tokens.")] = 0.0,
    private: Annotated[bool, typer.Option("--private", help="Its host may be private.")] = False,
    json: o.Json = False,
) -> None:
    """Let specs name a language model. A key itself is never an argument: name a variable that has it."""
    with service(json=json) as (console, client):
        settings: dict[str, Any] = {"url": url, "model": model, "key_env": key_env, "allow_private": private}
        settings |= {"price_input": price_input, "price_output": price_output}
        tell(console, client.providers.create(alias, kind, **settings))


@providers.command("play")
def play_cassette(
    id: Id,  # noqa: A002
    file: Annotated[str, typer.Argument(metavar="CASSETTE", help="As `records cassette` saves it.")],
    json: o.Json = False,
) -> None:
    """Have a provider's calls answered from a cassette; no model is called."""
    with service(json=json) as (console, client):
        try:
            tell(console, client.providers.play(id, file))
        except OSError as error:
            raise BadInput(f"The cassette cannot be read: {error}.", file=file) from error


@providers.command("call")
def call_again(id: Id, json: o.Json = False) -> None:  # noqa: A002
    """Have a provider's model called again; its cassette is deleted."""
    with service(json=json) as (console, client):
        tell(console, client.providers.call(id))
