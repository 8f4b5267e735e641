"""The main job through the service, as it is run: a server, workers, a client, bytes on a real disk."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lookalike
from jobs_desk import CANARY, table
from lookalike.errors import Forbidden, NotFound, WrongState
from served import Served, canary_files

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("served"), check_from_rows=1000)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(served: Served) -> lookalike.Client:
    return served.client(served.desk.person("editor"))


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("upload") / "canary.csv"
    path.write_bytes(table(3000))
    return path


def test_a_table_becomes_fifty_thousand_rows_that_are_the_librarys_own(
    served: Served, client: lookalike.Client, csv: Path, tmp_path: Path
) -> None:
    dataset = client.datasets.upload(csv)
    assert (dataset["state"], dataset["rows"], dataset["columns"]) == ("ready", 3000, 3)
    job = client.jobs.wait(client.jobs.fit(dataset["id"], model="marginals")["id"])
    begun = client.generations.create(job["id"], 50_000, seed=3)
    seen = list(client.generations.watch(begun["id"]))
    assert [one["percent"] for one in seen if one["percent"]] == [20, 40, 60, 80, 90, 92, 95, 100]
    generation = client.generations.get(begun["id"])
    assert generation["state"] == "completed"
    sha256 = client.generations.download(begun["id"], tmp_path / "rows.csv")
    assert sha256 == generation["sha256"] == hashlib.sha256((tmp_path / "rows.csv").read_bytes()).hexdigest()
    model = lookalike.fit(lookalike.read(csv), model="marginals", holdout="auto")
    assert model.sample(50_000, seed=3).to_csv(tmp_path / "library.csv").sha256 == sha256


def test_the_report_comes_after_the_file_as_a_job_of_its_own(
    served: Served, client: lookalike.Client
) -> None:
    generation = next(iter(client.generations.list()))
    until(lambda: (client.generations.get(generation["id"])["report"] or {}).get("state") == "completed")
    report = client.generations.get(generation["id"])["report"]
    assert report["passed"] in (True, False)
    assert client.generations.report(generation["id"])["tables"]["synth"]["rows"] == 50_000
    model = client.models.get(generation["modelId"])
    until(lambda: client.jobs.get(generation["id"])["state"] == "completed")
    assert model["learnedRows"] == 2700


def test_what_is_uploaded_is_nowhere_in_plain_while_it_is_worked_on_and_after(
    served: Served, client: lookalike.Client, csv: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    stop, found = threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            found.extend(canary_files(served.desk.folder))

    looking = threading.Thread(target=look)
    looking.start()
    dataset = client.datasets.upload(csv, name="plain name")
    job = client.jobs.wait(client.jobs.fit(dataset["id"], model="marginals")["id"])
    where = {"town": [f"{CANARY}-cell"]}
    begun = client.generations.create(job["id"], 20_000, conditions=where, format="parquet")
    client.generations.wait(begun["id"])
    assert client.generations.get(begun["id"])["conditions"] == where
    assert CANARY in str(client.datasets.schema(dataset["id"]))
    until(lambda: client.generations.get(begun["id"])["report"] is not None)
    check = client.generations.get(begun["id"])["report"]["jobId"]
    list(client.jobs.watch(check))
    client.datasets.delete(dataset["id"], cascade=True)
    stop.set()
    looking.join()
    assert found == []
    said = "".join(capfd.readouterr())
    assert "/api/datasets" in said
    assert CANARY not in said
    assert canary_files(served.desk.folder) == []
    fresh = set(Path(tempfile.gettempdir()).iterdir()) - before
    assert [path for path in fresh if path.is_file() and CANARY.encode() in path.read_bytes()] == []
    with pytest.raises(NotFound):
        client.generations.get(begun["id"])


def run(served: Served, token: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LOOKALIKE_URL": served.url, "LOOKALIKE_TOKEN": token}
    command = [sys.executable, "-m", "lookalike", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_command_line_does_the_whole_of_it(served: Served, csv: Path, tmp_path: Path) -> None:
    token = served.desk.person("editor").access

    def told(*arguments: str) -> Any:
        done = run(served, token, *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    dataset = told("datasets", "upload", str(csv), "--name", "from a shell")["id"]
    job = told("jobs", "fit", dataset, "--model", "marginals")["id"]
    watched = run(served, token, "jobs", "watch", job)
    assert watched.stdout.splitlines()[-1] == "100 %  completed"
    begun = told("generations", "create", job, "20_000", "--format", "parquet", "--where", "age=30..40")["id"]
    assert run(served, token, "generations", "watch", begun).returncode == 0
    out = tmp_path / "rows.parquet"
    sha256 = told("generations", "download", begun, "-o", str(out))["sha256"]
    assert hashlib.sha256(out.read_bytes()).hexdigest() == sha256
    assert [one["id"] for one in told("generations", "ls", "--search", "shell")["items"]] == [begun]
    assert {one["role"] for one in told("jobs", "logs", begun)["attempts"]} == {"chunk", "finalise"}
    refused = run(served, token, "datasets", "rm", dataset)
    assert (refused.returncode, "--cascade" in refused.stderr or "cascade" in refused.stderr) == (8, True)
    assert told("datasets", "rm", dataset, "--cascade")["deleted"]["generations"] == 1
    assert run(served, token, "jobs", "show", job).returncode == 8
    assert run(served, "no token", "jobs", "ls").returncode == 8


def test_an_admin_makes_and_changes_users_from_a_shell(served: Served) -> None:
    token = served.desk.person("admin").access

    def told(*arguments: str, password: str = "") -> Any:
        environment = os.environ | {"LOOKALIKE_URL": served.url, "LOOKALIKE_TOKEN": token}
        command = [sys.executable, "-m", "lookalike", "users", *arguments, "--json"]
        done = subprocess.run(
            command, env=environment, input=f"{password}\n", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    made = told("create", "grace", "--role", "viewer", password="a long enough password")  # noqa: S106
    assert (made["login"], made["role"]) == ("grace", "viewer")
    assert told("change", made["id"], "--role", "editor")["role"] == "editor"
    told("change", made["id"], "--password", password="another long password")  # noqa: S106
    with pytest.raises(Forbidden):
        served.client(served.desk.person("editor")).users.create("eve", "a long enough password", "admin")


def test_a_reader_reads_and_changes_nothing(served: Served, client: lookalike.Client) -> None:
    viewer = served.desk.person("viewer")
    reader = served.client(viewer)
    generation = next(iter(client.generations.list()))
    with pytest.raises(NotFound):
        reader.generations.get(generation["id"])
    client.generations.share(generation["id"], viewer.login)
    assert [one["id"] for one in reader.generations.list()] == [generation["id"]]
    assert reader.generations.get(generation["id"])["mine"] is False
    with pytest.raises(Forbidden):
        reader.generations.delete(generation["id"])
    client.generations.share(generation["id"], viewer.login, share=False)
    with pytest.raises(NotFound):
        reader.generations.get(generation["id"])


def test_deleting_says_what_hangs_on_it_first(served: Served, client: lookalike.Client) -> None:
    dataset = next(iter(client.datasets.list(search="canary")))
    with pytest.raises(WrongState, match="generations: 1"):
        client.datasets.delete(dataset["id"])
    assert client.datasets.delete(dataset["id"], cascade=True)["deleted"]["models"] == 1
    blobs = served.desk.settings.home / "blobs"
    until(lambda: [path for path in blobs.rglob("*") if path.is_file()] == [])
    documents = served.desk.backends.documents
    assert [documents.count(kind, {}) for kind in ("job", "task", "dataset", "share")] == [0, 0, 0, 0]
    assert [
        doc["id"] for doc in documents.find("key", {}) if "_" in doc["id"] and doc["id"][:3] in _SEALING
    ] == []


_SEALING = ("ds_", "mod", "job", "che")


def until(holds: object) -> None:
    began_s = time.monotonic()
    while not holds():  # type: ignore[operator]
        assert time.monotonic() - began_s < PATIENCE_S
        threading.Event().wait(0.05)
