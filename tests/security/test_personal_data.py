"""Two hundred planted values of every kind of personal data: none of them may come out, or be inside."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from faker import Faker

from lookalike import randomness
from lookalike.models.fakes import Fakes
from lookalike.models.ids import Ids
from lookalike.tables.check_digits import iban_digits, luhn_digit

# every locale of the list writes with the letters that the fakes use, so that coincidences are likely
FAKER = Faker("en_US")
FAKER.seed_instance(17)
DICE = random.Random(17)
PLANTED = 200


def different(make: Callable[[], str]) -> list[str]:
    values: dict[str, None] = {}
    while len(values) < PLANTED:
        values[make()] = None
    return list(values)


def short_card(number: int) -> str:
    """A valid card of the range that the fakes use, so short that they would soon make the same one."""
    body = np.array([[int(c) for c in f"400000{number:05d}0"]], np.uint8)
    return f"400000{number:05d}{luhn_digit(body)[0]}"


def short_iban(number: int) -> str:
    """The same for IBANs."""
    text = np.frombuffer(f"DE00{number:05d}".encode(), np.uint8)[None, :]
    return f"DE{iban_digits(text).tobytes().decode()}{number:05d}"


KINDS: dict[str, tuple[str, list[str]]] = {
    "names": ("name", different(lambda: f"{FAKER.first_name()} {FAKER.last_name()}")),
    "names in capitals": ("name", different(lambda: FAKER.name().upper())),
    "first names": ("first_name", different(FAKER.first_name)),
    "last names": ("last_name", different(FAKER.last_name)),
    "companies": (
        "company",
        different(lambda: f"{FAKER.last_name()} {FAKER.random_element(['Inc', 'LLC'])}"),
    ),
    "e-mails": ("email", different(FAKER.safe_email)),
    "e-mails like ours": (
        "email",
        different(lambda: f"{FAKER.first_name()}{DICE.randrange(100):02d}@example.com".lower()),
    ),
    "user names": ("username", different(FAKER.user_name)),
    "phones": ("phone", different(FAKER.phone_number)),
    "short phones": ("phone", different(lambda: f"{DICE.randrange(100, 1_000)}-{DICE.randrange(100):02d}")),
    "addresses": ("address", different(FAKER.street_address)),
    "whole addresses": ("address", different(FAKER.address)),
    "cities": ("city", different(lambda: f"{FAKER.first_name()}{FAKER.city_suffix()}")),
    "postal codes": ("postal_code", different(FAKER.postcode)),
    "cards": ("card", different(lambda: FAKER.credit_card_number("visa16"))),
    "cards like ours": ("card", different(lambda: short_card(DICE.randrange(10**5)))),
    "ibans": ("iban", different(FAKER.iban)),
    "ibans like ours": ("iban", different(lambda: short_iban(DICE.randrange(10**5)))),
    "ssns": (
        "ssn",
        different(lambda: f"9{DICE.randrange(100):02d}-{DICE.randrange(10):02d}-{DICE.randrange(100):04d}"),
    ),
    "addresses of machines": ("ipv4", different(lambda: f"198.18.{DICE.randrange(4)}.{DICE.randrange(256)}")),
    "addresses of machines, 6": ("ipv6", different(FAKER.ipv6)),
    "pages": ("url", different(FAKER.url)),
    "sentences": ("words", different(lambda: FAKER.sentence(nb_words=3))),
    "two words": ("words", different(lambda: " ".join(FAKER.words(2)))),
    "texts": ("words", different(FAKER.text)),
}


def planted(kind: str) -> tuple[pa.Array, Fakes]:
    content, values = KINDS[kind]
    array = pa.array(values)
    return array, Fakes.learn(array, content, name="column", seed=DICE.randrange(2**60))


def none_comes_out(kind: str, rows: int) -> None:
    array, fakes = planted(kind)
    for start in range(0, rows, 100_000):
        made = fakes.rows(start, min(start + 100_000, rows), randomness.key(5, "column"))
        found = made.filter(pc.is_in(made, value_set=array))
        assert len(found) == 0, found[0]


@pytest.mark.parametrize("kind", KINDS)
def test_no_planted_value_comes_out(kind: str) -> None:
    none_comes_out(kind, 100_000)


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
def test_no_planted_value_comes_out_of_a_million_rows(kind: str) -> None:
    none_comes_out(kind, 1_000_000)


@pytest.mark.parametrize("kind", KINDS)
def test_no_planted_value_is_inside_the_model(kind: str) -> None:
    array, fakes = planted(kind)
    meta, arrays = fakes.arrays()
    stored = json.dumps(meta, ensure_ascii=False).encode()
    # the frozen lists are public: they hold common first names whether or not these are in the column
    stored += b"".join(a.tobytes() for name, a in arrays.items() if not name.startswith("list_"))
    assert not [value for value in array.to_pylist() if len(value) > 3 and value.encode() in stored]
    # two bits per value and shape, where the values themselves or their hashes would take 64 and more
    rooms = sum(a.nbytes for name, a in arrays.items() if name.startswith("open_"))
    assert rooms <= len(fakes.shapes) * PLANTED


def test_the_lists_are_the_same_whatever_is_in_the_column() -> None:
    one = Fakes.learn(pa.array(["Anna", "Bob"]), "first_name", name="c", seed=1).arrays()[1]
    two = Fakes.learn(pa.array(KINDS["first names"][1][:50]), "first_name", name="c", seed=1).arrays()[1]
    assert one["list_first"].tobytes() == two["list_first"].tobytes()


def test_planted_ids_do_not_come_out_either() -> None:
    for make in (
        lambda: f"{DICE.randrange(10**4):04d}",
        lambda: f"C-{DICE.randrange(10**6):06d}",
        lambda: "".join(DICE.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=4)),
    ):
        array = pa.array(different(make))
        ids = Ids.learn(array, name="id", seed=1)
        made = ids.rows(0, min(ids.capacity, 1_000_000), randomness.key(5, "id"))
        assert not pc.any(pc.is_in(made, value_set=array)).as_py()
