"""A sampler for the tests of what stands behind sampling: every cell is a counter-based draw of its row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lookalike import randomness
from lookalike.models.base import SampleSpec
from lookalike.models.stream import Sample
from lookalike.schema import Column, Schema

CITIES = ["Oslo", "Rome, Italy", 'the "Hague"', "", "two\nlines", "naïve ☃", "NA", "Lyon"]
PLAIN_CITIES = ["Oslo", "Rome", "Lyon", "Bern"]
SCHEMA = Schema(
    (
        Column(name="age", kind="numerical", type="int64", decimals=0),
        Column(
            name="city",
            kind="categorical",
            type="dictionary<values=string, indices=int32, ordered=0>",
            nulls=True,
        ),
        Column(name="big, number", kind="numerical", type="int64", nulls=True, decimals=0),
        Column(name="ratio", kind="numerical", type="double"),
        Column(name="note", kind="text", type="string", nulls=True, null_text="NA"),
    )
)


def bits(stream: int, start: int, stop: int) -> np.ndarray:
    """`randomness.draw` of rows ``start`` … ``stop - 1``, (rows,) uint64."""
    with np.errstate(over="ignore"):
        z = np.uint64(stream) + np.arange(start, stop, dtype=np.uint64) * np.uint64(randomness.GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@dataclass
class Counted:
    """Rows of `SCHEMA`; ``cities`` are the categories of ``city``."""

    seed: int = 0
    cities: tuple[str, ...] = tuple(CITIES)

    def rows(self, start: int, stop: int) -> pa.RecordBatch:
        age, city, big, ratio, note = (
            bits(randomness.key(self.seed, name), start, stop) for name in SCHEMA.names
        )
        missing = city % np.uint64(11) == 0
        codes = (city % np.uint64(len(self.cities))).astype(np.int32)
        words = pa.array(["cat", "dog", "=1+1", 'say "hi"', "a,b", "", "NA", "-5", "tab\t", "ünï"])
        return pa.RecordBatch.from_arrays(
            [
                pa.array((age % np.uint64(90)).astype(np.int64)),
                pa.DictionaryArray.from_arrays(pa.array(codes, mask=missing), pa.array(self.cities)),
                pa.array(big.astype(np.int64) // 1000, mask=big % np.uint64(7) == 0),
                pa.array((ratio >> np.uint64(11)).astype(np.float64) / (1 << 53)),
                words.take(pa.array((note % np.uint64(10)).astype(np.int64), mask=note % np.uint64(5) == 0)),
            ],
            names=list(SCHEMA.names),
        )


def sample(rows: int, *, start: int = 0, seed: int = 0, plain: bool = False, **options: object) -> Sample:
    """A `Sample` of a `Counted`; ``plain``: with cities that need no quotes."""
    return Sample(
        sampler=Counted(seed, tuple(PLAIN_CITIES if plain else CITIES)),
        schema=SCHEMA,
        rows=rows,
        start=start,
        spec=SampleSpec(seed=seed),
        model_sha256="ab" * 32,
        **options,  # type: ignore[arg-type]
    )
