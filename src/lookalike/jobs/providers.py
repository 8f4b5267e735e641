"""The language models that an admin lets people use: each under an alias, its key by name or sealed.

A job names aliases only. Where a model is, and by which key, is looked up when the job runs, so that a key
that was changed or a provider that was deleted holds from then on.
"""

from __future__ import annotations

from lookalike.stores.documents import Doc, Kind
from lookalike.stores.opened import Stores
from lookalike.stores.sealed import open_json, seal_json

PROVIDER = Kind("provider", fields={"alias": str, "idem": str}, unique=("alias", "idem"), secret=True)
"""key: sealed under the provider's own id; key_env: the name of a variable of the workers instead."""

_NAME = "key"
MOST = 200


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
