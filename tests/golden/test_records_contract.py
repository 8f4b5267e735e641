"""The message contract of LLM calls: its schemas, and the vectors that executors of all languages pass."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lookalike.records.chat import ChatRequest
from replying import replied

CONTRACTS = Path(__file__).parents[2] / "contracts" / "records"
VECTORS: list[dict[str, Any]] = json.loads((CONTRACTS / "vectors.json").read_text())["vectors"]
REQUEST, RESULT = (
    jsonschema.Draft202012Validator(json.loads((CONTRACTS / f"{name}.schema.json").read_text()))
    for name in ("request", "result")
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_executor_passes_the_vector(vector: dict[str, Any]) -> None:
    REQUEST.validate(vector["request"])
    RESULT.validate(vector["result"])
    seen, result = asyncio.run(replied(vector["request"], vector["reply"]))
    assert seen == vector["http"]
    assert result == vector["result"]


def test_a_request_is_the_same_there_and_back() -> None:
    for vector in VECTORS:
        assert ChatRequest.of_dict(vector["request"]).to_dict() == vector["request"]


def test_no_key_is_in_a_message() -> None:
    for vector in VECTORS:
        assert "the-key" not in json.dumps([vector["request"], vector["result"]])
