"""Names for things: ``job_0198…``, a prefix and a UUIDv7, so that ids sort by when they were made.

UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, 12 bits for the part of a millisecond (section
6.2, method 3), 62 random bits. Ids of one process never sort backwards; those of two sort by their clocks.
"""

from __future__ import annotations

import re
import secrets
import threading

from lookalike.clock import Clock, SystemClock
from lookalike.errors import UsageError

_FORM = re.compile(r"[a-z]{1,12}_[0-9a-f]{32}")
_TASK_DIGITS = 6
_DRAWN_BITS = 62

_lock = threading.Lock()
_last = 0


def new(prefix: str, clock: Clock | None = None) -> str:
    """``PREFIX_`` and 32 hexadecimal digits; greater than any that this process made before."""
    global _last
    at_us = (clock or SystemClock()).now_us()
    with _lock:
        # one tick is 2**-12 of a millisecond; a clock that stood still or was set back is counted on
        _last = max((at_us << 12) // 1000, _last + 1)
        ticks = _last
    milliseconds, part = ticks >> 12, ticks & 0xFFF
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 7 << 76 | part << 64 | 2 << 62
    return f"{prefix}_{value | secrets.randbits(_DRAWN_BITS):032x}"


def is_id(text: str, prefix: str | None = None) -> bool:
    """Whether ``text`` has the form of an id, and of one with that prefix."""
    return bool(_FORM.fullmatch(text)) and (prefix is None or text.startswith(f"{prefix}_"))


def sibling(id: str, prefix: str) -> str:  # noqa: A002
    """The one id under ``prefix`` that belongs to ``id``: whoever derives it, and when, it is the same."""
    if not is_id(id):
        raise UsageError(f"{id!r} is not an id.")
    return f"{prefix}_{id.partition('_')[2]}"


def task(job_id: str, number: int) -> str:
    """``JOB:000012``: the id of task ``number`` of a job. Padded, so that tasks sort by their numbers."""
    return f"{job_id}:{number:0{_TASK_DIGITS}d}"
