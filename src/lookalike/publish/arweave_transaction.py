"""A transaction of format 2: what is signed, and how it is written as JSON (the Arweave node's HTTP API).

The signature is over the deep hash of format, owner, target, quantity, reward, anchor, tags, size and root,
so it holds for the bytes too. Its SHA-256 is the transaction's id, and that is the file's address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from lookalike.errors import PublishRefused
from lookalike.publish.arweave_hash import b64, deep_hash, unb64
from lookalike.publish.arweave_wallet import Wallet, signed_by

Json = Any
Tags = Sequence[tuple[bytes, bytes]]

MOST_TAG_BYTES = 2048
MOST_NUMBER = 1 << 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """reward: what is paid, in winston. anchor: a block that must be recent when it is mined, 48 bytes."""

    owner: bytes
    anchor: bytes
    tags: tuple[tuple[bytes, bytes], ...]
    size_bytes: int
    root: bytes
    reward: int
    target: bytes = b""
    quantity: int = 0
    signature: bytes = b""

    @property
    def id(self) -> str:
        return b64(hashlib.sha256(self.signature).digest())

    def message(self) -> bytes:
        """What is signed."""
        tags = [[name, value] for name, value in self.tags]
        quantity, reward, size = (b"%d" % number for number in (self.quantity, self.reward, self.size_bytes))
        return deep_hash(
            [b"2", self.owner, self.target, quantity, reward, self.anchor, tags, size, self.root],
        )

    def signed(self, wallet: Wallet) -> Self:
        own = replace(self, owner=wallet.owner)
        return replace(own, signature=wallet.sign(own.message()))

    def intact(self) -> bool:
        """Whether its owner signed just this."""
        return signed_by(self.owner, self.message(), self.signature)

    def to_dict(self, data: bytes = b"") -> dict[str, Json]:
        """As a node takes it; ``data``: the file, when it is small enough to go with it."""
        return {
            "format": 2,
            "id": self.id,
            "last_tx": b64(self.anchor),
            "owner": b64(self.owner),
            "tags": [{"name": b64(name), "value": b64(value)} for name, value in self.tags],
            "target": b64(self.target),
            "quantity": str(self.quantity),
            "data": b64(data),
            "data_size": str(self.size_bytes),
            "data_root": b64(self.root),
            "reward": str(self.reward),
            "signature": b64(self.signature),
        }

    @classmethod
    def of_dict(cls, data: Mapping[str, Json]) -> Self:
        """`PublishRefused` for what is no transaction of format 2. Its id is computed anew."""
        try:
            if str(data["format"]) != "2":
                raise PublishRefused("The answer is a transaction of another format.")
            return cls(
                owner=unb64(data["owner"]),
                anchor=unb64(data["last_tx"]),
                tags=tuple((unb64(tag["name"]), unb64(tag["value"])) for tag in data["tags"]),
                size_bytes=_number(data["data_size"]),
                root=unb64(data["data_root"]),
                reward=_number(data["reward"]),
                target=unb64(data.get("target") or ""),
                quantity=_number(data.get("quantity") or "0"),
                signature=unb64(data["signature"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise PublishRefused("The answer is no transaction.") from problem


def tags_of(words: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """Tags, empty ones left out: nodes refuse those."""
    return tuple((name.encode(), value.encode()) for name, value in words.items() if name and value)


def _number(text: Json) -> int:
    number = int(text)
    if not 0 <= number < MOST_NUMBER:
        raise ValueError
    return number
