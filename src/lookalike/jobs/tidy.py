"""Which blobs nobody needs any more: of ended jobs, of attempts that were overtaken, of dead puts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from lookalike import faults, ids
from lookalike.errors import NotFound, WrongState
from lookalike.jobs import ciphertexts
from lookalike.jobs.downloads import drop_downloads, is_wanted
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import ENDED, ROUND, WRITES, Job, attempt_of
from lookalike.stores.blobs import DiskBlobs
from lookalike.stores.opened import Stores


def clean(stores: Stores, job: Job) -> None:
    """Delete what an ended job has put, but for its result and for what its attempts say went wrong.

    Attempts of a later round, begun meanwhile, are not touched.
    """
    faults.hit("before-clean")
    kept = _kept(job)
    gone: list[str] = []
    for info in stores.blobs.list(f"{job.output}/"):
        numbers = attempt_of(info.key)
        if (
            numbers
            and info.key not in kept
            and not _is_log(info.key)
            and numbers[1] <= (job.round + 1) * ROUND
        ):
            gone.append(info.key)
    stores.blobs.delete(gone)
    if job.kind == "write":
        with contextlib.suppress(NotFound):  # it is being deleted
            stores.records.join(job.output)
    faults.hit("after-clean")


def forget(stores: Stores, ledger: Ledger, job: Job) -> None:
    """Delete an ended job and what came of it: first the key, with which everything else is noise.

    May be done again after a crash at any point. `WrongState` while the job is under way.
    """
    if job.state not in ENDED:
        raise WrongState(f"The job {job.id} is {job.state}.", hint="Cancel it first.")
    stores.keys.destroy([job.output])
    if job.kind in WRITES:
        stores.records.drop(job.output)
        drop_downloads(stores, job.id)
    stores.blobs.delete([info.key for info in stores.blobs.list(f"{job.output}/")])
    ledger.documents.delete("task", {"job": job.id})
    ledger.documents.delete("job", {"id": job.id})


class Scrubber:
    """Finds what `clean` could not know of: what a worker put after its job had ended, and died; and blobs
    whose owner's key was destroyed, which are noise.

    Deletes only what two scrubs in a row found to be nobody's, so that nothing in the making is lost.
    """

    def __init__(self, stores: Stores, ledger: Ledger) -> None:
        self._stores = stores
        self._ledger = ledger
        self._suspects: set[str] = set()
        self._unfinished: dict[str, tuple[int, int]] = {}

    def scrub(self) -> int:
        """How many blobs, and files of puts that will never end, were deleted."""
        suspects = set(self._orphans())
        gone = suspects & self._suspects
        self._stores.blobs.delete(gone)
        self._suspects = suspects - gone
        return len(gone) + self._drop_unfinished()

    def _orphans(self) -> Iterable[str]:
        owners: dict[str, tuple[bool, Job | None]] = {}
        for info in self._stores.blobs.list(""):
            owner = info.key.partition("/")[0]
            if not ids.is_id(owner):
                continue
            if owner not in owners:
                owners[owner] = self._stores.keys.exists(owner), self._job_of(owner)
            readable, job = owners[owner]
            if not readable or (job is not None and not self._is_wanted(job, info.key)):
                yield info.key

    def _job_of(self, output: str) -> Job | None:
        """The job whose blobs are under ``output``: of that id, or of the one that a model's derives from."""
        for job_id in (output, ids.sibling(output, "job")):
            doc = self._ledger.documents.get("job", job_id)
            if doc is not None and doc["output"] == output:
                return Job.of_doc(doc)
        return None

    def _is_wanted(self, job: Job, key: str) -> bool:
        if job.kind == "write" and not is_wanted(self._ledger.documents, key):
            return False
        if job.kind == "publish" and not ciphertexts.is_wanted(self._ledger.documents, job.id, key):
            return False
        numbers = attempt_of(key)
        if numbers is None or key in _kept(job):
            return True
        if _is_log(key):
            return self._is_told(job, numbers, key)
        if job.state in ENDED:
            return False
        number, attempt = numbers
        task = self._ledger.documents.get("task", ids.task(job.id, number))
        return task is not None and task["attempt"] == attempt

    def _is_told(self, job: Job, numbers: tuple[int, int], key: str) -> bool:
        """Whether the ledger leads to this account of a failure, or may yet.

        It never will where the database was full when the failure was to be written down.
        """
        task = self._ledger.documents.get("task", ids.task(job.id, numbers[0]))
        if task is None:
            return True
        if task["state"] == "running" and task["attempt"] == numbers[1]:
            return True
        return any(one["problem"] and one["problem"]["detail"] == key for one in task["attempts"])

    def _drop_unfinished(self) -> int:
        blobs = self._stores.blobs
        if not isinstance(blobs, DiskBlobs):
            return 0
        found = blobs.unfinished()
        dead = [path for path, state in found.items() if self._unfinished.get(path) == state]
        blobs.drop_unfinished(dead)
        self._unfinished = {path: state for path, state in found.items() if path not in dead}
        return len(dead)


def _kept(job: Job) -> set[str]:
    return set() if job.state != "completed" or job.result is None else set(job.result["blobs"].values())


def is_of(key: str, attempt_key: str) -> bool:
    """Whether the attempt whose blobs begin with ``attempt_key`` made it, and not to say what went wrong."""
    return (key == attempt_key or key.startswith(f"{attempt_key}-")) and not _is_log(key)


def _is_log(key: str) -> bool:
    return key.endswith("-problem")
