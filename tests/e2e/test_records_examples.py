"""The specs of docs/records.md: on a cassette, and with a real language model on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lookalike as la
from lookalike.records import local, spec_file

EXAMPLES = Path(__file__).parents[2] / "examples" / "records"
NAMES = ("reviews", "tickets", "questions")


def lookalike(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lookalike", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_the_spec_runs_on_its_cassette(name: str, tmp_path: Path) -> None:
    cassette = EXAMPLES / "cassettes" / f"{name}.jsonl"
    command = ["write", EXAMPLES / f"{name}.yaml", "-n", 4, "-o", "out.jsonl", "--replay", cassette, "--json"]
    done = lookalike(*command, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["counts"]["accepted"] == 4
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert len(records) == 4
    kept = {column.name for column in spec_file.parse((EXAMPLES / f"{name}.yaml").read_text()).columns}
    assert all(set(record) & kept for record in records)


def test_what_a_question_is_about_is_a_page_of_the_document(tmp_path: Path) -> None:
    cassette = EXAMPLES / "cassettes" / "questions.jsonl"
    lookalike(
        "write", EXAMPLES / "questions.yaml", "-n", 4, "-o", "q.jsonl", "--replay", cassette, folder=tmp_path
    )
    records = [json.loads(line) for line in (tmp_path / "q.jsonl").read_text().splitlines()]
    assert {record["passage"]["source"]["file"] for record in records} == {"handbook.pdf"}
    assert [record["page"] for record in records] == [r["passage"]["source"]["page"] for r in records]


def test_a_real_model_writes_to_the_schema_and_is_accounted_for(tmp_path: Path) -> None:
    """The small local model: what it writes is weak, that it follows the schema and is counted is not."""
    if not local.installed():
        assert not os.environ.get("CI"), "CI needs the local model: make local-llm"
        pytest.skip("the local model is not installed: make local-llm")
    schema = {
        "type": "object",
        "properties": {
            "colour": {"enum": ["red", "green", "blue"]},
            "name": {"type": "string", "minLength": 1},
        },
        "required": ["colour", "name"],
        "additionalProperties": False,
    }
    spec = {
        "seed": 2,
        "models": {"m": {"kind": "local", "max_tokens": 80, "timeout_s": 250, "temperature": 0.8}},
        "columns": {
            "thing": {"sampler": "category", "values": ["cup", "chair", "hat"]},
            "toy": {"structured": "Name a {{ thing }} and its colour.", "schema": schema},
        },
        "duplicates": {"near": False},
    }
    made = la.write(spec, 3, tmp_path / "out.jsonl")
    records = list(made)
    assert len(records) == 3
    assert all(record["toy"]["colour"] in ("red", "green", "blue") for record in records)
    spent = made.snapshot.spent
    assert spent.tokens > 3 * 10
    facts = [record["_made"]["columns"]["toy"] for record in made.with_provenance()]
    assert all(fact["request"] and fact["raw"] and fact["latency_s"] > 0 for fact in facts)


def test_without_a_model_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("columns: {a: {text: Say something short.}}\n")
    if local.installed():
        shutil.copy(EXAMPLES / "reviews.yaml", tmp_path / "r.yaml")
        done = lookalike("write", "s.yaml", "--validate", folder=tmp_path)
        assert done.returncode == 0
        assert "small local one" in done.stderr
    else:
        done = lookalike("write", "s.yaml", "-n", 1, "-o", "o.jsonl", folder=tmp_path)
        assert done.returncode == 2
        assert "make local-llm" in done.stderr
