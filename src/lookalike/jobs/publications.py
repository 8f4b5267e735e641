"""Publications: where each generation is to go, how far that is, and whether it can still be stopped.

A publication is one document and one publish job, under one id that follows from the generation and the
place: asking twice is asking once. The document alone decides about what cannot be undone. Whoever pushes
says so in it before each such step, under the fence of their attempt; whoever cancels needs that nobody has:
each is one conditional update, so that exactly one of the two comes first.

    pending    asked for; ``beyond``: something has been sent that cannot be taken back
    sent       the place has all of it, and may still drop it
    final      it is kept
    failed     the place dropped it, or said no
    cancelled  stopped before anything was sent; or taken back
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lookalike import faults, ids
from lookalike.errors import WrongState
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import ENDED, Job, Json
from lookalike.stores.documents import Doc, Documents, In, Kind, Lt
from lookalike.stores.opened import Stores

Where = Literal["local", "ipfs", "arweave"]
WHERES: tuple[Where, ...] = ("local", "ipfs", "arweave")
State = Literal["pending", "sent", "final", "failed", "cancelled"]

PUBLICATION = Kind(
    "publication",
    fields={"owner": str, "of": str, "where": str, "state": str, "cid": str, "cid_small": str, "fence": int}
    | {"beyond": int, "shred": str, "cid_v0": str},
    indexes=(
        ("of", "where"),
        ("state",),
        ("shred",),
        *((name, "state") for name in ("cid", "cid_small", "cid_v0")),
    ),
)
"""``cid``, ``cid_small``: of what the local store shows, in chunks of 1 MiB and of 256 KiB; ``cid_v0``: of
version 0, where it was asked for under that."""

AGAIN = ("unavailable", "cannot-write", "worker-lost", "internal")
"""Why a publish job may have failed and yet be tried again by itself, without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where a generation is to go. forever, override: as in `lookalike.publish.consent.Consent`.

    keep_local: the file stays here, too, once it is kept elsewhere. by: the id of who consented. encrypt:
    what goes there is the file's ciphertext, which only its owner has the key to. cid_version: of the CID
    that it goes by, where it does.
    """

    where: Where = "local"
    licence: str | None = None
    keep_local: bool = False
    forever: bool = False
    override: str | None = None
    by: str = ""
    encrypt: bool = False
    cid_version: Literal[0, 1] = 1

    def to_dict(self) -> dict[str, Json]:
        return {
            "where": self.where,
            "licence": self.licence,
            "keep_local": self.keep_local,
            "forever": self.forever,
            "override": self.override,
            "by": self.by,
            "encrypt": self.encrypt,
            "cid_version": self.cid_version,
        }

    @classmethod
    def of_dict(cls, data: Mapping[str, Json]) -> Wanted:
        return cls(**data)


_ROUND = 1_000_000
"""Each time that a publication begins anew, its attempts count from another million."""


def publication_id(generation_id: str, where: str) -> str:
    """The id of the one publication of a generation in a place, and of its job."""
    return ids.sibling(generation_id, f"pub{where}")


def key_id(own: str) -> str:
    """Under this id `Keys` keeps what opens the ciphertext of a publication, where it is encrypted."""
    return ids.sibling(own, f"age{own.partition('_')[0].removeprefix('pub')}")


def submit_publish(stores: Stores, ledger: Ledger, generation: Job, wanted: Wanted) -> Doc:
    """The publication, begun if there was none, or none that goes on. `WrongState` without a file, and for
    other bytes than those that went there, or are on their way (plain ones are not the encrypted ones), or
    the same under a CID of another version.

    One that failed or was cancelled begins again; what was sent is known, and not sent or paid for twice.
    """
    if generation.state != "completed" or generation.result is None:
        raise WrongState(f"The generation is {generation.state}.", hint="Wait until it is completed.")
    own = publication_id(generation.id, wanted.where)
    doc = ledger.documents.get("publication", own)
    going = doc is not None and _goes_on(ledger.documents, doc)
    if doc is not None:
        _check_same(doc, wanted, going)
    if not going:
        if "file" not in generation.result["blobs"]:
            raise WrongState(
                "The file is not here any more: it was published, and its local copy deleted.",
                hint="Make it again: the same model, seed and conditions give the same file.",
            )
        _note(stores, ledger, generation, wanted, own)
        begin(ledger, generation, own)
        doc = ledger.documents.get("publication", own)
    if doc is None or ledger.documents.get("job", generation.id) is None:
        # deleted meanwhile: who did that has seen this one and deleted it, or has not, and then we do
        forget(stores, ledger, own)
        raise WrongState("The generation has just been deleted.")
    return doc


def _goes_on(documents: Documents, doc: Doc) -> bool:
    """Whether there is nothing to begin: it is there, or on its way."""
    job = documents.get("job", doc["id"])
    return job is not None and shown_state(documents, doc) not in ("failed", "cancelled")


def _check_same(doc: Doc, wanted: Wanted, going: bool) -> None:
    """`WrongState` when the publication that there is sends, or has sent, other bytes than are wanted, or
    goes by a CID of another version."""
    known, there = Wanted.of_dict(doc["wanted"]), None
    if known.encrypt != wanted.encrypt:
        there = "encrypted" if known.encrypt else "not encrypted"
    elif known.cid_version != wanted.cid_version:
        there = f"under a CID of version {known.cid_version}"
    if there is not None and (going or doc["beyond"]):
        raise WrongState(
            f"The publication in {doc['where']} is {there}, and stays so.",
            hint="From the local store it can be taken back first; elsewhere, ask for it as it is.",
        )
    if not going and wanted.encrypt and doc.get("key_gone_us") is not None:
        raise WrongState("The key of this publication was destroyed: it is not sent again.")


def _note(stores: Stores, ledger: Ledger, generation: Job, wanted: Wanted, own: str) -> None:
    """The publication's document, as one that is still to be done; what was sent before is kept in it."""
    documents = ledger.documents
    stores.keys.create(own)
    if wanted.encrypt:
        stores.keys.create(key_id(own))
    fresh: Doc = {
        "state": "pending",
        "wanted": wanted.to_dict(),
        "receipt": None,
        "problem": None,
        "created_us": ledger.clock.now_us(),
        "sent_us": None,
        "final_us": None,
    }
    first = {"id": own, "owner": generation.owner, "of": generation.id, "where": wanted.where, **fresh}
    first |= {
        "cid": None,
        "cid_small": None,
        "cid_v0": None,
        "fence": 0,
        "beyond": 0,
        "push": None,
        "round": 1,
        "shred": None,
        "cipher": None,
        "key_gone_us": None,
    }
    faults.hit("before-publication")
    if not documents.create("publication", [first])[0]:
        again = {"id": own, "state": In("failed", "cancelled", "pending")}
        documents.update_one("publication", again, fresh, inc={"round": 1})
    faults.hit("after-publication")


