"""Score synthetic tables made by any tool: ``python -m bench.score TABLE SYNTH... [--fast] [--threads N]``.

TABLE is one of the five benchmark tables; each SYNTH is a CSV or Parquet file with its columns.
Prints one JSON object per file.
"""

from __future__ import annotations

import argparse
import json

import pandas as pd

from bench import measures


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.score", description=__doc__)
    parser.add_argument("table", choices=measures.TABLES)
    parser.add_argument("synth", nargs="+")
    parser.add_argument("--fast", action="store_true", help="leave out triples and nearest distances")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    dataset = measures.load(arguments.table)
    measure = measures.fast_figures if arguments.fast else measures.all_figures
    text = dict.fromkeys(dataset.meta["categorical"], str)
    for path in arguments.synth:
        if path.endswith(".parquet"):
            frame = pd.read_parquet(path)
        else:
            frame = pd.read_csv(path, dtype=text, keep_default_na=False)
        figures = measure(dataset, dataset.typed(frame), n_jobs=arguments.threads)
        print(json.dumps({"file": path} | {name: round(value, 5) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
