"""What a write job costs and holds: ``python -m bench.records [--out FILE] [--records N] [--only calls]``.

Three things, each in processes of its own against a stand-in on loopback:

- calls: 1,000 in flight from one process, against a stub that answers each after a second: CPU per call and
  peak memory of that process, with gate, budget and log around each call, as in a job;
- job: a whole job with a journal on the disk: CPU per record, and how much the journal adds;
- accounts: N records among 30 % faults, killed twenty times: what was accepted, lost, doubled and spent, by
  the journal and by the server.

Ends with 1 when a figure that must hold does not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

IN_FLIGHT = 1_000
CALLS = 10_000
MOST_CPU_MS = 0.6
MOST_BYTES = 200_000_000
KILLS = 20
ANSWER = "a few words of an answer, as long as many of them are, and of no further interest to anybody here"


@dataclass(frozen=True)
class Verdict:
    text: str
    met: bool


class Stub(asyncio.Protocol):
    """The smallest server there can be: each request is answered after ``delay_s``, on its connection."""

    delay_s = 1.0
    answer = json.dumps(
        {
            "id": "a",
            "model": "stub",
            "choices": [{"message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 20, "completion_tokens": 20},
        }
    ).encode()

    def __init__(self) -> None:
        self._data = b""
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self._data) < end + 4 + length:
                return
            self._data = self._data[end + 4 + length :]
            asyncio.get_running_loop().call_later(self.delay_s, self._reply)

    def _reply(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            size = str(len(self.answer)).encode()
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + size
            self._transport.write(head + b"\r\n\r\n" + self.answer)


def serve(delay_s: float) -> None:
    """A stub, until standard input closes; prints its port."""

    async def serving() -> None:
        Stub.delay_s = delay_s
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Stub, "127.0.0.1", 0, backlog=4096)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)

    asyncio.run(serving())


def calls(port: int, count: int, in_flight: int) -> None:
    """Make the calls; print CPU, time and peak memory of this process."""
    from lookalike.records.budget import Purse
    from lookalike.records.chat import ChatRequest, Message, ModelRef, Params
    from lookalike.records.gate import Gates
    from lookalike.records.keeping import Keeper
    from lookalike.records.pace import Patience, RealPace
    from lookalike.records.preview import Memory
    from lookalike.records.providers.http import Http
    from lookalike.records.providers.keys import Keys
    from lookalike.records.providers.openai import OpenAI
    from lookalike.records.retrying import Retrying
    from lookalike.records.spec import Limits, Price

    async def calling() -> dict[str, float]:
        model = ModelRef("m", "openai", f"http://127.0.0.1:{port}/v1", "stub")
        keeper = Keeper(Forgetful())
        gates = Gates(Patience(), RealPace())
        purse = Purse(keeper, Limits(tokens=10**12), {"m": Price(1.0, 2.0)})
        numbers = iter(range(count))
        async with Http() as http:
            provider = Retrying(OpenAI(http, Keys()), gates, purse, {"m": in_flight}, Patience(), RealPace())

            async def line() -> None:
                for number in numbers:
                    messages = (Message("user", f"Say something about the number {number}, in a few words."),)
                    await provider.complete(ChatRequest(f"{number}/0/c/0", model, messages, Params(100)))

            before = resource.getrusage(resource.RUSAGE_SELF)
            began = time.perf_counter()
            await asyncio.gather(*(line() for _ in range(in_flight)))
            taken = time.perf_counter() - began
            after = resource.getrusage(resource.RUSAGE_SELF)
        await keeper.close()
        assert purse.spent.calls == count
        assert purse.spent.tokens == 40 * count
        gate = gates.all()[0]
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"cpu_s": cpu, "seconds": taken, "peak_bytes": after.ru_maxrss * 1024, "at_once": gate.peak}

    class Forgetful(Memory):
        """Takes entries, as a store would that is elsewhere; their cost is measured by the job."""

        def write(self, entries: Any) -> list[bool]:
            return [True] * len(entries)

    print(json.dumps(asyncio.run(calling())))


def job(port: int, records: int, folder: str) -> None:
    """A whole job; print CPU, time and memory."""
    from lookalike.records.write import prepare, write

    spec = {
        "models": {"m": {"url": f"http://127.0.0.1:{port}/v1", "model": "stub", "concurrency": 200}},
        "columns": {
            "age": {"sampler": "integer", "low": 1, "high": 99},
            "text": {"text": "Write about {{ age }}."},
        },
        "duplicates": False,
        "diversity": {"stop": False},
    }
    prepared = prepare(spec)
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    made = write(prepared, records, Path(folder) / "out.jsonl")
    taken = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = (Path(folder) / "out.jsonl.journal").stat().st_size
    figures = {"cpu_s": cpu, "seconds": taken, "peak_bytes": after.ru_maxrss * 1024, "records": len(made)}
    print(json.dumps(figures | {"journal_bytes": size}))


def _child(task: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.records", "--task", task, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _measured(delay_s: float, task: str, *arguments: object) -> dict[str, Any]:
    """What the task prints, run beside a stub."""
    stub = _child("serve", delay_s)
    assert stub.stdout is not None
    try:
        port = int(stub.stdout.readline())
        worker = _child(task, port, *arguments)
        out, _ = worker.communicate()
        assert worker.returncode == 0, f"{task} failed"
        return json.loads(out)
    finally:
        stub.terminate()
        stub.communicate()


def measure_calls(verdicts: list[Verdict]) -> list[str]:
    found = _measured(1.0, "calls", CALLS, IN_FLIGHT)
    cpu_ms = 1000 * found["cpu_s"] / CALLS
    peak = found["peak_bytes"]
    verdicts += [
        Verdict(f"{cpu_ms:.2f} ms of CPU per call (at most {MOST_CPU_MS})", cpu_ms <= MOST_CPU_MS),
        Verdict(f"{peak / 1e6:.0f} MB (at most {MOST_BYTES / 1e6:.0f})", peak <= MOST_BYTES),
        Verdict(f"{found['at_once']:.0f} calls at once", found["at_once"] == IN_FLIGHT),
    ]
    return [
        "## A thousand calls in flight",
        "",
        f"{CALLS:,} calls, {found['at_once']:,.0f} at once, from one process, against a stub that answers",
        "each after one second. Each passes the gate and is reserved and settled, as in a job.",
        "",
        "| | measured | must be |",
        "|---|---|---|",
        f"| CPU per call | {cpu_ms:.2f} ms | at most {MOST_CPU_MS} ms |",
        f"| peak memory | {peak / 1e6:.0f} MB | at most {MOST_BYTES / 1e6:.0f} MB |",
        f"| all of it | {found['seconds']:.1f} s | {CALLS / IN_FLIGHT:.0f} s if it cost nothing |",
        "",
    ]


def measure_job(verdicts: list[Verdict]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        found = _measured(0.05, "job", CALLS, folder)
    verdicts.append(Verdict(f"{found['records']:,} of {CALLS:,} records", found["records"] == CALLS))
    return [
        "## A whole job",
        "",
        f"{CALLS:,} records of one drawn and one written column, 200 calls at once, an answer after 50 ms,",
        "the journal on the disk.",
        "",
        "| | |",
        "|---|---|",
        f"| CPU per record | {1000 * found['cpu_s'] / CALLS:.2f} ms |",
        f"| all of it | {found['seconds']:.1f} s |",
        f"| journal per record | {found['journal_bytes'] / CALLS:,.0f} bytes |",
        f"| peak memory | {found['peak_bytes'] / 1e6:.0f} MB |",
        "",
    ]


def measure_accounts(records: int, verdicts: list[Verdict]) -> list[str]:
    from faults.test_records_kills import Job

    chance = random.Random(7)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        one = Job(Path(folder), records, 0.3)
        one.kill_at = sorted(chance.randrange(records // 50, int(2.3 * records)) for _ in range(KILLS))
        kills = 0
        began = time.perf_counter()
        with one.server:
            while (status := one.run()) == -signal.SIGKILL:
                kills += 1
            taken = time.perf_counter() - began
            try:
                said, found = one.check()
            except AssertionError as error:
                verdicts.append(Verdict(f"the accounts do not add up: {error}", False))
                return []
    met = status == 0 and kills == KILLS and found.accepted == records
    verdicts.append(Verdict(f"{found.accepted:,} of {records:,} accepted, {kills} kills", met))
    made = f"{found.accepted:,} accepted + {found.failed:,} failed + {found.filtered:,} filtered"
    return [
        f"## {records:,} records among faults",
        "",
        "30 % of the requests go wrong (429 with and without Retry-After, 503, hanging, cut, empty, broken",
        "JSON, wrong schema, refusal, truncation, slow drip), and the process is killed at random requests,",
        f"{kills} times.",
        "",
        "| | |",
        "|---|---|",
        f"| accepted | {found.accepted:,} of {records:,}; none lost, none doubled |",
        f"| candidates | {found.candidates:,} = {made} + {found.open:,} open |",
        f"| requests that the server saw | {len(one.server.served):,} |",
        f"| calls by the journal | {said['spent']['calls']:,} |",
        f"| tokens that the server told, all of them in the journal | {found.told_tokens:,} |",
        f"| counted as spent, with what nobody told | {found.tokens:,} |",
        f"| all of it | {taken:.0f} s |",
        "",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--only", choices=("calls", "job", "accounts"))
    said = parser.parse_args()
    if said.task:
        name, *arguments = said.task
        match name:
            case "serve":
                serve(float(arguments[0]))
            case "calls":
                calls(*map(int, arguments))
            case _:
                job(int(arguments[0]), int(arguments[1]), arguments[2])
        return 0
    verdicts: list[Verdict] = []
    body: list[str] = []
    if said.only in (None, "calls"):
        body += measure_calls(verdicts)
    if said.only in (None, "job"):
        body += measure_job(verdicts)
    if said.only in (None, "accounts"):
        body += measure_accounts(said.records, verdicts)
    missed = [verdict.text for verdict in verdicts if not verdict.met]
    lines = [
        "# What a write job costs",
        "",
        "Written by `make bench-records`, which fails when a figure that must hold does not. "
        f"{platform.system()}, {os.cpu_count()} processors, Python {platform.python_version()}.",
        "",
        *body,
        f"Missed: {'; '.join(missed)}." if missed else "All that must hold does.",
        "",
    ]
    text = "\n".join(lines)
    print(text)
    if said.out is not None:
        said.out.write_text(text)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
