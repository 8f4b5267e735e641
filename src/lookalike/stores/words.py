"""What is found by a search for words: the same answer from an index and from looking at every record.

A text is its words, folded (case, accents, width); a query is phrases, each of which must stand in one text
as it is, word by word. Chinese and Japanese characters are words by themselves, since nothing parts them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from lookalike.errors import UsageError

MOST_PHRASES = 20
MOST_WORDS = 200

_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_ALONE}]|[^\\W_{_ALONE}]+")
_PHRASE = re.compile(r'"([^"]*)"|([^\s"]+)')

Phrase = tuple[str, ...]


def words(text: str) -> list[str]:
    """The words of ``text`` in order, folded. Of ASCII they hold letters and digits only."""
    if text.isascii():
        return _WORD.findall(text.lower())
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return _WORD.findall(unicodedata.normalize("NFC", kept).casefold())


def phrases(query: str) -> list[Phrase]:
    """What a query asks for: words, and ``"words in this order"``. `UsageError` when there is no word."""
    found = [tuple(words(quoted or plain)) for quoted, plain in _PHRASE.findall(query)]
    found = [phrase for phrase in found if phrase]
    if not found:
        raise UsageError("The search has no word to look for.", hint="Use letters or digits.")
    if len(found) > MOST_PHRASES or sum(map(len, found)) > MOST_WORDS:
        raise UsageError(f"A search may have {MOST_PHRASES} words or phrases.", hint="Use fewer.")
    return found


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, at any depth, and its numbers as they are spelled."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
    elif value is not None:
        yield spelled(value)


def spelled(value: Any) -> str:
    """How a value is written where it is asked for by equality: texts as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def holds(value: Any, wanted: list[Phrase]) -> bool:
    """Whether each phrase stands in one of the texts of ``value``."""
    missing = set(wanted)
    for text in texts(value):
        # parted by what is in no word
        line = f" {' '.join(words(text))} "
        missing = {phrase for phrase in missing if f" {' '.join(phrase)} " not in line}
        if not missing:
            return True
    return not missing
