"""The model file: what goes in comes out, and the hash says what the rows depend on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marginals
from lookalike import models
from lookalike.errors import BadModelFile, CannotWrite, UsageError
from lookalike.models import container, file
from lookalike.models.base import SampleSpec
from lookalike.schema import Column, Schema
from lookalike.watch import Unwatched

SCHEMA = Schema(
    (
        Column(name="town", kind="categorical", type="string"),
        Column(name="age", kind="numerical", type="int64", nulls=True),
        Column(name='note, "odd" name\n', kind="constant", type="string", value="x"),
    )
)
TABLE = pa.table(
    {
        "town": ["Ulm", "Köln", "Ulm", "東京"],
        "age": pa.array([30, None, 41, 30], "int64"),
        'note, "odd" name\n': ["x", "x", "x", "x"],
    }
)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(models.BUILT_IN, "marginals", marginals.PLACES)


def fitted(seed: int = 0, table: pa.Table = TABLE) -> marginals.FittedMarginals:
    return marginals.Marginals().fit(table, SCHEMA, seed=seed, watch=Unwatched())


def stored(**provenance: Any) -> file.Stored:
    model = fitted()
    return file.Stored(model, file.digest(model), provenance)


def test_a_loaded_model_draws_the_same_rows(tmp_path: Path) -> None:
    before = stored(rows=4)
    size = file.save(before, tmp_path / "m.lal")
    after = file.load(tmp_path / "m.lal")
    spec = SampleSpec(seed=3)
    assert after.fitted.prepare(spec).rows(0, 50).equals(before.fitted.prepare(spec).rows(0, 50))
    assert (after.hash, after.provenance, after.fitted.schema) == (before.hash, {"rows": 4}, SCHEMA)
    assert file.digest(after.fitted) == before.hash
    assert size == (tmp_path / "m.lal").stat().st_size


def test_the_bytes_of_a_model_are_those_of_its_file_and_load_alike(tmp_path: Path) -> None:
    before = stored(rows=4)
    file.save(before, tmp_path / "m.lal")
    data = file.dumps(before)
    assert data == (tmp_path / "m.lal").read_bytes()
    assert file.loads(data, "m").hash == file.load(tmp_path / "m.lal").hash == before.hash
    for broken in (b"", b"x", data[:-100], data[:200] + b"y" + data[201:]):
        with pytest.raises(BadModelFile) as caught:
            file.loads(broken, "the upload")
        assert caught.value.file == "the upload"


def test_the_same_model_saved_twice_is_the_same_bytes(tmp_path: Path) -> None:
    file.save(stored(), tmp_path / "a.lal")
    file.save(stored(), tmp_path / "b.lal")
    assert (tmp_path / "a.lal").read_bytes() == (tmp_path / "b.lal").read_bytes()


def test_the_hash_is_of_what_determines_rows_and_of_nothing_else(tmp_path: Path) -> None:
    assert file.digest(fitted()) == file.digest(fitted())
    assert file.digest(fitted(seed=1)) != file.digest(fitted())
    other = TABLE.set_column(1, "age", pa.array([30, None, 42, 30], "int64"))
    assert file.digest(fitted(table=other)) != file.digest(fitted())
    file.save(stored(made_at="today"), tmp_path / "a.lal")
    file.save(stored(made_at="tomorrow"), tmp_path / "b.lal")
    assert file.load(tmp_path / "a.lal").hash == file.load(tmp_path / "b.lal").hash


def test_the_hash_sees_the_type_and_the_shape_of_an_array() -> None:
    values = np.arange(6, dtype="i8")
    heads = [{"a": values}, {"a": values.reshape(2, 3)}, {"a": values.view("u8")}, {"b": values}]
    assert len({file._digest({}, arrays) for arrays in heads}) == len(heads)


def test_keys_and_tuples_hash_as_what_a_loaded_file_holds() -> None:
    assert file._digest({"k": {10: (1, 2), 9: 0}}, {}) == file._digest({"k": {"10": [1, 2], "9": 0}}, {})


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", re.ASCII), fullmatch=True),
        st.tuples(st.sampled_from(sorted(container.DTYPES)), st.lists(st.integers(0, 5), max_size=4)),
        max_size=4,
    )
)
def test_any_array_of_numbers_comes_back_writable(tmp_path_factory: Any, wanted: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("box") / "x.lal"
    rng = np.random.default_rng(1)
    arrays = {}
    for name, (dtype, shape) in wanted.items():
        count = int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize
        raw = rng.integers(0, 2 if dtype == "|b1" else 256, count, dtype="u1")
        arrays[name] = raw.view(dtype).reshape(shape)
    container.write({"x": 1}, arrays, path)
    document, back = container.read(path)
    assert document["x"] == 1
    assert set(back) == set(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        assert back[name].tobytes() == array.tobytes()
        assert back[name].flags.writeable
        assert back[name].flags.c_contiguous


def test_arrays_are_ordinary_npy_files(tmp_path: Path) -> None:
    file.save(stored(), tmp_path / "m.lal")
    with zipfile.ZipFile(tmp_path / "m.lal") as archive, archive.open("arrays/c0.npy") as member:
        assert np.load(member, allow_pickle=False).tolist() == [1, 2, 1]


def test_zeros_that_pack_too_well_are_still_loaded(tmp_path: Path) -> None:
    container.write({}, {"zeros": np.zeros(400_000), "ones": np.ones(10)}, tmp_path / "z.lal")
    assert not container.read(tmp_path / "z.lal")[1]["zeros"].any()


def test_numbers_that_repeat_are_packed(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 50, 100_000)
    container.write({}, {"a": values}, tmp_path / "a.lal")
    assert (tmp_path / "a.lal").stat().st_size < values.nbytes / 2


@pytest.mark.parametrize(
    "array",
    [np.array(["a"]), np.array([None], dtype=object), np.array([1], dtype=">i4"), np.array([1j])],
    ids=["text", "object", "big-endian", "complex"],
)
def test_an_array_that_is_not_plain_numbers_is_refused(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(UsageError, match="'a'"):
        container.write({}, {"a": array}, tmp_path / "x.lal")
    assert list(tmp_path.iterdir()) == []


def test_what_json_cannot_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="JSON"):
        container.write({"x": float("nan")}, {}, tmp_path / "x.lal")


def test_inspect_says_what_of_the_data_is_inside(tmp_path: Path) -> None:
    file.save(stored(rows=4), tmp_path / "m.lal")
    shown = file.inspect(tmp_path / "m.lal")
    assert json.loads(json.dumps(shown)) == shown
    assert shown["model"] == "marginals"
    assert shown["provenance"] == {"rows": 4}
    assert shown["settings"] == {"privacy": "standard"}
    assert shown["arrays"]["c1"] == {"dtype": "<i8", "shape": [3], "bytes": 24}
    assert any("labels" in line and "town" in line for line in shown["contains"])
    assert shown["contains"][-1] == "no rows and no code"


def test_what_a_model_knows_of_itself_is_in_the_list() -> None:
    class Telling(marginals.FittedMarginals):
        def contains(self) -> list[str]:
            return ["every town, however rare"]

    assert "every town, however rare" in file.contents(Telling(*fitted().arrays()))


def test_a_model_of_an_unknown_kind_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.save(stored(), tmp_path / "m.lal")
    monkeypatch.delitem(models.BUILT_IN, "marginals")
    with pytest.raises(BadModelFile, match="'marginals'") as caught:
        file.load(tmp_path / "m.lal")
    assert caught.value.hint


def test_a_model_can_come_from_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(models.BUILT_IN, "marginals")
    info = tmp_path / "plug-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: plug\nVersion: 1\n")
    model, made = marginals.PLACES
    (info / "entry_points.txt").write_text(
        f"[{models.MODELS_GROUP}]\nmarginals = {model}\n[{models.FITTED_GROUP}]\nmarginals = {made}\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert isinstance(models.make("marginals", privacy="strict"), marginals.Marginals)
    assert models.fitted_class("marginals") is marginals.FittedMarginals


def test_an_unknown_model_or_setting_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="'forest'"):
        models.make("forest")
    with pytest.raises(UsageError, match="depth"):
        models.make("marginals", depth=3)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite) as caught:
        file.save(stored(), tmp_path / "no" / "m.lal")
    assert caught.value.file == str(tmp_path / "no" / "m.lal")


SAVE = """
import sys; sys.path.insert(0, {tests!r})
import pathlib, numpy as np
from lookalike.models import container
container.write({{}}, {{"a": np.arange(1000)}}, pathlib.Path({path!r}))
"""


@pytest.mark.parametrize("point", ["before-open", "before-write", "before-fsync", "before-rename"])
@pytest.mark.parametrize("action", ["kill", "error"])
def test_a_save_that_is_broken_off_leaves_the_old_file(tmp_path: Path, point: str, action: str) -> None:
    path = tmp_path / "m.lal"
    path.write_bytes(b"the old one")
    code = SAVE.format(tests=str(Path(__file__).parents[1]), path=str(path))
    env = {**os.environ, "LOOKALIKE_FAULT": f"{point}:{action}"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == (-9 if action == "kill" else 1)
    assert path.read_bytes() == b"the old one"
    if action == "error":
        assert "CannotWrite" in done.stderr
        assert [p.name for p in tmp_path.iterdir()] == ["m.lal"]
