"""What columns are taken for, and what is said about it."""

from __future__ import annotations

import csv
import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lookalike.errors import BadSchema
from lookalike.schema import Column, Schema
from lookalike.tables.infer import infer, infer_typed
from lookalike.tables.spell import spell

ADULT = Path(__file__).parents[2] / "examples" / "data" / "adult" / "train.csv"


def textual(**columns: list[str | None]) -> pa.Table:
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def column_of(cells: list[str | None], name: str = "c") -> Column:
    return infer(textual(**{name: cells}), textual=True)[0][name]


def notes_of(cells: list[str | None], name: str = "c") -> str:
    return " ".join(infer(textual(**{name: cells}), textual=True)[1])


def of_type(values: pa.Array, name: str = "c") -> tuple[Column, tuple[str, ...]]:
    schema, notes = infer(pa.table({name: values}), textual=False)
    return schema[name], notes


def test_adult_is_six_numbers_and_nine_categories_and_comes_back() -> None:
    with ADULT.open() as file:
        rows = list(csv.reader(file))
    table = pa.table({name: pa.array([row[i] for row in rows[1:]]) for i, name in enumerate(rows[0])})
    schema, found, notes = infer_typed(table, textual=True, target="income")
    kinds = {column.name: column.kind for column in schema}
    numbers = {"age", "fnlwgt", "education.num", "capital.gain", "capital.loss", "hours.per.week"}
    assert {name for name, kind in kinds.items() if kind == "numerical"} == numbers
    assert {name for name, kind in kinds.items() if kind == "categorical"} == set(kinds) - numbers
    assert schema.target == "income"
    assert notes == ()
    for column in schema:
        assert (
            spell(found[column.name], column).cast(pa.string()).to_pylist() == table[column.name].to_pylist()
        )


def test_a_question_mark_is_a_category_in_text_and_missing_among_numbers() -> None:
    assert column_of(["?", "Private", "State"] * 20).nulls is False
    assert column_of(["?", "1", "25"] * 20).nulls is True


def test_na_for_namibia_survives() -> None:
    schema, found, _ = infer_typed(textual(country=["NA", "DE", "FR"] * 10), textual=True)
    assert schema["country"].kind == "categorical"
    assert found["country"].to_pylist()[0] == "NA"


def test_a_column_that_only_spells_missing_values_stays_text() -> None:
    column = column_of(["NA", "?", "NA", "?"] * 5)
    assert (column.kind, column.nulls) == ("categorical", False)


def test_numbers_far_below_a_head_of_missing_values_are_found() -> None:
    column = column_of(["NA"] * 5000 + ["1", "7", "30"] * 3 + ["NA"] * 5000)
    assert (column.kind, column.type, column.null_text) == ("numerical", "int64", "NA")


def test_one_word_among_numbers_is_told_with_its_row_and_not_its_value() -> None:
    cells: list[str | None] = [str(i % 977) for i in range(9000)]
    cells[4321] = "unknown"
    notes = notes_of(cells)
    assert "row 4,322" in notes
    assert "unknown" not in notes
    assert column_of(cells).kind == "categorical"


def test_a_sample_with_a_few_words_among_numbers_gets_a_hint() -> None:
    cells: list[str | None] = [str(i) for i in range(100)] * 9 + ["unknown", "refused"] * 3
    assert "null_text" in notes_of(cells)


def test_infinities_are_missing_and_told() -> None:
    schema, found, notes = infer_typed(textual(x=["1.5", "inf", "-inf", "2.5"]), textual=True)
    assert schema["x"].kind == "numerical"
    assert found["x"].to_pylist() == [1.5, None, None, 2.5]
    assert "2 infinite" in notes[0]


@pytest.mark.parametrize("cell", ["0x1F", "1_000", "٣", "1e", "--1", "1-", "12e5x"])
def test_what_only_looks_like_a_number_is_text(cell: str) -> None:
    assert column_of([cell, cell, "1", "2"] * 5).kind == "categorical"


