"""The ciphertext of a publication that is to be encrypted: made once, and kept before anything is sent.

The identity that opens it is a key of its own in `Keys`, sealed by the master key as all others are, and
made when the publication is asked for. Every attempt after the first sends the same bytes, which the
publication's document names (``cipher``). Destroying the key is the deletion that is possible of what is
elsewhere for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lookalike import faults, ids
from lookalike.errors import Cancelled, NotFound, WrongState
from lookalike.jobs.publications import Fence, key_id
from lookalike.publish.age import encrypted
from lookalike.publish.age_keys import Identity
from lookalike.publish.cid import Cid
from lookalike.publish.digests import LAYOUTS, Digester, Digests
from lookalike.stores.documents import Doc, Documents
from lookalike.stores.keys import Keys
from lookalike.stores.opened import Stores
from lookalike.watch import Watch, check

_FOLDER = "age"
"""Within a publication's blobs: its ciphertext, one for each attempt that came to make it."""


def with_ciphertext(stores: Stores, doc: Doc, fence: Fence, pieces: Iterable[bytes], watch: Watch) -> Doc:
    """The publication, whose ciphertext is kept; made of ``pieces`` now, if there is none yet.

    `NotFound` when its key was destroyed, `Cancelled` when it is no longer this attempt's to make.
    """
    if doc.get("cipher") is not None:
        return doc
    own = doc["id"]
    identity = identity_of(stores.keys, own)
    # a name of this attempt's own: one that was overtaken must not change what another has named
    key = f"{own}/{_FOLDER}/{fence.number}"
    with Digester() as digester:
        sealed = stores.sealed(own)
        sealed.put(key, digester.passing(encrypted(identity.recipient, _watched(pieces, watch))))
        digests = digester.digests()
    faults.hit("before-ciphertext")
    cipher = {
        "blob": key,
        "size_bytes": digests.size_bytes,
        "sha256": digests.sha256,
        "cids": [str(cid) for _, cid in digests.cids],
    }
    if not fence.write({"cipher": cipher}):
        stores.blobs.delete([key])
        raise Cancelled("The publication was cancelled, or another worker has it.")
    faults.hit("after-ciphertext")
    return {**doc, "cipher": cipher}


def cipher_digests(doc: Doc) -> Digests | None:
    """What anybody counts over the bytes that a publication sends; None where those are the file's own."""
    if not doc["wanted"].get("encrypt"):
        return None
    cipher: dict[str, Any] = doc["cipher"]
    cids = tuple((layout, Cid.of_text(cid)) for layout, cid in zip(LAYOUTS, cipher["cids"], strict=True))
    return Digests(cipher["size_bytes"], cipher["sha256"], cids)


def identity_of(keys: Keys, own: str) -> Identity:
    """What opens a publication's ciphertext; `NotFound` when it was destroyed, or there never was one."""
    return Identity(keys.key(key_id(own)))


def destroy_identity(stores: Stores, doc: Doc, now_us: int) -> None:
    """Let nobody open what was published, ever. May be done again; `WrongState` as long as there is nothing.

    The document says so first: whoever is killed in between does it again, and no key is made in its place.
    """
    if doc.get("cipher") is None:
        raise WrongState("Nothing is encrypted yet.", hint="Cancel the publication instead.")
    own = doc["id"]
    if doc.get("key_gone_us") is None:
        stores.documents.update_one("publication", {"id": own}, {"key_gone_us": now_us})
    stores.keys.destroy([key_id(own)])


def shown_identity(stores: Stores, doc: Doc) -> Identity:
    """The identity for the owner; `NotFound` for a publication that has none, or none any more."""
    if not doc["wanted"].get("encrypt"):
        raise NotFound("This publication is not encrypted, and has no key.")
    if doc.get("key_gone_us") is not None:
        raise NotFound("The key was destroyed: nobody can read what was published.")
    return identity_of(stores.keys, doc["id"])


def is_wanted(documents: Documents, own: str, key: str) -> bool:
    """Whether a blob among a publication's is still needed: a ciphertext is, until the place keeps it."""
    if not key.startswith(f"{own}/{_FOLDER}/") or not ids.is_id(own):
        return True
    doc = documents.get("publication", own)
    if doc is None or doc["state"] == "final":
        return False
    cipher = doc.get("cipher")
    return cipher is None or cipher["blob"] == key


def _watched(pieces: Iterable[bytes], watch: Watch) -> Iterator[bytes]:
    for piece in pieces:
        check(watch)
        yield piece
