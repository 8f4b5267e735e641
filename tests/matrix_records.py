"""The operations about records: documents, write jobs, the search, providers."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

from fitted import copied, end, signed_in
from lookalike.records.cassette import taken
from lookalike.records.chat import ChatAnswer
from matrix import Cell, Entry, Sent
from service_desk import ServiceDesk

SPEC = "columns:\n  topic: {sampler: category, values: [rivers, deltas]}\nduplicates: false\n"
TAPE = taken("0" * 64, "0/0/question/0", ChatAnswer("Silt?", "stop", None, "m").to_dict())
_numbers = itertools.count()
_jobs: weakref.WeakKeyDictionary[ServiceDesk, dict[str, str]] = weakref.WeakKeyDictionary()


def _written(cell: Cell) -> str:
    """A completed write job of the owner's, made the first time that it is asked for; it needs no model."""
    mine = _jobs.setdefault(cell.desk, {})
    known = mine.get(cell.owner.id)
    if known is None or cell.desk.backends.documents.get("job", known) is None:
        client = signed_in(cell.desk, cell.owner)
        answer = client.post("/api/records/jobs", json={"spec": SPEC, "records": 3})
        assert answer.status_code == 202, answer.text
        end(cell.desk, answer.json()["id"])
        mine[cell.owner.id] = answer.json()["id"]
    return mine[cell.owner.id]


def _job(**sent: Any) -> Callable[[Cell], Sent]:
    return lambda cell: Sent(path={"job_id": _written(cell)}, **sent)


def _failed_with(**sent: Any) -> Callable[[Cell], Sent]:
    def make(cell: Cell) -> Sent:
        changes: dict[str, Any] = {"state": "failed", "clean": "done"}
        return Sent(path={"job_id": copied(cell.desk, "job", _written(cell), **changes)}, **sent)

    return make


def _rehearsal(cell: Cell) -> Sent:
    client = signed_in(cell.desk, cell.owner)
    answer = client.post("/api/records/rehearsals", json={"spec": SPEC, "records": 3})
    assert answer.status_code == 202, answer.text
    return Sent(path={"job_id": answer.json()["id"]})


def _share(cell: Cell) -> Sent:
    known = cell.desk.backends.documents.find("user", {"login": "shared-records"})
    if not known:
        cell.desk.people.accounts.create("shared-records", "correct horse battery staple", "viewer")
    return Sent(path={"job_id": _written(cell)}, json={"login": "shared-records"})


def _document(cell: Cell) -> Sent:
    client = signed_in(cell.desk, cell.owner)
    answer = client.post("/api/records/documents", params={"name": "a.txt"}, content=b"Rivers.")
    return Sent(path={"document_id": answer.json()["id"]})


def _provider(cell: Cell) -> Sent:
    return Sent(
        json={
            "alias": f"fast-{next(_numbers)}",
            "kind": "openai",
            "url": "https://api.example.org/v1",
            "model": "m",
            "key": "secret",
        }
    )


def _of_provider(**sent: Any) -> Callable[[Cell], Sent]:
    def make(cell: Cell) -> Sent:
        body = _provider(cell).json
        doc = {
            "id": f"prov_{next(_numbers):032x}",
            "created_us": 0,
            "temperature": None,
            "top_p": None,
            "max_tokens": 10,
            "extra_body": {},
            "price_input": 0.0,
            "price_output": 0.0,
            "structure": None,
            "concurrency": 1,
            "timeout_s": 1.0,
            "allow_private": False,
            "key_env": None,
            **body,
            "key": None,
        }
        cell.desk.backends.documents.create("provider", [doc])
        return Sent(path={"provider_id": doc["id"]}, **sent)

    return make


def _reads(make: Callable[[Cell], Sent]) -> Entry:
    return Entry(ok=200, role="viewer", owned=True, make=make)


def _writes(make: Callable[[Cell], Sent], ok: int = 200, *, owned: bool = True) -> Entry:
    return Entry(ok=ok, role="editor", reach="write", owned=owned, make=make)


def _admin(make: Callable[[Cell], Sent] = lambda cell: Sent(), ok: int = 200) -> Entry:
    return Entry(ok=ok, role="admin", reach="admin", make=make)


ENTRIES = {
    "findRecords": Entry(ok=200, role="viewer"),
    "listRecordModels": Entry(ok=200, role="viewer"),
    "listRecordJobs": Entry(ok=200, role="viewer"),
    "listDocuments": Entry(ok=200, role="viewer"),
    "uploadDocument": _writes(lambda cell: Sent(query={"name": "a.txt"}, raw=b"Rivers."), 201, owned=False),
    "deleteDocument": _writes(_document, 204),
    "submitRecordJob": _writes(lambda cell: Sent(json={"spec": SPEC, "records": 2}), 202, owned=False),
    "previewRecords": _writes(lambda cell: Sent(json={"spec": SPEC, "records": 2}), owned=False),
    "rehearseRecords": _writes(lambda cell: Sent(json={"spec": SPEC, "records": 2}), 202, owned=False),
    "getRecordRehearsal": _reads(_rehearsal),
    "passRecords": Entry(ok=204, role="viewer", reach="person", owned=True, make=_job()),
    "getRecordJob": _reads(_job()),
    "watchRecordJob": _reads(_job()),
    "downloadRecords": _reads(_job()),
    "listFailures": _reads(_job()),
    "downloadCassette": _reads(_job()),
    "downloadFailures": _reads(_job()),
    "retryFailures": _writes(_failed_with(json={})),
    "retryRecordJob": _writes(_failed_with()),
    "retryWithCaps": _writes(_failed_with(json={"tokens": 1000})),
    "shareRecordJob": _writes(_share),
    "listProviders": _admin(),
    "createProvider": _admin(_provider, 201),
    "getProvider": _admin(_of_provider()),
    "changeProvider": _admin(_of_provider(json={"maxTokens": 20})),
    "putCassette": _admin(_of_provider(raw=TAPE)),
    "dropCassette": _admin(_of_provider()),
    "deleteProvider": _admin(_of_provider(), 204),
}
