"""What people ask for → jobs. Whatever of it is upload data (columns, cells, conditions) goes in sealed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lookalike import faults, ids
from lookalike.errors import UsageError, WrongState
from lookalike.jobs import plan
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import Job, Json
from lookalike.jobs.sources import claim, free
from lookalike.stores.keys import KEY
from lookalike.stores.opened import Stores
from lookalike.stores.sealed import open_json, seal_json
from lookalike.tables.canonical_json import dumps
from lookalike.tables.write import target_of

SEALED = "request"
"""The name under which a job's ``sealed`` is sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, and how. idempotency_key: the owner's own word for this one request."""

    owner: str
    name: str = ""
    pool: str = "default"
    idempotency_key: str | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Learn the table in ``blob`` of ``dataset``. reading, fitting: options of `verbs.read`, `verbs.fit`."""

    dataset: str
    blob: str
    reading: Mapping[str, Json] = field(default_factory=dict[str, Json])
    fitting: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True, kw_only=True)
class Generate:
    """Draw ``rows`` rows from the model that the job ``fitted`` made. where, shares: as people write them.

    publish: `lookalike.jobs.publications.Wanted` as a dict: where the file goes when it is there and checked.
    """

    fitted: Job
    rows: int
    format: Literal["csv", "tsv", "jsonl", "parquet"] = "csv"
    compression: str | None = None
    seed: int = 0
    where: Json = None
    shares: Json = None
    balance: str | None = None
    blocks_per_chunk: int | None = None
    publish: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Write ``records`` records by ``spec``, a text that `lookalike.jobs.materials.parsed` takes.

    documents: ids of uploads, which become the job's; cut: how they are cut. dataset, blob, reading: seed
    rows. fitted: the job whose model gives columns. index: whether a full-text index, in plain, is kept.
    rehearsal_of: how many a job would write of which these are a rehearsal; its documents are left to it.
    """

    spec: str
    records: int
    candidates: int | None = None
    documents: tuple[str, ...] = ()
    cut: Mapping[str, Json] = field(default_factory=dict[str, Json])
    dataset: str | None = None
    blob: str | None = None
    reading: Mapping[str, Json] = field(default_factory=dict[str, Json])
    fitted: Job | None = None
    index: bool = False
    rehearsal_of: int | None = None


def submit_fit(stores: Stores, ledger: Ledger, asked: Asked, fit: Fit) -> Job:
    """The job, whose ``output`` is the id of the model to be."""
    job_id = ids.new("job", ledger.clock)
    secret = {"reading": dict(fit.reading), "fitting": dict(fit.fitting)}
    return _submit(
        stores,
        ledger,
        asked,
        _Draft("fit", job_id, ids.sibling(job_id, "model"), {"blob": fit.blob}, secret, fit.dataset),
        dataset=fit.dataset,
        tasks=plan.task_count("fit"),
    )


def submit_generate(stores: Stores, ledger: Ledger, asked: Asked, generate: Generate) -> Job:
    """The job, which is the generation. `WrongState` if there is no model yet, `UsageError` for the rest."""
    fitted = generate.fitted
    if fitted.kind != "fit" or fitted.state != "completed" or fitted.result is None:
        raise WrongState(
            f"The job {fitted.id} has made no model: it is {fitted.state}.",
            hint="Wait until the fit job is completed.",
        )
    if generate.rows < 1:
        raise UsageError(f"{generate.rows} rows cannot be drawn.", hint="Ask for at least 1 row.")
    target_of(file_name(generate.format, generate.compression), compression=generate.compression)
    size = generate.blocks_per_chunk or plan.blocks_per_chunk(generate.rows)
    job_id = ids.new("job", ledger.clock)
    request: dict[str, Json] = {
        "rows": generate.rows,
        "blocks_per_chunk": size,
        "format": generate.format,
        "compression": generate.compression,
        "seed": generate.seed,
        "model_blob": fitted.result["blobs"]["model"],
        "model_sha256": fitted.result["model_sha256"],
    }
    if generate.publish is not None:
        request["publish"] = dict(generate.publish)
    secret = {"where": generate.where, "shares": generate.shares, "balance": generate.balance}
    return _submit(
        stores,
        ledger,
        asked,
        _Draft("generate", job_id, job_id, request, secret, fitted.output),
        dataset=fitted.dataset,
        model=fitted.output,
        tasks=plan.task_count("generate", generate.rows, size),
    )


def submit_write(stores: Stores, ledger: Ledger, asked: Asked, write: Write) -> Job:
    """The job. `WrongState` and `NotFound` for documents that cannot be its, and when there is no model."""
    job_id = ids.new("job", ledger.clock)
    kind = "write" if write.rehearsal_of is None else "rehearse"
    known = _asked_before(ledger, asked, kind)
    if known is None:
        documents = (
            claim(stores, asked.owner, write.documents, job_id)
            if kind == "write"
            else free(stores, asked.owner, write.documents)
        )
        names = [doc["name"] for doc in documents]
    else:
        names = secret_of(stores, known)["files"]
    fitted = write.fitted
    if fitted is not None and (fitted.state != "completed" or fitted.result is None):
        raise WrongState(f"The job {fitted.id} has made no model: it is {fitted.state}.")
    model = None if fitted is None else fitted.result
    request: dict[str, Json] = {
        "records": write.records,
        "candidates": write.candidates,
        "documents": list(write.documents),
        "blob": write.blob,
        "index": write.index,
        "model_blob": None if model is None else model["blobs"]["model"],
        "model_sha256": None if model is None else model["model_sha256"],
    }
    if write.rehearsal_of is not None:
        request["rehearsal_of"] = write.rehearsal_of
    secret = {
        "spec": write.spec,
        "cut": dict(write.cut),
        "reading": dict(write.reading),
        "files": names,
    }
    # what is asked for is known again by a key of its owner's, since there may be no dataset
    stores.keys.create(asked.owner)
    return _submit(
        stores,
        ledger,
        asked,
        _Draft(kind, job_id, job_id, request, secret, asked.owner),
        dataset=write.dataset if fitted is None else fitted.dataset,
        model=None if fitted is None else fitted.output,
        tasks=plan.task_count(kind, documents=len(write.documents)),
    )


def file_name(format: str, compression: str | None) -> str:  # noqa: A002
    """What a generated file is called by default: its endings say what it is."""
    packed = {"gzip": ".gz", "zstd": ".zst"}.get(compression or "", "") if format != "parquet" else ""
    return f"rows.{format}{packed}"


def secret_of(stores: Stores, job: Job) -> Mapping[str, Json]:
    """What of the job's request is upload data. `NotFound` once its key is destroyed."""
    return {} if job.sealed is None else open_json(stores.keys, job.output, SEALED, job.sealed)


