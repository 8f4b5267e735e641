"""A service from a shell: signing in, its tables, publishing, what admins see; as people run it."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import kubo
import lookalike
from lookalike.cli.app import app
from lookalike.errors import NotSignedIn
from service_process import Running

PASSWORD = "correct horse battery staple"  # noqa: S105
NOWHERE = "http://127.0.0.1:1"
FILE = "sign-in.json"


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Shell:
    """Somebody's own shell, on a machine of their own: ``home`` is their LOOKALIKE_HOME."""

    home: Path

    def run(self, *arguments: object, said: str = "", **env: str) -> Done:
        """What a command did; in this process, since there are many and each takes a while to load."""
        known: dict[str, str | None] = {key: None for key in os.environ if key.startswith("LOOKALIKE_")}
        known |= {"LOOKALIKE_HOME": str(self.home), **env}
        done = CliRunner(env=known).invoke(app, [*map(str, arguments)], input=said)
        return Done(done.exit_code, done.stdout, done.stderr)

    def told(self, *arguments: object, said: str = "") -> Any:
        """The JSON that a command printed."""
        done = self.run(*arguments, "--json", said=said)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def kept(self) -> dict[str, str]:
        return json.loads((self.home / FILE).read_text())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("shell")
    with ExitStack() as started:
        node = started.enter_context(kubo.running(folder / "ipfs")) if kubo.BINARY.is_file() else None
        settings = {} if node is None else {"ipfs_node": node.api}
        made = Running(folder / "home", confirm_s="0.2", check_from_rows="1000000", **settings)
        started.callback(made.end)
        yield made


