"""What a task does: the verb, between the store it reads from and the blob it puts.

A runner holds nothing that matters: any other one does a task again, from the ledger and the stores, and
gives the same bytes. It remembers the last models and samplers: opening them takes longer than a chunk.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Iterator
from typing import TypeVar

from lookalike import faults, verbs
from lookalike.errors import Damaged, UsageError
from lookalike.jobs.checking import Checks
from lookalike.jobs.chunks import Chunks, ipc_pieces
from lookalike.jobs.extract import Extracts
from lookalike.jobs.heart import Heart, Quiet
from lookalike.jobs.learning import learned_table
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import Job, Lease, TaskResult
from lookalike.jobs.publishing import Publishing
from lookalike.jobs.submit import file_name, secret_of
from lookalike.jobs.writing import Writes
from lookalike.models.stream import Sample, default_workers
from lookalike.publish.digests import Digester
from lookalike.publish.places import Places
from lookalike.sandbox.process import Sandbox
from lookalike.stores.opened import Stores
from lookalike.tables.canonical_json import dumps
from lookalike.tables.write import Written, write_pieces

T = TypeVar("T")

_REMEMBERED = 2


class Runner:
    """Runs tasks on ``stores``; one at a time, in one thread."""

    def __init__(
        self, stores: Stores, ledger: Ledger, sandbox: Sandbox | None = None, places: Places | None = None
    ) -> None:
        self._stores = stores
        self._ledger = ledger
        self._models: OrderedDict[Hashable, verbs.TableModel] = OrderedDict()
        self._samples: OrderedDict[Hashable, Sample] = OrderedDict()
        self._roles: dict[str, Callable[[Lease, Heart], TaskResult]] = {
            "fit": self._fit,
            "chunk": self._chunk,
            "finalise": self._finalise,
            "check": Checks(stores, ledger, self.sample).run,
            "publish": Publishing(stores, ledger, places or Places()).run,
            "extract": Extracts(stores, sandbox or Sandbox()).run,
            "write": Writes(stores, self._model).run,
        }

    def run(self, lease: Lease, heart: Heart) -> TaskResult:
        """What the task made. Raises `Cancelled` soon after ``heart`` says stop, and what the verbs raise."""
        role = self._roles.get(lease.task.role)
        if role is None:
            raise UsageError(f"This worker does not know how to do a {lease.task.role!r} task.")
        return role(lease, heart)

    def _fit(self, lease: Lease, heart: Heart) -> TaskResult:
        job, secret = lease.job, secret_of(self._stores, lease.job)
        table = learned_table(self._stores, job, heart)
        model = verbs.fit(table, watch=heart, **secret["fitting"])
        held = model.info()["provenance"].get("holdout_rows", 0)
        data = model.to_bytes()
        put = self._stores.sealed(job.output).put(lease.blob_key, [data])
        facts = {
            "model": job.output,
            "model_sha256": model.hash,
            "rows": len(table),
            "learned_rows": len(table) - held,
            "holdout_rows": held,
            "columns": len(table.schema),
            "size_bytes": put.size_bytes,
            "sha256": put.sha256,
        }
        return TaskResult({"model": put.key}, facts)

    def _chunk(self, lease: Lease, heart: Heart) -> TaskResult:
        task = lease.task
        part = dataclasses.replace(
            self.sample(lease.job), start=task.start, rows=task.stop - task.start, workers=1
        )
        pieces = ipc_pieces(part, heart, heart.report)
        put = self._stores.sealed(lease.job.output).put(lease.blob_key, pieces)
        return TaskResult({"rows": put.key}, {"rows": part.rows})

    def _finalise(self, lease: Lease, heart: Heart) -> TaskResult:
        """One writer over all chunks, hashed and given its CIDs as it goes; then the manifest beside it."""
        faults.hit("before-finalise")
        job, sample = lease.job, self.sample(lease.job)
        store = self._stores.sealed(job.output)
        docs = [doc for doc in self._ledger.tasks(job.id) if doc["role"] == "chunk"]
        keys = [doc["result"]["blobs"]["rows"] for doc in docs]
        chunks = Chunks(
            store, keys, sample.rows, sample.arrow_schema, lambda: heart.report(1), default_workers()
        )
        made = _Returning(
            write_pieces(
                chunks,
                file_name(job.request["format"], job.request["compression"]),
                schema=sample.schema,
                compression=job.request["compression"],
                metadata=sample.metadata,
                watch=Quiet(heart),
            )
        )
        with Digester() as digester:
            put = store.put(lease.blob_key, digester.passing(made))
            digests = digester.digests()
        heart.report(2)
        written = made.value
        if written.sha256 != put.sha256:
            raise Damaged(
                f"{put.key} is not what was written.", hint="Try again; if it persists, check the memory."
            )
        manifest = store.put(f"{lease.blob_key}-manifest", [dumps(sample.manifest(written))])
        facts = {
            "rows": written.rows,
            "format": written.format,
            "compression": written.compression,
            "size_bytes": put.size_bytes,
            "sha256": put.sha256,
            "cids": [str(cid) for _, cid in digests.cids],
        }
        return TaskResult({"file": put.key, "manifest": manifest.key}, facts)

    def sample(self, job: Job) -> Sample:
        """All rows of a generate job, lazily; of a fit job, as many of its model's as it learned."""

        def opened() -> Sample:
            if job.kind == "fit":
                assert job.result is not None  # noqa: S101  (it is completed)
                key, sha256 = job.result["blobs"]["model"], job.result["model_sha256"]
                return self._model(job.output, key, sha256).sample(job.result["learned_rows"])
            request, secret = job.request, secret_of(self._stores, job)
            assert job.model is not None  # noqa: S101  (a generate job is submitted with one)
            return self._model(job.model, request["model_blob"], request["model_sha256"]).sample(
                request["rows"],
                seed=request["seed"],
                where=secret["where"],
                shares=secret["shares"],
                balance=secret["balance"],
            )

        return _remembered(self._samples, job.id, opened)

    def _model(self, model_id: str, key: str, sha256: str) -> verbs.TableModel:
        def opened() -> verbs.TableModel:
            model = verbs.loads(b"".join(self._stores.sealed(model_id).read(key)), model_id)
            if model.hash != sha256:
                raise Damaged(f"{model_id} is not the model that the job was submitted for.")
            return model

        return _remembered(self._models, key, opened)


class _Returning:
    """A generator that can be iterated once; afterwards ``value`` is what it returned."""

    def __init__(self, made: Generator[bytes, None, Written]) -> None:
        self._made = made
        self.value: Written

    def __iter__(self) -> Iterator[bytes]:
        self.value = yield from self._made


def _remembered(memory: OrderedDict[Hashable, T], key: Hashable, opened: Callable[[], T]) -> T:
    if key not in memory:
        memory[key] = opened()
        while len(memory) > _REMEMBERED:
            memory.popitem(last=False)
    memory.move_to_end(key)
    return memory[key]
