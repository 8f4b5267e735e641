"""Made-up personal data: in the column's shapes, valid, reproducible, and never a real value."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from faker import Faker

import lookalike as la
from lookalike import randomness
from lookalike.errors import BadModelFile, BadSchema
from lookalike.models import wordlists
from lookalike.models.fakes import Fakes
from lookalike.models.shapes import CONTENTS, shapes_of
from lookalike.tables.check_digits import is_iban, is_luhn

FAKER = Faker("en_US")
FAKER.seed_instance(9)
KEY = randomness.key(3, "column")


def made(values: list[Any], content: str, rows: int = 2_000, **options: Any) -> list[Any]:
    return Fakes.learn(pa.array(values), content, name="c", seed=1, **options).rows(0, rows, KEY).to_pylist()


def share(values: list[Any], expression: str) -> float:
    return pc.mean(
        pc.match_substring_regex(pa.array(values), f"^(?:{expression})$").cast(pa.float64())
    ).as_py()


@pytest.mark.parametrize(
    ("content", "values", "expression"),
    [
        (
            "name",
            [f"{FAKER.last_name()}, {FAKER.first_name()}" for _ in range(90)],
            "[A-Z][a-z]+, [A-Z][a-z]+",
        ),
        ("name", [FAKER.name().upper() for _ in range(90)], "[A-Z]+ [A-Z]+"),
        ("name", [f"{FAKER.first_name()} Q. {FAKER.last_name()}" for _ in range(90)], r"\w+ [A-Z]\. \w+"),
        ("first_name", [FAKER.first_name().lower() for _ in range(90)], "[a-z]+"),
        ("email", [FAKER.email() for _ in range(90)], r"[a-z.]+[0-9]*@example\.(com|org|net)"),
        ("phone", [f"({i}) 555-01{i % 100:02d}" for i in range(200, 290)], r"\([1-9]\d\d\) \d{3}-\d{4}"),
        ("phone", [f"+49 30 {i}" for i in range(1_000_000, 1_000_090)], r"\+49 \d\d \d{7}"),
        ("phone", [f"030-00{i}" for i in range(10_000, 10_090)], r"0\d\d-\d{7}"),
        ("phone", [f"555-0{i} x{i}" for i in range(100, 190)], r"[1-9]\d\d-\d{4} x\d{3}"),
        ("ssn", [FAKER.ssn() for _ in range(90)], r"9\d\d-\d\d-\d{4}"),
        ("postal_code", [f"EC{i % 10} {i % 9}SD" for i in range(90)], r"[A-Z]{2}\d \d[A-Z]{2}"),
        ("address", [f"{i} {FAKER.last_name()} Road" for i in range(100, 190)], r"\d{3} [A-Z]\w+ [A-Z]\w+"),
        ("address", [f"{FAKER.last_name()}str. {i}" for i in range(10, 99)], r"[A-Z]\w+ [A-Z]\w+ \d\d"),
        ("ipv4", [FAKER.ipv4() for _ in range(90)], r"198\.1[89](\.\d{1,3}){2}"),
        ("ipv6", [FAKER.ipv6() for _ in range(90)], r"2001:db8(:[1-9a-f][0-9a-f]{3}){6}"),
        ("url", [FAKER.url() for _ in range(90)], r"https?://[a-z]+-[a-z]+\.example\.(com|org|net)"),
        ("username", [FAKER.user_name() for _ in range(90)], r"[a-z]+\d*"),
    ],
)
def test_values_have_the_shape_of_the_column(content: str, values: list[str], expression: str) -> None:
    assert share(made(values, content), expression) == 1.0


def test_shapes_come_as_often_as_in_the_column() -> None:
    values = [f"{FAKER.first_name()} {FAKER.last_name()}" for _ in range(300)]
    values += [f"{FAKER.last_name()}, {FAKER.first_name()}" for _ in range(100)]
    commas = sum("," in v for v in made(values, "name", 20_000)) / 20_000
    assert commas == pytest.approx(0.25, abs=0.02)


def test_cards_and_ibans_have_valid_check_digits_and_grouping() -> None:
    values = [FAKER.credit_card_number("visa16") for _ in range(90)]
    grouped = [" ".join(v[i : i + 4] for i in range(0, 16, 4)) for v in values]
    for card in made(grouped, "card"):
        assert card.startswith("4000 00")
        assert [len(part) for part in card.split(" ")] == [4, 4, 4, 4]
        assert is_luhn(card.replace(" ", ""))
    for iban in made([FAKER.iban() for _ in range(90)], "iban"):
        assert iban.startswith("GB")
        assert is_iban(iban)
    for iban in made([f"DE89 3704 0044 0532 01{i} 00" for i in range(30, 90)], "iban"):
        assert [len(part) for part in iban.split(" ")] == [4, 4, 4, 4, 4, 2]
        assert is_iban(iban.replace(" ", ""))


@pytest.mark.parametrize("content", ["card", "phone", "postal_code", "ssn"])
@pytest.mark.parametrize("kind", [pa.int64(), pa.int32()])
def test_integer_columns_stay_integers(content: str, kind: pa.DataType) -> None:
    cards = content == "card" and kind == pa.int64()
    digits = 16 if cards else 9
    values = pa.array([int("4" + str(i).zfill(digits - 1)) for i in range(90)], kind)
    fakes = Fakes.learn(values, content, name="c", seed=1)
    numbers = fakes.rows(0, 1_000, KEY)
    assert numbers.type == kind
    if content != "card":
        assert {len(str(n)) for n in numbers.to_pylist()} == {digits}
    elif cards:
        assert all(is_luhn(str(n)) for n in numbers.to_pylist())


def test_free_text_has_the_lengths_and_the_look_of_the_column() -> None:
    texts = [FAKER.paragraph() for _ in range(300)]
    fakes = made(texts, "words")
    old, new = (sum(len(t.split()) for t in ts) / len(ts) for ts in (texts, fakes))
    assert new == pytest.approx(old, rel=0.1)
    assert all(t[0].isupper() and t.endswith(".") for t in fakes)
    titles = made(["Aniseed Syrup", "Chef Anton Mix", "Dried Organic Pears"] * 30, "words")
    assert all(word[0].isupper() and not word.endswith(".") for t in titles for word in t.split())
    assert {len(t.split()) for t in titles} <= {2, 3}


def test_values_differ_where_the_column_differs_and_repeat_where_it_repeats() -> None:
    emails = [FAKER.unique.email() for _ in range(300)]
    different = made(emails, "email", 10_000)
    assert len(set(different)) > 0.9 * len(different)
    repeated = made(emails[:40] * 25, "email", 10_000)
    assert 20 < len(set(repeated)) <= 40


def test_rare_shapes_are_not_kept() -> None:
    values = [f"{i:03d}-555-0100" for i in range(100, 200)] + ["+999 7 SECRET 12"]
    templates = [template for template, _ in shapes_of(values, "phone")]
    assert len(templates) == 1
    assert "999" not in templates[0]


def test_the_shapes_hold_no_letter_of_a_value() -> None:
    for content in sorted(CONTENTS):
        for value in ("Zyx Qwvut 5738 Kjhg-Mnbv", "7391 Zyx", "+731-Zyx", "Zy73918264Qwv", "zyx@qwv.kjh/mnb"):
            for template, _ in shapes_of([value] * 9, content):
                secrets = ("zyx", "qwv", "573", "kjh", "mnb", "739", "391")
                assert not [secret for secret in secrets if secret in template.lower()]


@pytest.mark.parametrize("content", [*sorted(CONTENTS), "words", "something else"])
def test_slices_storage_and_keys(content: str) -> None:
    values = pa.array([None, "", *(FAKER.name() for _ in range(40)), "12 Elm Street 5"])
    fakes = Fakes.learn(values, content, name="c", seed=1)
    whole = fakes.rows(0, 3_000, KEY)
    assert len(whole) == 3_000
    assert whole.null_count == 0
    assert not pc.any(pc.is_in(whole, value_set=values.drop_null())).as_py()
    assert fakes.rows(1_234, 2_345, KEY).equals(whole.slice(1_234, 1_111))
    assert len(fakes.rows(5, 5, KEY)) == 0
    meta, arrays = fakes.arrays()
    assert Fakes.of_arrays(json.loads(json.dumps(meta)), arrays).rows(0, 3_000, KEY).equals(whole)
    if content not in ("ipv4", "city", "first_name", "last_name"):
        assert not fakes.rows(0, 3_000, KEY + 1).equals(whole)


@pytest.mark.parametrize("content", [*sorted(CONTENTS), "words"])
def test_a_column_without_values_can_still_be_made(content: str) -> None:
    fakes = Fakes.learn(pa.array([None, None], pa.string()), content, name="c", seed=1)
    assert len(fakes.rows(0, 10, KEY)) == 10


def test_a_list_that_is_all_real_gives_way_to_invented_words() -> None:
    real = list(wordlists.freeze(["{First}"])["first"])
    names = made(real, "first_name", 5_000)
    assert not set(names) & set(real)
    assert len(set(names)) > 1_000
    pairs = [
        f"{a} {b}" for a in wordlists.freeze(["{word}"])["word"] for b in wordlists.freeze(["{word}"])["word"]
    ]
    texts = made(pairs, "words", 5_000)
    assert not {t.lower() for t in texts} & {p.lower() for p in pairs}


def test_values_of_other_columns_can_be_avoided() -> None:
    half = list(wordlists.freeze(["{First}"])["first"])[::2]
    names = made(["Anna", "Bob"] * 10, "first_name", 5_000, avoid=pa.array(half))
    assert not set(names) & set(half)


def test_two_keys_share_no_order() -> None:
    values = pa.array([FAKER.name() for _ in range(100)])
    fakes = Fakes.learn(values, "name", name="c", seed=1)
    same = pc.equal(fakes.rows(0, 10_000, KEY), fakes.rows(0, 10_000, KEY + 1))
    assert pc.sum(same).as_py() < 10


def test_names_are_drawn_evenly() -> None:
    counts = Counter(made(["Anna", "Bob", "Zoe"] * 10, "first_name", 50_000))
    assert max(counts.values()) < 3_000 or len(counts) <= 40


@pytest.mark.parametrize(
    ("kind", "content"), [(pa.float64(), "phone"), (pa.int64(), "email"), (pa.bool_(), "name")]
)
def test_columns_that_can_hold_no_such_values_are_refused(kind: pa.DataType, content: str) -> None:
    with pytest.raises(BadSchema) as caught:
        Fakes.learn(pa.array([1, 0]).cast(kind), content, name="c", seed=1)
    assert caught.value.column == "c"


@pytest.mark.parametrize(
    "damage",
    [
        {"shapes": []},
        {"shapes": [{"template": "{First}", "weight": 0, "size": 690, "width": 690, "salt": 1}]},
        {"shapes": [{"template": "{Nobody}", "weight": 1, "size": 690, "width": 690, "salt": 1}]},
        {"pool": -1},
        {"pool": "7"},
        {"type": "double"},
        {"lists": ["first", "none"]},
        {"prose": {"lengths": [], "sentence": 0, "style": "title"}},
        {"prose": {"lengths": [10**9], "sentence": 0, "style": "title"}},
    ],
)
def test_damaged_fakes_are_a_bad_model_file(damage: dict[str, Any]) -> None:
    meta, arrays = Fakes.learn(pa.array(["Anna", "Bob"]), "first_name", name="c", seed=1).arrays()
    with pytest.raises(BadModelFile):
        Fakes.of_arrays(meta | damage, arrays)
    with pytest.raises(BadModelFile):
        Fakes.of_arrays(meta, {})


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ([f"{a}G-{n:04d}" for a in "ABCDEFGH" for n in range(0, 9_000, 100)], r"[A-Z]G-[0-9]{4}"),
        ([f"INV/{n}" for n in range(90, 5_000, 7)], r"INV/[1-9][0-9]{1,3}"),
    ],
    ids=["plates", "numbers that grow"],
)
def test_text_of_one_pattern_is_made_by_that_pattern(values: list[str], form: str) -> None:
    """Codes that repeat are no ids: they come in any number of rows, and stay codes."""
    table = la.read(pa.table({"code": [*values, values[0]], "n": [1, 2] * (len(values) // 2) + [1]}))
    assert table.schema["code"].kind == "text"
    model = la.fit(table)
    made = model.sample(30_000).to_arrow()["code"].to_pylist()
    assert all(re.fullmatch(form, value) for value in made)
    assert not set(made) & set(values)
    assert len(set(made)) > 500
    pattern = table.schema["code"].pattern
    again = Fakes.of_arrays(
        *Fakes.learn(pa.array(values), "words", name="c", seed=1, pattern=pattern).arrays()
    )
    assert re.fullmatch(form, again.rows(0, 1, 5)[0].as_py())
