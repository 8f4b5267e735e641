"""Runs that end before their time: a disk that fills up, a kill, Ctrl-C. Nothing half-made is left."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADULT = ROOT / "examples" / "data" / "adult" / "train.csv"
SMALL_DISK = 3_000_000


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("model") / "adult.lal"
    command = [
        sys.executable,
        "-m",
        "lookalike",
        "fit",
        str(ADULT),
        "-o",
        str(path),
        "--model",
        "independent",
    ]
    subprocess.run(command, check=True, capture_output=True)
    return str(path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None] | None]]:
    """A folder in which 3 MB have room, and what a process must do first for that.

    A file system of its own where one may be mounted (as root); elsewhere a limit on the size of files.
    """
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        limit = (SMALL_DISK, SMALL_DISK)
        yield folder, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        return
    try:
        yield folder, None
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl.gz"])
def test_a_disk_that_fills_up_leaves_the_old_file_and_exit_7(
    model: str, small_disk: tuple[Path, Callable[[], None] | None], name: str
) -> None:
    folder, before = small_disk
    (folder / name).write_bytes(b"old")
    command = [sys.executable, "-m", "lookalike", "sample", model, "-n", "1_000_000", "-o", name]
    done = subprocess.run(
        command,
        cwd=folder,
        preexec_fn=before,  # there are no threads yet
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    assert "Traceback" not in done.stderr
    assert "what to do" in done.stderr
    assert [p.name for p in folder.iterdir()] == [name]
    assert (folder / name).read_bytes() == b"old"


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "lookalike", *arguments]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)


def wait_for(what: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while not what():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        threading.Event().wait(0.02)


def test_a_killed_run_leaves_nothing_under_the_name_and_does_not_stand_in_the_way(
    model: str, tmp_path: Path
) -> None:
    with started(tmp_path, "sample", model, "-n", "50_000_000", "-o", "a.csv") as process:
        wait_for(lambda: any(p.stat().st_size > 1_000_000 for p in tmp_path.iterdir()), process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert not (tmp_path / "a.csv").exists()
    assert not (tmp_path / "a.csv.manifest.json").exists()
    with started(tmp_path, "sample", model, "-n", "100", "-o", "a.csv") as process:
        process.communicate()
    assert process.returncode == 0
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 101


def test_ctrl_c_ends_a_fit_and_the_sampling_after_it(tmp_path: Path) -> None:
    """At whatever moment it comes: while reading, while fitting, while sampling."""
    header, *rows = ADULT.read_text().splitlines(keepends=True)
    (tmp_path / "train.csv").write_text(header + "".join(rows * 10))
    for after in ("reading", "fitting", "sampling"):
        done = {"reading": None, "fitting": "reading", "sampling": "fitting"}[after]
        command = ("synth", "train.csv", "-n", "100_000_000", "-o", "a.parquet", "--target", "income")
        with started(tmp_path, *command) as process:
            assert process.stderr is not None
            if done is None:
                threading.Event().wait(1.0)
            else:
                while not process.stderr.readline().startswith(done):
                    assert process.poll() is None
                threading.Event().wait(0.5)
            process.send_signal(signal.SIGINT)
            began = time.monotonic()
            said = process.communicate(timeout=30)[1]
        assert process.returncode == 130, (after, said)
        assert time.monotonic() - began < 8, after  # 2 s on an idle machine
        assert "nothing half-made" in said
        assert "Traceback" not in said
        assert os.listdir(tmp_path) == ["train.csv"]  # noqa: PTH208  (hidden files too)
