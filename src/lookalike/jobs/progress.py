"""How far a job is, in per cent: of what is committed or reported, and never falling.

A generate job: 90 for its blocks, then 92 when they are joined, 95 when the file is written, 100 when it is
stored. Five blocks give 20 40 60 80 90 92 95 100. Other jobs: what their one task says, up to 90, then 100.
"""

from __future__ import annotations

from collections.abc import Sequence

JOINED, WRITTEN, STORED = 92, 95, 100
MOST = 90
_STAGES = (JOINED, WRITTEN)


def of_blocks(done: int, blocks: int) -> int:
    """Per cent when ``done`` of ``blocks`` are made."""
    return min(MOST, 100 * done // blocks)


def generate_steps(done: int, blocks: int, stage: int) -> list[int]:
    """Every per cent up to ``done`` blocks and finalise stage ``stage`` (1 joined, 2 written)."""
    made = [of_blocks(n, blocks) for n in range(1, done + 1)]
    return [*made, *(_STAGES[:stage] if done == blocks else ())]


def joined(steps: Sequence[int], reached: Sequence[int]) -> tuple[int, ...]:
    """``steps`` and what was ``reached`` beyond them, in order, each once: who looks late reads them all."""
    last = steps[-1] if steps else 0
    return (*steps, *sorted({step for step in reached if step > last}))
