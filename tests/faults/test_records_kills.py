"""A write job among faults, killed at any moment: exactly N records; every call and token accounted for."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lookalike import faults
from records_accounts import Accounts, reconcile
from standin_llm import Kind, StandIn, faulty

SPEC = """
seed: 5
models:
  m: {url: URL, model: stand-in, timeout_s: 0.6, concurrency: 32, max_tokens: 200,
    price: {input: 1.5, output: 4}}
columns:
  mood: {sampler: category, values: [glad, cross, tired]}
  age: {sampler: integer, low: 18, high: 90}
  letter:
    structured: Write a letter of somebody who is {{ mood }} and {{ age }} years old.
    schema:
      type: object
      properties: {title: {type: string, maxLength: 400}, body: {type: string, minLength: 5}}
      required: [title, body]
      additionalProperties: false
  reply: {text: "Answer this letter: {{ letter.body }}"}
checks:
  - {that: "'zephyr zephyr' not in reply"}
"""
WAITS = "0.01,0.02,0.04"


class Job:
    """A spec, its server, and the command that is run on it until it is done."""

    def __init__(self, folder: Path, records: int, fault_share: float) -> None:
        self.folder = folder
        self.records = records
        self.process: subprocess.Popen[bytes] | None = None
        self.kill_at: list[int] = []
        self._faulty = faulty(fault_share, seed=3)
        self.server = StandIn(self._script)

    def _script(self, id: str, time: int) -> Kind:  # noqa: A002
        if self.kill_at and len(self.server.served) >= self.kill_at[0] and self.process is not None:
            self.kill_at.pop(0)
            os.kill(self.process.pid, signal.SIGKILL)
        return self._faulty(id, time)

    def run(self, **environment: str) -> int:
        """The exit status of one run; below 0, the signal that ended it."""
        spec = self.folder / "spec.yaml"
        spec.write_text(SPEC.replace("URL", self.server.url))
        command = [sys.executable, "-m", "lookalike", "write", str(spec), "-n", str(self.records)]
        command += ["-o", str(self.folder / "out.jsonl"), "--json", "--quiet"]
        env = {**os.environ, "LOOKALIKE_CALL_RETRIES_S": WAITS, **environment}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log)
            self.out, _ = self.process.communicate()
        return self.process.returncode

    def check(self) -> tuple[dict[str, Any], Accounts]:
        """What the last run said of itself is what the journal and the server say."""
        lines = (self.folder / "out.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        assert len(records) == self.records
        assert len({json.dumps(record, sort_keys=True) for record in records}) == self.records
        assert all(set(record) == {"mood", "age", "letter", "reply"} for record in records)
        found = reconcile(self.folder / "out.jsonl.journal", self.server.served)
        said = json.loads(self.out)
        counts = said["counts"]
        assert counts["accepted"] == found.accepted == self.records
        assert (counts["candidates"], counts["failed"], counts["filtered"], counts["open"]) == (
            found.candidates,
            found.failed,
            found.filtered,
            found.open,
        )
        assert found.open == 0
        assert said["spent"]["tokens"] == found.tokens
        return said, found


def _go_through(job: Job, kills: list[int]) -> None:
    job.kill_at = sorted(kills)
    for _ in range(len(kills) + 1):
        status = job.run()
        assert status in (0, -signal.SIGKILL), (job.folder / "log").read_text()
        if status == 0:
            break
    assert status == 0
    assert not job.kill_at, "it ended before it was killed as often as it should be"


def test_five_hundred_records_among_faults_and_two_kills(tmp_path: Path) -> None:
    job = Job(tmp_path, 500, 0.3)
    with job.server:
        _go_through(job, [random.Random(1).randrange(60, 500), random.Random(2).randrange(600, 1200)])
        said, found = job.check()
    assert found.failed > 0
    assert said["spent"]["money"] > 0


@pytest.mark.faults
def test_ten_thousand_records_among_faults_and_twenty_kills(tmp_path: Path) -> None:
    chance = random.Random(7)
    job = Job(tmp_path, 10_000, 0.3)
    with job.server:
        _go_through(job, [chance.randrange(200, 24_000) for _ in range(20)])
        job.check()


@pytest.mark.parametrize("point", faults.CALL_POINTS)
def test_a_kill_at_any_step_of_a_call_loses_nothing(point: str, tmp_path: Path) -> None:
    job = Job(tmp_path, 12, 0.0)
    with job.server:
        assert job.run(LOOKALIKE_FAULT=f"{point}:kill:9") == -signal.SIGKILL
        assert job.run() == 0
        _, found = job.check()
    # nothing that came back whole and was kept is asked for again
    assert len(job.server.served) <= 24 + found.unsettled


def test_a_second_run_asks_for_nothing_and_writes_the_same(tmp_path: Path) -> None:
    job = Job(tmp_path, 20, 0.2)
    with job.server:
        assert job.run() == 0
        first = (tmp_path / "out.jsonl").read_bytes()
        calls = len(job.server.served)
        assert job.run() == 0
        assert len(job.server.served) == calls
        assert (tmp_path / "out.jsonl").read_bytes() == first