@pytest.fixture(scope="module")
def admin(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Signed in by the address that `up` printed: the first account is made by it."""
    shell = Shell(tmp_path_factory.mktemp("admin"))
    done = shell.run("login", running.setup, "--json", said=f"ada\n{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["url"], told["login"], told["role"]) == (running.address, "ada", "admin")
    assert told["token"]["scopes"] == ["admin", "read", "write"]
    assert told["token"]["name"].startswith("lookalike on ")
    assert shell.kept["token"] not in done.stdout + done.stderr
    return shell


@pytest.fixture(scope="module")
def editor(running: Running, admin: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    admin.told("users", "create", "grace", said=f"{PASSWORD}\n")
    shell = Shell(tmp_path_factory.mktemp("editor"))
    told = shell.told("login", running.address, "--login", "grace", said=f"{PASSWORD}\n")
    assert told["token"]["scopes"] == ["read", "write"]
    return shell


@pytest.fixture(scope="module")
def dataset(editor: Shell) -> str:
    """A dataset of 300 rows."""
    path = editor.home / "people.csv"
    rows = [f"{20 + i % 50},{('Bonn', 'Köln', '')[i % 3]},{i % 7}" for i in range(300)]
    path.write_text("age,town,kids\n" + "\n".join(rows) + "\n")
    return editor.told("datasets", "upload", path)["id"]


@pytest.fixture(scope="module")
def job(editor: Shell, dataset: str) -> str:
    """A fit job that is completed."""
    made = editor.told("jobs", "fit", dataset, "--model", "independent")["id"]
    assert editor.run("jobs", "watch", made).stdout.splitlines()[-1] == "100 %  completed"
    return made


@pytest.fixture(scope="module")
def generation(editor: Shell, job: str) -> str:
    """A generation that is completed."""
    made = editor.told("generations", "create", job, 500)["id"]
    assert editor.run("generations", "watch", made).returncode == 0
    return made


def test_nobody_is_told_how_to_sign_in(tmp_path: Path) -> None:
    done = Shell(tmp_path).run("jobs", "ls")
    assert done.returncode == 8
    assert "lookalike login" in done.stderr


def test_the_token_is_for_its_owner_alone_and_for_its_own_service(admin: Shell, running: Running) -> None:
    assert stat.S_IMODE((admin.home / FILE).stat().st_mode) == 0o600
    assert admin.told("jobs", "ls")["items"] == []
    assert admin.run("jobs", "ls", LOOKALIKE_URL=f"{running.address}/").returncode == 0
    elsewhere = admin.run("jobs", "ls", LOOKALIKE_URL=NOWHERE)
    assert (elsewhere.returncode, f"lookalike login {NOWHERE}" in elsewhere.stderr) == (8, True)
    other = admin.run("jobs", "ls", LOOKALIKE_URL=running.address, LOOKALIKE_TOKEN="another")  # noqa: S106
    assert (other.returncode, "lookalike login" in other.stderr) == (8, False)
    (admin.home / FILE).chmod(0o644)
    refused = admin.run("jobs", "ls")
    (admin.home / FILE).chmod(0o600)
    assert (refused.returncode, "chmod 600" in refused.stderr) == (4, True)


def test_who_cannot_sign_in_keeps_nothing(admin: Shell, running: Running, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    for address, said, status in (
        (running.address, "grace\nnot her password\n", 8),
        (running.address, "grace\n", 2),
        (f"{running.address}/#setup=used-long-ago", f"ada\n{PASSWORD}\n", 8),
        (f"{running.address}/#nonsense", f"ada\n{PASSWORD}\n", 2),
        (NOWHERE, f"ada\n{PASSWORD}\n", 8),
    ):
        done = shell.run("login", address, said=said)
        assert done.returncode == status, (address, done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_signing_in_again_revokes_the_token_before_and_out_the_last(
    admin: Shell, running: Running, tmp_path: Path
) -> None:
    shell, said = Shell(tmp_path), f"ada\n{PASSWORD}\n"
    shell.told("login", running.address, "--scope", "read", said=said)
    first = shell.kept
    shell.told("login", running.address, "--scope", "read", "--name", "second", said=said)
    second = shell.kept
    with pytest.raises(NotSignedIn):
        lookalike.Client(running.address, first["token"]).me()
    assert lookalike.Client(running.address, second["token"]).me()["login"] == "ada"
    assert shell.told("logout") == {"signedOut": True, "url": running.address, "login": "ada"}
    with pytest.raises(NotSignedIn):
        lookalike.Client(running.address, second["token"]).me()
    assert not (tmp_path / FILE).exists()
    assert shell.told("logout") == {"signedOut": False}
    # and of the sign-ins that the tokens were made by, none is left
    client = lookalike.Client.sign_in(running.address, "ada", PASSWORD)
    names = {one["name"] for one in client.tokens.list()}
    assert "second" not in names


def test_tokens_are_made_and_revoked_by_the_password_and_by_no_token(editor: Shell, running: Running) -> None:
    said = f"{PASSWORD}\n"
    made = editor.told("tokens", "create", "nightly", "--scope", "read", said=said)
    assert lookalike.Client(running.address, made["token"]).me()["login"] == "grace"
    names = {one["name"] for one in editor.told("tokens", "ls", said=said)["items"]}
    assert "nightly" in names
    assert editor.run("tokens", "rm", made["id"], said="not her password\n").returncode == 8
    assert editor.told("tokens", "rm", made["id"], said=said)["done"]
    with pytest.raises(NotSignedIn):
        lookalike.Client(running.address, made["token"]).me()


def test_a_sign_in_that_was_revoked_says_so_and_one_that_cannot_be_stays(
    admin: Shell, running: Running, tmp_path: Path
) -> None:
    shell = Shell(tmp_path)
    shell.told("login", running.address, said=f"ada\n{PASSWORD}\n")
    kept = shell.kept
    lookalike.Client(running.address, kept["token"]).sign_out()
    done = shell.run("jobs", "ls")
    assert (done.returncode, f"lookalike login {running.address}" in done.stderr) == (8, True)
    (tmp_path / FILE).write_text(json.dumps({**kept, "url": NOWHERE}))
    unreachable = shell.run("logout")
    assert (unreachable.returncode, FILE in unreachable.stderr) == (8, True)
    assert (tmp_path / FILE).exists()
    (tmp_path / FILE).write_text("{")
    assert shell.run("jobs", "ls").returncode == 4


def test_an_address_that_the_machine_printed_takes_no_password(
    admin: Shell, running: Running, tmp_path: Path
) -> None:
    owner = Shell(running.home)
    address = owner.run("sign-in", "ada", "--address", running.address).stdout.strip()
    assert Shell(tmp_path).told("login", address)["login"] == "ada"
    assert Shell(tmp_path).run("login", address).returncode == 8


def test_a_password_that_is_typed_is_not_shown(admin: Shell, running: Running, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    typed = subprocess.Popen(
        [sys.executable, "-m", "lookalike", "login", running.address],
        env={**os.environ, "LOOKALIKE_HOME": str(tmp_path)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    for prompt, answer in (
        (b"Login: ", b"ada\n"),
        (b"Password: ", PASSWORD.encode() + b"\n"),
        (b"kept in", b""),
    ):
        while prompt not in seen:
            seen += os.read(ours, 4096)
        os.write(ours, answer)
    assert typed.wait(30) == 0
    os.close(ours)
    assert b"ada" in seen
    assert PASSWORD.encode() not in seen


def test_rows_and_the_schema_of_a_dataset_are_shown_and_corrected(editor: Shell, dataset: str) -> None:
    table = editor.run("datasets", "preview", dataset).stdout.splitlines()
    assert table[0].split() == ["age", "town", "kids"]
    assert table[3].split() == ["22", "–", "2"]
    assert editor.told("datasets", "preview", dataset)["rows"][2] == ["22", None, "2"]
    text = editor.run("datasets", "schema", dataset).stdout
    assert editor.told("datasets", "schema", dataset)["text"] == text
    others, _, of_kids = text.rpartition("kind: numerical\n    type: int64\n    decimals: 0")
    changed = f"{others}kind: categorical\n    type: int64{of_kids}"
    set_ = editor.told("datasets", "set-schema", dataset, "-", said=changed)
    assert {one["name"]: one["kind"] for one in set_["columns"]}["kids"] == "categorical"
    (editor.home / "schema.yaml").write_text(text)
    assert editor.run("datasets", "set-schema", dataset, editor.home / "schema.yaml").stdout == text
    assert editor.run("datasets", "set-schema", dataset, "-", said="columns: [}").returncode == 4
    assert editor.run("datasets", "set-schema", dataset, editor.home / "none.yaml").returncode == 4


def test_a_model_shows_rows_under_the_conditions_of_sample(editor: Shell, job: str) -> None:
    model = editor.told("jobs", "show", job)["modelId"]
    found = editor.told("models", "preview", model, "-n", 20, "--where", "age=30..33", "--where", "town=Bonn")
    assert len(found["rows"]) == 20
    assert {30, 31, 32, 33} >= {int(row[0]) for row in found["rows"]}
    assert {row[1] for row in found["rows"]} == {"Bonn"}
    again = editor.run("models", "preview", model, "-n", 20, "--where", "age=30..33", "--where", "town=Bonn")
    assert [line.split() for line in again.stdout.splitlines()[1:]] == found["rows"]
    assert editor.run("models", "preview", model, "--where", "town=Paris").returncode == 4


def test_a_file_is_published_and_waited_for(editor: Shell, generation: str, running: Running) -> None:
    quoted = editor.told("generations", "publish", generation, "--quote")
    assert (quoted["forever"], quoted["consent"]) == (False, None)
    assert editor.told("generations", "publications", generation)["items"] == []
    done = editor.told("generations", "publish", generation, "--licence", "CC0-1.0")
    assert (done["state"], done["licence"]) == ("final", "CC0-1.0")
    assert running.client().get(f"/ipfs/{done['address']}").status_code == 200
    again = editor.run("generations", "publish", generation, "--licence", "CC0-1.0")
    assert (again.returncode, done["address"] in again.stdout) == (0, True)
    listed = editor.told("generations", "publications", generation)["items"]
    assert [one["where"] for one in listed] == ["local"]


def test_where_it_is_for_ever_it_takes_a_consent(editor: Shell, generation: str) -> None:
    kubo.binary()
    refused = editor.run("generations", "publish", generation, "--to", "ipfs")
    assert (refused.returncode, "--yes-forever" in refused.stderr) == (2, True)
    assert "Nobody can take it back." in refused.stderr
    asked = ("generations", "publish", generation, "--to", "ipfs", "--yes-forever")
    begun = editor.told(*asked, "--cid-version", 0, "--no-wait")
    assert begun["state"] in ("pending", "sent", "final")
    done = editor.told(*asked, "--cid-version", 0)
    assert (done["state"], done["cidVersion"], done["address"][:2]) == ("final", 0, "Qm")
    again = editor.told(*asked, "--cid-version", 0)  # the file here is gone by now
    assert again["address"] == done["address"]
    other = editor.run(*asked)
    assert (other.returncode, "version 0" in other.stderr) == (8, True)


def test_admins_read_the_trail_page_by_page_and_see_who_works_and_what_is_stored(
    admin: Shell, editor: Shell, generation: str
) -> None:
    first = admin.told("audit", "-n", 3)
    second = admin.told("audit", "-n", 2, "--after", first["next"])
    both = admin.told("audit", "-n", 5)
    assert [one["id"] for one in first["items"] + second["items"]] == [one["id"] for one in both["items"]]
    grace = next(one["id"] for one in admin.told("users", "ls")["items"] if one["login"] == "grace")
    theirs = admin.told("audit", "--actor", grace)
    assert {one["actor"] for one in theirs["items"]} == {grace}
    made = admin.told("audit", "--action", "createUser", "--object", grace)["items"]
    assert [(one["action"], one["object"]) for one in made] == [("createUser", grace)]
    assert "--after" in admin.run("audit", "-n", 1).stderr
    assert set(admin.told("workers")) == {"workers", "working", "waiting", "retrying"}
    assert admin.told("storage")["nouns"]["datasets"]["blobs"] >= 1
    assert admin.run("storage").stdout.splitlines()[-1].split()[0] == "all"
    for command in ("audit", "workers", "storage"):
        assert editor.run(command).returncode == 8
