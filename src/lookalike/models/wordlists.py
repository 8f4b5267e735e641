"""The word lists that fakes are composed from: taken from Faker at fit, and kept in the model from then on.

Public lists of common American names and English words. Sampling never asks Faker again, so a model gives
the same rows whichever version of it is installed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping

import numpy as np

from lookalike.errors import BadModelFile

_SYLLABLES = tuple(c + v for c in "bdfghjklmnprstvwyz" for v in "aeiou")
_SPELT = re.compile(r"\{([A-Za-z]{4,})\}")
NAMES = frozenset(("first", "last", "street", "city", "state", "word", "syllable"))
"""The lists there are. In a template ``{First}`` is as listed, ``{FIRST}`` and ``{first}`` in one case."""


def freeze(templates: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The lists that these templates speak of, by their names in small letters."""
    wanted = {spelt.lower() for template in templates for spelt in _SPELT.findall(template)} & NAMES
    return {name: _read(name) for name in sorted(wanted)}


def _read(name: str) -> tuple[str, ...]:
    from faker.providers.address.en_US import Provider as Address
    from faker.providers.lorem.en_US import Provider as Lorem
    from faker.providers.person.en_US import Provider as Person

    words: Iterable[str]
    match name:
        case "first":
            words = Person.first_names
        case "last":
            words = Person.last_names
        case "street":
            words = Address.street_suffixes
        case "state":
            return tuple(sorted(Address.states_abbr))
        case "city":
            suffixes = itertools.cycle(Address.city_suffixes)
            words = [
                first + suffix for first, suffix in zip(sorted(Person.first_names), suffixes, strict=False)
            ]
        case "word":
            words = [word for word in Lorem.word_list if word.islower()]
        case _:
            words = _SYLLABLES
    # one plain word each: two entries side by side can then be told apart again, and suit an e-mail
    return tuple(sorted({word.capitalize() for word in words if word.isascii() and word.isalpha()}))


def spellings(lists: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Every list in its three spellings, by the names that templates use."""
    spelt: dict[str, tuple[str, ...]] = {}
    for name, words in lists.items():
        spelt[name.capitalize()] = words
        spelt[name.upper()] = tuple(word.upper() for word in words)
        spelt[name] = tuple(word.lower() for word in words)
    return spelt


def packed(words: tuple[str, ...]) -> np.ndarray:
    """The list as UTF-8 bytes, one word a line (uint8)."""
    return np.frombuffer("\n".join(words).encode(), np.uint8)


def unpacked(name: str, data: np.ndarray) -> tuple[str, ...]:
    """The inverse of `packed`; `BadModelFile` when it is not a list of different plain words."""
    text = data.tobytes().decode("ascii", "replace") if data.dtype == np.uint8 else ""
    words = tuple(text.split("\n"))
    # capitals must not make two words one: then a value would have two numbers
    if len({word.upper() for word in words}) != len(words) or not all(
        w.isascii() and w.isalpha() for w in words
    ):
        raise BadModelFile(f"The word list {name!r} in the model file is damaged.")
    return words
