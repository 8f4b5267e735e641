"""Files of records: made once, given in parts, the same for the same records, gone with their job."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs_desk import CANARY
from lookalike import faults
from lookalike.jobs import tidy
from lookalike.jobs.downloads import Downloads
from lookalike.records.forms import Wanted, columns_of, pieces
from lookalike.stores.records import Record
from record_desk import SPEC, RecordDesk
from served import canary_files
from standin_llm import StandIn

FORMS: dict[str, dict[str, Any]] = {
    "jsonl": {},
    "provenance": {"provenance": True},
    "csv": {"format": "csv"},
    "parquet": {"format": "parquet"},
    "chat": {"format": "chat", "prompt": "topic", "answer": "question"},
    "alpaca": {"format": "alpaca", "prompt": "topic", "answer": "question"},
}


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with StandIn(text=lambda body: f"{CANARY} {body['seed']}") as server:
        yield server


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, standin: StandIn) -> Iterator[RecordDesk]:
    made = RecordDesk(tmp_path_factory.mktemp("files"), standin.url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def job_id(desk: RecordDesk) -> str:
    made = desk.submit(records=9, index=False)
    desk.work()
    return made


def path(job_id: str) -> str:
    return f"/api/records/jobs/{job_id}/download"


def files(desk: RecordDesk, job_id: str) -> list[str]:
    return sorted(info.key for info in desk.stores.blobs.list(f"{job_id}/files/"))


@pytest.mark.parametrize("asked", FORMS.values(), ids=FORMS)
def test_a_file_of_an_ended_job_has_length_and_sha256_and_is_given_in_parts(
    desk: RecordDesk, job_id: str, asked: dict[str, Any]
) -> None:
    get = desk.owner.client.get
    whole = get(path(job_id), params=asked)
    data, etag = whole.content, whole.headers["etag"]
    assert etag == f'"{hashlib.sha256(data).hexdigest()}"'
    assert whole.headers["content-length"] == str(len(data))
    assert "attachment" in whole.headers["content-disposition"]
    assert CANARY.encode() in data
    head = desk.owner.client.head(path(job_id), params=asked)
    assert (head.content, head.headers["etag"]) == (b"", etag)
    assert head.headers["content-length"] == str(len(data))
    middle = len(data) // 2
    rest = get(path(job_id), params=asked, headers={"Range": f"bytes={middle}-", "If-Range": etag})
    assert (rest.status_code, rest.content) == (206, data[middle:])
    assert rest.headers["content-range"] == f"bytes {middle}-{len(data) - 1}/{len(data)}"
    other = get(path(job_id), params=asked, headers={"Range": "bytes=5-", "If-Range": '"x"'})
    assert (other.status_code, other.content) == (200, data)
    assert get(path(job_id), params=asked, headers={"If-None-Match": etag}).status_code == 304
    assert get(path(job_id), params=asked, headers={"If-Match": '"x"'}).status_code == 412
    assert get(path(job_id), params=asked, headers={"Range": f"bytes={len(data)}-"}).status_code == 416
    assert canary_files(desk.service.folder / "data") == []


def test_a_file_is_made_once_and_made_anew_it_is_the_same(desk: RecordDesk, job_id: str) -> None:
    first = {name: desk.owner.client.get(path(job_id), params=asked) for name, asked in FORMS.items()}
    known = files(desk, job_id)
    assert len(known) == len(FORMS)
    for asked in ({"prompt": "topic"}, {"format": "csv", "provenance": True, "system": "topic"}):
        assert desk.owner.client.get(path(job_id), params=asked).status_code == 200
    assert files(desk, job_id) == known
    desk.stores.blobs.delete(known)
    for name, asked in FORMS.items():
        again = desk.owner.client.get(path(job_id), params=asked)
        assert (again.content, again.headers["etag"]) == (first[name].content, first[name].headers["etag"])
    assert len(files(desk, job_id)) == len(FORMS)


def test_of_many_that_ask_at_once_all_have_one_file(desk: RecordDesk) -> None:
    """Also of two processes: each has its own turns."""
    job = desk.job(desk.submit(records=4))
    desk.work()
    makers = [Downloads(desk.stores, desk.ledger.clock) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: makers[number % 2].of(job, Wanted("csv")), range(8)))
    assert len({doc["blob"] for doc in made}) == 1
    assert files(desk, job.id) == [made[0]["blob"]]


def test_only_the_newest_files_of_a_job_are_kept(desk: RecordDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.jobs.downloads.MOST", 3)
    job_id = desk.submit(records=2)
    desk.work()
    for asked in FORMS.values():
        assert desk.owner.client.get(path(job_id), params=asked).status_code == 200
        assert len(files(desk, job_id)) <= 3
    assert desk.stores.documents.count("download", {"job": job_id}) == 3


def test_a_file_whose_maker_died_is_made_anew_and_what_was_left_goes(desk: RecordDesk) -> None:
    job_id = desk.submit(records=2)
    desk.work()

    def die() -> None:
        raise OSError("killed")

    for point, left in zip(faults.FILE_POINTS, (0, 1), strict=True):
        with faults.planted(point, die) as planted:
            assert desk.owner.client.get(path(job_id)).status_code == 500
        assert planted.was_passed
        assert len(files(desk, job_id)) == left
    wanted = desk.owner.client.get(path(job_id))
    assert len(files(desk, job_id)) == 2
    scrubber = tidy.Scrubber(desk.stores, desk.ledger)
    scrubber.scrub()
    scrubber.scrub()
    assert len(files(desk, job_id)) == 1
    assert desk.owner.client.get(path(job_id)).content == wanted.content
    assert len(files(desk, job_id)) == 1


def test_a_full_disk_keeps_nobody_from_their_records(desk: RecordDesk) -> None:
    job_id = desk.submit(records=2)
    desk.work()

    def full() -> None:
        raise OSError(errno.ENOSPC, "no space left")

    with faults.planted("before-blob", full) as planted:
        without = desk.owner.client.get(path(job_id))
    assert planted.was_passed
    assert (without.status_code, "etag" in without.headers) == (200, False)
    assert files(desk, job_id) == []
    assert desk.owner.client.get(path(job_id)).content == without.content


def test_a_job_that_goes_on_drops_its_files_and_has_others(tmp_path: Path) -> None:
    with StandIn(lambda id_, time: "refusal" if id_.startswith("2/") else "answer") as server:
        desk = RecordDesk(tmp_path, server.url)
        job_id = desk.submit(SPEC, 3)
        desk.work()
        assert desk.shown(job_id)["state"] == "failed"
        before = desk.owner.client.get(path(job_id))
        assert len(before.content.splitlines()) == 2
        assert len(files(desk, job_id)) == 1
        server.script = lambda id_, time: "answer"
        assert desk.owner.client.post(f"/api/records/jobs/{job_id}/retry").status_code == 200
        assert files(desk, job_id) == []
        now = desk.owner.client.get(path(job_id))  # it goes on: what there is, as it is made
        assert now.content == before.content
        assert not {"etag", "content-length", "accept-ranges"} & {*now.headers}
        assert "etag" not in desk.owner.client.head(path(job_id)).headers
        parts = desk.owner.client.get(path(job_id), headers={"Range": "bytes=5-"})
        assert (parts.status_code, parts.content) == (200, before.content)
        desk.work()
        after = desk.owner.client.get(path(job_id), headers={"If-None-Match": before.headers["etag"]})
        assert (after.status_code, len(after.content.splitlines())) == (200, 3)
        desk.close()


def test_failures_and_answers_of_an_ended_job_are_given_in_parts_and_others_when_it_went_on(
    tmp_path: Path,
) -> None:
    with StandIn(lambda id_, time: "refusal" if id_.startswith("2/") else "answer") as server:
        desk = RecordDesk(tmp_path, server.url)
        job_id = desk.submit(SPEC, 3)
        desk.work()
        get, head = desk.owner.client.get, desk.owner.client.head
        paths = [f"/api/records/jobs/{job_id}/{name}" for name in ("failures/download", "cassette")]
        first = {path: get(path) for path in paths}
        for path, whole in first.items():
            data, etag = whole.content, whole.headers["etag"]
            assert len(data.splitlines()) > 2
            assert etag == f'"{hashlib.sha256(data).hexdigest()}"'
            assert "attachment" in whole.headers["content-disposition"]
            told = head(path)
            assert (told.content, told.headers["content-length"]) == (b"", str(len(data)))
            asked = {"Range": "bytes=100-", "If-Range": etag}
            rest = get(path, headers=asked)
            assert (rest.status_code, rest.content) == (206, data[100:])
            assert get(path, headers={**asked, "If-Range": '"x"'}).content == data
        assert len(files(desk, job_id)) == 2
        trail = desk.admin.client.get("/api/audit", params={"action": "downloadCassette"}).json()
        assert trail["total"] == 3, "who looks how long it is takes nothing"
        assert desk.owner.client.post(f"/api/records/jobs/{job_id}/retry").status_code == 200
        assert files(desk, job_id) == []
        now = {path: get(path, headers={"Range": "bytes=5-"}) for path in paths}
        assert [one.status_code for one in now.values()] == [200, 200]
        assert {path: one.content for path, one in now.items()} == {p: x.content for p, x in first.items()}
        assert all(
            "etag" not in one.headers and "etag" not in head(path).headers for path, one in now.items()
        )
        server.script = lambda id_, time: "refusal" if time == 0 and id_.startswith("2/") else "answer"
        desk.work()
        for path, before in first.items():
            after = get(path, headers={"Range": "bytes=100-", "If-Range": before.headers["etag"]})
            assert after.status_code == 200, "it is another file"
            assert len(after.content) > len(before.content)
        desk.close()


def test_of_a_job_that_was_refused_nothing_the_file_of_failures_is_empty(
    desk: RecordDesk, job_id: str
) -> None:
    answer = desk.owner.client.get(f"/api/records/jobs/{job_id}/failures/download")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")


def test_lines_are_in_another_file_when_a_late_worker_wrote_more(desk: RecordDesk) -> None:
    job = desk.job(desk.submit(records=2))
    desk.work()
    maker = Downloads(desk.stores, desk.ledger.clock)
    first = maker.of_lines(job, ("settled",), [b"1\n"])
    assert maker.of_lines(job, ("settled",), [b"2\n"])["blob"] == first["blob"]
    desk.stores.records.create([Record(f"{job.id}/calls/late", "settled", {}, {})])
    assert maker.of_lines(job, ("settled",), [b"2\n"])["blob"] != first["blob"]


def test_files_go_with_their_job(desk: RecordDesk) -> None:
    job_id = desk.submit(records=2)
    desk.work()
    assert desk.owner.client.get(path(job_id)).status_code == 200
    assert desk.owner.client.delete(f"/api/jobs/{job_id}").status_code == 200
    assert files(desk, job_id) == []
    assert desk.stores.documents.count("download", {"job": job_id}) == 0


def records(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {
            "whole": number,
            "part": number / 3 if number % 2 else number,
            "is": number % 2 == 0,
            "text": f"{number} " * 50,
            "large": 2**63 + number,
            "mixed": number if number % 2 else "x",
            "deep": {"a": [number]},
            "none": None,
        } | ({} if number % 3 else {"some": number})


def test_parquet_has_types_and_row_groups_that_depend_on_the_records_alone() -> None:
    count = 25_000
    columns = columns_of(records(count))
    made = list(pieces(records(count), Wanted("parquet"), columns))
    assert len(made) == 4  # three row groups and the footer
    file = pq.ParquetFile(io.BytesIO(b"".join(made)))
    assert file.metadata.num_row_groups == 3
    kinds = {field.name: str(field.type) for field in file.schema_arrow}
    assert kinds == {
        "whole": "int64",
        "part": "double",
        "is": "bool",
        "text": "string",
        "large": "string",
        "mixed": "string",
        "deep": "string",
        "none": "string",
        "some": "int64",
    }
    rows = file.read().to_pylist()
    assert [row["large"] for row in rows[:2]] == [str(2**63), str(2**63 + 1)]
    assert [row["mixed"] for row in rows[:2]] == ["x", "1"]
    assert [json.loads(row["deep"]) for row in rows[:2]] == [{"a": [0]}, {"a": [1]}]
    assert [row["some"] for row in rows[:4]] == [0, None, None, 3]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_file_four_times_as_long_takes_no_more_memory(form: Any) -> None:
    def peak(count: int) -> int:
        long = ({"number": number, "text": f"{number:09d}" * 200} for number in range(count))
        tracemalloc.start()
        for _ in pieces(long, Wanted(form), {"number": "integer", "text": "text"}):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1)  # what is imported the first time is not the file's
    assert peak(12_000) < 1.3 * peak(3_000)
