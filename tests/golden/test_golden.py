"""Models of every supported stream version draw the rows they always drew, on any machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lookalike as la
from golden import make
from lookalike.randomness import STREAM_VERSION
from variety import every_kind

HERE = Path(__file__).parent
GOLDEN = sorted(HERE.glob("stream-*.lal"))


def test_the_current_stream_version_has_its_golden_models() -> None:
    assert {path.stem for path in GOLDEN} >= {
        f"stream-{STREAM_VERSION}-{m}" for m in ("trees", "independent")
    }


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_model_opens_and_draws_its_golden_rows(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())
    model = la.load(path)
    assert model.hash == expected["model"]
    assert make.rows(model) == expected["rows"]


@pytest.mark.parametrize(
    "path", [p for p in GOLDEN if f"stream-{STREAM_VERSION}-" in p.stem], ids=lambda p: p.stem
)
def test_fitting_anew_gives_the_golden_model(path: Path) -> None:
    model = la.fit(every_kind(1_000), "income", model=path.stem.rpartition("-")[2])
    assert model.hash == la.load(path).hash


def test_kernels_do_what_their_source_says() -> None:
    """The same fit and the same rows with the kernels as plain Python, no compiler between."""
    code = (
        "import json, lookalike as la; from golden import make; from variety import every_kind\n"
        "model = la.fit(every_kind(120), 'income', threads=1)\n"
        "make.ROWS = 40\n"
        "print(json.dumps([model.hash, make.rows(model)]))"
    )
    told: list[object] = []
    for disabled in ("0", "1"):
        env = {
            **os.environ,
            "PYTHONPATH": str(HERE.parent),
            "NUMBA_DISABLE_JIT": disabled,
            "PYTHONWARNINGS": "ignore",
        }
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        told.append(json.loads(done.stdout))
    assert told[0] == told[1]
