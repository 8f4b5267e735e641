"""Documents for write jobs, as they come in: streamed to sealed storage, and kept until a job has used them.

They are not read here: a task of the job does that, in the sandbox. What nobody makes a job of goes.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from lookalike import faults, ids
from lookalike.clock import Clock
from lookalike.errors import BadDocument, LookalikeError, WrongState
from lookalike.jobs.sources import drop, upload_key
from lookalike.records.documents import SUFFIXES
from lookalike.stores.documents import Doc, Test
from lookalike.stores.opened import Stores

_BEAT_S = 5.0


class RecordUploads:
    """The documents in ``stores``."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    def begin(self, owner: str, name: str, word: str | None = None) -> tuple[Doc, bool]:
        """The new document, for `fill`, and True; or the one begun before with the same word, and False.

        `BadDocument` for a name whose ending is of no kind that can be read, `WrongState` while the one
        before is still being uploaded.
        """
        if PurePath(name).suffix.lower() not in SUFFIXES:
            raise BadDocument(
                "The name of the file does not say what it is.", hint=f"Known endings: {' '.join(SUFFIXES)}."
            )
        doc: Doc = {
            "id": ids.new("doc", self._clock),
            "owner": owner,
            "name": name,
            "state": "uploading",
            "idem": None if word is None else f"{owner} document {word}",
            "job": None,
            "beat": 0,
            "created_us": self._clock.now_us(),
            "size_bytes": None,
            "sha256": None,
        }
        if self._stores.documents.create("document", [doc])[0]:
            faults.hit("after-begin")
            self._stores.keys.create(doc["id"])
            return doc, True
        before = next(iter(self._stores.documents.find("document", {"idem": doc["idem"]})), None)
        if before is None or before["state"] != "ready":
            raise WrongState(
                "An upload with this idempotency key is under way.", hint="Wait for it, or use a new key."
            )
        return before, False

    def fill(self, document_id: str, pieces: Iterable[bytes]) -> Doc:
        """The document, ready; of one that did not come as a whole, nothing stays."""
        try:
            return self._filled(document_id, pieces)
        except BaseException:
            with contextlib.suppress(LookalikeError):  # what cannot be dropped now is found by the sweeper
                drop(self._stores, [document_id])
            raise

    def _filled(self, document_id: str, pieces: Iterable[bytes]) -> Doc:
        sealed = self._stores.sealed(document_id)
        put = sealed.put(upload_key(document_id), self._beating(document_id, pieces))
        if put.size_bytes == 0:
            raise BadDocument("The upload is empty.", hint="Send the file's bytes as the request's body.")
        faults.hit("after-upload")
        where: Mapping[str, Test] = {"id": document_id, "state": "uploading"}
        facts = {"state": "ready", "size_bytes": put.size_bytes, "sha256": put.sha256}
        doc = self._stores.documents.update_one("document", where, facts)
        if doc is None:
            raise WrongState("The document was deleted while it was uploaded.")
        return doc

    def drop_unused(self, document_id: str) -> None:
        """Drop a document that is no job's."""
        doc = self._stores.documents.get("document", document_id)
        if doc is None:
            return
        if doc["job"] is None or self._stores.documents.get("job", doc["job"]) is None:
            drop(self._stores, [document_id])

    def _beating(self, document_id: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """``pieces``, while the document's beat says that somebody is at work on it."""
        beaten_s = time.monotonic()
        for piece in pieces:
            if time.monotonic() - beaten_s > _BEAT_S:
                beaten_s = time.monotonic()
                self._stores.documents.update_one("document", {"id": document_id}, {}, inc={"beat": 1})
            yield piece
