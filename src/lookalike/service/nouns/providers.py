"""Providers: the language models that specs may name by an alias. For admins."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from fastapi import APIRouter, Request

from lookalike import ids
from lookalike.errors import NotFound, UsageError, WrongState
from lookalike.jobs.providers import cassette_key, drop_provider, providers, sealed_key
from lookalike.jobs.providers import put_cassette as keep_cassette
from lookalike.service.auth import Administering, KnownPeople
from lookalike.service.nouns import record_shapes as r
from lookalike.service.nouns.answers import WRITING
from lookalike.service.nouns.receiving import IdempotencyKey, with_body
from lookalike.service.openapi import errors
from lookalike.service.people.repeats import another_request
from lookalike.service.platform import OnPlatform, Platform
from lookalike.service.wire import Page
from lookalike.stores.documents import Doc, Test

router = APIRouter(prefix="/api/providers", tags=["records"])
_OURS = "LOOKALIKE_"
_NUMBER = re.compile("0x[0-9a-f]*|[0-9]*", re.IGNORECASE)
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The cassette: JSON Lines.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_SHOWN = (
    *("id", "alias", "kind", "url", "model", "temperature", "top_p", "max_tokens", "extra_body"),
    *("price_input", "price_output", "structure", "concurrency", "timeout_s", "allow_private", "key_env"),
)


@router.get("")
def list_providers(scope: Administering, platform: OnPlatform) -> Page[r.Provider]:  # noqa: ARG001
    """All providers, by alias. No key is shown."""
    found = [_shown(doc) for doc in providers(platform.stores).values()]
    return Page(items=found, next=None, total=len(found))


@router.post("", status_code=201, responses=errors(409))
def create_provider(
    scope: Administering,
    platform: OnPlatform,
    people: KnownPeople,
    body: r.NewProvider,
    idempotency_key: IdempotencyKey = None,
) -> r.Provider:
    """Let specs name a language model by an alias."""
    idem = asked = None
    if idempotency_key is not None:
        idem = people.repeats.mark(scope.user.id, idempotency_key)
        asked = people.repeats.fingerprint(idempotency_key, body.model_dump(mode="json"))
        if (first := _made_under(platform, idem, asked)) is not None:
            return first
    given = body.model_dump(exclude={"key"})
    doc: Doc = {
        **given,
        "id": ids.new("prov", platform.backends.ledger.clock),
        "created_us": platform.backends.ledger.clock.now_us(),
        "key": None,
        "cassette": None,
        "idem": idem,
        "asked": asked,
    }
    _check(doc, body.key)
    scope.touched.append(doc["id"])
    if body.key is not None:
        doc["key"] = sealed_key(platform.stores, doc["id"], body.key)
    if not platform.backends.documents.create("provider", [doc])[0]:
        platform.stores.keys.destroy([doc["id"]])
        # sent twice at once, the other one may have been faster
        if idem is not None and (first := _made_under(platform, idem, asked)) is not None:
            return first
        raise WrongState("There is a provider of that alias.", hint="Change it, or use another alias.")
    return _shown(doc)


@router.get("/{provider_id}", responses=errors(404))
def get_provider(provider_id: str, scope: Administering, platform: OnPlatform) -> r.Provider:  # noqa: ARG001
    """A provider. Its key is not shown."""
    return _shown(_known(platform, provider_id))


@router.patch("/{provider_id}", responses=WRITING)
def change_provider(
    provider_id: str,
    scope: Administering,  # noqa: ARG001
    platform: OnPlatform,
    body: r.ProviderChange,
) -> r.Provider:
    """Change a provider. Jobs that run go on with what they began with; others have it from now on."""
    doc = _known(platform, provider_id)
    change: dict[str, Any] = body.model_dump(exclude_unset=True)
    nullable = ("temperature", "top_p", "structure", "key", "key_env")
    change = {name: value for name, value in change.items() if value is not None or name in nullable}
    key = change.pop("key", None)
    if "key" in body.model_fields_set:
        change["key"] = None if key is None else sealed_key(platform.stores, provider_id, key)
        if key is not None:
            change.setdefault("key_env", None)
    elif change.get("key_env") is not None:
        change["key"] = None
    _check({**doc, **change}, key)
    if key is None and change.get("key", doc["key"]) is not None:
        _check_same_host(doc["url"], change.get("url", doc["url"]))
    where: dict[str, Test] = {"id": provider_id, "rev": doc["rev"]}
    changed = platform.backends.documents.update_one("provider", where, change)
    if changed is None:
        raise WrongState("The provider was changed by somebody else meanwhile.", hint="Look, and try again.")
    return _shown(changed)


@router.delete("/{provider_id}", status_code=204, responses=WRITING)
def delete_provider(provider_id: str, scope: Administering, platform: OnPlatform) -> None:  # noqa: ARG001
    """Delete a provider, and its key. Jobs that are submitted and name it fail when they begin."""
    _known(platform, provider_id)
    drop_provider(platform.stores, provider_id)


@router.put("/{provider_id}/cassette", responses=WRITING, openapi_extra=_BODY)
async def put_cassette(
    provider_id: str,
    request: Request,
    scope: Administering,  # noqa: ARG001
    platform: OnPlatform,
) -> r.Provider:
    """Have all calls of a provider answered from a cassette: no model is called, and no key is used.

    The cassette of a job (`GET /api/records/jobs/{id}/cassette`), as the request's body. It has answers for
    the spec that it was recorded with, by a provider of the same model and settings; a job that asks for
    anything else ends. Jobs that begin later hold to it; at most LOOKALIKE_DOCUMENT_BYTES.
    """

    def filled(pieces: Iterator[bytes]) -> Doc:
        changed = keep_cassette(platform.stores, _known(platform, provider_id), pieces)
        if changed is None:
            raise NotFound("There is no such provider.")
        return changed

    return _shown(await with_body(request, filled))


@router.delete("/{provider_id}/cassette", responses=WRITING)
def drop_cassette(provider_id: str, scope: Administering, platform: OnPlatform) -> r.Provider:  # noqa: ARG001
    """Have the model called again. The cassette is deleted."""
    _known(platform, provider_id)
    changed = platform.backends.documents.update_one("provider", {"id": provider_id}, {"cassette": None})
    platform.stores.blobs.delete([cassette_key(provider_id)])
    if changed is None:
        raise NotFound("There is no such provider.")
    return _shown(changed)


def _made_under(platform: Platform, idem: str, asked: str | None) -> r.Provider | None:
    """The provider that the same request made before; `WrongState` when it was another request."""
    docs = platform.backends.documents.find("provider", {"idem": idem}, limit=1)
    if docs and docs[0]["asked"] != asked:
        raise another_request()
    return _shown(docs[0]) if docs else None


def _known(platform: Platform, provider_id: str) -> Doc:
    doc = platform.backends.documents.get("provider", provider_id)
    if doc is None:
        raise NotFound("There is no such provider.")
    return doc


def _check(doc: Doc, key: str | None) -> None:
    """`UsageError` for a provider that cannot be, or that would lead where it may not."""
    if doc["kind"] == "local":
        if doc["url"] or key is not None or doc["key_env"]:
            raise UsageError("The local model has no URL and no key.")
        return
    if not doc["model"]:
        raise UsageError("A provider needs `model`, the name of a model.")
    if key is not None and doc["key_env"]:
        raise UsageError("A provider has a key or the name of one, not both.")
    if doc["key_env"] and doc["key_env"].startswith(_OURS):
        raise UsageError("The service's own settings are no keys of providers.")
    try:
        url = urlsplit(doc["url"])
        _check_url(url, url.hostname or "", url.port, bool(doc["allow_private"]))
    except ValueError as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError("`url` is no URL.") from error


def _check_same_host(before: str, after: str) -> None:
    """A key that nobody is shown is sent to nobody but who it was given for."""
    old, new = urlsplit(before), urlsplit(after)
    if (old.scheme, old.hostname, old.port) != (new.scheme, new.hostname, new.port):
        raise UsageError(
            "The sealed key was given for another host.",
            hint="Give the key again with the new URL, or null to take it away.",
        )


def _check_url(url: SplitResult, host: str, port: int | None, private: bool) -> None:
    del port  # reading it is what checks it
    if url.scheme not in ("https", "http") or not host:
        raise UsageError("`url` is the address of an API.", hint="As in https://api.example.org/v1.")
    if url.username or url.password or url.query or url.fragment:
        raise UsageError("`url` is an address and nothing else: no login, no query.", hint="Use `key`.")
    if private:
        return
    if url.scheme != "https":
        raise UsageError(
            "A key would go over the network in plain: `url` must be https.",
            hint="With `allowPrivate` a host of this machine or of your network may be http.",
        )
    if host == "localhost" or host.endswith(".localhost") or not _may_be_public(host):
        raise UsageError(
            "The host is this machine, or one of a private network.",
            hint="Say `allowPrivate` if that is what you want.",
        )


def _may_be_public(host: str) -> bool:
    """Whether the host is a public address, or a name: what a name leads to is looked at with each call."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        # 0x7f.1 and 2130706433 are addresses to some resolvers, and no names
        return _NUMBER.fullmatch(host.rpartition(".")[2]) is None


def _shown(doc: Doc) -> r.Provider:
    told = {name: doc[name] for name in _SHOWN}
    tape = doc.get("cassette")
    return r.Provider(
        **told,
        has_key=doc["key"] is not None,
        cassette=None if tape is None else r.Cassette(**tape),
        created_at=doc["created_us"],
    )
