"""The command line: results on standard output, everything else on standard error, one exit per kind."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import marginals

TESTS = Path(__file__).parents[1]
CSV = "town,age,income\n" + "".join(
    f"{town},{age},{'>50K' if age > 40 else '<=50K'}\n" for age in range(20, 60) for town in ("Ulm", "Bonn")
)
Run = Callable[..., subprocess.CompletedProcess[str]]
PATIENCE_S = 8
"""For what is over in 2 s on an idle machine, and would go on for a minute."""


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which another package provides two models, as an installed one would."""
    site = tmp_path_factory.mktemp("site")
    info = site / "plug-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: plug\nVersion: 1\n")
    model, fitted = marginals.PLACES
    (info / "entry_points.txt").write_text(
        f"[lookalike.models]\nmarginals = {model}\ndeaf = marginals:Deaf\n"
        f"[lookalike.fitted_models]\nmarginals = {fitted}\n"
    )
    path = os.pathsep.join([str(site), str(TESTS), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "COLUMNS": "100", "LOOKALIKE_DEBUG": ""}


@pytest.fixture
def run(env: dict[str, str], tmp_path: Path) -> Run:
    def call(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lookalike", *arguments]
        return subprocess.run(
            command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False, **options
        )  # type: ignore[call-overload,no-any-return]

    (tmp_path / "train.csv").write_text(CSV)
    return call


@pytest.fixture(scope="module")
def model(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    (folder / "train.csv").write_text(CSV)
    command = [sys.executable, "-m", "lookalike", "fit", "train.csv", "-o", "m.lal", "--model", "marginals"]
    subprocess.run(command, env=env, cwd=folder, check=True, capture_output=True)
    return str(folder / "m.lal")


def test_synth_is_fit_and_sample_in_one(run: Run, tmp_path: Path) -> None:
    one = run(
        "synth",
        "train.csv",
        "-n",
        "1_000",
        "-o",
        "a.parquet",
        "--model",
        "marginals",
        "--target",
        "income",
        "--json",
    )
    assert one.returncode == 0, one.stderr
    figures = json.loads(one.stdout)
    run("fit", "train.csv", "-o", "m.lal", "--model", "marginals", "--target", "income")
    two = json.loads(run("sample", "m.lal", "-n", "1e3", "-o", "b.parquet", "--json").stdout)
    assert figures["sha256"] == two["sha256"]
    assert figures["model_sha256"] == two["model_sha256"]
    assert figures["rows"] == two["rows"] == pq.read_table(tmp_path / "a.parquet").num_rows == 1_000
    assert figures["target"] == "income"
    assert set(figures["steps"]) == {"reading", "fitting", "sampling"}
    assert figures["size_bytes"] == (tmp_path / "a.parquet").stat().st_size
    assert (tmp_path / figures["manifest"]).is_file()


def test_rows_go_to_standard_output_and_nothing_else_does(run: Run, model: str) -> None:
    done = run("sample", model, "-n", "3", "-o", "-")
    lines = done.stdout.splitlines()
    assert lines[0] == "town,age,income"
    assert len(lines) == 4
    assert "sampling" in done.stderr
    quiet = run("sample", model, "-n", "3", "-o", "-", "--quiet")
    assert quiet.stdout == done.stdout
    assert quiet.stderr == ""


def test_a_table_may_come_from_standard_input(run: Run) -> None:
    done = run("synth", "-", "-n", "2", "-o", "-", "--model", "marginals", input=CSV)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("town,age,income\n")


def test_a_slice_is_the_slice_of_the_whole(run: Run, model: str) -> None:
    whole = run("sample", model, "-n", "300", "-o", "-").stdout.splitlines()
    part = run(
        "sample", model, "-n", "20", "--start", "250", "--rows-per-chunk", "7", "--workers", "2", "-o", "-"
    )
    assert part.stdout.splitlines() == [whole[0], *whole[251:271]]


def test_reading_can_be_overridden(run: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_bytes("1;'ä;b'\n2;'c'\n".encode("latin-1"))
    done = run(
        "schema", "odd.txt", "--format", "csv", "--delimiter", ";", "--quote", "'", "--encoding", "latin-1",
        "--no-header", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["train_rows"] == 2
    assert figures["columns"] == 2


def test_a_schema_is_shown_edited_and_used(run: Run, tmp_path: Path) -> None:
    shown = run("schema", "train.csv", "--quiet")
    assert run("schema", "train.csv", "-o", "s.yaml").stdout == ""
    assert (tmp_path / "s.yaml").read_text() == shown.stdout
    assert "name: income" in shown.stdout
    (tmp_path / "s.yaml").write_text(
        shown.stdout.replace("kind: numerical", "kind: numerical\n    action: drop")
    )
    done = run("synth", "train.csv", "--schema", "s.yaml", "-n", "1", "-o", "-", "--model", "marginals")
    assert done.stdout.splitlines()[0] == "town,income"


def test_inspect_says_what_is_inside(run: Run, model: str) -> None:
    text = run("inspect", model).stdout
    assert "marginals" in text
    assert "What of the data is inside" in text
    assert "town" in text
    facts = json.loads(run("inspect", model, "--json").stdout)
    assert facts["hash"] in text
    assert facts["provenance"]["rows"] == 80


def test_a_file_is_made_again_from_its_manifest(run: Run, model: str, tmp_path: Path) -> None:
    run("sample", model, "-n", "500", "--seed", "4", "-o", "a.csv.gz")
    done = run("sample", model, "--manifest", "a.csv.gz.manifest.json", "-o", "b.csv.gz", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["same_file"] is True
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    both = run("sample", model, "--manifest", "a.csv.gz.manifest.json", "-n", "5", "-o", "c.csv.gz")
    assert both.returncode == 2
    assert "rows" in both.stderr
    run("fit", "train.csv", "-o", "other.lal", "--model", "marginals", "--seed", "1")
    other = run("sample", "other.lal", "--manifest", "a.csv.gz.manifest.json", "-o", "c.csv.gz")
    assert other.returncode == 6
    assert not (tmp_path / "c.csv.gz").exists()


def test_limits_can_be_raised(run: Run, tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text(
        (",".join(f"c{j}" for j in range(1_200)) + "\n") + (",".join("7" * 1_200) + "\n") * 3
    )
    refused = run("schema", "wide.csv")
    assert refused.returncode == 4
    assert "--limit columns=N" in refused.stderr
    done = run("schema", "wide.csv", "--limit", "columns=2_000", "--limit", "bytes=1000000", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["columns"] == 1_200


EXITS = {
    "a limit that is none": (2, ["fit", "train.csv", "-o", "a.lal", "--limit", "height=3"]),
    "more rows than numbers": (2, ["sample", "{model}", "-n", "1e999", "-o", "a.csv"]),
    "an unknown option": (2, ["sample", "{model}", "-n", "1", "-o", "a.csv", "--colour"]),
    "no such command": (2, ["sell"]),
    "rows that are no number": (2, ["sample", "{model}", "-n", "many", "-o", "a.csv"]),
    "no rows said": (2, ["sample", "{model}", "-o", "a.csv"]),
    "no rows wanted": (2, ["sample", "{model}", "-n", "0", "-o", "a.csv"]),
    "an ending that is no format": (2, ["sample", "{model}", "-n", "1", "-o", "a.docx"]),
    "rows and figures on one output": (2, ["sample", "{model}", "-n", "1", "-o", "-", "--json"]),
    "a condition that is none": (2, ["sample", "{model}", "-n", "1", "-o", "a.csv", "--where", "age"]),
    "no such model": (2, ["fit", "train.csv", "-o", "a.lal", "--model", "forest"]),
    "no such privacy": (2, ["fit", "train.csv", "-o", "a.lal", "--model", "marginals", "--privacy", "lax"]),
    "no such model, before the table is read": (2, ["fit", "none.csv", "-o", "a.lal", "--model", "forest"]),
    "no threads": (2, ["fit", "train.csv", "-o", "a.lal", "--threads", "0"]),
    "a model on standard output": (2, ["fit", "train.csv", "-o", "-"]),
    "rows over the table": (2, ["synth", "train.csv", "-n", "1", "-o", "./train.csv"]),
    "a model over the table": (2, ["fit", "train.csv", "-o", "train.csv"]),
    "a schema over the table": (2, ["schema", "train.csv", "-o", "train.csv"]),
    "no such column": (4, ["sample", "{model}", "-n", "1", "-o", "a.csv", "--where", "size=1"]),
    "no such table": (4, ["fit", "none.csv", "-o", "a.lal"]),
    "a ragged table": (4, ["fit", "ragged.csv", "-o", "a.lal"]),
    "no such target": (4, ["fit", "train.csv", "-o", "a.lal", "--target", "size"]),
    "a schema that is none": (4, ["fit", "train.csv", "-o", "a.lal", "--schema", "train.csv"]),
    "a model that is none": (5, ["sample", "train.csv", "-n", "1", "-o", "a.csv"]),
    "a model that is not there": (5, ["inspect", "none.lal"]),
    "no such folder": (7, ["sample", "{model}", "-n", "1", "-o", "no/a.csv"]),
    "no such folder for a model": (7, ["fit", "train.csv", "-o", "no/a.lal"]),
}


@pytest.mark.parametrize("case", EXITS)
def test_each_kind_of_failure_has_its_exit(run: Run, model: str, tmp_path: Path, case: str) -> None:
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    before = sorted(p.name for p in tmp_path.iterdir())
    status, arguments = EXITS[case]
    done = run(*(argument.format(model=model) for argument in arguments))
    assert done.returncode == status, done.stderr
    assert done.stdout == "" or "--json" in arguments
    assert "Traceback" not in done.stderr
    assert "rror" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_an_error_says_what_where_and_what_to_do(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    done = run("fit", "ragged.csv", "-o", "m.lal", "--json")
    what, where, hint = done.stderr.splitlines()[:3]
    assert what.startswith("error: ")
    assert "ragged.csv, row 2" in where
    assert hint.strip().startswith("what to do: ")
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "bad-table"
    assert error["row"] == 2
    assert "Traceback" not in done.stderr


def test_debugging_adds_the_traceback(run: Run, env: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lookalike", "inspect", "none.lal"]
    told = {**env, "LOOKALIKE_DEBUG": "1"}
    done = subprocess.run(command, env=told, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 5
    assert "Traceback" in done.stderr


def test_a_name_cannot_drive_the_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "evil\x1b[2J.lal").write_bytes(b"")
    done = run("inspect", "evil\x1b[2J.lal")
    assert done.returncode == 5
    assert "\x1b" not in done.stderr
    assert "\\x1b" in done.stderr


def test_a_reader_that_wants_no_more_is_no_failure(env: dict[str, str], model: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lookalike", "sample", model, "-n", "200000", "-o", "-"]
    with subprocess.Popen(
        command, env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == 0, said
    assert "rror" not in said


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    pause = threading.Event()
    while not what():
        assert time.monotonic() < until
        pause.wait(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_sampling_and_leaves_nothing(
    env: dict[str, str], model: str, tmp_path: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "lookalike", "sample", model, "-n", "100_000_000", "-o", "a.csv"]
    with subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: any(tmp_path.iterdir()))
        began = time.monotonic()
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert time.monotonic() - began < PATIENCE_S
    assert "nothing half-made" in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_signal_while_it_starts_is_told_like_any_other(env: dict[str, str], model: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "lookalike", "sample", model, "-o", "a.csv"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not process.stderr.readline().rstrip().endswith(" typer"):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "nothing half-made" in said
    assert "Traceback" not in said


def test_work_that_does_not_look_is_ended_all_the_same(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(CSV)
    command = [sys.executable, "-m", "lookalike", "fit", "train.csv", "-o", "m.lal", "--model", "deaf"]
    with subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "reading" in process.stderr.readline()
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert time.monotonic() - began < PATIENCE_S
    assert [p.name for p in tmp_path.iterdir()] == ["train.csv"]


def test_a_terminal_gets_a_bar(env: dict[str, str], model: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lookalike", "sample", model, "-n", "60_000", "-o", "a.csv"]
    leader, follower = pty.openpty()
    with subprocess.Popen(command, env={**env, "TERM": "xterm"}, cwd=tmp_path, stderr=follower) as process:
        os.close(follower)
        seen = b""
        try:
            while piece := os.read(leader, 4096):
                seen += piece
        except OSError:
            pass  # Linux says that the other end is closed in this way
    os.close(leader)
    assert process.returncode == 0
    assert b"\x1b[" in seen
    assert "━".encode() in seen
    assert b"60,000 rows" in seen


def test_the_version_is_said_and_help_needs_nothing_heavy(env: dict[str, str], run: Run) -> None:
    import lookalike

    assert run("--version").stdout == f"lookalike {lookalike.__version__}\n"
    command = [sys.executable, "-X", "importtime", "-m", "lookalike", "--help"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    taken = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "import time:" in line}
    assert "lookalike.cli" in taken
    heavy = {"numpy", "pyarrow", "numba", "pydantic", "fastapi", "aiohttp", "jinja2", "cryptography"}
    assert heavy & taken == set()
    assert len(taken) < 300
