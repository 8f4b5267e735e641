"""The schema as YAML: what is written, what is read, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.errors import BadSchema, CannotWrite
from lookalike.schema import Column, Schema
from lookalike.tables.infer import infer_typed
from lookalike.tables.personal import CONTENTS
from lookalike.tables.schema_file import read_schema, schema_of_text, schema_text, write_schema

words = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)
columns = st.builds(
    Column,
    name=words,
    kind=st.just("categorical"),
    type=st.just("string"),
    nulls=st.booleans(),
    null_text=words,
    prefix=words,
    true_text=words,
    value=st.none() | words,
    content=st.none() | st.sampled_from(CONTENTS),
    decimals=st.none() | st.integers(0, 15),
    step_us=st.none() | st.integers(1, 10**12),
    low=st.none()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.just("2020-01-01"),
)


@given(st.lists(columns, max_size=6, unique_by=lambda column: column.name))
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_every_schema_survives_its_file(found: list[Column]) -> None:
    schema = Schema(tuple(found))
    assert schema_of_text(schema_text(schema)) == schema


def people() -> tuple[Schema, pa.Table]:
    rows = 60
    table = pa.table(
        {
            "id": [f"P-{i:04}" for i in range(rows)],
            "email": [f"person{i}@example.org" for i in range(rows)],
            "age": [str(20 + i % 40) for i in range(rows)],
            "pay": [None if i % 4 == 0 else f"{i * 10.5:.2f}" for i in range(rows)],
            "city # 1": ["Oslo", "Bergen: west"] * 30,
            "born": [f"2000-01-{1 + i % 28:02}" for i in range(rows)],
            "spent": [f"00:{i:02}:00" for i in range(rows)],
            "member": ["yes", "no"] * 30,
            "empty": pa.array([None] * rows, pa.string()),
        }
    )
    schema, found, _ = infer_typed(table, textual=True, target="member")
    return schema, found


def test_comments_say_what_was_seen() -> None:
    schema, found = people()
    text = schema_text(schema, found)
    assert "name: age  # 20 … 59, 40 different" in text
    assert "25% missing" in text
    assert "# 2000-01-01 … 2000-01-28" in text
    assert "# 00:00:00 … 00:59:00" in text
    assert "2 different: " in text
    assert "Oslo" in text
    assert "name: empty  # no values" in text


def test_comments_show_no_ids_texts_or_personal_data() -> None:
    schema, found = people()
    text = schema_text(schema, found)
    assert schema["email"].content == "email"
    assert "person" not in text.replace("personal", "")
    assert "P-00" not in text.replace("P-{00", "")


def test_comments_do_not_change_what_is_read() -> None:
    schema, found = people()
    assert schema_of_text(schema_text(schema, found)) == schema


def test_a_category_with_line_breaks_stays_inside_its_comment() -> None:
    table = pa.table({"c": ["a\n- name: x", "b\r\nversion: 9\u2028", "a\n- name: x"] * 20})
    schema, found, _ = infer_typed(table, textual=True)
    assert schema_of_text(schema_text(schema, found)) == schema


def test_it_is_written_to_paths_and_streams(tmp_path: Path) -> None:
    schema, found = people()
    stream = io.StringIO()
    write_schema(schema, found, stream)
    write_schema(schema, found, tmp_path / "s.yaml")
    assert (tmp_path / "s.yaml").read_text("utf-8") == stream.getvalue()
    assert read_schema(tmp_path / "s.yaml") == schema


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite):
        write_schema(people()[0], None, tmp_path / "none" / "s.yaml")


def test_scalars_are_read_by_their_field() -> None:
    schema = schema_of_text(
        """
        version: 1
        columns:
          - {name: yes, kind: boolean, type: string, true_text: yes, false_text: no, nulls: true}
          - {name: 12, kind: numerical, type: double, low: 1e3, high: 2000, decimals: 2, null_text: NA}
          - {name: day, kind: datetime, type: "date32[day]", low: 2020-01-01, format: "%d.%m.%Y", role: }
          - {name: at, kind: constant, type: string, value: 08:30}
          - {name: half, kind: constant, type: string, value: 1.50, role: null}
        """
    )
    yes, number, day, at, half = schema
    assert (yes.name, yes.true_text, yes.false_text, yes.nulls) == ("yes", "yes", "no", True)
    assert (number.name, number.low, number.high, number.null_text) == ("12", 1000.0, 2000, "NA")
    assert (day.low, day.role) == ("2020-01-01", None)
    assert (at.value, half.value) == ("08:30", "1.50")


def edited(**fields: Any) -> str:
    entry = {"name": "c", "kind": "numerical", "type": "int64", **fields}
    return "version: 1\ncolumns:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in entry.items())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "numeric"}, "'kind'"),
        ({"type": "integer"}, "'type'"),
        ({"type": "string"}, "numerical column cannot be string"),
        ({"kind": "datetime"}, "datetime column cannot be int64"),
        ({"kind": "datetime", "type": "date32[day]", "format": "'%Q'"}, "'format'"),
        ({"kind": "timedelta", "type": "duration[us]", "format": "'%Y %H:%M'"}, "'format'"),
        ({"kind": "id", "type": "double"}, "id column"),
        ({"kind": "id", "type": "string", "pattern": "'{nonsense'"}, "'pattern'"),
        ({"kind": "boolean", "type": "bool", "true_text": "x", "false_text": "x"}, "'true_text'"),
        ({"low": "5", "high": "3"}, "'low'"),
        ({"step": "two"}, "'step'"),
        ({"nulls": "perhaps"}, "'nulls'"),
        ({"colour": "red"}, "'colour'"),
    ],
)
def test_wrong_fields_are_told_with_file_and_column(
    fields: dict[str, str], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(edited(**fields))
    with pytest.raises(BadSchema, match=said) as caught:
        read_schema(path)
    assert (caught.value.file, caught.value.column) == (str(path), "c")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns: [", "line"),
        ("a: b: c", "line 1"),
        ("", "columns"),
        ("- 1", "columns"),
        ("\x00", "YAML"),
        ("columns: !!python/object:os.system x", "YAML"),
        ("[" * 5000, "YAML"),
    ],
)
def test_what_is_no_schema_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadSchema, match=said):
        schema_of_text(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadSchema):
        schema_of_text(b"\xff\xfe\x00\xd8\x80")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSchema, match="cannot be read"):
        read_schema(tmp_path / "none.yaml")