def test_a_plus_sign_is_read_and_its_loss_is_told() -> None:
    _, found, notes = infer_typed(textual(x=["+5", "-3", "12"]), textual=True)
    assert found["x"].to_pylist() == [5.0, -3.0, 12.0]
    assert "varied" in notes[0]


def test_integers_beyond_64_bits_are_text() -> None:
    assert "string" in column_of([str(10**25 + i) for i in range(9)] * 2).type


def test_mixed_decimals_keep_a_grid_although_a_few_cells_lie_off_it() -> None:
    cells: list[str | None] = [f"{i % 40}.0" for i in range(5000)] + ["12.444809"]
    column = column_of(cells)
    assert (column.decimals, column.fixed) == (0, False)


def test_steps_need_evidence_and_bear_a_stray_value() -> None:
    assert column_of([str(i * 10_000) for i in range(1, 60)] * 30 + ["327680"]).step == 10_000
    assert column_of(["10", "20"] * 20).step == 1
    assert column_of([f"{i * 5 / 100:.2f}" for i in range(100)] * 2).step == 5


@pytest.mark.parametrize(
    ("cells", "prefix", "suffix", "thousands", "mark", "numbers"),
    [
        (["$1,200.50", "-$3.00"], "$", "", ",", ".", [1200.5, -3.0]),
        (["1.200,50 €", "3,00 €"], "", " €", ".", ",", [1200.5, 3.0]),
        (["12%", "7%"], "", "%", "", ".", [12, 7]),
        (["1 200", "35"], "", "", " ", ".", [1200, 35]),
        (["1.200.000", "35"], "", "", ".", ".", [1_200_000, 35]),
        (["1,5", "22,75"], "", "", "", ",", [1.5, 22.75]),
        (["1,200", "35"], "", "", ",", ".", [1200, 35]),
    ],
)
def test_decorated_numbers(
    cells: list[str], prefix: str, suffix: str, thousands: str, mark: str, numbers: list[float]
) -> None:
    schema, found, _ = infer_typed(textual(c=[*cells, *cells]), textual=True)
    column = schema["c"]
    assert (column.prefix, column.suffix) == (prefix, suffix)
    assert (column.thousands, column.decimal_mark) == (thousands, mark)
    assert found["c"].to_pylist()[:2] == numbers


@pytest.mark.parametrize("cells", [["Q1", "Q2", "Q3"], ["A-1", "A-2", "B-1"], ["10.1.2", "1.2.3", "5.6.7"]])
def test_codes_with_digits_are_no_numbers(cells: list[str]) -> None:
    assert column_of([*cells] * 8).kind == "categorical"


def test_day_and_month_are_told_apart_by_evidence() -> None:
    assert column_of(["01/02/2020", "25/02/2020", "03/04/2020"]).format == "%d/%m/%Y"
    assert column_of(["01/02/2020", "02/25/2020", "03/04/2020"]).format == "%m/%d/%Y"


def test_ambiguous_dates_are_told() -> None:
    cells: list[str | None] = ["05/02/2020", "01/11/2021", "03/04/2020", "12/12/2019"]
    assert column_of(cells).format == "%m/%d/%Y"
    assert "can be read as" in notes_of(cells)
    dotted: list[str | None] = [c.replace("/", ".") for c in cells if c]
    assert column_of(dotted).format == "%d.%m.%Y"


def test_order_and_span_resolve_what_no_cell_decides() -> None:
    week: list[str | None] = [f"{day:02}/02/2020" for day in range(1, 11)]
    assert column_of(week).format == "%d/%m/%Y"


def test_a_day_above_twelve_far_down_is_enough() -> None:
    cells: list[str | None] = ["03/04/2020", "05/06/2021"] * 4000
    cells[5001] = "31/12/2020"
    assert column_of(cells).format == "%d/%m/%Y"


def test_eight_digits_are_dates_only_when_the_name_or_many_cells_say_so() -> None:
    few: list[str | None] = ["20200131", "20211201", "20190704", "20200131"]
    assert column_of(few, "amount").kind == "numerical"
    assert column_of(few, "order_date").kind == "datetime"
    assert column_of(["20209931", *few], "order_date").kind == "numerical"


