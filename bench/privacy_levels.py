"""What each ``--privacy`` level costs, as a Markdown table: ``python -m bench.privacy_levels [TABLE ...]``.

Default settings but for the level, fit on train.csv, means of two sampling seeds, by `bench.measures`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

import pandas as pd

import lookalike as la
from bench import measures
from bench.quality import note, reading

LEVELS = ("standard", "careful", "strict")
SHOWN = {
    "detection": "{:.3f}",
    "trend_shared": "{:.2%}",
    "triples": "{:.2%}",
    "utility": "{:.4f}",
    "nearer": "{:.3f}",
    "copies": "{:.2%}",
}
SEEDS = 2


def main() -> None:
    tables = sys.argv[1:] or ["adult", "default", "magic"]
    print(f"| table | level | {' | '.join(SHOWN)} |")
    print("|---" * (len(SHOWN) + 2) + "|")
    for table in tables:
        for level in LEVELS:
            note(f"{table}: {level}")
            found = level_figures(table, level)
            cells = [shown.format(found[key]) for key, shown in SHOWN.items()]
            print(f"| {table} | {level} | {' | '.join(cells)} |", flush=True)


def level_figures(table: str, level: la.verbs.Privacy) -> dict[str, float]:
    """The figures of `SHOWN`, means over the seeds."""
    dataset = measures.load(table)
    model = la.fit(measures.DATA / table / "train.csv", dataset.target, privacy=level)
    found: list[measures.Figures] = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "synthetic.csv"
        for seed in range(SEEDS):
            model.sample(len(dataset.train), seed=seed).to_csv(out)
            synth = dataset.typed(pd.read_csv(out, **reading(dataset)))
            found.append(
                measures.fast_figures(dataset, synth, seed=seed)
                | {"triples": measures.triples_error(dataset.train, synth)}
            )
    return {key: statistics.mean(figures[key] for figures in found) for key in SHOWN}


if __name__ == "__main__":
    main()
