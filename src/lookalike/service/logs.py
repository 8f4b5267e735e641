"""Structured logs: one JSON object per line on standard error, each with its request and trace.

A log line holds names, numbers, ids and statuses. It holds no value that was sent, no query, no header and no
message of an exception: those may quote a cell or a secret. Where an exception came from is told instead.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, TextIO

import structlog

MOST_FRAMES = 12


def configure(stream: TextIO | None = None) -> None:
    """Let this process log as JSON lines to ``stream`` (standard error if not said)."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Named()], level=logging.WARNING, force=True)


def log() -> Any:
    """The logger; `configure` says where its lines go."""
    return structlog.get_logger("lookalike")


def whence(error: BaseException) -> dict[str, Any]:
    """The class of an exception and the lines it passed, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    lines = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": lines}


class _Named(logging.Handler):
    """Says that a library logged a warning, and which: its text may hold anything."""

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, Any] = {} if record.exc_info is None else whence(record.exc_info[1] or Exception())
        log().warning("library", logger=record.name, line=record.lineno, level_said=record.levelname, **facts)
