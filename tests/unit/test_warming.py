"""The compiled loops are made ready before workers start: all of them, once."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from pathlib import Path

import pytest

from lookalike.jobs import warming
from lookalike.models import kernels


def test_every_compiled_loop_is_in_the_cache_once_the_mark_is() -> None:
    subprocess.run([*warming.COMMAND], check=True)
    assert warming.is_warm()
    kept = {re.split(r"-\d+\.", file.name)[0] for file in kernels.cache_folder().rglob("*.nbi")}
    for source in kernels.sources():
        loops = re.findall(r"^@njit.*?^def (\w+)", source.read_text(), re.MULTILINE | re.DOTALL)
        assert loops
        assert {f"{source.stem}.{loop}" for loop in loops} <= kept


def test_where_it_is_done_nothing_is_started_and_no_time_is_lost() -> None:
    subprocess.run([*warming.COMMAND], check=True)
    told: list[str] = []
    began_s = time.process_time()
    warming.warm(threading.Event(), told.append)
    assert told == []
    assert time.process_time() - began_s < 0.2


def test_it_ends_at_once_when_it_is_asked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path))
    told: list[str] = []
    stop = threading.Event()

    def tell(state: str) -> None:
        told.append(state)
        stop.set()

    warming.warm(stop, tell)
    assert told == ["compiling"]
    assert not warming.is_warm()


def test_a_cache_that_cannot_be_written_is_told_and_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "file"))
    told: list[str] = []
    warming.warm(threading.Event(), told.append)
    assert told == ["compiling", "failed"]


@pytest.mark.parametrize("changed", ["source", "place"])
def test_the_mark_is_another_one_for_what_would_be_compiled_anew(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = warming.mark()
    if changed == "place":
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    else:
        source = tmp_path / "_kernels.py"
        source.touch()
        monkeypatch.setattr(kernels, "sources", lambda: (source,))
    assert warming.mark() != before
