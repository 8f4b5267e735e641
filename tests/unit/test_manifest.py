from __future__ import annotations

import copy
import json
import struct
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import counted
from lookalike.errors import BadInput, VerificationFailed
from lookalike.models.base import Condition, SampleSpec, Share
from lookalike.tables import canonical_json, merkle
from lookalike.tables.manifest import (
    check_file,
    differences,
    manifest_path,
    manifest_sha256,
    read_manifest,
    spec_of,
    write_manifest,
)
from lookalike.tables.manifest_schema import SCHEMA, mismatch

CONTRACT = Path(__file__).parents[2] / "contracts" / "manifest.schema.json"
SPEC = SampleSpec(
    seed=2**63 - 1,
    where=(Condition("income", (">50K", None)), Condition("age", low="30", high=None)),
    shares=(Share(Condition("sex", ("Female",)), 0.1),),
    balance="city",
)


def valid() -> dict[str, Any]:
    digest = "0f" * 32
    return {
        "version": 1,
        "model_sha256": digest,
        "schema_sha256": digest,
        "stream_version": 1,
        "spec": {**SPEC.to_dict(), "seed": str(SPEC.seed)},
        "start": 0,
        "rows": 10_001,
        "columns": [["age", "int64"], ["city", "string"]],
        "format": "csv",
        "compression": "none",
        "spreadsheet_safe": False,
        "bytes": 12,
        "sha256": digest,
        "block_rows": 10_000,
        "blocks": [digest, digest],
        "merkle_root": merkle.root([bytes.fromhex(digest)] * 2).hex(),
        "library": "0.1.0",
        "writers": {"numpy": "2", "pyarrow": "26", "zlib": "1"},
    }


@pytest.fixture
def written(tmp_path: Path) -> Path:
    counted.sample(25_000, start=5_000, seed=2**62).write(tmp_path / "a.csv.gz")
    return tmp_path / "a.csv.gz"


def test_a_file_comes_with_its_manifest(written: Path) -> None:
    manifest = read_manifest(manifest_path(written))
    assert manifest_path(written).name == "a.csv.gz.manifest.json"
    check_file(manifest, written)
    assert (manifest["start"], manifest["rows"], len(manifest["blocks"])) == (5_000, 25_000, 3)
    assert manifest["columns"][0] == ["age", "int64"]
    assert (manifest["format"], manifest["compression"]) == ("csv", "gzip")
    assert manifest["schema_sha256"] == counted.SCHEMA.sha256()
    assert manifest["spec"]["seed"] == "4611686018427387904"


def test_the_file_holds_the_canonical_bytes_and_nothing_that_changes(written: Path) -> None:
    data = manifest_path(written).read_bytes()
    assert data == canonical_json.dumps(json.loads(data))
    counted.sample(25_000, start=5_000, seed=2**62, workers=1).write(written)
    assert manifest_path(written).read_bytes() == data


def test_the_manifest_makes_the_same_file_again(written: Path, tmp_path: Path) -> None:
    first = read_manifest(manifest_path(written))
    spec = SampleSpec.of_dict(spec_of(first))
    again = counted.sample(first["rows"], start=first["start"], seed=spec.seed)
    found = again.manifest(again.write(tmp_path / "b.csv.gz"))
    assert differences(first, found) == []
    assert manifest_sha256(first) == manifest_sha256(found)
    other = counted.sample(first["rows"], start=first["start"], seed=3)
    changed = other.manifest(other.write(tmp_path / "b.csv.gz"))
    assert differences(first, changed) == ["blocks", "bytes", "merkle_root", "sha256", "spec"]


def test_a_spec_comes_back_as_it_was(tmp_path: Path) -> None:
    document = valid()
    write_manifest(document, tmp_path / "m.json")
    assert SampleSpec.of_dict(spec_of(read_manifest(tmp_path / "m.json"))) == SPEC


@pytest.mark.parametrize("damage", [b"x", b"", b"longer than it was"])
def test_a_changed_file_is_not_the_one(written: Path, damage: bytes) -> None:
    data = written.read_bytes()
    manifest = read_manifest(manifest_path(written))
    written.write_bytes(data[:-1] + damage)
    with pytest.raises(VerificationFailed, match="manifest says") as caught:
        check_file(manifest, written)
    assert caught.value.file == str(written)
    written.unlink()
    with pytest.raises(VerificationFailed, match="No such file"):
        check_file(manifest, written)


def test_the_contract_is_the_schema_in_the_code() -> None:
    assert json.loads(CONTRACT.read_text()) == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(document, dict):
        for key, value in document.items():
            found += places(value, (*path, key))
    elif isinstance(document, list):
        for i, value in enumerate(document):
            found += places(value, (*path, i))
    return found


