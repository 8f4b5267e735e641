"""The API's process is killed, or the disk is full, at every point that an upload and a deletion pass."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from fitted import generated, made
from jobs_desk import table
from lookalike import faults
from lookalike.service.datasets import Abandoned
from served import canary_files
from service_desk import PASSWORD, ServiceDesk

UPLOAD = ("after-begin", "before-blob", "after-blob", "after-upload", "before-ready")
DELETE = ("after-destroy", "after-blobs")
LOGIN = "owner"


def doing(folder: Path, what: str, fault: str, dataset: str = "") -> int:
    """How a process ended that does ``what`` on the folder's service."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "LOOKALIKE_FAULT": fault}
    command = [sys.executable, __file__, what, str(folder), dataset]
    return subprocess.run(command, env=environment, check=False, capture_output=True).returncode


def test_every_point_is_in_the_registry() -> None:
    assert set(faults.NOUN_POINTS) <= {*UPLOAD, *DELETE} <= set(faults.POINTS)


@pytest.mark.parametrize("point", UPLOAD)
def test_an_upload_whose_process_is_killed_leaves_nothing(tmp_path: Path, point: str) -> None:
    ServiceDesk(tmp_path).close()
    assert doing(tmp_path, "upload", f"{point}:kill") == -signal.SIGKILL
    ends_with_nothing(tmp_path)


@pytest.mark.parametrize("point", UPLOAD)
def test_an_upload_to_a_full_disk_leaves_nothing(tmp_path: Path, point: str) -> None:
    ServiceDesk(tmp_path).close()
    assert doing(tmp_path, "upload", f"{point}:full") == 0
    ends_with_nothing(tmp_path)


@pytest.mark.parametrize("point", DELETE)
@pytest.mark.parametrize("again", ["by its owner", "by itself"])
def test_a_deletion_whose_process_is_killed_is_ended_again(tmp_path: Path, point: str, again: str) -> None:
    desk = ServiceDesk(tmp_path)
    owner = desk.person("editor", LOGIN)
    known = made(desk, owner)
    generated(owner.client, known.job, known.model)
    desk.close()
    assert doing(tmp_path, "delete", f"{point}:kill", known.dataset) == -signal.SIGKILL
    desk = ServiceDesk(tmp_path)
    account = desk.backends.documents.find("user", {"login": LOGIN})[0]
    client = desk.client(desk.people.tokens.create(account["id"], "t", ["read", "write"], None)[1])
    assert client.get(f"/api/datasets/{known.dataset}/preview").status_code in (404, 409)
    if again == "by its owner":
        path = f"/api/datasets/{known.dataset}"
        assert client.delete(path, params={"cascade": True}).status_code == 200
    desk.close()
    ends_with_nothing(tmp_path)


def ends_with_nothing(folder: Path) -> None:
    """What was cut off is ended, and then no document, no key, no blob and no plaintext is left."""
    desk = ServiceDesk(folder)
    platform = desk.app.state.platform
    ends = {"uploading": platform.datasets.drop, "deleting": platform.removal.dataset}
    Abandoned(desk.backends.stores, ends, patience_s=0.0).sweep()
    documents = desk.backends.documents
    assert [documents.count(kind, {}) for kind in ("dataset", "job", "task", "share")] == [0, 0, 0, 0]
    sealing = ("ds_", "mod", "job", "che")
    assert [doc["id"] for doc in documents.find("key", {}) if doc["id"][:3] in sealing] == []
    whole = [info.key for info in desk.backends.stores.blobs.list("")]
    assert whole == []
    assert canary_files(folder) == []
    desk.close()


def main(arguments: Sequence[str]) -> None:
    what, folder, dataset = arguments
    desk = ServiceDesk(Path(folder))
    if what == "upload":
        person = desk.person("editor", LOGIN)
        answer = person.client.post("/api/datasets", params={"name": "t.csv"}, content=table(20))
        assert answer.status_code in (201, 500, 507), answer.text
        assert answer.status_code != 201
    else:
        account = desk.people.accounts.proven(LOGIN, PASSWORD)
        refresh = desk.people.sessions.start(account["id"], account["epoch"])
        client = desk.client(desk.people.access_for(account, refresh.session))
        client.delete(f"/api/datasets/{dataset}", params={"cascade": True})
    desk.close()


if __name__ == "__main__":
    main(sys.argv[1:])
