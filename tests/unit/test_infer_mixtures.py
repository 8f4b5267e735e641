"""Cells of many forms thrown together: inference never breaks, and never loses a cell without a word."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from lookalike.tables.infer import infer_typed
from lookalike.tables.schema_file import schema_of_text, schema_text
from lookalike.tables.spell import spell
from lookalike.tables.typed import typed

# neighbours are of one family
CELLS: list[str | None] = [
    *(
        "1",
        "2",
        "0",
        "-1",
        "-0",
        "007",
        "1.5",
        "1.50",
        ".5",
        "5.",
        "1e5",
        "1E-3",
        "+3",
        "1.0",
        "0.0",
        "0.00001",
    ),
    *(
        "1,200",
        "1.200",
        "1.200,50",
        "1 000",
        "1'000",
        "1\u202f000",
        "1,,2",
        "1,2,3",
        "1..2",
        "--5",
        "5-",
        "1e",
    ),
    *(
        "$5",
        "$-5",
        "-$5",
        "€ 5",
        "5€",
        "CHF 5",
        "5%",
        "5 kg",
        " 5",
        "5 ",
        "\t5",
        "\u00a05",
        "0x10",
        "5²",
        "½",
    ),
    *(
        "٥",
        "１２",
        "1" * 30,
        "0." + "1" * 30,
        "1e-320",
        "1e400",
        "9223372036854775808",
        "-9223372036854775808",
    ),
    *("2020-01-01", "2020-1-1", "01/02/2020", "31/12/2020", "12/31/20", "20200101", "2020-01", "1-1-1"),
    *("2020-01-01 10:00", "2020-01-01T10:00:00Z", "2020-01-01T10:00:00+02:00", "2020-01-01T10:00:00.5Z"),
    *("Jan 5, 2020", "5 Jan 2020", "5-JAN-20", "Mon, 06 Jan 2020", "May 5, 2020", "2020-13-01", "9999-12-31"),
    *("12:30", "12:30:45", "1:2", "0:00", "24:00:00", "-10:00", "10:00 PM", "13:00 PM", "1 days 10:00:00"),
    *(
        "true",
        "False",
        "TRUE",
        "yes",
        "no",
        "Y",
        "t",
        "abc",
        "a b c",
        "a@b.co",
        "x",
        "\x00",
        "\ud7ff",
        "Z",
        "T",
    ),
    *("NA", "null", "", "-", "?", "nan", "inf", "-inf", None),
]


def mixture(chance: random.Random) -> list[str | None]:
    start = chance.randrange(len(CELLS) - 5)
    few = [chance.choice(CELLS[start : start + 5]) for _ in range(chance.randint(1, 4))]
    few += [chance.choice(CELLS) for _ in range(chance.choice([0, 0, 1]))]
    few += [chance.choice(CELLS[-9:]) for _ in range(chance.choice([0, 0, 1]))]
    cells = [chance.choice(few) for _ in range(chance.choice([1, 2, 3, 8, 30]))]
    return cells if chance.random() > 0.02 else [*cells * 1500, chance.choice(CELLS)]


def check(cells: list[str | None], name: str) -> None:
    schema, found, notes = infer_typed(pa.table({name: pa.array(cells, pa.string())}), textual=True)
    column = schema[name]
    assert typed(pa.table({name: pa.array(cells, pa.string())}), schema, textual=True).equals(found)
    assert schema_of_text(schema_text(schema, found)) == schema
    texts = spell(found[name], column).cast(pa.string()).to_pylist()
    texts = [column.null_text or None if text is None else text for text in texts]
    again = typed(pa.table({name: pa.array(texts, pa.string())}), schema, textual=True)
    assert again.equals(found)
    if not notes:
        plain = column.kind in ("numerical", "datetime", "timedelta", "boolean")
        assert texts == [cell or None if plain else cell for cell in cells]


@pytest.mark.parametrize("seed", range(4))
def test_no_mixture_of_cells_breaks_inference(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(400):
        check(mixture(chance), chance.choice(["x", "x", "date"]))


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(100, 120))
def test_no_mixture_of_cells_breaks_inference_at_length(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(4000):
        check(mixture(chance), chance.choice(["x", "x", "date"]))
