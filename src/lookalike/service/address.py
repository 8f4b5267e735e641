"""Where a request comes from: the peer's address, unless that is a proxy that we were told to believe."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from lookalike.errors import UsageError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
UNKNOWN = "unknown"


class Proxies:
    """The proxies whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed."""

    def __init__(self, trusted: Sequence[str]) -> None:
        try:
            self._trusted: list[Network] = [ipaddress.ip_network(text, strict=False) for text in trusted]
        except ValueError:
            hint = "It is a list such as 10.0.0.0/8,127.0.0.1."
            raise UsageError("LOOKALIKE_TRUSTED_PROXIES names no network.", hint=hint) from None

    def client(self, peer: str | None, forwarded: str | None) -> str:
        """The client's address: from the right, the first that is no proxy of ours."""
        if not self.trusts(peer):
            return _plain(peer) or UNKNOWN
        client = peer
        for text in reversed((forwarded or "").split(",")):
            if (address := _plain(text.strip())) is None:
                break
            client = address
            if not self.trusts(client):
                break
        return _plain(client) or UNKNOWN

    def trusts(self, address: str | None) -> bool:
        plain = _plain(address)
        if plain is None:
            return False
        found = ipaddress.ip_address(plain)
        return any(found.version == one.version and found in one for one in self._trusted)


def client_of(scope: Any, proxies: Proxies) -> tuple[str, bool]:
    """``(address, secure)`` of an ASGI scope: whose request it is, and whether it came by HTTPS."""
    peer = scope["client"][0] if scope.get("client") else None
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    secure = scope.get("scheme") == "https"
    if proxies.trusts(peer):
        secure = headers.get(b"x-forwarded-proto", scope.get("scheme")) == "https"
    forwarded = ",".join(
        value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
    )
    return proxies.client(peer, forwarded), secure


def limited_by(address: str) -> str:
    """What an address's limit is kept under: of IPv6 its /64, since one person has all of that."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))


def _plain(text: str | None) -> str | None:
    """An address in its shortest form, IPv4 inside IPv6 as IPv4; None for anything else."""
    try:
        found = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
