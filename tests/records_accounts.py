"""Whether a journal adds up, read by itself and held against what the stand-in server did."""

from __future__ import annotations

import collections
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from standin_llm import Served


@dataclass(frozen=True, slots=True)
class Accounts:
    """candidates = accepted + failed + filtered + open. tokens: all that counts as spent, by the journal."""

    candidates: int
    accepted: int
    failed: int
    filtered: int
    open: int
    tokens: int
    told_tokens: int
    unsettled: int


def entries(journal: Path) -> list[dict[str, Any]]:
    """Its whole lines."""
    data = journal.read_bytes()
    return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]


def reconcile(journal: Path, served: list[Served]) -> Accounts:
    """The accounts; asserts that nothing is lost or doubled, and that calls and tokens are the server's.

    - each request that the server saw was reserved before it came, and each reservation is one request at
    most;
    - each answer that the journal holds is one that the server gave whole, once, with the tokens it counted;
    - each answer that it does not hold is covered by a reservation that counts as spent.
    """
    log = entries(journal)
    by_kind: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for entry in log:
        by_kind[entry["is"]].append(entry)
    reserved = {entry["call"]: entry for entry in by_kind["reserved"]}
    settled = {entry["call"]: entry for entry in by_kind["settled"]}
    assert len(reserved) == len(by_kind["reserved"])
    assert len(settled) == len(by_kind["settled"])
    assert set(settled) <= set(reserved)
    unsettled = set(reserved) - set(settled)

    came = collections.Counter(one.id for one in served)
    tried = collections.Counter(call.rpartition("/")[0] for call in reserved)
    assert all(came[ask] <= tried[ask] for ask in came)
    assert sum(tried.values()) - sum(came.values()) <= len(unsettled)

    answers = {one.answer: one for one in served}
    held = [entry["answer"] for entry in settled.values() if entry["answer"] is not None]
    assert len({answer["answer_id"] for answer in held}) == len(held)
    told = 0
    for entry in settled.values():
        answer = entry["answer"]
        if answer is None:
            assert entry["presumed"] == (entry["error"]["billed"] == "unknown")
            assert entry["presumed"] or entry["tokens"] == 0
            continue
        one = answers[answer["answer_id"]]
        assert one.whole
        assert one.id == entry["call"].rpartition("/")[0]
        assert entry["tokens"] == one.tokens
        told += entry["tokens"]
    presumed = [reserved[call] for call, entry in settled.items() if entry["presumed"]]
    presumed += [reserved[call] for call in unsettled]
    ids = {answer["answer_id"] for answer in held}
    covered = collections.Counter(entry["call"].rpartition("/")[0] for entry in presumed)
    lost = collections.Counter(one.id for one in served if one.tokens and one.answer not in ids)
    assert all(count <= covered[ask] for ask, count in lost.items()), "tokens that nobody counts"

    states = _states(by_kind, reserved)
    totals = collections.Counter(states.values())
    return Accounts(
        candidates=len(states),
        accepted=totals["accepted"],
        failed=totals["failed"],
        filtered=totals["filtered"],
        open=totals["open"],
        tokens=told + sum(entry["tokens"] for entry in presumed),
        told_tokens=told,
        unsettled=len(unsettled),
    )


def _states(
    by_kind: dict[str, list[dict[str, Any]]], reserved: dict[str, dict[str, Any]]
) -> dict[tuple[int, int], str]:
    """(slot, number) → what became of it."""
    states: dict[tuple[int, int], str] = {}
    for call in reserved:
        slot, number, *_ = call.split("/")
        states[int(slot), int(number)] = "open"
    for entry in by_kind["candidate"]:
        states[entry["slot"], entry["number"]] = "open"
    for entry in by_kind["rejected"]:
        assert states[entry["slot"], entry["number"]] == "open"
        states[entry["slot"], entry["number"]] = "filtered" if entry["kind"] == "filter" else "failed"
    slots = [entry["slot"] for entry in by_kind["accepted"]]
    assert len(slots) == len(set(slots)), "a slot that was filled twice"
    for entry in by_kind["accepted"]:
        assert states[entry["slot"], entry["number"]] == "open"
        states[entry["slot"], entry["number"]] = "accepted"
    return states
