"""A forger can make every checksum and the hash right. What is inside is then wrong with nothing to say so:
a model must find that out when it is loaded, or draw rows all the same; never crash, hang, or read elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

FORGE = """
import faulthandler, json, pathlib, random, sys
import numpy as np, pyarrow as pa
import lookalike as la
from lookalike import models
from lookalike.errors import LookalikeError
from lookalike.models import container, file
models.BUILT_IN["marginals"] = ("marginals:Marginals", "marginals:FittedMarginals")
faulthandler.enable()
name, count, path = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
rng = np.random.default_rng(0)
n = 2_000
table = pa.table({
    "town": pa.array([f"t{i}" for i in rng.integers(0, 30, n)]),
    "size": rng.integers(0, 900, n),
    "weight": pa.array(np.round(rng.normal(50, 9, n), 1), mask=rng.random(n) < 0.1),
    "code": [f"C-{i:05d}" for i in rng.permutation(n)],
    "sex": pa.array([("f", "m")[i] for i in rng.integers(0, 2, n)]),
})
la.fit(table, target="sex", model=name).save(path)
document, arrays = container.read(path)
refused = drawn = 0

def worst(dtype, chance):
    if dtype.kind == "f":
        return chance.choice([0.0, -1.0, 1e308, -1e308, float("nan"), float("inf")])
    info = np.iinfo("u1" if dtype.kind == "b" else dtype)
    top = 1 if dtype.kind == "b" else int(info.max)
    return chance.choice([0, 1, int(info.min), top, top // 2, chance.randrange(-3, 1000) % (top + 1)])

def spoil(value, chance):
    "One leaf of a JSON value, replaced."
    if isinstance(value, dict) and value:
        key = chance.choice(sorted(value))
        return {**value, key: spoil(value[key], chance)}
    if isinstance(value, list) and value:
        at = chance.randrange(len(value))
        return [*value[:at], spoil(value[at], chance), *value[at + 1:]]
    return chance.choice([None, 0, -1, 2**62, 1e300, "", "x", [], {}, [[]], True])

for number in range(count):
    chance = random.Random(number)
    head = {key: document[key] for key in ("stream_version", "model", "schema", "meta")}
    forged = {key: array.copy() for key, array in arrays.items()}
    if chance.random() < 0.3:
        head["meta"] = spoil(head["meta"], chance)
    else:
        key = chance.choice(sorted(forged))
        array = forged[key]
        if array.size and chance.random() < 0.8:
            for _ in range(chance.choice([1, 1, 5])):
                array.reshape(-1)[chance.randrange(array.size)] = worst(array.dtype, chance)
        else:
            forged[key] = chance.choice([array[:0], array.reshape(-1)[: array.size // 2], np.tile(array, 2)])
    try:
        signed = {**document, **head, "hash": file._digest(head, forged)}
        container.write(signed, forged, path)
        model = la.load(path)
    except LookalikeError:
        refused += 1
        continue
    print(number, file=sys.stderr, flush=True)  # the last one named is the one that broke
    try:
        rows = model.sample(500, seed=1, workers=1).to_arrow()
        rows.validate(full=True)
        assert rows.num_rows == 500
        drawn += 1
    except LookalikeError:
        refused += 1
print(json.dumps({"refused": refused, "drawn": drawn}))
"""


@pytest.mark.parametrize("name", ["marginals", "independent", "trees"])
@pytest.mark.parametrize("count", [150, pytest.param(5_000, marks=pytest.mark.faults)])
def test_a_forged_model_is_refused_or_draws(tmp_path: Path, name: str, count: int) -> None:
    command = [sys.executable, "-c", FORGE, name, str(count), str(tmp_path / "m.lal")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["refused"] + found["drawn"] == count
