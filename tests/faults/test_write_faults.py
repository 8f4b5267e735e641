"""Every step between the first byte and the rename is broken in turn: by an error, and by a kill."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

import counted
from lookalike import faults
from lookalike.errors import CannotWrite

ROWS = 40_000
NAMES = ["a.parquet", "a.csv", "a.jsonl.gz", "a.tsv.zst"]
WHOLE = {"after-rename"}
"""Points after which the new file is in place."""


def whole(name: str, folder: Path) -> str:
    return counted.sample(ROWS).write(folder / name, manifest=False).sha256


def found(folder: Path, name: str) -> str | None:
    path = folder / name
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def run(folder: Path, name: str, fault: str) -> int:
    script = "import counted, sys; counted.sample(int(sys.argv[2])).write(sys.argv[1], manifest=False)"
    environment = os.environ | {
        "PYTHONPATH": str(Path(counted.__file__).parent),
        "LOOKALIKE_FAULT": fault,
    }
    command = [sys.executable, "-c", script, str(folder / name), str(ROWS)]
    return subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=False).returncode


@pytest.mark.parametrize("point", faults.WRITE_POINTS)
@pytest.mark.parametrize("old", [None, b"old"])
@pytest.mark.parametrize("name", NAMES)
def test_an_error_at_any_step_leaves_the_old_file_or_the_whole_new_one(
    name: str, old: bytes | None, point: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = whole(name, tmp_path)
    (tmp_path / name).unlink()
    if old is not None:
        (tmp_path / name).write_bytes(old)
    before = found(tmp_path, name)
    monkeypatch.setenv("LOOKALIKE_FAULT", f"{point}:error")
    with pytest.raises(CannotWrite, match="disk is full"):
        whole(name, tmp_path)
    monkeypatch.delenv("LOOKALIKE_FAULT")
    assert found(tmp_path, name) == (new if point in WHOLE else before)
    assert {p.name for p in tmp_path.iterdir()} <= {name}
    assert whole(name, tmp_path) == new


@pytest.mark.parametrize("point", faults.WRITE_POINTS)
@pytest.mark.parametrize("old", [None, b"old"])
def test_a_kill_at_any_step_leaves_the_old_file_or_the_whole_new_one(
    old: bytes | None, point: str, tmp_path: Path
) -> None:
    name = "a.parquet"
    new = whole(name, tmp_path)
    (tmp_path / name).unlink()
    if old is not None:
        (tmp_path / name).write_bytes(old)
    before = found(tmp_path, name)
    assert run(tmp_path, name, f"{point}:kill") == -9
    assert found(tmp_path, name) == (new if point in WHOLE else before)
    assert whole(name, tmp_path) == new


@pytest.mark.parametrize("name", NAMES)
def test_each_write_can_be_the_one_that_fails(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = whole(name, tmp_path)
    (tmp_path / name).write_bytes(b"old")
    for which in itertools.count(1):
        monkeypatch.setenv("LOOKALIKE_FAULT", f"before-write:error:{which}")
        try:
            done = whole(name, tmp_path)
        except CannotWrite:
            assert (tmp_path / name).read_bytes() == b"old"
            assert [p.name for p in tmp_path.iterdir()] == [name]
            continue
        assert done == new
        break
    assert which > 4


@pytest.mark.faults
@pytest.mark.parametrize("name", NAMES)
def test_a_kill_at_each_write_leaves_the_old_file(name: str, tmp_path: Path) -> None:
    new = whole(name, tmp_path)
    (tmp_path / name).write_bytes(b"old")
    for which in itertools.count(1):
        if run(tmp_path, name, f"before-write:kill:{which}") == 0:
            break
        assert (tmp_path / name).read_bytes() == b"old"
    assert found(tmp_path, name) == new
    assert which > 4


def test_a_full_disk_under_the_manifest_leaves_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = whole("a.csv", tmp_path)
    writes = 1 + ROWS // 10_000  # the header, the blocks; the next one is the manifest's
    monkeypatch.setenv("LOOKALIKE_FAULT", f"before-write:error:{writes + 1}")
    with pytest.raises(CannotWrite, match="manifest"):
        counted.sample(ROWS).write(tmp_path / "a.csv")
    assert found(tmp_path, "a.csv") == new
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
