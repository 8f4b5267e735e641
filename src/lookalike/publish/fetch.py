"""The bytes of a published file, from a gateway: anybody's, whom nobody needs to believe."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lookalike.errors import BadInput
from lookalike.publish.http import Web, plain

ARWEAVE = "arweave"


@dataclass(frozen=True, slots=True)
class Source:
    """url: where to ask. content: which of the manifest's two files comes from there."""

    url: str
    content: str


def sources(manifest: Mapping[str, Any], gateway: str | None) -> list[Source]:
    """Where the file may be had, the likeliest first: at ``gateway`` only, or else at the links of all
    publications. `BadInput` when the manifest names no place."""
    records = [one["signed"] for one in reversed(manifest["publications"])]
    if gateway is None:
        found = [Source(link, one["content"]) for one in records for link in one["links"]]
        if not found:
            raise BadInput(
                "The manifest names no place to fetch the file from.",
                hint="Say --file FILE or --gateway URL.",
            )
        return found
    base = gateway.rstrip("/")
    found = [Source(f"{base}{path_of(one['where'], one['address'])}", one["content"]) for one in records]
    if not found:
        found = [Source(f"{base}/ipfs/{one['cid']}", "plain") for one in manifest["signed"]["cids"][:1]]
    return list(dict.fromkeys(found))


def path_of(where: str, address: str) -> str:
    """What stands behind a gateway's own address."""
    quoted = urllib.parse.quote(address, safe="")
    return f"/{quoted}" if where == ARWEAVE else f"/ipfs/{quoted}"


def fetched(source: Source, *, most_bytes: int, timeout_s: float = 30.0) -> Iterator[bytes]:
    """The bytes that come from there. Raises `Unavailable` and `PublishRefused`, at once or on the way."""
    try:
        parts = urllib.parse.urlsplit(source.url)
        web = Web(
            urllib.parse.urlunsplit((parts.scheme, parts.netloc, "", "", "")),
            f"The gateway {plain((parts.hostname or '').encode())}",
            timeout_s=timeout_s,
            redirects=True,
        )
    except ValueError as problem:  # a UsageError is one, too
        raise BadInput(
            "The manifest names a link that is none.", hint="Say --file FILE or --gateway URL."
        ) from problem
    query = dict(urllib.parse.parse_qsl(parts.query))
    with web.open("GET", parts.path or "/", query=query) as found:
        yield from found.pieces(most_bytes)
