"""What the README tells a newcomer to type works as it stands there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
ADULT = ROOT / "examples" / "data" / "adult" / "train.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ADULT, tmp_path / "data.csv")
    shutil.copytree(ROOT / "examples" / "records", tmp_path / "examples/records")
    (tmp_path / "examples/data/adult").mkdir(parents=True)
    shutil.copy(ADULT, tmp_path / "examples/data/adult/train.csv")
    return tmp_path


def commands() -> list[str]:
    blocks = re.findall(r"^```\n(.*?)^```", README, re.S | re.M)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("lookalike ")]


def test_every_command_of_the_readme_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_HOME", str(folder / "home"))
    assert len(commands()) >= 10
    for line in commands():
        words = shlex.split(line, comments=True)
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stderr)
    assert pq.read_metadata(folder / "synthetic.parquet").num_rows == 1_000_000
    assert (folder / "rich.csv").read_text().count(">50K") == 1_000
    assert sorted(p.suffix for p in folder.glob(".*")) == []


def test_the_python_of_the_readme_runs(folder: Path) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", README, re.S | re.M)
    assert "== model.hash" in block
    code = re.sub(r"^(.* == model\.hash)$", r"assert \1", block, flags=re.M)
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    assert pq.read_metadata(folder / "out.parquet").num_rows == 1_000_000
