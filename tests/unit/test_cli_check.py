"""`lookalike check`, and the holdout and report of `fit` and `synth`: what is printed, written, returned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from lookalike.quality.thresholds import THRESHOLDS

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def table(rows: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows).round(3)
    return pa.table(
        {
            "x": x,
            "y": (x + rng.normal(size=rows)).round(3),
            "town": rng.choice(["Ulm", "Bonn", "Kiel"], rows),
            "flag": np.where(x + rng.normal(size=rows) > 0, "yes", "no"),
        }
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    few = (("few", 50, 4), ("made", 40, 5))  # of which next to nothing can be measured, at once
    for name, rows, seed in (("real", 700, 1), ("synth", 600, 2), ("unseen", 300, 3), *few):
        csv.write_csv(table(rows, seed), tmp_path / f"{name}.csv")

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lookalike", *arguments]
        env = {**os.environ, "COLUMNS": "120", "LOOKALIKE_DEBUG": ""}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    return call


def test_a_summary_a_report_and_the_gate_that_passes(run: Run, tmp_path: Path) -> None:
    done = run(
        "check", "real.csv", "synth.csv", "--holdout", "unseen.csv", "--target", "flag",
        "--report", "r.html", "--gate",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for word in ("Fidelity", "Utility", "Privacy", "detection.auc", "The default gate passes"):
        assert word in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120
    assert "r.html: the report" in done.stderr
    assert "Passed by" in (tmp_path / "r.html").read_text()


def test_a_refusal_exits_with_3_and_says_why(run: Run) -> None:
    done = run("check", "real.csv", "real.csv", "--holdout", "unseen.csv", "--gate")
    assert done.returncode == 3
    assert "✕ privacy.copies: " in done.stdout
    assert "error: The gate refuses: " in done.stderr


def test_quiet_prints_nothing_but_the_refusal(run: Run) -> None:
    done = run("check", "few.csv", "made.csv", "--gate", "--quiet")
    assert (done.returncode, done.stdout) == (3, "")
    assert "privacy.copies" in done.stderr


def test_without_gate_a_refusal_is_told_and_the_exit_is_0(run: Run) -> None:
    done = run("check", "few.csv", "made.csv")
    assert done.returncode == 0
    assert "The default gate refuses" in done.stdout
    assert "there is no holdout" in done.stdout


@pytest.mark.parametrize("waive", [True, False])
def test_json_is_the_contract_whether_it_passes_or_not(run: Run, tmp_path: Path, waive: bool) -> None:
    names = ", ".join(THRESHOLDS) if waive else ""
    (tmp_path / "gate.yml").write_text(f"waive: [{names}]\n")
    done = run("check", "few.csv", "made.csv", "--gate", "gate.yml", "--json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((ROOT / "contracts/check.schema.json").read_text()))
    assert found["gate"]["gate"] == "gate.yml"
    assert found["gate"]["passed"] == (done.returncode == 0) == waive
    assert ("privacy.copies" in found["gate"]["waived"]) == waive


def test_a_gate_file_is_read_before_anything_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text("waive: [privacy.copys]\n")
    for said in (["--gate", "gate.yaml"], ["--gate=gate.yaml"]):
        done = run("check", "real.csv", "nothing.csv", *said)
        assert done.returncode == 4
        assert "Did you mean privacy.copies?" in done.stderr


def test_gate_may_stand_before_the_tables(run: Run) -> None:
    assert run("check", "--gate", "few.csv", "made.csv").returncode == 3


@pytest.mark.parametrize(
    ("report", "exit_status"), [("none/r.html", 7), ("folder", 7), ("synth.csv", 2), ("./few.csv", 2)]
)
def test_a_report_that_cannot_be_written_leaves_nothing(
    run: Run, tmp_path: Path, report: str, exit_status: int
) -> None:
    (tmp_path / "folder").mkdir()
    before = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    done = run("check", "few.csv", "synth.csv", "--report", report)
    assert (done.returncode, done.stdout) == (exit_status, "")
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("options", "exit_status", "said"),
    [
        (["nothing.csv"], 4, "nothing.csv"),
        (["synth.csv", "--target", "nothing"], 4, "nothing"),
        (["synth.csv", "--holdout", "empty.csv"], 4, "empty.csv"),
        (["empty.csv"], 4, "empty.csv"),
    ],
)
def test_input_that_cannot_be_used_exits_with_4(
    run: Run, tmp_path: Path, options: list[str], exit_status: int, said: str
) -> None:
    (tmp_path / "empty.csv").write_text("")
    done = run("check", "few.csv", *options)
    assert done.returncode == exit_status
    assert said in done.stderr


def test_fit_and_check_hold_the_same_rows_out(run: Run, tmp_path: Path) -> None:
    assert run("fit", "few.csv", "-o", "m.lal", "--holdout", "auto", "--seed", "5").returncode == 0
    made = json.loads(run("inspect", "m.lal", "--json").stdout)["provenance"]
    assert (made["holdout"], made["holdout_rows"], made["rows"]) == ("auto", 5, 45)
    done = run("check", "few.csv", "made.csv", "--holdout", "auto", "--seed", "5", "--json")
    found = json.loads(done.stdout)
    assert (found["tables"]["real"]["rows"], found["tables"]["holdout"]["rows"]) == (45, 5)
    assert any("--holdout auto" in note for note in found["notes"])


def test_fit_notes_the_holdout_that_it_was_given(run: Run) -> None:
    assert run("fit", "few.csv", "-o", "a.lal", "--holdout", "unseen.csv").returncode == 0
    assert run("fit", "few.csv", "-o", "b.lal").returncode == 0
    held, plain = (json.loads(run("inspect", name, "--json").stdout) for name in ("a.lal", "b.lal"))
    assert held["provenance"]["holdout"] == "given"
    assert held["provenance"]["holdout_rows"] == 300
    assert "holdout" not in plain["provenance"]
    assert held["hash"] == plain["hash"]


def test_synth_with_a_report_sets_a_tenth_aside(run: Run, tmp_path: Path) -> None:
    done = run("synth", "real.csv", "-n", "500", "-o", "s.csv", "--report", "r.html", "--target", "flag")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    for word in ("Fidelity", "Privacy", "gate", "r.html"):
        assert word in done.stderr
    page = (tmp_path / "r.html").read_text()
    assert "70 rows" in page
    assert "630 rows" in page


def test_synth_takes_a_holdout_of_your_own_or_none(run: Run, tmp_path: Path) -> None:
    common = ("synth", "few.csv", "-n", "40", "-o", "s.csv", "--report", "r.html", "--json")
    own = json.loads(run(*common, "--holdout", "unseen.csv").stdout)
    assert own["gate"]["passed"] is False
    assert "300 rows" in (tmp_path / "r.html").read_text()
    none = json.loads(run(*common, "--holdout", "none").stdout)
    assert none["scores"]["privacy"] is None
    assert "without a holdout" in (tmp_path / "r.html").read_text()
    assert "privacy.copies" in none["gate"]["refused"]


def test_the_report_and_the_rows_need_two_names(run: Run, tmp_path: Path) -> None:
    done = run("synth", "real.csv", "-n", "10", "-o", "s.csv", "--report", "./s.csv")
    assert done.returncode == 2
    assert not (tmp_path / "s.csv").exists()
