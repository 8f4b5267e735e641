"""Job → tasks: a pure function, so that whoever sees none of them can insert them, and twice is once.

A generate job is chunks of whole blocks and one task that joins them. Chunks are scheduling only: a row
depends on its number, and the file on the rows. A write job reads its documents, one task each, and then has
one that conducts.
"""

from __future__ import annotations

from lookalike.jobs.model import WRITES, Job, Role, Task
from lookalike.tables.blocks import BLOCK_ROWS, block_count, bounds

MOST_TASKS = 1000
_USUAL_CHUNKS = 16
_USUAL_BLOCKS = 10
_TASK_US = 1_000_000
_CHECK_US = 3_600_000_000
_ROLES: dict[str, Role] = {
    "fit": "fit",
    "check": "check",
    "write": "write",
    "rehearse": "write",
    "publish": "publish",
}


def blocks_per_chunk(rows: int) -> int:
    """So many that a job has about 16 chunks, each soon done, and never more than 1,000 tasks."""
    blocks = block_count(0, rows)
    wished = min(_USUAL_BLOCKS, -(-blocks // _USUAL_CHUNKS))
    return max(1, wished, -(-blocks // (MOST_TASKS - 1)))


def task_count(kind: str, rows: int = 0, chunk_blocks: int = 1, documents: int = 0) -> int:
    """How many tasks a job has."""
    if kind in WRITES:
        return documents + 1
    return 1 if kind != "generate" else -(-block_count(0, rows) // chunk_blocks) + 1


def blocks(job: Job) -> int:
    """How many blocks the rows of a generate job come to."""
    return block_count(0, job.request["rows"])


def first_tasks(job: Job) -> list[Task]:
    """The tasks that can be done at once; `last_task` comes when all of them are completed."""
    if job.kind in WRITES and job.tasks > 1:
        return [Task(number=number, role="extract", units=1) for number in range(job.tasks - 1)]
    if job.kind != "generate":
        return [last_task(job)]
    size = job.request["blocks_per_chunk"] * BLOCK_ROWS
    return [
        Task(number=number, role="chunk", units=block_count(start, stop - start), start=start, stop=stop)
        for number, (start, stop) in enumerate(bounds(0, job.request["rows"], size))
    ]


def last_task(job: Job) -> Task:
    """The task whose result is the job's."""
    if job.kind == "generate":
        return Task(number=job.tasks - 1, role="finalise", units=2, stop=job.request["rows"])
    return Task(number=job.tasks - 1, role=_ROLES[job.kind], units=90)


def turn(job: Job, task: Task) -> int:
    """When a task's turn comes: task n of a job queues as if submitted n seconds after it.

    So a small job need not wait for all of a large one before it, and none waits for ever. A check, for which
    nobody's file waits, queues as if submitted an hour later.
    """
    late_us = _CHECK_US if task.role == "check" else 0
    return job.created_us + late_us + task.number * _TASK_US
