"""A schema for a table: what each column is, how it is spelled, and the notes a reader of it needs.

A sample of a column decides which forms are worth trying, in this order: boolean, number, date, time, and
string when none of them fits. A form is taken only when every cell has it, so what `infer` found, `typed`
can read and `spell` writes back.

Text in CSV, as it is typed:

=====================================  ==============================================================
``true`` ``false`` (in any case)       bool
``0`` ``1``                            int64, kind boolean
yes/no, y/n, t/f, on/off               dictionary of strings, kind boolean
integers without idle zeros            int64, else uint64; longer ones, and ``007``, are strings
decimals, exponents                    double, on a grid of decimals where they have one
currency, units, grouping              as the number inside; prefix, suffix and marks are kept
a date; a date and a time              date32; timestamp[us] (ns from seven digits), in UTC with an offset
``HH:MM:SS``                           duration[us]
anything else                          dictionary of strings when categorical, else string
=====================================  ==============================================================

``NA``, ``null``, ``-`` and their like are missing values in all but strings, where they stay what they are.
Infinities are read as missing. Hexadecimal and ``1_000`` are strings; ``+5`` is a number and loses its plus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa

from lookalike.processors import processors
from lookalike.schema import Column, Schema
from lookalike.tables.arrow_types import is_text
from lookalike.tables.cells import ends, one, pc
from lookalike.tables.date_forms import find_moment, find_span
from lookalike.tables.finding import Finding, Sample
from lookalike.tables.integer_kinds import refine
from lookalike.tables.misfit import Misfit
from lookalike.tables.number_forms import find_number
from lookalike.tables.numbers import INFINITE, MISSING
from lookalike.tables.spell import spell
from lookalike.tables.string_kinds import find_boolean, find_string
from lookalike.tables.typed_kinds import of_typed

_NUMBER = r"^[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?$"
_NEARLY = 0.9

Found = tuple[Column, pa.Array, tuple[str, ...]]
Finder = Callable[[pa.Array], Finding | None]


def infer(table: pa.Table, *, textual: bool, target: str | None = None) -> tuple[Schema, tuple[str, ...]]:
    """The schema of a table, and notes: plain sentences on what was guessed or will not come back as it was.

    ``textual``: all columns are strings as they stand in a file, null where there was nothing. Otherwise
    they have types, which are kept. `BadSchema` when there is no column ``target``.
    """
    schema, _, notes = infer_typed(table, textual=textual, target=target)
    return schema, notes


def infer_typed(
    table: pa.Table, *, textual: bool, target: str | None = None
) -> tuple[Schema, pa.Table, tuple[str, ...]]:
    """`infer` and `typed` in one pass over the table: the schema, the typed table, and the notes."""

    def understand(name: str) -> Found:
        values = one(table.column(name))
        if textual and is_text(values.type):
            return _of_text(name, values)
        return _of_type(name, values)

    threads = min(len(table.column_names), processors(), 4)
    if threads > 1 and table.nbytes > 1_000_000:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(understand, table.column_names))
    else:
        found = [understand(name) for name in table.column_names]
    schema = Schema(tuple(column for column, _, _ in found)).with_target(target)
    if target is not None and schema[target].kind == "id" and pa.types.is_integer(table_type(found, target)):
        schema = schema.replace(target, kind="numerical", pattern=None)
    kept = [(column.name, values) for column, values, _ in found if column.action != "drop"]
    arrays, names = [values for _, values in kept], [name for name, _ in kept]
    return schema, pa.Table.from_arrays(arrays, names), tuple(note for *_, notes in found for note in notes)


def table_type(found: list[Found], name: str) -> pa.DataType:
    """The Arrow type that the column called ``name`` was given."""
    return next(values.type for column, values, _ in found if column.name == name)


# A column of text


def _of_text(name: str, values: pa.Array) -> Found:
    if values.null_count == len(values):
        return Column(name=name, kind="null", type="null", nulls=True), pa.nulls(len(values)), ()
    sample = Sample.of(values)
    if not sample.cells:
        sample = _searched(values)
    text = _Text(name, values, sample)
    found = text.recognised() if sample.cells else None
    if found is None:
        found, null_text = find_string(name, values), ""
    else:
        null_text = text.null_text
    if found.kind == "numerical" and pa.types.is_integer(found.values.type):
        found = refine(name, found, values)
    found = _constant(found, values)
    column = _column(name, found, null_text)
    return column, found.values, tuple(_sentences(name, [*text.notes, *_on_form(found, column)]))


def _searched(values: pa.Array) -> Sample:
    """A sample of the cells that spell no missing value, for a column whose head holds little else."""
    known = pa.array(sorted(MISSING | INFINITE), values.type)
    return Sample.of(values.filter(pc.invert(pc.is_in(values, value_set=known))).drop_null())


def _column(name: str, found: Finding, null_text: str) -> Column:
    nulls = found.values.null_count > 0
    kept: dict[str, Any] = dict(found.fields)
    return Column(
        name=name,
        kind=found.kind,
        type=kept.pop("type", None) or str(found.values.type),
        nulls=nulls,
        null_text=null_text if nulls else "",
        **kept,
    )


class _Text:
    """One column of text on its way to a type: what was tried, and what was learned about missing values."""

    def __init__(self, name: str, values: pa.Array, sample: Sample) -> None:
        self.name = name
        self.values = values
        self.sample = sample
        self.null_text = ""
        self.notes: list[str] = []
        self.misfits: list[str] = []
        self.blanked: pa.Array | None = None

    def recognised(self) -> Finding | None:
        """The column as booleans, numbers, dates or times; None when it is none of these."""
        compact = all(len(cell) == 8 and cell.isdigit() for cell in self.sample.cells)
        number: tuple[str, Finder] = ("numbers", lambda v: find_number(v, self.sample))
        moment: tuple[str, Finder] = ("dates", lambda v: find_moment(v, self.sample, self.name))
        order: list[tuple[str, Finder]] = [
            ("true or false", lambda v: find_boolean(v, self.sample)),
            *([moment, number] if compact else [number, moment]),
            ("times", lambda v: find_span(v, self.sample)),
        ]
        for what, finder in order:
            found = self._try(what, finder)
            if found is not None:
                return found  # what it was not is then of no interest
        self.notes += self.misfits
        self._nearly_numbers()
        return None

    def _try(self, what: str, finder: Finder) -> Finding | None:
        """What ``finder`` finds in the cells as they are, or without those that spell a missing value."""
        try:
            if not self.sample.missing:
                return finder(self.values)
        except Misfit:
            pass
        try:
            found = finder(self._blank())
        except Misfit:
            self._misfit(what)
            return None
        if found is not None:
            self._settle_missing()
        return found

    def _blank(self) -> pa.Array:
        """The cells with null for every spelling of a missing value; `Misfit` when that changes none."""
        blanked = self.blanked
        if blanked is None:
            known = pa.array(sorted(MISSING | INFINITE), self.values.type)
            hits = pc.is_in(self.values, value_set=known)
            blanked = pc.if_else(hits, pa.scalar(None, self.values.type), self.values)
            self.blanked = blanked
        if blanked.null_count == self.values.null_count:
            raise Misfit
        return blanked

    def _settle_missing(self) -> None:
        """Choose the most frequent spelling of a missing value, and say so when there were several."""
        assert self.blanked is not None  # noqa: S101 - _blank ran
        gone = self.values.filter(pc.and_(self.blanked.is_null(), self.values.is_valid()))
        counts: Counter[str] = Counter()
        for entry in pc.value_counts(gone).to_pylist():
            counts[entry["values"]] += entry["counts"]
        infinite = sum(counts.pop(text) for text in list(counts) if text in INFINITE)
        counts[""] += self.values.null_count
        counts = +counts
        if infinite:
            self.notes.append(f"{infinite:,} infinite numbers are read as missing.")
        if not counts:
            return
        self.null_text = max(counts, key=lambda text: (counts[text], text))
        if len(counts) > 1:
            shown = "nothing" if not self.null_text else repr(self.null_text)
            self.notes.append(
                f"missing values are spelled in {len(counts)} ways; they are written as {shown}."
            )

    def _misfit(self, what: str) -> None:
        row = ", or would not come back as they are"
        if what == "numbers":
            cells = self.values if self.blanked is None else self.blanked
            wrong = pc.invert(pc.match_substring_regex(cells, _NUMBER)).fill_null(False)
            first = pc.index(wrong, True).as_py()
            row = f" (the first in row {first + 1:,})" if first >= 0 else row
        self.misfits.append(f"it looks like {what}, but some cells are none{row}; it is read as text.")

    def _nearly_numbers(self) -> None:
        """A note when most cells are numbers and a few words keep the column from being one."""
        cells = pa.array(self.sample.cells)
        fitting = pc.sum(pc.match_substring_regex(cells, _NUMBER)).as_py() or 0
        if len(cells) >= 20 and _NEARLY * len(cells) <= fitting < len(cells):
            self.notes.append(
                "most of its cells are numbers, but not all; it is read as text. If the others mean that a "
                "value is missing, give the column a numerical kind and type, and say null_text."
            )


def _constant(found: Finding, raw: pa.Array) -> Finding:
    """The finding as a constant when all its cells are the same number, date or boolean."""
    if found.values.null_count or found.kind not in ("numerical", "datetime", "timedelta", "boolean"):
        return found
    if pa.types.is_dictionary(found.values.type):
        return found
    low, high = ends(found.values)
    if low != high or not _alike(raw):
        return found
    text = raw[0].as_py()
    as_found = Finding("constant", found.values, {**found.fields, "value": text}, notes=found.notes)
    if spell(found.values.slice(0, 1), _column("", as_found, "")).cast(pa.string())[0].as_py() == text:
        return as_found
    return Finding("constant", raw, {"value": text})  # the one spelling is all there is to know


def _alike(raw: pa.Array) -> bool:
    return pc.all(pc.equal(raw, raw[0])).as_py() is not False


def _on_form(found: Finding, column: Column) -> list[str]:
    notes = list(found.notes)
    if not found.exact and column.kind == "numerical" and not notes:
        notes.append("its numbers are spelled in varied ways; they are written alike.")
    return notes


def _sentences(name: str, notes: list[str]) -> list[str]:
    return [f"Column {name!r}: {note}" for note in notes]


# A column that has a type


def _of_type(name: str, values: pa.Array) -> Found:
    found = of_typed(name, values)
    column = _column(name, found, "")
    return column, found.values, tuple(_sentences(name, list(found.notes)))
