"""Which columns are taken for personal data, and which are not."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest
from faker import Faker

from lookalike.tables.headers import content_of
from lookalike.tables.personal import CONTENTS, recognise

FAKER = Faker("en_US")
FAKER.seed_instance(5)
DICE = random.Random(5)
ROWS = 300


def many(make: object, n: int = ROWS) -> list[str]:
    assert callable(make)
    return [make() for _ in range(n)]


PERSONAL = {
    ("mail_addr", "email"): many(FAKER.email),
    ("x1", "email"): ["a@b.org", "c@d.com"] * 500,  # an address is one however often it comes
    ("x2", "iban"): many(FAKER.iban),
    ("x3", "card"): many(FAKER.credit_card_number),
    ("x4", "ipv4"): many(FAKER.ipv4),
    ("x5", "ipv6"): many(FAKER.ipv6),
    ("x6", "url"): many(FAKER.url),
    ("x7", "ssn"): many(FAKER.ssn),
    ("x8", "phone"): [f"+49 {DICE.randrange(30, 999)} {DICE.randrange(10**6, 10**7)}" for _ in range(ROWS)],
    ("Telefon", "phone"): [f"0{DICE.randrange(30, 99)}{DICE.randrange(10**6, 10**7)}" for _ in range(ROWS)],
    ("contact", "name"): many(FAKER.name),
    ("x9", "name"): [f"{FAKER.last_name()}, {FAKER.first_name()}" for _ in range(ROWS)],
    ("vorname", "first_name"): many(FAKER.first_name),
    ("Apellidos", "last_name"): many(FAKER.last_name),
    ("nom_de_famille", "last_name"): many(FAKER.last_name),
    ("Company", "company"): many(FAKER.company),
    ("Straße", "address"): [f"{FAKER.last_name()}weg {DICE.randrange(1, 99)}" for _ in range(ROWS)],
    ("indirizzo", "address"): [f"Via {FAKER.last_name()} {DICE.randrange(1, 99)}" for _ in range(ROWS)],
    ("x10", "address"): [f"{DICE.randrange(1, 999)} {FAKER.last_name()} Street" for _ in range(ROWS)],
    ("login", "username"): many(FAKER.unique.user_name),
    ("comment", "words"): many(FAKER.sentence),
    ("BSN", "ssn"): [str(DICE.randrange(10**8, 10**9)) for _ in range(ROWS)],
}


@pytest.mark.parametrize(("header", "content"), PERSONAL)
def test_personal_columns_are_recognised(header: str, content: str) -> None:
    values = pa.array(PERSONAL[header, content])
    assert recognise(header, values) == content
    assert recognise(header, values.dictionary_encode()) == content
    assert content in CONTENTS


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("name", ["Anna Smith", "Bob Jones", "Carl Fox"] * 3_000),
        ("product_name", ["Aniseed Syrup", "Chef Mix", "Dried Pears"] * 100),
        ("sex", ["Male", "Female"] * 100),
        ("country", ["Germany", "France", "Spain"] * 100),
        ("city", ["Berlin", "Paris", "London"] * 100),
        ("address", ["North 1", "South 2"] * 100),
        ("phone", ["iOS 12", "Android 11"] * 100),
        ("price", [f"{i}.50" for i in range(300)]),
        ("date", [f"2024-01-{1 + i % 28:02d}" for i in range(300)]),
        ("time", [f"2024-01-01 10:00:{i % 60:02d}" for i in range(300)]),
        ("version", [f"1.{i}.0" for i in range(300)]),
        ("order", [f"C-{i:05d}" for i in range(300)]),
        ("empty", [None, None]),
        ("blank", ["", " "]),
        ("amount", list(range(1_000, 2_000))),
        ("ratio", [0.5, 0.25]),
    ],
)
def test_ordinary_columns_are_left_alone(header: str, values: list[object]) -> None:
    assert recognise(header, pa.array(values)) is None


def test_numbers_that_are_cards_or_phones_are_found_in_integer_columns() -> None:
    cards = pa.array([int(FAKER.credit_card_number("visa16")) for _ in range(ROWS)])
    assert recognise("n", cards) == "card"
    phones = pa.array([DICE.randrange(10**9, 10**10) for _ in range(ROWS)])
    assert recognise("mobile", phones) == "phone"
    assert recognise("n", phones) is None


def test_a_few_missing_or_odd_values_do_not_hide_the_rest() -> None:
    values = many(FAKER.email, 200) + [None] * 500 + ["unknown", "n/a"]
    assert recognise("contact", pa.array(values)) == "email"


def test_the_adult_table_has_no_personal_column() -> None:
    table = pyarrow.csv.read_csv(Path(__file__).parents[2] / "examples" / "data" / "adult" / "train.csv")
    assert {n: recognise(n, table[n]) for n in table.column_names if recognise(n, table[n])} == {}


@pytest.mark.parametrize(
    ("header", "content"),
    [
        ("firstName", "first_name"),
        ("FIRST_NAME", "first_name"),
        ("Prénom", "first_name"),
        ("customer.surname", "last_name"),
        ("HomePhone2", "phone"),
        ("e-mail", "email"),
        ("Código Postal", "postal_code"),
        ("indirizzo", "address"),
        ("Achternaam", "last_name"),
        ("codice fiscale", "ssn"),
        ("capital.gain", None),
        ("hours", None),
        ("", None),
    ],
)
def test_headers_in_several_languages(header: str, content: str | None) -> None:
    assert content_of(header) == content


def test_a_million_rows_are_judged_by_a_sample() -> None:
    values = pa.array([f"u{i}@mail.org" for i in range(1_000_000)])
    assert recognise("x", values) == "email"