def test_impossible_dates_are_text() -> None:
    assert column_of(["2020-02-30", "2020-01-01"] * 5).kind == "categorical"


def test_dates_spelled_in_varied_ways_are_dates_and_this_is_told() -> None:
    cells: list[str | None] = ["1/2/2020", "01/02/2020", "12/31/2021", "3/04/2020"]
    assert column_of(cells).kind == "datetime"
    assert "varied" in notes_of(cells)


def test_offsets_that_follow_a_zone_keep_it() -> None:
    cells: list[str | None] = [
        "2024-01-15T12:00:00+01:00",
        "2024-07-15T12:00:00+02:00",
        "2023-03-26T03:30:00+02:00",
    ]
    schema, found, notes = infer_typed(textual(t=cells), textual=True)
    assert schema["t"].zone == "Europe/Berlin"
    assert notes == ()
    assert spell(found["t"], schema["t"]).to_pylist() == cells


def test_offsets_of_no_known_zone_become_utc_and_this_is_told() -> None:
    cells: list[str | None] = ["2024-01-15T12:00:00+07:00", "2024-01-15T12:00:00-03:00"]
    schema, found, notes = infer_typed(textual(t=cells), textual=True)
    assert schema["t"].zone == "UTC"
    assert "UTC" in notes[0]
    assert spell(found["t"], schema["t"]).to_pylist()[0] == "2024-01-15T05:00:00+00:00"


@pytest.mark.parametrize(
    ("cells", "step_us"),
    [
        (["2020-01-01 00:00:00", "2020-03-01 00:00:00"], 86_400_000_000),
        (["2020-01-01 05:00:00", "2020-03-01 07:00:00"], 3_600_000_000),
        (["2020-01-01 05:00:01", "2020-03-01 07:00:00"], 1_000_000),
        (["2020-01-01 05:00:01.500", "2020-03-01 07:00:00.250"], 1_000),
    ],
)
def test_steps_of_dates(cells: list[str], step_us: int) -> None:
    assert column_of([*cells]).step_us == step_us


def test_zero_and_one_are_booleans_in_int64() -> None:
    column = column_of(["0", "1", "1", "0"])
    assert (column.kind, column.type, column.true_text, column.false_text) == ("boolean", "int64", "1", "0")


def test_a_rare_true_is_found() -> None:
    column = column_of(["False"] * 20_000 + ["True"])
    assert (column.kind, column.type) == ("boolean", "bool")


def test_three_spellings_of_two_truths_are_categories() -> None:
    assert column_of(["True", "TRUE", "false"] * 5).kind == "categorical"


def test_constants_know_their_value_and_type() -> None:
    assert column_of(["x"] * 5).value == "x"
    column = column_of(["1.50"] * 5)
    assert (column.kind, column.type, column.value, column.fixed) == ("constant", "double", "1.50", True)
    assert column_of(["x", None, "x"] * 9).kind == "categorical"


@pytest.mark.parametrize("cell", [".5", "+3", "1E-3", "$-5", "5.", "0.1111111111111111111111"])
def test_constants_in_an_odd_form_keep_it_as_text(cell: str) -> None:
    column = column_of([cell] * 5)
    assert (column.kind, column.type, column.value) == ("constant", "string", cell)


def test_an_empty_column_is_null() -> None:
    column = column_of([None] * 4)
    assert (column.kind, column.type, column.nulls) == ("null", "null", True)


# Ids


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("order_id", [10248 + i * 7 for i in range(40)]),
        ("customerNo", [500 - i * 3 for i in range(40)]),
        ("n", list(range(1, 9))),
        ("whatever", [int(i) for i in np.random.default_rng(0).permutation(80) + 1000]),
    ],
)
def test_integers_that_are_ids(name: str, cells: list[int]) -> None:
    assert column_of([str(cell) for cell in cells], name).kind == "id"


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("year", list(range(1960, 2020))),
        ("salary", [31_000, 52_500, 47_250, 88_000, 61_300]),
        ("order_id", [1, 1, 2, 3]),
        ("id", [3, -4, 9]),
    ],
)
def test_integers_that_are_no_ids(name: str, cells: list[int]) -> None:
    assert column_of([str(cell) for cell in cells], name).kind == "numerical"


