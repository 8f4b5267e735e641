"""Makes the golden model and rows of the current stream version: ``python tests/golden/make.py``.

To be run only while a stream version has not been released. Afterwards its files stay as they are for as long
as the version is supported: a change of rows needs a new `STREAM_VERSION`, and files of its own beside these.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import pyarrow as pa  # noqa: E402

import lookalike as la  # noqa: E402
from lookalike.randomness import STREAM_VERSION  # noqa: E402
from lookalike.tables.canonical import block_hash  # noqa: E402
from variety import every_kind  # noqa: E402

SPECS: dict[str, dict[str, Any]] = {
    "plain": {},
    "seed": {"seed": 2**63 - 1},
    "where": {"where": {"income": ">50K", "age": "30..60"}},
    "share": {"shares": {"income": {">50K": 0.3}, "city": {"Ulm": 0.1, "Bonn": 0.25}}},
    "balance": {"balance": "agreed"},
}
STARTS = (0, 1_234_567)
ROWS = 500
SHOWN = 3


def drawn(model: la.TableModel, spec: str, start: int) -> pa.RecordBatch:
    (batch,) = model.sample(ROWS, start=start, **SPECS[spec]).to_arrow().combine_chunks().to_batches()
    return batch


def rows(model: la.TableModel) -> dict[str, Any]:
    """The canonical hash of `ROWS` rows for each spec and start, and the first cells as text."""
    found: dict[str, Any] = {}
    for spec in SPECS:
        for start in STARTS:
            batch = drawn(model, spec, start)
            cells = [{k: str(v) for k, v in row.items()} for row in batch.slice(0, SHOWN).to_pylist()]
            found[f"{spec} from {start}"] = {"sha256": block_hash(batch).hex(), "cells": cells}
    return found


if __name__ == "__main__":
    for name in ("trees", "independent"):
        made = la.fit(every_kind(1_000), "income", model=name)
        stem = HERE / f"stream-{STREAM_VERSION}-{name}"
        made.save(stem.with_suffix(".lal"))
        told = {"model": made.hash, "rows": rows(made)}
        stem.with_suffix(".json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
