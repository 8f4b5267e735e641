"""Which columns hold personal data or free text, told by their values, or by header and values together.

Values that can hardly be anything else (e-mails, IBANs, cards, IP addresses) decide alone, even when they
repeat. Names, addresses and phones also need to differ from row to row: a column ``name`` with three
values in 10,000 rows holds categories. Decided on at most 2,000 values, spread evenly over the column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from ipaddress import AddressValueError, IPv6Address

import numpy as np
import pyarrow as pa

from lookalike.tables.check_digits import is_iban, is_luhn
from lookalike.tables.headers import content_of, names_a_thing
from lookalike.tables.spelling import can_hold_text

CONTENTS = (
    "name", "first_name", "last_name", "company", "email", "username", "phone", "address", "city",
    "postal_code", "card", "iban", "ssn", "ipv4", "ipv6", "url", "words",
)  # fmt: skip
"""All that `recognise` can answer."""

SAMPLE = 2_000
FEW = 20
"""Up to so many values, most of them repeated, are categories whatever the header says."""
MOST = 0.9
"""The share of different values that must have a form for the column to have it."""

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")
_URL = re.compile(r"(?:https?|ftp)://\S+|www\.\S+\.\S+", re.IGNORECASE)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?:\.(?!$)|$)){4}")
_SSN = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}")
_PHONE = re.compile(r"\+?[0-9(][0-9()\s./\-]*[0-9](?:\s*(?:x|ext\.?|#)\s*[0-9]{1,6})?", re.IGNORECASE)
_PHONE_SURE = re.compile(r"\+[0-9].*|\([0-9]{1,6}\)[\s./-]*[0-9].*|[0-9]{3}[-.\s][0-9]{3}[-.\s][0-9]{4}\b.*")
_STREET = re.compile(
    r"[0-9]+[a-z]?,?\s+\S.*\b(?:street|st|avenue|ave|road|rd|blvd|boulevard|drive|dr|lane|ln|way|court|ct|place|pl"
    r"|square|sq|terrace|parkway|pkwy|highway|hwy|rue|avenue)\b.*"
    r"|\S.*(?:str\.|stra(?:ß|ss)e|weg|allee|platz|gasse|straat|laan|calle|via|rua)\b.*\s[0-9]+.*",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(r"[^\W\d_]+")


def recognise(name: str, values: pa.Array) -> str | None:
    """One of `CONTENTS`, or None when the column called ``name`` holds neither personal data nor free text.

    ``values``: strings, dictionaries of strings, or integers; missing ones are passed over, and any other
    type holds none.
    """
    sample = _sample(values)
    if not sample:
        return None
    distinct = list(dict.fromkeys(sample))
    texts = [text.strip() for text in distinct]
    differs = len(distinct) > FEW or 2 * len(distinct) > len(sample)
    header = content_of(name)
    found = _by_form(texts, header)
    if found is None and differs:
        found = _by_header(name, header, texts, len(distinct) / len(sample)) or _by_look(texts)
    if found in ("phone", "url", "ssn") and not differs:
        return None
    if found is None and differs and 2 * len(distinct) >= len(sample) and _is_free_text(texts):
        return "words"
    return found


def _sample(values: pa.Array) -> list[str]:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    kind = values.type
    text = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not pa.types.is_integer(text) and not can_hold_text(text):
        return []
    if len(values) > 4 * SAMPLE:  # missing values are passed over below, so take a few more
        values = values.take(pa.array(np.linspace(0, len(values) - 1, 4 * SAMPLE).astype(np.int64)))
    present = values.drop_null()
    if len(present) > SAMPLE:
        present = present.take(pa.array(np.linspace(0, len(present) - 1, SAMPLE).astype(np.int64)))
    if pa.types.is_dictionary(kind):
        present = present.dictionary_decode()
    present = present.cast(pa.string())
    return [text for text in present.to_pylist() if text.strip()]


def _share(texts: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(bool(test(text)) for text in texts) / len(texts)


def _by_form(texts: list[str], header: str | None) -> str | None:
    """The content that the form of the values alone gives away; ``header`` may vouch for weaker forms."""
    if _share(texts, _EMAIL.fullmatch) >= MOST / (2 if header == "email" else 1):
        return "email"
    if _share(texts, _URL.fullmatch) >= MOST:
        return "url"
    if _share(texts, _looks_like_iban) >= MOST:
        return "iban"
    if _share(texts, _looks_like_card) >= MOST and (len(texts) >= 5 or header == "card"):
        return "card"
    if _share(texts, _IPV4.fullmatch) >= MOST:
        return "ipv4"
    if _share(texts, _looks_like_ipv6) >= MOST:
        return "ipv6"
    if _share(texts, _SSN.fullmatch) >= MOST:
        return "ssn"
    if _share(texts, _looks_like_phone) >= MOST and _share(texts, _PHONE_SURE.fullmatch) >= 0.5:
        return "phone"
    return None


def _looks_like_iban(text: str) -> bool:
    compact = re.sub(r"[\s-]", "", text).upper()
    return _IBAN.fullmatch(compact) is not None and is_iban(compact)


def _looks_like_card(text: str) -> bool:
    compact = re.sub(r"[ -]", "", text)
    return (
        12 <= len(compact) <= 19
        and compact.isascii()
        and compact.isdigit()
        and compact[0] in "23456"
        and is_luhn(compact)
    )


def _looks_like_ipv6(text: str) -> bool:
    if text.count(":") < 2:
        return False
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _looks_like_phone(text: str) -> bool:
    return _PHONE.fullmatch(text) is not None and 6 <= sum(c.isdigit() for c in text) <= 20


def _by_header(name: str, header: str | None, texts: list[str], ratio: float) -> str | None:
    """The content that the header names, when the values bear it out."""
    match header:
        case "phone":
            fits = _share(texts, _looks_like_phone) >= 0.8
        case "first_name" | "last_name":
            fits = _share(texts, _is_wordy) >= 0.8
        case "name":
            fits = _share(texts, _is_wordy) >= 0.8 and (
                _share(texts, _has_first_name) >= 0.3
                and (not names_a_thing(name) or _share(texts, _has_first_name) >= MOST)
            )
        case "company":
            fits = _share(texts, lambda t: any(c.isalpha() for c in t)) >= 0.8
        case "address":
            fits = _share(texts, _looks_like_address) >= 0.5
        case "ssn":
            fits = _share(texts, lambda t: sum(c.isdigit() for c in t) >= 6 and len(t) <= 24) >= 0.8
        case "username":
            fits = ratio >= 0.5 and _share(texts, lambda t: re.fullmatch(r"[\w.@+-]{2,40}", t)) >= MOST
        case "city":
            fits = ratio >= MOST and len(texts) > 5 and _share(texts, _is_wordy) >= 0.8
        case "postal_code":
            fits = ratio >= MOST and len(texts) > 5 and _share(texts, lambda t: 3 <= len(t) <= 10) >= MOST
        case "url":
            fits = _share(texts, lambda t: "." in t and not t.replace(".", "").isdigit()) >= 0.5
        case _:
            fits = False
    return header if fits else None


def _by_look(texts: list[str]) -> str | None:
    """Addresses and people's names under a header that does not say so."""
    if _share(texts, _STREET.fullmatch) >= 0.7:
        return "address"
    if _share(texts, _is_person) >= 0.6:
        return "name"
    if _share(texts, lambda t: t.casefold() in _first_names()) >= 0.8:
        return "first_name"
    return None


