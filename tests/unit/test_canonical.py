from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import counted
from lookalike.errors import BadTable
from lookalike.tables.canonical import block_hash, canonical_parts, type_tag

GOLDEN = json.loads((Path(__file__).parents[2] / "contracts" / "canonical_bytes.json").read_text())


def canonical_bytes(batch: pa.RecordBatch) -> bytes:
    return b"".join(bytes(part) for part in canonical_parts(batch))


def one(values: pa.Array) -> bytes:
    return canonical_bytes(pa.record_batch({"x": values}))


def arrow_type(tag: str) -> pa.DataType:
    named = {"utf8": pa.string(), "timestamp[us, tz=UTC]": pa.timestamp("us", "UTC")}
    named |= {"decimal128(12, 2)": pa.decimal128(12, 2), "duration[us]": pa.duration("us")}
    named |= {"timestamp[s]": pa.timestamp("s"), "time64[us]": pa.time64("us")}
    return named[tag] if tag in named else pa.type_for_alias(tag)


def array_of(column: dict[str, object]) -> pa.Array:
    kind = arrow_type(str(column["type"]))
    values = list(column["values"])  # type: ignore[call-overload]
    if pa.types.is_decimal(kind):
        return pa.array([None if v is None else decimal.Decimal(v) for v in values], kind)
    if pa.types.is_temporal(kind):
        width = pa.int32() if kind.bit_width == 32 else pa.int64()
        return pa.array(values, width).cast(kind)
    if pa.types.is_floating(kind):
        return pa.array([None if v is None else float(v) for v in values], kind)
    if column["type"] == "binary":
        return pa.array([None if v is None else bytes.fromhex(v) for v in values], kind)
    return pa.array(values, kind)


@pytest.mark.parametrize("vector", GOLDEN["vectors"], ids=lambda v: v["name"])
def test_the_golden_vectors(vector: dict[str, object]) -> None:
    columns = [array_of(column) for column in vector["columns"]]  # type: ignore[attr-defined]
    batch = pa.RecordBatch.from_arrays(columns, names=[f"c{i}" for i in range(len(columns))])
    assert canonical_bytes(batch).hex() == vector["bytes"]
    assert block_hash(batch).hex() == vector["sha256"]


def test_the_bytes_are_as_the_docstring_says() -> None:
    batch = pa.record_batch(
        {
            "n": pa.array([1, None, 3], pa.int16()),
            "s": pa.array(["b", "a", "b"]).dictionary_encode(),
            "f": pa.array([True, False, True]),
        }
    )
    expected = b"LKB1" + struct.pack("<II", 3, 3)
    expected += b"\x05int16" + b"\x01\x05" + struct.pack("<3h", 1, 0, 3)
    expected += b"\x04utf8" + b"\x00" + struct.pack("<III", 2, 1, 1) + b"ba" + bytes([0, 1, 0])
    expected += b"\x04bool" + b"\x00" + b"\x05"
    assert canonical_bytes(batch) == expected
    assert block_hash(batch) == hashlib.sha256(expected).digest()


texts = st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=30)


@given(texts, st.randoms(use_true_random=False))
def test_texts_have_the_same_bytes_in_every_arrow_form(values: list[str | None], random: object) -> None:
    plain = pa.array(values, pa.string())
    entries = [*dict.fromkeys(v for v in values if v is not None), "never used", None]
    random.shuffle(entries)  # type: ignore[attr-defined]
    entries += entries  # named twice
    codes = [random.choice([i for i, e in enumerate(entries) if e == v]) for v in values]  # type: ignore[attr-defined]
    shuffled = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(entries, pa.string()))
    padded = pa.array(["other", *values, "end"], pa.string())
    forms = [
        plain.cast(pa.large_string()),
        plain.cast(pa.string_view()),
        plain.dictionary_encode(),
        plain.dictionary_encode().cast(pa.dictionary(pa.int8(), pa.large_string())),
        shuffled,
        padded.slice(1, len(values)),
        padded.dictionary_encode().slice(1, len(values)),
    ]
    assert {one(form) for form in forms} == {one(plain)}


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=40), st.integers(0, 9))
def test_numbers_have_the_same_bytes_sliced_or_whole(values: list[int | None], offset: int) -> None:
    whole = pa.array([7] * offset + values + [None], pa.int64()).slice(offset, len(values))
    assert one(whole) == one(pa.array(values, pa.int64()))
    assert one(whole.dictionary_encode()) == one(whole)


