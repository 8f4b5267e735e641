"""A model and a file that were really made, once per desk; and copies of them for tests that use them up."""

from __future__ import annotations

import json
import threading
import weakref
from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from jobs_desk import table
from lookalike import ids
from lookalike.jobs.checking import check_id, submit_check
from lookalike.jobs.model import ENDED
from lookalike.jobs.submit import SEALED
from lookalike.jobs.work import Limits, Worker
from lookalike.publish.places import Places
from lookalike.stores.sealed import open_json, seal_json
from service_desk import Person, ServiceDesk

ROWS = 120


@dataclass(frozen=True, slots=True)
class Made:
    """What the owner has: a dataset, the job and model fitted on it, rows drawn from it; all have reports."""

    dataset: str
    job: str
    model: str
    generation: str


_made: weakref.WeakKeyDictionary[ServiceDesk, Made] = weakref.WeakKeyDictionary()


def made(desk: ServiceDesk, owner: Person) -> Made:
    """What ``owner`` has on this desk, made the first time that it is asked for."""
    if desk not in _made:
        client = signed_in(desk, owner)
        dataset = uploaded(client)
        job = fitted(client, dataset)
        end(desk, job)
        model = client.get(f"/api/jobs/{job}").json()["modelId"]
        generation = generated(client, job, model)
        end(desk, generation)
        for one in (job, generation):
            backends = desk.backends
            check = submit_check(backends.stores, backends.ledger, backends.ledger.job(one), 1)
            assert check is not None
            end(desk, check.id)
        _made[desk] = Made(dataset, job, model, generation)
    return _made[desk]


def forget(desk: ServiceDesk) -> None:
    """Have `made` make all of it anew, when it is asked for next."""
    _made.pop(desk, None)


def signed_in(desk: ServiceDesk, owner: Person) -> TestClient:
    """A client with a sign-in of its own, whatever became of the others."""
    account = desk.people.accounts.get(owner.id)
    refresh = desk.people.sessions.start(account["id"], account["epoch"])
    return desk.client(desk.people.access_for(account, refresh.session))


def uploaded(client: TestClient, data: bytes | None = None, **query: Any) -> str:
    """The id of a dataset that was uploaded."""
    sent = table(ROWS) if data is None else data
    answer = client.post("/api/datasets", params={"name": "canary.csv", **query}, content=sent)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def fitted(client: TestClient, dataset: str, **headers: str) -> str:
    """The id of a fit job that was submitted."""
    body = {"datasetId": dataset, "settings": {"model": "marginals"}}
    return client.post("/api/jobs", json=body, headers=headers).json()["id"]


def generated(client: TestClient, job: str, model: str, rows: int = ROWS, **asked: Any) -> str:
    """The id of a generation that was submitted."""
    body = {"modelId": model, "numberOfRows": rows, "outputFormat": "csv", **asked}
    answer = client.post(f"/api/jobs/{job}/generate-data", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()["generationJobId"]


def work(desk: ServiceDesk) -> None:
    """Do all tasks there are, by a worker that knows the desk's places."""
    worker = Worker(
        desk.backends.stores,
        desk.backends.ledger,
        pool="default",
        name="w",
        limits=Limits(0.05),
        places=Places.of(desk.settings),
    )
    while worker.step():
        pass


def end(desk: ServiceDesk, job: str) -> None:
    """Do what there is to do until the job has ended, whoever else works on it."""
    worker = Worker(desk.backends.stores, desk.backends.ledger, pool="default", name="w", limits=Limits(0.05))
    while desk.backends.ledger.job(job).state not in ENDED:
        if not worker.step():
            threading.Event().wait(0.02)


def copied(desk: ServiceDesk, kind: str, id_: str, **changes: Any) -> str:
    """The id of a document like another one, to be deleted, cancelled, tried again.

    It has a key of its own, which opens what it asked for and what it made, so that it can be read, and done
    again. Its records alone stay behind: of a job that failed, none is there yet.
    """
    documents = desk.backends.documents
    doc = documents.get(kind, id_)
    assert doc is not None
    new = ids.new(id_.partition("_")[0])
    fresh: dict[str, Any] = {**doc, "id": new, "idem": None, **changes}
    old, own = id_, new
    if kind == "job":
        old, own = doc["output"], ids.sibling(new, doc["output"].partition("_")[0])
        fresh["output"] = own
    desk.backends.keys.create(own)
    _copy_sealed(desk, old, own)
    if fresh.get("sealed") is not None:
        asked = open_json(desk.backends.keys, old, SEALED, fresh["sealed"])
        fresh["sealed"] = seal_json(desk.backends.keys, own, SEALED, asked)
    if fresh.get("result") is not None:
        blobs = fresh["result"]["blobs"].items()
        moved = {name: key.replace(f"{old}/", f"{own}/") for name, key in blobs}
        fresh["result"] = {**fresh["result"], "blobs": moved}
    documents.create(kind, [fresh])
    return new


def _copy_sealed(desk: ServiceDesk, old: str, own: str) -> None:
    """Have ``own`` hold what ``old`` does, under its own key; but not what names its job: records, files."""
    before, after = desk.backends.stores.sealed(old), desk.backends.stores.sealed(own)
    for info in list(before.list(f"{old}/")):
        name = info.key.removeprefix(f"{old}/")
        if "/" not in name:
            after.put(f"{own}/{name}", before.read(info.key))


def judged(desk: ServiceDesk, generation: str, *, passed: bool) -> None:
    """Let a generation's report say this."""
    documents = desk.backends.documents
    job = desk.backends.ledger.job(generation)
    own = check_id(job)
    report: dict[str, Any] = {
        "scores": [],
        "figures": [],
        "gate": {
            "gate": "default",
            "passed": passed,
            "refusals": [] if passed else [{"name": "privacy.copies"}],
            "waived": [],
        },
    }
    desk.backends.keys.create(own)
    key = f"{own}/000000-000001"
    desk.backends.stores.sealed(own).put(key, [json.dumps(report).encode()])
    doc = documents.get("job", generation)
    assert doc is not None
    result = {"blobs": {"json": key}, "passed": passed, "scores": {}, "refused": []}
    request = {"of": generation, "fitted": ""}
    documents.create(
        "job", [{**doc, "id": own, "kind": "check", "output": own, "result": result, "request": request}]
    )
