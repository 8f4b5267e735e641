"""Keys by the names of environment variables. No key is in a spec, a message, a log or a journal."""

from __future__ import annotations

import os
from collections.abc import Mapping

from lookalike.records.chat import ProviderError


class Keys:
    """What the names stand for; by default, the environment of this process."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def get(self, name: str | None) -> str | None:
        """The key of that name; None for no name; `ProviderError` (auth) when it is not set."""
        if name is None:
            return None
        key = self._environment.get(name)
        if not key:
            raise ProviderError("auth", f"the environment variable {name} is not set")
        return key
