"""How many candidates a run may begin, and for which slots.

A job has a ceiling on candidates. A run that is asked to try again is granted as many once more; or, for some
slots alone, a few for each of these and none for others. What was granted is in the log, so that a run that
goes on after a kill is granted nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lookalike.records.keeping import Keeper
from lookalike.records.past import Past
from lookalike.records.sink import Granted

TRIES = 3
"""Candidates for each slot that is chosen; by the third at the latest it has other samples than before."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """candidates: the most in all. below: by chosen slots, below which number; None: any slot."""

    candidates: int
    below: Mapping[int, int] | None = None

    def may(self, slot: int, number: int) -> bool:
        """Whether a model may be asked for this candidate."""
        return self.below is None or number < self.below.get(slot, 0)


NOTHING = Allowed(0)


def of_grant(candidates: int, grant: Granted) -> Allowed:
    """What a grant allows, which was made for chosen slots."""
    return Allowed(candidates, dict(grant.slots or ()))


async def allowed(
    past: Past,
    keeper: Keeper,
    begun: Iterable[tuple[int, int]],
    *,
    ceiling: int,
    again: bool,
    only: frozenset[int] | None,
    run: int | None = None,
) -> Allowed:
    """What this run may begin. begun: (slot, number) of what was begun. again, only, run: as in `Rules`."""
    last = past.grants[-1] if past.grants else None
    if again or (only is not None and _slots(last) != only):
        number_of = len(past.grants) if run is None else run
        count = Counter[int]()
        highest: dict[int, int] = {}
        for slot, number in begun:
            count[slot] += 1
            highest[slot] = max(number, highest.get(slot, -1))
        if only is None:
            last = Granted(number_of, count.total() + ceiling)
        else:
            below = [(slot, highest.get(slot, -1) + 1 + TRIES) for slot in sorted(only)]
            last = Granted(number_of, count.total() + TRIES * len(only), below)
        await keeper.keep(last)
        past.grants.append(last)
    most = max([ceiling, *(grant.candidates for grant in past.grants)])
    return Allowed(most) if only is None or last is None else of_grant(most, last)


def _slots(grant: Granted | None) -> frozenset[int] | None:
    """The slots that a grant is for."""
    return None if grant is None or grant.slots is None else frozenset(slot for slot, _ in grant.slots)
