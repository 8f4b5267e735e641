"""Publishing to Arweave through a bundler, which is paid by other means, such as credit bought there.

Spoken is what ArDrive's Turbo speaks: ``POST /v1/tx`` takes a data item; a service of payments, where there
is one, answers ``/v1/price/bytes/N`` and ``/v1/account/balance/arweave``. The item's id is known before it is
sent, and what the bundler answers must be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lookalike.errors import NotEnoughFunds, PublishRefused, VerificationFailed
from lookalike.publish.arweave import GATEWAY, UNIT, WHERE, in_ar, read_whole, tags_for
from lookalike.publish.arweave_items import DataItem, data_item
from lookalike.publish.arweave_node import Node
from lookalike.publish.arweave_wallet import Wallet
from lookalike.publish.base import BlobReader, FileInfo, Json, Quote, Receipt, Save, Status
from lookalike.publish.http import Web, plain
from lookalike.watch import Watch, check

NAME = "The bundler"

_NO = frozenset(range(400, 500)) - {408, 425, 429}


class BundlerPublisher:
    """Sends items, signed by ``wallet``, to the bundler at ``url``.

    node: a gateway with GraphQL, which is asked when an item is in a block. payments: the URL of the
    bundler's prices; empty: it tells none. most_winston, confirmations, gateways: as in `ArweavePublisher`.
    """

    where = WHERE

    def __init__(
        self,
        url: str,
        node: Node,
        wallet: Wallet,
        *,
        payments: str = "",
        gateways: tuple[str, ...] = (GATEWAY,),
        most_winston: int | None = None,
        confirmations: int = 10,
        timeout_s: float = 30.0,
    ) -> None:
        self._web = Web(url, NAME, timeout_s=timeout_s)
        self._payments = Web(payments, "The bundler's payments", timeout_s=timeout_s) if payments else None
        self._node = node
        self._wallet = wallet
        self._gateways = gateways
        self._most_winston = most_winston
        self._confirmations = confirmations

    def quote(self, file: FileInfo) -> Quote:
        price, balance = self._price(file.size_bytes), self._balance()
        if balance is None:
            notes = ["The bundler does not tell what it takes."]
        else:
            notes = [f"{in_ar(price)} AR of the bundler's credit, of which there are {in_ar(balance)} AR."]
        return Quote(
            where=WHERE,
            price=str(price),
            unit=UNIT,
            balance=None if balance is None else str(balance),
            forever=True,
            public=True,
            notes=tuple(notes),
        )

    def push(self, file: BlobReader, state: Json | None, save: Save, *, watch: Watch) -> Receipt:
        """As in `Publisher`. The item is the same each time, so whoever goes on just sends it again."""
        item = data_item(self._wallet, tags_for(file.info), file.info.size_bytes, read_whole(file, watch))
        if state is None:
            self._can_be_paid(file.info.size_bytes)
            check(watch)
            save({"id": item.id})
        height = self._node.height()
        self._send(item, file, watch)
        return Receipt(
            where=WHERE,
            address=item.id,
            links=tuple(f"{gateway.rstrip('/')}/{item.id}" for gateway in self._gateways),
            detail={"owner": self._wallet.address, "height": height},
        )

    def status(self, receipt: Receipt) -> Status:
        """``pending`` until the block that holds it is old enough; silence is never ``failed``."""
        mined = self._node.mined_at(receipt.address)
        if mined is None:
            return "pending"
        return "final" if self._node.height() - mined >= self._confirmations else "pending"

    def _send(self, item: DataItem, file: BlobReader, watch: Watch) -> None:
        size = file.info.size_bytes

        def sent() -> Iterator[bytes]:
            yield item.head
            done = 0
            for piece in file.read():
                yield piece
                done += len(piece)
                watch.progress((size + done) // 2, size)

        headers = {"Content-Type": "application/octet-stream"}
        answer = self._web.request(
            "POST", "/v1/tx", body=sent(), size=item.size_bytes, headers=headers, accept=_NO
        )
        if answer.status == 402:
            raise NotEnoughFunds(
                f"{NAME} finds too little credit: {plain(answer.body)}.", hint="Nothing was sent."
            )
        if answer.status in _NO:
            raise PublishRefused(f"{NAME} refuses the file ({answer.status}): {plain(answer.body)}.")
        found = answer.json() if answer.status != 202 else {"id": item.id}  # 202: it has it already
        told = found.get("id") if isinstance(found, dict) else None
        if told != item.id:
            raise VerificationFailed(
                f"{NAME} made {plain(str(told).encode())} of the file, and not {item.id}."
            )
        watch.progress(size, size)

    def _can_be_paid(self, size_bytes: int) -> None:
        price, balance = self._price(size_bytes), self._balance()
        if self._most_winston is not None and price > self._most_winston:
            raise PublishRefused(
                f"It costs {in_ar(price)} AR by now; {in_ar(self._most_winston)} AR were agreed to.",
                hint="Nothing was sent. Ask for the price again.",
            )
        if balance is not None and balance < price:
            raise NotEnoughFunds(
                f"It costs {in_ar(price)} AR, and the bundler's credit is {in_ar(balance)} AR.",
                hint="Nothing was sent. Buy credit for this wallet, then try again.",
            )

    def _price(self, size_bytes: int) -> int:
        return self._told(f"/v1/price/bytes/{size_bytes}") or 0

    def _balance(self) -> int | None:
        return self._told("/v1/account/balance/arweave", {"address": self._wallet.address})

    def _told(self, path: str, query: dict[str, str] | None = None) -> int | None:
        """A sum in winston; None without a service of payments; 0 for whom it does not know."""
        if self._payments is None:
            return None
        answer = self._payments.request("GET", path, query=query, accept=(404,))
        found: Any = answer.json() if answer.status != 404 else {"winc": "0"}
        winc = str(found.get("winc")) if isinstance(found, dict) else ""
        if not winc.isdigit() or len(winc) > 30:
            raise PublishRefused("The bundler's payments answer with no sum where one belongs.")
        return int(winc)
