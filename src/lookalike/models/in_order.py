"""Work done by several threads, its results handed out one by one in the order of the items."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from lookalike.watch import Watch, check

A = TypeVar("A")
B = TypeVar("B")

_POLL_S = 0.1


def in_order(
    work: Callable[[A], B], items: Iterable[A], *, workers: int, watch: Watch, ahead: int = 0
) -> Generator[B, None, None]:
    """``work(item)`` for each item, in order, with at most ``2 * workers + ahead`` made but not yet taken.

    One worker works in the caller's thread, when the next result is asked for. The first error in the order
    of the items is raised, once; whatever ends the generator (an error, `Cancelled`, ``close``, Ctrl-C in the
    caller) also ends its threads, after the items that are being worked on.
    """
    if workers <= 1:
        for item in items:
            check(watch)
            yield work(item)
        return
    check(watch)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="lookalike-draw")
    waiting: deque[Future[B]] = deque()
    try:
        for item in items:
            if len(waiting) == 2 * workers + ahead:
                yield _result(waiting.popleft(), watch)
            waiting.append(pool.submit(work, item))
        while waiting:
            yield _result(waiting.popleft(), watch)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _result(future: Future[B], watch: Watch) -> B:
    while not future.done():
        check(watch)
        wait([future], timeout=_POLL_S)
    check(watch)
    return future.result()
