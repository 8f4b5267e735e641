"""A file system of a few megabytes that really is full for a while: under the database and the blobs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from jobs_desk import Desk, copied, expected, table
from lookalike.errors import CannotWrite
from lookalike.jobs.model import Job
from manual_clock import ManualClock

ROWS = 40_000
SIZE_MB = 8
MOUNT = 'mount -t tmpfs -o size="$1"m none "$2" && shift 2 && exec "$@"'


def in_small_disk(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run ``command`` where ``place`` is a file system of its own, which ends with it."""
    mounted = ["unshare", "-r", "-m", "sh", "-c", MOUNT, "sh", str(SIZE_MB), str(place), *command]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(mounted, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Job, str]:
    """A folder with a fitted model, and the hash of the file that nothing disturbed."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "disk").mkdir()
    if not shutil.which("unshare") or in_small_disk(folder / "disk", "true").returncode:
        pytest.skip("no file system can be mounted here")
    desk = Desk(folder / "template")
    fitted = desk.fit(table())
    desk.work()
    sha256 = expected(desk, fitted, ROWS, folder / "rows.csv", seed=4)
    desk.tidy()
    desk.close()
    return folder, fitted, sha256


@pytest.mark.parametrize("free_kb", [0, 50, 150, 400, 900])
def test_a_disk_that_is_full_for_a_while_costs_nothing_but_time(
    free_kb: int, prepared: tuple[Path, Job, str]
) -> None:
    folder, fitted, sha256 = prepared
    script = [sys.executable, "-m", "faults.test_full_disk", str(folder), fitted.id, str(free_kb)]
    done = in_small_disk(folder / "disk", *script)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["refused"] > 0
    assert (told["state"], told["sha256"]) == ("completed", sha256)
    assert told["left_over"] == []


def fill(path: Path, free_kb: int) -> None:
    """Leave so many kilobytes, or what is left if it is less."""
    piece = b"x" * 1024
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(piece)
        except OSError:
            pass
        file.truncate(max(0, file.tell() - free_kb * 1024))


def main(arguments: Sequence[str]) -> None:
    """On the small disk: fill it, let a worker try, free it, let another one finish; say what came of it."""
    folder, fitted_id, free_kb = Path(arguments[0]), arguments[1], int(arguments[2])
    clock, refused = ManualClock(), 0
    desk = copied(folder / "template", folder / "disk" / "data", clock)
    job = desk.generate(desk.ledger.job(fitted_id), ROWS, seed=4)
    ballast = folder / "disk" / "ballast"
    fill(ballast, free_kb)
    worker = desk.worker("w1")
    for _ in range(12):
        try:
            if not worker.step():
                break
        except CannotWrite:
            refused += 1  # here a worker's process would end
    refused += sum(doc["failures"] for doc in desk.ledger.tasks(job.id))
    ballast.unlink()
    for _ in range(8):
        desk.sweeper.sweep()
        desk.work("w2")
        clock.wait(20)
    desk.tidy()
    ended = desk.job(job)
    result = ended.result or {"blobs": {}, "sha256": None}
    left_over = [
        key for key in desk.blobs(job) if key not in result["blobs"].values() and "problem" not in key
    ]
    left_over += [file.name for file in desk.folder.rglob("*#*")]
    told = {"refused": refused, "state": ended.state, "sha256": result["sha256"], "left_over": left_over}
    sys.stdout.write(json.dumps(told))
    desk.close()


if __name__ == "__main__":
    main(sys.argv[1:])
