"""The main job on real input, through the command a user types, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[2]
ADULT = ROOT / "examples" / "data" / "adult" / "train.csv"


def lookalike(folder: Path, *arguments: str, **env: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "lookalike", *arguments, "--json"],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def adult(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adult")
    lookalike(folder, "fit", str(ADULT), "-o", "adult.lal", "--target", "income")
    return folder


def test_two_fits_on_any_number_of_threads_are_one_model(adult: Path) -> None:
    hashes = {
        lookalike(adult, "fit", str(ADULT), "-o", "again.lal", "--target", "income", "--threads", threads)[
            "model_sha256"
        ]
        for threads in ("1", "2")
    }
    assert hashes == {lookalike(adult, "inspect", "adult.lal")["hash"]}


@pytest.mark.parametrize(
    "asked",
    [
        [],
        ["--where", "income='>50K'", "--where", "age=30..40"],
        ["--share", "income='>50K':0.5"],
        ["--balance", "income"],
    ],
    ids=["plain", "where", "share", "balance"],
)
def test_slices_made_by_separate_processes_are_the_whole(adult: Path, asked: list[str]) -> None:
    sample = ["sample", "adult.lal", "--seed", "3", *asked]
    whole = lookalike(adult, *sample, "-n", "30000", "-o", "whole.parquet", "--workers", "2")
    single = lookalike(
        adult, *sample, "-n", "30000", "-o", "one.parquet", "--workers", "1", "--rows-per-chunk", "777"
    )
    assert whole["sha256"] == single["sha256"]
    table = pq.read_table(adult / "whole.parquet")
    for start, rows in ((0, 1), (9_999, 2), (25_000, 100)):
        lookalike(adult, *sample, "--start", str(start), "-n", str(rows), "-o", "part.parquet")
        part = pq.read_table(adult / "part.parquet")
        assert part.to_pylist() == table.slice(start, rows).to_pylist()


def test_the_rows_are_like_the_census(adult: Path) -> None:
    lookalike(adult, "sample", "adult.lal", "-n", "50000", "-o", "rows.parquet")
    made = pq.read_table(adult / "rows.parquet")
    real = pyarrow.csv.read_csv(ADULT)
    assert made.column_names == real.column_names
    for column in ("sex", "race", "income"):
        for value in set(real[column].to_pylist()):
            here = made[column].cast("string").to_pylist().count(value) / made.num_rows
            there = real[column].to_pylist().count(value) / real.num_rows
            assert abs(here - there) < 0.02, (column, value)
    pairs = set(zip(real["education"].to_pylist(), real["education.num"].to_pylist(), strict=True))
    made_pairs = zip(
        made["education"].cast("string").to_pylist(), made["education.num"].to_pylist(), strict=True
    )
    assert set(made_pairs) <= pairs


def test_a_first_run_without_a_cache_works(tmp_path: Path, adult: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "lookalike",
        "sample",
        "adult.lal",
        "-n",
        "10",
        "-o",
        "few.csv",
        "--json",
    ]
    told: list[str] = []
    for _ in range(2):
        env = {**os.environ, "LOOKALIKE_CACHE": str(tmp_path / "new")}
        done = subprocess.run(command, cwd=adult, env=env, capture_output=True, text=True, check=True)
        told.append(done.stderr)
        figures = json.loads(done.stdout)
    assert "Compiling the kernels, once" in told[0]
    assert "Compiling" not in told[1]
    again = lookalike(adult, "sample", "adult.lal", "-n", "10", "-o", "few.csv")
    assert figures["sha256"] == again["sha256"]
