"""HTTP connections that are closed when the head of a request does not come: nobody holds one for nothing.

uvicorn's own time limit begins with the end of an answer, so a connection on which nothing, or half a
request, was ever sent would stay open for as long as its client likes.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


def patient(head_s: float) -> type[asyncio.Protocol]:
    """A protocol for uvicorn that gives the head of each request ``head_s`` seconds from its first byte.

    The first head of a connection has them from the beginning of the connection.
    """

    class PatientProtocol(H11Protocol):
        _waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is not h11.IDLE:
                self._stop_waiting()
            elif self._waiting is None:
                self._wait()

        def _wait(self) -> None:
            self._waiting = self.loop.call_later(head_s, self._give_up)

        def _stop_waiting(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

        def _give_up(self) -> None:
            self._waiting = None
            if not self.transport.is_closing():
                self.transport.close()

    return PatientProtocol
