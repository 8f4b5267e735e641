"""Gate files: YAML that says where a gate differs from the default one.

limits:
  detection.auc: 0.2
waive:
  - privacy.canaries
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from lookalike.errors import BadInput
from lookalike.quality.thresholds import THRESHOLDS

MAX_BYTES = 1 << 20
_SHAPE = "A gate file has two parts, both optional: 'limits:' (name: number) and 'waive:' (a list of names)."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a file changes."""

    limits: dict[str, float]
    waived: frozenset[str]


def read(path: str | os.PathLike[str]) -> Asked:
    """What the gate file at ``path`` changes. `BadInput` names the line and the nearest name."""
    file = os.fspath(path)
    try:
        data = Path(path).read_bytes()[: MAX_BYTES + 1]
    except OSError as error:
        raise BadInput(
            f"The gate file cannot be read: {error.strerror}.", hint="Check the path.", file=file
        ) from None
    if len(data) > MAX_BYTES:
        raise BadInput(f"The gate file is larger than {MAX_BYTES:,} bytes.", file=file)
    try:
        root = yaml.compose(data, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f" in line {error.problem_mark.line + 1}"
        raise BadInput(
            f"The gate file is not YAML{line}: {error.problem or error.context}.", hint=_SHAPE, file=file
        ) from None
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError, ValueError):
        raise BadInput("The gate file is not YAML.", hint=_SHAPE, file=file) from None
    return _Reading(file).all_of(root)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Walks YAML's nodes rather than values: a name that stands twice, and its line, are seen."""

    file: str

    def all_of(self, root: yaml.Node | None) -> Asked:
        parts = {} if root is None else self._named(root, "a gate file", self._part)
        limits: dict[str, float] = {}
        if "limits" in parts:
            for name, node in self._named(parts["limits"], "'limits'", self._threshold).items():
                limits[name] = self._limit(name, node)
        waived: set[str] = set()
        if "waive" in parts:
            node = parts["waive"]
            if not isinstance(node, yaml.SequenceNode):
                self._refuse(node, "'waive' must be a list of names", _SHAPE)
            for entry in node.value:
                name = self._text(entry, "'waive' must be a list of names")
                self._threshold(entry, name)
                waived.add(name)
        return Asked(limits, frozenset(waived))

    def _named(
        self, node: yaml.Node, what: str, known: Callable[[yaml.Node, str], None]
    ) -> dict[str, yaml.Node]:
        """The entries of a mapping, each with a name that is ``known`` and stands once."""
        if not isinstance(node, yaml.MappingNode):
            self._refuse(node, f"{what} must have names with values", _SHAPE)
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._text(key, f"{what} has a name that is not text")
            known(key, name)
            if name in found:
                self._refuse(key, f"{name!r} stands there twice", "Take one of the two out.")
            found[name] = value
        return found

    def _part(self, node: yaml.Node, name: str) -> None:
        if name not in ("limits", "waive"):
            self._refuse(node, f"it has an unknown part {name!r}", _SHAPE)

    def _threshold(self, node: yaml.Node, name: str) -> None:
        if name not in THRESHOLDS:
            from lookalike.quality.gate import nearest

            self._refuse(node, f"there is no threshold {name!r}", nearest(name))

    def _limit(self, name: str, node: yaml.Node) -> float:
        text = self._text(node, f"the limit of {name} must be a number")
        try:
            limit = float(text)
        except ValueError:
            limit = math.nan
        if not (math.isfinite(limit) and limit >= 0):
            self._refuse(
                node,
                f"the limit of {name} is {text!r}; it must be a number of at least 0",
                "It says how much worse than a second real sample the figure may be: 0.01 is one per cent.",
            )
        return limit

    def _text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._refuse(node, what, _SHAPE)
        return str(node.value)

    def _refuse(self, node: yaml.Node, what: str, hint: str) -> NoReturn:
        raise BadInput(f"The gate file, line {node.start_mark.line + 1}: {what}.", hint=hint, file=self.file)
