"""Templates of ids and codes: text that people read and edit, and that numbers every value it stands for.

    C-{00000}        five digits, zeros in front          {#}          a number, as long as it needs to be
    {1..500}         a number of that range               {001..500}   the same with zeros in front
    {AAA} {aaa}      letters                              {XX} {xx}    hexadecimal digits
    {NN} {nn} {ww}   digits and letters (ww: both cases)  {x*32}       thirty-two of them
    {[abc]*4}        four of these characters             {red|blue}   one of these
    {uuid4} {uuid}   UUIDs ({UUID4}: in capitals)         {{ and }}    braces themselves

A `Pattern` is a mixed-radix numeral: its parts are the digits. So it can turn numbers into values
(`Pattern.format`) and values back into numbers (`Pattern.index`), each value having exactly one number.
Domains above 2**62 are numbered by several words of at most 62 bits; the first word is the largest.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from lookalike.errors import BadSchema
from lookalike.tables import spelling

WORD = 1 << 62
OPEN_HIGH = 10**18 - 1
"""The largest number that ``{#}`` stands for."""
MAX_TEMPLATE = 10_000
MAX_COUNT = 1_000

DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = "abcdefghijklmnopqrstuvwxyz"
ALPHABETS: dict[str, str] = {
    "0": DIGITS,
    "A": UPPER,
    "a": LOWER,
    "X": DIGITS + "ABCDEF",
    "x": DIGITS + "abcdef",
    "N": DIGITS + UPPER,
    "n": DIGITS + LOWER,
    "w": DIGITS + UPPER + LOWER,
}
_LETTER_OF = {alphabet: letter for letter, alphabet in ALPHABETS.items()}
_SHORTHAND = {
    "uuid": "{x*8}-{x*4}-{x*4}-{x*4}-{x*12}",
    **{
        f"uuid{version}": f"{{x*8}}-{{x*4}}-{version}{{xxx}}-{{[89ab]}}{{xxx}}-{{x*12}}"
        for version in range(1, 9)
    },
}
_SHORTHAND.update(
    {name.upper(): text.replace("x", "X").replace("ab]", "AB]") for name, text in _SHORTHAND.items()}
)
HINT = (
    "A part is {00000} digits, {#} a number, {1..500} a range, {AAA} or {aaa} letters, {XX} or {xx} hex "
    "digits, {NN}, {nn} or {ww} digits and letters, {x*32} a count, {[abc]*4} a choice of characters, "
    "{red|blue} a choice of words, {uuid4}; {{ and }} are braces."
)


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that every value has."""

    text: str


@dataclass(frozen=True, slots=True)
class Chars:
    """``count`` characters of ``alphabet`` (ASCII, no repeats)."""

    alphabet: str
    count: int


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number from ``low`` to ``high``, with zeros in front up to ``width`` (0: none).

    ``open`` (the template's ``{#}``): numbers may grow as needed, and the domain in use is chosen at fit.
    """

    low: int
    high: int
    width: int = 0
    open: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of ``options`` (distinct); ``name`` is the list they come from, if they come from one."""

    options: tuple[str, ...]
    name: str = ""


Part = Literal | Chars | Number | Choice


def size_of(part: Part) -> int:
    """How many texts the part stands for."""
    match part:
        case Literal():
            return 1
        case Chars(alphabet, count):
            return len(alphabet) ** count
        case Number(low, high):
            return high - low + 1
        case Choice(options):
            return len(options)


def width_of(part: Part) -> int | None:
    """Bytes of each text of the part, or None when they differ."""
    match part:
        case Literal(text):
            return len(text.encode())
        case Chars(_, count):
            return count
        case Number(low, high, width):
            return width or (len(str(high)) if len(str(low)) == len(str(high)) else None)
        case Choice(options):
            widths = {len(option) if option.isascii() else -1 for option in options}
            return widths.pop() if len(widths) == 1 and -1 not in widths else None


def text_of(part: Part) -> str:
    """The part as it stands in a template."""
    match part:
        case Literal(text):
            return text.replace("{", "{{").replace("}", "}}")
        case Chars(alphabet, count):
            letter = _LETTER_OF.get(alphabet)
            if letter is not None and count <= 8:
                return f"{{{letter * count}}}"
            times = f"*{count}" if count > 1 else ""
            return f"{{{letter or f'[{alphabet}]'}{times}}}"
        case Number(low, high, width, is_open):
            if is_open:
                return "{#}"
            if width and low == 0 and high == 10**width - 1:
                return f"{{{'0' * width}}}"
            return f"{{{low:0{width}d}..{high:0{width}d}}}"
        case Choice(options, name):
            return f"{{{name or '|'.join(options)}}}"


@dataclass(frozen=True)  # no slots: its sizes are computed once, and kept in its __dict__
class Pattern:
    """A parsed template. `template` gives its text again; equal parts are equal patterns."""

    parts: tuple[Part, ...]

    @property
    def template(self) -> str:
        return "".join(map(text_of, self.parts))

    @cached_property
    def size(self) -> int:
        """How many values it stands for."""
        size = 1
        for part in self.parts:
            size *= size_of(part)
        return size

    @property
    def open_part(self) -> int | None:
        """The position of ``{#}`` among the parts, or None."""
        return next((i for i, p in enumerate(self.parts) if isinstance(p, Number) and p.open), None)

    def with_range(self, position: int, low: int, high: int) -> Pattern:
        """A pattern whose number at ``position`` runs from ``low`` to ``high``."""
        part = self.parts[position]
        if not isinstance(part, Number):
            raise BadSchema(f"Part {position} of {self.template!r} is not a number.", hint=HINT)
        narrowed = dataclasses.replace(part, low=low, high=high, open=False)
        return Pattern((*self.parts[:position], narrowed, *self.parts[position + 1 :]))

    @cached_property
    def _places(self) -> tuple[tuple[int, int, int], ...]:
        """Per part that varies, from the last to the first: its word, its position, its place value there."""
        grouped: list[list[tuple[int, int, int]]] = [[]]
        place = 1
        for i in reversed(range(len(self.parts))):
            size = size_of(self.parts[i])
            if size == 1:
                continue
            if place * size > WORD:
                grouped.append([])
                place = 1
            grouped[-1].append((i, place, size))
            place *= size
        grouped.sort(key=lambda word: -(word[-1][1] * word[-1][2]) if word else 0)
        return tuple((w, i, place) for w, word in enumerate(grouped) for i, place, _ in word)

    @cached_property
    def words(self) -> tuple[int, ...]:
        """The sizes of the words that number a value, each ≤ 2**62; their product is `size`."""
        sizes = [1]
        for word, i, _ in self._places:
            if word == len(sizes):
                sizes.append(1)
            sizes[word] *= size_of(self.parts[i])
        return tuple(sizes)

    def format(self, first: np.ndarray, *rest: np.ndarray) -> pa.StringArray:
        """The values numbered by the words: uint64 arrays of shape (n,), one per entry of `words`.

        At most 2**31 bytes of text per call. Numbers outside the words' sizes give no meaningful text.
        """
        given = (first, *rest)
        if len(given) != len(self.words):
            raise ValueError(f"{self.template!r} is numbered by {len(self.words)} words, not {len(given)}.")
        digits: list[np.ndarray | None] = [None] * len(self.parts)
        for word, i, place in self._places:
            digits[i] = _digit(given[word], place, size_of(self.parts[i]), self.words[word])
        pieces = [
            self._spell(part, digit, len(first)) for part, digit in zip(self.parts, digits, strict=True)
        ]
        return spelling.join(pieces, len(first))

    @staticmethod
    def _spell(part: Part, digit: np.ndarray | None, n: int) -> spelling.Piece:
        if isinstance(part, Literal):
            return part.text.encode()
        if digit is None:
            digit = np.zeros(n, np.uint64)
        match part:
            case Chars(alphabet, count):
                return spelling.Letters(digit, alphabet, count)
            case Number(low, _, width):
                return spelling.Decimal(digit + np.uint64(low), width_of(part) if width == 0 else width)
            case Choice(options):
                return spelling.Pick(digit, options, width_of(part))

    def digits(self, values: pa.Array) -> tuple[list[np.ndarray], np.ndarray]:
        """``(digits, matches)``: per part the digit of each value (uint64, (n,)), and which values match.

        Digits of a value that does not match, or is missing, are 0.
        """
        columns, matches = spelling.split(values, [self._reader(i) for i in range(len(self.parts))])
        return columns, matches

    def _reader(self, i: int) -> spelling.Reader:
        part = self.parts[i]
        following = self.parts[i + 1] if i + 1 < len(self.parts) else None
        stop = following.text[0] if isinstance(following, Literal) else None
        width = width_of(part)
        match part:
            case Literal(text):
                return spelling.Reader(width, literal=text)
            case Chars(alphabet, count):
                return spelling.Reader(count, alphabet=alphabet)
            case Number(low, high):
                return spelling.Reader(width, low=low, high=high)
            case Choice(options):
                return spelling.Reader(width, options=options, stop=stop)

    def index(self, values: pa.Array) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        """``(words, matches)``, the inverse of `format`: a uint64 array per word, and a bool array, all (n,).

        The words of a value that does not match are 0.
        """
        digits, matches = self.digits(values)
        return self._words_of(digits, len(matches)), matches

    def first_word(self, digits: Sequence[np.ndarray]) -> np.ndarray:
        """The first word of the values that have these digits, one array (n,) per part."""
        return self._words_of(digits, len(digits[0]))[0]

    def _words_of(self, digits: Sequence[np.ndarray], n: int) -> tuple[np.ndarray, ...]:
        words = [np.zeros(n, np.uint64) for _ in self.words]
        for word, i, place in self._places:
            words[word] += digits[i] * np.uint64(place)
        return tuple(words)


def _digit(word: np.ndarray, place: int, size: int, whole: int) -> np.ndarray:
    digit = word if place == 1 else word // np.uint64(place)
    return digit if place * size == whole else digit % np.uint64(size)


def parse(template: str, lists: Mapping[str, Sequence[str]] | None = None) -> Pattern:
    """The pattern that ``template`` describes; ``{name}`` is one of the words of ``lists[name]``.

    Raises `BadSchema` when it is malformed, or when two values could not be told apart.
    """
    if len(template) > MAX_TEMPLATE:
        raise BadSchema(f"An id pattern may have {MAX_TEMPLATE:,} characters; this one is longer.", hint=HINT)
    parts: list[Part] = []
    for literal, inside in _tokens(template):
        new: Iterable[Part] = (
            [Literal(literal)] if inside is None else _parts_of(inside, template, lists or {})
        )
        for part in new:
            if isinstance(part, Literal) and parts and isinstance(parts[-1], Literal):
                parts[-1] = Literal(parts[-1].text + part.text)
            else:
                parts.append(part)
    if not parts:
        raise BadSchema("The id pattern is empty.", hint=HINT)
    _refuse_ambiguous(parts, template)
    return Pattern(tuple(parts))


def _tokens(template: str) -> Iterable[tuple[str, str | None]]:
    position = 0
    for found in re.finditer(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+", template, re.DOTALL):
        text, inside = found.group(0), found.group(1)
        if inside is not None:
            yield "", inside
        elif text in ("{", "}"):
            raise BadSchema(f"The id pattern {template!r} has a lone {text!r} at {position + 1}.", hint=HINT)
        else:
            yield {"{{": "{", "}}": "}"}.get(text, text), None
        position = found.end()


_COUNTED = re.compile(r"(?:\[([!-Z\\^-~]+)\]|([0AaXxNnw]))(?:\*([1-9][0-9]{0,3}))?", re.ASCII)
_RANGE = re.compile(r"([0-9]{1,18})\.\.([0-9]{1,18})", re.ASCII)
_REPEATED = re.compile(r"([0AaXxNnw])\1*", re.ASCII)


def _parts_of(inside: str, template: str, lists: Mapping[str, Sequence[str]]) -> list[Part]:
    def bad(problem: str) -> BadSchema:
        return BadSchema(f"The part {{{inside}}} of the id pattern {template!r} {problem}.", hint=HINT)

    if inside in lists:
        return [Choice(tuple(lists[inside]), inside)]
    if inside in _SHORTHAND:
        return list(parse(_SHORTHAND[inside]).parts)
    if inside == "#":
        return [Number(0, OPEN_HIGH, open=True)]
    if found := _RANGE.fullmatch(inside):
        return [_range(found.group(1), found.group(2), bad)]
    if found := _REPEATED.fullmatch(inside):
        return _run(ALPHABETS[inside[0]], len(inside))
    if found := _COUNTED.fullmatch(inside):
        alphabet = found.group(1) or ALPHABETS[found.group(2)]
        count = int(found.group(3) or 1)
        if len(set(alphabet)) != len(alphabet) or count > MAX_COUNT:
            raise bad(f"repeats a character, or has more than {MAX_COUNT:,}")
        return _run(alphabet, count)
    if "|" in inside:
        options = tuple(inside.split("|"))
        if len(set(options)) != len(options) or "" in options:
            raise bad("has an empty or a repeated choice")
        return [Choice(options)]
    raise bad("is not known")


def _range(first: str, last: str, bad: Callable[[str], BadSchema]) -> Number:
    low, high = int(first), int(last)
    padded = first[0] == "0" and len(first) > 1
    if low > high or (padded and len(first) != len(last)):
        raise bad("is not a range: write {1..500} or {001..500}, the smaller number first")
    return Number(low, high, len(first) if padded else 0)


def _run(alphabet: str, count: int) -> list[Part]:
    """Characters in pieces that each fit a word; runs of digits are numbers."""
    if len(alphabet) == 1:
        return [Literal(alphabet * count)]
    longest = 1
    while len(alphabet) ** (longest + 1) <= WORD:
        longest += 1
    counts = ([count % longest] if count % longest else []) + [longest] * (count // longest)
    if alphabet == DIGITS:
        return [Number(0, 10**n - 1, n) for n in counts]
    return [Chars(alphabet, n) for n in counts]


def _refuse_ambiguous(parts: Sequence[Part], template: str) -> None:
    """Of the parts that vary in length, all but the last must end at a character that they cannot hold."""
    varying = [i for i, part in enumerate(parts) if width_of(part) is None]
    for i in varying[:-1]:
        part, following = parts[i], parts[i + 1]
        inside = set(DIGITS) if isinstance(part, Number) else set("".join(getattr(part, "options", ())))
        if not isinstance(following, Literal) or following.text[0] in inside:
            raise BadSchema(
                f"In the id pattern {template!r}, {text_of(part)} runs into what follows it.",
                hint="Put a separator such as '-' between two parts that vary in length.",
            )
    if sum(isinstance(part, Number) and part.open for part in parts) > 1:
        raise BadSchema(
            f"The id pattern {template!r} has more than one {{#}}.", hint="Give the others a range."
        )
