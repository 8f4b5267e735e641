"""A file in, rows of a model out: every column comes out in the form it came in, in each format."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest

import lookalike as la
from lookalike.tables.blocks import TableBlocks
from lookalike.tables.write import write

ROWS = 3_000
DICE = np.random.default_rng(4)


def whole(low: int, high: int) -> list[int]:
    return DICE.integers(low, high, ROWS).tolist()


def amounts() -> list[float]:
    return DICE.gamma(2, 5_000, ROWS).round(2).tolist()


def moments(form: str) -> list[str]:
    start = dt.datetime(2019, 1, 1)
    ticks = zip(whole(0, 3_000), whole(0, 86_400), strict=True)
    return [(start + dt.timedelta(days=days, seconds=seconds)).strftime(form) for days, seconds in ticks]


def some(*cells: str) -> list[str]:
    return DICE.choice(cells, ROWS).tolist()


FORMS: dict[str, list[str]] = {
    "integer": [str(x) for x in whole(-50, 5_000)],
    "integer or nothing": ["" if x < 90 else str(x) for x in whole(0, 900)],
    "integer or NA": ["NA" if x < 90 else str(x) for x in whole(0, 900)],
    "two decimals": [f"{x:.2f}" for x in amounts()],
    "as many as needed": [repr(x) for x in amounts()],
    "real": [repr(x) for x in DICE.normal(size=ROWS).tolist()],
    "exponent": [f"{x:.3e}" for x in amounts()],
    "dollars": [f"${x:,.2f}" for x in amounts()],
    "euros": [f"{x:.2f} €".replace(".", ",") for x in amounts()],
    "per cent": [f"{x}%" for x in whole(0, 100)],
    "leading zeros": some(*(f"{x:05d}" for x in range(17, 99_999, 1_700))),
    "True": some("True", "False"),
    "TRUE": some("TRUE", "FALSE"),
    "yes": some("yes", "no"),
    "1": some("0", "1"),
    "True or nothing": some("True", "False", ""),
    "iso date": moments("%Y-%m-%d"),
    "us date": moments("%m/%d/%Y"),
    "dotted date": moments("%d.%m.%Y"),
    "iso moment": moments("%Y-%m-%dT%H:%M:%S"),
    "minutes": moments("%Y-%m-%d %H:%M"),
    "utc": moments("%Y-%m-%dT%H:%M:%SZ"),
    "offset": moments("%Y-%m-%dT%H:%M:%S+02:00"),
    "named month": moments("%d %b %Y"),
    "digits": moments("%Y%m%d"),
    "time of day": moments("%H:%M:%S"),
    "month": moments("%Y-%m"),
    "needs quotes": some("x, y", 'say "hi"', "plain"),
    "constant": ["k"] * ROWS,
    "constant number": ["1.50"] * ROWS,
    "nothing": [""] * ROWS,
    "order id": [f"ORD-{x:07d}" for x in DICE.permutation(ROWS * 3)[:ROWS].tolist()],
}  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> la.Table:
    path = tmp_path_factory.mktemp("forms") / "forms.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(FORMS)
        out.writerows(zip(*FORMS.values(), strict=True))
    return la.read(path)


@pytest.fixture(scope="module", params=["trees", "independent"])
def model(request: pytest.FixtureRequest, table: la.Table) -> la.TableModel:
    return la.fit(table, model=request.param)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.csv.gz", "a.csv.zst"])
def test_a_table_that_is_read_and_written_has_every_cell_as_it_was(
    table: la.Table, tmp_path: Path, name: str
) -> None:
    write(TableBlocks(table.arrow), tmp_path / name, schema=table.schema)
    again = la.read(tmp_path / name)
    assert again.schema == table.schema
    assert again.arrow.equals(table.arrow)
    if name == "a.csv":
        with (tmp_path / name).open(newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == list(FORMS)
        assert rows[1:] == [list(row) for row in zip(*FORMS.values(), strict=True)]


@pytest.mark.parametrize("ending", ["csv", "tsv.gz"])
def test_rows_of_a_model_in_text_are_read_as_the_table_was(
    model: la.TableModel, tmp_path: Path, ending: str
) -> None:
    model.sample(ROWS, seed=1).write(tmp_path / f"a.{ending}")
    found = la.read(tmp_path / f"a.{ending}").schema
    for column in model.schema:
        assert found[column.name] == column


def test_rows_of_a_model_in_parquet_have_the_types_of_the_table(model: la.TableModel, tmp_path: Path) -> None:
    model.sample(ROWS, seed=1).to_parquet(tmp_path / "a.parquet")
    found = la.read(tmp_path / "a.parquet").schema
    for column in model.schema:
        assert found[column.name].type == column.type, column.name
        assert found[column.name].step_us == column.step_us, column.name
    model.sample(ROWS, seed=1).to_csv(tmp_path / "a.csv")
    in_text, typed = (la.read(tmp_path / f"a.{ending}", schema=model.schema) for ending in ("csv", "parquet"))
    for name in set(model.schema.names) - {"exponent"}:  # which has no grid, and shows four digits in text
        assert typed.arrow[name].to_pylist() == in_text.arrow[name].to_pylist(), name


def test_rows_of_a_model_in_json_lines_are_the_rows_in_text(model: la.TableModel, tmp_path: Path) -> None:
    """Values that JSON knows are of its types; all others stand as they do in CSV."""
    model.sample(ROWS, seed=1).to_jsonl(tmp_path / "a.jsonl")
    model.sample(ROWS, seed=1).to_csv(tmp_path / "a.csv")
    schema = model.schema
    for name in schema.names:
        schema = schema.replace(name, null_text="")  # JSON has null itself
    found = la.read(tmp_path / "a.jsonl", schema=schema)
    expected = la.read(tmp_path / "a.csv", schema=model.schema)
    for name in set(schema.names) - {"exponent"}:
        assert found.arrow[name].to_pylist() == expected.arrow[name].to_pylist(), name
