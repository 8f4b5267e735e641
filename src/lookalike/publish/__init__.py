"""Where a file goes so that anybody can fetch it, and the manifest by which anybody can check it.

``lookalike.publish`` is also the verb: importing this package puts it where `lookalike` shows the verb of
that name, so the package can be called, too.
"""

from __future__ import annotations

import sys
import types
from typing import Any


class _Verb(types.ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        """`lookalike.verbs.publish`."""
        import importlib

        return importlib.import_module("lookalike.verbs").publish(*args, **options)


sys.modules[__name__].__class__ = _Verb
