"""Personal data made up: composed from frozen word lists and digits, in the column's own shapes, never real.

A value is number k of a pattern (`{First} {Last}`, `({000}) {000}-{0000}`), and the numbers that real values
of the column have in that pattern are closed at fit by `lookalike.models.room`. So a real value cannot come
out, by construction and without trying again; and neither the values nor hashes of them are in the model.
Where a shape has too little room beside the real values, it gives way to one with more.

E-mails end in example.com, .org or .net; addresses of machines are of ranges kept for tests and
documentation; cards are of test ranges, and they and IBANs have valid check digits; social security
numbers begin with 9, which no real one does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lookalike import randomness
from lookalike.errors import BadModelFile, BadSchema
from lookalike.models import counting, wordlists
from lookalike.models.prose import Prose, heads
from lookalike.models.room import Room, around
from lookalike.models.shapes import CONTENTS, Shapes, fallback, shapes_of
from lookalike.tables.check_digits import iban_digits, luhn_digit
from lookalike.tables.spelling import as_strings, bytes_of, can_hold_text, strings_of
from lookalike.tables.template import Pattern, parse

pc: Any = pyarrow.compute
Lists = Mapping[str, tuple[str, ...]]

SAMPLE = 5_000
ENOUGH = 100
"""A shape with room for fewer values than this gives way to a wider one."""
PLENTY = 1 << 40
SHUFFLED = 1 << 16
"""From this much room on, no value comes twice before all have come; below, each is drawn on its own."""
MOSTLY_DIFFERENT = 0.95
_PAIR = "{word} {word}"
_INVENTED = 4_000


@dataclass(frozen=True, slots=True)
class _Shape:
    """A pattern, its room beside the real values, and its weight among the shapes."""

    weight: int
    pattern: Pattern
    room: Room


@dataclass(frozen=True, slots=True)
class Fakes:
    """A fitted column of made-up values. Immutable; `rows` is a pure function of (key, row).

    pool: how many different values there are to be, when the column repeats its own; 0: as many as rows.
    """

    name: str
    content: str
    type: pa.DataType
    pool: int
    shapes: tuple[_Shape, ...]
    lists: Lists
    prose: Prose | None

    @classmethod
    def learn(
        cls,
        values: pa.Array,
        content: str,
        *,
        name: str,
        seed: int,
        avoid: pa.Array | None = None,
        pattern: str | None = None,
    ) -> Self:
        """What to make for a column with these values (missing ones are passed over) that holds ``content``.

        content: an answer of `lookalike.tables.personal.recognise`; any other is made as free text.
        avoid: further values that must not come out, such as those of the table's other personal columns.
        pattern: a template that all values follow, such as ``{AA}-{0000}``; it says more than free text does.
        Raises `BadSchema` when the column's type can hold no such values, or the pattern is none.
        """
        kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
        if content not in CONTENTS:
            content = "words"
        whole = pa.types.is_integer(kind)
        if not whole and not can_hold_text(kind):
            raise BadSchema(f"A column of the type {kind} cannot hold {content}.", column=name)
        if whole and content not in ("phone", "card", "ssn", "postal_code"):
            raise BadSchema(f"A column of whole numbers cannot hold {content}.", column=name)
        limit = (1 << (kind.bit_width - pa.types.is_signed_integer(kind))) - 1 if whole else None
        present = as_strings(values).drop_null()
        real = present.unique()
        pool = len(real) if len(real) < MOSTLY_DIFFERENT * len(present) else 0
        sample = _sample(real)
        if avoid is not None:
            real = pa.concat_arrays([real, as_strings(avoid).drop_null()]).unique()
        salt = randomness.key(seed, "fake-room", name)
        if content == "words" and pattern is not None:
            shape = _patterned(pattern, real, name, salt)
            if shape is not None:
                return cls(name, content, kind, _round(pool), (shape,), {}, None)
        if content == "words":
            lists, room = _pairs(real, salt)
            shape = _Shape(1, parse(_PAIR, wordlists.spellings(lists)), room)
            return cls(
                name, content, kind, _round(pool), (shape,), lists, Prose.learn(sample or ["two words"])
            )
        wanted = shapes_of(sample or ["0" * 8], content, digits_limit=limit)
        shapes, lists = _fitted(wanted, content, real, salt, limit)
        return cls(name, content, kind, _round(pool), shapes, lists, None)

    def rows(self, start: int, stop: int, key: int) -> pa.Array:
        """Values of the rows ``start`` … ``stop - 1`` under ``key``: the column's type, (stop - start,).

        None is missing. A dictionary column gets the type of its values.
        """
        counters = np.arange(start, stop, dtype=np.uint64)
        if self.pool:
            counters = counting.draw_below(randomness.key(key, "pool"), counters, self.pool)
        chosen = self._choose(counters, key)
        made: list[pa.Array] = []
        order: list[np.ndarray] = []
        for number, shape in enumerate(self.shapes):
            places = np.flatnonzero(chosen == number)
            if len(places):
                made.append(self._of_shape(shape, counters[places], randomness.key(key, "shape", number)))
                order.append(places)
        if not made:
            return pa.array([], self.type)
        texts = made[0]
        if len(made) > 1:
            back = np.empty(len(counters), np.int64)
            back[np.concatenate(order)] = np.arange(len(counters))
            texts = pa.concat_arrays(made).take(pa.array(back))
        return texts if self.type == pa.string() else texts.cast(self.type)

    def _choose(self, counters: np.ndarray, key: int) -> np.ndarray:
        """The number of each counter's shape, by weight."""
        if len(self.shapes) == 1:
            return np.zeros(len(counters), np.int64)
        steps = np.cumsum([shape.weight for shape in self.shapes])
        drawn = counting.draw_below(randomness.key(key, "which"), counters, int(steps[-1]))
        return np.searchsorted(steps, drawn.astype(np.int64), side="right")

    def _of_shape(self, shape: _Shape, counters: np.ndarray, key: int) -> pa.Array:
        capacity = shape.room.capacity
        numbers = counting.draw_below(randomness.key(key, "again"), counters, capacity)
        if capacity >= SHUFFLED:
            fresh = counters < np.uint64(capacity)
            shuffled = counting.permute(randomness.key(key, "value"), np.where(fresh, counters, 0), capacity)
            numbers = np.where(fresh, shuffled, numbers)
        first = shape.room.place(numbers)
        if self.prose is not None:
            return self.prose.compose(first, self.lists["word"], counters, key)
        rest = [
            counting.draw_below(randomness.key(key, "rest", word), counters, size)
            for word, size in enumerate(shape.pattern.words[1:], 1)
        ]
        return _checked(shape.pattern.format(first, *rest), self.content)

    def contains(self) -> str:
        """One sentence for `inspect`: what of the column is inside."""
        if self.prose is not None:
            return (
                "the lengths and look of its texts, and which buckets of word pairs none of them begins with"
            )
        templates = ", ".join(repr(shape.pattern.template) for shape in self.shapes)
        return f"the shapes of its values ({templates}), and which buckets of each none of them falls into"

    def arrays(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What determines the values: a JSON object, and arrays of bytes (word lists) and of bits (rooms)."""
        arrays = {f"list_{name}": wordlists.packed(words) for name, words in self.lists.items()}
        shapes: list[dict[str, Any]] = []
        for number, shape in enumerate(self.shapes):
            room, bits = shape.room.stored()
            shapes.append({"template": shape.pattern.template, "weight": shape.weight, **room})
            arrays[f"open_{number}"] = bits
        meta: dict[str, Any] = {"name": self.name, "content": self.content, "type": str(self.type)}
        meta |= {"pool": self.pool, "shapes": shapes, "lists": sorted(self.lists)}
        meta["prose"] = None if self.prose is None else self.prose.stored()
        return meta, arrays

    @classmethod
    def of_arrays(cls, meta: Any, arrays: Mapping[str, np.ndarray]) -> Self:
        """The inverse of `arrays`; `BadModelFile` when they do not fit together."""
        try:
            lists = {name: wordlists.unpacked(name, arrays[f"list_{name}"]) for name in meta["lists"]}
            spelt = wordlists.spellings(lists)
            shapes = tuple(
                _Shape(s["weight"], parse(s["template"], spelt), Room.of_stored(s, arrays[f"open_{number}"]))
                for number, s in enumerate(meta["shapes"])
            )
            prose = None if meta["prose"] is None else Prose.of_stored(meta["prose"])
            kind = pa.type_for_alias(meta["type"])
            made = cls(meta["name"], meta["content"], kind, meta["pool"], shapes, lists, prose)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadModelFile(f"The made-up values in the model file cannot be read: {error}.") from error
        made._refuse_misfits()
        return made

    def _refuse_misfits(self) -> None:
        """`BadModelFile` when what was read could not have been stored."""
        fits = bool(self.shapes) and type(self.pool) is int and 0 <= self.pool < 1 << 52
        for shape in self.shapes:
            weighed = type(shape.weight) is int and 0 < shape.weight < 1 << 40
            fits &= weighed and shape.pattern.words[0] == shape.room.size and shape.room.capacity > 0
        if self.prose is not None:
            fits &= "word" in self.lists and [s.pattern.template for s in self.shapes] == [_PAIR]
        if not fits or (not can_hold_text(self.type) and not pa.types.is_integer(self.type)):
            raise BadModelFile(
                "The made-up values in the model file do not fit together.", column=str(self.name)
            )


def _patterned(template: str, real: pa.Array, name: str, salt: int) -> _Shape | None:
    """The pattern as a shape; None when it has too little room beside the real values.

    A number that may grow stays within the digits that it has.
    """
    try:
        pattern = parse(template)
    except BadSchema as error:
        raise BadSchema(error.message, hint=error.hint, column=name) from error
    digits, matches = pattern.digits(real)
    position = pattern.open_part
    if position is not None:
        numbers = digits[position][matches]
        low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 99_999)
        pattern = pattern.with_range(
            position, 10 ** (len(str(low)) - 1) if low else 0, 10 ** len(str(high)) - 1
        )
        digits, matches = pattern.digits(real)
    old = pattern.first_word([d[matches] for d in digits])
    room = around(pattern.words[0], old, least=len(real), most=PLENTY, salt=salt)
    return _Shape(1, pattern, room) if room.capacity >= ENOUGH else None


def _sample(real: pa.Array) -> list[str]:
    places = np.unique(np.linspace(0, max(0, len(real) - 1), min(SAMPLE, len(real))).astype(np.int64))
    return [text for text in real.take(pa.array(places)).to_pylist() if text.strip()]


def _round(count: int) -> int:
    """``count`` to two digits: how many values there are need not be known exactly."""
    unit = 10 ** max(0, len(str(count)) - 2)
    return max(count // unit * unit, min(count, 1))


def _fitted(
    wanted: Shapes, content: str, real: pa.Array, salt: int, limit: int | None
) -> tuple[tuple[_Shape, ...], Lists]:
    """The shapes with their rooms; those without enough room replaced by wider ones."""
    lists: Lists = {}
    shapes: dict[str, _Shape] = {}
    for template, weight in wanted:
        pattern, room, lists = _tried(template, lists, content, real, salt)
        for _ in range(4):
            if room.capacity >= ENOUGH:
                break
            template = fallback(template, content, digits_limit=limit)
            pattern, room, lists = _tried(template, lists, content, real, salt)
        known = shapes.get(template)
        if room.capacity:
            shapes[template] = _Shape(weight + (known.weight if known else 0), pattern, room)
    if not shapes:
        raise BadSchema(
            f"Every value that could be made for this column ({content}) is a real one.",
            hint="Drop the column (action: drop), or change its content to words in the schema.",
        )
    used = wordlists.freeze(shapes)
    return tuple(shapes.values()), {name: lists[name] for name in used}


def _tried(
    template: str, lists: Lists, content: str, real: pa.Array, salt: int
) -> tuple[Pattern, Room, Lists]:
    """The template's pattern, its room beside the real values, and the lists with those that it needs."""
    lists = {**lists, **wordlists.freeze([template])}
    pattern = parse(template, wordlists.spellings(lists))
    if content in ("card", "iban"):
        real = _unchecked(real, content)
    digits, matches = pattern.digits(real)
    old = pattern.first_word([d[matches] for d in digits])
    return (
        pattern,
        around(pattern.words[0], old, least=max(10 * ENOUGH, len(real)), most=PLENTY, salt=salt),
        lists,
    )


def _pairs(real: pa.Array, salt: int) -> tuple[Lists, Room]:
    """The word list of free text, and the pairs of its words that no real text begins with."""
    begun = heads(real).drop_null()
    lists: Lists = wordlists.freeze([_PAIR])
    room = _room_of_pairs(lists, begun, salt)
    for attempt in range(8):
        if room.capacity >= 10 * ENOUGH:
            break
        lists = {"word": _invented(randomness.key(salt, attempt))}
        room = _room_of_pairs(lists, begun, salt)
    return lists, room


def _room_of_pairs(lists: Lists, begun: pa.Array, salt: int) -> Room:
    pattern = parse(_PAIR, wordlists.spellings(lists))
    digits, matches = pattern.digits(begun)
    old = pattern.first_word([d[matches] for d in digits])
    return around(pattern.words[0], old, least=10 * ENOUGH, most=PLENTY, salt=salt)


def _invented(key: int) -> tuple[str, ...]:
    """Words that no language has, for texts that already begin with every pair of English ones."""
    syllables = wordlists.freeze(["{syllable}"])["syllable"]
    pattern = parse("{Syllable}{syllable}{syllable}{syllable}", wordlists.spellings({"syllable": syllables}))
    numbers = counting.permute(key, np.arange(_INVENTED, dtype=np.uint64), pattern.size)
    return tuple(sorted(pattern.format(numbers).to_pylist()))


def _checked(texts: pa.Array, content: str) -> pa.Array:
    """Cards and IBANs with their check digits filled in; each call has texts of one length."""
    if content not in ("card", "iban") or not len(texts):
        return texts
    matrix = bytes_of(texts, len(texts[0].as_py().encode())).copy()
    if content == "card":
        columns = np.flatnonzero((matrix[0] >= 48) & (matrix[0] <= 57))
        matrix[:, columns[-1]] = luhn_digit(matrix[:, columns] - np.uint8(48)) + np.uint8(48)
    else:
        sample = matrix[0]
        kept = np.flatnonzero(((sample >= 48) & (sample <= 57)) | ((sample >= 65) & (sample <= 90)))
        matrix[:, 2:4] = iban_digits(matrix[:, kept])
    return strings_of(matrix)


def _unchecked(real: pa.Array, content: str) -> pa.Array:
    """The real values with zeros for check digits, as the patterns have them."""
    if content == "card":
        return pc.replace_substring_regex(real, r"[0-9]([^0-9]*)$", r"0\1")
    return pc.utf8_replace_slice(real, 2, 4, "00")
