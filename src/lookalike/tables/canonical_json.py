"""Canonical JSON (RFC 8785): the one spelling of a document, so that it can be hashed and signed.

Restricted to what our documents hold: objects, arrays, strings, true, false, null, integers up to 2**53 in
size, and finite floats. Larger integers are refused: other languages would read them as other numbers.
"""

from __future__ import annotations

import json
import math
from typing import Any

MOST_INTEGER = 1 << 53


def dumps(value: Any) -> bytes:
    """The canonical UTF-8 bytes; `ValueError` for what stands outside the restriction."""
    return "".join(_parts(value)).encode()


def _parts(value: Any) -> list[str]:
    if isinstance(value, dict):
        parts = ["{"]
        for key in sorted(value, key=_utf16):
            parts += [*([","] if len(parts) > 1 else []), _string(key), ":", *_parts(value[key])]
        return [*parts, "}"]
    if isinstance(value, list | tuple):
        parts = ["["]
        for item in value:
            parts += [*([","] if len(parts) > 1 else []), *_parts(item)]
        return [*parts, "]"]
    if isinstance(value, str):
        return [_string(value)]
    if value is None or isinstance(value, bool):
        return [{None: "null", True: "true", False: "false"}[value]]
    if isinstance(value, int):
        if abs(value) > MOST_INTEGER:
            raise ValueError(f"{value} is too large for a JSON number that every reader understands.")
        return [str(value)]
    if isinstance(value, float):
        return [number(value)]
    raise ValueError(f"A {type(value).__name__} has no canonical JSON.")


def _utf16(key: object) -> bytes:
    """RFC 8785, 3.2.3: keys are sorted by their UTF-16 code units."""
    if not isinstance(key, str):
        raise ValueError("A key of a JSON object is a string.")  # noqa: TRY004
    return key.encode("utf-16-be")


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def number(value: float) -> str:
    """A float as ECMAScript spells it (ECMA-262, Number::toString; RFC 8785, 3.2.2.3)."""
    if not math.isfinite(value):
        raise ValueError("JSON knows no NaN and no infinity.")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    digits, _, power = f"{abs(value)!r}".partition("e")
    whole, _, fraction = digits.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(power or 0)  # value = 0.DIGITS × 10**point
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    mantissa = digits[0] + ("." + digits[1:] if count > 1 else "")
    return f"{sign}{mantissa}e{point - 1:+d}"
