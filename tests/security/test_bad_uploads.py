"""Uploads of strangers: whatever the bytes, the answer is a table or a 400, and then nothing stays."""

from __future__ import annotations

import gzip
import io
import random
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from jobs_desk import CANARY, table
from lookalike.errors import BadTable, Unavailable
from lookalike.sandbox.process import Bounds, Sandbox
from lookalike.service.datasets import Abandoned, Upload
from served import canary_files
from service_desk import Person, ServiceDesk

MUTATIONS = 4


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceDesk]:
    found = ServiceDesk(tmp_path_factory.mktemp("bad"), writes=10**6, upload_bytes=1 << 20)
    yield found
    found.close()


@pytest.fixture(scope="module")
def person(desk: ServiceDesk) -> Person:
    return desk.person("editor")


def upload(person: Person, data: bytes | Iterator[bytes], name: str = "t.csv", **query: Any) -> Any:
    return person.client.post("/api/datasets", params={"name": name, **query}, content=data)


def parquet() -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"a": list(range(50)), "b": ["x", "y"] * 25}), out)
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("xl/workbook.xml", "<workbook>" * 50)
    return out.getvalue()


HOSTILE: dict[str, bytes] = {
    "empty.csv": b"",
    "header.csv": b"a,b\n",
    "ragged.csv": b"a,b\n1,2\n3\n",
    "quote.csv": b'a,b\n1,"2\n',
    "bomb.csv.gz": gzip.compress(b"a,b\n" + b"1,2\n" * 3_000_000),
    "cut.csv.gz": gzip.compress(table(500))[:-20],
    "cut.parquet": parquet()[:-9],
    "not.parquet": table(20),
    "book.xlsx": workbook(),
    "deep.jsonl": b"[" * 100_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_what_is_no_table_is_a_400_and_gone(desk: ServiceDesk, person: Person, name: str) -> None:
    answer = upload(person, HOSTILE[name], name)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "bad-table"
    assert nothing_left(desk)


def test_where_it_is_wrong_is_said(person: Person) -> None:
    problem = upload(person, b"age,town\n1,Oslo\n2\n").json()
    assert (problem["row"], problem["column"]) == (2, "town")


def test_mutated_files_are_tables_or_refused(desk: ServiceDesk, person: Person) -> None:
    draw = random.Random(11)
    for name, whole in (
        ("t.csv", table(60)),
        ("t.parquet", parquet()),
        ("t.csv.gz", gzip.compress(table(60))),
    ):
        for _ in range(MUTATIONS):
            data = bytearray(whole)
            for _ in range(draw.randint(1, 8)):
                data[draw.randrange(len(data))] = draw.randrange(256)
            answer = upload(person, bytes(data), name)
            assert answer.status_code in (201, 400), answer.text
            if answer.status_code == 201:
                assert person.client.delete(f"/api/datasets/{answer.json()['id']}").status_code == 200
    assert nothing_left(desk)


def test_too_many_bytes_are_refused_said_or_not(desk: ServiceDesk, person: Person) -> None:
    assert upload(person, bytes((1 << 20) + 1)).status_code == 413
    assert upload(person, iter([bytes(1 << 19)] * 3)).status_code == 413
    assert nothing_left(desk)


def test_a_form_is_refused_with_what_to_do(person: Person) -> None:
    answer = person.client.post("/api/datasets", params={"name": "t.csv"}, files={"file": table(20)})
    assert answer.status_code == 400
    assert "body" in answer.json()["hint"]


@pytest.mark.parametrize(
    ("bounds", "data"),
    [
        (Bounds(memory_mb=900), b"a,b\n" + b"1234567,some text of a cell\n" * 4_000_000),
        (Bounds(seconds=1), b"a,b\n" + b"1234567,some text of a cell\n" * 4_000_000),
    ],
)
def test_a_table_that_takes_too_much_is_refused_and_its_process_ended(bounds: Bounds, data: bytes) -> None:
    before = set(threading.enumerate())
    with pytest.raises(BadTable, match="took more"):
        Sandbox(bounds).parse(iter([data]), "t.csv", {})
    assert set(threading.enumerate()) <= before


def test_trouble_with_the_stores_is_not_the_tables(desk: ServiceDesk) -> None:
    def broken() -> Iterator[bytes]:
        yield b"a,b\n1,2\n"
        raise Unavailable("The store is gone.")

    with pytest.raises(Unavailable):
        Sandbox().parse(broken(), "t.csv", {})


def test_an_upload_whose_process_died_is_dropped_and_one_that_goes_on_is_not(desk: ServiceDesk) -> None:
    datasets = desk.app.state.platform.datasets
    stores = desk.backends.stores
    begun = [datasets.begin(Upload("user_1", "n", "n.csv", {}))[0]["id"] for _ in range(2)]
    for dataset in begun:
        stores.sealed(dataset).put(f"{dataset}/upload", [b"half of a table"])
    ends = {"uploading": datasets.drop}
    waiting = Abandoned(stores, ends, patience_s=1000.0)
    assert (waiting.sweep(), waiting.sweep()) == (0, 0)
    assert Abandoned(stores, ends, patience_s=0.0).sweep() == 2
    assert nothing_left(desk)


def test_no_cell_stands_in_what_is_answered_or_logged(
    desk: ServiceDesk, person: Person, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = table(30) + b"\xff\xfe,,,,,,\n"
    assert upload(person, bad).status_code == 400
    assert upload(person, table(30), delimiter="\n").status_code == 400
    assert CANARY not in "".join(capfd.readouterr())
    assert canary_files(desk.folder) == []


def nothing_left(desk: ServiceDesk) -> bool:
    """No document, no key and no blob of any dataset."""
    backends = desk.backends
    keys = [doc["id"] for doc in backends.documents.find("key", {}, limit=1000) if doc["id"][:3] == "ds_"]
    blobs: Callable[[], list[Path]] = lambda: [  # noqa: E731
        path for path in (desk.settings.home / "blobs").rglob("*") if path.is_file()
    ]
    return not keys and not blobs() and backends.documents.count("dataset", {}) == 0
