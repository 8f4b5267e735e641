"""The repository itself: pins without addresses, and documents that agree with the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import lookalike
from lookalike import errors
from lookalike.settings import Settings

ROOT = Path(__file__).parents[2]
PINS = {
    name.lower(): Version(version)
    for name, version in re.findall(
        r"^([A-Za-z0-9_.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.M
    )
}


def requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [entry for extra in project["optional-dependencies"].values() for entry in extra]
    return [Requirement(entry) for entry in [*project["dependencies"], *extras]]


def test_every_dependency_is_pinned_within_its_range() -> None:
    for wanted in requirements():
        assert PINS[wanted.name.lower()] in wanted.specifier, wanted


def test_ranges_are_loose() -> None:
    for wanted in requirements():
        assert {part.operator for part in wanted.specifier} == {">="}, wanted


def test_the_constraints_name_no_index() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    for line in lines:
        assert re.fullmatch(r"#.*|[A-Za-z0-9_.-]+==[A-Za-z0-9.+]+", line), line


def test_every_name_that_is_promised_is_there() -> None:
    assert set(lookalike.__all__) == set(dir(lookalike))
    for name in lookalike.__all__:
        assert getattr(lookalike, name) is not None


def test_import_loads_nothing_heavy() -> None:
    code = "import sys, lookalike, lookalike.cli.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "pyarrow", "numba", "rich", "sklearn", "faker"} & set(done.stdout.split())


def classes() -> list[type[errors.LookalikeError]]:
    found: list[type[errors.LookalikeError]] = []
    waiting = [errors.LookalikeError]
    while waiting:
        found.append(waiting.pop(0))
        waiting += found[-1].__subclasses__()
    return [one for one in found if one.__module__ == "lookalike.errors"]


def test_the_documented_table_of_errors_is_the_one_in_the_code() -> None:
    documented = re.findall(
        r"^\| `([a-z-]+)` \| (\d+) \| (\d+) \| (yes|no) \|", (ROOT / "docs/errors.md").read_text(), re.M
    )
    real = {
        (c.code, str(c.exit_status), str(c.http_status), "yes" if c.retryable else "no") for c in classes()
    }
    assert set(documented) == real


def test_every_setting_is_documented() -> None:
    documented = re.findall(r"^\| `LOOKALIKE_([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.M)
    assert sorted(documented) == sorted(name.upper() for name in Settings.model_fields)


def test_the_changelog_has_this_version() -> None:
    assert f"## {lookalike.__version__}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "CONTRIBUTING.md",
        "docs/cli.md",
        "docs/errors.md",
        "docs/status.md",
        "docs/service.md",
        "docs/settings.md",
        "docs/reliability.md",
        "docs/jobs.md",
        "docs/check.md",
        "docs/report.md",
        "docs/publishing.md",
    ],
)
def test_links_between_documents_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in link:
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize(
    "command",
    ["synth", "fit", "sample", "schema", "inspect", "check", "worker", "up", "sign-in", "publish", "verify"],
)
def test_every_option_is_documented(command: str) -> None:
    env = {**os.environ, "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "lookalike", command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=env,
    )
    page = (ROOT / "docs/cli.md").read_text()
    for option in re.findall(r"(--[a-z-]+)", done.stdout):
        assert option in page, option
