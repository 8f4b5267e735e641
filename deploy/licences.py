"""The licences of what is shipped with Lookalike: what pip installs with it, and what the page is made of.

`docs/licences.md` is written from them. A licence that would bind who uses Lookalike (AGPL, GPL, BUSL, SSPL),
or that nobody could name, is something found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

REFUSED = re.compile(r"AGPL|(?<!L)GPL|BUSL|Business Source|SSPL|Elastic|Commons.Clause", re.IGNORECASE)
UNNAMED = re.compile(r"^\W*(unknown|other|proprietary)?\W*$", re.IGNORECASE)
GIVEN = {
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Classifiers of packages, in the words of SPDX where they say as much."""
LONGEST = 60


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A package of somebody else's."""

    name: str
    version: str
    licence: str


def licences(root: Path) -> list[str]:
    """What is wrong with the licences; writes docs/licences.md."""
    python, page = sorted(set(python_parts("lookalike"))), sorted(set(page_parts(root / "web")))
    (root / "docs" / "licences.md").write_text(document(python, page))
    return [f"{part.name} {part.version}: {why}" for part in (*python, *page) if (why := wrong(part.licence))]


def wrong(licence: str) -> str | None:
    """Why a licence will not do; None for one that will.

    Of several that one may choose from, one that will do is enough.
    """
    if UNNAMED.match(licence):
        return "no licence is named"
    choices = re.split(r"\s+OR\s+", licence.strip("()"))
    return None if any(not REFUSED.search(choice) for choice in choices) else licence


def python_parts(name: str) -> Iterator[Part]:
    """What is installed with a package, however far down, on this platform."""
    seen: set[str] = {name}
    waiting = [name]
    while waiting:
        for text in metadata.requires(waiting.pop()) or []:
            asked = Requirement(text)
            found = asked.name.lower()
            if found in seen or (asked.marker is not None and not asked.marker.evaluate({"extra": ""})):
                continue
            seen.add(found)
            waiting.append(asked.name)
            yield Part(asked.name.lower(), metadata.version(asked.name), of_package(asked.name))


def of_package(name: str) -> str:
    """The licence of an installed package, by its metadata, in the words of SPDX if it has them."""
    told = metadata.metadata(name)
    expression = told.get("License-Expression")
    if expression:
        return expression
    classified = [
        one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or [] if one.startswith("License ::")
    ]
    text = " ".join((told.get("License") or "").split())
    if classified and classified != ["OSI Approved"]:
        return " OR ".join(GIVEN.get(one, one) for one in classified if one != "OSI Approved")
    return text if len(text) <= LONGEST else ""


def page_parts(web: Path) -> Iterator[Part]:
    """What the page is made of: its dependencies, however far down, without those that only build it."""
    if not (web / "package-lock.json").is_file():
        return
    locked: dict[str, Any] = json.loads((web / "package-lock.json").read_text())["packages"]
    for path, one in locked.items():
        if path and not one.get("dev") and not one.get("devOptional") and not one.get("optional"):
            yield Part(path.rpartition("node_modules/")[2], one["version"], of_npm(web / path, one))


def of_npm(folder: Path, locked: dict[str, Any]) -> str:
    """The licence of an npm package, by the lock file, or by the package where that does not have it."""
    told = locked.get("license")
    if told is None and (folder / "package.json").is_file():
        told = json.loads((folder / "package.json").read_text()).get("license")
    return str(told.get("type", "") if isinstance(told, dict) else told or "")


def document(python: list[Part], page: list[Part]) -> str:
    """The page of documentation that lists them."""
    parts = [
        "# Licences",
        "What others wrote and Lookalike is shipped with or installs; Lookalike itself is Apache-2.0. "
        "`make audit` writes this, and fails on AGPL, GPL, BUSL and SSPL and on what names no licence.",
        "## With the Python package",
        listed(python),
        "## In the page",
        listed(page),
    ]
    return "\n\n".join(parts) + "\n"


def listed(parts: list[Part]) -> str:
    rows = [f"| {part.name} | {part.version} | {part.licence} |" for part in parts]
    return "\n".join(["| package | version | licence |", "|---|---|---|", *rows])