def test_a_float_is_never_an_id() -> None:
    assert column_of([f"{i}.5" for i in range(100)], "id").kind == "numerical"


def test_an_id_with_missing_values_is_none() -> None:
    assert column_of(["1", "2", None, "4"], "id").kind == "numerical"


def test_text_ids_have_a_pattern() -> None:
    column = column_of([f"C-{i:05}" for i in range(7, 90, 2)], "customer")
    assert column.kind == "id"
    assert column.pattern is not None
    assert column.pattern.startswith("C-")
    uuids = [str(uuid.UUID(int=i * 7919**9 % 2**128, version=4)) for i in range(1, 60)]
    assert column_of([*uuids], "key").kind == "id"


def test_a_target_is_a_number_even_when_it_could_be_an_id() -> None:
    table = textual(rank=[str(i) for i in range(60)], x=["a", "b"] * 30)
    assert infer(table, textual=True, target="rank")[0]["rank"].kind == "numerical"


def test_a_target_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadSchema, match="incme"):
        infer(textual(a=["1", "2"]), textual=True, target="incme")


# Strings


def test_many_codes_in_many_rows_are_categories() -> None:
    random = np.random.default_rng(0)
    cells = [f"K{i}" for i in random.integers(0, 4000, 60_000)]
    assert column_of([*cells], "code").kind == "categorical"


def test_names_are_made_up_and_say_so() -> None:
    firsts = ["Anna", "Peter", "Maria", "John", "Lucia", "Paul", "Emma", "David"]
    lasts = ["Smith", "Meyer", "Rossi", "Garcia", "Dubois", "Novak", "Berg", "Silva"]
    cells: list[str | None] = [f"{a} {b}" for a in firsts for b in lasts]
    column = column_of(cells, "customer_name")
    assert (column.kind, column.action, column.content) == ("text", "fake", "name")
    assert "personal data" in notes_of(cells, "customer_name")


def test_cards_in_digits_are_personal_text() -> None:
    cells = [luhn(f"4{i:014}") for i in range(1000, 1100)]
    column = column_of([*cells], "card_number")
    assert (column.kind, column.type, column.content) == ("text", "string", "card")


def luhn(digits: str) -> str:
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(digits + "0"), 1)]
    doubled = [int(d) * (1 if i % 2 else 2) for i, d in enumerate(reversed(digits + "0"), 1)]
    total = sum(d - 9 if d > 9 else d for d in doubled)
    return digits + str(-total % 10)


def test_free_text_is_made_up() -> None:
    cells: list[str | None] = [f"the quick brown fox number {i} jumps over the lazy dogs" for i in range(50)]
    column = column_of(cells, "remarks")
    assert (column.kind, column.action) == ("text", "fake")


# Types


@pytest.mark.parametrize(
    ("values", "kind", "type_name"),
    [
        (pa.array([1, 2, 500], pa.int16()), "numerical", "int16"),
        (pa.array([1, 2, None], pa.uint8()), "numerical", "uint8"),
        (pa.array([1.5, 2.25, None], pa.float32()), "numerical", "float"),
        (pa.array([Decimal("1.50"), Decimal("2.25")]), "numerical", "decimal128(3, 2)"),
        (pa.array([True, False, None]), "boolean", "bool"),
        (pa.array([0, 1, 1], pa.int8()), "boolean", "int8"),
        (pa.array(["a", "b", "a", "b"]), "categorical", "string"),
        (pa.array(["a", "b", "a", "b"], pa.large_string()), "categorical", "large_string"),
        (
            pa.array(["a", "b", "a"]).dictionary_encode(),
            "categorical",
            "dictionary<values=string, indices=int32, ordered=0>",
        ),
        (pa.array([dt.date(2020, 1, 1), dt.date(2021, 1, 1)]), "datetime", "date32[day]"),
        (pa.array([0, 3_600_000], pa.timestamp("ms")), "datetime", "timestamp[ms]"),
        (pa.array([0, 10**9 + 1], pa.timestamp("ns", tz="UTC")), "datetime", "timestamp[ns, tz=UTC]"),
        (pa.array([5, 65], pa.duration("s")), "timedelta", "duration[s]"),
        (pa.array([5, 65], pa.time32("s")), "timedelta", "time32[s]"),
        (pa.array([None, None], pa.int64()), "null", "int64"),
        (pa.nulls(2), "null", "null"),
        (pa.array([7, 7, 7]), "constant", "int64"),
    ],
)
def test_types_are_kept(values: pa.Array, kind: str, type_name: str) -> None:
    column, notes = of_type(values)
    assert (column.kind, column.type) == (kind, type_name)
    assert notes == ()


