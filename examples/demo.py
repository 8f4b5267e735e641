"""The main job through the service, from nothing to a file that was compared: what `make demo` runs.

python examples/demo.py [--train TABLE] [--target COLUMN] [--rows N] [--out FOLDER] [--keep]

Starts ``lookalike up`` in a folder of its own, makes the first account, uploads the table, has a model fitted
and rows drawn, watches, waits for the report, downloads with a break, and holds the SHA-256 of what came
against the service's, the manifest's and the library's, which draws the same rows in this process. Publishes
it to the local store, fetches it by its address, and verifies it by its signed manifest and blocks that are
made again. Exits 0 when all are one. It ends what it started, unless it is told to ``--keep`` it.
"""

from __future__ import annotations

import argparse
import hashlib
import secrets
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.console import Console
from rich.text import Text

import lookalike as la
from lookalike.errors import LookalikeError, Unavailable, VerificationFailed
from lookalike.publish.manifest import signed_path
from lookalike.quality.contract import scores_of, verdict_of
from lookalike.quality.summary import answer, scores
from running import Running
from showing import Bar, Steps, cell, megabytes, shortest, side_by_side

ADULT = Path(__file__).parent / "data" / "adult" / "train.csv"
LOGIN = "demo"
SEED = 7
SHOWN_ROWS = 5
LEAST_ROWS = 1_000  # fewer get no report
REPORT_BEGINS_S = 60.0
PUBLISHED_S = 120.0
AUDITED = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What to make of which table, and where to put it."""

    train: Path
    target: str | None
    rows: int
    out: Path

    @property
    def stem(self) -> str:
        return self.train.parent.name if self.train == ADULT else self.train.name.partition(".")[0]

    @property
    def file(self) -> Path:
        return self.out / f"{self.stem}.parquet"


@dataclass(frozen=True, slots=True)
class Came:
    """What came of it. real: the first rows as they were uploaded, made: those of the downloaded file."""

    names: list[str]
    real: list[list[str]]
    made: list[list[str]]
    report: Mapping[str, Any]
    model: Path
    hashes: Mapping[str, str]


def main() -> None:
    ask = argparse.ArgumentParser(description="Fit a table and draw a million rows, through the service.")
    ask.add_argument("--train", type=Path, default=ADULT)
    ask.add_argument("--target", default=None)
    ask.add_argument("--rows", type=int, default=1_000_000)
    ask.add_argument("--out", type=Path, default=Path("out"))
    ask.add_argument("--keep", action="store_true", help="Leave the service running.")
    said = ask.parse_args()
    if said.rows < LEAST_ROWS:
        ask.error(f"--rows: at least {LEAST_ROWS:,}, of which a report can say something")
    target = said.target or ("income" if said.train == ADULT else None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    console = Console(highlight=False)
    try:
        run(console, Asked(said.train, target, said.rows, said.out), keep=said.keep)
    except LookalikeError as error:
        console.print(Text(f"{error.message}\n{error.hint or ''}", style="red"))
        raise SystemExit(error.exit_status) from error
    except KeyboardInterrupt:
        console.print("\nStopped; what was started has ended.")
        raise SystemExit(130) from None


def run(console: Console, asked: Asked, *, keep: bool) -> None:
    """The whole job, told; the service is ended with it, unless it went well and is to be kept."""
    what = f"learns {shortest(asked.train)} and makes {asked.rows:,} rows like it, as a service"
    console.print(f"\n[bold]Lookalike[/] {what}.\n", soft_wrap=True)
    steps = Steps(console)
    settings = {"most_rows": str(max(asked.rows, 1_000_000))}
    running = steps.run(
        "start the service",
        lambda _: Running(tied=not keep, **settings),
        lambda up: f"{up.url}, with nothing in it",
    )
    kept = False
    try:
        came = through(steps, running, asked)
        tell(console, steps, asked, came)
        if keep:
            tell_how_to_go_on(console, running)
        kept = keep
    except Unavailable as error:
        raise Unavailable(error.message, hint=running.last_words()) from error
    finally:
        if not kept:
            running.end()


def through(steps: Steps, running: Running, asked: Asked) -> Came:
    """Each step as a person takes it, from the first account to a file whose bytes are known to be right."""
    asked.out.mkdir(parents=True, exist_ok=True)
    client = steps.run("make an account", lambda _: account(running), lambda _: "by the printed code, once")
    dataset = steps.run(
        "upload",
        lambda _: client.datasets.upload(asked.train, name=f"{asked.stem}.csv", target=asked.target),
        lambda one: f"{one['rows']:,} rows of {one['columns']} columns, {megabytes(one['sizeBytes'])}",
    )
    job = steps.run("fit", lambda bar: fitted(client, dataset["id"], bar), lambda one: one["modelId"])
    began = client.generations.create(job["id"], asked.rows, format="parquet", seed=SEED)
    events: list[int] = []
    generation = steps.run(
        "draw and store",
        lambda bar: completed(client.generations, began["id"], bar, events),
        lambda one: about_file(one, steps.seconds["draw and store"], len(events)),
    )
    report = steps.run("measure", lambda bar: reported(client, began["id"], bar), about_report)
    client.generations.save_report(began["id"], asked.out / f"{asked.stem}.html")
    steps.run("download", lambda _: downloaded(client, generation, asked.file), lambda at: at)
    link = steps.run("publish", lambda _: published(client, began["id"]), lambda at: at)
    manifest = client.generations.manifest(began["id"])
    client.generations.save_manifest(began["id"], signed_path(asked.file))
    model, own = steps.run("the library, alone", lambda _: by_the_library(asked), lambda _: "the same rows?")
    hashes = {
        "downloaded": sha256_of(asked.file),
        "the service": generation["sha256"],
        "the manifest": manifest["signed"]["rows"]["sha256"],
        "the gateway": sha256_at(f"{running.url}{link}"),
        "the library": own,
    }
    all_one(hashes)
    all_one({"the service's model": client.models.get(job["modelId"])["sha256"], "the library's": model.hash})
    model_path = model.save(asked.out / f"{asked.stem}.lal")
    key = client.instance()["publisherFingerprint"]
    steps.run(
        f"verify, {AUDITED} blocks",
        lambda _: la.verify(
            signed_path(asked.file), file=asked.file, key=key, model=model_path, audit=AUDITED
        ),
        about_proof,
    )
    names, made = first_rows(asked.file)
    real = [[cell(value) for value in row] for row in client.datasets.preview(dataset["id"])["rows"]]
    return Came(names, real[:SHOWN_ROWS], made, report, model_path, hashes)


def account(running: Running) -> la.Client:
    """The first account, made by the address that was printed, and a token of it for the rest."""
    first = la.Client.set_up(running.address, LOGIN, secrets.token_urlsafe(24), name="Demonstration")
    return la.Client(running.url, first.tokens.create("make demo", ["read", "write"], days=1)["token"])


def fitted(client: la.Client, dataset: str, bar: Bar) -> dict[str, Any]:
    return completed(client.jobs, client.jobs.fit(dataset)["id"], bar, [])


def completed(noun: Any, id_: str, bar: Bar, events: list[int]) -> dict[str, Any]:
    """The job once it is completed. The bar moves with its event stream; ``events``: each per cent told."""
    for snapshot in noun.watch(id_):
        bar.progress(snapshot["percent"], 100)
        events.append(snapshot["percent"])
    return noun.wait(id_)


def reported(client: la.Client, generation: str, bar: Bar) -> dict[str, Any]:
    """The report, which a job of its own makes that begins by itself once the file is there."""
    began = time.monotonic()
    while (check := client.generations.get(generation)["report"]) is None:
        if time.monotonic() - began > REPORT_BEGINS_S:
            raise Unavailable("No report was begun.")
        time.sleep(0.2)
    completed(client.jobs, check["jobId"], bar, [])
    return client.generations.report(generation)


def published(client: la.Client, generation: str) -> str:
    """The link to the file in the local store, once it is there."""
    client.generations.publish(generation)
    began = time.monotonic()
    while (found := client.generations.publications(generation)[0])["state"] == "pending":
        if time.monotonic() - began > PUBLISHED_S:
            raise Unavailable("Nothing was published.")
        time.sleep(0.1)
    if found["state"] != "final":
        raise Unavailable(f"The publication is {found['state']}.")
    return client.generations.get(generation)["storageLink"]


def sha256_at(url: str) -> str:
    """Of what anybody gets from there, without a sign-in."""
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  (the service's own address)
        return hashlib.file_digest(answer, "sha256").hexdigest()


def about_proof(found: Any) -> str:
    numbers = ", ".join(str(number) for number in found.audited)
    return f"signed by {found.signer[:12]}…; blocks {numbers} made again, and found in the file"


def about_file(generation: Mapping[str, Any], seconds: float, events: int) -> str:
    rows = generation["numberOfRows"]
    return f"{megabytes(generation['sizeBytes'])}, {rows / seconds:,.0f} rows/s, {events} events"


def about_report(report: Mapping[str, Any]) -> str:
    synth, holdout = report["tables"]["synth"]["rows"], report["tables"]["holdout"]["rows"]
    return f"{synth:,} rows against {holdout:,} real ones that were held back"


def downloaded(client: la.Client, generation: Mapping[str, Any], path: Path) -> str:
    """Where the download was broken off on purpose, and went on: its bytes are in ``path``."""
    part = path.with_name(f"{path.name}.part")
    with client.generations.open(generation["id"]) as answer, part.open("wb") as out:
        out.write(answer.read(generation["sizeBytes"] // 2))
    broken = part.stat().st_size
    client.generations.download(generation["id"], path)
    return f"broken off on purpose after {megabytes(broken)}, went on from there"


def by_the_library(asked: Asked) -> tuple[Any, str]:
    """What the library makes of the same table by itself: the model, and the SHA-256 of its rows' file."""
    model = la.fit(la.read(asked.train, target=asked.target), holdout="auto")
    with tempfile.TemporaryDirectory() as folder:
        return model, model.sample(asked.rows, seed=SEED).to_parquet(Path(folder) / asked.file.name).sha256


