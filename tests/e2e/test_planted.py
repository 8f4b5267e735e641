"""Two hundred real-looking people in a table: none of their values is in a million rows, or in the model."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from faker import Faker

import lookalike as la

PEOPLE = 200
ROWS = 3_000
MADE = 1_000_000


def people() -> pa.Table:
    """(3000, 10): personal columns of 200 people each, among 2,800 others whose values are as real."""
    fake = Faker("en_US")
    fake.seed_instance(23)
    dice = np.random.default_rng(23)
    makers = {
        "name": fake.name,
        "email": fake.email,
        "phone": fake.phone_number,
        "address": lambda: fake.street_address(),
        "card": lambda: fake.credit_card_number("visa16"),
        "iban": fake.iban,
        "ssn": fake.ssn,
        "notes": lambda: fake.sentence(nb_words=8),
    }
    columns = {name: [make() for _ in range(ROWS)] for name, make in makers.items()}
    columns["customer_id"] = [f"C-{number:07d}" for number in dice.permutation(2_000_000)[:ROWS]]
    return pa.table({**columns, "age": dice.integers(18, 90, ROWS)})


def test_no_planted_value_comes_out_of_a_million_rows_or_is_inside_the_model(tmp_path: Path) -> None:
    real = people()
    table = la.read(real)
    personal = [column.name for column in table.schema if column.kind in ("text", "id")]
    assert personal == [name for name in real.column_names if name != "age"]
    model = la.fit(table)
    planted = {name: pa.array(real[name].to_pylist()[:PEOPLE]) for name in personal}
    found: dict[str, int] = dict.fromkeys(personal, 0)
    for batch in model.sample(MADE, rows_per_chunk=50_000):
        for name in personal:
            found[name] += pc.sum(pc.is_in(batch[name], value_set=planted[name])).as_py()
    assert found == dict.fromkeys(personal, 0)
    with zipfile.ZipFile(model.save(tmp_path / "m.lal")) as stored:
        inside = b"".join(
            stored.read(member) for member in stored.namelist() if "list_" not in member
        )  # the frozen lists are public
    for name in personal:
        hits = [value for value in planted[name].to_pylist() if value.encode() in inside]
        assert hits == [], name
