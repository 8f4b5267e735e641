"""``lookalike write`` as a person uses it: checking, a preview, writing, what was refused, and its exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from standin_llm import StandIn

SPEC = """
models: {m: {url: URL, model: x, max_tokens: 50, price: {input: 1, output: 2}}}
columns:
  age: {sampler: integer, low: 1, high: 99}
  words: {text: "Say something about {{ age }}."}
"""


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "LOOKALIKE_CALL_RETRIES_S": "0.01,0.01,0.01"}
    command = [sys.executable, "-m", "lookalike", "write", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def spec(folder: Path, server: StandIn | None, more: str = "") -> str:
    url = "http://127.0.0.1:1" if server is None else server.url
    (folder / "spec.yaml").write_text(SPEC.replace("URL", url) + more)
    return "spec.yaml"


def test_validate_calls_nothing_and_names_what_is_wrong(tmp_path: Path) -> None:
    done = run(tmp_path, spec(tmp_path, None), "--validate", "--json")
    assert done.returncode == 0, done.stderr
    assert [column["name"] for column in json.loads(done.stdout)["columns"]] == ["age", "words"]
    wrong = run(tmp_path, spec(tmp_path, None, "cheks: []\n"), "--validate")
    assert wrong.returncode == 4
    assert "Did you mean 'checks'?" in wrong.stderr


def test_a_preview_shows_prompts_answers_and_what_all_would_cost(tmp_path: Path) -> None:
    with StandIn() as server:
        done = run(tmp_path, spec(tmp_path, server), "--preview", 5, "-n", 1000, "--json")
        shown = run(tmp_path, spec(tmp_path, server), "--preview", 1)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert len(told["candidates"]) == 5
    assert told["estimate"]["records"] == 1000
    assert told["estimate"]["tokens"] == 200 * told["spent"]["tokens"]
    assert told["estimate"]["money_low"] <= told["estimate"]["money"] <= told["estimate"]["money_high"]
    assert "[user] Say something about" in shown.stdout
    assert not list(tmp_path.glob("*.jsonl*"))


def test_writing_says_what_it_took_and_fewer_than_asked_is_exit_9(tmp_path: Path) -> None:
    with StandIn(text=lambda body: "good" if body["seed"] % 2 else f"bad {body['seed']}") as server:
        name = spec(tmp_path, server, "checks: [{of: words, regex: ^bad}]\n")
        arguments = (name, "-n", 6, "-o", "out.jsonl", "--failures", "no.jsonl", "--json")
        few = run(tmp_path, *arguments, "--max-candidates", 4)
        assert few.returncode == 9, few.stderr
        error = json.loads(few.stdout)["error"]
        assert error["code"] == "fewer-than-asked"
        assert error["counts"]["candidates"] == 4
        assert not (tmp_path / "out.jsonl").exists()
        assert len((tmp_path / "no.jsonl").read_text().splitlines()) == error["counts"]["filtered"]
        done = run(tmp_path, *arguments, "--max-candidates", 100, "--provenance")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["counts"]["accepted"] == 6
    assert told["spent"]["tokens"] == sum(one.tokens for one in server.served)
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert all(record["_made"]["columns"]["words"]["raw"] == record["words"] for record in records)


def test_usage_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    with StandIn() as server:
        name = spec(tmp_path, server)
        assert run(tmp_path, name, "-n", 1, "-o", "-").returncode == 2
        assert run(tmp_path, name, "-n", 1, "-o", "no/such/o.jsonl").returncode == 7
        refused = run(tmp_path, name, "-n", 1, "-o", "o.jsonl", "--record", "a", "--replay", "b")
        assert refused.returncode == 2
    assert not server.served


def test_a_provider_that_is_not_there_is_exit_8(tmp_path: Path) -> None:
    done = run(tmp_path, spec(tmp_path, None), "-n", 30, "-o", "out.jsonl")
    assert done.returncode == 8
    assert "does not answer" in done.stderr


def test_some_of_the_failures_that_were_written_down_are_asked_for_again(tmp_path: Path) -> None:
    with StandIn(lambda id_, time: "refusal" if id_[:2] in ("1/", "3/") else "answer") as server:
        arguments = (spec(tmp_path, server), "-n", 5, "-o", "out.jsonl", "--max-candidates", 8, "--json")
        assert run(tmp_path, *arguments, "--failures", "no.jsonl").returncode == 9
        lines = (tmp_path / "no.jsonl").read_text().splitlines(keepends=True)
        (tmp_path / "some.jsonl").write_text("".join(x for x in lines if json.loads(x)["slot"] == 3))
        server.script = lambda id_, time: "answer"
        before = len(server.served)
        again = run(tmp_path, *arguments, "--retry-failures", "some.jsonl")
        assert json.loads(again.stdout)["error"]["reason"] == "chosen"
        assert [one.id.split("/")[0] for one in server.served[before:]] == ["3"]
        (tmp_path / "bad.jsonl").write_text("{}\n")
        assert run(tmp_path, *arguments, "--retry-failures", "bad.jsonl").returncode == 4
        assert run(tmp_path, *arguments, "--retry-failures", "no.jsonl").returncode == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 5
