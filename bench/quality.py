"""One table through the product and the measures: fit on train.csv with the defaults, sample, score."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

import lookalike as la
from bench import measures

Values = dict[str, list[float]]


def measure(name: str, *, seeds: int = 5, canary_rows: int = 1_000_000, n_jobs: int = 1) -> Values:
    """Each figure of `goals.FIGURES`: one value per sampling seed, or a single one."""
    dataset = measures.load(name)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "synthetic.csv"
        model, seconds = fitted(measures.DATA / name / "train.csv", dataset.target)
        values: Values = {}
        for seed in range(seeds):
            note(f"{name}: seed {seed}")
            model.sample(len(dataset.train), seed=seed).to_csv(out)
            synth = dataset.typed(pd.read_csv(out, **reading(dataset)))
            for key, value in measures.all_figures(dataset, synth, seed=seed, n_jobs=n_jobs).items():
                values.setdefault(key, []).append(value)
        note(f"{name}: canaries")
        values["canaries"] = [canaries(dataset, Path(folder), canary_rows)]
    return values | {"fit_s": [seconds]}


def fitted(train: Path, target: str) -> tuple[la.verbs.TableModel, float]:
    """The model, and the median seconds of three fits of a table that is in memory, kernels compiled."""
    table = la.read(train, target=target)
    la.fit(table)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        model = la.fit(table)
        seconds.append(time.perf_counter() - start)
    return model, statistics.median(seconds)


def canaries(dataset: measures.Dataset, folder: Path, rows: int) -> int:
    """How many planted rows come out among ``rows`` sampled ones."""
    train, planted = measures.planted(dataset)
    train.to_csv(folder / "train.csv", index=False)
    out = folder / "canaries.csv"
    la.fit(la.read(folder / "train.csv", target=dataset.target)).sample(rows, seed=0).to_csv(out)
    seen: set[int] = set()
    for piece in pd.read_csv(out, chunksize=200_000, **reading(dataset)):
        keys = measures.row_keys(measures.stacked(planted, dataset.typed(piece)))
        seen |= set(keys[: len(planted)]) & set(keys[len(planted) :])
    return len(seen)


def reading(dataset: measures.Dataset) -> dict[str, object]:
    """How pandas reads what the product wrote: categories as text, in the spelling of the file."""
    return {"dtype": dict.fromkeys(dataset.meta["categorical"], str), "keep_default_na": False}


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
