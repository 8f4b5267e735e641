"""Shares and balance: which rows meet which conditions, as exact quotas in every block.

The stratum of row i is a keyed permutation of its place in its block, cut by the quotas: a pure function of
(seed, i), whatever the number of rows asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from lookalike import randomness
from lookalike.errors import Unsatisfiable, UsageError
from lookalike.models.base import SampleSpec
from lookalike.models.codes import Labels
from lookalike.models.counting import permute
from lookalike.models.plan import CodedColumn, DerivedColumn, Plan
from lookalike.models.wanted import Wanted, on_source, read_condition
from lookalike.schema import Schema
from lookalike.tables.blocks import BLOCK_ROWS

MOST_BALANCED = 100
MOST_STRATA = 1000


@dataclass(frozen=True, slots=True)
class Strata:
    """wanted: what each stratum asks of coded columns. dimensions: per column with shares, the ends of its
    quotas in a block's 10,000 places; strata are their combinations, the last column turning fastest."""

    wanted: tuple[Mapping[str, Wanted], ...]
    dimensions: tuple[tuple[str, np.ndarray], ...]

    @classmethod
    def of(cls, spec: SampleSpec, plan: Plan, schema: Schema) -> Strata:
        """The strata of a spec; one, which asks nothing, without shares and balance."""
        parts: dict[str, list[tuple[float, Wanted]]] = {}
        for share in spec.shares:
            name, wanted = read_condition(share.condition, plan, schema)
            parts.setdefault(name, []).append((share.share, wanted))
        for name, given in parts.items():
            _complete(name, given, plan)
        if spec.balance is not None:
            name, given = _balanced(spec.balance, plan)
            if name in parts:
                raise UsageError(f"{spec.balance!r} cannot be balanced and have shares as well.")
            parts[name] = given
        dimensions = tuple((name, _quotas([s for s, _ in given])) for name, given in parts.items())
        choices = [[(name, wanted) for _, wanted in given] for name, given in parts.items()]
        combined = tuple(dict(choice) for choice in product(*choices))
        if len(combined) > MOST_STRATA:
            raise UsageError(
                f"These shares make {len(combined):,} groups of rows; at most {MOST_STRATA:,} can be kept.",
                hint="Share fewer columns at once.",
            )
        return cls(combined, dimensions)

    def assign(self, numbers: np.ndarray, seed: int) -> np.ndarray | None:
        """The stratum of each row number (uint64, (n,)): int64 (n,); None when there is only one."""
        if not self.dimensions:
            return None
        stratum = np.zeros(len(numbers), np.int64)
        block_of, place = np.divmod(numbers, np.uint64(BLOCK_ROWS))
        for name, ends in self.dimensions:
            shuffled = np.empty_like(place)
            for block in np.unique(block_of):
                inside = block_of == block
                key = randomness.key(seed, "share", name, int(block))
                shuffled[inside] = permute(key, place[inside], BLOCK_ROWS)
            part = np.searchsorted(ends, shuffled.astype(np.int64), side="right")
            stratum = stratum * len(ends) + part
        return stratum


def _complete(name: str, given: list[tuple[float, Wanted]], plan: Plan) -> None:
    """Add what is left over as a part of its own; refuse shares of more than the whole, or that overlap."""
    column = plan.by_name[name]
    assert isinstance(column, CodedColumn)  # noqa: S101  (`read_condition` names no other)
    total = sum(share for share, _ in given)
    said = ", ".join(wanted.text for _, wanted in given)
    if total > 1 + 1e-9:
        raise UsageError(f"The shares of {said} add up to {total:g}, more than the whole.")
    if np.sum([wanted.weights for _, wanted in given], axis=0).max() > 1 + 1e-9:
        raise UsageError(f"The shares of {said} overlap: a row could count for two of them.")
    if total < 1 - 1e-9:
        rest = Wanted.remainder([wanted for _, wanted in given], column.codec)
        if not rest.weights.any():
            raise Unsatisfiable(
                f"A share of {1 - total:.4g} is left for rows that are {rest.text}; there are no others.",
                condition=rest.text,
                rarity=0.0,
                hint="Let the shares add up to 1.",
            )
        given.append((1 - total, rest))


def _balanced(name: str, plan: Plan) -> tuple[str, list[tuple[float, Wanted]]]:
    """Equal shares of each value of a column, asked of the one that fixes it; missing is not a value."""
    column = plan.by_name.get(name)
    if not isinstance(column, CodedColumn | DerivedColumn):
        raise UsageError(
            f"{name!r} cannot be balanced: its values are made new for every row, or there are none.",
            hint="Balance a categorical column.",
        )
    codec = column.codec
    codes = (
        range(len(codec.labels)) if isinstance(codec, Labels) else range(int(codec.missing), codec.n_codes)
    )
    if not 1 <= len(codes) <= MOST_BALANCED:
        raise UsageError(
            f"{name!r} has {len(codes):,} values; a column of up to {MOST_BALANCED} can be balanced.",
            hint="Use --share for the values that matter.",
        )
    source, parts = name, list[Wanted]()
    for code in codes:
        weights = np.zeros(codec.n_codes)
        weights[code] = 1.0
        intervals = None
        if not isinstance(codec, Labels):
            knots = codec.knots[code - codec.missing]
            intervals = ((knots[0], knots[-1]),)
        found, wanted = on_source(column, Wanted(weights, intervals, f"{name} balanced"), plan)
        source = found.name
        if wanted.weights.any():  # of a column that another fixes, some values may never be drawn
            parts.append(wanted)
    return source, [(1 / len(parts), wanted) for wanted in parts]


def _quotas(shares: Sequence[float]) -> np.ndarray:
    """Where each part ends in a block: int64, whole rows by the largest remainders, adding up to 10,000."""
    exact = np.array(shares) / sum(shares) * BLOCK_ROWS
    rows = np.floor(exact).astype(np.int64)
    short = BLOCK_ROWS - int(rows.sum())
    rows[np.argsort(rows - exact, kind="stable")[:short]] += 1
    return np.cumsum(rows)
