"""What we ask of an Arweave node or gateway (https://docs.arweave.org/developers/arweave-node-server/http-api)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookalike.errors import NotEnoughFunds, PublishRefused, Unavailable
from lookalike.publish.arweave_hash import b64, unb64
from lookalike.publish.arweave_merkle import Tree
from lookalike.publish.arweave_transaction import Transaction
from lookalike.publish.http import Answer, Web, plain

Json = Any

NAME = "The Arweave node"

_NO = frozenset(range(400, 500)) - {408, 425, 429}
_MOST_DIGITS = 30
_ANCHOR_BYTES = (32, 48)

# What `POST /chunk` answers where the same chunk may be taken later: its pool is full, it lacks the header.
_LATER = (
    "exceeds_disk_pool_size_limit",
    "data_root_not_found",
    "disk_full",
    "not_joined",
    "timeout",
    "temporary",
)
_POOR = ("balance", "tokens", "funds")

_FIND = """query($owners: [String!], $tags: [TagFilter!]) {
  transactions(owners: $owners, tags: $tags, first: 20) { edges { node { id } } }
}"""

_MINED = """query($ids: [ID!]) {
  transactions(ids: $ids, first: 1) { edges { node { block { height } } } }
}"""


class Node:
    """A node at ``url``. Whatever it answers is checked; `Unavailable` and `PublishRefused` as in `Web`."""

    def __init__(self, url: str, *, timeout_s: float = 30.0) -> None:
        self._web = Web(url, NAME, timeout_s=timeout_s)

    def price(self, size_bytes: int) -> int:
        """What keeping so many bytes costs now, in winston."""
        return _whole(self._web.request("GET", f"/price/{size_bytes}"))

    def balance(self, address: str) -> int:
        """What a wallet has, in winston."""
        return _whole(self._web.request("GET", f"/wallet/{address}/balance"))

    def anchor(self) -> bytes:
        """A recent block, that a new transaction names."""
        anchor = unb64(self._web.request("GET", "/tx_anchor").body.decode(errors="replace").strip())
        if len(anchor) not in _ANCHOR_BYTES:
            raise PublishRefused(f"{NAME} gives no anchor for a transaction.")
        return anchor

    def height(self) -> int:
        """How many blocks there are."""
        height = _field(self._web.request("GET", "/info").json(), "height")
        if not isinstance(height, int) or isinstance(height, bool) or height < 0:
            raise PublishRefused(f"{NAME} does not say its height.")
        return height

    def confirmations(self, tx_id: str) -> int | None:
        """How many blocks stand on the transaction's; 0 while it waits; None when it is not known."""
        answer = self._web.request("GET", f"/tx/{tx_id}/status", accept=(404,))
        if answer.status == 404:
            return None
        if not answer.body.lstrip().startswith(b"{"):
            return 0  # "Pending" or "Accepted"
        found = _field(answer.json(), "number_of_confirmations")
        return max(0, found) if isinstance(found, int) else 0

    def transaction(self, tx_id: str) -> Transaction | None:
        """A transaction whose signature holds; None when it is not known; `Unavailable` while it waits."""
        answer = self._web.request("GET", f"/tx/{tx_id}", accept=(404,))
        if answer.status == 404:
            return None
        if answer.status == 202:
            raise Unavailable(
                "The same file was sent before, and waits to be mined.", hint="Try again later."
            )
        found = answer.json()
        if not isinstance(found, dict):
            raise PublishRefused("The answer is no transaction.")
        transaction = Transaction.of_dict(found)
        return transaction if transaction.id == tx_id and transaction.intact() else None

    def find(self, address: str, tags: Mapping[str, str]) -> list[str]:
        """The ids of a wallet's transactions with these tags, says the node; none where it has no GraphQL.

        `Unavailable` when it has, and cannot tell: to take that for none could mean to pay twice.
        """
        filters = [{"name": name, "values": [value]} for name, value in tags.items()]
        asked = {"query": _FIND, "variables": {"owners": [address], "tags": filters}}
        answer = self._web.json("POST", "/graphql", asked, accept=_NO)
        if answer.status in _NO:
            return []
        edges = _field(_field(_field(answer.json(), "data"), "transactions"), "edges")
        if not isinstance(edges, list):
            raise Unavailable(f"{NAME} cannot tell what was sent before.", hint="Try again later.")
        ids = [_field(_field(edge, "node"), "id") for edge in edges]
        return [found for found in ids if isinstance(found, str) and len(found) == 43 and unb64(found)]

    def mined_at(self, tx_id: str) -> int | None:
        """The height of the block that holds a transaction, or a bundle's item; None while none does."""
        asked = {"query": _MINED, "variables": {"ids": [tx_id]}}
        answer = self._web.json("POST", "/graphql", asked)
        edges = _field(_field(_field(answer.json(), "data"), "transactions"), "edges")
        for edge in edges if isinstance(edges, list) else []:
            height = _field(_field(_field(edge, "node"), "block"), "height")
            if isinstance(height, int) and not isinstance(height, bool):
                return height
        return None

    def post(self, transaction: Transaction, data: bytes = b"") -> None:
        """Send a transaction, with its data where that is small. Again is fine: it is the same one."""
        answer = self._web.json("POST", "/tx", transaction.to_dict(data), accept=_NO)
        if answer.status in _NO:
            said = plain(answer.body)
            if answer.status in (402, 410) or any(word in said.lower() for word in _POOR):
                raise NotEnoughFunds(
                    f"{NAME} finds too little in the wallet: {said}.", hint="Nothing was paid."
                )
            raise PublishRefused(f"{NAME} refuses the transaction ({answer.status}): {said}.")

    def post_chunk(self, tree: Tree, number: int, chunk: bytes) -> None:
        """Send a chunk. Again is fine. `Unavailable` when it may be taken later."""
        start, stop = tree.place(number)
        answer = self._web.json(
            "POST",
            "/chunk",
            {
                "data_root": b64(tree.root),
                "data_size": str(tree.ends[-1]),
                "data_path": b64(tree.proof(number)),
                "offset": str(stop - 1),
                "chunk": b64(chunk),
            },
            accept=_NO | {303},
        )
        if answer.status in _NO:
            said = plain(answer.body)
            if any(word in said for word in _LATER):
                raise Unavailable(f"{NAME} takes no more for now: {said}.", hint="Try again later.")
            raise PublishRefused(f"{NAME} refuses bytes {start} to {stop} ({answer.status}): {said}.")


def _whole(answer: Answer) -> int:
    text = answer.body.strip()
    if not text.isdigit() or len(text) > _MOST_DIGITS:
        raise PublishRefused(f"{NAME} answers with no whole number where one belongs.")
    return int(text)


def _field(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None
