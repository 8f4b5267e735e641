"""What `make demo` runs does the main job through a service of its own, tells, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from demo import all_one
from jobs_desk import table
from lookalike.errors import VerificationFailed
from service_process import CHEAP, PATIENCE_S, gone, until

EXAMPLES = Path(__file__).parents[2] / "examples"


def command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, str(EXAMPLES / name), *arguments]


def environment(folder: Path) -> dict[str, str]:
    """With a folder for temporary files that has nothing else in it."""
    (folder / "tmp").mkdir(exist_ok=True)
    return {**os.environ, **CHEAP, "COLUMNS": "160", "TERM": "dumb", "TMPDIR": str(folder / "tmp")}


def run(folder: Path, name: str, *arguments: str) -> str:
    """What it printed; it has to exit with 0."""
    done = subprocess.run(
        command(name, *arguments),
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows_told(said: str) -> list[int]:
    return [sum(line.startswith(word) for line in said.splitlines()) for word in ("real ", "made ")]


def started_in(folder: Path) -> list[int]:
    """The processes whose data is in ``folder``."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"LOOKALIKE_HOME={folder}".encode() in entry.read_bytes() and not gone(int(entry.parent.name)):
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def test_the_main_job_goes_through_the_service_and_five_hashes_are_one(tmp_path: Path) -> None:
    said = run(tmp_path, "demo.py", "--rows", "20000")
    for word in (
        "upload",
        "rows/s",
        "events",
        "broken off on purpose",
        "Privacy",
        "gate passes",
        "verify, 5 blocks",
        "found in the file",
        "MB",
        "All in",
    ):
        assert word in said
    hashes = re.findall(r"\b([0-9a-f]{64})  ✓", said)
    assert (len(hashes), len(set(hashes))) == (5, 1)
    assert rows_told(said) == [5, 5]
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == ["adult.html", "adult.lal", "adult.parquet", "adult.parquet.signed.json"]
    assert list((tmp_path / "tmp").iterdir()) == []
    assert started_in(tmp_path) == []


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """What is printed of a service that goes on, and its process id."""
    (tmp_path / "few.csv").write_bytes(table(300))
    said = run(tmp_path, "demo.py", "--train", "few.csv", "--rows", "1000", "--keep")
    pid = int(re.findall(r"kill (\d+)", said)[0])
    yield said, pid
    os.kill(pid, signal.SIGTERM)
    until(lambda: started_in(tmp_path) == [])


def test_what_is_kept_goes_on_and_its_address_signs_in_once(kept: tuple[str, int]) -> None:
    said, _ = kept
    base, code = re.findall(r"(http://127\.0\.0\.1:\d+)/#sign-in=(\S+)", said)[0]
    with httpx.Client(base_url=base, trust_env=False) as client:
        signed = client.post("/api/auth/code", json={"code": code})
        assert (signed.status_code, signed.json()["user"]["login"]) == (200, "demo")
        headers = {"Authorization": f"Bearer {signed.json()['accessToken']}"}
        assert client.get("/api/generation", headers=headers).json()["counts"]["completed"] == 1
        assert client.post("/api/auth/code", json={"code": code}).status_code == 401


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_however_it_is_stopped_nothing_that_it_started_goes_on(
    tmp_path: Path, number: int, status: int
) -> None:
    process = subprocess.Popen(
        command("demo.py"), cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as out:
        while "start the service" not in out.readline():
            assert process.poll() is None
        assert started_in(tmp_path) != []
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == status
    until(lambda: started_in(tmp_path) == [])


def test_hashes_that_differ_are_a_failure_that_names_them() -> None:
    all_one({"one": "aa", "two": "aa"})
    with pytest.raises(VerificationFailed) as found:
        all_one({"the file": "aa", "the manifest": "ab"})
    assert found.value.exit_status == 6
    assert "ab  the manifest" in str(found.value.hint)


def test_the_same_job_with_the_library_alone_tells_what_it_made(tmp_path: Path) -> None:
    said = run(tmp_path, "library.py", "--rows", "20000")
    for word in ("fit", "write Parquet", "write CSV", "rows/s", "SHA-256", "MB", "Privacy", "gate passes"):
        assert word in said
    assert rows_told(said) == [5, 5]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "adult.csv",
        "adult.csv.manifest.json",
        "adult.html",
        "adult.lal",
        "adult.parquet",
        "adult.parquet.manifest.json",
    ]
