"""Access tokens and passes: signed, short, each of one form only (RFC 9068's ``at+jwt``, RFC 8725's advice).

The algorithm is pinned, the key is chosen by ``kid`` from our own and by nothing else in the header, and
type, issuer, audience, subject, session, epoch and both times must be there and be right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lookalike import ids
from lookalike.clock import Clock
from lookalike.errors import NotSignedIn
from lookalike.service.people.signing_keys import SigningKeys

ALGORITHM = "Ed25519"
ISSUER = "lookalike"
LIFE_S = 15 * 60
PASS_LIFE_S = 5 * 60
MOST_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Form:
    """What kind of token it is: its ``typ``, what it is for (``aud``), and how long it is good."""

    type: str
    audience: str
    life_s: int


ACCESS = Form("at+jwt", "lookalike-api", LIFE_S)


def pass_to(path: str) -> Form:
    """The form of tokens that open what is under ``path``, and nothing else."""
    return Form("pass+jwt", path, PASS_LIFE_S)


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token says: whose it is, of which sign-in, and which epoch of the account it is from."""

    user: str
    session: str
    epoch: int


class AccessTokens:
    """Makes access tokens, and opens those that were made here."""

    def __init__(self, keys: SigningKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def make(self, access: Access, form: Form = ACCESS) -> str:
        """A token of this form."""
        from joserfc import jwt

        now_s = self._now_s()
        signing = self._keys.current()
        header = {"alg": ALGORITHM, "typ": form.type, "kid": signing.id}
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": form.audience,
            "sub": access.user,
            "sid": access.session,
            "epoch": access.epoch,
            "iat": now_s,
            "exp": now_s + form.life_s,
            "jti": ids.new("at", self._clock),
        }
        return jwt.encode(header, claims, signing.key, algorithms=[ALGORITHM])

    def open(self, token: str, form: Form = ACCESS) -> Access:
        """What a token of this form says; `NotSignedIn` when it is over, or was not made here as it is."""
        from joserfc import jwt
        from joserfc.errors import ExpiredTokenError, JoseError

        if len(token) > MOST_BYTES:
            raise _unbelievable()
        try:
            opened = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            _check(opened.header, opened.claims, self._now_s(), form)
        except ExpiredTokenError:
            raise NotSignedIn("The sign-in is over.", hint="Refresh it, or sign in again.") from None
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise _unbelievable() from None
        claims = opened.claims
        return Access(claims["sub"], claims["sid"], claims["epoch"])

    def _key(self, signed: Any, *_: Any) -> Any:
        """The key that the header names, if it is one of ours."""
        from joserfc.errors import MissingKeyError

        found = self._keys.find(signed.headers().get("kid"))
        if found is None:
            raise MissingKeyError
        return found.key

    def _now_s(self) -> int:
        return self._clock.now_us() // 1_000_000


def _check(header: dict[str, Any], claims: dict[str, Any], now_s: int, form: Form) -> None:
    from joserfc.errors import InvalidClaimError
    from joserfc.jwt import JWTClaimsRegistry

    if header.get("typ") != form.type or set(header) != {"alg", "typ", "kid"}:
        raise InvalidClaimError("typ")
    registry = JWTClaimsRegistry(
        now=now_s,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": form.audience},
        sub={"essential": True},
        sid={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        jti={"essential": True},
    )
    registry.validate(claims)
    if claims["aud"] != form.audience or type(claims["exp"]) is not int:
        raise InvalidClaimError("aud")
    if type(claims.get("epoch")) is not int or not isinstance(claims["sid"], str):
        raise InvalidClaimError("epoch")


def _unbelievable() -> NotSignedIn:
    return NotSignedIn("This token is not one that was made here.", hint="Sign in again.")