@pytest.mark.parametrize(
    "values",
    [pa.array([[1], [2, 3]]), pa.array([{"a": 1}, {"a": 2}]), pa.array([b"a", b"b"]), pa.array([[b"x"]])],
)
def test_lists_structs_and_bytes_are_left_out_with_a_note(values: pa.Array) -> None:
    table = pa.table({"x": values, "y": pa.array(range(len(values)))})
    schema, found, notes = infer_typed(table, textual=False)
    assert schema["x"].action == "drop"
    assert found.column_names == ["y"]
    assert "left out" in notes[0]


def test_nan_is_missing_in_a_typed_table() -> None:
    schema, found, _ = infer_typed(pa.table({"x": pa.array([1.0, float("nan"), 2.5])}), textual=False)
    assert schema["x"].nulls
    assert found["x"].null_count == 1


def test_strings_that_are_dates_become_dates_with_a_note() -> None:
    column, notes = of_type(pa.array(["2020-01-31", "2021-12-01", "2020-06-05"]))
    assert (column.kind, column.type, column.format) == ("datetime", "date32[day]", "%Y-%m-%d")
    assert "dates" in notes[0]


def test_zones_of_types_are_kept() -> None:
    column, _ = of_type(pa.array([0, 10**12], pa.timestamp("us", tz="Europe/Berlin")))
    assert column.zone == "Europe/Berlin"


def test_decimals_of_floats_are_found() -> None:
    random = np.random.default_rng(0)
    assert of_type(pa.array(np.round(random.normal(0, 9, 500), 2)))[0].decimals == 2
    assert of_type(pa.array(random.normal(0, 9, 500)))[0].decimals is None
    assert of_type(pa.array(np.round(random.normal(0, 900, 500))))[0].decimals == 0


def test_inference_is_the_same_on_one_thread_and_many_and_on_chunks() -> None:
    random = np.random.default_rng(1)
    cells: dict[str, Any] = {
        f"c{i}": [str(x) for x in random.integers(0, 10**i, 20_000)] for i in range(1, 8)
    }
    whole = pa.table({name: pa.array(column, pa.string()) for name, column in cells.items()})
    pieces = pa.concat_tables([whole.slice(0, 7), whole.slice(7, 12_345), whole.slice(12_352)])
    schema, notes = infer(whole, textual=True)
    assert infer(pieces, textual=True) == (schema, notes)
    alone = [infer(whole.select([name]), textual=True)[0][name] for name in whole.column_names]
    assert Schema(tuple(alone)) == schema


def test_what_a_column_was_tried_as_is_not_told_when_it_is_something_else() -> None:
    dates: list[str | None] = [
        f"{day:02d}.{month:02d}.2019" for month in range(1, 13) for day in range(1, 28)
    ]
    assert column_of(dates).kind == "datetime"
    assert notes_of(dates) == ""


def test_labels_that_come_once_each_are_no_ids() -> None:
    """A sample would have no more rows than there are letters."""
    letters: list[str | None] = [chr(97 + i) for i in range(20)]
    column = column_of(letters, "letter")
    assert (column.kind, column.content, column.pattern) == ("text", "words", None)
    assert column_of(letters, "seat_id").kind == "id"
    states: list[str | None] = [f"{a}{b}" for a in "ACKMNOW" for b in "ALRVYZ"]
    assert (column_of(states, "state").kind, column_of(states, "state").pattern) == ("text", "{AA}")
