"""Each column's own page of a report: histograms, summaries, and values as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from lookalike.quality.frame import Frames, Side, Values, why_not
from lookalike.quality.result import ColumnFigures, Histogram, Summary
from lookalike.schema import Column, Schema
from lookalike.tables.arrow_types import is_span, type_of
from lookalike.tables.cells import one, pc
from lookalike.tables.spell import spell

BINS = 40
BARS = 20
LONGEST = 200
"""Characters of a label that a result keeps."""
_TAIL = (
    0.001  # of the real values on either side that lie beyond the drawn range, when that widens the picture
)


def figures(
    schema: Schema,
    frames: Frames,
    tables: Mapping[str, pa.Table],
    *,
    shapes: Mapping[str, float],
    shape_references: Mapping[str, float],
    drops: Mapping[str, float],
) -> tuple[ColumnFigures, ...]:
    """One entry per column of the schema; what is not compared has counts only."""
    sides = {side.name: side for side in frames}
    found: list[ColumnFigures] = []
    for column in schema:
        side = sides.get(column.name)
        known = {
            part: table[column.name] for part, table in tables.items() if column.name in table.column_names
        }
        if "real" not in known:
            continue
        if side is None:
            summaries = {part: _counted(values) for part, values in known.items()}
            why = why_not(column) or "the synthetic table or the holdout has nothing of its kind there"
        else:
            summaries, why = {part: _summary(side, part) for part in known}, ""
        found.append(
            ColumnFigures(
                name=column.name,
                kind=column.kind,
                role=column.role,
                compared=side is not None,
                why=why,
                measure="" if side is None else "KS complement" if side.numeric else "TV complement",
                shape=_known(shapes.get(column.name)),
                shape_reference=_known(shape_references.get(column.name)),
                gives_away=_known(drops.get(column.name)),
                real=summaries["real"],
                synth=summaries.get("synth"),
                holdout=summaries.get("holdout"),
                histogram=histogram(side) if side is not None else None,
            )
        )
    return tuple(found)


def histogram(side: Side) -> Histogram:
    """Real, synthetic and holdout over each other, as shares of the values that are not missing."""
    parts = [part for part in ("real", "synth", "holdout") if part in side.parts]
    if not side.numeric:
        return _bars(side, parts)
    real = side["real"][~side.missing("real")]
    edges = _edges(real, side.column)
    seconds = 1e-6 if side.column.kind in ("datetime", "timedelta") else 1.0
    shares: dict[str, tuple[float, ...]] = {}
    clipped = False
    for part in parts:
        values = side[part][~side.missing(part)]
        clipped = clipped or bool(len(values) and (values.min() < edges[0] or values.max() > edges[-1]))
        counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
        shares[part] = _shares(counts)
    return Histogram(
        form="numbers",
        edges=tuple((edges * seconds).tolist()),
        edge_labels=tuple(label or "" for label in spelled(side, edges)),
        labels=(),
        other=False,
        clipped=clipped,
        real=shares["real"],
        synth=shares["synth"],
        holdout=shares.get("holdout"),
    )


def spelled(side: Side, values: Sequence[float] | Values) -> list[str | None]:
    """Values of a column (numbers, or codes) as text in the column's own form; None where missing."""
    if not side.numeric:
        return [side.labels[int(v)][:LONGEST] if v < len(side.labels) else None for v in values]
    return _spelled_numbers(side.column, np.asarray(values, dtype=np.float64))


def _spelled_numbers(column: Column, values: Values) -> list[str | None]:
    if column.kind == "numerical":
        digits = 4 if column.decimals is None else max(column.decimals, 0)
        return [
            None if np.isnan(v) else f"{v:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{v:.0f}"
            for v in values
        ]
    whole = pa.array(np.where(np.isnan(values), 0, np.rint(values)).astype(np.int64), mask=np.isnan(values))
    kind = type_of(column.type)
    if is_span(kind):
        return spell(whole.cast(pa.duration("us")), column).cast(pa.string()).to_pylist()
    moments = whole.cast(pa.timestamp("us", getattr(kind, "tz", None)))
    return [None if text is None else text[:19] for text in moments.cast(pa.string()).to_pylist()]


def _edges(real: Values, column: Column) -> Values:
    """At most `BINS` + 1 edges; whole numbers get whole bins, so that no bin is empty by accident."""
    if not len(real):
        return np.array([0.0, 1.0])
    low, high = np.quantile(real, [_TAIL, 1 - _TAIL])
    least, most = real.min(), real.max()
    if most - least <= 2 * (high - low):  # short tails: show everything
        low, high = least, most
    if high <= low:
        low, high = least, most if most > least else least + 1
    if column.kind == "numerical" and column.decimals == 0:
        width = max(1.0, np.ceil((high - low + 1) / BINS))
        return np.arange(np.floor(low) - 0.5, high + width + 0.5, width)
    return np.linspace(low, high, BINS + 1)


def _bars(side: Side, parts: Sequence[str]) -> Histogram:
    last = len(side.labels)
    counts = {part: np.bincount(side[part], minlength=side.codes)[:last] for part in parts}
    order = np.argsort(-counts["real"], kind="stable")
    top = order if last <= BARS + 1 else order[:BARS]
    other = len(top) < last
    shares = {
        part: _shares(np.append(c[top], c.sum() - c[top].sum()) if other else c[top])
        for part, c in counts.items()
    }
    labels = [side.labels[i][:LONGEST] for i in top] + (["(other)"] if other else [])
    return Histogram(
        form="categories",
        edges=(),
        edge_labels=(),
        labels=tuple(labels),
        other=other,
        clipped=False,
        real=shares["real"],
        synth=shares["synth"],
        holdout=shares.get("holdout"),
    )


def _summary(side: Side, part: str) -> Summary:
    missing = side.missing(part)
    values = side[part][~missing]
    share = float(missing.mean()) if len(missing) else 0.0
    if not side.numeric or not len(values):
        return Summary(missing=share, distinct=len(np.unique(values)))
    shown = [values.min(), np.median(values), values.mean(), values.max()]
    timed = side.column.kind in ("datetime", "timedelta")
    seconds = 1e-6 if timed else 1.0
    return Summary(
        missing=share,
        distinct=len(np.unique(values)),
        least=float(shown[0] * seconds),
        median=float(shown[1] * seconds),
        mean=float(shown[2] * seconds),
        greatest=float(shown[3] * seconds),
        spread=float(values.std() * seconds),
        text=tuple(t or "" for t in spelled(side, shown)) if timed else (),
    )


def _counted(values: pa.ChunkedArray) -> Summary:
    array = one(values)
    return Summary(
        missing=array.null_count / max(len(array), 1),
        distinct=int(pc.count_distinct(array, mode="only_valid").as_py()) if len(array) else 0,
    )


def _shares(counts: Values) -> tuple[float, ...]:
    return tuple((counts / max(counts.sum(), 1)).tolist())


def _known(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else float(value)
