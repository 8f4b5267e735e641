"""The verbs: one call each, whatever comes in, and a file that can be made again."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import lookalike as la
import marginals
from lookalike import models, verbs
from lookalike.errors import BadInput, BadSchema, Cancelled, UsageError, VerificationFailed
from lookalike.models.base import SampleSpec

CSV = b"town,age,income\n" + b"".join(
    f"{town},{age},{'>50K' if age > 40 else '<=50K'}\n".encode()
    for age in range(20, 60)
    for town in ("Ulm", "Bonn", "Kiel")
)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(models.BUILT_IN, "marginals", marginals.PLACES)


@pytest.fixture
def train(tmp_path: Path) -> Path:
    path = tmp_path / "train.csv"
    path.write_bytes(CSV)
    return path


@pytest.fixture
def model(train: Path) -> la.TableModel:
    return la.fit(train, target="income", model="marginals")


def test_a_table_says_what_it_is(train: Path) -> None:
    table = la.read(train, target="income")
    assert len(table) == 120
    assert table.schema.names == ("town", "age", "income")
    assert table.schema.target == "income"
    assert "120 rows" in repr(table)
    assert "town: categorical" in repr(table)
    assert pa.table(table).equals(table.arrow)


def test_anything_that_holds_a_table_is_read(train: Path) -> None:
    path = la.read(train)
    frame = pd.read_csv(train)
    for source in (str(train), io.BytesIO(CSV), path, path.arrow, frame, pl.read_csv(train)):
        table = la.read(source)
        assert table.arrow.to_pydict() == path.arrow.to_pydict()


def test_a_schema_replaces_inference(train: Path, tmp_path: Path) -> None:
    file = la.read(train).save_schema(tmp_path / "schema.yaml")
    text = file.read_text()
    assert la.read(train, schema=file).schema == la.read(train).schema
    file.write_text(
        text.replace("kind: numerical", "kind: categorical").replace("type: int64", "type: string")
    )
    table = la.read(train, schema=file, target="age")
    assert table.schema["age"].kind == "categorical"
    assert table.schema.target == "age"
    assert table.arrow["age"].to_pylist()[0] == "20"


def test_a_schema_of_another_table_is_refused(train: Path) -> None:
    other = la.read(pa.table({"x": [1, 2]})).schema
    with pytest.raises(BadSchema):
        la.read(train, schema=other)
    with pytest.raises(BadSchema):
        la.fit(la.read(train), schema=other, model="marginals")


def test_a_dropped_column_leaves_nothing_behind(train: Path, tmp_path: Path) -> None:
    schema = la.read(train).schema.replace("town", action="drop")
    model = la.fit(train, schema=schema, model="marginals")
    assert model.sample(3).to_arrow().column_names == ["age", "income"]
    raw = model.save(tmp_path / "m.lal").read_bytes()
    assert b"town" not in raw
    assert b"Ulm" not in raw


def test_the_same_seed_gives_the_same_model_and_the_same_rows(train: Path, model: la.TableModel) -> None:
    again = la.fit(la.read(train, target="income"), model="marginals")
    assert again.hash == model.hash
    assert again.sample(50, seed=3).to_arrow().equals(model.sample(50, seed=3).to_arrow())
    assert not again.sample(50, seed=4).to_arrow().equals(model.sample(50, seed=3).to_arrow())
    assert la.fit(train, "income", model="marginals", seed=1).hash != model.hash


def test_a_sample_is_lazy_and_can_be_walked_again(model: la.TableModel) -> None:
    sample = model.sample(25_000, seed=1, start=5_000)
    assert len(sample) == 25_000
    assert sample.to_arrow().equals(sample.to_arrow())
    assert sample.to_arrow().equals(model.sample(30_000, seed=1, workers=2).to_arrow().slice(5_000))


def test_a_saved_model_samples_the_same(model: la.TableModel, tmp_path: Path) -> None:
    path = model.save(tmp_path / "m.lal")
    loaded = la.load(path)
    assert loaded.hash == model.hash
    assert loaded.info() == model.info()
    assert la.sample(path, 20, seed=5).to_arrow().equals(model.sample(20, seed=5).to_arrow())
    assert la.sample(loaded, 20, seed=5).to_arrow().equals(model.sample(20, seed=5).to_arrow())
    assert verbs.inspect(path)["contains"] == model.info()["contains"]
    json.dumps(model.info())


def test_conditions_reach_the_model_as_asked(model: la.TableModel) -> None:
    spec = model.spec(seed=2, where={"age": "30..40"}, shares={"income": {">50K": 0.5}}, balance="town")
    assert SampleSpec.of_dict(spec.to_dict()) == spec
    assert str(spec.where[0]) == "age=30..40"
    assert spec.shares[0].share == 0.5
    with pytest.raises(BadSchema, match="'size'"):
        model.spec(balance="size")


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"rows": 0}, "0 rows"),
        ({"rows": 5, "start": -1}, "-1"),
        ({"rows": 5, "seed": -1}, "-1"),
        ({"rows": 5, "workers": 0}, "worker"),
        ({"rows": 5, "rows_per_chunk": 0}, "chunk"),
    ],
)
def test_a_wrong_call_is_a_usage_error(model: la.TableModel, wrong: dict[str, int], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        model.sample(wrong.pop("rows"), **wrong).to_arrow()


def test_wrong_settings_of_fit_are_usage_errors(train: Path) -> None:
    for wrong in ({"privacy": "lax"}, {"threads": 0}, {"seed": -1}, {"model": "forest"}):
        with pytest.raises(UsageError):
            la.fit(train, **wrong)  # type: ignore[arg-type]


def test_a_watch_that_says_stop_ends_a_fit(train: Path) -> None:
    class Stop:
        def progress(self, done: int, total: int) -> None:
            pass

        def stop(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        la.fit(train, model="marginals", watch=Stop())


def test_a_file_is_made_again_from_its_manifest(model: la.TableModel, tmp_path: Path) -> None:
    first = model.sample(12_345, seed=9, start=100).to_parquet(tmp_path / "a.parquet", compression="zstd")
    again = verbs.remake(model, tmp_path / "a.parquet.manifest.json", tmp_path / "b.parquet", workers=2)
    assert again.differs == ()
    assert again.written.sha256 == first.sha256
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert pq.read_table(tmp_path / "b.parquet").num_rows == 12_345


def test_another_model_cannot_make_it_again(model: la.TableModel, train: Path, tmp_path: Path) -> None:
    model.sample(10).to_csv(tmp_path / "a.csv")
    other = la.fit(train, model="marginals", seed=1)
    with pytest.raises(VerificationFailed, match=model.hash):
        verbs.remake(other, tmp_path / "a.csv.manifest.json", tmp_path / "b.csv")
    assert not (tmp_path / "b.csv").exists()


def test_rows_that_come_out_different_are_not_kept(model: la.TableModel, tmp_path: Path) -> None:
    from lookalike.tables.manifest import read_manifest, write_manifest

    model.sample(10, seed=1).to_csv(tmp_path / "a.csv")
    path = tmp_path / "a.csv.manifest.json"
    forged = read_manifest(path)
    forged["spec"]["seed"] = "2"
    write_manifest(forged, path)
    with pytest.raises(VerificationFailed, match="different"):
        verbs.remake(model, path, tmp_path / "b.csv")
    assert not (tmp_path / "b.csv").exists()
    assert not (tmp_path / "b.csv.manifest.json").exists()
    with pytest.raises(BadInput):
        verbs.remake(model, tmp_path / "a.csv", tmp_path / "b.csv")


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"content": "zodiac", "kind": "text", "action": "fake", "type": "string"}, "zodiac"),
        ({"low": 30, "high": 20}, "above"),
        ({"kind": "timedelta", "type": "duration[us]", "format": "%Y-%m-%d"}, "no year"),
        ({"action": "drop"}, "nothing is left"),
    ],
    ids=["unknown content", "bounds crossed", "a span with a year", "all dropped"],
)
def test_a_schema_in_python_is_checked_as_a_file_is(edits: dict[str, Any], said: str) -> None:
    table = pa.table({"n": [1, 2, 3] * 10})
    schema = la.read(table).schema.replace("n", **edits)
    with pytest.raises(BadSchema, match=said):
        la.fit(table, schema=schema)
