"""Datasets: uploads streamed to sealed storage, parsed, described; nothing of them in any document.

The document of a dataset is there before the first byte, ``uploading``; it is ``ready`` once the table was
read, and goes with all its bytes when it could not be. What the table is (schema, notes, first rows) is one
sealed blob, so that they never contradict each other.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lookalike import faults, ids
from lookalike.clock import Clock, SystemClock
from lookalike.errors import BadTable, LookalikeError, WrongState
from lookalike.sandbox.process import Parsed, Sandbox
from lookalike.stores.documents import Doc, In, Test
from lookalike.stores.opened import Stores

STATES = ("uploading", "ready", "deleting")
_BEAT_S = 5.0


@dataclass(frozen=True, slots=True)
class Upload:
    """What is said of an upload before its bytes come. file_name: may say what format it is."""

    owner: str
    name: str
    file_name: str
    reading: Mapping[str, Any]
    idem: str | None = None


class Datasets:
    """The datasets in ``stores``."""

    def __init__(self, stores: Stores, sandbox: Sandbox, clock: Clock | None = None) -> None:
        self._stores = stores
        self._sandbox = sandbox
        self._clock = clock or SystemClock()

    def begin(self, upload: Upload) -> tuple[Doc, bool]:
        """The new dataset, for `fill`, and True; or the one begun before with the same word, and False.

        `WrongState` while that one is still being uploaded.
        """
        doc: Doc = {
            "id": ids.new("ds", self._clock),
            "owner": upload.owner,
            "name": upload.name,
            "state": "uploading",
            "idem": None if upload.idem is None else f"{upload.owner} dataset {upload.idem}",
            "beat": 0,
            "created_us": self._clock.now_us(),
            "rows": None,
            "columns": None,
            "size_bytes": None,
            "sha256": None,
        }
        if self._stores.documents.create("dataset", [doc])[0]:
            faults.hit("after-begin")
            self._stores.keys.create(doc["id"])
            return doc, True
        before = next(iter(self._stores.documents.find("dataset", {"idem": doc["idem"]})), None)
        if before is None or before["state"] != "ready":
            raise WrongState(
                "An upload with this idempotency key is under way.", hint="Wait for it, or use a new key."
            )
        return before, False

    def fill(self, dataset_id: str, upload: Upload, pieces: Iterable[bytes]) -> Doc:
        """The dataset, ready, with its table in ``pieces``; of one that cannot be read, nothing stays.

        Raises what ``pieces`` and `Sandbox.parse` raise.
        """
        try:
            return self._filled(dataset_id, upload, pieces)
        except BaseException:
            with contextlib.suppress(LookalikeError):
                self.drop(dataset_id)
            raise

    def table(self, dataset_id: str) -> dict[str, Any]:
        """rows, columns, schema, schema_text, notes, preview, facts, reading, file_name of the table."""
        return json.loads(b"".join(self._stores.sealed(dataset_id).read(table_key(dataset_id))))

    def facts(self, dataset_id: str) -> list[dict[str, Any]]:
        """What was seen in each column. Of a table that an earlier version described, it is read for once."""
        known = self.table(dataset_id)
        if "facts" not in known:
            known = self.set_schema(dataset_id, json.dumps(known["schema"]))
        return known["facts"]

    def set_schema(self, dataset_id: str, schema_text: str) -> dict[str, Any]:
        """`table`, read anew by the schema in ``schema_text`` (YAML or JSON).

        `BadSchema`, and `BadTable` with row and column, when they do not fit each other; then all stays.
        """
        known = self.table(dataset_id)
        reading = {**known["reading"], "schema": schema_text}
        parsed = self._parsed(dataset_id, known["file_name"], reading)
        # a column that is left out is not looked at; it may be wanted back for what was seen in it before
        seen = {fact["name"] for fact in parsed.facts}
        parsed.facts.extend(fact for fact in known.get("facts", ()) if fact["name"] not in seen)
        self._describe(dataset_id, parsed, known["file_name"], known["reading"])
        return self.table(dataset_id)

    def reading(self, dataset_id: str) -> dict[str, Any]:
        """The options with which `verbs.read` gives the table as it was described."""
        known = self.table(dataset_id)
        return {**known["reading"], "schema": known["schema"]}

    def drop(self, dataset_id: str) -> None:
        """Destroy the key, then the bytes and the document. May be called again."""
        self._stores.keys.destroy([dataset_id])
        faults.hit("after-destroy")
        self._stores.blobs.delete([info.key for info in self._stores.blobs.list(f"{dataset_id}/")])
        faults.hit("after-blobs")
        self._stores.documents.delete("share", {"object": dataset_id})
        self._stores.documents.delete("dataset", {"id": dataset_id})

    def _filled(self, dataset_id: str, upload: Upload, pieces: Iterable[bytes]) -> Doc:
        sealed = self._stores.sealed(dataset_id)
        put = sealed.put(upload_key(dataset_id), self._beating(dataset_id, pieces))
        if put.size_bytes == 0:
            raise BadTable("The upload is empty.", hint="Send the file's bytes as the request's body.")
        faults.hit("after-upload")
        parsed = self._parsed(dataset_id, upload.file_name, upload.reading)
        self._describe(dataset_id, parsed, upload.file_name, upload.reading)
        facts = {"rows": parsed.rows, "columns": parsed.columns}
        facts |= {"size_bytes": put.size_bytes, "sha256": put.sha256}
        faults.hit("before-ready")
        where: Mapping[str, Test] = {"id": dataset_id, "state": "uploading"}
        doc = self._stores.documents.update_one("dataset", where, {"state": "ready", **facts})
        if doc is None:
            raise WrongState("The dataset was deleted while it was uploaded.")
        return doc

    def _parsed(self, dataset_id: str, file_name: str, reading: Mapping[str, Any]) -> Parsed:
        pieces = self._stores.sealed(dataset_id).read(upload_key(dataset_id))
        return self._sandbox.parse(pieces, file_name, reading)

    def _describe(self, dataset_id: str, parsed: Parsed, file_name: str, reading: Mapping[str, Any]) -> None:
        told = {**asdict(parsed), "file_name": file_name, "reading": dict(reading)}
        self._stores.sealed(dataset_id).put(table_key(dataset_id), [json.dumps(told).encode()])

    def _beating(self, dataset_id: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """``pieces``, while the dataset's beat says that somebody is at work on it."""
        beaten_s = time.monotonic()
        for piece in pieces:
            if time.monotonic() - beaten_s > _BEAT_S:
                beaten_s = time.monotonic()
                self._stores.documents.update_one("dataset", {"id": dataset_id}, {}, inc={"beat": 1})
            yield piece