PLACES = places(valid())
JUNK = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 2, 1.5, 0.25, 2**53, 2**53 + 1, 10_000, "", "x", "1", "-0"),
        *("0f" * 32, "0F" * 32, "csv", "snappy", [], [[]], ["a"], ["a", "b"], {}, {"column": "x"}),
        {"column": "x", "values": []},
        {"column": "x", "values": ["a"]},
        {"column": "x", "low": None, "high": "9"},
        {"column": "x", "values": ["a"], "low": None, "high": None},
    ]
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_our_check_agrees_with_a_full_validator(data: st.DataObject) -> None:
    document = valid()
    for path in data.draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=2)):
        holder: Any = document
        try:
            for key in path[:-1]:
                holder = holder[key]
            action = data.draw(st.sampled_from(["set", "drop", "add"]))
            if action == "set":
                holder[path[-1]] = data.draw(JUNK)
            elif action == "drop":
                del holder[path[-1]]
            elif isinstance(holder, dict):
                holder["extra"] = 1
            else:
                holder.append(data.draw(JUNK))
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
    problem = mismatch(document)
    assert (problem is None) == VALIDATOR.is_valid(document), problem


def test_a_valid_document_has_no_mismatch_and_each_field_is_needed() -> None:
    assert mismatch(valid()) is None
    for name in valid():
        document = valid()
        del document[name]
        assert mismatch(document) == f"the document lacks {name!r}"


def hostile() -> dict[str, bytes]:
    good = canonical_json.dumps(valid())

    def changed(**fields: Any) -> bytes:
        return json.dumps({**copy.deepcopy(valid()), **fields}).encode()

    return {
        "nothing": b"",
        "binary": struct.pack("<4Q", 1, 2, 3, 4),
        "not UTF-8": b"\xff\xfe{}",
        "a list": b"[]",
        "a number": b"1",
        "cut off": good[:-5],
        "followed by more": good + b"{}",
        "nested": b"[" * 100_000,
        "nested objects": b'{"a":' * 100_000,
        "a huge number": good.replace(b'"bytes":12', b'"bytes":' + b"9" * 5000),
        "a large number": good.replace(b'"bytes":12', b'"bytes":1e999'),
        "not a number": good.replace(b'"bytes":12', b'"bytes":NaN'),
        "a fraction": good.replace(b'"bytes":12', b'"bytes":12.0'),
        "a key twice": good.replace(b'"bytes":12', b'"bytes":12,"bytes":12'),
        "another version": changed(version=2),
        "true for one": changed(version=True),
        "an unknown field": changed(extra=1),
        "a short hash": changed(sha256="0f"),
        "a hash and a line end": changed(sha256="0f" * 32 + "\n"),
        "a hash in capitals": changed(sha256="0F" * 32),
        "a block too many": changed(blocks=["0f" * 32] * 3),
        "another root": changed(merkle_root="00" * 32),
        "a lone surrogate": changed(library="\ud800"),
        "another block size": changed(block_rows=5_000),
        "no rows": changed(rows=0),
        "rows without end": changed(rows=2**60),
        "a seed that is no number": changed(spec={**valid()["spec"], "seed": "1e5"}),
        "a long seed": changed(spec={**valid()["spec"], "seed": "9" * 5000}),
        "a seed as a number": changed(spec={**valid()["spec"], "seed": 7}),
    }


@pytest.mark.parametrize("name", hostile())
def test_a_hostile_manifest_is_one_clear_error(name: str, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(hostile()[name])
    with pytest.raises(BadInput, match="is not a manifest of Lookalike") as caught:
        read_manifest(path)
    assert len(caught.value.message) < 400 + len(str(path))
    assert caught.value.hint


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_manifest_with_one_byte_changed_is_refused_or_differs(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    good = canonical_json.dumps(valid())
    at = data.draw(st.integers(0, len(good) - 1))
    bad = good[:at] + bytes([data.draw(st.integers(0, 255))]) + good[at + 1 :]
    path = tmp_path_factory.getbasetemp() / "mutated.json"
    path.write_bytes(bad)
    try:
        found = read_manifest(path)
    except BadInput:
        return
    assert bad == good or canonical_json.dumps(found) != good


def test_a_manifest_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read_manifest(tmp_path / "m.json")


# RFC 8785, appendix B: IEEE 754 bits and their JSON.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_are_spelled_as_in_the_rfc(bits: str, text: str) -> None:
    assert canonical_json.number(struct.unpack(">d", bytes.fromhex(bits))[0]) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_comes_back(value: float) -> None:
    assert float(canonical_json.number(value)) == value


def test_keys_and_texts_are_spelled_as_in_the_rfc() -> None:
    # RFC 8785, 3.2.2 and 3.2.3
    text = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/"
    expected = '["€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"]'.encode()
    assert canonical_json.dumps([text]) == expected
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\u00f6"]
    found = canonical_json.dumps(dict.fromkeys(keys, None)).decode()
    assert list(json.loads(found)) == ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert canonical_json.dumps({"b": [1, True, None, 0.5], "a": {}}) == b'{"a":{},"b":[1,true,null,0.5]}'


@pytest.mark.parametrize(
    "value", [2**53 + 1, -(2**53) - 1, float("nan"), float("inf"), {1: 2}, {1, 2}, "\ud800", b""]
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        canonical_json.dumps({"x": value})
    with pytest.raises(ValueError):  # noqa: PT011
        canonical_json.dumps(value)
