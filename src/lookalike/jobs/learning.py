"""The table that a fit job learns, read from its dataset's sealed upload as the job was asked to."""

from __future__ import annotations

from typing import Any

from lookalike import verbs
from lookalike.jobs.chunks import byte_file
from lookalike.jobs.heart import Quiet
from lookalike.jobs.model import Job
from lookalike.jobs.submit import secret_of
from lookalike.schema import Schema
from lookalike.stores.opened import Stores
from lookalike.watch import Watch


def learned_table(stores: Stores, fitted: Job, watch: Watch) -> verbs.Table:
    """The table; its schema is the one that stood in the request, if one did."""
    assert fitted.dataset is not None  # noqa: S101  (a fit job is submitted with one)
    upload: Any = byte_file(stores.sealed(fitted.dataset).read(fitted.request["blob"]), "upload")
    reading: dict[str, Any] = dict(secret_of(stores, fitted)["reading"])
    if reading.get("schema") is not None:
        reading["schema"] = Schema.of_dict(reading["schema"])
    return verbs.read(upload, watch=Quiet(watch), **reading)
