"""Settings come from the environment alone, and a wrong one is named without its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.errors import UsageError
from lookalike.settings import read_settings
from lookalike.stores.blobs import ObjectBlobs
from lookalike.stores.opened import open_blobs, open_documents


def test_the_data_folder_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOOKALIKE_HOME", str(tmp_path))
    settings = read_settings()
    assert settings.documents_url == f"sqlite:{tmp_path / 'documents.db'}"
    assert settings.blobs_url == f"file:{tmp_path / 'blobs'}"
    assert settings.key_path == tmp_path / "master.key"


def test_every_store_can_be_put_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in [
        ("DOCUMENTS", "sqlite:x.db"),
        ("BLOBS", "memory:"),
        ("KEY_FILE", "k"),
        ("RETRIES_S", "1, 2.5"),
    ]:
        monkeypatch.setenv(f"LOOKALIKE_{name}", value)
    settings = read_settings()
    assert (settings.documents_url, settings.blobs_url) == ("sqlite:x.db", "memory:")
    assert (settings.key_path, settings.retries_s) == (Path("k"), (1.0, 2.5))
    assert isinstance(open_blobs(settings.blobs_url), ObjectBlobs)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEASE_S", "hunter2"),
        ("LEASE_S", "-1"),
        ("TASK_MB", "0"),
        ("RETRIES_S", "5,hunter2"),
        ("RETRIES_S", ""),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"LOOKALIKE_{name}", value)
    with pytest.raises(UsageError, match=f"LOOKALIKE_{name}") as caught:
        read_settings()
    assert "hunter2" not in str(caught.value)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_MASTER_KEY", "hunter2")
    assert "hunter2" not in repr(read_settings())


def test_a_url_of_no_known_store_is_refused_without_its_password() -> None:
    for opened in (
        lambda: open_documents("mongodb://me:hunter2@x", []),
        lambda: open_blobs("ftp://me:hunter2@x"),
    ):
        with pytest.raises(UsageError) as caught:
            opened()
        assert "hunter2" not in str(caught.value)
        assert caught.value.hint is not None
