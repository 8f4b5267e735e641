"""The rule of how many workers there are, and the figures of the machine that it goes by."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lookalike.jobs.scaling import Load, Machine, wanted


@pytest.mark.parametrize(
    ("workers", "load", "expected"),
    [
        (1, Load(0.81, 0.50, 0), 2),
        (1, Load(0.10, 0.10, 6), 2),
        (1, Load(0.80, 0.85, 5), 1),
        (4, Load(0.99, 0.50, 99), 4),  # no more than there may be
        (1, Load(0.99, 0.86, 99), 1),  # one more would take of the memory that is short
        (3, Load(0.39, 0.49, 1), 2),
        (3, Load(0.40, 0.49, 1), 3),
        (3, Load(0.39, 0.50, 1), 3),
        (3, Load(0.39, 0.49, 2), 3),
        (1, Load(0.0, 0.0, 0), 1),  # no fewer than there must be
        (9, Load(0.60, 0.60, 3), 4),
    ],
)
def test_workers_follow_processors_memory_and_queue(workers: int, load: Load, expected: int) -> None:
    assert wanted(workers, load, least=1, most=4) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_machine_is_measured_between_two_looks(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu  100 0 100 700 100 0 0 0 0 0\n")
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
    machine = Machine(tmp_path)
    (tmp_path / "stat").write_text("cpu  160 0 120 710 110 0 0 0 0 0\n")
    assert machine.cpu() == pytest.approx(0.8)
    assert machine.cpu() == 0.0
    assert machine.memory() == pytest.approx(0.75)
    real = Machine()
    assert 0 <= real.cpu() <= 1
    assert 0 < real.memory() < 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_stopped_process_is_told_from_one_that_waits() -> None:
    waiting = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    machine = Machine()
    assert not machine.is_stopped(waiting.pid)
    waiting.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, waiting.pid, os.WSTOPPED | os.WNOWAIT)
    assert machine.is_stopped(waiting.pid)
    waiting.kill()
    waiting.wait()
    assert not machine.is_stopped(waiting.pid)


def test_where_there_is_no_proc_nothing_is_claimed(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert 0 <= machine.cpu() <= 1
    assert machine.memory() == 0.0
    assert not machine.is_stopped(1)
