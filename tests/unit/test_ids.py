"""New ids: unique, in their pattern, none of the old ones, and a pure function of key and row."""

from __future__ import annotations

import json
import random
import re
import uuid
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike import randomness
from lookalike.errors import BadInput, BadModelFile, BadSchema
from lookalike.models import counting
from lookalike.models.ids import Ids
from lookalike.models.room import Room, around

DICE = random.Random(11)
KEY = randomness.key(7, "id")

COLUMNS: dict[str, tuple[pa.Array, str]] = {
    "orders": (pa.array(range(10248, 11078)), r"[0-9]{5,6}"),
    "few": (pa.array(range(1, 10)), r"[0-9]{2,6}"),
    "codes of integers": (pa.array(DICE.sample(range(10**8, 10**9), 3_000)), r"[0-9]{9}"),
    "integers of 32 bits": (pa.array(DICE.sample(range(2**31), 3_000), pa.int32()), r"[0-9]{1,10}"),
    "count": (pa.array([f"C-{i:06d}" for i in range(1, 5_000)]), r"C-[0-9]{6}"),
    "random digits": (pa.array([f"C-{i:06d}" for i in DICE.sample(range(10**6), 5_000)]), r"C-[0-9]{6}"),
    "years": (
        pa.array([f"AB-{2020 + i % 5}-{i // 5:05d}" for i in range(3_000)]),
        r"AB-202[0-4]-[0-9]{5}",
    ),
    "letters": (
        pa.array(sorted({"".join(DICE.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=5)) for _ in range(400)})),
        r"[A-Z]{5}",
    ),
    "uuid": (
        pa.array([str(uuid.UUID(int=DICE.getrandbits(128), version=4)) for _ in range(2_000)]),
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    ),
    "hex": (pa.array([f"{DICE.getrandbits(128):032x}" for _ in range(2_000)]), r"[0-9a-f]{32}"),
    "large strings": (pa.array([f"K{i:07d}" for i in range(900)], pa.large_string()), r"K[0-9]{7}"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_ids_are_unique_new_and_shaped_like_the_old(name: str) -> None:
    old, shape = COLUMNS[name]
    ids = Ids.learn(old, name="id", seed=3)
    rows = 100_000
    ids.plan(rows)
    made = ids.rows(0, rows, KEY)
    assert made.type == old.type
    assert len(made) == rows == pc.count_distinct(made).as_py()
    assert not pc.any(pc.is_in(made, value_set=old)).as_py()
    assert ids.disjoint
    assert pc.all(pc.match_substring_regex(made.cast(pa.string()), f"^(?:{shape})$")).as_py()


@pytest.mark.parametrize("name", COLUMNS)
def test_any_slice_of_the_rows_is_a_slice_of_the_whole_also_after_storing(name: str) -> None:
    ids = Ids.learn(COLUMNS[name][0], name="id", seed=3)
    whole = ids.rows(0, 100_000, KEY)
    meta, arrays = ids.arrays()
    again = Ids.of_arrays(json.loads(json.dumps(meta)), arrays)
    assert again.capacity == ids.capacity
    for start, stop in ((0, 10), (9_990, 10_010), (87_990, 88_020), (99_999, 100_000), (5, 5)):
        assert ids.rows(start, stop, KEY).equals(whole.slice(start, stop - start))
        assert again.rows(start, stop, KEY).equals(whole.slice(start, stop - start))
    assert not ids.rows(0, 1_000, KEY + 1).equals(whole.slice(0, 1_000))


@pytest.mark.parametrize("name", COLUMNS)
def test_no_old_id_is_stored(name: str) -> None:
    old, _ = COLUMNS[name]
    meta, arrays = Ids.learn(old, name="id", seed=3).arrays()
    stored = json.dumps(meta).encode() + b"".join(a.tobytes() for a in arrays.values())
    texts = [t for t in old.cast(pa.string()).to_pylist() if len(t) > 3]
    assert not [t for t in texts if t.encode() in stored]
    # far too little to hold the ids, or hashes of them
    assert sum(a.nbytes for a in arrays.values()) <= max(64, len(old))


def test_every_word_of_a_long_id_depends_on_the_key() -> None:
    ids = Ids.learn(COLUMNS["hex"][0], name="id", seed=3)
    one, two = (ids.rows(0, 2_000, key).to_pylist() for key in (KEY, KEY + 1))
    for start, stop in ((0, 8), (8, 16), (16, 24), (24, 32)):
        parts = {text[start:stop] for text in one}
        assert len(parts) > 1_990
        assert len(parts & {text[start:stop] for text in two}) < 5


def test_more_rows_than_the_domain_holds_are_refused_when_planned() -> None:
    ids = Ids.learn(pa.array([f"C-{i:03d}" for i in range(1, 200)]), name="id", seed=1)
    assert ids.capacity == 800
    ids.plan(800)
    with pytest.raises(BadInput) as caught:
        ids.plan(801)
    assert caught.value.column == "id"
    assert "801" in caught.value.message
    assert caught.value.hint
    with pytest.raises(BadInput):
        ids.rows(799, 801, KEY)


def test_a_pattern_from_the_schema_is_obeyed() -> None:
    old = pa.array([f"C-{i:03d}" for i in range(1, 200)])
    ids = Ids.learn(old, name="id", seed=1, pattern="D-{0000000}")
    made = ids.rows(0, 1_000_000, KEY)
    assert pc.all(pc.match_substring_regex(made, "^D-[0-9]{7}$")).as_py()
    ranged = Ids.learn(pa.array([5, 6, 7]), name="id", seed=1, pattern="{1..50}")
    assert set(ranged.rows(0, ranged.capacity, KEY).to_pylist()) <= set(range(8, 51))


def test_a_crowded_pattern_still_leaves_the_old_ids_out_while_it_can() -> None:
    old = pa.array([f"A-{i:02d}" for i in DICE.sample(range(100), 40)])
    ids = Ids.learn(old, name="id", seed=1)
    made = ids.rows(0, ids.capacity, KEY)
    assert ids.capacity >= 40
    assert pc.count_distinct(made).as_py() == ids.capacity
    assert not pc.any(pc.is_in(made, value_set=old)).as_py()


def test_a_full_pattern_says_that_real_ids_may_come_out() -> None:
    ids = Ids.learn(pa.array([f"A-{i:02d}" for i in range(90)]), name="id", seed=1)
    assert ids.capacity == 100
    assert pc.count_distinct(ids.rows(0, 100, KEY)).as_py() == 100
    assert not ids.disjoint
    assert "real ids" in ids.contains()


def test_counts_go_on_with_as_few_digits_as_they_need() -> None:
    ids = Ids.learn(pa.array(range(10248, 11078)), name="id", seed=1)
    made = ids.rows(0, 1_000_000, KEY).to_numpy()
    assert made.min() >= 12_000  # above the largest, rounded: the largest itself is not given away
    assert made[:88_000].max() <= 99_999
    assert made[88_000:988_000].max() <= 999_999
    assert ids.capacity > 10**17


def test_integers_stay_within_their_type() -> None:
    ids = Ids.learn(pa.array(range(200), pa.uint8()), name="id", seed=1)
    assert ids.capacity == 56
    assert sorted(ids.rows(0, 56, KEY).to_pylist()) == list(range(200, 256))


def test_missing_values_dictionaries_and_no_values_are_taken() -> None:
    missing = Ids.learn(pa.array(["C-001", None, "C-002"]), name="id", seed=1)
    plain = Ids.learn(pa.array(["C-001", "C-002"]).dictionary_encode(), name="id", seed=1)
    assert missing.rows(0, 9, KEY).equals(plain.rows(0, 9, KEY))
    empty = Ids.learn(pa.array([], pa.string()), name="id", seed=1, pattern="C-{000}")
    assert empty.capacity == 1_000


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (pa.array(["?", "a b", "çé"]), None),
        (pa.array([1.5, 2.5]), "{#}"),
        (pa.array([1, 2]), "C-{00}"),
        (pa.array(["a"]), "{oops}"),
    ],
)
def test_columns_that_cannot_have_ids_are_refused_by_name(values: pa.Array, pattern: str | None) -> None:
    with pytest.raises(BadSchema) as caught:
        Ids.learn(values, name="key", seed=1, pattern=pattern)
    assert caught.value.column == "key"
    assert caught.value.hint or pattern == "{#}"


