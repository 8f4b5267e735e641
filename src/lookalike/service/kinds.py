"""The kinds of documents that the service keeps, beside those of jobs and keys."""

from __future__ import annotations

from lookalike.jobs.downloads import DOWNLOAD
from lookalike.jobs.model import JOB, TASK
from lookalike.jobs.providers import PROVIDER
from lookalike.jobs.publications import PUBLICATION
from lookalike.jobs.roster import WORKER
from lookalike.jobs.sources import DOCUMENT
from lookalike.jobs.spending import SPENDING
from lookalike.stores.documents import Kind
from lookalike.stores.keys import KEY

USER = Kind("user", fields={"login": str, "role": str, "idem": str}, unique=("login", "idem"), secret=True)
SESSION = Kind(
    "session",
    fields={"user": str, "hash": str, "state": str, "expires_us": int},
    indexes=(("user", "state"),),
)
TOKEN = Kind(
    "token", fields={"user": str, "name": str, "idem": str}, indexes=(("user", "name"),), unique=("idem",)
)
SIGNING_KEY = Kind("signing_key", fields={"created_us": int})
INSTANCE = Kind("instance", fields={"state": str, "hash": str, "expires_us": int})
LIMIT = Kind("limit", fields={"window": int, "count": int})
AUDIT = Kind(
    "audit",
    fields={"actor": str, "action": str, "object": str, "at_us": int},
    indexes=(("actor",), ("action",), ("object",)),
)
SHARE = Kind(
    "share",
    fields={"kind": str, "object": str, "owner": str, "user": str},
    indexes=(("user", "kind", "object"), ("object", "user")),
)

PEOPLE = (USER, SESSION, TOKEN, SIGNING_KEY, INSTANCE, LIMIT, AUDIT, SHARE)
DATASET = Kind(
    "dataset",
    fields={"owner": str, "name": str, "state": str, "idem": str},
    indexes=(("owner", "state"), ("owner", "name"), ("state",)),
    unique=("idem",),
)
"""What a table is, column names included, is no document but a sealed blob of its dataset."""

KINDS = (JOB, TASK, WORKER, KEY, PUBLICATION, DATASET, DOCUMENT, DOWNLOAD, PROVIDER, SPENDING, *PEOPLE)
"""What a service opens its documents with."""
