"""What every back end of `Documents` keeps, reopened, and from many threads and processes at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.document_races import ROUNDS, race
from contract.document_stores import BACK_ENDS, open_store
from lookalike.errors import UsageError
from lookalike.stores.documents import Documents, Ge, In, Lt, cursor

PROCESSES = 4


class Maker:
    """One place, opened as often as asked."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.opened: list[Documents] = []

    def reopen(self) -> Documents:
        """What another process would see: a new store on the same place."""
        self.opened.append(open_store(self.place))
        return self.opened[-1]


@pytest.fixture(params=BACK_ENDS, ids=lambda back_end: back_end.name)
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    maker = Maker(request.param.place(tmp_path))
    yield maker
    for store in maker.opened:
        store.close()


@pytest.fixture
def store(make_store: Maker) -> Documents:
    return make_store.reopen()


def jobs(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": f"j{i:03}", "state": "pending", "turn": i, **fields} for i in range(count)]


def ids(docs: list[dict[str, Any]]) -> list[str]:
    return [doc["id"] for doc in docs]


VALUES = {
    "text": "naïve ☃ \u0000 \"quoted\" 'single' \\ $.x ? :a",
    "number": 0.1,
    "large": 2**63 - 1,
    "small": -(2**63),
    "yes": True,
    "no": False,
    "nothing": None,
    "list": [1, [2, {"a": None}], "x"],
    "object": {"a.b": 1, "": 2, "$x": {"y": []}},
}


def test_what_was_created_is_read_back_exactly_also_after_reopening(make_store: Maker) -> None:
    store = make_store.reopen()
    assert store.create("job", [{"id": "a", "owner": "me", **VALUES}]) == [True]
    expected = {"id": "a", "owner": "me", "rev": 1, "v": 1, **VALUES}
    for reader in (store, make_store.reopen()):
        found = reader.get("job", "a")
        assert found == expected
        assert {name: type(value) for name, value in found.items()} == {
            name: type(value) for name, value in expected.items()
        }
    assert store.get("job", "b") is None
    store.create("secret", [{"id": "a"}])
    assert store.get("secret", "a") == {"id": "a", "rev": 1, "v": 3}


def test_what_was_changed_is_read_back_exactly(store: Documents) -> None:
    store.create("job", [{"id": "a", "kept": [1], "replaced": {"a": 1, "b": 2}}])
    changed = store.update_one("job", {"id": "a"}, {"replaced": {"c": 3}, **VALUES})
    expected = {"id": "a", "kept": [1], "replaced": {"c": 3}, "rev": 2, "v": 1, **VALUES}
    assert changed == expected
    assert store.get("job", "a") == expected


def test_creating_never_overwrites_and_answers_for_each_document(store: Documents) -> None:
    assert store.create("job", [{"id": "a", "x": 1}, {"id": "b", "x": 1}]) == [True, True]
    assert store.create("job", [{"id": "a", "x": 2}, {"id": "c", "x": 2}, {"id": "c", "x": 3}]) == [
        False,
        True,
        False,
    ]
    assert [doc["x"] for doc in store.find("job", {})] == [1, 1, 2]
    assert store.create("job", []) == []


def test_creating_in_turn_ends_at_the_first_that_is_taken(store: Documents) -> None:
    many = jobs(250)
    first = [("secret", [{"id": "s"}]), ("job", [{"id": "a", "key": "k"}]), ("job", many)]
    assert store.create_in_turn(first) == 3
    again = [("secret", [{"id": "t"}]), ("job", [{"id": "b", "key": "k"}, {"id": "c"}]), ("job", jobs(300))]
    assert store.create_in_turn(again) == 1
    assert store.get("secret", "t") == {"id": "t", "rev": 1, "v": 3}
    assert ids(store.find("job", {}, limit=1000)) == ["a", "c", *ids(many)]
    assert store.create_in_turn([("job", jobs(251)), ("secret", [{"id": "u"}])]) == 0
    assert store.get("secret", "u") is None
    assert store.count("job", {}) == 253
    assert store.create_in_turn([]) == 0


def test_a_unique_field_is_taken_once_and_null_is_free(store: Documents) -> None:
    made = store.create(
        "job", [{"id": "a", "key": "k"}, {"id": "b", "key": "k"}, {"id": "c", "key": None}, {"id": "d"}]
    )
    assert made == [True, False, True, True]
    with pytest.raises(UsageError, match="exists already"):
        store.update_one("job", {"id": "c"}, {"key": "k", "x": 1})
    assert store.get("job", "c") == {"id": "c", "key": None, "rev": 1, "v": 1}
    store.delete("job", {"id": "a"})
    assert store.create("job", [{"id": "b", "key": "k"}]) == [True]


def test_every_test_selects_what_it_says(store: Documents) -> None:
    store.create(
        "job",
        [
            {"id": "a", "state": "x", "turn": 1},
            {"id": "b", "state": "y", "turn": 2},
            {"id": "c", "state": "z", "turn": 3},
            {"id": "d", "state": None, "turn": None},
            {"id": "e"},
        ],
    )
    for where, expected in [
        ({}, "abcde"),
        ({"state": "x"}, "a"),
        ({"state": None}, "de"),
        ({"turn": Lt(3)}, "ab"),
        ({"turn": Ge(2)}, "bc"),
        ({"state": Ge("y")}, "bc"),
        ({"state": In("x", "z", "w")}, "ac"),
        ({"state": In()}, ""),
        ({"turn": In(3)}, "c"),
        ({"id": In("a", "e")}, "ae"),
        ({"id": Ge("d")}, "de"),
        ({"state": In("x", "y"), "turn": Ge(2)}, "b"),
        ({"rev": 1, "id": Lt("b")}, "a"),
        ({"rev": 2}, ""),
    ]:
        assert "".join(ids(store.find("job", where))) == expected, where
        assert store.count("job", where) == len(expected), where
    assert store.delete("job", {"turn": Lt(3)}) == 2
    assert ids(store.find("job", {})) == ["c", "d", "e"]


def test_texts_sort_by_code_point(store: Documents) -> None:
    texts = ["", " ", "A", "B", "a", "b", "z", "é", "☃", "𝄞"]
    store.create("job", [{"id": f"{i}", "owner": text} for i, text in enumerate(texts)])
    assert [doc["owner"] for doc in store.find("job", {}, order="owner")] == sorted(texts)


@pytest.mark.parametrize("order", ["id", "-id", "turn", "-turn", "owner", "-owner"])
def test_pages_cover_everything_once_in_order_also_between_equals_and_nulls(
    store: Documents, order: str
) -> None:
    docs: list[dict[str, Any]] = jobs(60)
    for i, doc in enumerate(docs):
        doc["turn"] = None if i % 7 == 0 else i % 5
        doc["owner"] = f"o{i % 3}"
    store.create("job", docs[::-1])
    whole = store.find("job", {}, order=order, limit=1000)
    name = order.removeprefix("-")
    sign = reversed if order.startswith("-") else iter
    expected = sorted(
        docs, key=lambda d: (d[name] is not None, d[name] if d[name] is not None else 0, d["id"])
    )
    assert ids(whole) == ids(list(sign(expected)))
    seen: list[dict[str, Any]] = []
    while page := store.find(
        "job", {}, order=order, after=cursor(seen[-1], order) if seen else None, limit=7
    ):
        seen += page
    assert seen == whole


@pytest.mark.parametrize("order", ["id", "turn", "-turn"])
def test_a_cursor_holds_when_documents_come_change_and_go(store: Documents, order: str) -> None:
    store.create("job", jobs(20))
    page = store.find("job", {}, order=order, limit=10)
    place = cursor(page[-1], order)
    rest = ids(store.find("job", {}, order=order, after=place))
    assert len(rest) == 10
    store.delete("job", {"id": page[-1]["id"]})
    store.update_one("job", {"id": page[0]["id"]}, {"x": 1})
    behind = -1 if order.startswith("-") else 1_000
    store.create("job", [{"id": "zzz", "turn": behind}])
    assert ids(store.find("job", {}, order=order, after=place)) == [*rest, "zzz"]


def test_a_place_to_go_on_from_is_checked(store: Documents) -> None:
    for place in ["", "[]", '["x", "y"]', "[1]", "[1, 2]", '[{"$gt": 1}, "a"]', "[" * 10_000]:
        with pytest.raises(UsageError):
            store.find("job", {}, order="turn", after=place)


def test_update_one_changes_the_first_in_order_and_returns_its_new_state(store: Documents) -> None:
    store.create("job", jobs(5))
    store.update_one("job", {"id": "j003"}, {"turn": -1})
    taken = store.update_one(
        "job", {"state": "pending"}, {"state": "running"}, inc={"attempt": 1}, order="turn"
    )
    assert taken == {"id": "j003", "state": "running", "turn": -1, "attempt": 1, "rev": 3, "v": 1}
    assert store.get("job", "j003") == taken
    last = store.update_one("job", {"state": "pending"}, {"state": "running"}, order="-id")
    assert last is not None
    assert last["id"] == "j004"
    assert store.count("job", {"state": "pending"}) == 3


def test_update_one_changes_nothing_when_a_test_fails(store: Documents) -> None:
    store.create("job", [{"id": "a", "attempt": 2, "state": "running"}])
    before = store.get("job", "a")
    for where in [{"attempt": 1}, {"state": "x"}, {"rev": 2}, {"id": "b"}, {"owner": "me"}]:
        assert store.update_one("job", {"id": "a", **where}, {"state": "done"}) is None
    assert store.get("job", "a") == before


def test_inc_counts_from_nothing_and_in_both_directions(store: Documents) -> None:
    store.create("job", [{"id": "a"}])
    store.update_one("job", {"id": "a"}, {}, inc={"attempt": 3, "beats": 1})
    doc = store.update_one("job", {"id": "a"}, {}, inc={"attempt": -1})
    assert doc is not None
    assert (doc["attempt"], doc["beats"], doc["rev"]) == (2, 1, 3)


@pytest.mark.parametrize(
    "where",
    [
        {"undeclared": 1},
        {"turn": "1"},
        {"turn": True},
        {"turn": 1.0},
        {"owner": 1},
        {"turn": Lt("x")},
        {"turn": In(1, "x")},
        {"turn": {"$gt": 0}},
        {"owner": ["x"]},
        {"owner": "\ud800"},
        {"owner": "a\0b"},
        {"turn": 2**63},
        {"x') OR 1=1 --": 1},
    ],
)
def test_a_test_that_no_index_answers_or_of_another_type_is_refused(
    store: Documents, where: dict[str, Any]
) -> None:
    store.create("job", jobs(2))
    for call in (
        lambda: store.find("job", where),
        lambda: store.count("job", where),
        lambda: store.delete("job", where),
        lambda: store.update_one("job", where, {"x": 1}),
    ):
        with pytest.raises(UsageError):
            call()
    assert store.count("job", {}) == 2


def test_documents_that_break_the_declaration_are_refused_whole(store: Documents) -> None:
    store.create("job", jobs(1))
    for doc in [
        {},
        {"id": 1},
        {"id": "x", "turn": "1"},
        {"id": "x", "owner": 1},
        {"id": "x", "y": float("nan")},
    ]:
        with pytest.raises(UsageError):
            store.create("job", [{"id": "good"}, doc])
    for change in [{"id": "b"}, {"rev": 7}, {"turn": "1"}, {"a.b": 1}, {"x'": 1}, {"y": object()}]:
        with pytest.raises(UsageError):
            store.update_one("job", {}, change)
    assert store.find("job", {}) == [{**jobs(1)[0], "rev": 1, "v": 1}]
    for call in (
        lambda: store.get("unknown", "a"),
        lambda: store.create("unknown", []),
        lambda: store.find("job", {}, order="undeclared"),
        lambda: store.find("job", {}, limit=0),
        lambda: store.find("job", {}, limit=1001),
    ):
        with pytest.raises(UsageError):
            call()


def test_kinds_do_not_see_each_other(store: Documents) -> None:
    store.create("job", [{"id": "a", "owner": "me"}])
    store.create("secret", [{"id": "a", "owner": "me"}])
    assert store.delete("secret", {"owner": "me"}) == 1
    assert store.count("job", {}) == 1


def test_threads_of_one_store_lose_nothing(store: Documents) -> None:
    store.create("job", [{"id": "counter", "turn": 0}])
    problems: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(25):
                store.update_one("job", {"id": "counter"}, {}, inc={"turn": 1})
                store.find("job", {"state": "pending"})
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    found = store.get("job", "counter")
    assert found is not None
    assert (found["turn"], found["rev"]) == (200, 201)


def test_each_document_is_taken_by_exactly_one_of_several_processes(make_store: Maker) -> None:
    store = make_store.reopen()
    store.create("job", jobs(150))
    taken = race("claim", make_store.place, PROCESSES)
    every = [id_ for mine in taken for id_ in mine]
    assert sorted(every) == ids(jobs(150))
    for number, mine in enumerate(taken):
        assert mine == sorted(mine)
        for id_ in mine:
            doc = store.get("job", id_)
            assert doc is not None
            assert (doc["worker"], doc["attempt"], doc["rev"]) == (f"p{number}", 1, 2)


def test_processes_that_open_a_new_store_together_all_can(tmp_path: Path, make_store: Maker) -> None:
    for number in range(3):
        place = make_store.place + str(number)
        assert sorted(race("begin", place, PROCESSES)) == [[f"p{i}"] for i in range(PROCESSES)]


@pytest.mark.parametrize("name", ["create", "unique"])
def test_exactly_one_of_several_processes_creates_each(make_store: Maker, name: str) -> None:
    store = make_store.reopen()
    won = [one for mine in race(name, make_store.place, PROCESSES) for one in mine]
    assert len(won) == len(set(won)) == ROUNDS
    assert store.count("job", {}) == ROUNDS


@pytest.mark.parametrize(("name", "steps"), [("count", ROUNDS), ("swap", ROUNDS // 4)])
def test_no_step_of_several_processes_is_lost(make_store: Maker, name: str, steps: int) -> None:
    store = make_store.reopen()
    store.create("job", [{"id": "counter", "turn": 0}])
    race(name, make_store.place, PROCESSES)
    found = store.get("job", "counter")
    assert found is not None
    assert found["turn"] == PROCESSES * steps
