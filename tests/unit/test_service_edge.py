"""What every request meets: ids, headers, problems, limits of size and time, names it is called by, logs."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from lookalike.errors import BadTable, Damaged, LookalikeError, Unavailable, Unsatisfiable, UsageError
from lookalike.service import logs
from lookalike.service.auth import Writing
from lookalike.service.intake import Intake
from lookalike.service.wire import Body
from lookalike.settings import Settings
from service_desk import ServiceDesk

CANARY = "zanzibar-9171"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ServiceDesk]:
    made = ServiceDesk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What this process logs meanwhile."""
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    logs.structlog.reset_defaults()


def test_alive_and_ready(desk: ServiceDesk) -> None:
    assert desk.nobody.get("/health").json() == {"status": "ok"}
    assert desk.nobody.get("/ready").json() == {"status": "ok"}


def test_not_ready_without_its_database(desk: ServiceDesk) -> None:
    desk.backends.close()
    answer = desk.nobody.get("/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_an_unknown_address_is_a_problem(desk: ServiceDesk) -> None:
    answer = desk.nobody.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-found"
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


def test_a_method_that_is_not_there_is_a_problem(desk: ServiceDesk) -> None:
    answer = desk.nobody.put("/health")
    assert (answer.status_code, answer.json()["status"]) == (405, 405)
    assert answer.headers["allow"] == "GET"
    assert desk.nobody.put("/api/users/user_1").headers["allow"] == "DELETE, GET, PATCH"


def test_every_answer_has_the_security_headers(desk: ServiceDesk) -> None:
    for path in ("/health", "/api/nothing", "/api/me", "/api/openapi.json"):
        headers = desk.nobody.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers


class Thing(Body):
    number_of_rows: int
    password: str = ""


ERRORS: dict[str, Exception] = {
    "table": BadTable("Row 3 has 5 cells.", row=3, column="age", file="/secret/place", hint="Look."),
    "rare": Unsatisfiable("No row is like this.", condition="age=200", rarity=0.0),
    "damaged": Damaged(f"/secret/place/{CANARY} is damaged"),
    "unavailable": Unavailable(f"/secret/place/{CANARY} is locked"),
    "crash": RuntimeError(f"cell {CANARY}"),
    "key": KeyError(CANARY),
    "system": OSError(2, "No such file", f"/secret/place/{CANARY}"),
}


def with_routes(desk: ServiceDesk) -> None:
    """Routes that fail, and one that takes a body."""

    @desk.app.get("/fail/{name}")
    def fail(name: str) -> None:
        raise ERRORS[name]

    @desk.app.post("/thing")
    def thing(body: Thing, scope: Writing) -> dict[str, int]:
        return {"rows": body.number_of_rows}

    @desk.app.post("/bytes")
    async def take(request: Request) -> dict[str, int]:
        return {"bytes": sum([len(part) async for part in request.stream()])}


def test_an_error_says_what_where_and_what_to_do(desk: ServiceDesk) -> None:
    with_routes(desk)
    answer = desk.nobody.get("/fail/table")
    assert answer.status_code == 400
    told = answer.json()
    assert (told["code"], told["row"], told["column"], told["hint"]) == ("bad-table", 3, "age", "Look.")
    assert told["detail"] == "Row 3 has 5 cells."
    assert "secret" not in answer.text
    assert desk.nobody.get("/fail/rare").json()["rarity"] == 0.0


@pytest.mark.parametrize("name", ["damaged", "unavailable", "crash", "key", "system"])
def test_what_went_wrong_inside_is_told_to_nobody(desk: ServiceDesk, lines: io.StringIO, name: str) -> None:
    with_routes(desk)
    answer = desk.nobody.get(f"/fail/{name}")
    assert answer.status_code == (503 if name == "unavailable" else 500)
    assert answer.headers["content-type"] == "application/problem+json"
    written = lines.getvalue()
    for text in (answer.text, written):
        assert CANARY not in text
        assert "/secret" not in text
    assert answer.json()["requestId"] in written
    if name != "unavailable":
        assert "test_service_edge.py" in written, "where it came from is in the logs"


def test_a_wrong_field_is_400_and_is_not_repeated(desk: ServiceDesk) -> None:
    with_routes(desk)
    editor = desk.person("editor")
    for body in (
        {"numberOfRows": CANARY},
        {"numberOfRows": "5"},
        {"numberOfRows": 5.5},
        {"number_of_rows": 5},
        {"numberOfRows": 5, "owner": "user_1"},
        {"numberOfRows": 5, "password": [CANARY]},
        [],
        CANARY,
    ):
        answer = editor.client.post("/thing", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "usage"), body
        assert answer.json()["errors"]
        assert CANARY not in answer.text
    for rows in (5, 5.0):
        assert editor.client.post("/thing", json={"numberOfRows": rows}).json() == {"rows": 5}


def test_a_body_that_is_no_json_is_400(desk: ServiceDesk) -> None:
    with_routes(desk)
    editor = desk.person("editor")
    for data in (b"{", b"\xff\xfe", b"[" * 100_000, b"", b'{"numberOfRows": NaN}'):
        headers = {"Content-Type": "application/json"}
        answer = editor.client.post("/thing", content=data, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "usage"), data[:20]
    answer = editor.client.post(
        "/thing", content=b'{"numberOfRows": 5}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 400


def test_a_request_has_so_many_bytes_and_no_more(tmp_path: Path) -> None:
    desk = ServiceDesk(tmp_path, body_bytes=1000)
    with_routes(desk)
    assert desk.nobody.post("/bytes", content=b"x" * 1000).json() == {"bytes": 1000}
    answers = [
        desk.nobody.post("/bytes", content=b"x" * 1001),
        desk.nobody.post("/bytes", content=iter([b"x" * 500] * 3)),  # no length is said
        desk.nobody.post("/bytes", content=b"x" * 1001, headers={"Content-Length": "1001"}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    desk.close()


def test_bytes_that_stop_coming_end_the_request() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass

    async def receive() -> Any:
        await asyncio.sleep(3600)

    sent = asyncio.run(answered(Intake(app, settings=Settings(stall_s=0.01), larger={}), receive))
    assert sent[0]["status"] == 408


def test_an_answer_that_does_not_begin_is_given_up() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.sleep(3600)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    settings = Settings(answer_s=0.01, stall_s=0.01)
    sent = asyncio.run(answered(Intake(app, settings=settings, larger={}), receive))
    assert sent[0]["status"] == 503


def test_an_answer_that_has_begun_may_take_its_time() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": b"late"})

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    settings = Settings(answer_s=0.01, stall_s=0.01)
    sent = asyncio.run(answered(Intake(app, settings=settings, larger={}), receive))
    assert [message.get("status", message.get("body")) for message in sent] == [200, b"late"]


async def answered(app: Any, receive: Any) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/x", "headers": []}
    await app({**scope, "state": {"request_id": "req_1"}}, receive, send)
    return sent


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5000", "127.0.0.1.evil.example", "", "[::2]:80"]
)
def test_on_a_loopback_address_only_its_own_names_are_answered_to(desk: ServiceDesk, host: str) -> None:
    answer = desk.nobody.get("/health", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "usage")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:5000", "127.0.0.1:80", "[::1]:5000", "[::1]"])
def test_its_own_names_are_answered_to(desk: ServiceDesk, host: str) -> None:
    assert desk.nobody.get("/health", headers={"Host": host}).status_code == 200


def test_names_are_a_setting(tmp_path: Path) -> None:
    desk = ServiceDesk(tmp_path, host="0.0.0.0", hosts=("data.example",))  # noqa: S104
    assert desk.nobody.get("/health", headers={"Host": "data.example"}).status_code == 200
    assert desk.nobody.get("/health", headers={"Host": "evil.example"}).status_code == 400
    desk.close()


def test_no_other_page_may_use_the_api_unless_it_is_a_setting(tmp_path: Path, desk: ServiceDesk) -> None:
    asked = {"Origin": "https://page.example", "Access-Control-Request-Method": "GET"}
    for path in ("/api/me", "/health"):
        closed = desk.nobody.options(path, headers=asked)
        assert "access-control-allow-origin" not in closed.headers
        assert "access-control-allow-origin" not in desk.nobody.get(path, headers=asked).headers
    opened = ServiceDesk(tmp_path / "open", origins=("https://page.example",))
    answer = opened.nobody.options("/api/me", headers=asked)
    assert answer.headers["access-control-allow-origin"] == "https://page.example"
    assert "access-control-allow-credentials" not in answer.headers
    other = opened.nobody.options("/api/me", headers={**asked, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    opened.close()


def test_a_request_goes_on_in_its_callers_trace(desk: ServiceDesk, lines: io.StringIO) -> None:
    theirs = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    answer = desk.nobody.get("/health", headers={"traceparent": theirs})
    ours = answer.headers["traceparent"]
    assert ours.split("-")[1] == "a" * 32
    assert ours.split("-")[2] != "b" * 16
    line = json.loads(lines.getvalue().splitlines()[-1])
    assert (line["trace"], line["request"]) == (ours, answer.headers["x-request-id"])


@pytest.mark.parametrize("header", ["", "x", "00-" + "0" * 32 + "-" + "b" * 16 + "-01", "00-é", "a" * 5000])
def test_a_trace_that_is_none_is_replaced(desk: ServiceDesk, header: str) -> None:
    answer = desk.nobody.get("/health", headers={"traceparent": header.encode()})
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", answer.headers["traceparent"])


def test_nothing_that_is_sent_is_in_the_logs(desk: ServiceDesk, lines: io.StringIO) -> None:
    with_routes(desk)
    editor = desk.person("editor")
    body = {"login": f"{CANARY}@x", "password": CANARY, "numberOfRows": CANARY, CANARY: CANARY}
    headers = {"User-Agent": CANARY, "X-Thing": CANARY, "Cookie": f"{CANARY}={CANARY}", "Referer": CANARY}
    for path in ("/api/auth/login", "/api/auth/refresh", "/thing", f"/api/{CANARY}", "/api/tokens"):
        url = f"{path}?q={CANARY}&{CANARY}=1"
        editor.client.post(url, json=body, headers=headers)
        editor.client.get(url, headers={**headers, "Authorization": f"Bearer {CANARY}"})
    written = lines.getvalue()
    assert len(written.splitlines()) == 10
    assert CANARY not in written
    assert editor.access not in written
    for line in written.splitlines():
        assert {"at", "request", "trace", "status", "method", "route"} <= set(json.loads(line))


def test_the_logs_of_libraries_are_named_without_their_words(lines: io.StringIO) -> None:
    logs.logging.getLogger("some.library").warning("cell %s", CANARY)
    line = json.loads(lines.getvalue())
    assert (line["event"], line["logger"]) == ("library", "some.library")
    assert CANARY not in lines.getvalue()


def test_problems_are_described_in_the_document_of_every_operation(desk: ServiceDesk) -> None:
    document = desk.nobody.get("/api/openapi.json").json()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation.get("summary") or operation.get("description"), (method, path)
            assert "422" not in operation["responses"]
            assert "application/problem+json" in operation["responses"]["400"]["content"]


def test_errors_of_the_tree_have_their_own_statuses() -> None:
    assert LookalikeError.http_status == 500
    assert UsageError.http_status == 400
