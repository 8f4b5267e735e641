"""The kinds of documents that the service adds to those of jobs and keys.

As in the ledger, nothing of what users upload stands here: what a table is, column names included, is a
sealed blob of its dataset.
"""

from __future__ import annotations

from lookalike.stores.documents import Kind

DATASET = Kind(
    "dataset",
    fields={"owner": str, "name": str, "state": str, "idem": str, "beat": int},
    indexes=(("owner", "state"), ("owner", "name"), ("state",)),
    unique=("idem",),
)
"""state: uploading, ready, deleting. beat: rises while an upload goes on."""

SHARE = Kind(
    "share",
    fields={"object": str, "user": str, "kind": str},
    indexes=(("user", "kind"), ("object",)),
)
"""That ``user`` may read ``object``, a dataset, model or generation. Its id is ``OBJECT USER``."""

NOUNS = (DATASET, SHARE)
