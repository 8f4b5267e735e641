"""Asking again: for chosen failures alone, and within one cap on time over all runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lookalike as la
from lookalike.errors import FewerThanAsked, UsageError
from lookalike.records.hours import MOST_STRETCH_S
from records_accounts import Accounts, entries, reconcile
from standin_llm import Kind, StandIn
from writing import quick, spec_of

BAD = (1, 3, 6)


def some_refuse(id_: str, _time: int) -> Kind:
    return "refusal" if int(id_.partition("/")[0]) in BAD else "answer"


def write(server: StandIn, folder: Path, records: int = 8, spec: Any = None, **options: Any) -> Any:
    options.setdefault("executor", quick())
    return la.write(spec or spec_of(server), records, folder / "out.jsonl", **options)


def accounts(server: StandIn, folder: Path) -> Accounts:
    found = reconcile(folder / "out.jsonl.journal", server.served)
    assert found.accepted + found.failed + found.filtered + found.open == found.candidates
    return found


def fewer(server: StandIn, folder: Path, **options: Any) -> FewerThanAsked:
    with pytest.raises(FewerThanAsked) as caught:
        write(server, folder, **options)
    counts = caught.value.counts
    found = accounts(server, folder)
    assert counts == {
        "asked": 8,
        **{name: getattr(found, name) for name in ("candidates", "accepted", "failed", "filtered", "open")},
    }
    return caught.value


def numbers(server: StandIn, since: int) -> list[tuple[int, int]]:
    return [(int(one.id.split("/")[0]), int(one.id.split("/")[1])) for one in server.served[since:]]


def test_chosen_failures_are_asked_for_again_and_no_others_though_the_ceiling_is_reached(
    tmp_path: Path,
) -> None:
    with StandIn(some_refuse) as server:
        assert fewer(server, tmp_path, limits={"candidates": 12}).reason == "ceiling"
        accepted = [
            entry["slot"] for entry in entries(tmp_path / "out.jsonl.journal") if entry["is"] == "accepted"
        ]
        assert len(accepted) == 5
        before = len(server.served)
        server.script = lambda id_, time: "refusal" if id_.startswith("6/") else "answer"
        error = fewer(server, tmp_path, limits={"candidates": 12}, only={1})
        assert error.reason == "chosen"
        assert error.counts["accepted"] == 6
        assert {slot for slot, _ in numbers(server, before)} == {1}
        assert len(server.served) == before + 1, "the first that is good is enough"
        before = len(server.served)
        assert fewer(server, tmp_path, limits={"candidates": 12}, only={6, 1}).counts["accepted"] == 6
        asked = numbers(server, before)
        assert [slot for slot, _ in asked] == [6, 6, 6], "three candidates more, none of them of a full slot"
        assert len(set(asked)) == 3
        server.script = lambda id_, time: "answer"
        made = write(server, tmp_path, limits={"candidates": 12}, again=True)
        assert len(made) == 8
        assert accounts(server, tmp_path).accepted == 8


def test_a_chosen_run_that_is_judged_anew_gives_the_same_records(tmp_path: Path) -> None:
    checked = {"checks": [{"of": "words", "least_chars": 1}]}
    with StandIn(some_refuse) as server:
        fewer(server, tmp_path, limits={"candidates": 12})
        server.script = lambda id_, time: "answer"
        fewer(server, tmp_path, limits={"candidates": 12}, only={3})
        first = list(write(server, tmp_path, limits={"candidates": 12}, again=True))
        calls = len(server.served)
        again = write(server, tmp_path, limits={"candidates": 12}, spec=spec_of(server, **checked))
        assert list(again) == first
        assert len(server.served) == calls


def test_what_was_open_and_is_not_chosen_stays_open(tmp_path: Path) -> None:
    with StandIn(some_refuse) as server:
        fewer(server, tmp_path, limits={"candidates": 12})
        journal = tmp_path / "out.jsonl.journal"
        killed = [line for line in journal.read_bytes().splitlines(keepends=True) if _undecided(line, slot=3)]
        journal.write_bytes(b"".join(killed))
        server.script = lambda id_, time: "answer"
        before = len(server.served)
        error = fewer(server, tmp_path, limits={"candidates": 12}, only={1})
        assert error.counts["open"] >= 1
        assert {slot for slot, _ in numbers(server, before)} == {1}


def _undecided(line: bytes, slot: int) -> bool:
    """Whether the line is there where the process was killed before the slot's candidates were done."""
    entry = json.loads(line)
    return entry["is"] not in ("candidate", "rejected") or entry["slot"] != slot


@pytest.mark.parametrize("only", [set(), {8}, {-1}])
def test_slots_that_there_are_not_cannot_be_chosen(only: set[int]) -> None:
    with StandIn() as server, pytest.raises(UsageError):
        la.write(spec_of(server), 8, only=only, executor=quick())


def test_the_cap_on_time_is_one_over_all_runs(tmp_path: Path) -> None:
    with StandIn(delay_s=30) as server:
        assert fewer(server, tmp_path, limits={"time_s": 0.3}).reason == "time"
        asked = len(server.served)
        error = fewer(server, tmp_path, limits={"time_s": 0.3})
        assert error.reason == "time"
        assert len(server.served) == asked, "there was no time left to ask in"
        fewer(server, tmp_path, limits={"time_s": 0.6})
        assert len(server.served) > asked
        worked = [one for one in entries(tmp_path / "out.jsonl.journal") if one["is"] == "worked"]
        ends = [one["seconds"] for one in worked if one["part"] is None]
        assert len(ends) == 2
        assert 0.6 <= sum(ends) < 5


def test_of_a_run_that_was_killed_all_that_it_may_have_worked_counts(tmp_path: Path) -> None:
    with StandIn(some_refuse) as server:
        fewer(server, tmp_path, limits={"candidates": 12, "time_s": 600})
        journal = tmp_path / "out.jsonl.journal"
        lines = journal.read_bytes().splitlines(keepends=True)
        ends = [line for line in lines if json.loads(line).get("is") == "worked"]
        assert [json.loads(line)["part"] for line in ends] == [0, None]
        assert json.loads(ends[0])["seconds"] == MOST_STRETCH_S
        killed = [line for line in lines if line != ends[1]]
        journal.write_bytes(b"".join(killed))
        before = len(server.served)
        capped = {"candidates": 12, "time_s": MOST_STRETCH_S}
        assert fewer(server, tmp_path, limits=capped, again=True).reason == "time"
        assert len(server.served) == before
        journal.write_bytes(b"".join(lines))
        server.script = lambda id_, time: "answer"
        assert len(write(server, tmp_path, limits=capped, again=True)) == 8


def test_who_asks_again_after_too_much_of_the_same_is_asked_for_with_a_fresh_meter(tmp_path: Path) -> None:
    meter = {"diversity": {"window": 10, "most_alike": 0.5}, "duplicates": {"near": 0.8}}
    with StandIn(text=lambda body: "the same old story once more " * 4) as server:
        spec = spec_of(server, **meter)
        with pytest.raises(FewerThanAsked) as caught:
            write(server, tmp_path, spec=spec, limits={"candidates": 60})
        assert caught.value.reason == "alike"
        before = len(server.served)
        with pytest.raises(FewerThanAsked) as caught:
            write(server, tmp_path, spec=spec, limits={"candidates": 60})
        assert len(server.served) == before
        with pytest.raises(FewerThanAsked) as caught:
            write(server, tmp_path, spec=spec, limits={"candidates": 60}, again=True)
        assert caught.value.reason == "alike"
        assert len(server.served) >= before + 10
