"""Caps of a write job: those of its spec, or those that it was given when it was begun again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from lookalike.errors import UsageError
from lookalike.jobs.materials import parsed
from lookalike.jobs.model import Job
from lookalike.jobs.record_sink import accounts_of
from lookalike.jobs.submit import secret_of
from lookalike.records.money import PICO
from lookalike.records.spec import Limits
from lookalike.stores.opened import Stores


def caps_of(stores: Stores, job: Job) -> Limits:
    """The caps that hold for the job."""
    own = parsed(secret_of(stores, job)["spec"]).limits
    return dataclasses.replace(own, **(job.caps or {}))


def check_caps(stores: Stores, job: Job, caps: Mapping[str, float]) -> None:
    """`UsageError` for a cap (tokens, money, time_s) that is below what the job has spent in all its runs.

    What was spent is what the log says: a call that was under way when its worker was killed counts.
    """
    counted = accounts_of(stores.records, job.output)
    spent = counted.spent
    worked_s = sum(counted.worked_s.values())
    over: list[str] = []
    if caps.get("tokens", spent.tokens) < spent.tokens:
        over.append(f"{spent.tokens:,} tokens")
    if "money" in caps and round(caps["money"] * PICO) < spent.cost_pico:
        over.append(f"{spent.cost_pico / PICO:.12f}".rstrip("0").rstrip(".") + " of money")
    if caps.get("time_s", worked_s) < worked_s:
        over.append(f"{worked_s:g} s")
    if over:
        raise UsageError(
            f"The job has spent {' and '.join(over)}, more than it would be given.",
            hint="Caps count all runs of a job: give more than was spent.",
        )
