"""Whose request it is: behind proxies that are trusted, and despite headers that are not."""

from __future__ import annotations

import pytest

from lookalike.errors import UsageError
from lookalike.service.address import Proxies, limited_by


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ([], "192.0.2.1", None, "192.0.2.1"),
        ([], "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (["10.0.0.0/8"], "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.9, 10.0.0.2, 10.0.0.3", "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.1", "10.0.0.2", "10.0.0.2"),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        (["::1"], "::1", "2001:db8::1", "2001:db8::1"),
        (["127.0.0.1"], None, "203.0.113.9", "unknown"),
        (["127.0.0.1"], "testclient", "203.0.113.9", "unknown"),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_no_proxy(
    trusted: list[str], peer: str | None, forwarded: str | None, client: str
) -> None:
    assert Proxies(trusted).client(peer, forwarded) == client


def test_a_network_that_is_none_is_named_by_its_setting() -> None:
    with pytest.raises(UsageError, match="LOOKALIKE_TRUSTED_PROXIES"):
        Proxies(["the proxy"])


def test_a_limit_is_kept_by_address_and_of_ipv6_by_network() -> None:
    assert limited_by("192.0.2.1") == "192.0.2.1"
    assert limited_by("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"
    assert limited_by("unknown") == "unknown"
