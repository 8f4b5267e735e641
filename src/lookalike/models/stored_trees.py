"""A `Plan` as JSON and arrays, and back, checked as if it came from a stranger.

All trees lie end to end in four arrays (``nodes``, ``words``, ``pool``, and ``trees`` with a row of offsets
per tree); each column's own arrays are called ``<column number>.<name>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lookalike.errors import BadModelFile, LookalikeError
from lookalike.models.base import Json
from lookalike.models.codes import Codec, Labels, Numbers
from lookalike.models.fakes import Fakes
from lookalike.models.growing import Tree
from lookalike.models.ids import Ids
from lookalike.models.plan import (
    CodedColumn,
    DerivedColumn,
    EmptyColumn,
    MadeColumn,
    Pair,
    Plan,
    PlannedColumn,
)
from lookalike.schema import Column, Schema
from lookalike.tables.rules import Ordering

Arrays = Mapping[str, np.ndarray]


def pack(plan: Plan) -> tuple[dict[str, Json], dict[str, np.ndarray]]:
    """What `unpack` needs beside the schema."""
    columns: list[dict[str, Json]] = []
    arrays: dict[str, np.ndarray] = {}
    for number, column in enumerate(plan.columns):
        meta, own = _pack_column(column)
        columns.append(meta)
        arrays |= {f"{number}.{name}": array for name, array in own.items()}
    trees = [tree for column in plan.coded for tree in column.trees]
    sizes = [[len(tree.nodes), len(tree.words), len(tree.pool)] for tree in trees]
    arrays["trees"] = np.array(sizes, np.int64).reshape(len(trees), 3)
    arrays["nodes"] = np.concatenate([np.empty((0, 6), np.int32), *(tree.nodes for tree in trees)])
    arrays["words"] = np.concatenate([np.empty(0, np.uint64), *(tree.words for tree in trees)])
    arrays["pool"] = np.concatenate([np.empty(0, np.uint16), *(tree.pool for tree in trees)])
    arrays["stay"] = np.concatenate([np.empty(0, np.uint32), *(tree.stay for tree in trees)])
    for number, pair in enumerate(plan.pairs):
        arrays[f"pair.{number}"] = pair.allowed
    return {
        "columns": columns,
        "orderings": [[rule.low, rule.high, rule.strict] for rule in plan.orderings],
        "pairs": [[pair.first, pair.second] for pair in plan.pairs],
    }, arrays


def unpack(meta: Json, arrays: Arrays, schema: Schema) -> Plan:
    """The plan; `BadModelFile` for whatever does not fit together."""
    try:
        return _unpack(meta, arrays, schema)
    except BadModelFile:
        raise
    except (
        LookalikeError,
        KeyError,
        TypeError,
        AttributeError,
        ValueError,
        IndexError,
        OverflowError,
    ) as error:
        raise BadModelFile(f"The trees of the model cannot be read: {error}.") from error


def _pack_column(column: PlannedColumn) -> tuple[dict[str, Json], dict[str, np.ndarray]]:
    match column:
        case CodedColumn():
            meta, arrays = column.codec.stored()
            part = {"part": "coded", "n_codes": column.n_codes, "steps": len(column.trees)}
        case DerivedColumn():
            meta, arrays = column.codec.stored()
            part = {"part": "derived", "determinant": column.determinant}
            arrays = arrays | {"of_code": column.of_code}
            if column.ticks is not None:
                arrays["ticks"] = column.ticks
        case MadeColumn():
            meta, arrays = column.maker.arrays()
            kind = "ids" if isinstance(column.maker, Ids) else "fakes"
            part = {"part": kind, "presence": column.presence}
            meta = {"maker": meta}
        case EmptyColumn():
            meta, arrays, part = {}, {}, {"part": "empty"}
    return {"name": column.name, **part, **meta}, dict(arrays)


def _unpack(meta: Json, arrays: Arrays, schema: Schema) -> Plan:
    trees = _split(arrays)
    columns: list[PlannedColumn] = []
    place = 0
    known: dict[str, CodedColumn | DerivedColumn] = {}
    widths: list[int] = []
    for number, entry in enumerate(meta["columns"]):
        prefix = f"{number}."
        own = {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}
        name = entry["name"]
        column = _column(name, schema)
        match entry["part"]:
            case "coded":
                made = _coded(entry, own, column, place, trees, widths)
                widths.append(made.n_codes)
                place += 1
                known[name] = made
            case "derived":
                made = _derived(entry, own, column, known)
                known[name] = made
            case "ids" | "fakes":
                maker = (Ids if entry["part"] == "ids" else Fakes).of_arrays(entry["maker"], own)
                presence = entry["presence"]
                _need(presence is None or _is_presence(known.get(presence)), name)
                made = MadeColumn(name, maker, presence)
            case "empty":
                made = EmptyColumn(name)
            case other:
                raise BadModelFile(f"A column plays the unknown part {other!r}.", column=name)
        columns.append(made)
    _need(not trees, "the last one")
    _complete(columns, schema)
    orderings = tuple(Ordering(low, high, bool(strict)) for low, high, strict in meta["orderings"])
    for rule in orderings:
        for name in (rule.low, rule.high):
            _need(name in known and isinstance(known[name].codec, Numbers), name)
    pairs = tuple(
        Pair(first, second, arrays[f"pair.{number}"]) for number, (first, second) in enumerate(meta["pairs"])
    )
    for pair in pairs:
        shape = tuple(known[name].codec.n_codes for name in (pair.first, pair.second))
        sound = (
            pair.allowed.dtype == np.bool_ and pair.allowed.shape == shape and pair.allowed.any(axis=1).all()
        )
        _need(sound and isinstance(known[pair.second], CodedColumn), pair.second)
        _need(isinstance(known[pair.first], CodedColumn), pair.first)
    return Plan(tuple(columns), orderings, pairs)


def _need(sound: bool | np.bool_, name: object) -> None:
    if not sound:
        raise BadModelFile("The parts of the model do not fit together.", column=str(name))


def _complete(columns: list[PlannedColumn], schema: Schema) -> None:
    """Every column of the schema that is drawn has one part, and no name has two."""
    names = [column.name for column in columns]
    _need(len(set(names)) == len(names), "one that is there twice")
    wanted = {column.name for column in schema if column.action != "drop"}
    for name in wanted ^ {name for name in names if "\x1f" not in name}:
        _need(False, name)


def _column(name: str, schema: Schema) -> Column:
    if "\x1f" in name:
        return Column(name=name, kind="boolean", type="bool")
    return schema[name]


def _is_presence(column: CodedColumn | DerivedColumn | None) -> bool:
    return isinstance(column, CodedColumn) and isinstance(column.codec, Labels) and "\x1f" in column.name


def _codec(entry: Json, own: Arrays, column: Column) -> Codec:
    if entry["codec"] == "labels":
        return Labels.of_stored(entry, column)
    return Numbers.of_stored(entry, column, own)


def _split(arrays: Arrays) -> list[Tree]:
    """The trees, last one first, so that `list.pop` takes them in order."""
    sizes = arrays["trees"]
    dtypes = {"nodes": np.int32, "words": np.uint64, "pool": np.uint16, "stay": np.uint32, "trees": np.int64}
    for name, dtype in dtypes.items():
        _need(arrays[name].dtype == dtype, name)
    _need(sizes.ndim == 2 and sizes.shape[1] == 3 and (sizes >= 0).all(), "trees")
    nodes, words, pool, stay = (arrays[name] for name in ("nodes", "words", "pool", "stay"))
    _need(nodes.ndim == 2 and nodes.shape[1] == 6 and stay.shape == (len(nodes),), "nodes")
    _need(words.ndim == 1 and pool.ndim == 1, "pool")
    totals = [int(n) for n in sizes.sum(axis=0)]
    _need(totals == [len(nodes), len(words), len(pool)], "trees")
    ends = np.cumsum(sizes, axis=0)
    trees = [
        Tree(
            np.ascontiguousarray(nodes[n1 - n : n1]),
            np.ascontiguousarray(words[w1 - w : w1]),
            np.ascontiguousarray(pool[p1 - p : p1]),
            np.ascontiguousarray(stay[n1 - n : n1]),
        )
        for (n, w, p), (n1, w1, p1) in zip(sizes.tolist(), ends.tolist(), strict=True)
    ]
    return trees[::-1]


def _coded(
    entry: Json, own: Arrays, column: Column, place: int, trees: list[Tree], widths: list[int]
) -> CodedColumn:
    codec = _codec(entry, own, column)
    n_codes = entry["n_codes"]
    _need(type(n_codes) is int and codec.n_codes <= n_codes <= codec.n_codes + 1, column.name)
    levels = codec.levels(n_codes)
    _need(entry["steps"] == len(levels) and len(trees) >= len(levels), column.name)
    grown = tuple(trees.pop() for _ in levels)
    outer = np.zeros(n_codes, np.int64)
    predictors = np.array(widths, np.int64)
    for tree, level in zip(grown, levels, strict=True):
        drawable = level[: codec.n_codes]
        _need(_is_sound(tree, outer[: codec.n_codes], drawable, predictors), column.name)
        outer = level
    return CodedColumn(column.name, place, codec, n_codes, levels, grown)


def _is_sound(tree: Tree, outer: np.ndarray, inner: np.ndarray, widths: np.ndarray) -> bool:
    """Whether no walk of the tree can leave its arrays, or draw a code that is not there.

    outer, inner: the group of each drawable code before and after this step.
    """
    nodes, pool = tree.nodes.astype(np.int64), tree.pool
    n, n_roots = len(nodes), int(outer.max(initial=0)) + 1
    feature, threshold, left, low, high, parent = nodes.T
    if n < n_roots or not len(tree.words) or not ((low >= 0) & (low <= high) & (high <= len(pool))).all():
        return False
    splits = np.flatnonzero(feature >= 0)
    if len(splits) and (feature[splits].max() >= len(widths)):
        return False
    own = np.arange(n)
    if not ((parent < own) & (parent >= -1)).all() or not (parent[:n_roots] == -1).all():
        return False
    if not ((left[splits] > splits) & (left[splits] + 1 < n)).all():
        return False
    children = np.concatenate([left[splits], left[splits] + 1])
    parents = np.concatenate([splits, splits])
    if len(np.unique(children)) != len(children) or len(children) != n - n_roots:
        return False
    if not (parent[children] == parents).all() or not (children >= n_roots).all():
        return False
    # a child draws from its parent's rows, and no node but a root may be empty
    if not ((low[children] >= low[parents]) & (high[children] <= high[parents])).all():
        return False
    if not (high[children] > low[children]).all():
        return False
    by_set = splits[threshold[splits] < 0]
    first_word = -1 - threshold[by_set]
    if not (first_word + (widths[feature[by_set]] + 63) // 64 <= len(tree.words)).all():
        return False
    # root r holds groups inside group r of the step before, and every group that can be asked for has rows
    group_of = np.full(int(inner.max(initial=0)) + 1, -1, np.int64)
    group_of[inner] = outer
    if len(pool) and int(pool.max()) >= len(group_of):
        return False
    for root in range(n_roots):
        inside = group_of[pool[low[root] : high[root]]]
        if not len(inside) or not (inside == root).all():
            return False
    return True


def _derived(entry: Json, own: Arrays, column: Column, known: Mapping[str, Any]) -> DerivedColumn:
    codec = _codec(entry, own, column)
    determinant = known[entry["determinant"]]
    of_code = own["of_code"]
    sound = of_code.dtype == np.uint16 and of_code.shape == (determinant.codec.n_codes,)
    _need(sound and int(of_code.max(initial=0)) < codec.n_codes, column.name)
    ticks = None
    if isinstance(codec, Numbers):
        ticks = own["ticks"]
        _need(ticks.dtype == codec.grid.dtype and ticks.shape == of_code.shape, column.name)
        _need(np.isfinite(ticks).all() and codec.grid.fits(ticks), column.name)
    return DerivedColumn(column.name, entry["determinant"], codec, of_code, ticks)
