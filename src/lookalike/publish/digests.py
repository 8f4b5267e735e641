"""What is known of a file's bytes once they have passed: size, SHA-256, and a CID for each layout.

CIDs of several layouts and the SHA-256 are counted side by side, each in a thread of its own, since hashing
large pieces needs no interpreter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from lookalike.publish.cid import Cid
from lookalike.publish.dag import SMALL_CHUNK_BYTES, Dag, Layout

LAYOUTS = (Layout(), Layout(SMALL_CHUNK_BYTES))
"""Those that a manifest names: ours, and that of Kubo's version 1 when nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Digests:
    """size_bytes, sha256 (hex), and the CID in each layout."""

    size_bytes: int
    sha256: str
    cids: tuple[tuple[Layout, Cid], ...]

    def cid(self, layout: Layout | None = None) -> Cid:
        """The CID in this layout; ours if not said. `KeyError` when it was not counted."""
        return dict(self.cids)[layout or LAYOUTS[0]]


class Digester:
    """Counts while bytes pass: ``with Digester() as digester: digester.update(piece)``; then `digests`."""

    def __init__(self, layouts: tuple[Layout, ...] = LAYOUTS) -> None:
        self._sha256 = hashlib.sha256()
        self._dags = [Dag(layout) for layout in layouts]
        self._size = 0
        self._pool = ThreadPoolExecutor(1 + len(layouts), thread_name_prefix="lookalike-digest")
        self._going: list[Future[None]] = []

    def update(self, piece: bytes) -> None:
        """Returns while ``piece`` is being counted, which must not change; waits for the piece before it."""
        self._wait()
        self._size += len(piece)
        self._going = [self._pool.submit(dag.update, piece) for dag in self._dags]
        self._going.append(self._pool.submit(self._sha256.update, piece))

    def digests(self) -> Digests:
        """Of all pieces. Nothing may be added afterwards."""
        self._wait()
        cids = tuple((dag.layout, dag.finish()) for dag in self._dags)
        return Digests(self._size, self._sha256.hexdigest(), cids)

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """``pieces``, counted on their way."""
        for piece in pieces:
            self.update(piece)
            yield piece

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def _wait(self) -> None:
        for one in self._going:
            one.result()
        self._going = []


def digests_of(pieces: Iterable[bytes], layouts: tuple[Layout, ...] = LAYOUTS) -> Digests:
    """The digests of bytes that come in ``pieces``."""
    with Digester(layouts) as digester:
        for piece in pieces:
            digester.update(piece)
        return digester.digests()
