"""Workers as they are run: processes that share nothing but the stores, under a supervisor, by real time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs_desk import CANARY, Desk, expected, table
from lookalike.jobs.entry import spawned
from lookalike.jobs.model import Job
from lookalike.jobs.supervise import Supervisor

ROWS = 400_000
PATIENCE_S = 60.0


class House:
    """A desk whose tasks are done by two supervised processes."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.fitted = self.desk.fit(table())
        self.desk.work()
        command = [sys.executable, "-m", "jobs_desk", "serve"]
        self.supervisor = Supervisor(self.desk.ledger, spawned(command), least=2, most=2, frozen_s=1.0)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tick)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self.supervisor.end()
        self.desk.close()

    def until(self, holds: Callable[[], bool]) -> float:
        """The seconds until it holds, asked whenever the database changes."""
        began, changed = time.monotonic(), self.desk.stores.documents.bell()  # type: ignore[attr-defined]
        while not holds():
            assert time.monotonic() - began < PATIENCE_S
            changed()
            threading.Event().wait(0.02)
        return time.monotonic() - began

    def state(self, job: Job, *states: str) -> Callable[[], bool]:
        return lambda: self.desk.job(job).state in states

    def _tick(self) -> None:
        while not self._ended.wait(0.2):
            self.supervisor.tick()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("LOOKALIKE_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOOKALIKE_RETRIES_S", "0.1,0.1,0.1")
    monkeypatch.setenv("LOOKALIKE_SWEEP_S", "0.2")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    made = House(tmp_path / "data")
    yield made
    made.end()


def test_a_job_survives_the_kill_of_each_of_its_workers(house: House, tmp_path: Path) -> None:
    job = house.desk.generate(house.fitted, ROWS, format="csv", compression="gzip", seed=2)
    house.start()
    for percent in (10, 50):
        house.until(lambda least=percent: house.desk.job(job).percent >= least)
        for pid in house.supervisor.workers.values():
            os.kill(pid, signal.SIGKILL)
    house.until(house.state(job, "completed", "failed"))
    done = house.desk.job(job)
    assert done.state == "completed", done.problem
    assert done.result is not None
    path = tmp_path / "rows.csv.gz"
    assert done.result["sha256"] == expected(house.desk, house.fitted, ROWS, path, seed=2)
    house.until(lambda: house.desk.job(job).clean == "done")
    house.supervisor.end()
    house.desk.tidy()
    for file, data in house.desk.bytes_on_disk():
        assert CANARY.encode() not in data, file
        assert "#" not in file.name


def test_a_running_job_is_cancelled_within_five_seconds(house: House) -> None:
    job = house.desk.generate(house.fitted, 5_000_000)
    house.start()
    house.until(lambda: house.desk.job(job).percent >= 1)
    house.desk.ledger.cancel(job.id)
    assert house.until(house.state(job, "cancelled")) < 5
    house.until(lambda: house.desk.job(job).clean == "done")
    house.supervisor.end()
    house.desk.tidy()
    assert house.desk.blobs(job) == []


def test_a_worker_that_is_asked_to_end_hands_back_within_ten_seconds(house: House) -> None:
    job = house.desk.generate(house.fitted, 1_000_000, blocks_per_chunk=100)
    house.start()
    house.until(lambda: any(doc["done"] > 0 for doc in house.desk.ledger.tasks(job.id)))
    house._ended.set()
    house._thread.join()
    began = time.monotonic()
    house.supervisor.end()
    assert time.monotonic() - began < 10
    task = house.desk.ledger.tasks(job.id)[0]
    assert (task["state"], task["failures"]) == ("pending", 0)
    assert {entry["problem"]["code"] for entry in task["attempts"]} == {"released"}


def test_a_worker_that_is_stopped_is_ended_and_its_job_goes_on(house: House) -> None:
    """It may have been stopped while it held the database; nobody could write as long as it lives."""
    job = house.desk.generate(house.fitted, ROWS)
    house.start()
    house.until(lambda: house.desk.job(job).percent >= 10)
    stopped = house.supervisor.workers
    for pid in stopped.values():
        os.kill(pid, signal.SIGSTOP)
    house.until(house.state(job, "completed", "failed"))
    assert house.desk.job(job).state == "completed"
    assert not set(stopped.values()) & set(house.supervisor.workers.values())


def test_workers_end_when_who_started_them_is_killed(house: House) -> None:
    script = (
        "import sys, time; from lookalike.jobs.entry import spawned\n"
        "process = spawned([sys.executable, '-m', 'jobs_desk', 'serve'])('orphan')\n"
        "print(process.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    orphan = int(parent.stdout.readline())
    job = house.desk.generate(house.fitted, 20_000)
    house.until(house.state(job, "completed"))
    parent.kill()
    parent.wait()
    house.until(lambda: not _is_alive(orphan))


def _is_alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_command_starts_a_worker_and_says_what_setting_is_wrong(tmp_path: Path) -> None:
    environment = os.environ | {"LOOKALIKE_HOME": str(tmp_path / "data")}
    command = [sys.executable, "-m", "lookalike", "worker", "--tied"]
    done = subprocess.run(command, env=environment, input=b"", capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "data" / "documents.db").exists()
    for name, value in [("LEASE_S", "soon-secret"), ("DOCUMENTS", "oracle:secret"), ("MASTER_KEY", "secret")]:
        wrong = subprocess.run(
            command,
            env=environment | {f"LOOKALIKE_{name}": value},
            input=b"",
            capture_output=True,
            check=False,
        )
        assert wrong.returncode == 2
        assert b"what to do" in wrong.stderr or b"LEASE_S" in wrong.stderr
        assert b"secret" not in wrong.stderr


def test_keys_are_rotated_by_a_command(house: House) -> None:
    before = (house.desk.folder / "master.key").read_bytes()
    command = [sys.executable, "-m", "lookalike", "keys", "rotate"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "2 keys" in done.stdout  # of the dataset, and of the model
    assert (house.desk.folder / "master.key").read_bytes() != before
    job = house.desk.generate(house.fitted, 10_000)
    house.desk.work()
    assert house.desk.job(job).state == "completed"
