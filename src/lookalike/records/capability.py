"""What is known of models: how each can be asked for structure, and whether it takes a seed.

A table of the first words of names; what it does not know is tried from the top of the ladder, and what a
provider refuses is remembered for the rest of the run. A spec may overrule it: ``structure``, ``seed``.
"""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.records.chat import Mode
from lookalike.records.spec import ModelSpec

LADDER: tuple[Mode, ...] = ("json_schema", "tool", "prompt")


@dataclass(frozen=True, slots=True)
class Capability:
    """structure: the first rung to try. seed: whether a seed may be sent. sampling: temperature and top_p."""

    structure: Mode = "json_schema"
    seed: bool = True
    sampling: bool = True


KNOWN: tuple[tuple[str, str, Capability], ...] = (
    ("openai", "gpt-3.5", Capability("tool")),
    ("openai", "gpt-4-", Capability("tool")),
    ("openai", "gpt-5", Capability(seed=False, sampling=False)),
    ("openai", "o1", Capability(seed=False, sampling=False)),
    ("openai", "o3", Capability(seed=False, sampling=False)),
    ("openai", "o4", Capability(seed=False, sampling=False)),
    ("anthropic", "claude-2", Capability("prompt", seed=False)),
    ("anthropic", "claude-3", Capability("tool", seed=False)),
    ("anthropic", "claude-opus-4-2", Capability("tool", seed=False)),
    ("anthropic", "claude-sonnet-4-2", Capability("tool", seed=False)),
    ("anthropic", "", Capability("json_schema", seed=False)),
    ("openai", "", Capability()),
    ("local", "", Capability()),
)
"""(kind, how the model's name begins, what it can); the first that fits."""


def capability(model: ModelSpec) -> Capability:
    """What ``model`` can, by the spec's own word or the table."""
    name = model.model.rpartition("/")[2].lower()
    known = next(c for kind, prefix, c in KNOWN if kind == model.kind and name.startswith(prefix))
    return Capability(
        model.structure or known.structure,
        known.seed if model.seed is None else model.seed,
        known.sampling,
    )


def below(mode: Mode) -> Mode | None:
    """The next rung down the ladder."""
    place = LADDER.index(mode) + 1
    return LADDER[place] if place < len(LADDER) else None
