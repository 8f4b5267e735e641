"""What holds for all tests."""

from __future__ import annotations

_MOST_SHOWN = 16


def pytest_make_parametrize_id(config: object, val: object, argname: str) -> str | None:
    """A name for a parameter: that of the argument for long bytes, which pytest numbers. Packed ones hold the
    time of packing, on which even their length depends, and the workers that tests are shared out to have to
    find the same names."""
    return argname if isinstance(val, bytes) and len(val) > _MOST_SHOWN else None
