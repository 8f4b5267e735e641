"""A worker says of each attempt which task it was and how it ended, and nothing of the data."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from jobs_desk import CANARY, Desk, table
from lookalike.jobs.spoken import to_lines
from lookalike.jobs.work import Limits, Worker


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    made = Desk(tmp_path)
    yield made
    made.close()


def said(desk: Desk) -> tuple[list[dict[str, Any]], str]:
    """What a worker says that does all there is to do, and the text of it."""
    stream = io.StringIO()
    worker = Worker(
        desk.stores, desk.ledger, pool="default", name="w1", limits=Limits(0.05), say=to_lines(stream)
    )
    while worker.step():
        pass
    text = stream.getvalue()
    return [json.loads(line) for line in text.splitlines()], text


def test_each_attempt_is_a_line_with_its_job_task_and_trace(desk: Desk) -> None:
    job = desk.fit(table())
    (line,), text = said(desk)
    assert (line["event"], line["job"], line["task"], line["attempt"]) == ("task", job.id, 0, 1)
    assert (line["outcome"], line["code"], line["worker"], line["kind"]) == ("done", None, "w1", "fit")
    assert line["trace"] == desk.job(job).trace
    assert line["ms"] > 0
    assert CANARY not in text


def test_a_failure_is_told_by_its_code_alone(desk: Desk) -> None:
    desk.fit(f"{CANARY}-column,b\n1,2\n{CANARY}\n".encode())
    (line,), text = said(desk)
    assert (line["outcome"], line["level"], line["code"]) == ("failed", "warning", "bad-table")
    assert CANARY not in text
