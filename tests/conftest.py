"""What holds for all tests."""

from __future__ import annotations

_MOST_SHOWN = 16


def pytest_make_parametrize_id(config: object, val: object, argname: str) -> str | None:
    """A name for a parameter: long bytes by their number, for packed ones hold the time of packing, and the
    workers that tests are shared out to have to find the same names."""
    if isinstance(val, bytes) and len(val) > _MOST_SHOWN:
        return f"{argname} of {len(val)} bytes"
    return None
