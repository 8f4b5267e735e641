"""Forged, changed, old and swapped access tokens: each is refused, and none for a reason that it can read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from lookalike import ids
from lookalike.service.people.access import ALGORITHM, LIFE_S
from manual_clock import ManualClock
from service_desk import Person, ServiceDesk


@pytest.fixture(scope="module")
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, clock: ManualClock) -> Iterator[ServiceDesk]:
    made = ServiceDesk(tmp_path_factory.mktemp("tokens"), clock)
    yield made
    made.close()


@pytest.fixture(scope="module")
def editor(desk: ServiceDesk) -> Person:
    return desk.person("editor")


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, claims, signature = token.split(".")
    return json.loads(_bytes(header)), json.loads(_bytes(claims)), signature


def joined(header: Any, claims: Any, signature: str = "") -> str:
    return f"{_text(header)}.{_text(claims)}.{signature}"


def refused(desk: ServiceDesk, token: str) -> None:
    answer = desk.client(token).get("/api/me")
    assert answer.status_code == 401, token
    assert answer.json()["code"] == "not-signed-in"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def accepted(desk: ServiceDesk, token: str) -> bool:
    return desk.client(token).get("/api/me").status_code == 200


def test_the_token_itself_is_accepted(desk: ServiceDesk, editor: Person) -> None:
    assert accepted(desk, editor.access)


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
def test_no_algorithm_is_none(desk: ServiceDesk, editor: Person, name: str) -> None:
    header, claims, signature = parts(editor.access)
    for signed in ("", signature):
        refused(desk, joined(header | {"alg": name}, claims, signed))


def test_the_public_key_is_no_secret_to_sign_with(desk: ServiceDesk, editor: Person) -> None:
    header, claims, _ = parts(editor.access)
    key = desk.people.signing_keys.current().key
    public = key.as_dict(private=False)
    for secret in (
        key.as_pem(private=False),
        json.dumps(public).encode(),
        base64.urlsafe_b64decode(str(public["x"]) + "="),
        b"",
    ):
        for name, digest in [("HS256", hashlib.sha256), ("HS512", hashlib.sha512)]:
            body = joined(header | {"alg": name}, claims)[:-1]
            signature = hmac.new(secret, body.encode(), digest).digest()
            refused(desk, f"{body}.{_plain(signature)}")


def test_another_key_under_our_id_is_not_ours(desk: ServiceDesk, editor: Person) -> None:
    header, claims, _ = parts(editor.access)
    mine = OKPKey.generate_key("Ed25519")
    refused(desk, jwt.encode(header, dict(claims), mine, algorithms=[ALGORITHM]))
    rsa, secret = RSAKey.generate_key(2048), OctKey.generate_key(256)
    refused(desk, jwt.encode(header | {"alg": "RS256"}, dict(claims), rsa, algorithms=["RS256"]))
    refused(desk, jwt.encode(header | {"alg": "HS256"}, dict(claims), secret, algorithms=["HS256"]))


def test_a_key_inside_the_token_is_not_used(desk: ServiceDesk, editor: Person) -> None:
    header, claims, _ = parts(editor.access)
    mine = OKPKey.generate_key("Ed25519")
    public = mine.as_dict(private=False)
    for more in (
        {"jwk": public},
        {"jku": "https://example.org/keys"},
        {"x5u": "https://example.org/certificate"},
        {"x5c": [_plain(b"certificate")]},
    ):
        refused(desk, jwt.encode(header | more, dict(claims), mine, algorithms=[ALGORITHM]))


KIDS: list[Any] = [
    None,
    "",
    0,
    True,
    [],
    {"$ne": None},
    "../../../../dev/null",
    "/dev/null",
    "' OR 1=1 --",
    "x' UNION SELECT 'key",
    "sign_",
    "sign_" + "0" * 32,
    "sign_" + "f" * 32,
    "key\0",
    "a" * 400,
    "ключ",
]


@pytest.mark.parametrize("kid", KIDS, ids=range(len(KIDS)))
def test_a_kid_that_is_not_ours_finds_no_key(desk: ServiceDesk, editor: Person, kid: Any) -> None:
    header, claims, signature = parts(editor.access)
    refused(desk, joined(header | {"kid": kid}, claims, signature))
    for secret in (b"", b"\0"):
        body = joined(header | {"kid": kid, "alg": "HS256"}, claims)[:-1]
        refused(desk, f"{body}.{_plain(hmac.new(secret, body.encode(), hashlib.sha256).digest())}")


def test_ids_of_other_keys_are_no_signing_keys(desk: ServiceDesk, editor: Person) -> None:
    header, claims, _ = parts(editor.access)
    dataset = ids.new("ds")
    desk.backends.keys.create(dataset)
    seed = desk.backends.keys.key(dataset)
    pair = OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(seed))
    refused(desk, jwt.encode(header | {"kid": dataset}, dict(claims), pair, algorithms=[ALGORITHM]))
    key = OctKey.import_key(seed)
    refused(
        desk, jwt.encode(header | {"alg": "HS256", "kid": dataset}, dict(claims), key, algorithms=["HS256"])
    )


CHANGES: list[tuple[str, Any]] = [
    ("iss", None),
    ("iss", "somebody"),
    ("iss", ["lookalike"]),
    ("aud", None),
    ("aud", "another-api"),
    ("aud", ["lookalike-api", "another-api"]),
    ("exp", None),
    ("exp", "9999999999"),
    ("exp", 9e99),
    ("exp", 1),
    ("exp", True),
    ("iat", None),
    ("sub", None),
    ("sub", ""),
    ("sub", ["user"]),
    ("sub", {"$ne": ""}),
    ("sid", None),
    ("sid", 5),
    ("sid", "ses_" + "0" * 32),
    ("epoch", None),
    ("epoch", 2),
    ("epoch", "1"),
    ("epoch", True),
    ("jti", None),
]


@pytest.mark.parametrize(("claim", "value"), CHANGES, ids=range(len(CHANGES)))
def test_every_claim_must_be_there_and_right(
    desk: ServiceDesk, editor: Person, claim: str, value: Any
) -> None:
    """Signed by our own key, so that only the claim can be what it is refused for."""
    header, claims, _ = parts(editor.access)
    claims[claim] = value
    if value is None:
        del claims[claim]
    key = desk.people.signing_keys.current().key
    refused(desk, jwt.encode(header, claims, key, algorithms=[ALGORITHM]))


@pytest.mark.parametrize("kind", [None, "JWT", "jwt", "refresh+jwt", "AT+JWT"])
def test_a_token_of_another_type_is_no_access_token(desk: ServiceDesk, editor: Person, kind: Any) -> None:
    header, claims, _ = parts(editor.access)
    header = {name: value for name, value in header.items() if name != "typ"}
    if kind is not None:
        header["typ"] = kind
    signed = desk.people.signing_keys.current().key
    refused(desk, jwt.encode(header, claims, signed, algorithms=[ALGORITHM], default_type=None))


def test_a_changed_bit_is_seen(desk: ServiceDesk, editor: Person) -> None:
    token = editor.access
    for place in range(0, len(token), 29):
        if token[place] != ".":
            other = "A" if token[place] != "A" else "B"
            refused(desk, token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "....", "e30.e30.", "{}", "x" * 5000, "ü.ü.ü"])
def test_what_is_no_token_is_no_crash(desk: ServiceDesk, text: str) -> None:
    client = desk.client()
    answer = client.get("/api/me", headers={"Authorization": f"Bearer {text}".encode()})
    assert answer.status_code == 401


def test_a_token_ends_after_a_quarter_of_an_hour(tmp_path: Path) -> None:
    clock = ManualClock()
    desk = ServiceDesk(tmp_path, clock)
    editor = desk.person("editor")
    clock.wait(LIFE_S - 1)
    assert accepted(desk, editor.access)
    clock.wait(1)
    refused(desk, editor.access)
    desk.close()


def test_after_rotating_older_tokens_are_good_until_their_key_is_dropped(tmp_path: Path) -> None:
    clock = ManualClock()
    desk, other = ServiceDesk(tmp_path, clock), ServiceDesk(tmp_path, clock)
    editor = desk.person("editor")
    assert accepted(other, editor.access)
    fresh = desk.people.signing_keys.rotate()
    newer = desk.people.access_for(desk.people.accounts.get(editor.id), editor.refresh.session)
    assert parts(newer)[0]["kid"] == fresh.id
    assert accepted(other, editor.access)
    assert accepted(other, newer)
    desk.people.signing_keys.rotate(drop=True)
    clock.wait(1)
    for token in (editor.access, newer):
        refused(other, token)
        refused(desk, token)
    for made in (desk, other):
        made.close()


def test_a_signing_key_is_a_month_old_at_most(tmp_path: Path) -> None:
    clock = ManualClock()
    desk = ServiceDesk(tmp_path, clock)
    first = desk.people.signing_keys.current().id
    assert desk.people.signing_keys.current().id == first
    clock.wait(31 * 24 * 3600)
    assert desk.people.signing_keys.current().id != first
    desk.close()


def test_a_restart_keeps_the_signing_key_and_so_every_sign_in(tmp_path: Path) -> None:
    desk = ServiceDesk(tmp_path)
    editor = desk.person("editor")
    desk.close()
    again = ServiceDesk(tmp_path)
    assert accepted(again, editor.access)
    again.close()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(value: Any) -> str:
    return _plain(json.dumps(value).encode())


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