class Abandoned:
    """Finds uploads whose process died, and deletions that were cut off, and ends them.

    ends: by the state of a document of ``kind``, what ends it.
    """

    def __init__(
        self,
        stores: Stores,
        ends: Mapping[str, Callable[[str], None]],
        *,
        kind: str = "dataset",
        patience_s: float = 600.0,
    ) -> None:
        self._stores = stores
        self._kind = kind
        self._ends = ends
        self._patience_s = patience_s
        self._since: dict[tuple[str, int], float] = {}

    def sweep(self) -> int:
        """How many were ended. By this process's own clock: a beat that stood still for ``patience_s``."""
        now, before, done = time.monotonic(), self._since, 0
        self._since = {}
        for doc in self._stores.documents.find(self._kind, {"state": In(*self._ends)}, limit=1000):
            seen = (doc["id"], doc["rev"])
            self._since[seen] = before.get(seen, now)
            if now - self._since[seen] >= self._patience_s:
                self._ends[doc["state"]](doc["id"])
                done += 1
        return done


def upload_key(dataset_id: str) -> str:
    """The key of the blob that holds what was uploaded, byte for byte."""
    return f"{dataset_id}/upload"


def table_key(dataset_id: str) -> str:
    """The key of the blob that says what the table is."""
    return f"{dataset_id}/table"
