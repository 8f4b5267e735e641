"""HTML that is escaped by construction: text goes in as `str`, and only this module makes `Markup`.

Column names and cell values are hostile. Besides the five characters of HTML, what they could do is hide:
control characters, line separators and the characters that turn the direction of text are shown as visible
marks, and every such text stands in a ``<bdi>``, so that a right-to-left name cannot reorder its neighbours.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Union

LONGEST_SHOWN = 64
"""Characters shown of a name or a value."""
LONGEST_KEPT = 240
"""Characters kept of a longer one, seen when the pointer rests on it."""

_HTML_VOID = frozenset({"meta", "input", "br"})
_SVG_VOID = frozenset({"path", "line", "rect", "circle"})
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ATTRIBUTE = re.compile(r"(?!on)[a-zA-Z][a-zA-Z0-9-]*")
_MARKS = {"\n": "␤", "\r": "␍", "\t": "␉", "\u2028": "␤", "\u2029": "␤", "\x7f": "␡"}
# joiners, soft hyphens and tags: emoji and whole scripts are written with them
_KEPT_FORMATS = frozenset("\u200c\u200d\u00ad") | {chr(code) for code in range(0xE0020, 0xE0080)}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = Union[str, int, None, Iterable["Child"]]  # noqa: UP007  (a recursive alias can't be written with |)


def tag(element: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Markup:
    """``<name ...>children</name>``; a child that is not `Markup` is escaped.

    ``class_`` is ``class`` and ``aria_label`` is ``aria-label``. An attribute of None or False is left out,
    one of True stands without a value. Event handlers are refused.
    """
    opened = element + "".join(_attribute(key, value) for key, value in attributes.items())
    if element in _HTML_VOID:
        return Markup(f"<{opened}>")
    inner = "".join(_flat(children))
    if element in _SVG_VOID and not inner:
        return Markup(f"<{opened}/>")
    return Markup(f"<{opened}>{inner}</{element}>")


def join(*children: Child) -> Markup:
    """The children one after the other, escaped as in `tag`."""
    return Markup("".join(_flat(children)))


def raw(text: str) -> Markup:
    """``text`` as it is: only for what this package ships, never for what came in."""
    return Markup(text)


def visible(text: str, longest: int = LONGEST_SHOWN) -> str:
    """At most ``longest`` characters of ``text``, with nothing in it that hides or that moves others."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(_mark(char) for char in cut)


def called(text: str, *, longest: int = LONGEST_SHOWN) -> Markup:
    """A column's name or a cell's value, isolated and cut; empty text is said to be empty."""
    if not text:
        return tag("bdi", "(empty)", class_="name none")
    more = visible(text, LONGEST_KEPT) if len(text) > longest else None
    return tag("bdi", visible(text, longest), class_="name", title=more)


def prose(text: str) -> Markup:
    """A sentence that may hold names from the tables, isolated."""
    return tag("bdi", visible(text, 600), dir="ltr")


def _mark(char: str) -> str:
    if char in _MARKS:
        return _MARKS[char]
    kind = unicodedata.category(char)
    if kind == "Cc" and ord(char) < 0x20:
        return chr(0x2400 + ord(char))
    if kind == "Cf" and char not in _KEPT_FORMATS:
        return f"⟨U+{ord(char):04X}⟩"
    return char


def _flat(children: Iterable[Child]) -> Iterator[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Markup):
            yield child
        elif isinstance(child, str):
            yield _escaped(child)
        elif isinstance(child, int):
            yield str(child)
        else:
            yield from _flat(child)


def _attribute(key: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    label = key.rstrip("_").replace("_", "-")
    if not _ATTRIBUTE.fullmatch(label):
        raise ValueError(f"not an attribute: {label!r}")
    return f" {label}" if value is True else f' {label}="{_escaped(str(value))}"'


def _escaped(text: str) -> str:
    """``text`` for HTML, without what a UTF-8 file can't hold or an HTML parser refuses."""
    return html.escape(_UNSTORABLE.sub("\ufffd", text))
