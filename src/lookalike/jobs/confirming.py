"""What looks after publications while nobody is at work on them: asks, tries again, deletes local copies.

Any number may run; each step may be done twice. One that waits measures by its own monotonic clock.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from lookalike import faults
from lookalike.errors import LookalikeError, NotFound, WrongState
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import Job
from lookalike.jobs.publications import AGAIN, Wanted, begin, submit_publish
from lookalike.jobs.publishing import STORE
from lookalike.publish.base import Receipt
from lookalike.publish.places import Places, open_place
from lookalike.stores.documents import Doc, Test
from lookalike.stores.opened import Stores

_SENT_FAILED = {
    "code": "publish-refused",
    "message": "The place dropped it again, or never took it in.",
    "detail": None,
}


class Confirming:
    """ring: tells workers of a pool that there is something to do. confirm_s: between two questions to a
    place about one publication; again_s: after one failed because the place did not answer."""

    def __init__(
        self,
        stores: Stores,
        ledger: Ledger,
        places: Places,
        ring: Callable[[str], None],
        *,
        confirm_s: float,
        again_s: float,
    ) -> None:
        self._stores = stores
        self._ledger = ledger
        self._documents = ledger.documents
        self._places = places
        self._ring = ring
        self._confirm_s = confirm_s
        self._again_s = again_s
        self._since: dict[str, float] = {}

    def keep(self, stop: threading.Event, tick_s: float = 1.0) -> None:
        """Look after everything until ``stop`` is set."""
        while not stop.wait(tick_s):
            with contextlib.suppress(LookalikeError):  # a store that does not answer; it is asked again
                self.tick()

    def tick(self) -> int:
        """How many publications went on by a step."""
        before, self._since = self._since, {}
        done = 0
        for doc in self._all({"state": "pending"}):
            done += self._resumed(doc, before)
        for doc in self._all({"state": "sent"}):
            if self._waited(doc["id"], before) >= self._confirm_s:
                self._since.pop(doc["id"])
                with contextlib.suppress(LookalikeError):  # it does not answer, or its settings are gone
                    done += self._confirmed(doc)
        for doc in self._all({"shred": "due"}):
            done += self._shredded(doc)
        return done

    def _waited(self, key: str, before: dict[str, float]) -> float:
        """For how long ``key`` has been waiting, as far as this process has seen."""
        now = self._ledger.clock.monotonic()
        first = self._since[key] = before.get(key, now)
        return now - first

    def _resumed(self, doc: Doc, before: dict[str, float]) -> bool:
        """A job for a publication that lost its own, or whose place did not answer for long."""
        own = doc["id"]
        found = self._documents.get("job", own)
        if found is None:
            with contextlib.suppress(NotFound):
                begin(self._ledger, self._ledger.job(doc["of"]), own)
                return True
            return False
        job = Job.of_doc(found)
        if job.state != "failed" or job.problem is None or job.problem.code not in AGAIN:
            return False
        if self._waited(f"{own} {job.round}", before) < self._again_s:
            return False
        with contextlib.suppress(WrongState):  # it is not clean yet, or somebody was faster
            self._ring(self._ledger.retry(own).pool)
            return True
        return False

    def _confirmed(self, doc: Doc) -> bool:
        place = open_place(doc["where"], self._places, self._stores.sealed(doc["id"]), f"{doc['id']}/{STORE}")
        status = place.status(Receipt.of_dict(doc["receipt"]))
        if status == "pending":
            return False
        change: Doc = {"state": "failed", "problem": _SENT_FAILED}
        if status == "final":
            keeps = doc["where"] == "local" or Wanted.of_dict(doc["wanted"]).keep_local
            change = {"state": "final", "final_us": self._ledger.clock.now_us()}
            change["shred"] = None if keeps else "due"
        changed = self._documents.update_one("publication", {"id": doc["id"], "state": "sent"}, change)
        return changed is not None

    def _shredded(self, doc: Doc) -> bool:
        """The local copy of what is kept elsewhere goes, unless it is still needed to go anywhere else."""
        for other in self._documents.find("publication", {"of": doc["of"]}):
            if other["state"] == "pending":
                return False
        faults.hit("before-shred")
        if not shred(self._ledger, doc["of"]):
            return False
        faults.hit("after-shred")
        self._documents.update_one("publication", {"id": doc["id"], "shred": "due"}, {"shred": "done"})
        return True

    def _all(self, where: dict[str, Test]) -> Iterator[Doc]:
        after = None
        while docs := self._documents.find("publication", where, after=after, limit=200):
            yield from docs
            after = docs[-1]["id"]


def shred(ledger: Ledger, generation_id: str) -> bool:
    """Whether a generation's file is on nobody's list any more, so that the next sweep deletes its blob."""
    found = ledger.documents.get("job", generation_id)
    if found is None or "file" not in (found["result"] or {}).get("blobs", {}):
        return True
    blobs = {name: key for name, key in found["result"]["blobs"].items() if name != "file"}
    result = {**found["result"], "blobs": blobs, "shredded_us": ledger.clock.now_us()}
    where = {"id": generation_id, "rev": found["rev"]}
    return ledger.documents.update_one("job", where, {"result": result, "clean": "due"}) is not None


def publish_as_wished(stores: Stores, ledger: Ledger, generation: Job) -> None:
    """The publication that was asked for together with the rows, once. What was cancelled stays so."""
    wish = generation.request.get("publish")
    if generation.state != "completed" or wish is None:
        return
    wanted = Wanted.of_dict(wish)
    if not ledger.documents.count("publication", {"of": generation.id, "where": wanted.where}):
        submit_publish(stores, ledger, generation, wanted)
