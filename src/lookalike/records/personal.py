"""Personal data in written text, by forms that hardly anything else has.

What the record's own drawn columns hold is allowed: a letter may name the made-up person it is to. So are
addresses at domains that are kept for examples (RFC 2606).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lookalike.errors import BadSpec
from lookalike.tables.check_digits import is_iban, is_luhn

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{2,4}){3,8}\b")
_CARD = re.compile(r"\b[2-6](?:[ -]?[0-9]){11,18}\b")
_SSN = re.compile(r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b")
_PHONE = re.compile(
    r"(?:\+[0-9]{1,3}|\([0-9]{2,5}\))[\s./-]?[0-9](?:[\s./-]?[0-9]){5,12}|\b[0-9]{3}[-.][0-9]{3}[-.][0-9]{4}\b"
)
_IP = re.compile(r"\b(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\b")
_EXAMPLE = re.compile(
    r"(?:^|[@.])(?:example\.(?:com|org|net)|example|test|invalid|localhost)$", re.IGNORECASE
)
LONGEST = 50_000

_FORMS: dict[str, tuple[re.Pattern[str], Callable[[str], object]]] = {
    "email": (_EMAIL, lambda found: not _EXAMPLE.search(found)),
    "iban": (_IBAN, lambda found: is_iban(found.replace(" ", ""))),
    "card": (_CARD, lambda found: is_luhn(re.sub(r"[ -]", "", found))),
    "ssn": (_SSN, bool),
    "phone": (_PHONE, bool),
    "ip": (_IP, bool),
}
KINDS = tuple(_FORMS)


def known(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """``kinds``; `BadSpec` for one that there is not."""
    for kind in kinds:
        if kind not in _FORMS:
            raise BadSpec(f"No personal data is called {kind!r}.", hint=f"Known: {', '.join(KINDS)}.")
    return kinds


def found_in(text: str, kinds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(kind, what was found) of each piece of personal data in ``text``."""
    for kind in kinds:
        pattern, holds = _FORMS[kind]
        for match in pattern.finditer(text[:LONGEST]):
            if holds(match.group()):
                yield kind, match.group()
