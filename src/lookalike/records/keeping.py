"""Entries made safe together: whoever waits while others are being written goes with the next batch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from lookalike import faults
from lookalike.records.sink import Entry, Sink


class Keeper:
    """Writes to a `Sink` from one thread of its own, so that the disk holds up no call.

    One commit serves all that wait at the moment: at 1,000 calls in flight the disk is asked a few dozen
    times a second, not thousands.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="records-sink")
        self._waiting: list[tuple[Sequence[Entry], asyncio.Future[list[bool]]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, *entries: Entry) -> list[bool]:
        """Whether each is new, once they are safe. Raises what the sink raises."""
        # a caller that is cancelled while its entry is on the way to the disk does not stop the writing
        return await asyncio.shield(self.soon(*entries))

    def soon(self, *entries: Entry) -> asyncio.Future[list[bool]]:
        """The same as a future, for who need not wait; whoever drops it never hears of a full disk."""
        future: asyncio.Future[list[bool]] = asyncio.get_running_loop().create_future()
        self._waiting.append((entries, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return future

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            together = [entry for entries, _ in batch for entry in entries]
            try:
                new = await loop.run_in_executor(self._thread, self._kept, together)
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            at = 0
            for entries, future in batch:
                if not future.done():
                    future.set_result(new[at : at + len(entries)])
                at += len(entries)

    def _kept(self, entries: Sequence[Entry]) -> list[bool]:
        faults.hit("before-keep")
        new = self._sink.write(entries)
        faults.hit("after-keep")
        return new

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._writer is not None:
            await self._writer
        self._thread.shutdown()