@pytest.mark.parametrize(
    "damage",
    [
        {"tiers": None},
        {"type": "double"},
        {"type": "int64"},
        {"tiers": [{"template": "C-{000", "size": 1, "width": 1, "salt": 1}]},
        {"tiers": [{"template": "C-{00}", "size": 99, "width": 1, "salt": 1}]},
        {"tiers": [{"template": "C-{00}", "size": 100, "width": 0, "salt": 1}]},
        {"tiers": [{"template": "C-{00}", "size": 100, "width": 100, "salt": -1}]},
        {"tiers": [{"template": "C-{00}", "size": 100, "width": 60, "salt": "x"}]},
    ],
)
def test_damaged_ids_are_a_bad_model_file(damage: dict[str, Any]) -> None:
    meta, arrays = Ids.learn(pa.array([f"C-{i:06d}" for i in range(9)]), name="id", seed=1).arrays()
    with pytest.raises(BadModelFile):
        Ids.of_arrays(meta | damage, arrays)
    with pytest.raises(BadModelFile):
        Ids.of_arrays(meta, {})


@given(st.integers(1, 2**62), st.integers(0, 2**64 - 1), st.integers(0, 2**63))
@settings(max_examples=300, deadline=None)
def test_compiled_streams_give_the_bits_of_the_scalar_ones(n: int, stream: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, n, 8, dtype=np.uint64)
    plain = [int(v) for v in values]
    permuted = counting.permute(stream, values, n)
    assert permuted.tolist() == [randomness.permute(stream, i, n) for i in plain]
    assert (counting.unpermute(stream, permuted, n) == values).all()
    bits = counting.draw(stream, values)
    assert bits.tolist() == [randomness.draw(stream, i) for i in plain]
    assert counting.below(bits, n).tolist() == [randomness.below(b, n) for b in bits.tolist()]


