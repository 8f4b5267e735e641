"""The service under a crowd: ``make bench-service``, or ``python -m bench.service [--out FILE]``.

Starts ``lookalike up`` on the loopback and lets 20 users queue 100 generations of 100,000 rows of the adult
table while 200 streams of events watch them and each user looks at something every 2 s. Prints Markdown, and
exits with 1 when a figure that must hold does not. All is in a temporary folder, and ends with the script.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.loopback import User
from bench.service_figures import Figures, markdown
from bench.service_running import LedgerWatch, Service, loop_lag_s, said

TRAIN = Path(__file__).parents[1] / "examples" / "data" / "adult" / "train.csv"
SEEDS = 5
LOOK_EVERY_S = 2.0
IDLE_LOOKS, IDLE_SUBMITS = 200, 40
UNCHECKED = str(10**9)
PATHS = ("/api/me", "/api/generation", "/api/jobs", "/api/models", "/api/generation/{id}")


@dataclass(frozen=True, slots=True)
class Size:
    users: int = 20
    generations: int = 100
    rows: int = 100_000
    streams: int = 200
    million: int = 1_000_000
    rounds: int = 3


@dataclass(slots=True)
class Customer:
    """A user with a model of their own, and what they have asked for."""

    user: User
    looking: User
    job: str = ""
    model: str = ""
    latest: str = ""
    asked: dict[str, int] = field(default_factory=dict[str, int])

    async def fit(self, table: bytes) -> None:
        dataset = await said(self.user.ask("POST", "/api/datasets?name=adult.csv", raw=table), 201)
        body = {"datasetId": dataset["id"], "settings": {"target": "income"}}
        self.job = (await said(self.user.ask("POST", "/api/jobs", body), 202))["id"]
        async for _, told in self.user.events(f"/api/jobs/{self.job}/events"):
            assert told["state"] != "failed", told
        done = await said(self.user.ask("GET", f"/api/jobs/{self.job}"), 200)
        assert done["state"] == "completed", done
        self.model = done["modelId"]

    async def submit(self, rows: int, seed: int) -> tuple[str, float]:
        """The id of a new generation, and the seconds until that was answered."""
        body = {"modelId": self.model, "numberOfRows": rows, "outputFormat": "csv", "seed": seed}
        answer = await self.user.ask("POST", f"/api/jobs/{self.job}/generate-data", body)
        assert answer.status == 202, answer.body
        made: str = answer.json()["generationJobId"]
        self.latest = made
        self.asked[made] = seed
        return made, answer.seconds


class Crowd:
    """Users that queue generations all at once, and streams that watch them."""

    def __init__(self, customers: Sequence[Customer], rows: int) -> None:
        self._customers = customers
        self._rows = rows
        self.submits: list[float] = []
        self.looks: list[float] = []
        self.came: dict[tuple[str, int], list[float]] = {}
        self.ended: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self._streams: list[asyncio.Task[None]] = []

    async def run(self, count: int, streams: int) -> None:
        """Queue ``count`` generations with ``streams`` streams, until every stream has ended."""
        each = count // len(self._customers)
        over = asyncio.Event()
        lookers = [asyncio.create_task(self._look(one, over)) for one in self._customers]
        jobs = [self._queue(one, each, streams // count) for one in self._customers]
        await asyncio.gather(*jobs)
        await asyncio.gather(*self._streams)
        over.set()
        await asyncio.gather(*lookers)

    async def _queue(self, customer: Customer, count: int, streams: int) -> None:
        for number in range(count):
            made, seconds = await customer.submit(self._rows, number % SEEDS)
            self.submits.append(seconds)
            self._streams += [asyncio.create_task(self._watch(customer, made)) for _ in range(streams)]

    async def _watch(self, customer: Customer, generation: str) -> None:
        state = ""
        async for came, told in customer.user.events(f"/api/generation/{generation}/events"):
            if told["percent"]:
                self.came.setdefault((generation, told["percent"]), []).append(came)
            state = told["state"]
            self.told[generation] += 1
        self.ended[state] += 1

    async def _look(self, customer: Customer, over: asyncio.Event) -> None:
        for path in itertools.cycle(PATHS):
            if over.is_set():
                return
            self.looks.append(await look(customer, path))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), LOOK_EVERY_S)


async def look(customer: Customer, path: str) -> float:
    """The seconds of one GET."""
    answer = await customer.looking.ask("GET", path.format(id=customer.latest))
    assert answer.status == 200 or not customer.latest, answer.body
    return answer.seconds


async def idle(customers: Sequence[Customer]) -> tuple[list[float], list[float]]:
    """Seconds of GETs and of submits, one after the other, while nothing else is done."""
    turns = zip(range(IDLE_LOOKS), itertools.cycle(customers), itertools.cycle(PATHS), strict=False)
    looks = [await look(customer, path) for _, customer, path in turns]
    submits: list[float] = []
    for _, customer in zip(range(IDLE_SUBMITS), itertools.cycle(customers), strict=False):
        made, seconds = await customer.submit(1, 0)
        submits.append(seconds)
        async for _ in customer.user.events(f"/api/generation/{made}/events"):
            pass
        del customer.asked[made]
    return looks, submits


async def million(customer: Customer, model: Path, size: Size, figures: Figures) -> None:
    """A large file by the service and by the command, in turn."""
    for seed in range(size.rounds):
        began = time.perf_counter()
        made, _ = await customer.submit(size.million, seed)
        async for _ in customer.user.events(f"/api/generation/{made}/events"):
            pass
        there = time.perf_counter() - began
        sha256, _ = await customer.user.sha256(f"/api/generation/{made}/download")
        fetched = time.perf_counter() - began
        theirs, command = await asyncio.to_thread(by_command, model, size.million, seed)
        figures.million.append((there, fetched, command))
        figures.million_same &= sha256 == theirs
        del customer.asked[made]


def by_command(model: Path, rows: int, seed: int) -> tuple[str, float]:
    """The SHA-256 of what ``lookalike sample`` makes, and its seconds, its start included."""
    out = model.with_name("rows.csv")
    command = [sys.executable, "-m", "lookalike", "sample", str(model), "-n", str(rows), "--seed", str(seed)]
    began = time.perf_counter()
    subprocess.run([*command, "-o", str(out), "--quiet"], check=True)
    seconds = time.perf_counter() - began
    return hashlib.sha256(out.read_bytes()).hexdigest(), seconds


def fitted(folder: Path) -> Path:
    """A model file of the same table, by the command: what it draws is what everybody must get."""
    model = folder / "adult.lal"
    command = [sys.executable, "-m", "lookalike", "fit", str(TRAIN), "--target", "income"]
    subprocess.run([*command, "--holdout", "auto", "-o", str(model), "--quiet"], check=True)
    return model


async def measured(service: Service, folder: Path, size: Size) -> Figures:
    figures = Figures(size.users, size.generations, size.rows, size.streams, size.million)
    model = await asyncio.to_thread(fitted, folder)
    users = await service.people(size.users)
    customers = [Customer(user, User(service.port, user.token)) for user in users]
    table = TRAIN.read_bytes()
    await asyncio.gather(*(one.fit(table) for one in customers))
    if size.million:
        await million(customers[0], model, size, figures)
    warm = Crowd(customers, 10_000)
    await warm.run(size.generations, size.streams)  # buffers, threads and caches are as large as they get
    await checked(customers, figures=None, expected={})
    figures.idle_looks, figures.idle_submits = await idle(customers)
    figures.memory_before = service.resident_mb()
    await crowded(service, customers, size, figures)
    expected = {
        seed: (await asyncio.to_thread(by_command, model, size.rows, seed))[0] for seed in range(SEEDS)
    }
    await checked(customers, figures, expected)
    figures.memory_after = service.resident_mb()
    return figures


async def crowded(service: Service, customers: Sequence[Customer], size: Size, figures: Figures) -> None:
    """The crowd itself, looked at from outside."""
    watch, crowd, over = LedgerWatch(service.home), Crowd(customers, size.rows), asyncio.Event()
    watch.start()
    late = asyncio.create_task(loop_lag_s(over))
    began, cpu = time.monotonic(), service.cpu_s()
    await crowd.run(size.generations, size.streams)
    figures.seconds, figures.api_cpu_s = time.monotonic() - began, service.cpu_s() - cpu
    over.set()
    figures.load_late_s = await late
    watch.end()
    figures.looks, figures.submits = crowd.looks, crowd.submits
    figures.completed = crowd.ended["completed"]
    for step, arrivals in crowd.came.items():
        figures.lags += [came - watch.seen[step] for came in arrivals]
    steps = Counter(generation for generation, _ in watch.seen)
    figures.steps_missed = sum(
        abs(steps[generation] * size.streams // size.generations - count)
        for generation, count in Counter(
            step[0] for step, arrivals in crowd.came.items() for _ in arrivals
        ).items()
    )


async def checked(customers: Sequence[Customer], figures: Figures | None, expected: dict[int, str]) -> None:
    """Download every file that was asked for, and hold its SHA-256 against what the command wrote."""
    for customer in customers:
        for generation, seed in customer.asked.items():
            sha256, _ = await customer.user.sha256(f"/api/generation/{generation}/download")
            if figures is not None:
                figures.files += 1
                figures.same += sha256 == expected[seed]
        customer.asked.clear()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="The service under a crowd.")
    parser.add_argument("--out", type=Path, help="Write the Markdown here, too.")
    for name, value in (("users", 20), ("generations", 100), ("rows", 100_000), ("streams", 200)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--million", type=int, default=1_000_000, help="Rows of the large file; 0: none.")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    size = Size(asked.users, asked.generations, asked.rows, asked.streams, asked.million, asked.rounds)
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder), check_from_rows=UNCHECKED)
        try:
            figures = asyncio.run(measured(service, Path(folder), size))
        finally:
            service.end()
    text = markdown(figures, os.environ.get("LOOKALIKE_WORKER_NICE"))  # if another than the default
    sys.stdout.write(text)
    if asked.out:
        asked.out.write_text(text)
    return 0 if figures.holds else 1


if __name__ == "__main__":
    sys.exit(main())
