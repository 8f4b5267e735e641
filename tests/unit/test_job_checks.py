"""The check that follows a generation: its own job, derived once, whose failure leaves the file alone."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest

from jobs_desk import CANARY, Desk
from lookalike.jobs import tidy
from lookalike.jobs.checking import check_id, submit_check
from lookalike.jobs.model import Job
from lookalike.jobs.submit import Asked
from lookalike.jobs.sweep import Sweeper

ROWS = 1_500


def table() -> bytes:
    draw = random.Random(3)
    lines = [f"age,{CANARY}-column,town"]
    for _ in range(600):
        age = draw.randrange(18, 80)
        lines.append(f"{age},{draw.gauss(age, 5):.2f},{draw.choice(['Oslo', 'Rome', CANARY])}")
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Job]]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    fitted = desk.fit(table(), holdout="auto", seed=4, target="town")
    desk.work()
    yield desk, fitted
    desk.close()


def sweeper(desk: Desk) -> Sweeper:
    """What a house sweeps with: checks follow."""

    def after(job: Job) -> None:
        submit_check(desk.stores, desk.ledger, job)
        tidy.clean(desk.stores, job)

    return Sweeper(desk.ledger, after)


def test_a_generation_of_a_thousand_rows_is_checked_once_and_all_of_it_is_sealed(
    shared: tuple[Desk, Job],
) -> None:
    desk, fitted = shared
    generation = desk.generate(fitted, ROWS, Asked(owner="me", name="mine"), format="parquet")
    small = desk.generate(fitted, 999)
    desk.work()
    for _ in range(3):
        sweeper(desk).sweep()
    checks = desk.stores.documents.find("job", {"owner": "me", "kind": "check"})
    assert [doc["id"] for doc in checks] == [check_id(generation)]
    assert desk.stores.documents.get("job", check_id(small)) is None
    assert desk.job(generation).state == "completed"  # before anything is checked
    assert desk.work() == 1
    checked = desk.ledger.job(check_id(generation))
    assert checked.result is not None, checked.problem
    store = desk.stores.sealed(checked.output)
    report = json.loads(b"".join(store.read(checked.result["blobs"]["json"])))
    assert report["gate"]["passed"] is checked.result["passed"]
    assert report["tables"]["synth"]["rows"] == ROWS
    assert report["tables"]["holdout"]["rows"] == 60
    page = b"".join(store.read(checked.result["blobs"]["html"]))
    assert page.lower().startswith(b"<!doctype html>")
    desk.tidy()
    assert desk.blobs(checked) == sorted(checked.result["blobs"].values())
    for file, data in desk.bytes_on_disk():
        assert CANARY.encode() not in data, file


def test_a_check_that_fails_leaves_the_generation_as_it_is(shared: tuple[Desk, Job]) -> None:
    desk, fitted = shared
    generation = desk.generate(fitted, ROWS)
    desk.work()
    before = desk.file(generation)
    sweeper(desk).sweep()
    dataset = desk.job(fitted).dataset
    assert dataset is not None
    kept = desk.stores.documents.get("key", dataset)
    desk.stores.keys.destroy([dataset])  # somebody deletes the upload before it is checked
    desk.work()
    failed = desk.ledger.job(check_id(generation))
    assert failed.problem is not None
    assert (failed.state, failed.problem.code) == ("failed", "not-found")
    assert desk.job(generation).state == "completed"
    assert desk.file(generation) == before
    assert kept is not None
    desk.stores.documents.create("key", [kept])


def test_a_sweeper_that_died_between_the_two_steps_is_followed_by_another(shared: tuple[Desk, Job]) -> None:
    desk, fitted = shared
    generation = desk.generate(fitted, ROWS)
    desk.work()
    first = submit_check(desk.stores, desk.ledger, desk.job(generation))
    assert first is not None
    key = desk.stores.keys.key(first.output)
    sweeper(desk).sweep()
    assert desk.ledger.job(first.id).created_us == first.created_us
    assert desk.stores.keys.key(first.output) == key
    assert desk.job(generation).clean == "done"
