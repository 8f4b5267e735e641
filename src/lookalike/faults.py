"""Named points at which a fault can be planted, so that tests can break every step in turn.

``LOOKALIKE_FAULT=before-rename:kill`` ends the process there, as kill -9 does; ``:error`` raises `OSError`
(no space left); ``:freeze`` stops it, as SIGSTOP does, until somebody sends SIGCONT. ``before-write:kill:3``
does so the third time the point is passed. Unset, `hit` costs one dictionary look-up. Tests loop over the
lists, so a new step is tested by being listed. Inside one process, `planted` does anything else there: lock
the database, fill the disk, set the clock.
"""

from __future__ import annotations

import collections
import contextlib
import errno
import os
import signal
from collections.abc import Callable, Generator

WRITE_POINTS: tuple[str, ...] = (
    "before-open",
    "before-write",
    "before-finish",
    "before-fsync",
    "before-rename",
    "after-rename",
)
"""What a file passes on its way to its name."""

JOB_POINTS: tuple[str, ...] = (
    "after-claim",
    "before-blob",
    "after-blob",
    "before-finalise",
    "before-commit",
    "before-settle",
    "after-commit",
    "before-clean",
    "after-clean",
)
"""What a task passes between its claim and the end of its job."""

SUBMIT_POINTS: tuple[str, ...] = ("before-submit", "after-submit")
"""What a job passes between being asked for and the answer."""

NOUN_POINTS: tuple[str, ...] = ("after-begin", "after-upload", "before-ready", "after-destroy", "after-blobs")
"""What an upload passes between document and answer, and a deletion between keys and documents."""

JOIN_POINTS: tuple[str, ...] = ("before-join", "after-join", "before-unlist", "after-unlist")
"""What small segments of records pass on their way into a larger one."""

RECORD_POINTS: tuple[str, ...] = ("before-segment", "after-segment")
"""What records pass between being made and being stored."""

PUBLISH_POINTS: tuple[str, ...] = (
    "before-publication",
    "after-publication",
    "before-ciphertext",
    "after-ciphertext",
    "before-save",
    "after-save",
    "before-receipt",
    "after-receipt",
    "before-shred",
    "after-shred",
)
"""What a publication passes between being asked for and the end of the local copy."""

EXTRACT_POINTS: tuple[str, ...] = ("after-items", "before-documents", "after-documents")
"""What the documents of a write job pass: read, then dropped when the job has ended."""

FILE_POINTS: tuple[str, ...] = ("before-file", "after-file")
"""What a file of records passes between being asked for and being known."""

CALL_POINTS: tuple[str, ...] = ("before-keep", "after-keep", "before-call", "after-call")
"""What a call to a language model passes, and the entries that say what it may cost and what it came to."""

POINTS: tuple[str, ...] = (
    WRITE_POINTS
    + JOB_POINTS
    + SUBMIT_POINTS
    + NOUN_POINTS
    + PUBLISH_POINTS
    + RECORD_POINTS
    + JOIN_POINTS
    + EXTRACT_POINTS
    + FILE_POINTS
    + CALL_POINTS
)

_passed: collections.Counter[str] = collections.Counter()


class Planted:
    """What is done at a point, the first time that it is passed, and whether it was."""

    def __init__(self, point: str, action: Callable[[], None]) -> None:
        self._point = point
        self._action = action
        self.was_passed = False

    def hit(self, point: str) -> None:
        if point == self._point and not self.was_passed:
            self.was_passed = True
            self._action()


_planted: list[Planted] = []


@contextlib.contextmanager
def planted(point: str, action: Callable[[], None]) -> Generator[Planted]:
    """Call ``action`` when any thread of this process first passes ``point``."""
    one = Planted(point, action)
    _planted.append(one)
    try:
        yield one
    finally:
        _planted.remove(one)


def hit(point: str) -> None:
    """Break here when the environment says so; every arming counts its passes from 1."""
    for one in _planted:
        one.hit(point)
    armed = os.environ.get("LOOKALIKE_FAULT")
    if armed is None:
        _passed.clear()
        return
    name, action, which = (*armed.split(":"), "", "")[:3]
    if name != point:
        return
    _passed[armed] += 1
    if which and _passed[armed] != int(which):
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "freeze":
        os.kill(os.getpid(), signal.SIGSTOP)
        return
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
