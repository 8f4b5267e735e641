"""IPFS: a node of one's own that adds and pins, and, if wished, a pinning service that keeps it from there.

state   {"cid": …} before the node is given anything; then {"cid": …, "requestid": …}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from lookalike.publish.base import BlobReader, FileInfo, Json, Quote, Receipt, Save, Status
from lookalike.publish.cid import Cid
from lookalike.publish.dag import Dag, Layout
from lookalike.publish.kubo import KuboNode
from lookalike.publish.pinning import PinningService
from lookalike.watch import Watch, check

WHERE = "ipfs"


class IpfsPublisher:
    """Publishes through ``node``. gateways: where links lead, the best first.

    by: ``add`` lets the node cut the file up itself, and compares; ``import`` gives it our own blocks.
    """

    where = WHERE

    def __init__(
        self,
        node: KuboNode,
        *,
        pinning: PinningService | None = None,
        gateways: tuple[str, ...] = ("https://ipfs.io",),
        layout: Layout | None = None,
        by: Literal["add", "import"] = "add",
    ) -> None:
        self._node = node
        self._pinning = pinning
        self._gateways = gateways
        self._layout = layout or Layout()
        self._by = by

    def quote(self, file: FileInfo) -> Quote:  # noqa: ARG002  (a node of one's own takes nothing for it)
        notes = ["It is there for as long as some node keeps it; who has a copy may keep it for ever."]
        if self._pinning is not None:
            notes.append("The pinning service may charge for it, by its own terms.")
        return Quote(where=WHERE, forever=True, public=True, notes=tuple(notes))

    def push(self, file: BlobReader, state: Json | None, save: Save, *, watch: Watch) -> Receipt:
        cid = self._cid(file, state, watch)
        known = state or {"cid": str(cid)}
        if state is None:
            check(watch)
            save(known)
        if not self._node.pins(cid):
            send = self._node.add if self._by == "add" else self._node.import_car
            send(_told(file, watch), cid, self._layout)
        detail: dict[str, Json] = {}
        if self._pinning is not None:
            pin = self._pinning.pin(cid, file.info.name, self._node.addresses(), {"sha256": file.info.sha256})
            if known.get("requestid") != pin.request_id:
                save({**known, "requestid": pin.request_id})
            self._node.connect(pin.delegates)
            detail["requestid"] = pin.request_id
        watch.progress(file.info.size_bytes, file.info.size_bytes)
        links = tuple(f"{gateway.rstrip('/')}/ipfs/{cid}" for gateway in self._gateways)
        return Receipt(where=WHERE, address=str(cid), links=links, detail=detail)

    def status(self, receipt: Receipt) -> Status:
        cid = Cid.of_text(receipt.address)
        request_id = receipt.detail.get("requestid")
        if self._pinning is None or request_id is None:
            return "final" if self._node.pins(cid) else "failed"
        state = self._pinning.state(request_id, cid)
        if state in ("queued", "pinning"):
            return "pending"
        return "final" if state == "pinned" else "failed"

    def _cid(self, file: BlobReader, state: Json | None, watch: Watch) -> Cid:
        if state is not None:
            return Cid.of_text(state["cid"])
        dag, done = Dag(self._layout), 0
        for piece in file.read():
            check(watch)
            dag.update(piece)
            done += len(piece)
            watch.progress(done // 2, file.info.size_bytes)
        return dag.finish()


def _told(file: BlobReader, watch: Watch) -> Iterator[bytes]:
    """The file's bytes, on their way to the node: nobody stops them any more."""
    done, size = 0, file.info.size_bytes
    for piece in file.read():
        yield piece
        done += len(piece)
        watch.progress((size + done) // 2, size)
