"""Lookalike: data that behaves like yours and is not yours."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "read": "lookalike.verbs",
    "fit": "lookalike.verbs",
    "load": "lookalike.verbs",
    "sample": "lookalike.verbs",
    "check": "lookalike.verbs",
    "set_aside": "lookalike.verbs",
    "write": "lookalike.verbs",
    "publish": "lookalike.verbs",
    "verify": "lookalike.verbs",
    "Table": "lookalike.nouns",
    "TableModel": "lookalike.nouns",
    "Sample": "lookalike.models.stream",
    "Check": "lookalike.quality.check",
    "Client": "lookalike.client",
    "LookalikeError": "lookalike.errors",
    "Schema": "lookalike.schema",
    "Column": "lookalike.schema",
}

if TYPE_CHECKING:
    from lookalike.client import Client
    from lookalike.errors import LookalikeError
    from lookalike.models.stream import Sample
    from lookalike.nouns import Table, TableModel
    from lookalike.quality.check import Check
    from lookalike.schema import Column, Schema
    from lookalike.verbs import (
        check,
        fit,
        load,
        publish,
        read,
        sample,
        set_aside,
        verify,
        write,
    )

__all__ = [
    "Check",
    "Client",
    "Column",
    "LookalikeError",
    "Sample",
    "Schema",
    "Table",
    "TableModel",
    "__version__",
    "check",
    "fit",
    "load",
    "publish",
    "read",
    "sample",
    "set_aside",
    "verify",
    "write",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'lookalike' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
