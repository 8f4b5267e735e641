"""The task that conducts a write job: slots, filters and budget; what it makes is in the record store."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from lookalike import verbs
from lookalike.errors import FewerThanAsked
from lookalike.jobs.extract import index_if_asked
from lookalike.jobs.heart import Heart
from lookalike.jobs.materials import materials, model_spec, parsed
from lookalike.jobs.model import Job, Lease, TaskResult
from lookalike.jobs.providers import cassette_of, opened_key, providers
from lookalike.jobs.record_sink import RecordSink
from lookalike.jobs.submit import secret_of
from lookalike.records import job as records_job
from lookalike.records.cassette import ByAlias
from lookalike.records.money import PICO
from lookalike.records.output import shown
from lookalike.records.plan import plan, with_models
from lookalike.records.providers.keys import Keys
from lookalike.records.rehearsed import rehearsed
from lookalike.records.spec import ModelSpec
from lookalike.stores.documents import Doc
from lookalike.stores.opened import Stores

_LOCAL_HOST = "127.0.0.1"
SEEN = "seen"
"""The name of a rehearsal's blob: what it came to, as JSON."""


class Writes:
    """Conducts write jobs. opened: a model's id, blob and hash → the model."""

    def __init__(self, stores: Stores, opened: Callable[[str, str, str], verbs.TableModel]) -> None:
        self._stores = stores
        self._opened = opened

    def run(self, lease: Lease, heart: Heart) -> TaskResult:
        """The figures, once all records are accepted. Whatever was made before an error stays in the store.

        Raises what `lookalike.records.job.run` raises, and `BadSpec` when a provider is gone by now.
        """
        job = lease.job
        index_if_asked(self._stores, job)
        known = providers(self._stores)
        models, environment = self._models(known)
        spec = with_models(parsed(secret_of(self._stores, job)["spec"]), models)
        made = plan(spec, materials(self._stores, job, self._opened, heart))
        made = records_job.with_limits(made, **(job.caps or {}))
        used = {planned.alias for planned in made.columns if planned.alias}
        sink = RecordSink(self._stores.records, job.output, lambda values: shown(spec, values))
        # a run that was killed was granted its candidates already
        again = job.round > 0 and not sink.is_granted(job.round)
        asked = records_job.Asked(
            job.request["records"],
            job.request["candidates"],
            again=again,
            only=None if job.slots is None else frozenset(job.slots),
            run=job.round,
            keep_asking=job.kind == "rehearse",
        )
        private = frozenset().union(*(private_hosts(known[alias]) for alias in used))
        tapes = {alias: tape for alias in used if (tape := cassette_of(self._stores, known[alias]))}
        executor = records_job.Executor(
            Keys(environment),
            private=private,
            wrap=(lambda inner: ByAlias(inner, tapes)) if tapes else None,
            offline=used <= set(tapes),
        )
        last: dict[str, Any] = {}

        def told(snapshot: records_job.Snapshot) -> None:
            last.update(figures(snapshot))
            heart.tell(last)

        def write() -> None:
            try:
                records_job.run(
                    made, sink, asked, executor, watch=heart, told=told, job_id=job.id, trace=job.trace
                )
            finally:
                if last:
                    heart.tell(last, now=True)

        if job.kind != "rehearse":
            write()
            return TaskResult({}, last)
        short = _fewer(write)
        seen = {**rehearsed(made, sink, job.request["rehearsal_of"]), "short": short}
        put = self._stores.sealed(job.output).put(lease.blob_key, [json.dumps(seen).encode()])
        return TaskResult({SEEN: put.key}, last)

    def _models(self, known: dict[str, Doc]) -> tuple[dict[str, ModelSpec], dict[str, str]]:
        """Every provider by its alias, and the keys by the names that these give them."""
        models: dict[str, ModelSpec] = {}
        environment: dict[str, str] = {}
        for alias, doc in known.items():
            name = doc["key_env"] or (None if doc["key"] is None else f"provider {alias}")
            key = opened_key(self._stores, doc) if doc["key"] is not None else os.environ.get(name or "")
            if name is not None and key:
                environment[name] = key
            models[alias] = model_spec(doc, name)
        return models, environment


def _fewer(write: Callable[[], None]) -> str | None:
    """Why fewer were accepted than were asked for, which a rehearsal is to find out; None: all were."""
    try:
        write()
    except FewerThanAsked as error:
        return error.message
    return None


def private_hosts(doc: Doc) -> frozenset[str]:
    """The hosts of a provider that may be on this machine or in a private network."""
    from urllib.parse import urlsplit

    if doc["kind"] == "local":
        return frozenset((_LOCAL_HOST,))
    return frozenset((urlsplit(doc["url"]).hostname or "",)) if doc["allow_private"] else frozenset()


def figures(snapshot: records_job.Snapshot) -> dict[str, Any]:
    """What a snapshot says, as it stands in the job: numbers only."""
    spent = snapshot.spent
    return {
        "counts": snapshot.counts.to_dict(),
        "spent": {
            "calls": spent.calls,
            "tokens": spent.tokens,
            "cost": spent.cost_pico / PICO,
            "presumed_cost": spent.presumed_pico / PICO,
        },
        "diversity": {
            "candidates": snapshot.diversity.candidates,
            "near_duplicates": snapshot.diversity.near_duplicates,
            "distinct_2": snapshot.diversity.distinct_2,
            "compression": snapshot.diversity.compression,
        },
    }


def results_of(job: Job) -> dict[str, Any]:
    """The figures of a write job, as far as it is; empty when it has not begun."""
    found = job.result if job.result is not None and "counts" in job.result else job.live
    return dict(found or {})
