"""Has the synthetic table the form of the real one, and does it keep the rules that every real row keeps?

What is asked of a value is what the real ones do: they lie between the least and the greatest (or the
schema's own bounds), in known categories, on a grid, in a pattern, are there, are unique. Fresh real rows
break some of that too, so every figure stands beside the holdout's. Without one the reference is what each
real row would break had it been left out: the share of rows that alone hold a category, the least or the
greatest value (Good, "The population frequencies of species", Biometrika 1953).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lookalike.quality import conformity, headlines
from lookalike.quality.conformity import Masks
from lookalike.quality.frame import NUMERIC, Frames, Unlike, generator
from lookalike.quality.result import Diagnostic, Figure, ReferenceFrom, Retyped, RuleTest, ValueTest
from lookalike.schema import Column, Schema
from lookalike.tables import rules as mined
from lookalike.tables.arrow_types import is_category, is_moment, is_number, is_span, is_text
from lookalike.tables.cells import one, pc
from lookalike.watch import Watch, check

NO_ROWS = "the synthetic table has no rows"
LONGEST = 200
"""Characters of an example that a result keeps."""


@dataclass(frozen=True, slots=True)
class Found:
    data: Diagnostic
    figures: tuple[Figure, ...]


def measure(
    schema: Schema,
    frames: Frames,
    tables: Mapping[str, pa.Table],
    unlike: Sequence[Unlike],
    *,
    watch: Watch,
) -> Found:
    """What breaks the form of ``real`` in ``synth``; figures ``diagnostic.columns, values, rules, keys``."""
    wanted = schema.drawn()
    real, synth = tables["real"], tables["synth"]
    missing = tuple(name for name in wanted.names if name not in synth.column_names)
    extra = tuple(name for name in synth.column_names if name not in schema.names)
    retyped = _retyped(wanted, tables, unlike)
    masks = conformity.masks(wanted, frames, tables)
    keys = [test for column in wanted if (test := _unique(column, real, synth)) is not None]
    check(watch)
    found_rules = _constants(wanted, tables) + _rules(schema, tables)
    check(watch)
    values = [*map(_value_test, masks), *keys]
    data = Diagnostic(
        missing_columns=missing,
        extra_columns=extra,
        retyped=retyped,
        values=tuple(values),
        rules=tuple(found_rules),
    )
    unfit = len(missing) + len(extra) + len({entry.column for entry in retyped})
    figures = (
        _columns(unfit, len(wanted) + len(extra)),
        _values(masks, tables),
        _rules_figure(found_rules, schema, tables),
        _keys(keys),
    )
    return Found(data, figures)


def _columns(unfit: int, of: int) -> Figure:
    """diagnostic.columns: the share of all columns of either table that are in both and of one kind."""
    return headlines.known(
        "diagnostic.columns",
        "Columns of the same name and kind",
        1 - unfit / of if of else 1.0,
        1.0,
        better="higher",
        says="1: every column of the real table is there, of the same kind, and no other.",
    )


def _values(masks: Sequence[Masks], tables: Mapping[str, pa.Table]) -> Figure:
    """diagnostic.values: the share of rows with a value outside bounds, categories, grid or pattern."""

    def broken(part: str) -> tuple[int, int]:
        rows = tables[part].num_rows
        any_of = np.zeros(rows, bool)
        for test in masks:
            if part in test.broken:
                any_of |= test.broken[part]
        return int(any_of.sum()), rows

    against: ReferenceFrom = "holdout" if "holdout" in tables else "train"
    says = (
        "Rows with a value that no real row has the form of: out of bounds, unknown, off the grid, missing."
    )
    label = "Rows with a value of another form"
    if not tables["synth"].num_rows:
        return headlines.nothing("diagnostic.values", label, NO_ROWS, says=says)
    if not masks:
        return headlines.known("diagnostic.values", label, 0.0, 0.0, says="No column has values to test.")
    reference = broken("holdout" if against == "holdout" else "real")
    return headlines.of_shares("diagnostic.values", label, broken("synth"), reference, against, says=says)


def _rules_figure(tests: Sequence[RuleTest], schema: Schema, tables: Mapping[str, pa.Table]) -> Figure:
    """diagnostic.rules: the mean over rules of the share of rows that break it.

    Rows break several rules at once, so the mean is taken to be as uncertain as one share of that size is,
    which is never too sure. Without a holdout the reference is the rules of one half of the real table,
    counted on the other.
    """
    label, says = "Rules broken", "The mean, over the rules of the real table, of the rows that break them."
    judged = [test for test in tests if test.of]
    if not judged:
        if not tables["synth"].num_rows:
            return headlines.nothing("diagnostic.rules", label, NO_ROWS, says=says)
        return headlines.known("diagnostic.rules", label, 0.0, 0.0, says="The real table keeps no rule.")
    synth = _mean([(test.breaks, test.of) for test in judged])
    if "holdout" in tables:
        counts = [(test.holdout_breaks or 0, test.holdout_of or 0) for test in judged]
        return headlines.of_shares("diagnostic.rules", label, synth, _mean(counts), "holdout", says=says)
    reference = _mean(list(_halves(schema, tables["real"]).values()))
    return headlines.of_shares("diagnostic.rules", label, synth, reference, "halves", says=says)


def _keys(tests: Sequence[ValueTest]) -> Figure:
    """diagnostic.keys: the share of keys and ids that were seen before in the same table."""
    breaks, of = sum(test.breaks for test in tests), sum(test.of for test in tests)
    says = "Keys and ids of the synthetic table that repeat; the real ones never do."
    if not tests:
        says = "The real table has no column whose values are unique."
    return headlines.known("diagnostic.keys", "Keys that repeat", breaks / of if of else 0.0, 0.0, says=says)


def _retyped(schema: Schema, tables: Mapping[str, pa.Table], unlike: Sequence[Unlike]) -> tuple[Retyped, ...]:
    """Columns of the synthetic table that hold something else: numbers where dates were, text for ids."""
    real, synth = tables["real"], tables["synth"]
    found = [
        Retyped(column=entry.column, expected=entry.expected, found=entry.found)
        for entry in unlike
        if entry.table == "synth"
    ]
    known = {entry.column for entry in found}
    for column in schema:
        if column.name in known or column.name not in synth.column_names:
            continue
        if column.kind not in (*NUMERIC, "id", "text") or column.name not in real.column_names:
            continue
        types = [table.schema.field(column.name).type for table in (real, synth)]
        if None not in (families := [_family(kind) for kind in types]) and families[0] != families[1]:
            found.append(Retyped(column=column.name, expected=str(types[0]), found=str(types[1])))
    return tuple(found)


def _family(kind: pa.DataType) -> str | None:
    """What a type stands for, in a word; None for one without values."""
    if pa.types.is_dictionary(kind) and not is_category(kind):
        kind = kind.value_type
    tests = {"number": is_number, "moment": is_moment, "span": is_span, "truth": pa.types.is_boolean}
    if is_text(kind) or is_category(kind):
        return "text"
    if pa.types.is_null(kind):
        return None
    return next((name for name, test in tests.items() if test(kind)), str(kind))


def _value_test(test: Masks) -> ValueTest:
    broken = test.broken["synth"]
    first = int(broken.argmax()) if broken.any() else -1
    example = None if first < 0 or test.test == "missing" else test.text("synth", first)
    return ValueTest(
        column=test.column,
        test=test.test,
        breaks=int(broken.sum()),
        of=test.of["synth"],
        example=None if example is None else example[:LONGEST],
    )


def _unique(column: Column, real: pa.Table, synth: pa.Table) -> ValueTest | None:
    """How many values of a key were seen before; None where the real ones repeat, or there are none."""
    if column.role != "key" and column.kind != "id":
        return None
    if column.name not in real.column_names or column.name not in synth.column_names:
        return None
    known, values = one(real[column.name]).drop_null(), one(synth[column.name]).drop_null()
    if not len(known) or len(known.unique()) < len(known):
        return None
    counts = pc.value_counts(values) if len(values) else None
    breaks = len(values) - (0 if counts is None else len(counts))
    example = None
    if counts is not None and breaks:
        example = str(counts.field(0)[pc.index(pc.greater(counts.field(1), 1), True).as_py()].as_py())
    return ValueTest(
        column=column.name,
        test="unique",
        breaks=breaks,
        of=len(values),
        example=None if example is None else example[:LONGEST],
    )


def _constants(schema: Schema, tables: Mapping[str, pa.Table]) -> list[RuleTest]:
    """Columns of one value (or of none), and how many rows have another."""
    found: list[RuleTest] = []
    for column in schema:
        if column.kind not in ("constant", "null"):
            continue
        if not all(column.name in tables[part].column_names for part in ("real", "synth")):
            continue
        values = one(tables["real"][column.name])
        known = values.drop_null()
        only = known[0].as_py() if len(known) else None
        kept = {
            part: (_others(one(table[column.name]), only, missing=bool(values.null_count)), table.num_rows)
            for part, table in tables.items()
            if column.name in table.column_names
        }
        rule = f"{column.name} = {str(only)[:LONGEST]}" if only is not None else f"{column.name} is missing"
        found.append(_rule_test(rule, "constant", kept["synth"], kept.get("holdout")))
    return found


def _others(values: pa.Array, only: object, *, missing: bool) -> int:
    """How many of ``values`` are not ``only``, by their text; missing ones count unless real ones are too."""
    present = values.drop_null()
    plain = present.dictionary_decode() if pa.types.is_dictionary(present.type) else present
    others = len(plain)
    if only is not None and len(plain):
        counts = pc.value_counts(plain)
        texts, sizes = map(str, counts.field(0).to_pylist()), counts.field(1).to_pylist()
        alike = [size for text, size in zip(texts, sizes, strict=True) if text == str(only)]
        others -= sum(alike)
    return others + (0 if missing else len(values) - len(present))


def _rules(schema: Schema, tables: Mapping[str, pa.Table]) -> list[RuleTest]:
    """The rules of the real table (`lookalike.tables.rules.mine`), and the rows that break each."""
    real = tables["real"]
    known = mined.mine(real, schema)
    synth = mined.violations(known, tables["synth"], real)
    holdout = mined.violations(known, tables["holdout"], real) if "holdout" in tables else {}
    kinds = {str(rule): "functional" for rule in known.functional}
    kinds |= {str(rule): "ordering" for rule in known.orderings}
    return [
        _rule_test(rule, kinds.get(rule, "combination"), counts, holdout.get(rule))
        for rule, counts in synth.items()
    ]


def _rule_test(rule: str, kind: str, synth: tuple[int, int], holdout: tuple[int, int] | None) -> RuleTest:
    return RuleTest(
        rule=rule,
        kind=kind,  # type: ignore[arg-type]
        breaks=synth[0],
        of=synth[1],
        holdout_breaks=holdout[0] if holdout else None,
        holdout_of=holdout[1] if holdout else None,
    )


def _halves(schema: Schema, real: pa.Table) -> dict[str, tuple[int, int]]:
    """How often the rules of one half of the real table are broken in its other half."""
    order = generator(0, "rules").permutation(real.num_rows)
    first, second = (real.take(pa.array(np.sort(half))) for half in np.array_split(order, 2))
    return mined.violations(mined.mine(first, schema), second, first)


def _mean(counts: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """The mean share of these (hits, of) as (hits, of) of the most rows that one of them looked at."""
    judged = [(hits, of) for hits, of in counts if of]
    if not judged:
        return 0.0, 0.0
    rows = max(of for _, of in judged)
    return float(np.mean([hits / of for hits, of in judged])) * rows, rows
