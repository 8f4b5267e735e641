"""Publishing to Arweave: paid once, kept for ever. A transaction that signs the file's root, then its chunks.

The order is what makes a crash cheap: everything that can fail is asked first; the signed transaction is
saved before it is sent, so that whoever goes on sends the same one, which can be paid only once; then come
the chunks, in order, which cost nothing and may be sent twice. A transaction names a recent block (its
anchor): when it was not mined within the next 50, it never will be, and only then another one is signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from lookalike.errors import BadInput, LookalikeError, NotEnoughFunds, PublishRefused, VerificationFailed
from lookalike.publish.arweave_merkle import MOST_CHUNK_BYTES, Tree, tree_of
from lookalike.publish.arweave_node import Node
from lookalike.publish.arweave_transaction import MOST_TAG_BYTES, Transaction, tags_of
from lookalike.publish.arweave_wallet import Wallet
from lookalike.publish.base import BlobReader, FileInfo, Json, Quote, Receipt, Save, Status
from lookalike.watch import Watch, check

WHERE = "arweave"
UNIT = "winston"
WINSTON_PER_AR = 10**12
GATEWAY = "https://arweave.net"

ANCHOR_BLOCKS = 50
"""A transaction is mined within so many blocks of its anchor, or never."""

_MARGIN_BLOCKS = 20  # by so much may blocks be taken back, and a node be behind the others
_SAVE_EACH = 64  # chunks, which is 16 MiB


class ArweavePublisher:
    """Publishes through ``node``, paid by ``wallet``.

    gateways: of the links, the best first. most_winston: what may be paid at most: the price can rise between
    quote and push. confirmations: a transaction under so many blocks is final.
    """

    where = WHERE

    def __init__(
        self,
        node: Node,
        wallet: Wallet,
        *,
        gateways: tuple[str, ...] = (GATEWAY,),
        most_winston: int | None = None,
        confirmations: int = 10,
    ) -> None:
        self._node = node
        self._wallet = wallet
        self._gateways = gateways
        self._most_winston = most_winston
        self._confirmations = confirmations

    def quote(self, file: FileInfo) -> Quote:
        """The node's price, and what the wallet has. The address is known only once it is signed."""
        price, balance = self._node.price(file.size_bytes), self._node.balance(self._wallet.address)
        notes = [f"{in_ar(price)} AR from the wallet {self._wallet.address}, which has {in_ar(balance)} AR."]
        if balance < price:
            notes.append("That is too little: nothing would be sent.")
        return Quote(
            where=WHERE,
            price=str(price),
            unit=UNIT,
            balance=str(balance),
            forever=True,
            public=True,
            notes=tuple(notes),
        )

    def push(self, file: BlobReader, state: Json | None, save: Save, *, watch: Watch) -> Receipt:
        """As in `Publisher`. Also without ``state``, what the same wallet sent before is found."""
        going = None if state is None else _Going.of_dict(state)
        tree = _tree(file, watch if going is None else _Deaf(watch))
        if going is not None and going.transaction.root != tree.root:
            raise VerificationFailed("The file is not the one that was signed.", file=file.info.name)
        if going is None or self._is_dead(going):
            going = self._found(file.info, tree) or self._begun(file, tree, save, watch)
        elif self._node.confirmations(going.transaction.id) is None:
            self._send(going.transaction, file)
        self._send_chunks(going, tree, file, save, watch)
        return self._receipt(going)

    def status(self, receipt: Receipt) -> Status:
        found = self._node.confirmations(receipt.address)
        if found is None:
            passed = self._node.height() - int(receipt.detail["height"])
            return "failed" if passed > ANCHOR_BLOCKS + _MARGIN_BLOCKS else "pending"
        return "final" if found >= self._confirmations else "pending"

    def _begun(self, file: BlobReader, tree: Tree, save: Save, watch: Watch) -> _Going:
        """A new transaction, saved and then sent. Up to the saving, nothing has happened."""
        price, balance = self._node.price(file.info.size_bytes), self._node.balance(self._wallet.address)
        self._can_be_paid(price, balance)
        unsigned = Transaction(
            owner=self._wallet.owner,
            anchor=self._node.anchor(),
            tags=tags_for(file.info),
            size_bytes=file.info.size_bytes,
            root=tree.root,
            reward=price,
        )
        going = _Going(transaction=unsigned.signed(self._wallet), height=self._node.height(), sent=0)
        check(watch)
        save(going.to_dict())
        self._send(going.transaction, file)
        return going

    def _can_be_paid(self, price: int, balance: int) -> None:
        if self._most_winston is not None and price > self._most_winston:
            raise PublishRefused(
                f"It costs {in_ar(price)} AR by now; {in_ar(self._most_winston)} AR were agreed to.",
                hint="Nothing was sent. Ask for the price again.",
            )
        if balance < price:
            raise NotEnoughFunds(
                f"It costs {in_ar(price)} AR, and the wallet {self._wallet.address} has {in_ar(balance)} AR.",
                hint=f"Nothing was sent. Put {in_ar(price - balance)} AR into the wallet, then try again.",
            )

    def _found(self, info: FileInfo, tree: Tree) -> _Going | None:
        """A transaction of ours with these bytes, whose state was lost. Its signature proves it."""
        for tx_id in self._node.find(self._wallet.address, {"SHA-256": info.sha256}):
            found = self._node.transaction(tx_id)
            ours = found is not None and found.owner == self._wallet.owner
            if found is not None and ours and (found.root, found.size_bytes) == (tree.root, info.size_bytes):
                return _Going(transaction=found, height=self._node.height(), sent=0)
        return None

    def _is_dead(self, going: _Going) -> bool:
        """Whether a transaction was not mined in its time, and so never will be."""
        if self._node.confirmations(going.transaction.id) is not None:
            return False
        return self._node.height() - going.height > ANCHOR_BLOCKS + _MARGIN_BLOCKS

    def _send(self, transaction: Transaction, file: BlobReader) -> None:
        small = file.info.size_bytes <= MOST_CHUNK_BYTES
        self._node.post(transaction, b"".join(file.read()) if small else b"")

    def _send_chunks(self, going: _Going, tree: Tree, file: BlobReader, save: Save, watch: Watch) -> None:
        """What is left of the chunks. A file of one chunk went with its transaction."""
        size, sent = file.info.size_bytes, going.sent
        if size <= MOST_CHUNK_BYTES:
            watch.progress(size, size)
            return
        saved, start = sent, tree.place(sent)[0] if sent < tree.chunks else size
        try:
            for chunk in _from(tree, sent, file.read(start)):
                if hashlib.sha256(chunk).digest() != tree.hashes[sent]:
                    raise VerificationFailed("The file changed while it was sent.", file=file.info.name)
                self._node.post_chunk(tree, sent, chunk)
                sent += 1
                watch.progress((size + tree.ends[sent - 1]) // 2, size)
                if sent - saved >= _SAVE_EACH or sent == tree.chunks:
                    saved = sent
                    save(going.with_sent(sent).to_dict())
        except LookalikeError:
            if sent != saved:
                save(going.with_sent(sent).to_dict())
            raise
        watch.progress(size, size)

    def _receipt(self, going: _Going) -> Receipt:
        transaction = going.transaction
        return Receipt(
            where=WHERE,
            address=transaction.id,
            links=tuple(f"{gateway.rstrip('/')}/{transaction.id}" for gateway in self._gateways),
            detail={
                "owner": self._wallet.address,
                "root": transaction.root.hex(),
                "reward": str(transaction.reward),
                "height": going.height,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Going:
    """What must survive a crash. height: of the chain when it was signed; sent: how many chunks."""

    transaction: Transaction
    height: int
    sent: int

    def with_sent(self, sent: int) -> _Going:
        return _Going(transaction=self.transaction, height=self.height, sent=sent)

    def to_dict(self) -> dict[str, Any]:
        return {"transaction": self.transaction.to_dict(), "height": self.height, "sent": self.sent}

    @classmethod
    def of_dict(cls, data: Json) -> Self:
        transaction = Transaction.of_dict(data["transaction"])
        return cls(transaction=transaction, height=data["height"], sent=data["sent"])


class _Deaf:
    """A watch that is told, and not asked: nothing can be taken back any more."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def progress(self, done: int, total: int) -> None:
        self._watch.progress(done, total)

    def stop(self) -> bool:
        return False


def in_ar(winston: int) -> str:
    """A sum in AR, to the winston: ``0.000012345678``."""
    whole, rest = divmod(winston, WINSTON_PER_AR)
    return f"{whole}.{rest:012d}".rstrip("0").rstrip(".")


def tags_for(info: FileInfo) -> tuple[tuple[bytes, bytes], ...]:
    """The words that stand beside the file, for anybody to read; never its name."""
    tags = tags_of(
        {
            "Content-Type": info.media_type,
            "App-Name": "Lookalike",
            "SHA-256": info.sha256,
            **info.tags,
        }
    )
    if sum(len(name) + len(value) for name, value in tags) > MOST_TAG_BYTES:
        raise BadInput(f"The words beside the file are of more than {MOST_TAG_BYTES:,} bytes.")
    return tags


def read_whole(file: BlobReader, watch: Watch) -> Iterator[bytes]:
    """All pieces of the file; `VerificationFailed` at the end unless they are what its info says.

    `BadInput` for an empty file, before anything. ``watch`` sees the first half of the way, and may stop it.
    """
    info, sha256, done = file.info, hashlib.sha256(), 0
    if not info.size_bytes:
        raise BadInput("Arweave keeps no empty files.", file=info.name)
    for piece in file.read():
        check(watch)
        sha256.update(piece)
        done += len(piece)
        watch.progress(min(done, info.size_bytes) // 2, info.size_bytes)
        yield piece
    if (done, sha256.hexdigest()) != (info.size_bytes, info.sha256):
        raise VerificationFailed("The file is not the one that was asked for.", file=info.name)


def _tree(file: BlobReader, watch: Watch) -> Tree:
    pieces = read_whole(file, watch)
    tree = tree_of(file.info.size_bytes, pieces)
    for _ in pieces:  # to its end, which is where the bytes are compared
        pass
    return tree


def _from(tree: Tree, number: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks from ``number`` on, without the empty one."""
    held = bytearray()
    for chunk in range(number, tree.chunks):
        start, stop = tree.place(chunk)
        while len(held) < stop - start and (piece := next(pieces, None)) is not None:
            held += piece
        yield bytes(held[: stop - start])
        del held[: stop - start]