def _is_wordy(text: str) -> bool:
    return re.fullmatch(r"[^\W\d_][^\d_@#$%&*=<>{}\[\]|\\]*", text) is not None and len(text.split()) <= 6


def _looks_like_address(text: str) -> bool:
    return any(c.isdigit() for c in text) and any(c.isalpha() for c in text) and len(text.split()) >= 2


def _has_first_name(text: str) -> bool:
    return any(word.casefold() in _first_names() for word in _WORD.findall(text))


def _is_person(text: str) -> bool:
    words = text.replace(",", " ").split()
    if not (2 <= len(words) <= 4 and _is_wordy(text) and all(w[:1].isupper() for w in words)):
        return False
    ends = (words[0], words[-1]) if "," in text else (words[0],)
    return any(word.strip(".").casefold() in _first_names() for word in ends)


def _is_free_text(texts: list[str]) -> bool:
    counts = [len(_WORD.findall(text)) for text in texts]
    return sum(counts) / len(counts) >= 4 and sum(map(len, texts)) / len(texts) >= 20


@cache
def _first_names() -> frozenset[str]:
    """First names of several countries, casefolded: from the word lists of Faker."""
    from importlib import import_module

    names: set[str] = set()
    for locale in ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "nl_NL", "sv_SE", "da_DK"):
        provider = import_module(f"faker.providers.person.{locale}").Provider
        for listed in ("first_names", "first_names_male", "first_names_female"):
            names.update(word.casefold() for word in getattr(provider, listed, ()))
    return frozenset(names)
