"""Asking: the ladder of structured output, asking again, and what cannot be used; against a real server."""

from __future__ import annotations

from typing import Any

import lookalike as la
from standin_llm import Kind, StandIn, in_turn
from writing import quick, spec_of

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
COLUMNS = {"made": {"structured": "Make one.", "schema": SCHEMA}}


def written(server: StandIn, records: int = 1, **parts: Any) -> Any:
    return la.write(spec_of(server, **{"columns": COLUMNS, **parts}), records, executor=quick())


def asked(server: StandIn) -> list[str]:
    """How each request asked for structure."""
    how: list[str] = []
    for one in server.served:
        how.append("native" if "response_format" in one.body else "tool" if "tools" in one.body else "words")
    return how


def test_native_then_tool_then_words() -> None:
    with StandIn(lambda id_, time: "bad-request" if time < 2 else "answer") as server:
        made = written(server, 1)
    assert asked(server) == ["native", "tool", "words"]
    assert "JSON Schema" in server.served[-1].body["messages"][-1]["content"]
    assert set(next(iter(made))["made"]) == {"title"}


def test_what_a_provider_refused_is_not_tried_again() -> None:
    server = StandIn()
    server.script = lambda id_, time: "answer" if asked(server)[-1] == "words" else "bad-request"
    with server:
        made = written(server, 60, model={"concurrency": 1})
    assert len(made) == 60
    # only what was on its way by then
    assert asked(server).count("native") + asked(server).count("tool") <= 2 * 16
    assert set(asked(server)[40:]) == {"words"}


def test_an_answer_that_does_not_follow_is_shown_with_what_is_wrong() -> None:
    with StandIn(in_asks("schema")) as server:
        made = written(server)
    assert [one.id for one in server.served] == ["0/0/made/0", "0/0/made/1"]
    said = server.served[1].body["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "user"]
    assert "surprise" in said[1]["content"]
    assert '"title" is a required property' in said[2]["content"]
    assert next(iter(made.with_provenance()))["_made"]["columns"]["made"]["asks"] == 2


def in_asks(*kinds: Kind) -> Any:
    """A behaviour for each ask of a first candidate; then answers."""

    def script(id: str, _time: int) -> Kind:  # noqa: A002
        _, number, _, ask = id.split("/")
        return kinds[int(ask)] if number == "0" and int(ask) < len(kinds) else "answer"

    return script


def test_it_is_asked_again_at_most_twice_and_then_it_is_a_failure_with_its_text() -> None:
    with StandIn(in_asks("schema", "broken", "prose")) as server:
        made = written(server)
    [failure] = made.failures()
    assert (failure["column"], failure["kind"], failure["attempts"]) == ("made", "parse", 3)
    assert failure["raw"] == "Sure! Here is what you asked for."
    assert [one.id for one in server.served] == [f"0/0/made/{ask}" for ask in range(3)] + ["0/1/made/0"]


def test_refusal_truncation_and_nothing_are_told_apart() -> None:
    text = {"words": {"text": "Say it."}}
    for kind, told in (("refusal", "refusal"), ("truncation", "truncation"), ("no-text", "empty")):
        with StandIn(in_asks(kind)) as server:
            made = written(server, columns=text)
        assert [failure["kind"] for failure in made.failures()] == [told]
        assert len(server.served) == 2, "a refusal is not argued with, and a text not asked for again"


def test_a_failed_connection_is_tried_four_times_and_then_told() -> None:
    with StandIn(lambda id_, _: "server" if id_.startswith("0/0/") else "answer") as server:
        made = written(server)
    [failure] = made.failures()
    assert failure["kind"] == "transport"
    assert "503" in failure["reason"]
    assert [one.id for one in server.served] == ["0/0/made/0"] * 4 + ["0/1/made/0"]


def test_a_429_does_not_use_up_the_tries_of_a_call() -> None:
    kinds: tuple[Kind, ...] = ("rate-after", "server", "rate", "cut", "rate-after", "server", "rate")
    with StandIn(in_turn(*kinds)) as server:
        made = written(server)
    assert made.snapshot.counts.failed == 0
    assert len(server.served) == len(kinds) + 1


def test_json_in_a_fence_or_between_words_is_found() -> None:
    for text in ('```json\n{"title": "t"}\n```', 'Here: {"title": "t"} Enjoy!'):
        with StandIn(text=lambda body, text=text: text) as server:
            assert [record["made"] for record in written(server, duplicates=False)] == [{"title": "t"}]


def test_the_key_goes_by_name_and_is_nowhere_else(monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("MY_KEY", "very-secret-key")
    with StandIn() as server:
        spec = spec_of(server, model={"key_env": "MY_KEY"})
        la.write(spec, 2, tmp_path / "out.jsonl", executor=quick(), provenance=True)
    assert server.served[0].headers["Authorization"] == "Bearer very-secret-key"
    assert all(b"very-secret-key" not in file.read_bytes() for file in tmp_path.iterdir())
