"""Event streams: every step is told once, wherever a stream is cut."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from fitted import generated, made, signed_in, work
from lookalike import ids
from lookalike.jobs.model import Job
from lookalike.service.events import news
from lookalike.service.nouns.following import following
from lookalike.service.wire import Shown
from service_desk import ServiceDesk

EMPTY = Job(id="job_1", owner="u", kind="generate", output="job_1", request={}, tasks=1, rev=1)


def history(batches: list[int], noise: list[bool]) -> list[Job]:
    """A job's states: each rev reaches so many steps at once, or none."""
    jobs, job, percent = [EMPTY], EMPTY, 0
    for count, quiet in zip(batches, noise, strict=False):
        rev = job.rev + 1
        fresh = [] if quiet else list(range(percent + 1, percent + 1 + count))
        percent += len(fresh)
        job = dataclasses.replace(
            job,
            rev=rev,
            percent=percent,
            steps=(*job.steps, *fresh),
            step_revs=(*job.step_revs, *[rev] * len(fresh)),
        )
        jobs.append(job)
    return jobs


@given(
    batches=st.lists(st.integers(1, 4), max_size=8),
    noise=st.lists(st.booleans(), min_size=8, max_size=8),
    looks=st.sets(st.integers(0, 8)),
    cut=st.integers(0, 30),
)
def test_every_step_is_told_once_though_some_states_are_never_seen_and_the_stream_is_cut(
    batches: list[int], noise: list[bool], looks: set[int], cut: int
) -> None:
    jobs = history(batches, noise)
    seen, told, sent = None, [], 0
    pending: list[int] = []
    for job in [job for number, job in enumerate(jobs) if number in looks or number == len(jobs) - 1]:
        for id_, snapshot in news(job, seen):
            sent += 1
            if sent == cut:  # everything since the last id is lost, and told again
                pending = []
                break
            pending.append(snapshot.percent)
            if id_ is not None:
                seen, told, pending = id_, told + pending, []
    for _, snapshot in news(jobs[-1], seen):
        told.append(snapshot.percent)
    steps = [percent for number, percent in enumerate(told) if percent and percent not in told[:number]]
    assert steps == list(jobs[-1].steps)
    assert told == sorted(told)


def test_who_has_seen_the_last_rev_is_told_nothing() -> None:
    job = history([2, 1], [False, False])[-1]
    assert list(news(job, job.rev)) == []


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> ServiceDesk:
    return ServiceDesk(tmp_path_factory.mktemp("events"))


def test_a_stream_ends_with_the_job_and_goes_on_where_it_was(desk: ServiceDesk, tmp_path: Path) -> None:
    owner = desk.person("editor")
    client = signed_in(desk, owner)
    known = made(desk, owner)
    job = generated(client, known.job, known.model, 50_000)
    work(desk)
    events = read(client, job)
    assert [percent for _, percent in events] == [20, 40, 60, 80, 90, 92, 95, 100]
    ids = [id_ for id_, _ in events if id_ is not None]
    rev = desk.backends.ledger.job(job).step_revs[3]
    assert [percent for _, percent in read(client, job, rev)] == [90, 92, 95, 100]
    again = client.get(f"/api/generation/{job}/events", headers={"Last-Event-ID": str(ids[-1])})
    assert (again.status_code, again.content) == (204, b"")
    assert client.get(f"/api/jobs/{job}/events", headers={"Last-Event-ID": "x"}).status_code == 400


def test_a_stream_ends_within_seconds_of_its_sign_in(desk: ServiceDesk) -> None:
    owner = desk.person("editor")
    job = Job(id=ids.new("job"), owner=owner.id, kind="fit", output="model_1", request={}, tasks=1)
    desk.backends.documents.create("job", [job.to_doc()])
    people, hub = desk.people, desk.app.state.platform.hub
    found = desk.backends.ledger.job(job.id)

    async def stream() -> float:
        answer = following(
            hub, found, None, lambda one: Percent(percent=one.percent), lambda: people.who(owner.access)
        )
        events = answer.body_iterator.__aiter__()  # type: ignore[attr-defined]
        assert b"retry" in await anext(events)
        assert b"percent" in await anext(events)
        people.end_all(owner.id)
        began_s = time.monotonic()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(events), 10)
        return time.monotonic() - began_s

    assert asyncio.run(stream()) < 5


class Percent(Shown):
    percent: int


def read(client: TestClient, job: str, after: int | None = None) -> list[tuple[int | None, int]]:
    """``(id, percent)`` of each event."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    answer = client.get(f"/api/generation/{job}/events", headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    found: list[tuple[int | None, int]] = []
    for event in answer.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in event.splitlines() if ": " in line)
        if "data" in fields:
            percent = int(fields["data"].split('"percent":')[1].split(",")[0])
            found.append((int(fields["id"]) if "id" in fields else None, percent))
    return found
