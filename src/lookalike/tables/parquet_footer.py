"""What the footer of a Parquet file claims, read without the Parquet library.

The library ends the whole process on some damaged footers when it is asked for a column's metadata, and
allocates what a footer claims; so the claims are read here first. The footer is a Thrift structure in compact
protocol (apache/parquet-format, parquet.thrift; apache/thrift, doc/specs/thrift-compact-protocol.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DEPTH = 40
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = 1, 2, 3, 7, 8, 9, 10, 11, 12, 13
_INTEGERS = (4, 5, 6)

# the fields that are kept, by number, and what they must be: int, bytes, a structure, or a list of structures
_Kept = Mapping[int, Any]
_ELEMENT: _Kept = {1: int, 2: int, 3: int, 4: bytes, 5: int}
_CHUNK: _Kept = {3: {5: int, 6: int, 7: int, 9: int, 11: int}}
_FILE: _Kept = {2: [_ELEMENT], 3: int, 4: [{1: [_CHUNK], 3: int}]}

_WIDTHS = {
    0: 1,
    1: 4,
    2: 8,
    3: 12,
    4: 4,
    5: 8,
    6: 4,
}  # bytes in memory by physical type; 7 has its own length
_FIXED_LENGTH, _BYTE_ARRAY, _REPEATED = 7, 6, 2


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column: its name, bytes per value in memory (of a text, its offset), and whether it is flat."""

    name: str
    width: int
    flat: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """The pages of one column in one row group: ``packed`` bytes at ``start``, ``plain`` decompressed."""

    start: int
    packed: int
    plain: int
    values: int


@dataclass(frozen=True, slots=True)
class Footer:
    """Columns, rows in all, and rows and chunks of each row group."""

    leaves: list[Leaf]
    rows: int
    groups: list[tuple[int, list[Chunk]]]


def parse_footer(data: bytes) -> Footer:
    """The claims of a footer; `ValueError` when it is none."""
    try:
        fields = _Reader(data).struct(_FILE, 0)
        leaves = _leaves(fields[2])
        groups = [(group[3], [_chunk(chunk[3]) for chunk in group[1]]) for group in fields.get(4, [])]
        footer = Footer(leaves, fields[3], groups)
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise ValueError("its footer cannot be read") from error
    if any(len(chunks) != len(leaves) for _, chunks in groups):
        raise ValueError("a row group has not as many columns as the file")
    return footer


def _chunk(fields: dict[int, Any]) -> Chunk:
    start = fields[9]
    if fields.get(11):
        start = min(start, fields[11])
    return Chunk(start, fields[7], fields[6], fields[5])


def _leaves(elements: list[dict[int, Any]]) -> list[Leaf]:
    leaves: list[Leaf] = []
    top, inside = "", 0  # elements that are still to come inside the current top column
    for element in elements[1:]:
        name, children = element[4].decode(), element.get(5) or 0
        if inside == 0:
            top = name
            flat = not children and element.get(3) != _REPEATED
        else:
            inside -= 1
            flat = False
        inside += children
        if not children:
            width = element.get(2, 0) if element[1] == _FIXED_LENGTH else _WIDTHS[element[1]]
            leaves.append(Leaf(top, max(width, 1), flat))
    return leaves


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, kept: _Kept, depth: int) -> dict[int, Any]:
        """The kept fields of the structure that starts here."""
        if depth > _DEPTH:
            raise ValueError("its footer nests too deep")
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            if number in kept:
                fields[number] = self._value(kind, kept[number], depth)
            else:
                self._skip(kind, depth)
        return fields

    def _value(self, kind: int, wanted: Any, depth: int) -> Any:
        if kind in _INTEGERS and wanted is int:
            return self._integer()
        if kind == _BINARY and wanted is bytes:
            return self._take(self._varint())
        if kind == _STRUCT and isinstance(wanted, dict):
            return self.struct(wanted, depth + 1)
        if kind == _LIST and isinstance(wanted, list):
            inner, count = self._list_head()
            return [self._value(inner, wanted[0], depth + 1) for _ in range(count)]
        raise ValueError("its footer has fields of the wrong type")

    def _skip(self, kind: int, depth: int) -> None:
        if depth > _DEPTH:
            raise ValueError("its footer nests too deep")
        if kind in _INTEGERS:
            self._varint()
        elif kind == _BINARY:
            self._take(self._varint())
        elif kind == _STRUCT:
            self.struct({}, depth + 1)
        elif kind in (_LIST, _SET):
            inner, count = self._list_head()
            for _ in range(count):
                self._skip_element(inner, depth + 1)
        elif kind == _MAP:
            if count := self._varint():
                kinds = self._byte()
                for _ in range(count):
                    self._skip_element(kinds >> 4, depth + 1)
                    self._skip_element(kinds & 15, depth + 1)
        elif kind not in (_TRUE, _FALSE):
            self._take({_BYTE: 1, _DOUBLE: 8, _UUID: 16}[kind])

    def _skip_element(self, kind: int, depth: int) -> None:
        # a boolean is in the head of a field, but a byte of its own in a list
        self._skip(_BYTE if kind in (_TRUE, _FALSE) else kind, depth)

    def _list_head(self) -> tuple[int, int]:
        head = self._byte()
        count = head >> 4
        if count == 15:
            count = self._varint()
        if count > len(self._data) - self._at:
            raise ValueError("its footer lists more than fits")
        return head & 15, count

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _take(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            raise ValueError("its footer is cut off")
        self._at += count
        return self._data[self._at - count : self._at]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("its footer holds a number that is too long")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
