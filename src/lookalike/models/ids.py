"""Ids made new: unique, shaped like the table's own, and none of them one of the table's own.

Row i gets ``format(place(permute(key, i)))``: a keyed permutation of 0 … capacity-1, laid into the room that
the table's ids leave in the pattern. Which room that is, is settled at fit:

- a number that may grow (``{#}``, and every column of plain integers) goes on *above* the largest id,
  rounded up to two digits, so nothing else of the ids is kept. The room is a row of tiers, one per number
  of digits, filled from the shortest: 800 rows of ids like 10248 get five digits, a billion get ten.
  Only when the ids are spread thinly (less than 1 % of their range) they are codes and not a count, and
  the first tier is their own range with the ids themselves left out;
- a number with zeros in front (``C-{00000}``) also goes on above the largest id while that leaves room for as
  many rows as the table has;
- otherwise the ids are left out by `lookalike.models.room`.

Where the pattern has no room for even as many rows as the table has, the whole pattern is used: ids are
still unique, but may be real ones, and `Ids.disjoint` is False. More rows than `Ids.capacity` are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from lookalike import randomness
from lookalike.errors import BadInput, BadModelFile, BadSchema
from lookalike.models import counting
from lookalike.models.room import Room, around
from lookalike.tables import patterns
from lookalike.tables.spelling import can_hold_text
from lookalike.tables.template import OPEN_HIGH, WORD, Number, Pattern, parse

THIN = 100
"""Integers are codes, and no count, when their range is more than this many times their number."""
PLENTY = 1 << 40
"""No more room than this is opened around ids that are left out: the rest of the domain stays unsaid."""


@dataclass(frozen=True, slots=True)
class _Tier:
    """A stretch of rows: ``first`` is its first row; its ids are numbers of ``room`` in ``pattern``."""

    first: int
    pattern: Pattern
    room: Room


@dataclass(frozen=True, slots=True)
class Ids:
    """A fitted id column. Immutable; `rows` is a pure function of (key, row)."""

    name: str
    type: pa.DataType
    tiers: tuple[_Tier, ...]
    disjoint: bool

    @classmethod
    def learn(cls, values: pa.Array, *, name: str, seed: int, pattern: str | None = None) -> Self:
        """The ids to make for a column with these values (missing ones are passed over).

        pattern: the template from the schema; None: learned here. Raises `BadSchema` when there is none, it
        is malformed, or the column's type cannot hold its values.
        """
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        values = values.drop_null()
        kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
        if pattern is None:
            pattern = patterns.learn(values)
        if pattern is None:
            raise BadSchema(
                "The ids of this column follow no pattern that is known.",
                hint="Give the column a pattern such as C-{00000} in the schema, or drop it (action: drop).",
                column=name,
            )
        if not pa.types.is_integer(kind) and not can_hold_text(kind):
            raise BadSchema(f"A column of the type {kind} cannot hold ids.", column=name)
        try:
            parsed = parse(pattern)
        except BadSchema as error:
            raise BadSchema(error.message, hint=error.hint, column=name) from error
        if pa.types.is_integer(kind) and not all(isinstance(part, Number) for part in parsed.parts):
            raise BadSchema(
                f"The pattern {pattern!r} makes text, but the column holds {kind}.",
                hint="Use {#} or a range such as {1..500}.",
                column=name,
            )
        digits, matches = parsed.digits(values)
        rooms, disjoint = _rooms(parsed, [d[matches] for d in digits], _limit(kind), _salt(seed, name))
        return cls(name, kind, _stacked(rooms), disjoint)

    @property
    def capacity(self) -> int:
        """How many rows can have an id each."""
        return self.tiers[-1].first + self.tiers[-1].room.capacity if self.tiers else 0

    def plan(self, rows: int) -> None:
        """`BadInput` when ``rows`` (counted from row 0: the last row wanted, plus one) exceed the domain."""
        if rows <= self.capacity:
            return
        templates = ", ".join(sorted({tier.pattern.template for tier in self.tiers})) or "nothing"
        raise BadInput(
            f"{rows:,} rows need as many ids; the column {self.name!r} has {self.capacity:,} ({templates}).",
            hint="Ask for fewer rows, or widen its pattern in the schema (C-{0000000}) and fit again.",
            column=self.name,
        )

    def rows(self, start: int, stop: int, key: int) -> pa.Array:
        """Ids of the rows ``start`` … ``stop - 1`` under ``key``: the column's type, (stop - start,).

        A dictionary column gets the type of its values. Raises `BadInput` beyond `capacity`.
        """
        self.plan(stop)
        made = [
            self._of_tier(number, max(start, tier.first), min(stop, tier.first + tier.room.capacity), key)
            for number, tier in enumerate(self.tiers)
            if tier.first < stop and start < tier.first + tier.room.capacity
        ]
        if len(made) == 1:
            return made[0]
        return pa.concat_arrays(made) if made else pa.array([], self.type)

    def _of_tier(self, number: int, start: int, stop: int, key: int) -> pa.Array:
        tier = self.tiers[number]
        counters = np.arange(start - tier.first, stop - tier.first, dtype=np.uint64)
        shuffled = counting.permute(randomness.key(key, "id", number), counters, tier.room.capacity)
        first = tier.room.place(shuffled)
        if pa.types.is_integer(self.type):
            return _integers(first, tier.pattern, self.type)
        rest = [
            counting.draw_below(randomness.key(key, "id", number, word), counters, size)
            for word, size in enumerate(tier.pattern.words[1:], 1)
        ]
        texts = tier.pattern.format(first, *rest)
        return texts if self.type == pa.string() else texts.cast(self.type)

    def contains(self) -> str:
        """One sentence for `inspect`: what of the column is inside."""
        templates = ", ".join(dict.fromkeys(tier.pattern.template for tier in self.tiers[:2]))
        closed = sum(tier.room.width < tier.room.size for tier in self.tiers)
        kept = "which buckets of the shuffled domain none of them falls into" if closed else "none of the ids"
        real = "" if self.disjoint else "; the pattern has no room beside the real ids, so some may come out"
        return f"the pattern of its ids ({templates}{', …' if len(self.tiers) > 2 else ''}) and {kept}{real}"

    def arrays(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What determines the ids: a JSON object, and one array of bits per tier."""
        tiers: list[dict[str, Any]] = []
        arrays: dict[str, np.ndarray] = {}
        for number, tier in enumerate(self.tiers):
            room, bits = tier.room.stored()
            tiers.append({"template": tier.pattern.template, **room})
            arrays[f"open_{number}"] = bits
        meta = {"name": self.name, "type": str(self.type), "disjoint": self.disjoint, "tiers": tiers}
        return meta, arrays

    @classmethod
    def of_arrays(cls, meta: Any, arrays: Mapping[str, np.ndarray]) -> Self:
        """The inverse of `arrays`; `BadModelFile` when they do not fit together."""
        try:
            rooms = [
                (parse(tier["template"]), Room.of_stored(tier, arrays[f"open_{number}"]))
                for number, tier in enumerate(meta["tiers"])
            ]
            kind = pa.type_for_alias(meta["type"])
            name, disjoint = str(meta["name"]), bool(meta["disjoint"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadModelFile(f"The ids in the model file cannot be read: {error}.") from error
        whole = pa.types.is_integer(kind)
        for pattern, room in rooms:
            numeric = all(isinstance(part, Number) for part in pattern.parts)
            typed = numeric if whole else can_hold_text(kind)
            if pattern.words[0] != room.size or not typed:
                raise BadModelFile("The ids in the model file do not fit their pattern.", column=name)
        return cls(name, kind, _stacked(rooms), disjoint)


def _salt(seed: int, name: str) -> int:
    return randomness.key(seed, "id-room", name)


def _limit(kind: pa.DataType) -> int:
    """The largest number that a column of this type can hold, and we number."""
    if not pa.types.is_integer(kind):
        return OPEN_HIGH
    signed = pa.types.is_signed_integer(kind)
    return min(OPEN_HIGH, (1 << (kind.bit_width - signed)) - 1)


def _stacked(rooms: list[tuple[Pattern, Room]]) -> tuple[_Tier, ...]:
    tiers: list[_Tier] = []
    first = 0
    for pattern, room in rooms:
        if room.capacity:
            tiers.append(_Tier(first, pattern, room))
            first += room.capacity
    return tuple(tiers)


def _integers(first: np.ndarray, pattern: Pattern, kind: pa.DataType) -> pa.Array:
    part = pattern.parts[0]
    if len(pattern.parts) == 1 and isinstance(part, Number):
        return pa.array((first + np.uint64(part.low)).astype(kind.to_pandas_dtype()))
    return pattern.format(first).cast(kind)


def _rooms(
    pattern: Pattern, digits: list[np.ndarray], limit: int, salt: int
) -> tuple[list[tuple[Pattern, Room]], bool]:
    """The rooms of the tiers, first to last, and whether they are clear of the ids (``digits`` per part)."""
    n = len(digits[0]) if digits else 0
    if pattern.open_part is not None:
        return _growing(pattern, pattern.open_part, digits, limit, salt), True
    if n == 0:
        return [(pattern, _whole(pattern, salt))], True
    above = _above(pattern, digits, n)
    if above is not None:
        return [(above, _whole(above, salt))], True
    room = _beside(pattern, digits, n, salt)
    if room.capacity >= n:
        return [(pattern, room)], True
    return [(pattern, _whole(pattern, salt))], False


def _whole(pattern: Pattern, salt: int) -> Room:
    return around(pattern.words[0], np.empty(0, np.uint64), least=1, most=WORD, salt=salt)


def _beside(pattern: Pattern, digits: list[np.ndarray], least: int, salt: int) -> Room:
    return around(pattern.words[0], pattern.first_word(digits), least=least, most=PLENTY, salt=salt)


def _growing(
    pattern: Pattern, position: int, digits: list[np.ndarray], limit: int, salt: int
) -> list[tuple[Pattern, Room]]:
    numbers = digits[position]
    if not len(numbers):
        following, rooms = 1, []
    else:
        low, high = int(numbers.min()), int(numbers.max())
        following, rooms = _rounded_up(high + 1), []
        if (high - low) // THIN > len(numbers):
            unit = 10 ** max(0, len(str(high)) - 2)
            low, high = max(low // unit * unit, min(low, 1)), min(_rounded_up(high + 1) - 1, limit)
            ranged = pattern.with_range(position, low, high)
            shifted = [d - np.uint64(low) if i == position else d for i, d in enumerate(digits)]
            rooms = [(ranged, _beside(ranged, shifted, len(numbers), salt))]
    while following <= limit:
        last = min(limit, 10 ** len(str(following)) - 1)
        tier = pattern.with_range(position, following, last)
        rooms.append((tier, _whole(tier, salt)))
        following = last + 1
    return rooms


def _rounded_up(number: int) -> int:
    """The next number with two digits and zeros (one digit below 100): 11078 → 12000."""
    length = len(str(number))
    unit = 10 ** (length - 2) if length > 2 else 10 ** (length - 1)
    return -(-number // unit) * unit


def _above(pattern: Pattern, digits: list[np.ndarray], n: int) -> Pattern | None:
    """The pattern with its longest number above all that occur, if a tenth of it, and n ids, are left."""
    numbers = {i: part for i, part in enumerate(pattern.parts) if isinstance(part, Number)}
    if not numbers:
        return None
    sizes = {i: part.high - part.low + 1 for i, part in numbers.items()}
    position = max(sizes, key=lambda i: (sizes[i], i))
    part = numbers[position]
    low = _rounded_up(part.low + int(digits[position].max()) + 1)
    room = part.high - low + 1
    others = pattern.size // sizes[position]
    if 10 * room < sizes[position] or room * min(others, n) < n:
        return None
    narrowed = pattern.with_range(position, low, part.high)
    return narrowed if narrowed.words[0] >= n else None
