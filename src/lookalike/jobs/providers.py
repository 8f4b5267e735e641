"""The language models that an admin lets people use: each under an alias, its key by name or sealed.

A job names aliases only. Where a model is, and by which key, is looked up when the job runs, so that a key
that was changed or a provider that was deleted holds from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lookalike.errors import BadInput
from lookalike.records.cassette import Replaying, checked
from lookalike.stores.documents import Doc, Kind
from lookalike.stores.opened import Stores
from lookalike.stores.sealed import open_json, seal_json

PROVIDER = Kind("provider", fields={"alias": str, "idem": str}, unique=("alias", "idem"), secret=True)
"""key: sealed under the provider's own id; key_env: the name of a variable of the workers instead.

cassette: of answers that are played in place of calls, its size, its SHA-256 and how many there are; None, or
not there: the model is called. Its bytes are a blob, sealed under the provider's own id.
"""

_NAME = "key"
MOST = 200


def cassette_key(provider_id: str) -> str:
    """The key of the blob that holds a provider's cassette."""
    return f"{provider_id}/cassette"


def providers(stores: Stores) -> dict[str, Doc]:
    """All providers, by alias."""
    return {doc["alias"]: doc for doc in stores.documents.find("provider", {}, order="alias", limit=MOST)}


def sealed_key(stores: Stores, provider_id: str, key: str) -> str:
    """``key`` as it may stand in the provider's document."""
    stores.keys.create(provider_id)
    return seal_json(stores.keys, provider_id, _NAME, key)


def opened_key(stores: Stores, doc: Doc) -> str | None:
    """The key that is sealed in the provider's document; None when there is none."""
    return None if doc["key"] is None else open_json(stores.keys, doc["id"], _NAME, doc["key"])


def put_cassette(stores: Stores, doc: Doc, pieces: Iterable[bytes]) -> Doc | None:
    """The provider, whose calls are answered from the cassette from now on; None when it is deleted.

    `BadInput` for what is no cassette: then the provider is as it was.
    """
    provider_id, answers = doc["id"], 0

    def passing() -> Iterator[bytes]:
        nonlocal answers
        for line in _lines(pieces):
            answers += sum(1 for _ in checked([line], f"of {doc['alias']}", answers + 1))
            yield line + b"\n"
        if not answers:
            raise BadInput("The cassette is empty.", hint="Send that of a job.")

    stores.keys.create(provider_id)
    put = stores.sealed(provider_id).put(cassette_key(provider_id), passing())
    told = {"answers": answers, "size_bytes": put.size_bytes, "sha256": put.sha256}
    changed = stores.documents.update_one("provider", {"id": provider_id}, {"cassette": told})
    if changed is None:
        drop_provider(stores, provider_id)
    return changed


def drop_provider(stores: Stores, provider_id: str) -> None:
    """Make sure that nothing is left of a provider: its key first, with which the rest is noise."""
    stores.keys.destroy([provider_id])
    stores.blobs.delete([info.key for info in stores.blobs.list(f"{provider_id}/")])
    stores.documents.delete("provider", {"id": provider_id})


def cassette_of(stores: Stores, doc: Doc) -> Replaying | None:
    """What plays the provider's cassette; None when it has none."""
    if doc.get("cassette") is None:
        return None
    pieces = stores.sealed(doc["id"]).read(cassette_key(doc["id"]))
    return Replaying(_lines(pieces), f"of {doc['alias']}")


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a text that comes in pieces, without their ends; empty ones are passed over."""
    line = bytearray()
    for piece in pieces:
        first, *more = piece.split(b"\n")
        line += first
        for following in more:
            if line.strip():
                yield bytes(line)
            line = bytearray(following)
    if line.strip():
        yield bytes(line)
