"""A table goes in, a million rows that behave like it come out, in one process: `make demo-library`.

python examples/library.py [--train TABLE] [--target COLUMN] [--rows N] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.text import Text

import lookalike as la
from lookalike.errors import LookalikeError
from lookalike.quality.summary import answer, scores
from showing import Steps, cell, megabytes, shortest, side_by_side

ADULT = Path(__file__).parent / "data" / "adult" / "train.csv"
SHOWN_ROWS = 5
CHECKED_ROWS = 30_000
SEED = 7


def main() -> None:
    ask = argparse.ArgumentParser(description="Fit a table and sample a million rows from it.")
    ask.add_argument("--train", type=Path, default=ADULT)
    ask.add_argument("--target", default=None)
    ask.add_argument("--rows", type=int, default=1_000_000)
    ask.add_argument("--out", type=Path, default=Path("out"))
    said = ask.parse_args()
    target = said.target or ("income" if said.train == ADULT else None)
    console = Console(highlight=False)
    try:
        run(console, said.train, target, said.rows, said.out)
    except LookalikeError as error:
        console.print(Text(f"{error.message} {error.hint or ''}", style="red"))
        raise SystemExit(error.exit_status) from error


def run(console: Console, train: Path, target: str | None, rows: int, out: Path) -> None:
    """The whole job: read, set a tenth aside, fit, save, sample twice, check against the tenth, and tell."""
    out.mkdir(parents=True, exist_ok=True)
    stem = train.parent.name if train == ADULT else train.name.partition(".")[0]
    console.print(f"\n[bold]Lookalike[/] learns {shortest(train)} and makes {rows:,} rows like it.\n")
    steps = Steps(console)
    table = steps.run("read", lambda watch: la.read(train, target=target, watch=watch))
    learned, unseen = la.set_aside(table)
    model = steps.run("fit", lambda watch: la.fit(table, holdout="auto", watch=watch))
    model_path = steps.run("save the model", lambda _: model.save(out / f"{stem}.lal"))
    sample = model.sample(rows, seed=SEED)
    parquet, csv = out / f"{stem}.parquet", out / f"{stem}.csv"
    written = {
        "write Parquet": steps.run("write Parquet", lambda watch: sample.to_parquet(parquet, watch=watch)),
        "write CSV": steps.run("write CSV", lambda watch: sample.to_csv(csv, watch=watch)),
    }
    few = model.sample(min(rows, CHECKED_ROWS), seed=SEED)  # the first rows of both files
    check = steps.run("check", lambda watch: la.check(learned, few, holdout=unseen, watch=watch))
    report = check.save(out / f"{stem}.html")
    made = model.sample(SHOWN_ROWS, seed=SEED).to_arrow()
    real = table.arrow.slice(0, SHOWN_ROWS)
    console.print(f"\n[bold]{SHOWN_ROWS} rows of the real table, {SHOWN_ROWS} of the made one[/]\n")
    console.print(side_by_side(real.column_names, texts(real), texts(made), console.width))
    console.print()
    for line in files(steps, written, model, model_path):
        console.print(line, soft_wrap=True)
    console.print(f"\n[bold]{len(few):,} made rows beside {len(unseen):,} real ones that were held back[/]\n")
    verdict = check.gate()
    for line in (*scores(check.data.scores), "", *answer(verdict)):
        console.print(Text(line), soft_wrap=True)
    console.print(f"The figures behind this, in pictures: [bold]{report}[/]", soft_wrap=True)
    command = shortest(Path(sys.executable).with_name("lookalike"))
    about = f"fitted on {len(learned):,} rows of {len(table.schema)} columns; it holds no row and no code"
    console.print(f"\n{model_path} was {about}. To go on:\n", soft_wrap=True)
    for line in (
        f"{command} inspect {model_path}",
        f"{command} sample {model_path} -n {rows} --seed {SEED} -o again.parquet  # the same file again",
        *(
            [f"{command} sample {model_path} -n 1000 --where age=30..40 -o thirties.csv"]
            if train == ADULT
            else []
        ),
    ):
        console.print(f"  [bold]{line}[/]", soft_wrap=True)
    console.print()


def texts(table: pa.Table) -> list[list[str]]:
    return [[cell(value) for value in row.values()] for row in table.to_pylist()]


def files(steps: Steps, written: dict[str, Any], model: Any, model_path: Path) -> list[str]:
    """What was made, two lines each: path, size and speed; SHA-256."""
    lines: list[str] = []
    for step, one in written.items():
        speed = f"{one.rows / steps.seconds[step]:,.0f} rows/s"
        lines.append(f"{one.path:<22}{megabytes(one.size_bytes):>10}   {one.rows:,} rows, {speed}")
        lines.append(f"  SHA-256 {one.sha256}")
    lines.append(f"{model_path!s:<22}{megabytes(model_path.stat().st_size):>10}   the model")
    lines.append(f"  SHA-256 {model.hash} (of what determines its rows)")
    return lines


if __name__ == "__main__":
    main()
