"""A file system of a few megabytes that really is full for a while: under the database and the blobs.

All cases are run by one process, on a file system that ends with it: to start one costs more than a case.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from faults.kinds import TEN_TIMES, kind
from job_case import Case, Prepared, prepare
from jobs_desk import Asked, Desk
from lookalike import faults
from lookalike.errors import CannotWrite

SIZE_MB = 8
MOUNT = 'mount -t tmpfs -o size="$1"m none "$2" && shift 2 && exec "$@"'
POINTS = faults.SUBMIT_POINTS + faults.JOB_POINTS
FREE_KB = ("0", "50", "150", "250")
ASKED = Asked(owner="me", idempotency_key="once")
TRIES = 6


def in_small_disk(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run ``command`` where ``place`` is a file system of its own, which ends with it."""
    mounted = ["unshare", "-r", "-m", "sh", "-c", MOUNT, "sh", str(SIZE_MB), str(place), *command]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(mounted, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], dict[str, Any]]:
    """What came of each case the n-th time; they are run when they are first asked for."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "disk").mkdir()
    if not shutil.which("unshare") or in_small_disk(folder / "disk", "true").returncode:
        pytest.skip("no file system can be mounted here")
    prepared = prepare(folder)
    found: dict[int, dict[str, Any]] = {}

    def run(again: int) -> dict[str, Any]:
        if again not in found:
            script = [sys.executable, "-m", "faults.test_full_disk", str(folder)]
            done = in_small_disk(folder / "disk", *script, prepared.fitted.id, prepared.sha256)
            assert done.returncode == 0, done.stderr
            found[again] = json.loads(done.stdout)
        return found[again]

    return run


@kind("the disk is full (a file system of 8 MB)")
@pytest.mark.parametrize("again", TEN_TIMES)
@pytest.mark.parametrize("case", [*POINTS, *FREE_KB])
def test_a_disk_that_is_full_for_a_while_costs_nothing_but_time(
    case: str, again: int, told: Callable[[int], dict[str, Any]]
) -> None:
    """From a point on, or from the beginning but for so many kilobytes."""
    came = told(again)[case]
    assert came["problem"] is None
    assert came["refused"] > 0 or case in ("before-clean", "after-clean")
    assert came["was_full"]


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
    """On the small disk: do each case, and say what came of it."""
    folder = Path(arguments[0])
    template = Desk(folder / "template")
    prepared = Prepared(folder / "template", template.ledger.job(arguments[1]), arguments[2])
    template.close()
    json.dump({case: tried(case, prepared, folder / "disk") for case in [*POINTS, *FREE_KB]}, sys.stdout)


def tried(name: str, prepared: Prepared, disk: Path) -> dict[str, Any]:
    """Let a worker try on a disk that is full, free it, let another one finish, and check all of it."""
    case, ballast = Case(prepared, disk / "data"), disk / "ballast"
    refused, problem = 0, None
    if name in FREE_KB:
        fill(ballast, int(name))
    with faults.planted(name, lambda: fill(ballast, 0)) as planted:
        for _ in range(TRIES):
            try:
                case.submit(ASKED)
                case.desk.work("w1")
                case.desk.sweeper.sweep()
            except CannotWrite:
                refused += 1  # a worker asks again, as whoever submits does
    was_full = planted.was_passed or name in FREE_KB
    ballast.unlink(missing_ok=True)
    case.submit(ASKED)
    refused += sum(doc["failures"] for doc in case.desk.ledger.tasks(case.job.id))
    try:
        case.rest()
        case.check()
    except AssertionError as error:
        problem = "".join(traceback.format_exception(error))
    case.desk.close()
    shutil.rmtree(disk / "data")
    return {"refused": refused, "problem": problem, "was_full": was_full}


if __name__ == "__main__":
    main(sys.argv[1:])