@given(texts, texts)
def test_different_texts_have_different_bytes(a: list[str | None], b: list[str | None]) -> None:
    assert (one(pa.array(a, pa.string())) == one(pa.array(b, pa.string()))) == (a == b)


def test_what_stands_in_a_null_slot_does_not_matter() -> None:
    valid = pa.py_buffer(bytes([0b101]))
    a, b = (
        pa.Array.from_buffers(pa.int32(), 3, [valid, pa.py_buffer(struct.pack("<3i", 1, junk, 3))])
        for junk in (0, 99)
    )
    assert one(a) == one(b)
    flags = [pa.Array.from_buffers(pa.bool_(), 3, [valid, pa.py_buffer(bytes([j]))]) for j in (0b101, 0b111)]
    assert one(flags[0]) == one(flags[1])


def test_a_validity_buffer_that_says_all_present_is_none() -> None:
    ones = pa.Array.from_buffers(
        pa.int8(), 3, [pa.py_buffer(b"\xff"), pa.py_buffer(b"\1\2\3")], null_count=-1
    )
    assert one(ones) == one(pa.array([1, 2, 3], pa.int8()))


def test_every_nan_is_the_same_and_minus_zero_is_not_zero() -> None:
    odd = np.frombuffer(struct.pack("<2Q", 0x7FF8000000000001, 0xFFF8000000000000), np.float64)
    assert one(pa.array(odd, from_pandas=False)) == one(pa.array([float("nan")] * 2))
    assert one(pa.array([0.0])) != one(pa.array([-0.0]))


def test_types_of_one_width_have_different_bytes() -> None:
    zeros = pa.array([0], pa.int64())
    kinds = [pa.uint64(), pa.float64(), pa.timestamp("us"), pa.timestamp("ns"), pa.timestamp("us", "UTC")]
    forms = {one(zeros.cast(kind)) for kind in [pa.int64(), *kinds, pa.duration("us")]}
    assert len(forms) == 7
    assert one(pa.array([""])) != one(pa.array([b""]))


@pytest.mark.parametrize("distinct", [256, 257, 65_536, 65_537])
def test_codes_grow_with_the_number_of_distinct_texts(distinct: int) -> None:
    values = [str(i) for i in range(distinct)] + ["0"]
    width = 1 if distinct <= 256 else 2 if distinct <= 65_536 else 4
    texts_bytes = sum(len(v) for v in values[:-1])
    head = 4 + 8 + 1 + 4 + 1
    assert len(one(pa.array(values))) == head + 4 + 4 * distinct + texts_bytes + width * (distinct + 1)


def test_a_block_may_hold_everything_that_a_table_may() -> None:
    day = dt.datetime(2020, 2, 29, 12, 30, tzinfo=dt.UTC)
    batch = pa.record_batch(
        {
            "date": pa.array([day.date(), None]),
            "when": pa.array([day, None], pa.timestamp("us", "UTC")),
            "time": pa.array([day.time(), None]),
            "span": pa.array([dt.timedelta(seconds=3), None]),
            "money": pa.array([decimal.Decimal("1.50"), None], pa.decimal128(12, 2)),
            "huge": pa.array([decimal.Decimal("1.50"), None], pa.decimal256(60, 2)),
            "half": pa.array([np.float16(1.5), None], pa.float16()),
            "raw": pa.array([b"\0\xff", None]),
            "fixed": pa.array([b"ab", None], pa.binary(2)),
            "nothing": pa.nulls(2),
            "years": pa.array([1999, None]).dictionary_encode(),
        }
    )
    assert block_hash(batch) == block_hash(pa.record_batch(batch.to_pydict(), schema=batch.schema))
    assert block_hash(batch) != block_hash(batch.slice(0, 1))
    assert block_hash(batch.slice(2, 0)) != block_hash(batch)


def test_nested_columns_are_refused() -> None:
    with pytest.raises(BadTable, match="list"):
        type_tag(pa.list_(pa.int64()))


@settings(max_examples=5)
@given(st.integers(0, 1 << 40))
def test_a_block_does_not_depend_on_where_the_batch_was_cut(start: int) -> None:
    sampler = counted.Counted()
    whole = sampler.rows(start, start + 300)
    parts = [whole.slice(a, 100) for a in (0, 100, 200)]
    assert block_hash(pa.concat_batches(parts)) == block_hash(whole)
    assert block_hash(parts[1]) == block_hash(sampler.rows(start + 100, start + 200))