def begin(ledger: Ledger, generation: Job, own: str) -> None:
    """The job of a publication; in place of one that ended. Again is fine."""
    documents = ledger.documents
    ended = {"id": own, "state": In(*ENDED)}
    if documents.count("job", ended):
        documents.delete("task", {"job": own})
        documents.delete("job", ended)
    ledger.submit(
        Job(
            id=own,
            owner=generation.owner,
            kind="publish",
            output=own,
            request={"of": generation.id},
            tasks=1,
            name=generation.name,
            pool=generation.pool,
            region=generation.region,
            trace=generation.trace,
            dataset=generation.dataset,
            model=generation.model,
        )
    )


def cancel(ledger: Ledger, own: str) -> Doc:
    """The publication, cancelled. `WrongState` when something was sent that cannot be taken back."""
    documents = ledger.documents
    where = {"id": own, "state": "pending", "beyond": 0}
    doc = documents.update_one("publication", where, {"state": "cancelled"})
    if doc is None:
        doc = documents.get("publication", own)
        if doc is None or doc["state"] != "cancelled":
            said = "gone" if doc is None else "sent already" if doc["beyond"] else doc["state"]
            raise WrongState(f"The publication cannot be cancelled: it is {said}.")
    job = documents.get("job", own)
    if job is not None and job["state"] not in ENDED:
        with contextlib.suppress(WrongState):  # it has just ended
            ledger.cancel(own)
    return doc


def forget(stores: Stores, ledger: Ledger, own: str) -> None:
    """Delete a publication, and what of it is here. What is elsewhere stays there. May be done again."""
    stores.keys.destroy([own, key_id(own)])
    for kind, where in (("publication", {"id": own}), ("task", {"job": own}), ("job", {"id": own})):
        ledger.documents.delete(kind, where)
    stores.blobs.delete([info.key for info in stores.blobs.list(f"{own}/")])


def shown_state(documents: Documents, doc: Doc) -> State:
    """The state of a publication as people see it: a job that ended for good has failed, too."""
    if doc["state"] != "pending":
        return doc["state"]
    job = documents.get("job", doc["id"])
    if job is None or job["state"] not in ("failed", "cancelled"):
        return "pending"  # without a job it is just being begun
    return "pending" if (job["problem"] or {}).get("code") in AGAIN else "failed"


def problem_of(documents: Documents, doc: Doc) -> Json:
    """Why it failed, or why it still waits: as a job's problem; None when nothing is wrong."""
    if doc["problem"] is not None:
        return doc["problem"]
    job = documents.get("job", doc["id"])
    if job is None or doc["state"] != "pending":
        return None
    if job["problem"] is not None:
        return job["problem"]
    tasks = documents.find("task", {"job": doc["id"], "state": "retrying"}, limit=1)
    return tasks[0]["problem"] if tasks else None


class Fence:
    """What one attempt at a push may write into the publication's document, until another attempt, or a
    cancellation, comes first."""

    def __init__(self, documents: Documents, doc: Doc, attempt: int) -> None:
        self._documents = documents
        self._own = doc["id"]
        self._attempt = doc["round"] * _ROUND + attempt

    @property
    def number(self) -> int:
        """Another one for each attempt at this publication."""
        return self._attempt

    def take(self) -> Doc | None:
        """The publication, to be pushed by this attempt and no earlier one; None when it is not to be."""
        where: dict[str, Any] = {"id": self._own, "state": "pending", "fence": Lt(self._attempt + 1)}
        return self._documents.update_one("publication", where, {"fence": self._attempt})

    def write(self, change: Mapping[str, Json]) -> bool:
        """Whether the publication was still this attempt's to change; now it is changed."""
        where: dict[str, Any] = {"id": self._own, "state": "pending", "fence": self._attempt}
        return self._documents.update_one("publication", where, change) is not None
