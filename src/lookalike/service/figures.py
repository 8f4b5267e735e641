"""Figures for Prometheus, from the ledger alone, so that every process tells the same of jobs.

Gauges are counted when they are asked for. What is counted up (task seconds, rows) is what ended since this
process began: a counter that begins anew with the process, as Prometheus expects of one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from lookalike.jobs.model import ACTIVE, ENDED
from lookalike.stores.documents import Doc, Documents, Ge, cursor

KINDS = ("fit", "generate", "check")
STATES = (*ACTIVE, "cancelling", *ENDED)
SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)
_BATCH = 500


class Metrics:
    """The figures of ``documents``; safe from many threads."""

    def __init__(self, documents: Documents, now_us: int) -> None:
        self._documents = documents
        self._lock = threading.Lock()
        self._after: Doc = {"id": "", "ended_us": now_us}
        self._registry = CollectorRegistry()
        self._registry.register(self)  # pyright: ignore[reportArgumentType]
        labels = ("role", "outcome")
        self._seconds = Histogram(
            "lookalike_task_seconds",
            "How long tasks took, each attempt.",
            labels,
            buckets=SECONDS,
            registry=self._registry,
        )
        self._rows = Counter("lookalike_rows", "Rows of files that were completed.", registry=self._registry)

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        with self._lock:
            self._count_up()
            return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The gauges, as they are now."""
        jobs = GaugeMetricFamily("lookalike_jobs", "Jobs by kind and state.", labels=("kind", "state"))
        for kind in KINDS:
            for state in STATES:
                jobs.add_metric((kind, state), self._documents.count("job", {"kind": kind, "state": state}))
        yield jobs
        queue = GaugeMetricFamily("lookalike_queue", "Tasks by state.", labels=("state",))
        for state in ("pending", "running", "retrying"):
            queue.add_metric((state,), self._documents.count("task", {"state": state}))
        yield queue
        datasets = self._documents.count("dataset", {"state": "ready"})
        yield GaugeMetricFamily("lookalike_datasets", "Datasets that are ready.", value=datasets)

    def _count_up(self) -> None:
        where = {"ended_us": Ge(self._after["ended_us"])}
        while True:
            after = cursor(self._after, "ended_us")
            docs = self._documents.find("task", where, order="ended_us", after=after, limit=_BATCH)
            for doc in docs:
                self._add(doc)
                self._after = {"id": doc["id"], "ended_us": doc["ended_us"]}
            if len(docs) < _BATCH:
                return

    def _add(self, doc: Doc) -> None:
        if not doc["attempts"]:
            return
        last = doc["attempts"][-1]
        problem = last["problem"]
        outcome = "done" if problem is None else problem["code"]
        if last["from_us"] is not None:
            seconds = max(0, last["to_us"] - last["from_us"]) / 1e6
            self._seconds.labels(doc["role"], outcome).observe(seconds)
        if problem is None and doc["role"] == "finalise" and doc["result"]:
            self._rows.inc(doc["result"]["rows"])
