"""The sign-in that `lookalike login` keeps: a service's address and a token, in a file for its owner alone.

The environment wins: with LOOKALIKE_TOKEN the file is not looked at, and with LOOKALIKE_URL alone only when
it is of that service, since a token goes to no other address than the one that it was made at.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lookalike.errors import BadInput, CannotWrite, LookalikeError, NotSignedIn

if TYPE_CHECKING:
    from lookalike.client import Client

NAME = "sign-in.json"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where somebody is signed in, as whom, and by which token."""

    url: str
    login: str
    token_id: str
    token: str


@contextmanager
def client_here(*, by_password: bool = False) -> Generator[Client]:
    """The service that the environment names, or that somebody signed in to; `NotSignedIn` without either.

    by_password: whoever signed in is asked for their password again, for what the token that is kept may not.
    """
    from lookalike.client import Client

    if os.environ.get("LOOKALIKE_TOKEN"):
        yield Client()
        return
    kept, said = read(), os.environ.get("LOOKALIKE_URL", "").rstrip("/")
    if kept is None or (said and said != kept.url):
        hint = f"Sign in: lookalike login {said or 'URL'}; or set LOOKALIKE_TOKEN."
        raise NotSignedIn(
            "Nobody is signed in here." if kept is None else "Nobody is signed in there.", hint=hint
        )
    if by_password:
        with _by_password(kept) as client:
            yield client
        return
    try:
        yield Client(kept.url, kept.token)
    except NotSignedIn as error:
        raise NotSignedIn(error.message, hint=f"Sign in again: lookalike login {kept.url}") from error


@contextmanager
def _by_password(kept: SignIn) -> Generator[Client]:
    """A sign-in for as long as the context lasts."""
    from lookalike.client import Client

    client = Client.sign_in(kept.url, kept.login, asked_password(new=False))
    try:
        yield client
    finally:
        with suppress(LookalikeError):
            client.sign_out()


def asked_password(*, new: bool = True) -> str:
    """A password, typed (a new one twice) or piped in as a line: on a command line others could see it."""
    if sys.stdin.isatty():
        return typer.prompt("Password", hide_input=True, confirmation_prompt=new, err=True)
    return sys.stdin.readline().rstrip("\n")


def place() -> Path:
    """Where the sign-in is kept: in the data folder (LOOKALIKE_HOME)."""
    from lookalike.settings import read_settings

    return read_settings().home / NAME


def read() -> SignIn | None:
    """What is kept; None when nobody signed in. `BadInput` for a file that others may read, or damaged."""
    path = place()
    try:
        if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise BadInput(f"Others on this machine can read {path}.", hint=f"chmod 600 {path}")
        return SignIn(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(
            f"The sign-in in {path} cannot be read.", hint="Delete the file, and sign in."
        ) from error


def keep(sign_in: SignIn) -> Path:
    """The file that holds it now, whole and for its owner alone; `CannotWrite` when it cannot be made."""
    path = place()
    part = path.with_name(f".{NAME}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(sign_in)) + "\n")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CannotWrite(f"The sign-in cannot be kept: {error.strerror}.", file=str(path)) from error
    return path


def forget() -> None:
    """Delete what is kept."""
    place().unlink(missing_ok=True)
