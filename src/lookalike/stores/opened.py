"""The stores of one installation, opened together."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.stores.blobs import BlobStore
from lookalike.stores.documents import Documents
from lookalike.stores.keys import Keys
from lookalike.stores.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Stores:
    """documents must know the kinds that are asked of them; blobs hold sealed bytes only."""

    documents: Documents
    blobs: BlobStore
    keys: Keys

    def sealed(self, owner_id: str) -> Sealed:
        """The blobs of one dataset, model or generation, under its key."""
        return Sealed(self.blobs, self.keys, owner_id)
