"""Write jobs from end to end: exactly N, filters, caps, resuming; against a stand-in server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import lookalike as la
from lookalike.errors import Damaged, FewerThanAsked, ProviderFailed, UsageError, WrongState
from lookalike.records.money import PICO
from records_accounts import reconcile
from standin_llm import StandIn, faulty
from writing import quick, spec_of


def journal(folder: Path) -> Path:
    return folder / "out.jsonl.journal"


def write(server: StandIn, folder: Path, records: int = 20, options: Any = None, **parts: Any) -> Any:
    asked = {"executor": quick(), **(options or {})}
    return la.write(spec_of(server, **parts), records, folder / "out.jsonl", **asked)


def test_exactly_as_many_as_asked_in_the_order_of_their_slots(tmp_path: Path) -> None:
    with StandIn(faulty(0.2)) as server:
        made = write(server, tmp_path, 40)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert rows == list(made)
    assert len(rows) == len(made) == 40
    found = reconcile(journal(tmp_path), server.served)
    assert found.tokens == made.snapshot.spent.tokens


TRANSPORT = {"rate", "rate-after", "server", "cut", "empty", "no-json", "drip"}


def same_again(body: Any) -> str:
    """A text that is the same for a third of the requests."""
    return "the same old story once more " * 4 if body["seed"] % 3 == 0 else f"{body['seed']} " * 9


def test_what_is_accepted_depends_on_the_answers_and_not_on_how_fast_they_come(tmp_path: Path) -> None:
    """Of many answers alike, the same are kept: whatever the faults and the limits were."""
    kept: list[Any] = []
    for share, most in ((0.0, 1), (0.3, 16), (0.5, 40)):
        folder = tmp_path / str(most)
        folder.mkdir()
        with StandIn(text=same_again) as server:
            behave = faulty(share, most)
            server.script = lambda id_, time, b=behave: (
                kind if (kind := b(id_, time)) in TRANSPORT else "answer"
            )
            made = write(server, folder, 30, {"window": 24}, model={"concurrency": most})
        kept.append(list(made))
        assert made.snapshot.counts.filtered > 0
    assert kept[0] == kept[1] == kept[2]


def test_checks_are_asked_before_what_hangs_on_them_is_paid_for(tmp_path: Path) -> None:
    columns = {
        "number": {"sampler": "integer", "low": 1, "high": 9},
        "words": {"text": "Say {{ number }}."},
        "more": {"text": "Go on: {{ words }}"},
    }
    with StandIn(text=lambda body: "bad" if body["seed"] % 2 else f"good {body['seed']}") as server:
        made = write(server, tmp_path, 10, columns=columns, checks=[{"of": "words", "regex": "^good"}])
    reasons = {failure["reason"] for failure in made.failures() if failure["column"] == "words"}
    assert reasons == {"check: words does not match ^good"}
    asked_more = {one.id.rpartition("/more")[0] for one in server.served if "/more/" in one.id}
    refused = {f"{f['slot']}/{f['number']}" for f in made.failures() if f["column"] == "words"}
    assert not asked_more & refused


def test_duplicates_word_for_word_and_nearly() -> None:
    long = " ".join(f"word{n}" for n in range(60))

    def text(body: Any) -> str:
        return long + (" again" if body["seed"] % 2 else "")

    with StandIn(text=text) as server:
        spec = spec_of(server, limits={"candidates": 12})
        with pytest.raises(FewerThanAsked) as caught:
            la.write(spec, 3, executor=quick())
        assert caught.value.counts["accepted"] == 1
        exact = spec_of(server, limits={"candidates": 30}, duplicates={"near": False})
        assert len(la.write(exact, 2, executor=quick())) == 2
        free = spec_of(server, limits={"candidates": 3}, duplicates=False)
        assert len(la.write(free, 3, executor=quick())) == 3


def test_the_ceiling_ends_it_with_counts_and_retry_goes_on(tmp_path: Path) -> None:
    checks = [{"of": "words", "regex": "^good"}]
    with StandIn(text=lambda body: "bad") as server, pytest.raises(FewerThanAsked) as caught:
        write(server, tmp_path, 5, checks=checks, limits={"candidates": 8})
    counts = caught.value.counts
    assert caught.value.exit_status == 9
    assert caught.value.reason == "ceiling"
    assert (counts["candidates"], counts["filtered"], counts["accepted"], counts["open"]) == (8, 8, 0, 0)


def test_retry_asks_again_for_what_could_not_be_had_and_for_nothing_else(tmp_path: Path) -> None:
    mood = {"good": False}
    with StandIn(
        text=lambda body: f"{'good' if mood['good'] or body['seed'] % 2 else 'bad'} {body['seed']}"
    ) as server:
        parts: dict[str, Any] = {"checks": [{"of": "words", "regex": "^good"}], "limits": {"candidates": 6}}
        with pytest.raises(FewerThanAsked) as caught:
            write(server, tmp_path, 6, **parts)
        missing = 6 - caught.value.counts["accepted"]
        assert missing
        calls = len(server.served)
        mood["good"] = True
        with pytest.raises(FewerThanAsked):
            write(server, tmp_path, 6, **parts)
        assert len(server.served) == calls
        made = write(server, tmp_path, 6, {"again": True}, **parts)
    assert len(server.served) == calls + missing
    assert len(made) == 6


def test_too_many_alike_stop_the_asking_unless_told_to_go_on() -> None:
    with StandIn(text=lambda body: "always the same words and no others in this text") as server:
        spec = spec_of(server, diversity={"window": 20}, limits={"candidates": 100})
        with pytest.raises(FewerThanAsked) as caught:
            la.write(spec, 90, executor=quick())
        assert caught.value.reason == "alike"
        assert 20 <= caught.value.counts["candidates"] < 100
        with pytest.raises(FewerThanAsked) as caught:
            la.write(spec, 90, executor=quick(), keep_asking=True)
        assert caught.value.reason == "ceiling"


def test_leakage_and_personal_data_in_what_is_written() -> None:
    seed = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    texts = {
        0: f"It says {seed} there.",
        1: "Write to jane.roe@firm.com soon.",
        2: "Write to info@example.com, she is PERSON.",
    }
    with StandIn(text=lambda body: texts.get(body["seed"] % 3, "") + f" {body['seed']}") as server:
        spec = spec_of(
            server, leakage=True, personal=["email"], duplicates=False, seeds={"s": {"path": "none.csv"}}
        )
        made = la.write(spec, 6, seeds={"s": [{"text": seed}]}, executor=quick())
    reasons = {failure["reason"].partition(":")[0] for failure in made.failures()}
    assert reasons == {"leakage", "personal"}
    assert all("example.com" in record["words"] for record in made)


@pytest.mark.parametrize(("cap", "reason"), [({"tokens": 3000}, "tokens"), ({"money": 0.002}, "money")])
def test_a_cap_is_never_exceeded(cap: dict[str, Any], reason: str, tmp_path: Path) -> None:
    with StandIn() as server:
        model = {"price": {"input": 1.0, "output": 2.0}}
        with pytest.raises(FewerThanAsked) as caught:
            write(server, tmp_path, 500, limits=cap, model=model)
        assert caught.value.reason == reason
        found = reconcile(journal(tmp_path), server.served)
        entries = [json.loads(line) for line in journal(tmp_path).read_text().splitlines()]
        spent = sum(entry["cost_pico"] for entry in entries if entry["is"] == "settled")
        assert found.accepted > 5
        if reason == "tokens":
            assert found.tokens <= 3000
            assert found.tokens > 3000 - 400, "it stops no more than one call's worst case before the cap"
        else:
            assert spent <= 0.002 * PICO
        calls = len(server.served)
        more = {name: 100 * value for name, value in cap.items()}
        made = write(server, tmp_path, found.accepted + 3, {"limits": more}, limits=cap, model=model)
    assert len(made) == found.accepted + 3
    assert len(server.served) - calls <= 16, "what was paid for is not asked for again"


def test_a_deadline_ends_it(tmp_path: Path) -> None:
    with StandIn(delay_s=30) as server, pytest.raises(FewerThanAsked) as caught:
        write(server, tmp_path, 5, limits={"time_s": 0.2})
    assert caught.value.reason == "time"


@pytest.mark.parametrize(("kind", "reason"), [("quota", "quota"), ("auth", "auth")])
def test_no_credit_and_a_wrong_key_fail_at_once(kind: Any, reason: str) -> None:
    with StandIn(lambda id_, time: kind) as server, pytest.raises(ProviderFailed) as caught:
        la.write(spec_of(server, model={"concurrency": 4}), 50, executor=quick())
    assert caught.value.reason == reason
    assert len(server.served) <= 50
    assert len({one.id for one in server.served}) == len(server.served), "no call is tried again"


def test_nobody_there_ends_it_with_a_reason() -> None:
    with pytest.raises(ProviderFailed, match="does not answer") as caught:
        la.write(spec_of(None), 50, executor=quick())
    assert caught.value.reason == "transport"


def test_other_filters_judge_anew_what_was_paid_for(tmp_path: Path) -> None:
    with StandIn(text=lambda body: f"word{body['seed'] % 7} " * 5) as server:
        write(server, tmp_path, 10, duplicates=False)
        before = len(server.served)
        first = [json.loads(line)["words"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
        keep = sorted(set(first))[0].split()[0]
        made = write(server, tmp_path, 3, duplicates=False, checks=[{"of": "words", "regex": f"^{keep}"}])
    again = [record["words"] for record in made]
    assert all(words.startswith(keep) for words in again)
    kept = sum(words.startswith(keep) for words in first[:3])
    assert made.snapshot.counts.filtered >= 3 - kept
    assert len(server.served) > before or kept == 3


def test_a_journal_of_another_spec_is_refused_and_restart_throws_it_away(tmp_path: Path) -> None:
    with StandIn() as server:
        write(server, tmp_path, 3)
        with pytest.raises(UsageError, match="another spec"):
            write(server, tmp_path, 3, seed=99)
        made = write(server, tmp_path, 3, {"restart": True}, seed=99)
    assert len(made) == 3


def test_half_a_line_is_cut_off_and_damage_within_is_told(tmp_path: Path) -> None:
    with StandIn() as server:
        write(server, tmp_path, 3)
        calls = len(server.served)
        data = journal(tmp_path).read_bytes()
        journal(tmp_path).write_bytes(data + b'{"is": "accepted", "slo')
        assert len(write(server, tmp_path, 3)) == 3
        assert len(server.served) == calls
        lines = data.splitlines(keepends=True)
        journal(tmp_path).write_bytes(b"".join([lines[0], b"{broken\n", *lines[1:]]))
        with pytest.raises(Damaged, match="Line 2"):
            write(server, tmp_path, 3)


def test_two_processes_do_not_share_a_journal(tmp_path: Path) -> None:
    from lookalike.records.journal import Journal

    first = Journal(tmp_path / "j", "identity")
    with pytest.raises(WrongState, match="Another process"):
        Journal(tmp_path / "j", "identity")
    first.close()
    Journal(tmp_path / "j", "identity").close()


def test_more_records_go_on_from_fewer(tmp_path: Path) -> None:
    with StandIn() as server:
        first = list(write(server, tmp_path, 5))
        more = list(write(server, tmp_path, 9))
    assert more[:5] == first
    assert len(server.served) == 9


def test_a_cassette_plays_what_was_recorded_without_a_call(tmp_path: Path) -> None:
    from lookalike.records.write import with_cassette

    tape = str(tmp_path / "tape.jsonl")
    with StandIn(faulty(0.2, 5)) as server:
        spec = spec_of(server)
        first = list(la.write(spec, 8, executor=with_cassette(quick(), tape, None)))
    again = la.write(spec, 8, executor=with_cassette(quick(), None, tape))
    assert list(again) == first
    with pytest.raises(la.LookalikeError, match="no answer for 0/0/words/0"):
        la.write({**spec, "seed": 4}, 8, executor=with_cassette(quick(), None, tape))


def test_rows_of_a_fitted_table_and_seeds_stand_behind_the_text(tmp_path: Path) -> None:
    model = la.fit(
        pa.table({"town": ["Ulm", "Bonn"] * 40, "age": [n % 50 for n in range(80)]}), model="independent"
    )
    shown = "{% for e in examples %}{{ e.name }};{% endfor %}"
    columns = {
        "who": {"table": "people", "where": {"age": "30..40"}, "flatten": True},
        "what": {"seed": "things", "order": "cycled"},
        "words": {
            "text": "{{ who.town }} {{ who.age }} {{ what.name }}: " + shown,
            "examples": {"seed": "things", "count": 2},
        },
    }
    things = [{"name": name} for name in ("tea", "milk", "salt")]
    with StandIn() as server:
        spec = spec_of(server, columns=columns, seeds={"things": {"path": "x.csv"}})
        made = la.write(spec, 9, tables={"people": model}, seeds={"things": things}, executor=quick())
    records = list(made)
    assert [record["what"]["name"] for record in records] == ["tea", "milk", "salt"] * 3
    assert all(30 <= record["age"] <= 40 and record["town"] in ("Ulm", "Bonn") for record in records)
    for one in server.served:
        prompt = one.body["messages"][0]["content"]
        own = prompt.split(":")[0].split()[2]
        others = prompt.split(": ")[1].strip(";").split(";")
        assert len(others) == 2
        assert own not in others


def test_seeds_that_are_used_once_are_not_used_twice() -> None:
    columns = {"one": {"seed": "s", "order": "once"}, "words": {"text": "About {{ one.n }}."}}
    with StandIn() as server:
        spec = spec_of(server, columns=columns, seeds={"s": {"path": "x.csv"}})
        seeds = {"s": [{"n": n} for n in range(4)]}
        made = la.write(spec, 4, seeds=seeds, executor=quick())
        assert [record["one"]["n"] for record in made] == [0, 1, 2, 3]
        calls = len(server.served)
        with pytest.raises(UsageError, match="which hold 4, one each"):
            la.write(spec, 5, seeds=seeds, executor=quick())
        assert len(server.served) == calls


def test_shuffled_seeds_come_equally_often_and_in_another_order_each_time() -> None:
    columns = {"one": {"seed": "s"}, "words": {"text": "About {{ one.n }}."}}
    with StandIn() as server:
        spec = spec_of(server, columns=columns, seeds={"s": {"path": "x.csv"}})
        made = la.write(spec, 15, seeds={"s": [{"n": n} for n in range(5)]}, executor=quick())
    order = [record["one"]["n"] for record in made]
    passes = [order[0:5], order[5:10], order[10:15]]
    assert all(sorted(one) == [0, 1, 2, 3, 4] for one in passes)
    assert len({tuple(one) for one in passes}) > 1