def all_one(hashes: Mapping[str, str]) -> None:
    """`VerificationFailed` unless all are the same."""
    if len(set(hashes.values())) != 1:
        told = "\n".join(f"{said}  {name}" for name, said in hashes.items())
        raise VerificationFailed("The SHA-256 are not one.", hint=told)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def first_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """The columns' names and the first rows of a Parquet file, as texts."""
    with pq.ParquetFile(path) as file:
        rows = next(file.iter_batches(SHOWN_ROWS)).to_pylist()
        names = file.schema_arrow.names
    return names, [[cell(row[name]) for name in names] for row in rows]


def tell(console: Console, steps: Steps, asked: Asked, came: Came) -> None:
    """Rows beside rows, scores and the gate's answer, the one hash, and what is in the folder."""
    console.print(f"\n[bold]{SHOWN_ROWS} rows of the real table, {SHOWN_ROWS} of the made one[/]\n")
    console.print(side_by_side(came.names, came.real, came.made, console.width))
    console.print(f"\n[bold]The report: {about_report(came.report)}[/]\n")
    for line in (*scores(scores_of(came.report)), "", *answer(verdict_of(came.report))):
        console.print(Text(line), soft_wrap=True)
    console.print(f"\n[bold]One SHA-256, said by {len(came.hashes)}[/]\n")
    for name, sha256 in came.hashes.items():
        console.print(f"  {name:<14}{sha256}  [green]✓[/]", soft_wrap=True)
    console.print(f"\n[bold]In {shortest(asked.out)}[/]\n")
    for path, about in (
        (asked.file, f"{asked.rows:,} rows, as downloaded"),
        (signed_path(asked.file), "what they are, with the hash of each 10,000, signed"),
        (asked.out / f"{asked.stem}.html", "the report, in pictures"),
        (came.model, "the model, as the library fitted it: the same one"),
    ):
        console.print(f"  {path.name:<32}{megabytes(path.stat().st_size):>9}   {about}", soft_wrap=True)
    command = shortest(Path(sys.executable).with_name("lookalike"))
    console.print("\nTo make the file again, by its manifest, and compare:\n")
    again = f"sample {came.model} --manifest {signed_path(asked.file)} -o again.parquet"
    console.print(f"  [bold]{command} {again}[/]\n", soft_wrap=True)
    console.print(f"All in {sum(steps.seconds.values()):.1f} s.\n")


def tell_how_to_go_on(console: Console, running: Running) -> None:
    console.print("The service goes on. This address signs you in, once, within ten minutes:\n")
    console.print(f"  [bold]{running.sign_in_address(LOGIN)}[/]\n", soft_wrap=True)
    ends = f"kill {running.process.pid}; rm -r {running.home}"
    console.print(f"To end it, and to delete what it holds:\n\n  [bold]{ends}[/]\n", soft_wrap=True)


if __name__ == "__main__":
    main()
