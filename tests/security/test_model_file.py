"""A model file may come from a stranger: whatever is in it, loading ends in a model or in one clear error."""

from __future__ import annotations

import io
import json
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import marginals
from lookalike import models
from lookalike.errors import BadModelFile, UsageError
from lookalike.models import container, file
from lookalike.models.base import SampleSpec
from lookalike.schema import Column, Schema
from lookalike.watch import Unwatched

MUTANTS = 1_000


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    rng = np.random.default_rng(5)
    schema = Schema(
        (
            Column(name="town", kind="categorical", type="string"),
            Column(name="size", kind="numerical", type="int64"),
        )
    )
    table = pa.table({"town": [f"t{i}" for i in rng.integers(0, 40, 500)], "size": rng.integers(0, 900, 500)})
    model = marginals.Marginals().fit(table, schema, seed=0, watch=Unwatched())
    path = tmp_path_factory.mktemp("good") / "m.lal"
    file.save(file.Stored(model, file.digest(model), {"rows": 500}), path)
    return path.read_bytes()


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(models.BUILT_IN, "marginals", marginals.PLACES)


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(parts: dict[str, bytes] | list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in parts.items() if isinstance(parts, dict) else parts:
            archive.writestr(name, data)
    return out.getvalue()


def flip(data: bytes, rng: random.Random) -> bytes:
    mutant = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        mutant[rng.randrange(len(mutant))] ^= 1 << rng.randrange(8)
    return bytes(mutant)


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def splice(data: bytes, rng: random.Random) -> bytes:
    a, b = sorted(rng.randrange(len(data)) for _ in range(2))
    return data[:a] + rng.choice((b"", data[a:b] * 2, rng.randbytes(b - a))) + data[b:]


def swap(data: bytes, rng: random.Random) -> bytes:
    parts = members(data)
    a, b = rng.sample(sorted(parts), 2)
    parts[a], parts[b] = parts[b], parts[a]
    return zipped(parts)


def mend_nothing(data: bytes, rng: random.Random) -> bytes:
    """A byte inside a member, with the checksum put right: only the hash can tell."""
    parts = members(data)
    name = rng.choice(sorted(parts))
    parts[name] = flip(parts[name], rng)
    return zipped(parts)


def forge(data: bytes, rng: random.Random) -> bytes:
    """A size or an offset in the zip's own directory."""
    mutant = bytearray(data)
    entries = [i for i in range(len(data) - 4) if data[i : i + 4] == b"PK\x01\x02"]
    at = rng.choice(entries) + rng.choice((20, 24, 42))
    struct.pack_into("<I", mutant, at, rng.choice((0, 1, 2**31, 2**32 - 2, rng.randrange(2**32))))
    return bytes(mutant)


KINDS: list[Callable[[bytes, random.Random], bytes]] = [flip, flip, cut, splice, swap, mend_nothing, forge]


def rows_of(path: Path) -> tuple[str, pa.RecordBatch]:
    stored = file.load(path)
    return stored.hash, stored.fitted.prepare(SampleSpec(seed=1)).rows(0, 20)


def test_a_thousand_mutants_are_each_refused_or_equal(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.lal"
    path.write_bytes(good)
    wanted = rows_of(path)
    refused = equal = 0
    for number in range(MUTANTS):
        rng = random.Random(number)
        path.write_bytes(KINDS[number % len(KINDS)](good, rng))
        try:
            found = rows_of(path)
        except BadModelFile as error:
            refused += error.file == str(path) and error.exit_status == 5
        else:
            assert found[0] == wanted[0], number
            assert found[1].equals(wanted[1]), number
            equal += 1
    assert refused + equal == MUTANTS
    assert refused > 0.9 * MUTANTS


def edited(good: bytes, change: Callable[[Any], Any]) -> bytes:
    """The good file with its document changed and its hash made right again, as a forger would."""
    parts = members(good)
    document = json.loads(parts["model.json"])
    replaced = change(document)
    document = document if replaced is None else replaced
    try:
        arrays = {
            name.removeprefix("arrays/").removesuffix(".npy"): np.load(io.BytesIO(data))
            for name, data in parts.items()
            if name != "model.json"
        }
        head = {key: document[key] for key in ("stream_version", "model", "schema", "meta")}
        document["hash"] = file._digest(head, arrays)
    except (KeyError, TypeError, UsageError):
        pass  # what cannot be hashed keeps the old hash
    parts["model.json"] = json.dumps(document).encode()
    return zipped(parts)


def setting(key: str, value: Any) -> Callable[[Any], None]:
    return lambda document: document.__setitem__(key, value)


FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda good: b"",
    "text": lambda good: b"hello\n" * 100,
    "an empty zip": lambda good: zipped({}),
    "a zip of something else": lambda good: zipped({"a.txt": b"a"}),
    "json that is no object": lambda good: zipped({"model.json": b"[]"}),
    "json that is not utf-8": lambda good: zipped({"model.json": b"\xff\xfe{}"}),
    "json nested 100,000 deep": lambda good: zipped({"model.json": b"[" * 100_000}, zipfile.ZIP_STORED),
    "a number of 10,000 digits": lambda good: zipped({"model.json": b'{"x":' + b"9" * 10_000 + b"}"}),
    "NaN": lambda good: edited(good, lambda d: d["meta"].__setitem__("x", float("nan"))),
    "another format": lambda good: edited(good, setting("format", "pickle")),
    "no hash": lambda good: edited(good, lambda d: d.pop("meta") and None),
    "an unknown field": lambda good: edited(good, setting("code", "import os")),
    "a model that is a path": lambda good: edited(good, setting("model", "os:system")),
    "a schema of another table": lambda good: edited(
        good, setting("schema", {"version": 1, "columns": [{"name": "a", "kind": "id", "type": "string"}]})
    ),
    "a schema that is none": lambda good: edited(good, setting("schema", {"columns": [1]})),
    "meta without labels": lambda good: edited(good, lambda d: d["meta"].pop("labels") and None),
    "meta of the wrong type": lambda good: edited(good, lambda d: d["meta"].__setitem__("labels", 3)),
    "too few labels": lambda good: edited(good, lambda d: d["meta"]["labels"]["town"].pop() and None),
    "an array that is not there": lambda good: edited(
        good, lambda d: d["arrays"].__setitem__("z", {"dtype": "<i8", "shape": [1]})
    ),
    "an array of objects": lambda good: edited(good, lambda d: d["arrays"]["c0"].__setitem__("dtype", "|O")),
    "a negative shape": lambda good: edited(good, lambda d: d["arrays"]["c0"].__setitem__("shape", [-1])),
    "a huge shape": lambda good: edited(
        good, lambda d: d["arrays"]["c0"].__setitem__("shape", [2**62, 2**62])
    ),
    "a shape that is text": lambda good: edited(good, lambda d: d["arrays"]["c0"].__setitem__("shape", "3")),
    "a member outside": lambda good: zipped({**members(good), "../../evil": b"x"}),
    "a member twice": lambda good: zipped([*members(good).items(), *list(members(good).items())[:1]]),
    "an lzma member": lambda good: zipped(members(good), zipfile.ZIP_LZMA),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_file_is_refused(good: bytes, tmp_path: Path, name: str) -> None:
    path = tmp_path / "m.lal"
    path.write_bytes(FORGERIES[name](good))
    with pytest.raises(BadModelFile) as caught:
        file.load(path)
    assert caught.value.file == str(path)


@pytest.mark.parametrize("key", ["format_version", "stream_version"])
def test_an_unknown_version_is_refused_by_name(good: bytes, tmp_path: Path, key: str) -> None:
    path = tmp_path / "m.lal"
    path.write_bytes(edited(good, setting(key, 99)))
    with pytest.raises(BadModelFile, match=f"{key} 99"):
        file.load(path)


def test_an_array_with_a_pickle_inside_is_not_opened(good: bytes, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (Path(tmp_path / "ran").touch, ())

    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    path = tmp_path / "m.lal"
    path.write_bytes(zipped({**members(good), "arrays/c0.npy": buffer.getvalue()}))
    with pytest.raises(BadModelFile):
        file.load(path)
    assert not (tmp_path / "ran").exists()


def bomb(declared: int) -> bytes:
    """A small file with an array of ``declared`` zero bytes, deflated."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (declared,)}
    )
    document = {"arrays": {"a": {"dtype": "|u1", "shape": [declared]}}}
    return zipped(
        {"model.json": json.dumps(document).encode(), "arrays/a.npy": header.getvalue() + bytes(declared)}
    )


def test_a_bomb_is_refused_before_anything_of_its_size_is_allocated(tmp_path: Path) -> None:
    path = tmp_path / "m.lal"
    path.write_bytes(bomb(64 << 20))
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(BadModelFile, match="expand"):
            container.read(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_a_size_that_only_the_document_claims_is_not_allocated(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.lal"
    path.write_bytes(edited(good, lambda d: d["arrays"]["c0"].__setitem__("shape", [10**12])))
    with pytest.raises(BadModelFile, match="not as long"):
        file.load(path)


def test_a_boolean_is_true_or_false(tmp_path: Path) -> None:
    path = tmp_path / "m.lal"
    container.write({}, {"a": np.array([1, 2, 255], "u1").view("?")}, path)
    with pytest.raises(BadModelFile, match="boolean"):
        container.read(path)


@pytest.mark.parametrize("what", ["missing", "folder"])
def test_what_is_not_a_file_is_said(tmp_path: Path, what: str) -> None:
    with pytest.raises(BadModelFile) as caught:
        file.load(tmp_path / "m.lal" if what == "missing" else tmp_path)
    assert caught.value.file