@given(
    st.integers(1, 400).flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1)))),
    st.integers(0, 2**64 - 1),
)
@settings(max_examples=300, deadline=None)
def test_a_room_is_one_to_one_and_clear_of_the_old(case: tuple[int, set[int]], salt: int) -> None:
    size, old = case
    room = around(size, np.array(sorted(old), np.uint64), least=len(old), most=size, salt=salt)
    placed = room.place(np.arange(room.capacity, dtype=np.uint64)).tolist()
    assert len(set(placed)) == room.capacity
    assert not set(placed) & old
    assert all(0 <= p < size for p in placed)
    assert Room.of_stored(*room.stored()).place(np.arange(room.capacity, dtype=np.uint64)).tolist() == placed


def test_a_closed_bucket_proves_nothing() -> None:
    size, old = 10**9, np.random.default_rng(1).integers(0, 10**9, 10_000, dtype=np.uint64)
    room = around(size, old, least=10_000, most=size, salt=5)
    assert room.width * 20_000 == size
    guesses = np.random.default_rng(2).integers(0, size, 50_000, dtype=np.uint64)
    buckets = counting.unpermute(5, guesses, size) // np.uint64(room.width)
    shut = 1 - np.isin(buckets, room.open).mean()
    assert 0.37 < shut < 0.42  # 1 - exp(-1/2) of the ids that were never there fall into a closed one


def test_a_wide_domain_opens_one_bucket() -> None:
    meta, arrays = Ids.learn(COLUMNS["uuid"][0], name="id", seed=3).arrays()
    assert sum(a.nbytes for a in arrays.values()) <= 2
    assert re.search("uuid|x", meta["tiers"][0]["template"])


@pytest.mark.faults
@pytest.mark.parametrize("name", ["orders", "uuid", "hex", "codes of integers"])
def test_fifty_million_ids_are_unique_and_new(name: str) -> None:
    old, _ = COLUMNS[name]
    ids = Ids.learn(old, name="id", seed=3)
    rows, step = 50_000_000, 1_000_000
    # rows differ when their first 63 bits of text do; for integers that is the number itself
    seen = np.empty(rows, np.uint64)
    for start in range(0, rows, step):
        made = ids.rows(start, start + step, KEY)
        if pa.types.is_integer(made.type):
            seen[start : start + step] = made.to_numpy().astype(np.uint64)
        else:
            words, matches = ids.tiers[0].pattern.index(made)
            assert matches.all()
            seen[start : start + step] = words[0]
        assert not pc.any(pc.is_in(made, value_set=old)).as_py()
    seen.sort()
    assert (seen[1:] != seen[:-1]).all()
