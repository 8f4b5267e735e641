"""`lookalike login` and `lookalike logout`: a token for this machine, made and revoked."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from lookalike.cli import options as o
from lookalike.cli.console import Console, printable, reporting
from lookalike.cli.signed_in import asked_password
from lookalike.errors import LookalikeError, NotSignedIn, Unavailable, UsageError

if TYPE_CHECKING:
    from lookalike.client import Client

SCOPES = {"viewer": ["read"], "editor": ["read", "write"], "admin": ["read", "write", "admin"]}
"""What a token of this machine may do, if nothing else is said: what its owner may."""
DAYS = 90
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def login(
    address: Annotated[
        str | None,
        typer.Argument(metavar="[URL]", help="LOOKALIKE_URL if not said; also an address that `up` printed."),
    ] = None,
    user: Annotated[
        str | None, typer.Option("--login", metavar="LOGIN", help="Asked for if not said.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the token; this machine's if not said.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="S", help="read, write, admin, engine; what your role may, if not said."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, metavar="D", help="How long it is good for.")] = DAYS,
    json: o.Json = False,
) -> None:
    """Sign in to a service: the commands for its nouns then need no LOOKALIKE_URL and no LOOKALIKE_TOKEN.

    Login and password are asked for, or read from standard input, a line each.
    """
    with reporting(as_json=json, quiet=False) as console:
        from lookalike.cli import signed_in
        from lookalike.client import URL

        before = signed_in.read()
        url = address or os.environ.get("LOOKALIKE_URL") or URL
        client, url = _signed_in(console, url, user)
        try:
            me = client.me()
            named = name or f"lookalike on {socket.gethostname()}"
            made = client.tokens.create(named[:200], scope or SCOPES[me["role"]], days=days)
            try:
                kept = signed_in.SignIn(url, me["login"], made["id"], made["token"])
                path = signed_in.keep(kept)
            except LookalikeError:
                client.tokens.delete(made["id"])
                raise
        finally:
            # the token is what goes on; what made it has done its work
            with suppress(LookalikeError):
                client.sign_out()
        if before is not None:
            _end(console, before)
        console.document = {"url": url, "login": me["login"], "role": me["role"], "file": str(path)}
        console.document |= {"token": {key: value for key, value in made.items() if key != "token"}}
        console.show(printable(f"Signed in to {url} as {me['login']} ({me['role']})."))
        console.say(f"The token {named!r} is good until {made['expiresAt']}, and kept in {path}.")
        if os.environ.get("LOOKALIKE_TOKEN"):
            console.say("LOOKALIKE_TOKEN is set, and comes before it.")


def logout(json: o.Json = False) -> None:
    """Revoke the token that `login` made, and forget it here."""
    with reporting(as_json=json, quiet=False) as console:
        from lookalike.cli import signed_in
        from lookalike.client import Client

        kept = signed_in.read()
        console.document = {"signedOut": kept is not None}
        if kept is None:
            console.show("Nobody was signed in here.")
            return
        try:
            with suppress(NotSignedIn):  # it was revoked already, or is over
                Client(kept.url, kept.token).sign_out()
        except Unavailable as error:
            hint = f"The token is still good. To forget it here all the same, delete {signed_in.place()}."
            raise Unavailable(error.message, hint=hint) from error
        signed_in.forget()
        console.document |= {"url": kept.url, "login": kept.login}
        console.show(printable(f"Signed out of {kept.url}."))


def _signed_in(console: Console, address: str, user: str | None) -> tuple[Client, str]:
    """A client that has just signed in at ``address``, or made the first account there; and its URL."""
    from lookalike.client import Client, parted

    url, kind, _ = parted(address)
    url = url.rstrip("/")
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        console.say("Not HTTPS: whoever is on the way to the service can read the password.")
    if kind == "sign-in":
        return Client.sign_in(address), url
    who = user or _asked_login()
    password = asked_password(new=kind == "setup")
    if not who or not password:
        raise UsageError("To sign in takes a login and a password.", hint="Each on a line of standard input.")
    make: Any = Client.set_up if kind == "setup" else Client.sign_in
    return make(address, who, password), url


def _asked_login() -> str:
    if sys.stdin.isatty():
        return typer.prompt("Login", err=True)
    return sys.stdin.readline().strip()


def _end(console: Console, before: Any) -> None:
    """Revoke the token of the sign-in before, which nobody has any more."""
    from lookalike.client import Client

    try:
        with suppress(NotSignedIn):
            Client(before.url, before.token, timeout_s=10).sign_out()
    except LookalikeError as error:
        console.say(
            printable(f"The token of the sign-in before ({before.token_id} at {before.url}) is still good:")
        )
        console.say(printable(f"  {error.message} Revoke it in the page."))
