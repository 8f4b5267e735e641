"""The local store: files under their CIDs in a `BlobStore`. No server, no consent, and it can be emptied.

    PREFIX/CID         the file, whole, so that any range of it is one read
    PREFIX/CID.root    the root block, where it is not the file itself

All other blocks are pieces of the file, or follow from it while it is read (`lookalike.publish.dag`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from lookalike.errors import NotFound, VerificationFailed
from lookalike.publish.base import BlobReader, FileInfo, Json, Quote, Receipt, Save, Status
from lookalike.publish.cid import DAG_PB, Cid
from lookalike.publish.dag import Dag, Layout
from lookalike.stores.blobs import BlobStore
from lookalike.watch import Watch, check

WHERE = "local"


class LocalPublisher:
    """Publishes into ``blobs`` under ``prefix``. gateway: the URL before ``/ipfs/CID``, if there is one."""

    where = WHERE

    def __init__(
        self,
        blobs: BlobStore,
        prefix: str = "ipfs",
        *,
        layout: Layout | None = None,
        gateway: str | None = None,
    ) -> None:
        self._blobs = blobs
        self._prefix = prefix
        self._layout = layout or Layout()
        self._gateway = gateway

    def quote(self, file: FileInfo) -> Quote:  # noqa: ARG002  (every file costs the same here: nothing)
        return Quote(where=WHERE, forever=False, public=self._gateway is not None)

    def push(self, file: BlobReader, state: Json | None, save: Save, *, watch: Watch) -> Receipt:  # noqa: ARG002
        """Nothing here is beyond return, so nothing is saved: whoever was killed just begins again."""
        cid, root = self._computed(file, watch)
        if not self._holds(cid):
            if root is not None:
                self._blobs.put(self._root_key(cid), [root])
            self._blobs.put(self._key(cid), _checked(file, cid, watch))
        links = () if self._gateway is None else (f"{self._gateway.rstrip('/')}/ipfs/{cid}",)
        return Receipt(where=WHERE, address=str(cid), links=links)

    def status(self, receipt: Receipt) -> Status:
        return "final" if self._holds(Cid.of_text(receipt.address)) else "failed"

    def read(self, cid: Cid, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Bytes of a published file; `NotFound` when it is not here."""
        return self._blobs.read(self._key(cid), start, stop)

    def size_bytes(self, cid: Cid) -> int | None:
        """How long the file is; None when it is not here."""
        found = self._blobs.info(self._key(cid))
        return None if found is None else found.size_bytes

    def root_block(self, cid: Cid) -> bytes:
        """The bytes whose hash the CID is."""
        key = self._root_key(cid) if cid.codec == DAG_PB else self._key(cid)
        return b"".join(self._blobs.read(key))

    def remove(self, cid: Cid) -> None:
        """Take the file back. Absent is fine."""
        self._blobs.delete([self._key(cid), self._root_key(cid)])

    def _holds(self, cid: Cid) -> bool:
        return self._blobs.info(self._key(cid)) is not None

    def _computed(self, file: BlobReader, watch: Watch) -> tuple[Cid, bytes | None]:
        last: list[bytes] = [b""]

        def keep(cid: Cid, block: bytes) -> None:
            last[0] = block if cid.codec == DAG_PB else b""

        dag, done = Dag(self._layout, keep), 0
        for piece in file.read():
            check(watch)
            dag.update(piece)
            done += len(piece)
            watch.progress(done // 2, file.info.size_bytes)
        cid = dag.finish()
        return cid, last[0] if cid.codec == DAG_PB else None

    def _key(self, cid: Cid) -> str:
        return f"{self._prefix}/{cid}"

    def _root_key(self, cid: Cid) -> str:
        return f"{self._prefix}/{cid}.root"


def _checked(file: BlobReader, cid: Cid, watch: Watch) -> Iterator[bytes]:
    """The file once more; `VerificationFailed`, and so nothing is stored, unless it is what it should be."""
    sha256, size = hashlib.sha256(), file.info.size_bytes
    done = 0
    for piece in file.read():
        check(watch)
        sha256.update(piece)
        done += len(piece)
        watch.progress((size + done) // 2, size)
        yield piece
    if done != size or sha256.hexdigest() != file.info.sha256:
        raise VerificationFailed(f"The file changed while it was published as {cid}.", file=file.info.name)


def missing(cid: Cid) -> NotFound:
    return NotFound(f"Nothing is published under {cid}.", hint="It was taken back, or never published here.")
