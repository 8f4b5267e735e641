"""The service as its image runs it: nothing can be written but its own folder and temporary files."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lookalike
from jobs_desk import table
from lookalike.models import kernels
from service_desk import PASSWORD
from service_process import CHEAP, PATIENCE_S

UNSHARE = shutil.which("unshare") or ""
READ_ONLY = """
mount --make-rprivate / && mount --bind {home} {home} && mount -o remount,ro,bind / || exit 99
touch {outside} 2> /dev/null && exit 98
exec {command}
"""


def may_unshare() -> bool:
    """Whether this machine lets us have mounts of our own."""
    if not UNSHARE:
        return False
    return subprocess.run([UNSHARE, "--mount", "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address that makes the first account of a service that may write in one folder."""
    home = tmp_path / "home"
    (home / "tmp").mkdir(parents=True)
    if kernels.cache_folder().is_dir():  # compiled ones, as they are in a volume from the second start on
        shutil.copytree(kernels.cache_folder(), home / "cache" / "numba" / kernels.cache_folder().name)
    known = {"HOME": home / "data", "CACHE": home / "cache"}
    environment = {**os.environ, **CHEAP, **{f"LOOKALIKE_{k}": str(v) for k, v in known.items()}}
    environment |= {"TMPDIR": str(home / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = shlex.join([sys.executable, "-m", "lookalike", "up", "--port", "0", "--json", "--tied"])
    script = READ_ONLY.format(home=home, outside=tmp_path / "outside", command=command)
    process = subprocess.Popen(
        [UNSHARE, "--mount", "sh", "-c", script],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.wait(PATIENCE_S)
    yield json.loads(line)["setup"]
    process.terminate()
    assert process.wait(PATIENCE_S) == 0
    process.stdout.close()


@pytest.mark.skipif(not may_unshare(), reason="this machine allows no mounts of one's own")
def test_a_table_becomes_rows_where_nothing_else_can_be_written(address: str, tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_bytes(table(300))
    client = lookalike.Client.set_up(address, "ada", PASSWORD)
    dataset = client.datasets.upload(tmp_path / "few.csv")
    job = client.jobs.wait(client.jobs.fit(dataset["id"])["id"])
    generation = client.generations.create(job["id"], 1_000)
    client.generations.wait(generation["id"])
    client.generations.download(generation["id"], tmp_path / "rows.csv")
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 1_001
