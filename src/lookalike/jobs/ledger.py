"""The ledger: who asked for what, which tasks that makes, who is doing them, and what came of it.

Written once, on `Documents`: every step is one conditional update of one document. The fence is a task's
``attempt``: claiming raises it, and only the holder of the latest one can renew, commit or fail. A job's own
state is derived from its tasks by `settle`, which may run anywhere, any number of times. Nothing here depends
on what time it is: a lease is alive as long as its ``beat`` moves, which the sweeper measures by a clock of
its own (`lookalike.jobs.sweep`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from lookalike import faults, ids
from lookalike.clock import Clock, SystemClock
from lookalike.errors import NotFound, WrongState
from lookalike.jobs import plan, progress
from lookalike.jobs.model import (
    ACTIVE,
    ENDED,
    ROUND,
    Job,
    JobState,
    Json,
    Lease,
    Problem,
    Task,
    TaskResult,
    TaskState,
)
from lookalike.stores.documents import Doc, Documents, In

RETRIES_S = (5.0, 10.0, 20.0)
"""How long a task waits after its first, second and third failure; the fourth ends the job."""

STOPPED = Problem("cancelled", "The job was ended before this was done.")
LOST = Problem("worker-lost", "The worker that did it ended, or did not answer any more.")


class Ledger:
    """``documents`` must know the kinds `JOB` and `TASK`. ``retries``: how many failures a task may have."""

    def __init__(
        self, documents: Documents, clock: Clock | None = None, *, retries: int = len(RETRIES_S)
    ) -> None:
        self.documents = documents
        self.clock = clock or SystemClock()
        self._retries = retries

    def submit(self, job: Job, first: Sequence[tuple[str, Sequence[Doc]]] = ()) -> Job:
        """The job as the ledger has it, after one insert. The same ``idem`` again returns the first job.

        first: documents that have to be there before it. The tasks that it begins with are inserted behind it
        in the same go; where a back end breaks off in between, the sweeper inserts those that are missing.
        `WrongState` when the first one asked for something else.
        """
        job = dataclasses.replace(job, created_us=self.clock.now_us())
        tasks = [self._task_doc(job, task) for task in plan.first_tasks(job)]
        created = self.documents.create_in_turn([*first, ("job", [job.to_doc()]), ("task", tasks)])
        if created <= len(first):
            return self._submitted_before(job)
        faults.hit("after-submit")
        return dataclasses.replace(job, rev=1)

    def job(self, job_id: str) -> Job:
        """The job; `NotFound` when there is none."""
        doc = self.documents.get("job", job_id)
        if doc is None:
            raise NotFound(f"There is no job {job_id}.", hint="It was deleted, or never submitted.")
        return Job.of_doc(doc)

    def tasks(self, job_id: str) -> list[Doc]:
        """The documents of a job's tasks, by number, with their attempts: for who asks what happened."""
        return self.documents.find("task", {"job": job_id}, limit=1000)

    def claim(self, pool: str, worker: str) -> Lease | None:
        """The next task of ``pool``, now ``worker``'s; None when there is none."""
        waiting = {"pool": pool, "state": "pending"}
        while self.documents.find("task", waiting, order="turn", limit=1):
            change = {"state": "running", "worker": worker, "done": 0, "claimed_us": self.clock.now_us()}
            doc = self.documents.update_one("task", waiting, change, inc={"attempt": 1}, order="turn")
            if doc is None:
                return None
            job = self.settle(doc["job"])
            if job is not None and job.state in ACTIVE:
                return _lease(doc, job)
            self._withdraw(doc["job"])
            self.documents.update_one("task", _held(doc["id"], doc["attempt"]), {"state": "cancelled"})
        return None

    def renew(self, lease: Lease, done: int = 0, live: Json = None) -> bool:
        """Say that the work goes on, and how many of its units are done. False: stop, it is not yours.

        live: figures of the task, which become the job's.
        """
        where = _held(lease.task_id, lease.attempt)
        told = {"done": done} if live is None else {"done": done, "live": live}
        if self.documents.update_one("task", where, told, inc={"beat": 1}) is None:
            return False
        job = self.settle(lease.job.id) if done or live else self._find(lease.job.id)
        return job is not None and job.state in ACTIVE

    def commit(self, lease: Lease, result: TaskResult) -> bool:
        """The task is completed with this result. False: it is not yours any more; drop your blobs."""
        job = self._find(lease.job.id)
        if job is None or job.state not in ACTIVE:
            self.fail(lease, STOPPED, retry=False)
            return False
        change: Doc = {"state": "completed", "result": result.to_dict(), "done": lease.task.units}
        if not self._end(lease, change, None):
            return False
        faults.hit("before-settle")
        self.settle(lease.job.id)
        return True

    def fail(self, lease: Lease, problem: Problem, *, retry: bool) -> None:
        """The task failed: it waits for another attempt, or ends its job. Nothing if it is not yours."""
        failures = lease.failures + 1
        state = self._after(lease.job.id, failures, retry=retry)
        if self._end(lease, {"state": state, "problem": problem.to_dict(), "failures": failures}, problem):
            self.settle(lease.job.id)

    def release(self, lease: Lease) -> None:
        """Hand the task back undone, as a worker does that is asked to end. It counts as no failure."""
        if self._end(lease, {"state": "pending"}, Problem("released", "The worker was asked to end.")):
            self.settle(lease.job.id)

    def lose(self, doc: Doc) -> bool:
        """End the lease of a task whose worker is gone; False when it moved after ``doc`` was read."""
        failures = doc["failures"] + 1
        state = self._after(doc["job"], failures, retry=True)
        where = {**_held(doc["id"], doc["attempt"]), "beat": doc["beat"]}
        change = {"state": state, "problem": LOST.to_dict(), "failures": failures}
        change |= {"attempts": [*doc["attempts"], self._attempt(doc, LOST)], "worker": None}
        change["ended_us"] = self.clock.now_us()
        if self.documents.update_one("task", where, change) is None:
            return False
        self.settle(doc["job"])
        return True

    def lose_worker(self, worker: str) -> int:
        """How many leases were ended of a worker that is known to be dead."""
        docs = self.documents.find("task", {"worker": worker, "state": "running"})
        return sum(self.lose(doc) for doc in docs)

    def cancel(self, job_id: str) -> Job:
        """The job, ``cancelling``, or ``cancelled`` if nobody is at work on it; `WrongState` if it ended."""
        where = {"id": job_id, "state": In(*ACTIVE)}
        if self.documents.update_one("job", where, {"state": "cancelling"}) is None:
            job = self.job(job_id)
            if job.state not in ("cancelling", "cancelled"):
                raise WrongState(f"The job {job_id} has ended: it is {job.state}.")
        return self.settle(job_id) or self.job(job_id)

    def retry(
        self, job_id: str, slots: Sequence[int] | None = None, caps: Mapping[str, Json] | None = None
    ) -> Job:
        """The job, begun again; a write job for these slots alone, or under these caps. `WrongState` unless
        it failed or was cancelled, and is clean."""
        job = self.job(job_id)
        if job.state not in ("failed", "cancelled") or job.clean != "done":
            raise WrongState(
                f"The job {job_id} is {job.state}.",
                hint="Only a job that failed or was cancelled can be tried again; wait until it has ended.",
            )
        fresh: Doc = {
            "state": "pending",
            "round": job.round + 1,
            "slots": None if slots is None else list(slots),
            "caps": {**(job.caps or {}), **(caps or {})} or None,
            "planned": 0,
            "clean": "due",
            "problem": None,
        }
        fresh |= {"percent": 0, "steps": [], "step_revs": [], "started_us": None, "ended_us": None}
        self.documents.delete("task", {"job": job_id})
        if self.documents.update_one("job", {"id": job_id, "rev": job.rev}, fresh) is None:
            raise WrongState(f"The job {job_id} was changed by somebody else meanwhile.")
        self.plan(self.job(job_id))
        return self.job(job_id)

    def plan(self, job: Job) -> bool:
        """Whether tasks that the job begins with were missing; now they are there."""
        tasks = plan.first_tasks(job)
        if self._is_planned(job.id, len(tasks)):
            return False
        self.documents.create("task", [self._task_doc(job, task) for task in tasks])
        self.note_planned(job)
        return True

    def note_planned(self, job: Job) -> None:
        """Note that the job has the tasks that it begins with: nobody has to look any more."""
        self.documents.update_one("job", {"id": job.id, "planned": 0}, {"planned": 1})

    def _is_planned(self, job_id: str, tasks: int) -> bool:
        return self.documents.count("task", {"job": job_id}) >= tasks

    def settle(self, job_id: str, *, force: bool = False) -> Job | None:
        """The job, in the state and with the progress that its tasks give it; None when there is no such job.

        ``force``: a job that is being cancelled waits for its workers no longer.
        """
        while True:
            job = self._find(job_id)
            if job is None or job.state in ENDED:
                return job
            change = self._derived(job, force)
            if not change:
                return job
            if "steps" in change:
                # the update is conditional on this rev, so the next one is known
                new = len(change["steps"]) - len(job.steps)
                change["step_revs"] = [*job.step_revs, *[job.rev + 1] * new]
            if doc := self.documents.update_one("job", {"id": job.id, "rev": job.rev}, change):
                if change.get("state") in ENDED:
                    self._withdraw(job.id)
                return Job.of_doc(doc)

    def cleaned(self, job: Job) -> None:
        """Note that nothing is left of the job's blobs but what its result names."""
        self.documents.update_one("job", {"id": job.id, "rev": job.rev}, {"clean": "done"})

    def _submitted_before(self, job: Job) -> Job:
        doc = self.documents.get("job", job.id)
        if doc is None and job.idem is not None:
            doc = next(iter(self.documents.find("job", {"idem": job.idem})), None)
        if doc is None:  # deleted a moment ago
            raise WrongState("A job with this key has just been deleted.", hint="Try again.")
        first = Job.of_doc(doc)
        if (first.kind, first.request) != (job.kind, job.request):
            raise WrongState(
                "This idempotency key was used for another request.",
                hint="Use a new key for every new request, and the same one only to send it again.",
            )
        return first

    def _derived(self, job: Job, force: bool) -> Doc:
        """What must change in the job's document, by what its tasks are."""
        count = _Counts(self.documents, job.id)
        if job.state == "cancelling":
            if force or not count("running"):
                return self._ended("cancelled")
            return self._live(job, self.documents.find("task", {"job": job.id, "state": "running"}))
        change = self._progress(job, count)
        if count("failed"):
            failed = self.documents.find("task", {"job": job.id, "state": "failed"}, limit=1)[0]
            return {**change, **self._ended("failed"), "problem": failed["problem"]}
        last = self.documents.get("task", ids.task(job.id, job.tasks - 1))
        if last is not None and last["state"] == "completed":
            reached = [progress.STORED]
            if job.kind == "generate":
                reached += progress.generate_steps(plan.blocks(job), plan.blocks(job), 2)
            steps = progress.joined(job.steps, reached)
            return {
                "steps": steps,
                "percent": progress.STORED,
                "result": last["result"],
                **self._ended("completed"),
            }
        if last is None and count("completed") == job.tasks - 1:
            self.documents.create("task", [self._task_doc(job, plan.last_task(job))])
        state: JobState = job.state
        if count("retrying"):
            state = "retrying"
        elif count("running") or count("completed") or job.state != "pending":
            state = "running"
        if state != job.state:
            change["state"] = state
            # told with what is told anyway, so that nobody who watches is told of it alone
            if not job.planned and self._is_planned(job.id, len(plan.first_tasks(job))):
                change["planned"] = 1
        if state != "pending" and job.started_us is None:
            change["started_us"] = self.clock.now_us()
        return change

    def _progress(self, job: Job, count: _Counts) -> Doc:
        running = self.documents.find("task", {"job": job.id, "state": "running"})
        if job.kind == "generate":
            reached = self._generate_steps(job, running, count)
        else:
            reached = [min(progress.MOST, doc["done"]) for doc in running]
        steps = progress.joined(job.steps, reached)
        change: Doc = {"steps": steps, "percent": steps[-1]} if len(steps) > len(job.steps) else {}
        return {**change, **self._live(job, running)}

    def _live(self, job: Job, running: Sequence[Doc]) -> Doc:
        """The figures that a running task tells, if they are others than the job's."""
        live = next((doc["live"] for doc in running if doc.get("live") is not None), job.live)
        return {} if live == job.live else {"live": live}

    def _generate_steps(self, job: Job, running: Sequence[Doc], count: _Counts) -> list[int]:
        total, chunks, completed = plan.blocks(job), job.tasks - 1, count.chunks()
        if completed == chunks:
            stage = max((doc["done"] for doc in running if doc["role"] == "finalise"), default=0)
            return progress.generate_steps(total, total, stage)
        # chunks are of one size but for the last: while that one is not completed, this is a little low
        size = job.request["blocks_per_chunk"]
        low = completed * size - (chunks * size - total if completed else 0)
        begun = sum(min(doc["done"], doc["units"]) for doc in running if doc["role"] == "chunk")
        return progress.generate_steps(min(low + begun, total - 1), total, 0)

    def _after(self, job_id: str, failures: int, *, retry: bool) -> TaskState:
        """The state of a task after so many failures."""
        job = self._find(job_id)
        if job is None or job.state not in ACTIVE:
            return "cancelled"
        return "retrying" if retry and failures <= self._retries else "failed"

    def _ended(self, state: JobState) -> Doc:
        return {"state": state, "ended_us": self.clock.now_us()}

    def _end(self, lease: Lease, change: Doc, problem: Problem | None) -> bool:
        """Whether the lease was still held; now it is over, and the attempt is in the task's log."""
        where = _held(lease.task_id, lease.attempt)
        doc = self.documents.get("task", lease.task_id)
        if doc is None:
            return False
        log = [
            *doc["attempts"],
            self._attempt({**doc, "attempt": lease.attempt, "worker": lease.worker}, problem),
        ]
        over = {"attempts": log, "worker": None, "ended_us": self.clock.now_us()}
        return self.documents.update_one("task", where, {**change, **over}) is not None

    def _attempt(self, doc: Doc, problem: Problem | None) -> Json:
        """One line of a task's log."""
        said = None if problem is None else problem.to_dict()
        span = {"from_us": doc.get("claimed_us"), "to_us": self.clock.now_us()}
        return {"attempt": doc["attempt"], "worker": doc["worker"], **span, "problem": said}

    def _task_doc(self, job: Job, task: Task) -> Doc:
        return {
            "id": ids.task(job.id, task.number),
            "job": job.id,
            "owner": job.owner,
            "pool": job.pool,
            "region": job.region,
            "trace": job.trace,
            "state": "pending",
            "turn": plan.turn(job, task),
            "attempt": job.round * ROUND,
            "failures": 0,
            "beat": 0,
            "done": 0,
            "worker": None,
            "attempts": [],
            "ended_us": None,
            "problem": None,
            "result": None,
            **dataclasses.asdict(task),
        }

    def _find(self, job_id: str) -> Job | None:
        doc = self.documents.get("job", job_id)
        return None if doc is None else Job.of_doc(doc)

    def _withdraw(self, job_id: str) -> None:
        """Nobody shall begin what is left of a job: what was never begun goes, what was is closed."""
        self.documents.delete("task", {"job": job_id, "state": "pending"})
        waiting = {"job": job_id, "state": "retrying"}
        while self.documents.update_one("task", waiting, {"state": "cancelled"}):
            pass


class _Counts:
    """How many tasks of a job are in a state, each asked for once."""

    def __init__(self, documents: Documents, job_id: str) -> None:
        self._documents = documents
        self._job_id = job_id
        self._known: dict[str, int] = {}

    def __call__(self, state: str) -> int:
        if state not in self._known:
            self._known[state] = self._documents.count("task", {"job": self._job_id, "state": state})
        return self._known[state]

    def chunks(self) -> int:
        where = {"job": self._job_id, "role": "chunk", "state": "completed"}
        return self._documents.count("task", where)


def _held(task_id: str, attempt: int) -> dict[str, Any]:
    """The test that a lease is still the latest."""
    return {"id": task_id, "attempt": attempt, "state": "running"}


def _lease(doc: Doc, job: Job) -> Lease:
    task = Task(**{f.name: doc[f.name] for f in dataclasses.fields(Task)})
    return Lease(
        task_id=doc["id"],
        attempt=doc["attempt"],
        failures=doc["failures"],
        worker=doc["worker"],
        task=task,
        job=job,
    )
