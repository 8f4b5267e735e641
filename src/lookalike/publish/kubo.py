"""A Kubo node, over its RPC (https://docs.ipfs.tech/reference/kubo/rpc): add, import, pin."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

from lookalike.errors import PublishRefused, Unavailable, VerificationFailed
from lookalike.publish.car import car_of
from lookalike.publish.cid import Cid
from lookalike.publish.dag import WIDTH, Layout
from lookalike.publish.http import Web, plain

Json = Any


class KuboNode:
    """The node whose RPC is at ``url``. It is believed in nothing that can be counted."""

    def __init__(self, url: str, *, timeout_s: float = 60.0) -> None:
        self._web = Web(url, "The IPFS node", timeout_s=timeout_s)

    def add(self, pieces: Iterable[bytes], cid: Cid, layout: Layout) -> None:
        """Let the node cut up and pin the file itself; `VerificationFailed` when that gives another CID."""
        query = {
            "cid-version": str(layout.version),
            "raw-leaves": "true" if layout.version else "false",
            "chunker": f"size-{layout.chunk_bytes}",
            "max-file-links": str(WIDTH),
            "pin": "true",
            "progress": "false",
        }
        lines = self._upload("/api/v0/add", query, pieces)
        made = next((line["Hash"] for line in reversed(lines) if "Hash" in line), None)
        if made is None:
            raise Unavailable("The IPFS node broke off before it had all of the file.", hint="Try again.")
        self._compare(str(made), cid)

    def import_car(self, pieces: Iterable[bytes], cid: Cid, layout: Layout) -> None:
        """Give the node our own blocks, and let it pin their root."""
        lines = self._upload("/api/v0/dag/import", {"pin-roots": "true"}, car_of(pieces, cid, layout))
        root = next((line["Root"] for line in lines if "Root" in line), None)
        if root is None:
            raise Unavailable("The IPFS node broke off before it had all of the file.", hint="Try again.")
        if said := _object(root).get("PinErrorMsg"):
            raise Unavailable(f"The IPFS node did not pin it: {plain(str(said).encode())}.")
        self._compare(str(_object(root.get("Cid")).get("/")), cid)

    def pins(self, cid: Cid) -> bool:
        """Whether the node keeps the file, all of it."""
        query = {"arg": str(cid), "type": "recursive"}
        answer = self._web.request("POST", "/api/v0/pin/ls", query=query, accept=(500,))
        if answer.status == 500:
            said = str(_object(answer.json()).get("Message", ""))
            if "not pinned" not in said:
                raise Unavailable(f"The IPFS node answers: {plain(said.encode())}.", hint="Try again later.")
            return False
        return str(cid) in _object(_object(answer.json()).get("Keys"))

    def unpin(self, cid: str) -> None:
        """Let the node drop a file. Absent is fine."""
        self._web.request("POST", "/api/v0/pin/rm", query={"arg": cid}, accept=(500,))

    def addresses(self) -> list[str]:
        """Where other nodes may find this one: what a pinning service is told."""
        found = _object(self._web.request("POST", "/api/v0/id").json()).get("Addresses")
        return [str(address) for address in found][:20] if isinstance(found, list) else []

    def connect(self, addresses: Iterable[str]) -> None:
        """Ask the node to connect there. It may fail: the others will find each other in another way."""
        for address in addresses:
            self._web.request("POST", "/api/v0/swarm/connect", query={"arg": address}, accept=(500,))

    def _upload(self, path: str, query: dict[str, str], pieces: Iterable[bytes]) -> list[Json]:
        """The lines of JSON that the node answers, to a form with one file."""
        border = f"lookalike{secrets.token_hex(16)}"
        head = (
            f"--{border}\r\n"
            'Content-Disposition: form-data; name="file"; filename="file"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )

        def body() -> Iterator[bytes]:
            yield head.encode()
            yield from pieces
            yield f"\r\n--{border}--\r\n".encode()

        headers = {"Content-Type": f"multipart/form-data; boundary={border}"}
        answer = self._web.request("POST", path, query=query, body=body(), headers=headers)
        try:
            return [_object(json.loads(line)) for line in answer.body.splitlines() if line.strip()]
        except (ValueError, RecursionError) as problem:
            raise PublishRefused("The IPFS node answers something that is not JSON.") from problem

    def _compare(self, made: str, cid: Cid) -> None:
        if made != str(cid):
            self.unpin(made)
            raise VerificationFailed(
                f"The IPFS node says that the file is {plain(made.encode())}; it is {cid}.",
                hint="The node changed the file, or cuts it up in another way. It was told to drop it.",
            )


def _object(value: Json) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PublishRefused("The IPFS node answers something else than it should.")
    return value