def _idem(asked: Asked, kind: str) -> str | None:
    return None if asked.idempotency_key is None else f"{asked.owner} {kind} {asked.idempotency_key}"


def _asked_before(ledger: Ledger, asked: Asked, kind: str) -> Job | None:
    """The job that was submitted with the same word."""
    idem = _idem(asked, kind)
    docs = [] if idem is None else ledger.documents.find("job", {"idem": idem}, limit=1)
    return Job.of_doc(docs[0]) if docs else None


@dataclass(frozen=True, slots=True)
class _Draft:
    kind: str
    job_id: str
    output: str
    request: dict[str, Json]
    secret: dict[str, Json]
    source: str


def _submit(stores: Stores, ledger: Ledger, asked: Asked, draft: _Draft, **fields: Any) -> Job:
    """One insert, of the key too, which goes again when another job was submitted with the same word."""
    # by this, and not by the secret itself, the same request is known again; only who has the key can guess
    mark = hmac.new(stores.keys.key(draft.source), dumps(draft.secret), hashlib.sha256).hexdigest()
    key = stores.keys.new(draft.output)
    faults.hit("before-submit")
    idem = _idem(asked, draft.kind)
    job = ledger.submit(
        Job(
            id=draft.job_id,
            owner=asked.owner,
            kind=draft.kind,
            output=draft.output,
            request={**draft.request, "secret_hmac": mark},
            sealed=seal_json(key, draft.output, SEALED, draft.secret),
            name=asked.name,
            pool=asked.pool,
            trace=asked.trace,
            idem=idem,
            **fields,
        ),
        first=[(KEY.name, [key.doc])],
    )
    if job.id != draft.job_id:
        stores.keys.destroy([draft.output])
    return job
