"""The OpenAPI document says of every operation what it does, takes and answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lookalike.service import openapi
from service_desk import ServiceDesk


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("openapi")
    desk = ServiceDesk(folder)
    found = desk.app.openapi()
    desk.close()
    return found


def test_every_operation_is_described_with_all_that_it_takes_and_answers(document: dict[str, Any]) -> None:
    lacking: list[str] = []
    for path, method, operation in openapi.operations(document):
        where = f"{method} {path}"
        lacking += [
            f"{where}: {name}" for name in ("summary", "description", "tags") if not operation.get(name)
        ]
        for one in operation.get("parameters", []):
            if one["in"] != "path" and not one.get("description"):
                lacking.append(f"{where}: parameter {one['name']}")
        for status, response in operation["responses"].items():
            if not response.get("description"):
                lacking.append(f"{where}: {status}")
            if status < "300" and status != "204":
                contents = response.get("content", {})
                if not contents or any(
                    kind == "application/json" and not one for kind, one in contents.items()
                ):
                    lacking.append(f"{where}: what {status} holds")
        if not any(status < "300" for status in operation["responses"]):
            lacking.append(f"{where}: success")
    assert lacking == []


def test_every_body_has_an_example_or_a_description_for_each_field_that_must_be_there(
    document: dict[str, Any],
) -> None:
    lacking: list[str] = []
    schemas = document["components"]["schemas"]
    for path, method, operation in openapi.operations(document):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        for name in _named(body or {}):
            schema = schemas[name]
            for field in schema.get("required", []):
                known = schema["properties"][field]
                if not ({"examples", "description", "enum", "$ref", "anyOf"} & set(known)):
                    lacking.append(f"{method} {path}: {field}")
    assert lacking == []


def _named(schema: dict[str, Any]) -> list[str]:
    found = [schema, *schema.get("anyOf", [])]
    return [one["$ref"].rpartition("/")[2] for one in found if "$ref" in one]


MADE_ONCE_WITHOUT_A_KEY = {
    "setUp": "its code is good for one account, and nobody is signed in whose word it could be",
    "register": "a login is taken once, and nobody is signed in whose word it could be",
    "publishGeneration": "there is one publication of a file in a place: asking again is asking once",
}


def test_what_creates_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    lacking: set[str] = set()
    for _, method, operation in openapi.operations(document):
        creates = method == "post" and {"201", "202"} & set(operation["responses"])
        names = {one["name"].lower() for one in operation.get("parameters", []) if one["in"] == "header"}
        if creates and "idempotency-key" not in names:
            lacking.add(operation["operationId"])
    assert lacking == set(MADE_ONCE_WITHOUT_A_KEY)
