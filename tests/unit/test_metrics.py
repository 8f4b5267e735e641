"""Figures for Prometheus: counted from the ledger, for this machine and for admins."""

from __future__ import annotations

from pathlib import Path

from fitted import ROWS, generated, made, signed_in, work
from jobs_desk import CANARY
from service_desk import ServiceDesk


def test_jobs_tasks_and_rows_are_counted_once(tmp_path: Path) -> None:
    desk = ServiceDesk(tmp_path)
    owner = desk.person("editor")
    known = made(desk, owner)
    first = figures(desk)
    assert first['lookalike_jobs{kind="generate",state="completed"}'] == 1
    assert first["lookalike_rows_total"] == ROWS
    client = signed_in(desk, owner)
    for _ in range(2):
        generated(client, known.job, known.model, 10)
    waiting = figures(desk)
    assert waiting['lookalike_queue{state="pending"}'] == 2
    assert waiting["lookalike_rows_total"] == ROWS
    work(desk)
    for _ in range(2):
        done = figures(desk)
        assert done["lookalike_rows_total"] == ROWS + 20
        assert done['lookalike_task_seconds_count{outcome="done",role="finalise"}'] == 3
        assert done['lookalike_queue{state="pending"}'] == 0
    assert CANARY not in desk.nobody.get("/metrics").text
    desk.close()


def test_they_are_for_this_machine_and_for_admins(tmp_path: Path) -> None:
    desk = ServiceDesk(tmp_path)
    far = desk.client(address="203.0.113.9")
    assert far.get("/metrics").status_code == 403
    through = desk.nobody.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert through.status_code == 403
    for role, status in (("viewer", 403), ("editor", 403), ("admin", 200)):
        token = desk.person(role).access  # type: ignore[arg-type]
        assert desk.client(token, address="203.0.113.9").get("/metrics").status_code == status
    assert desk.client("nonsense", address="203.0.113.9").get("/metrics").status_code == 401
    desk.close()


def figures(desk: ServiceDesk) -> dict[str, float]:
    answer = desk.nobody.get("/metrics")
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}
