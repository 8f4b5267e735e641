"""The keys that seal blobs: one for each dataset, model and generation, wrapped by a master key.

An owner's key is 32 random bytes, stored as a document of kind `KEY` under the owner's id, encrypted with
AES-256-GCM under the master key. Deleting that document is what deletes the owner's data: `Keys.destroy`.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from lookalike.errors import Damaged, NotFound
from lookalike.stores.documents import Doc, Documents, In, Kind
from lookalike.stores.master_keys import KEY_BYTES, MasterKey, MasterKeys

KEY = Kind("key", fields={"master": str}, secret=True)

_NONCE_BYTES = 12
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NewKey:
    """The key of an owner to be. It is there once ``doc``, of kind `KEY`, was created; it seals before."""

    doc: Doc
    plain: bytes = field(repr=False)

    def key(self, owner_id: str) -> bytes:
        """As `Keys.key`, of this one owner."""
        assert owner_id == self.doc["id"]  # noqa: S101
        return self.plain


class Keys:
    """The owners' keys in ``documents``, which must know the kind `KEY`."""

    def __init__(self, documents: Documents, masters: MasterKeys) -> None:
        self._documents = documents
        self._masters = masters

    def new(self, owner_id: str) -> NewKey:
        """A key for ``owner_id``, which has none, to be created together with what it seals."""
        plain = secrets.token_bytes(KEY_BYTES)
        return NewKey({"id": owner_id, **_wrapped(self._masters.current(), owner_id, plain)}, plain)

    def create(self, owner_id: str) -> None:
        """Make sure that ``owner_id`` has a key. One that was there already stays."""
        self._documents.create(KEY.name, [self.new(owner_id).doc])

    def key(self, owner_id: str) -> bytes:
        """The owner's key; `NotFound` when there is none any more, `Damaged` when it does not open."""
        doc = self._documents.get(KEY.name, owner_id)
        if doc is None:
            raise NotFound(f"{owner_id} has no key: it was deleted, and what it held is lost.")
        return self._unwrapped(doc)

    def exists(self, owner_id: str) -> bool:
        """Whether the owner has a key: without one its blobs are noise."""
        return self._documents.get(KEY.name, owner_id) is not None

    def destroy(self, owner_ids: Iterable[str]) -> None:
        """Delete the keys, and with them whatever they seal. There is no way back."""
        gone = list(owner_ids)
        # together, since each time the store makes sure that no byte of theirs is left in its log
        for start in range(0, len(gone), _AT_ONCE):
            self._documents.delete(KEY.name, {"id": In(*gone[start : start + _AT_ONCE])})

    def rewrap(self) -> int:
        """How many keys were wrapped anew: those that an older master key had wrapped."""
        master = self._masters.current()
        done, after = 0, None
        while docs := self._documents.find(KEY.name, {}, after=after, limit=500):
            after = docs[-1]["id"]
            for doc in docs:
                if doc["master"] != master.id:
                    wrapped = _wrapped(master, doc["id"], self._unwrapped(doc))
                    # rev: somebody else may have been faster, and a deleted key stays deleted
                    where = {"id": doc["id"], "rev": doc["rev"]}
                    done += self._documents.update_one(KEY.name, where, wrapped) is not None
        return done

    def rotate(self) -> int:
        """How many keys were wrapped under a new master key, by which everybody wraps from now on.

        The one before stays in the file, for what others wrap meanwhile; older ones that wrap nothing go.
        """
        self._masters.add()
        done = self.rewrap()
        self._masters.drop_older(lambda id_: self._documents.count(KEY.name, {"master": id_}) == 0)
        return done

    def _unwrapped(self, doc: Doc) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        master = self._masters.find(doc["master"])
        if master is None:
            raise Damaged(
                f"The key of {doc['id']} was wrapped by a master key that is not here ({doc['master']}).",
                hint="Put back the key file that belongs to this data folder.",
            )
        data = base64.b64decode(doc["wrapped"])
        try:
            return AESGCM(master.key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], doc["id"].encode())
        except InvalidTag as error:
            hint = "Restore the data folder from a backup."
            raise Damaged(f"The key of {doc['id']} was changed.", hint=hint) from error


def _wrapped(master: MasterKey, owner_id: str, key: bytes) -> Doc:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(master.key).encrypt(nonce, key, owner_id.encode())
    return {"master": master.id, "wrapped": base64.b64encode(nonce + sealed).decode()}
