"""What is looked at before anything is shipped: `make audit`.

python deploy/audit.py [--offline]

Security lint, advisories on what others wrote, their licences, the container's files. Exit status: 0, nothing
was found; 1, something was; 3, nothing was found, but a source of advisories could not be asked, so nobody
knows. ``--offline`` makes that 0, for a machine that cannot ask: its result then says nothing of advisories.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from licences import licences

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
Found = list[str]
SEEN = re.compile(r"#\s*noqa:.*\bS(\d+)")
SKIPPED = {"B404": "importing subprocess is no fault; each call is looked at (B603)"}


class NotAsked(Exception):
    """A source that could not be asked, and why."""


def lint() -> Found:
    """What bandit finds in `src` that nobody has answered for on the line itself.

    That is by ``# noqa: S…``, since ruff has the same rules by the same numbers, or by ``# nosec``.
    """
    command = [BIN / "bandit", "-r", "src", "-q", "-f", "json", "--skip", ",".join(SKIPPED)]
    results = json.loads(output(command))["results"]
    return [
        f"{one['filename']}:{one['line_number']}: {one['test_id']} {one['issue_text']}"
        for one in results
        if one["test_id"].removeprefix("B") not in answered(one)
    ]


def answered(finding: dict[str, Any]) -> set[str]:
    """The numbers of the rules that the lines of a finding say something about."""
    lines = (ROOT / finding["filename"]).read_text().splitlines()
    part = lines[min(finding["line_range"]) - 1 : max(finding["line_range"])]
    return {number for line in part for number in SEEN.findall(line)}


def python_advisories() -> Found:
    """Advisories on the pinned versions, by pip-audit."""
    command = [BIN / "pip-audit", "-r", "constraints.txt", "--no-deps", "--disable-pip"]
    told = output([*command, "--progress-spinner", "off", "-f", "json"])
    try:
        known: list[dict[str, Any]] = json.loads(told)["dependencies"]
    except ValueError:
        raise NotAsked("the index of Python packages tells no advisories here") from None
    unknown = [one["name"] for one in known if "skip_reason" in one]
    if unknown:
        raise NotAsked(f"of {len(known)} Python packages, {len(unknown)} could not be asked about")
    return [
        f"{one['name']} {one['version']}: {vulnerability['id']}"
        for one in known
        for vulnerability in one["vulns"]
    ]


def npm_advisories() -> Found:
    """Advisories on what the page is built with and of, by npm."""
    told = json.loads(output(["npm", "audit", "--package-lock-only", "--json"], ROOT / "web") or "{}")
    if "vulnerabilities" not in told:
        raise NotAsked("the registry of npm packages tells no advisories here")
    return [f"{name}: {one['severity']}" for name, one in told["vulnerabilities"].items()]


def container() -> Found:
    """What hadolint says of the Dockerfile, and what keeps the compose file from being one."""
    told = output([BIN / "hadolint", "--format", "json", "deploy/Dockerfile"])
    found = [f"deploy/Dockerfile:{one['line']}: {one['code']} {one['message']}" for one in json.loads(told)]
    return [*found, *composed(ROOT / "deploy" / "compose.yaml")]


def composed(path: Path) -> Found:
    """Where a compose file is not by the Compose Specification."""
    from compose_spec import PyCompose

    try:
        PyCompose.from_yaml(path.read_text()).validate()
    except ValueError as error:
        return [f"{path.relative_to(ROOT)}: {error}"]
    return []


CHECKS: dict[str, Callable[[], Found]] = {
    "security lint (bandit)": lint,
    "advisories, Python (pip-audit)": python_advisories,
    "advisories, npm (npm audit)": npm_advisories,
    "licences of what is shipped": lambda: licences(ROOT),
    "container (hadolint, compose-spec)": container,
}


def output(command: list[Any], folder: Path = ROOT) -> str:
    """What a command prints; its exit status says the same as its output, and is not looked at."""
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        raise NotAsked(f"there is no {Path(command[0]).name}") from None


def main() -> None:
    wrong, unasked = False, False
    for name, check in CHECKS.items():
        try:
            found = check()
        except NotAsked as reason:
            print(f"  ?  {name}: NOT ASKED: {reason}")
            unasked = True
            continue
        print(f"  {'✕' if found else '✓'}  {name}{f': {len(found)}' if found else ''}")
        for line in found:
            print(f"       {line}")
        wrong = wrong or bool(found)
    if unasked:
        print("What was not asked about is not known to be well.")
    raise SystemExit(1 if wrong else 3 if unasked and "--offline" not in sys.argv else 0)


if __name__ == "__main__":
    main()
