"""What jobs make: the library's own bytes, from sealed stores, with nothing of the data in plain anywhere."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs_desk import ASKED, CANARY, Desk, copied, expected, table
from lookalike.errors import NotFound, UsageError, WrongState
from lookalike.jobs import tidy, work
from lookalike.jobs.model import Job, Problem
from lookalike.jobs.submit import Asked, Fit, submit_fit
from lookalike.jobs.work import Limits, Worker
from lookalike.tables.manifest import check_file, read_manifest


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Job]:
    """A folder in which a model was fitted."""
    folder = tmp_path_factory.mktemp("template")
    desk = Desk(folder)
    fitted = desk.fit(table())
    desk.work()
    desk.tidy()
    desk.close()
    return folder, fitted


@pytest.fixture
def desk(template: tuple[Path, Job], tmp_path: Path) -> Iterator[Desk]:
    made = copied(template[0], tmp_path / "desk")
    yield made
    made.close()


@pytest.fixture
def fitted(template: tuple[Path, Job]) -> Job:
    return template[1]


def detail(desk: Desk, job: Job) -> dict[str, Any]:
    """What the sealed blob says about why a job failed."""
    problem = desk.job(job).problem
    assert problem is not None
    assert problem.detail is not None
    return json.loads(b"".join(desk.stores.sealed(job.output).read(problem.detail)))


@pytest.mark.parametrize(
    ("kind", "compression"),
    [
        ("csv", None),
        ("csv", "gzip"),
        ("tsv", "zstd"),
        ("jsonl", None),
        ("parquet", None),
        ("parquet", "zstd"),
    ],
)
@pytest.mark.parametrize("rows", [1, 25_001])
def test_the_file_is_the_one_that_the_library_writes_by_itself(
    desk: Desk, fitted: Job, kind: str, compression: str | None, rows: int, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"format": kind, "compression": compression}
    job = desk.generate(fitted, rows, seed=9, **options)
    desk.work()
    packed = {"gzip": ".gz", "zstd": ".zst"}.get(compression or "", "") if kind != "parquet" else ""
    path = tmp_path / f"rows.{kind}{packed}"
    model_sha256 = desk.job(fitted).result
    assert model_sha256 is not None
    data = desk.file(job)
    result = desk.job(job).result
    assert result is not None
    if compression == "zstd" and kind == "parquet":
        assert data[:4] == b"PAR1"
    else:
        assert result["sha256"] == expected(desk, fitted, rows, path, seed=9)
    path.write_bytes(data)
    manifest = tmp_path / "m.json"
    manifest.write_bytes(b"".join(desk.stores.sealed(job.output).read(result["blobs"]["manifest"])))
    stated = read_manifest(manifest)
    check_file(stated, path)
    assert (stated["rows"], stated["model_sha256"]) == (rows, model_sha256["model_sha256"])


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_how_rows_are_cut_into_chunks_changes_no_byte(desk: Desk, fitted: Job, size: int) -> None:
    job = desk.generate(fitted, 45_000, format="parquet", blocks_per_chunk=size)
    desk.work()
    whole = desk.generate(fitted, 45_000, format="parquet", blocks_per_chunk=5)
    desk.work()
    assert desk.job(job).tasks == -(-5 // size) + 1
    assert desk.file(job) == desk.file(whole)


def test_tasks_done_in_any_order_by_many_workers_give_the_same_file(desk: Desk, fitted: Job) -> None:
    job = desk.generate(fitted, 60_000)
    first = desk.generate(fitted, 60_000)
    desk.work()
    again = desk.generate(fitted, 60_000)
    draw = random.Random(1)
    workers = [desk.worker(f"w{i}") for i in range(4)]
    for task in desk.ledger.tasks(again.id):
        desk.stores.documents.update_one("task", {"id": task["id"]}, {"turn": draw.randrange(1000)})
    while any(worker.step() for worker in draw.sample(workers, 4)):
        pass
    assert desk.file(again) == desk.file(first) == desk.file(job)


def test_nothing_of_the_data_is_in_plain_anywhere_at_any_time(desk: Desk, fitted: Job) -> None:
    """They are in the upload, the model, the chunks, the file, the manifest, the request, the errors."""

    def look() -> None:
        for file, data in desk.bytes_on_disk():
            assert CANARY.encode() not in data, file

    column = f"{CANARY}-column"
    job = desk.generate(fitted, 30_000, where={f"{CANARY}-unknown": f"{CANARY}-cell"})
    good = desk.generate(fitted, 30_000, format="jsonl")
    bad = desk.fit(table() + b"1,2\n", target=column)
    worker = desk.worker()
    look()
    while worker.step():
        look()
    assert [desk.job(one).state for one in (job, good, bad)] == ["failed", "completed", "failed"]
    assert CANARY.encode() in desk.file(good)
    assert CANARY in json.dumps(detail(desk, job))
    desk.tidy()
    look()
    desk.stores.keys.destroy([good.output])
    with pytest.raises(NotFound):
        desk.file(good)
    desk.tidy()
    assert desk.blobs(good) == []
    look()


def test_a_table_that_cannot_be_read_fails_its_job_at_once_and_says_where(desk: Desk) -> None:
    job = desk.fit(b"a,b\n1,2\n3\n")
    assert desk.work() == 1
    failed = desk.job(job)
    assert failed.state == "failed"
    assert failed.problem is not None
    assert failed.problem.code == "bad-table"
    told = detail(desk, job)
    assert (told["code"], told["row"]) == ("bad-table", 2)
    desk.tidy()
    assert detail(desk, job) == told  # kept, for whoever asks later
    with pytest.raises(WrongState, match="no model"):
        desk.generate(job, 10)


def test_a_model_that_was_deleted_meanwhile_fails_the_job_with_that_reason(desk: Desk, fitted: Job) -> None:
    job = desk.generate(fitted, 20_000)
    desk.stores.keys.destroy([fitted.output])
    desk.work()
    failed = desk.job(job)
    assert failed.problem is not None
    assert (failed.state, failed.problem.code) == ("failed", "not-found")


@pytest.mark.parametrize(
    "options",
    [{"rows": 0}, {"rows": -1}, {"rows": 10, "compression": "lzma"}, {"rows": 10, "format": "xlsx"}],
)
def test_what_cannot_be_made_is_refused_before_there_is_a_job(
    desk: Desk, fitted: Job, options: dict[str, Any]
) -> None:
    before = desk.stores.documents.count("job", {})
    with pytest.raises(UsageError):
        desk.generate(fitted, **options)
    assert desk.stores.documents.count("job", {}) == before


def test_the_same_word_twice_is_one_job_and_one_key(desk: Desk, fitted: Job) -> None:
    once = Asked(owner="me", idempotency_key="k")
    keys = desk.stores.documents.count("key", {})
    first = desk.generate(fitted, 10_000, once, where={"town": "Oslo"})
    again = desk.generate(fitted, 10_000, once, where={"town": "Oslo"})
    assert again.id == first.id
    assert desk.stores.documents.count("key", {}) == keys + 1
    for other in ({"where": {"town": "Rome"}}, {"where": {"town": "Oslo"}, "seed": 1}):
        with pytest.raises(WrongState, match="idempotency"):
            desk.generate(fitted, 10_000, once, **other)
    assert desk.generate(fitted, 10_000, Asked(owner="you", idempotency_key="k")).id != first.id
    dataset, blob = desk.upload(table())
    fit = submit_fit(desk.stores, desk.ledger, once, Fit(dataset=dataset, blob=blob))
    assert fit.kind == "fit"  # another kind of request may use the same word


def test_a_task_over_its_time_or_memory_fails_its_job_with_that_reason(desk: Desk, fitted: Job) -> None:
    for limits in (Limits(beat_s=0.001, task_s=0.0), Limits(beat_s=0.001, task_mb=1)):
        job = desk.generate(fitted, 400_000, blocks_per_chunk=40)
        worker = Worker(desk.stores, desk.ledger, pool="default", name="w1", limits=limits)
        assert worker.step()
        failed = desk.job(job)
        assert failed.problem is not None
        assert (failed.state, failed.problem.code) == ("failed", "over-limit")
        desk.tidy()
        assert [key for key in desk.blobs(job) if not key.endswith("-problem")] == []
    assert work.used_mb() > 1


def test_chunks_go_when_their_job_has_ended_and_errors_are_kept(desk: Desk, fitted: Job) -> None:
    done, cancelled = desk.generate(fitted, 30_000), desk.generate(fitted, 30_000)
    for _ in range(3):
        desk.worker().step()
    desk.ledger.cancel(cancelled.id)
    desk.work()
    assert len(desk.blobs(done)) == 5
    desk.sweeper.sweep()
    result = desk.job(done).result
    assert result is not None
    assert desk.blobs(done) == sorted(result["blobs"].values())
    assert desk.blobs(cancelled) == []


def test_a_worker_that_is_ending_begins_nothing_new(desk: Desk, fitted: Job) -> None:
    desk.generate(fitted, 10_000)
    worker = desk.worker()
    worker.end()
    assert not worker.step()


def test_the_scrubber_deletes_what_is_nobodys_and_only_that(desk: Desk, fitted: Job) -> None:
    done = desk.generate(fitted, 20_000)
    desk.work()
    desk.tidy()
    kept = sorted(info.key for info in desk.stores.blobs.list(""))
    running = desk.generate(fitted, 20_000)
    lease = desk.ledger.claim("default", "w1")
    assert lease is not None
    store = desk.stores.sealed(running.output)
    store.put(lease.blob_key, [b"in the making"])
    stray = [
        f"{done.output}/000000-000009",
        f"{running.output}/000000-000000",
        f"{done.output}/000001-000007",
    ]
    for key in stray:
        desk.stores.blobs.put(key, [b"of a worker that died late"])
    assert desk.scrubber.scrub() == 0  # it may be in the making
    assert desk.scrubber.scrub() == len(stray)
    assert sorted(info.key for info in desk.stores.blobs.list("")) == sorted([*kept, lease.blob_key])


def test_a_forgotten_job_leaves_nothing_but_what_others_made(desk: Desk, fitted: Job) -> None:
    job, other = desk.generate(fitted, 20_000), desk.generate(fitted, 10_000)
    with pytest.raises(WrongState, match="pending"):
        tidy.forget(desk.stores, desk.ledger, desk.job(job))
    desk.work()
    ended = desk.job(job)
    for _ in range(2):  # a crash may make somebody do it again
        tidy.forget(desk.stores, desk.ledger, ended)
    assert desk.blobs(job) == []
    assert not desk.stores.keys.exists(job.output)
    for call in (lambda: desk.job(job), lambda: desk.stores.keys.key(job.output)):
        with pytest.raises(NotFound):
            call()
    assert desk.ledger.tasks(job.id) == []
    desk.tidy()
    desk.file(other)
    assert desk.generate(fitted, 10).state == "pending"


def test_what_an_error_quotes_stays_out_of_the_ledger() -> None:
    told = Problem.of(ValueError("the cell is Müller, 12.03.1971"))
    assert told == Problem("internal", "Something unexpected happened (ValueError).")
    assert ASKED.owner not in str(told)
