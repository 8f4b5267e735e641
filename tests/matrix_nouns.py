"""The operations about datasets, jobs, models and generations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fitted import copied, generated, made, signed_in
from jobs_desk import table
from lookalike import ids
from matrix import Cell, Entry, Sent


def _of(noun: str, **sent: Any) -> Callable[[Cell], Sent]:
    """The one that is not used up, under the path's parameter of that noun."""
    return lambda cell: Sent(path={f"{noun}_id": getattr(made(cell.desk, cell.owner), noun)}, **sent)


def _copy(kind: str, noun: str, shown: str, **changes: Any) -> Callable[[Cell], Sent]:
    """One that may be used up."""

    def make(cell: Cell) -> Sent:
        id_ = copied(cell.desk, kind, getattr(made(cell.desk, cell.owner), noun), **changes)
        return Sent(path={f"{shown}_id": ids.sibling(id_, "model") if shown == "model" else id_})

    return make


def _share(noun: str) -> Callable[[Cell], Sent]:
    return lambda cell: Sent(
        path={f"{noun}_id": getattr(made(cell.desk, cell.owner), noun)},
        json={"login": cell.desk.people.accounts.get(_somebody(cell))["login"]},
    )


def _somebody(cell: Cell) -> str:
    users = cell.desk.backends.documents.find("user", {"login": "shared-with"})
    if users:
        return users[0]["id"]
    return cell.desk.people.accounts.create("shared-with", "correct horse battery staple", "viewer")["id"]


def _upload(cell: Cell) -> Sent:
    return Sent(query={"name": "t.csv"}, raw=table(20))


def _schema(cell: Cell) -> Sent:
    dataset = made(cell.desk, cell.owner).dataset
    text = cell.desk.app.state.platform.datasets.table(dataset)["schema_text"]
    return Sent(path={"dataset_id": dataset}, json={"text": text})


def _fit(cell: Cell) -> Sent:
    body = {"datasetId": made(cell.desk, cell.owner).dataset, "settings": {"model": "marginals"}}
    return Sent(json=body)


def _asked(cell: Cell) -> dict[str, Any]:
    return {"modelId": made(cell.desk, cell.owner).model, "numberOfRows": 10, "outputFormat": "csv"}


def _generate(cell: Cell) -> Sent:
    return Sent(path={"job_id": made(cell.desk, cell.owner).job}, json=_asked(cell))


def _pending(noun: str) -> Callable[[Cell], Sent]:
    def make(cell: Cell) -> Sent:
        known = made(cell.desk, cell.owner)
        return Sent(path={f"{noun}_id": generated(signed_in(cell.desk, cell.owner), known.job, known.model)})

    return make


def _task(cell: Cell) -> Sent:
    return Sent(path={"task_id": ids.sibling(made(cell.desk, cell.owner).generation, "task")})


_FAILED: dict[str, Any] = {"state": "failed", "clean": "done"}
_NAME = {"json": {"name": "another name"}}


def _reads(make: Callable[[Cell], Sent]) -> Entry:
    return Entry(ok=200, role="viewer", owned=True, make=make)


def _writes(make: Callable[[Cell], Sent], ok: int = 200) -> Entry:
    return Entry(ok=ok, role="editor", reach="write", owned=True, make=make)


ENTRIES = {
    "listDatasets": Entry(ok=200, role="viewer"),
    "listJobs": Entry(ok=200, role="viewer"),
    "listModels": Entry(ok=200, role="viewer"),
    "listGenerations": Entry(ok=200, role="viewer"),
    "uploadDataset": Entry(ok=201, role="editor", reach="write", make=_upload),
    "getDataset": _reads(_of("dataset")),
    "previewDataset": _reads(_of("dataset")),
    "getSchema": _reads(_of("dataset")),
    "putSchema": _writes(_schema),
    "renameDataset": _writes(_of("dataset", **_NAME)),
    "shareDataset": _writes(_share("dataset")),
    "deleteDataset": _writes(_copy("dataset", "dataset", "dataset")),
    "submitJob": _writes(_fit, 202),
    "getJob": _reads(_of("job")),
    "getLogs": _reads(_of("job")),
    "watchJob": _reads(_of("job")),
    "renameJob": _writes(_of("job", **_NAME)),
    "cancelJob": _writes(_pending("job")),
    "retryJob": _writes(_copy("job", "generation", "job", **_FAILED)),
    "deleteJob": _writes(_copy("job", "job", "job")),
    "generateData": _writes(_generate, 202),
    "getDatasetColumns": _reads(_of("dataset")),
    "makeSampleDataset": Entry(ok=201, role="editor", reach="write"),
    "getTasks": _reads(_of("job")),
    "getModelColumns": _reads(_of("model")),
    "passModel": Entry(ok=204, role="viewer", reach="person", owned=True, make=_of("model")),
    "passGeneration": Entry(ok=204, role="viewer", reach="person", owned=True, make=_of("generation")),
    "getModel": _reads(_of("model")),
    "getModelReport": _reads(_of("model")),
    "previewModel": _reads(_of("model", json={"rows": 2})),
    "renameModel": _writes(_of("model", **_NAME)),
    "shareModel": _writes(_share("model")),
    "deleteModel": _writes(_copy("job", "job", "model")),
    "getGeneration": _reads(_of("generation")),
    "watchGeneration": _reads(_of("generation")),
    "previewGeneration": _reads(_of("generation")),
    "downloadGeneration": _reads(_of("generation")),
    "getGenerationReport": _reads(_of("generation")),
    "getManifest": _reads(_of("generation")),
    "renameGeneration": _writes(_of("generation", **_NAME)),
    "shareGeneration": _writes(_share("generation")),
    "cancelGeneration": _writes(_pending("generation")),
    "retryGeneration": _writes(_copy("job", "generation", "generation", **_FAILED)),
    "deleteGeneration": _writes(_copy("job", "generation", "generation")),
    "listWorkers": Entry(ok=200, role="admin", reach="admin"),
    "getStorage": Entry(ok=200, role="admin", reach="admin"),
    "engineGenerateData": Entry(
        ok=202, role="editor", reach="engine", owned=True, make=lambda cell: Sent(json=_asked(cell))
    ),
    "getEngineTask": Entry(ok=200, role="editor", reach="engine", owned=True, make=_task),
}
