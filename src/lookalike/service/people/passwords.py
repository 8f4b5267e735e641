"""Passwords: argon2id (RFC 9106, its second recommended setting), never stored, never logged."""

from __future__ import annotations

import base64
import functools
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lookalike.errors import Unavailable, UsageError

T = TypeVar("T")

MEMORY_KIB = 64 << 10
AT_ONCE = 2
"""However many processors there seem to be: it is what bounds the memory."""
MOST_AT_ONCE = 24
"""Passwords that wait. Fewer than requests that are answered at once (40), so that others are not held up."""
ROUNDS, LANES = 3, 4
SHORTEST, LONGEST = 10, 1024


class Passwords:
    """Hashes and compares, `AT_ONCE` at a time: each takes ``memory_kib``.

    In threads of its own, since a thread that once had so much memory may keep it.
    """

    def __init__(self, memory_kib: int = MEMORY_KIB) -> None:
        self._room = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lookalike-passwords")
        self._memory_kib = memory_kib

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
        return self._done(_hasher(self._memory_kib).hash, _bytes(password))

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether ``password`` is that of ``hashed``; None: False, after the same time."""
        known = hashed or _nobodys(self._memory_kib)
        right = self._done(_compared, _hasher(self._memory_kib), known, _bytes(password))
        return right and hashed is not None

    def _done(self, work: Callable[..., T], *arguments: Any) -> T:
        """What ``work`` returns; `Unavailable` when so many wait that others would have to as well."""
        if not self._room.acquire(blocking=False):
            raise Unavailable("Too many people sign in at this moment.", hint="Try again in a moment.")
        try:
            return self._pool.submit(work, *arguments).result()
        finally:
            self._room.release()

    def is_old(self, hashed: str) -> bool:
        """Whether it was made with other parameters than those of today."""
        return _hasher(self._memory_kib).check_needs_rehash(hashed)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _compared(hasher: Any, hashed: str, password: bytes) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return hasher.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


@functools.cache
def _hasher(memory_kib: int) -> Any:
    import argon2

    return argon2.PasswordHasher(time_cost=ROUNDS, memory_cost=memory_kib, parallelism=LANES)


@functools.cache
def _nobodys(memory_kib: int) -> str:
    """What the password of somebody unknown is compared with: random bytes, in the form of a hash.

    Made without hashing anything, since the first requests, all at once, would do so outside of the pool.
    """
    salt, digest = (base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={memory_kib},t={ROUNDS},p={LANES}${salt}${digest}"
