"""Deleting: what hangs on a thing, and then all of it. The keys go first, so that nothing is readable after.

Every step may be done again: what was cut off is ended by deleting once more, and blobs without a key by the
scrubber.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lookalike import faults, ids
from lookalike.errors import WrongState
from lookalike.jobs.checking import check_id
from lookalike.jobs.downloads import drop_downloads
from lookalike.jobs.model import ENDED, WRITES, Job
from lookalike.jobs.publications import key_id
from lookalike.jobs.sources import drop, drop_documents
from lookalike.service.datasets import Datasets
from lookalike.stores.documents import In, Test
from lookalike.stores.opened import Stores

_MOST_JOBS = 200
_MOST_TASKS = 1000
_KINDS = ("fit", "generate", "check", "write", "publish", "rehearse")
"""In the order of the fields of `Hanging`."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """The jobs that go with a thing: those that fit models, that draw rows, that check them, that write."""

    fits: tuple[Job, ...] = ()
    generations: tuple[Job, ...] = ()
    checks: tuple[Job, ...] = ()
    writes: tuple[Job, ...] = ()
    publications: tuple[Job, ...] = ()
    rehearsals: tuple[Job, ...] = ()
    """Nobody is asked about these: they go by themselves soon enough."""

    def __bool__(self) -> bool:
        return bool(self.fits or self.generations or self.writes)

    def jobs(self) -> tuple[Job, ...]:
        """All of them, those that others hang on last."""
        first = (*self.publications, *self.checks, *self.rehearsals)
        return (*first, *self.generations, *self.writes, *self.fits)

    def counts(self) -> dict[str, int]:
        """How many of each, in words of the API."""
        models = sum(job.state == "completed" for job in self.fits)
        return {
            "jobs": len(self.fits),
            "models": models,
            "generations": len(self.generations),
            "record_jobs": len(self.writes),
            "publications": len(self.publications),
        }


class Removal:
    """Deletes from ``stores`` what nobody is to have any more."""

    def __init__(self, stores: Stores, datasets: Datasets) -> None:
        self._stores = stores
        self._datasets = datasets

    def of_dataset(self, dataset_id: str) -> Hanging:
        """What hangs on a dataset: every job that read it, or reads what was learned from it."""
        found = list(self._jobs({"dataset": dataset_id}))
        return Hanging(*(tuple(job for job in found if job.kind == kind) for kind in _KINDS))

    def of_fit(self, job: Job) -> Hanging:
        """What hangs on a fit job and its model."""
        found = list(self._jobs({"model": job.output}))
        return Hanging(*(tuple(job for job in found if job.kind == kind) for kind in _KINDS))

    def of_generation(self, job: Job) -> Hanging:
        """The check of a generation, and its publications."""
        doc = self._stores.documents.get("job", check_id(job))
        checks = () if doc is None else (Job.of_doc(doc),)
        return Hanging(checks=checks, publications=tuple(self._publications(job)))

    def _publications(self, job: Job) -> Iterator[Job]:
        """The publish jobs of a generation; of one that has none yet, as much as it takes to delete it."""
        for doc in self._stores.documents.find("publication", {"of": job.id}):
            found = self._stores.documents.get("job", doc["id"])
            if found is not None:
                yield Job.of_doc(found)
            else:
                yield Job(
                    id=doc["id"], owner=job.owner, kind="publish", output=doc["id"], request={}, tasks=1
                )

    def dataset(self, dataset_id: str) -> None:
        """Delete a dataset and what hangs on it."""
        where: Mapping[str, Test] = {"id": dataset_id}
        self._stores.documents.update_one("dataset", where, {"state": "deleting", "idem": None})
        self._stores.keys.destroy([dataset_id])
        # again, since a job may have been submitted just before the key was gone
        while jobs := self.of_dataset(dataset_id).jobs():
            self.jobs(jobs)
        self._datasets.drop(dataset_id)

    def user(self, user_id: str) -> None:
        """Delete all that a user owns."""
        where: Mapping[str, Test] = {"owner": user_id}
        while jobs := list(self._jobs(where)):  # all together, and not dataset by dataset
            self.jobs(jobs)
        while docs := self._stores.documents.find("dataset", where, limit=200):
            for doc in docs:
                self.dataset(doc["id"])
        while docs := self._stores.documents.find("document", where, limit=200):
            drop(self._stores, [doc["id"] for doc in docs])
        self._stores.keys.destroy([user_id])

    def job(self, job: Job) -> None:
        """Delete a job, what it made, and what hangs on that."""
        of = self.of_fit if job.kind == "fit" else self.of_generation
        self.jobs((*of(job).jobs(), job))
        while late := of(job).jobs():  # submitted when the job was still there
            self.jobs(late)

    def rehearsals(self, before_us: int) -> int:
        """How many rehearsals were deleted that had ended before that time."""
        found = self._jobs({"kind": "rehearse", "state": In(*ENDED)})
        old = [job for job in found if job.ended_us is not None and job.ended_us < before_us]
        for job in old:
            self.job(job)
        return len(old)

    def jobs(self, jobs: Iterable[Job]) -> None:
        """Delete these jobs and what they made."""
        jobs = list(jobs)
        published = [job for job in jobs if job.kind == "publish"]
        self._forget("publication", "id", published)  # first, so that nothing more of it is sent anywhere
        inner = [key_id(job.output) for job in published]
        self._stores.keys.destroy([*inner, *(job.output for job in jobs)])
        faults.hit("after-destroy")
        for part in _parts(jobs):
            self._clear(part)

    def _clear(self, jobs: Sequence[Job]) -> None:
        """Delete what is left of jobs whose keys are gone. Their documents together: each commit takes time,
        and somebody may be deleting hundreds. Whoever works on one stops when its task is no more."""
        written = [job for job in jobs if job.kind in WRITES]
        if written:
            self._stores.records.drop(*(job.output for job in written))
        for job in written:
            drop_downloads(self._stores, job.id)
            drop_documents(self._stores, job)
        for job in jobs:
            self._stores.blobs.delete([info.key for info in self._stores.blobs.list(f"{job.output}/")])
        self._forget("share", "object", jobs)
        self._forget("job", "id", jobs)
        self._forget("task", "job", jobs)

    def _forget(self, kind: str, field: str, jobs: Sequence[Job]) -> None:
        """Delete the documents whose ``field`` is one of these jobs."""
        for start in range(0, len(jobs), _MOST_JOBS):
            these = In(*(job.id for job in jobs[start : start + _MOST_JOBS]))
            self._stores.documents.delete(kind, {field: these})

    def refuse(self, what: str, hanging: Hanging) -> WrongState:
        """What is said when something hangs on a thing and nobody said that it may go."""
        counts = hanging.counts()
        told = ", ".join(f"{name}: {count:,}" for name, count in counts.items() if count)
        return WrongState(
            f"Deleting this {what} also deletes what hangs on it: {told}.",
            hint="Add ?cascade=true to delete all of it. There is no way back.",
        )

    def _jobs(self, where: Mapping[str, Test]) -> Iterator[Job]:
        after = None
        while docs := self._stores.documents.find("job", where, after=after, limit=200):
            yield from map(Job.of_doc, docs)
            after = docs[-1]["id"]


def _parts(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """The jobs, as many at a time as have few enough tasks to be deleted while others wait to write."""
    part: list[Job] = []
    tasks = 0
    for job in jobs:
        tasks += job.tasks
        if part and (tasks > _MOST_TASKS or len(part) == _MOST_JOBS):
            yield part
            part, tasks = [], job.tasks
        part.append(job)
    if part:
        yield part


def fit_of(model_id: str) -> str:
    """The id of the job that makes the model."""
    return ids.sibling(model_id, "job")
