"""What is set aside: by the seed alone, never learned from, and not taken for what it is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import lookalike as la
from lookalike import randomness
from lookalike.errors import BadInput, UsageError
from lookalike.quality.frame import aligned
from lookalike.quality.overlap import overlap
from lookalike.tables.set_aside import _numbers, set_aside


def table(rows: int) -> pa.Table:
    return pa.table(
        {"n": np.arange(rows), "word": pa.array([f"w{i}" for i in range(rows)]).dictionary_encode()}
    )


def test_a_tenth_is_set_aside_and_nothing_is_lost() -> None:
    rest, aside = set_aside(table(1234), 5)
    assert (len(rest), len(aside)) == (1111, 123)
    assert sorted(rest["n"].to_pylist() + aside["n"].to_pylist()) == list(range(1234))
    assert aside["n"].to_pylist() == sorted(aside["n"].to_pylist())


def test_the_seed_alone_chooses_the_rows() -> None:
    first, again, other = (set_aside(table(500), seed)[1]["n"].to_pylist() for seed in (1, 1, 2))
    assert first == again != other
    assert set_aside(pa.table({"x": [0.5] * 500, "n": range(500)}), 1)[1]["n"].to_pylist() == first


def test_the_numbers_are_those_of_the_stream() -> None:
    stream = randomness.key(9, "holdout")
    assert _numbers(50, 9).tolist() == [randomness.draw(stream, i) for i in range(50)]


def test_neither_part_remembers_the_categories_of_the_other() -> None:
    rest, aside = set_aside(table(200), 0)
    for part in (rest, aside):
        words = part["word"].chunk(0)
        assert set(words.dictionary.to_pylist()) == set(words.to_pylist())
        assert part["word"].type == table(1)["word"].type


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(UsageError):
        set_aside(table(19), 0)


def test_the_holdout_never_reaches_the_fit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    plain = pa.table({"a": rng.normal(size=3000), "town": rng.choice(["Ulm", "Bonn"], 3000)})
    places = set_aside(plain.append_column("i", pa.array(range(3000))), 4)[1]["i"].to_pylist()
    towns, numbers = plain["town"].to_pylist(), plain["a"].to_pylist()
    for place in places[:100]:
        towns[place], numbers[place] = "Secretville", 77.5
    planted = pa.table({"a": numbers, "town": towns})
    model = la.fit(planted, holdout="auto", seed=4)
    seen = la.fit(planted, seed=4)
    assert "Secretville" in set(seen.sample(5000).to_arrow()["town"].to_pylist())
    drawn = model.sample(5000).to_arrow()
    assert "Secretville" not in set(drawn["town"].to_pylist())
    assert max(drawn["a"].to_pylist()) < 70
    assert b"Secretville" not in model.save(tmp_path / "m.lal").read_bytes()
    assert model.info()["provenance"]["holdout"] == "auto"  # type: ignore[index,call-overload]
    assert model.info()["provenance"]["holdout_rows"] == 300  # type: ignore[index,call-overload]
    assert model.info()["provenance"]["rows"] == 2700  # type: ignore[index,call-overload]
    rest, _ = la.set_aside(planted, seed=4)
    assert la.fit(rest, seed=4).hash == model.hash


def test_a_given_holdout_that_the_table_holds_is_refused() -> None:
    rng = np.random.default_rng(1)
    real, fresh = (
        pa.table({"x": rng.normal(size=rows), "t": ["a", "b"] * (rows // 2)}) for rows in (600, 300)
    )
    assert la.fit(real, model="independent", holdout=fresh).info()["provenance"]["holdout"] == "given"  # type: ignore[index,call-overload]
    with pytest.raises(BadInput, match="100 of the 400 holdout rows"):
        la.fit(real, holdout=pa.concat_tables([fresh, real.slice(50, 100)]))


def shared(real: pa.Table, holdout: pa.Table) -> object:
    known = la.read(real)
    frames, _ = aligned({"real": known.arrow, "synth": known.arrow, "holdout": holdout}, known.schema)
    return overlap(frames)


def test_a_holdout_that_is_part_of_train_is_found_out() -> None:
    real = pa.table({"x": np.random.default_rng(1).normal(size=2000), "y": np.arange(2000) % 7})
    fresh = pa.table({"x": np.random.default_rng(2).normal(size=500), "y": np.arange(500) % 7})
    assert shared(real, fresh).note == ""  # type: ignore[attr-defined]
    mixed = pa.concat_tables([fresh, real.slice(0, 100)])
    found = shared(real, mixed)
    assert (found.hits, found.of) == (100, 600)  # type: ignore[attr-defined]
    assert found.spoilt  # type: ignore[attr-defined]
    assert "100 of the 600 holdout rows" in found.note  # type: ignore[attr-defined]


def test_rows_that_repeat_by_nature_are_no_overlap() -> None:
    rng = np.random.default_rng(3)
    real, holdout = (pa.table({c: rng.integers(0, 8, rows) for c in "abc"}) for rows in (5000, 1000))
    found = shared(real, holdout)
    assert found.hits > 900  # type: ignore[attr-defined]
    assert not found.spoilt  # type: ignore[attr-defined]
    assert not found.note  # type: ignore[attr-defined]
