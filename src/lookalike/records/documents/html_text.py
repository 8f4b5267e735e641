"""HTML → the text that a reader sees, in one pass whose time grows with the length and with nothing else.

The standard library's parser looks through unclosed tags again and again; this one looks at each character
once. It builds no tree: blocks begin a line of their own, cells are parted by tabs, what is not shown goes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lookalike.records.documents.plain import decoded

_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9-]*")
_MARK = re.compile(r"[\"'>]")
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_HIDDEN = ("script", "style", "template", "noscript", "svg", "iframe", "textarea", "select", "title")
_CLOSING = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _HIDDEN}
_INSTEAD = {
    "\n\n": "address article aside blockquote dd div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr main nav ol p pre section table ul",
    "\n": "br li tr option caption",
    "\t": "/td /th",
}
_PARTS = {name: parts for parts, names in _INSTEAD.items() for name in names.split()}
_SPACE = re.compile(r"[^\S\n\t]+")
_EMPTY = re.compile(r"\n{3,}")


def html_text(data: bytes, file: str) -> str:
    """The text of an HTML page. Never fails for what HTML it is: browsers do not, either."""
    said = _CHARSET.search(data[:4096])
    text = decoded(data, file, said.group(1).decode("ascii") if said else None)
    lines = _SPACE.sub(" ", "".join(_pieces(text))).split("\n")
    return _EMPTY.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()


def _pieces(text: str) -> Iterator[str]:
    at, scanner = 0, _Scanner(text)
    while at < len(text):
        opened = text.find("<", at)
        if opened < 0:
            opened = len(text)
        if opened > at:
            yield html.unescape(text[at:opened]).replace("\n", " ")
        if opened == len(text):
            return
        name = _NAME.match(text, opened + 1)
        if name is not None:
            at = scanner.tag_end(name.end())
            word = name.group().lower()
            if word in _CLOSING:
                closing = _CLOSING[word].search(text, at)
                at = len(text) if closing is None else scanner.tag_end(closing.end())
            yield _PARTS.get(word) or _PARTS.get(word.lstrip("/"), "")
        elif text.startswith("<!--", opened):
            at = scanner.behind("-->", opened + 4)
        elif text.startswith(("<!", "<?", "</"), opened):
            at = scanner.behind(">", opened + 2)
        else:
            yield "<"
            at = opened + 1


class _Scanner:
    """Finds ends. What was not found once is not behind any later place, and is not looked for again."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._absent: set[str] = set()

    def behind(self, word: str, at: int) -> int:
        """Where it goes on behind the next ``word``; the end when there is none."""
        found = self._find(word, at)
        return len(self._text) if found < 0 else found + len(word)

    def tag_end(self, at: int) -> int:
        """Behind the ``>`` of the tag whose name ends at ``at``; quoted ones do not count."""
        while (mark := _MARK.search(self._text, at)) is not None:
            if mark.group() == ">":
                return mark.end()
            closing = self._find(mark.group(), mark.end())
            at = mark.end() if closing < 0 else closing + 1
        return len(self._text)

    def _find(self, word: str, at: int) -> int:
        if word in self._absent:
            return -1
        found = self._text.find(word, at)
        if found < 0:
            self._absent.add(word)
        return found
