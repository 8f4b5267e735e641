"""What a write job is made of, by the names in its spec: seeds ``documents``, ``dataset``; table ``model``.

In the service a spec names nothing else: no path, no URL, no key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lookalike import verbs
from lookalike.errors import BadInput, BadSpec
from lookalike.jobs.chunks import byte_file
from lookalike.jobs.heart import Quiet
from lookalike.jobs.model import Job
from lookalike.jobs.sources import ITEM
from lookalike.jobs.submit import secret_of
from lookalike.records import spec_file
from lookalike.records.materials import Materials, Seeds, plain_rows
from lookalike.records.spec import ModelSpec, Price, Spec
from lookalike.schema import Schema
from lookalike.stores.documents import Doc
from lookalike.stores.opened import Stores
from lookalike.stores.records import Record
from lookalike.watch import Watch

DOCUMENTS, DATASET, MODEL = "documents", "dataset", "model"
MOST_SEEDS = 200_000
"""The most rows of a dataset, or passages of documents, that one job is made of: they are in memory."""


def parsed(text: str) -> Spec:
    """The spec, which names nothing outside the service; `BadSpec` when it does, or is none."""
    spec = spec_file.parse(text)
    if spec.models:
        raise BadSpec(
            "In the service a spec defines no models.",
            hint="Name one of those that the administrator has defined: `model: ALIAS` in a column.",
        )
    if spec.seeds:
        raise BadSpec(
            "In the service a spec opens no files.",
            hint="Name the dataset or the documents beside the spec; in it they are called "
            "`seed: dataset` and `seed: documents`.",
        )
    return spec


def model_spec(doc: Doc, key: str | None) -> ModelSpec:
    """A provider's document as the library has it. key: the name by which its key is found."""
    return ModelSpec(
        kind=doc["kind"],
        url=doc["url"],
        model=doc["model"],
        key_env=key,
        temperature=doc["temperature"],
        top_p=doc["top_p"],
        max_tokens=doc["max_tokens"],
        extra_body=doc["extra_body"],
        price=Price(doc["price_input"], doc["price_output"]),
        structure=doc["structure"],
        concurrency=doc["concurrency"],
        timeout_s=doc["timeout_s"],
    )


def seed_row(record: Record) -> dict[str, Any]:
    """An item as the seeds have it: a passage says where it stood."""
    told = {} if record.facts.get("offset") is None else {"source": dict(record.facts)}
    return {**record.fields, **told}


def materials(
    stores: Stores, job: Job, opened: Callable[[str, str, str], verbs.TableModel], watch: Watch
) -> Materials:
    """All that the job names, opened. opened: a model's id, blob and hash → the model."""
    request = job.request
    seeds: dict[str, Seeds] = {}
    if request["documents"]:
        seeds[DOCUMENTS] = Seeds([seed_row(record) for record in stores.records.scan(job.output, ITEM)])
    if request["blob"] is not None:
        seeds[DATASET] = Seeds(list(_rows(stores, job, watch)))
    tables: dict[str, Any] = {}
    if job.model is not None:
        model = opened(job.model, request["model_blob"], request["model_sha256"])
        tables[MODEL] = model.stored
    for name, found in seeds.items():
        if len(found.rows) > MOST_SEEDS:
            raise BadInput(f"The {name} give more than {MOST_SEEDS:,} rows or passages.", hint="Use fewer.")
    return Materials(seeds, tables)


def _rows(stores: Stores, job: Job, watch: Watch) -> Iterator[Mapping[str, Any]]:
    """The rows of the job's dataset."""
    assert job.dataset is not None  # noqa: S101  (it has a blob of one)
    upload: Any = byte_file(stores.sealed(job.dataset).read(job.request["blob"]), "upload")
    reading: dict[str, Any] = dict(secret_of(stores, job)["reading"])
    reading["schema"] = Schema.of_dict(reading["schema"])
    table = verbs.read(upload, watch=Quiet(watch), **reading)
    names = list(table.schema.names)
    for batch in table.arrow.to_batches(max_chunksize=10_000):
        yield from plain_rows(batch, table.schema, names)
