"""What every model promises, whichever it is. CONTRIBUTING says how another one joins."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import lookalike as la
from lookalike import models
from lookalike.errors import BadInput, Cancelled, Unsatisfiable, UsageError
from lookalike.models import file
from lookalike.models.base import FittedModel, Model, Sampler, SampleSpec
from lookalike.tables.canonical import block_hash
from lookalike.verbs import TableModel
from lookalike.watch import Unwatched
from variety import SHAPES, every_kind

NAMES = sorted(models.BUILT_IN)
SPECS: dict[str, dict[str, Any]] = {
    "plain": {},
    "where": {"where": {"income": ">50K", "age": "30..60"}},
    "share": {"shares": {"income": {">50K": 0.3}, "city": {"Ulm": 0.1, "Bonn": 0.25}}},
    "balance": {"balance": "agreed"},
    "all at once": {"where": {"age": "20.."}, "shares": {"income": {">50K": 0.5}}, "balance": "city"},
}
ROWS = 25_000


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def model(name: str) -> TableModel:
    return la.fit(every_kind(), "income", model=name)


@pytest.fixture(scope="module")
def saved(model: TableModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model.save(tmp_path_factory.mktemp("saved") / "model.lal")


@pytest.fixture(scope="module", params=SPECS)
def asked(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SPECS[request.param]


def fingerprint(rows: pa.Table | pa.RecordBatch) -> str:
    """A hash of names, types and every cell."""
    (batch,) = rows.combine_chunks().to_batches() if isinstance(rows, pa.Table) else (rows,)
    return block_hash(batch).hex()


def test_it_follows_the_protocols(name: str, model: TableModel) -> None:
    made = models.make(name, privacy="standard", threads=1)
    fitted = model.stored.fitted
    assert isinstance(made, Model)
    assert isinstance(fitted, FittedModel)
    assert isinstance(fitted.prepare(SampleSpec()), Sampler)
    assert made.name == fitted.name == models.fitted_class(name).name == name


def test_rows_have_the_columns_and_types_of_the_table(model: TableModel) -> None:
    made = model.sample(1_000).to_arrow()
    assert made.column_names == every_kind().column_names
    for column in model.schema:
        assert str(made.schema.field(column.name).type) == column.type
        assert column.nulls or column.kind == "null" or made[column.name].null_count == 0


def test_no_label_is_drawn_that_was_not_there_in_enough_rows(model: TableModel) -> None:
    made = model.sample(20_000).to_arrow()
    assert set(made["rare"].to_pylist()) == {"common"}
    assert set(made["city"].to_pylist()) == {"Ulm", "Bonn", "Kiel", "Rom", None}
    assert not set(made["id"].to_pylist()) & set(every_kind()["id"].to_pylist())
    assert not set(made["email"].to_pylist()) & set(every_kind()["email"].to_pylist())
    assert len(set(model.sample(5_000).to_arrow()["id"].to_pylist())) == 5_000


def test_the_same_seed_gives_the_same_model_on_any_number_of_threads(name: str, model: TableModel) -> None:
    table = every_kind()
    for threads in (1, 2, 8):
        assert la.fit(table, "income", model=name, threads=threads).hash == model.hash
    assert la.fit(table, "income", model=name, privacy="strict").hash != model.hash
    assert la.fit(table.slice(1), "income", model=name).hash != model.hash


def test_the_model_depends_on_rows_and_not_on_how_they_are_held(name: str, model: TableModel) -> None:
    table = every_kind()
    chunks = pa.concat_tables([table.slice(0, 700), table.slice(700, 1), table.slice(701)])
    assert la.fit(chunks, "income", model=name).hash == model.hash
    labels = ["y", "x", "y", "x"] * 25
    orders = (["x", "y"], ["y", "x"], ["z", "y", "x"])
    tables = [
        pa.table(
            {
                "label": pa.DictionaryArray.from_arrays([order.index(v) for v in labels], order),
                "n": range(100),
            }
        )
        for order in orders
    ]
    assert len({la.fit(one, model=name).hash for one in tables}) == 1


def test_the_hash_knows_neither_the_time_nor_the_process(
    name: str, model: TableModel, tmp_path: Path
) -> None:
    """In a process with another hash seed, another time zone and another day in what it says of itself."""
    code = (
        "import json, sys, lookalike as la; from variety import every_kind\n"
        f"m = la.fit(every_kind(), 'income', model={name!r})\n"
        "m.save('other.lal'); print(json.dumps([m.hash, m.stored.provenance['made_at']]))"
    )
    threading.Event().wait(1.1)  # provenance is in whole seconds: make sure that it differs
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONHASHSEED": "3",
        "TZ": "Asia/Tokyo",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, check=True
    )
    other, made_at = json.loads(done.stdout)
    assert made_at != model.stored.provenance["made_at"]
    assert other == model.hash == la.load(tmp_path / "other.lal").hash


def test_seeds_give_different_rows(model: TableModel) -> None:
    seeds = [fingerprint(model.sample(500, seed=seed).to_arrow()) for seed in (0, 1, 2, 2**63 - 1)]
    assert len(set(seeds)) == 4
    one, two = (model.sample(5_000, seed=seed).to_arrow()["ratio"].to_numpy() for seed in (0, 1))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.06  # 4 standard errors of unrelated columns


def test_a_saved_model_draws_the_same_rows(model: TableModel, saved: Path, asked: dict[str, Any]) -> None:
    loaded = la.load(saved)
    assert loaded.hash == model.hash == file.digest(loaded.stored.fitted)
    assert fingerprint(loaded.sample(3_000, **asked).to_arrow()) == fingerprint(
        model.sample(3_000, **asked).to_arrow()
    )


def test_any_slice_in_any_order_is_the_slice_of_the_whole(model: TableModel, asked: dict[str, Any]) -> None:
    whole = model.sample(ROWS, seed=3, **asked).to_arrow().combine_chunks()
    sampler = model.stored.fitted.prepare(model.spec(seed=3, **asked))
    for start, stop in ((24_990, 25_000), (0, 1), (9_999, 10_001), (17_000, 17_777), (0, 25_000)):
        part = sampler.rows(start, stop)
        assert fingerprint(part) == fingerprint(whole.slice(start, stop - start)), (start, stop)
        lazy = model.sample(stop - start, start=start, seed=3, **asked).to_arrow()
        assert fingerprint(lazy) == fingerprint(part)


def test_any_chunk_and_any_workers_give_the_same_rows(model: TableModel, asked: dict[str, Any]) -> None:
    expected = fingerprint(model.sample(ROWS, seed=3, **asked).to_arrow())
    for rows_per_chunk, workers in ((1_777, 1), (10_000, 8), (100_000, 2)):
        drawn = model.sample(ROWS, seed=3, rows_per_chunk=rows_per_chunk, workers=workers, **asked)
        assert fingerprint(drawn.to_arrow()) == expected


def test_another_process_draws_the_same_rows(model: TableModel, saved: Path) -> None:
    code = (
        "import json, sys, lookalike as la; from test_models import SPECS, fingerprint\n"
        "m = la.load(sys.argv[1])\n"
        "rows = {k: m.sample(100, start=500_000, **SPECS[k]).to_arrow() for k in SPECS}\n"
        "print(json.dumps({k: fingerprint(rows[k]) for k in rows}))"
    )
    here = Path(__file__).parent
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)]), "PYTHONHASHSEED": "5"}
    done = subprocess.run([sys.executable, "-c", code, saved], env=env, capture_output=True, check=True)
    for spec, found in json.loads(done.stdout).items():
        assert found == fingerprint(model.sample(100, start=500_000, **SPECS[spec]).to_arrow()), spec


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl.gz"])
def test_the_bytes_of_a_file_depend_on_nothing_but_model_and_spec(
    model: TableModel, asked: dict[str, Any], tmp_path: Path, ending: str
) -> None:
    found: set[tuple[str, str]] = set()
    for number, (chunk, workers) in enumerate(((None, None), (3_333, 1), (20_000, 8))):
        path = tmp_path / f"{number}.{ending}"
        written = model.sample(ROWS, rows_per_chunk=chunk, workers=workers, **asked).write(path)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == written.sha256
        manifest = json.loads(Path(f"{path}.manifest.json").read_text())
        found.add((written.sha256, manifest["merkle_root"]))
    assert len(found) == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_tables_of_every_shape_are_learned_saved_and_drawn(name: str, shape: str, tmp_path: Path) -> None:
    table = SHAPES[shape]()
    model = la.fit(table, model=name)
    made = model.sample(300).to_arrow()
    assert len(made) == 300
    assert len(made.column_names) == len(table.column_names)
    loaded = la.load(model.save(tmp_path / "m.lal"))
    assert fingerprint(loaded.sample(300).to_arrow()) == fingerprint(made)
    for ending in ("parquet", "csv", "jsonl"):
        loaded.sample(30).write(tmp_path / f"out.{ending}")
        assert len(la.read(tmp_path / f"out.{ending}")) == 30


def test_conditions_that_cannot_be_met_or_make_no_sense_are_refused(model: TableModel) -> None:
    refused: dict[type[Exception], list[dict[str, Any]]] = {
        Unsatisfiable: [
            {"where": {"city": "Paris"}},
            {"where": {"rare": "only 1"}},
            {"where": {"age": "200.."}},
        ],
        BadInput: [{"where": {"age": "old"}}, {"where": {"size": 1}}, {"balance": "size"}],
        UsageError: [
            {"where": {"city": "A..B"}},
            {"where": {"id": "C-0000001"}},
            {"where": {"nothing": "x"}},
            {"where": {"age": "60..30"}},
            {"shares": {"city": {"Ulm": 0.7, "Bonn": 0.4}}},
            {"balance": "real"},
        ],
    }
    for kind, calls in refused.items():
        for call in calls:
            with pytest.raises(kind):
                model.sample(10, **call)


def test_the_schema_and_settings_are_all_that_the_constructor_keeps(name: str) -> None:
    made = models.make(name, privacy="careful", threads=3)
    before = dict(vars(made))
    table = la.read(every_kind(200), target="income")
    made.fit(table.arrow, table.schema, seed=1, watch=Unwatched())
    assert vars(made) == before
    with pytest.raises(UsageError):
        models.make(name, colour="red")


class Stopping:
    """A `Watch` that says stop from ``after_s`` on, and knows when it first did."""

    def __init__(self, after_s: float) -> None:
        self._from = time.monotonic() + after_s
        self.said: float | None = None
        self.told: list[tuple[int, int]] = []

    def progress(self, done: int, total: int) -> None:
        self.told.append((done, total))

    def stop(self) -> bool:
        if time.monotonic() < self._from:
            return False
        self.said = self.said or time.monotonic()
        return True


def stops_within(seconds: float, after_s: float, work: Callable[[Stopping], object]) -> bool:
    """Whether ``work`` was still running when it was told to stop; then it must have ended in time."""
    watch = Stopping(after_s)
    try:
        work(watch)
    except Cancelled:
        assert watch.said is not None
        assert time.monotonic() - max(watch.said, watch._from) < seconds
        assert threading.active_count() <= before_threads()
        return True
    return False


def before_threads() -> int:
    return sum(not thread.name.startswith("lookalike-") for thread in threading.enumerate())


@pytest.fixture(scope="module")
def large() -> la.Table:
    dice = np.random.default_rng(4)
    columns = {f"n{j}": dice.normal(size=200_000).round(2) for j in range(12)}
    columns |= {f"l{j}": dice.integers(0, 300, 200_000).astype(str) for j in range(4)}
    return la.read(pa.table(columns))


def test_a_fit_stops_when_asked_to(name: str, large: la.Table) -> None:
    la.fit(every_kind(200), model=name)  # so that nothing is compiled while the time is taken
    stopped = [
        stops_within(2.0, after_s, lambda watch: la.fit(large, model=name, watch=watch))
        for after_s in (0.0, 0.3, 1.5)
    ]
    assert stopped[0]
    assert stopped[1]


def test_a_sample_stops_when_asked_to(model: TableModel, asked: dict[str, Any], tmp_path: Path) -> None:
    sample = model.sample(5_000_000, **asked)
    assert stops_within(2.0, 0.5, lambda watch: sample.to_csv(tmp_path / "a.csv", watch=watch))
    assert list(tmp_path.iterdir()) == []


def test_progress_reaches_the_end_and_never_falls(name: str, tmp_path: Path) -> None:
    watch = Stopping(1e9)
    model = la.fit(every_kind(), "income", model=name, watch=watch)
    done = [step for step, _ in watch.told]
    assert done == sorted(done)
    assert watch.told[-1][0] == watch.told[-1][1] > 0
    watch = Stopping(1e9)
    model.sample(ROWS).to_csv(tmp_path / "a.csv", watch=watch)
    assert watch.told[-1] == (ROWS, ROWS)
