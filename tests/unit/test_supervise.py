"""The supervisor: who dies is replaced, who holds things up is ended, by a clock that the test moves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike import ids
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import JOB, TASK, Job
from lookalike.jobs.scaling import Machine
from lookalike.jobs.supervise import Supervisor
from lookalike.stores.sqlite_documents import SqliteDocuments
from manual_clock import ManualClock

# says that it is there, and ends when it is asked to, or, stubborn, does not
SCRIPT = """
import signal, sys
if sys.argv[1] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
signal.pause()
"""


class Busy(Machine):
    """A machine whose figures the test says; its processes are real."""

    cpu_now, memory_now = 0.6, 0.3

    def cpu(self) -> float:
        return self.cpu_now

    def memory(self) -> float:
        return self.memory_now


class Floor:
    """A supervisor over real processes that only wait."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.ledger = Ledger(SqliteDocuments(folder / "documents.db", [JOB, TASK]), self.clock)
        self.started: list[tuple[str, subprocess.Popen[str]]] = []
        self.kind = "willing"
        self.machine = Busy()

    def spawn(self, name: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-S", "-c", SCRIPT, self.kind]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        self.started.append((name, process))
        return process

    def supervisor(self, most: int) -> Supervisor:
        return Supervisor(self.ledger, self.spawn, most=most, machine=self.machine)

    def submit(self, rows: int = 10_000) -> Job:
        job_id = ids.new("job")
        request = {"rows": rows, "blocks_per_chunk": 1}
        tasks = -(-rows // 10_000) + 1
        fields = {"owner": "me", "kind": "generate", "output": job_id, "request": request, "tasks": tasks}
        return self.ledger.submit(Job(id=job_id, **fields))  # type: ignore[arg-type]

    def ended(self) -> list[int | None]:
        return [process.poll() for _, process in self.started]


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    made = Floor(tmp_path)
    yield made
    for _, process in made.started:
        process.kill()
        process.wait()
    made.ledger.documents.close()


def test_a_dead_worker_is_replaced_and_its_task_given_back_at_once(floor: Floor) -> None:
    supervisor = floor.supervisor(most=2)
    supervisor.tick()
    assert len(supervisor.workers) == 2
    job = floor.submit()
    name, process = floor.started[0]
    assert floor.ledger.claim("default", name) is not None
    process.kill()
    process.wait()
    supervisor.tick()
    assert floor.ledger.tasks(job.id)[0]["state"] == "retrying"
    assert len(supervisor.workers) == 1
    floor.clock.wait(0.5)
    supervisor.tick()
    assert len(supervisor.workers) == 2
    assert len({name for name, _ in floor.started}) == 3


def test_workers_that_die_at_once_are_restarted_ever_more_rarely(floor: Floor) -> None:
    supervisor = floor.supervisor(most=1)
    waits: list[float] = []
    for _ in range(8):
        supervisor.tick()
        waited = 0.0
        while not supervisor.workers:
            floor.clock.wait(0.5)
            waited += 0.5
            supervisor.tick()
        waits.append(waited)
        floor.started[-1][1].kill()
        floor.started[-1][1].wait()
    assert waits == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    floor.clock.wait(30)
    supervisor.tick()
    floor.clock.wait(60)  # this one lives for long enough to be forgiven
    floor.started[-1][1].kill()
    floor.started[-1][1].wait()
    supervisor.tick()
    assert len(supervisor.workers) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_frozen_worker_is_killed(floor: Floor) -> None:
    supervisor = floor.supervisor(most=1)
    supervisor.tick()
    process = floor.started[0][1]
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    for _ in range(5):
        supervisor.tick()
        assert process.poll() is None
        floor.clock.wait(1)
    supervisor.tick()
    assert process.wait() == -signal.SIGKILL


def test_a_worker_that_goes_on_with_a_cancelled_job_is_killed_after_four_seconds(floor: Floor) -> None:
    supervisor = floor.supervisor(most=2)
    supervisor.tick()
    job = floor.submit(20_000)
    (vain, killed), (good, kept) = floor.started
    assert floor.ledger.claim("default", vain) is not None
    assert floor.ledger.claim("default", good) is not None
    other = floor.submit()
    floor.ledger.cancel(job.id)
    task = floor.ledger.documents.find("task", {"worker": good})[0]
    floor.ledger.documents.update_one("task", {"id": task["id"]}, {"state": "cancelled"})
    assert floor.ledger.claim("default", good) is not None
    supervisor.tick()
    floor.clock.wait(3.9)
    supervisor.tick()
    assert floor.ended() == [None, None]
    floor.clock.wait(0.1)
    supervisor.tick()
    assert killed.wait() == -signal.SIGKILL
    supervisor.tick()
    assert floor.ledger.job(job.id).state == "cancelled"
    assert kept.poll() is None
    assert floor.ledger.job(other.id).state == "running"


def test_workers_come_and_go_with_the_work_each_after_thirty_seconds(floor: Floor) -> None:
    supervisor = floor.supervisor(most=2)
    supervisor.tick()
    floor.machine.cpu_now = 0.1
    supervisor.tick()
    assert floor.ended() == [None, None]
    floor.clock.wait(30)
    supervisor.tick()
    assert floor.started[1][1].wait() == -signal.SIGTERM
    supervisor.tick()
    assert list(supervisor.workers) == [floor.started[0][0]]
    floor.clock.wait(60)
    supervisor.tick()
    assert len(supervisor.workers) == 1  # never none
    floor.submit(rows=60_000)
    supervisor.tick()
    assert len(supervisor.workers) == 2
    floor.submit(rows=60_000)
    supervisor.tick()
    assert len(supervisor.workers) == 2  # never more than there may be


def test_one_that_does_not_drain_is_killed_after_ten_seconds(floor: Floor) -> None:
    floor.kind = "stubborn"
    supervisor = floor.supervisor(most=2)
    supervisor.tick()
    floor.machine.cpu_now = 0.1
    floor.clock.wait(30)
    supervisor.tick()
    floor.clock.wait(9)
    supervisor.tick()
    assert floor.ended() == [None, None]
    floor.clock.wait(10)
    supervisor.tick()
    assert floor.started[1][1].wait() == -signal.SIGKILL


def test_ending_asks_all_and_leaves_none(floor: Floor) -> None:
    supervisor = floor.supervisor(most=3)
    supervisor.tick()
    supervisor.end()
    assert floor.ended() == [-signal.SIGTERM] * 3
    assert supervisor.workers == {}
    floor.clock.wait(60)
    supervisor.tick()
    assert supervisor.workers == {}
