"""Deleting all that somebody has: nothing stays, and it takes no commit for each thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fitted import made, signed_in, uploaded, work
from lookalike.stores.sqlite_file import SqliteFile
from matrix_records import SPEC
from service_desk import Person, ServiceDesk


def owned(desk: ServiceDesk, person: Person) -> list[str]:
    """The ids whose keys seal what is theirs."""
    found = [
        doc.get("output", doc["id"])
        for kind in ("dataset", "job", "document")
        for doc in desk.backends.documents.find(kind, {"owner": person.id}, limit=1000)
    ]
    return [*found, person.id]


def test_many_jobs_are_deleted_in_as_many_commits_as_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = ServiceDesk(tmp_path)
    commits = 0
    write, cut_log = SqliteFile.write, SqliteFile.cut_log

    def counted(does: Any) -> Any:
        def does_and_counts(*given: Any) -> Any:
            nonlocal commits
            commits += 1
            return does(*given)

        return does_and_counts

    taken: list[int] = []
    for jobs in (3, 40):
        editor = desk.person("editor")
        for _ in range(jobs):
            editor.client.post("/api/records/jobs", json={"spec": SPEC, "records": 2}).raise_for_status()
            editor.client.post("/api/records/documents", params={"name": "a.txt"}, content=b"Rivers.")
        ids = owned(desk, editor)
        assert len(ids) == 2 * jobs + 1
        commits = 0
        with monkeypatch.context() as patch:
            patch.setattr(SqliteFile, "write", counted(write))
            patch.setattr(SqliteFile, "cut_log", counted(cut_log))
            desk.app.state.platform.removal.user(editor.id)
        taken.append(commits)
        assert owned(desk, editor) == [editor.id]
        assert not any(desk.backends.keys.exists(one) for one in ids)
    assert taken[1] == taken[0]
    assert desk.backends.documents.count("task", {}) == 0
    desk.close()


def test_nothing_stays_of_a_user_and_nobody_elses_goes(tmp_path: Path) -> None:
    desk = ServiceDesk(tmp_path)
    editor, other = desk.person("editor"), desk.person("editor")
    known = made(desk, editor)
    uploaded(signed_in(desk, other))
    other.client.post("/api/records/jobs", json={"spec": SPEC, "records": 2}).raise_for_status()
    work(desk)
    client = signed_in(desk, editor)
    client.post(f"/api/generation/{known.generation}/publish", json={}).raise_for_status()
    client.post("/api/records/jobs", json={"spec": SPEC, "records": 2}).raise_for_status()
    gone, kept = owned(desk, editor), owned(desk, other)
    desk.app.state.platform.removal.user(editor.id)
    assert owned(desk, editor) == [editor.id]
    keys = desk.backends.keys
    assert [one for one in gone if keys.exists(one)] == []
    assert [one for one in kept if not keys.exists(one)] == []
    left = {info.key.partition("/")[0] for info in desk.backends.stores.blobs.list("")}
    assert left <= set(kept)
    documents = desk.backends.documents
    assert documents.count("publication", {}) == 0
    assert {doc["job"] for doc in documents.find("task", {})} <= {
        doc["id"] for doc in documents.find("job", {"owner": other.id})
    }
    assert [doc["owner"] for doc in documents.find("dataset", {})] == [other.id]
    desk.close()
