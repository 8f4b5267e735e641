"""The schema as plain data."""

from __future__ import annotations

from typing import Any

import pytest

from lookalike.errors import BadSchema
from lookalike.schema import SCHEMA_VERSION, Column, Schema

AGE = Column(name="age", kind="numerical", type="int64", decimals=0)
SEX = Column(name="sex", kind="categorical", type="string")


def test_it_survives_its_dictionary() -> None:
    schema = Schema((AGE, SEX)).with_target("sex")
    assert Schema.of_dict(schema.to_dict()) == schema


def test_only_what_differs_from_the_defaults_is_shown() -> None:
    assert SEX.to_dict() == {"name": "sex", "kind": "categorical", "type": "string"}


def test_the_hash_depends_on_every_field() -> None:
    plain = Schema((AGE, SEX))
    assert plain.sha256() == Schema((AGE, SEX)).sha256()
    assert plain.sha256() != plain.replace("age", nulls=True).sha256()
    assert plain.sha256() != Schema((SEX, AGE)).sha256()


def test_there_is_one_target() -> None:
    schema = Schema((AGE, SEX)).with_target("sex").with_target("age")
    assert schema.target == "age"
    assert schema["sex"].role is None
    assert schema.with_target(None).target is None


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(BadSchema, match="twice"):
        Schema((AGE, AGE))


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(BadSchema, match="'height'") as caught:
        Schema((AGE, SEX))["height"]
    assert "'age', 'sex'" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"kind": "numerical", "type": "int64"}, "no name"),
        ({"name": "a", "kind": "number", "type": "int64"}, "'kind'"),
        ({"name": "a", "type": "int64"}, "'kind' is missing"),
        ({"name": "a", "kind": "numerical"}, "'type' is missing"),
        ({"name": "a", "kind": "numerical", "type": "int64", "decimal": 2}, "'decimal'"),
        ({"name": "a", "kind": "numerical", "type": "int64", "step": 0}, "'step'"),
        ({"name": "a", "kind": "numerical", "type": "int64", "decimals": 16}, "'decimals'"),
        ({"name": "a", "kind": "numerical", "type": "int64", "nulls": "perhaps"}, "'nulls'"),
        ({"name": "a", "kind": "numerical", "type": "int64", "fixed": 1}, "'fixed'"),
        ({"name": "a", "kind": "numerical", "type": "int64", "decimals": True}, "'decimals'"),
        ("age", "no name"),
    ],
)
def test_wrong_entries_are_told(entry: Any, said: str) -> None:
    with pytest.raises(BadSchema, match=said) as caught:
        Schema.of_dict({"version": SCHEMA_VERSION, "columns": [entry]}, file="s.yaml")
    assert caught.value.file == "s.yaml"


@pytest.mark.parametrize(
    "data", [None, [], "x", {}, {"columns": {}}, {"version": 99, "columns": []}, {"columns": [], "rows": 3}]
)
def test_other_documents_are_refused(data: Any) -> None:
    with pytest.raises(BadSchema):
        Schema.of_dict(data)
