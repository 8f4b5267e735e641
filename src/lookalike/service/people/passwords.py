"""Passwords: argon2id (RFC 9106, its second recommended setting), never stored, never logged."""

from __future__ import annotations

import functools
import os
import threading
from typing import Any

from lookalike.errors import UsageError

SHORTEST, LONGEST = 10, 1024


class Passwords:
    """Hashes and compares, a few at a time: each takes 64 MiB."""

    def __init__(self, at_once: int | None = None) -> None:
        self._turn = threading.BoundedSemaphore(at_once or os.cpu_count() or 1)

    def check(self, password: str, login: str) -> None:
        """`UsageError` for one that is too short, too long, or the login itself."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise UsageError(
                f"A password has {SHORTEST} to {LONGEST} characters.", hint="A few words will do."
            )
        if password.casefold() == login.casefold():
            raise UsageError("The password is the login.", hint="Choose another one.")

    def hash(self, password: str) -> str:
        """The hash to store, with its parameters and salt in it."""
        with self._turn:
            return _hasher().hash(_bytes(password))

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether ``password`` is that of ``hashed``; None: False, after the same time."""
        from argon2.exceptions import Argon2Error, InvalidHashError

        with self._turn:
            try:
                return _hasher().verify(hashed or _nobodys(), _bytes(password)) and hashed is not None
            except (Argon2Error, InvalidHashError):
                return False

    def is_old(self, hashed: str) -> bool:
        """Whether it was made with other parameters than those of today."""
        return _hasher().check_needs_rehash(hashed)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


@functools.cache
def _hasher() -> Any:
    import argon2

    return argon2.PasswordHasher.from_parameters(argon2.profiles.RFC_9106_LOW_MEMORY)


@functools.cache
def _nobodys() -> str:
    """What the password of somebody unknown is compared with."""
    return _hasher().hash(os.urandom(16))
