"""What a spec, a provider or a document may not do: lead to another host, name a file, show a key, stay."""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import paper
from jobs_desk import CANARY
from lookalike.records.chat import ChatRequest, Message, ModelRef, Params, ProviderError
from lookalike.records.providers.http import Http
from record_desk import FROM_DOCUMENTS, SPEC, RecordDesk, canary_text
from served import canary_files
from standin_llm import StandIn

BODY = {"messages": [{"role": "user", "content": "x"}], "model": "m"}
SECRET = "sk-zanzibar-9171-secret"  # noqa: S105


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, standin: StandIn) -> Iterator[RecordDesk]:
    made = RecordDesk(tmp_path_factory.mktemp("specs"), standin.url)
    yield made
    made.close()


REFUSED = {
    "a model with a url": SPEC + "models:\n  mine: {url: 'http://169.254.169.254/v1', model: m}\n",
    "a model with a key": SPEC + "models:\n  mine: {url: 'https://x.org', model: m, key_env: HOME}\n",
    "a model that is the local one": SPEC + "models:\n  mine: {kind: local}\n",
    "seeds from a file": SPEC + "seeds:\n  s: /etc/passwd\n",
    "seeds from documents": SPEC + "seeds:\n  s: {documents: [../../etc/passwd]}\n",
    "a table from a file": "columns:\n  row: {table: /etc/model.lal}\n",
    "seeds that are not there": "columns:\n  row: {seed: documents}\n",
    "an alias that is not there": "columns:\n  a: {text: hello, model: other}\n",
    "a template that loads": "columns:\n  a: {text: \"{% include '/etc/passwd' %}\"}\n",
    "a circle": "columns:\n  a: {expression: b}\n  b: {expression: a}\n",
    "an unknown field": SPEC + "url: http://localhost\n",
    "no YAML": "columns: [",
    "aliases of YAML": "a: &a [1]\nb: *a\n",
    "a Python object": "columns: !!python/object/apply:os.system [id]\n",
    "nothing": "   ",
}


@pytest.mark.parametrize("spec", REFUSED.values(), ids=REFUSED)
def test_a_spec_that_names_what_it_may_not_is_a_400_and_no_job(desk: RecordDesk, spec: str) -> None:
    before = desk.stores.documents.count("job", {})
    answer = desk.ask(spec)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] in ("bad-spec", "usage")
    assert desk.stores.documents.count("job", {}) == before


URLS = [
    "http://api.example.org/v1",
    "https://127.0.0.1/v1",
    "https://10.0.0.5/v1",
    "https://169.254.169.254/latest",
    "https://[::1]/v1",
    "https://[::ffff:127.0.0.1]/v1",
    "https://0/v1",
    "https://2130706433/v1",
    "https://127.1/v1",
    "https://0x7f000001/v1",
    "https://localhost/v1",
    "https://a.localhost/v1",
    "https://user:pw@api.example.org/v1",
    "https://api.example.org/v1?key=1",
    "https://api.example.org/v1#x",
    "ftp://api.example.org/v1",
    "file:///etc/passwd",
    "https://api.example.org:99999/v1",
    "https:///v1",
    "",
]


def test_a_template_that_reaches_out_of_its_sandbox_asks_for_nothing(
    desk: RecordDesk, standin: StandIn
) -> None:
    before = len(standin.served)
    reaching = "columns:\n  a: {text: \"{{ ''.__class__.__mro__ }}\", model: fast}\n"
    job_id = desk.submit(reaching, 1, candidates=2)
    desk.work()
    assert desk.shown(job_id)["problem"]["code"] == "fewer-than-asked"
    assert len(standin.served) == before
    assert desk.shown(job_id)["counts"]["filtered"] == 2


@pytest.mark.parametrize("url", URLS)
def test_a_provider_whose_url_leads_where_it_may_not_is_a_400(desk: RecordDesk, url: str) -> None:
    body = {"alias": "bad", "kind": "openai", "url": url, "model": "m"}
    answer = desk.admin.client.post("/api/providers", json=body)
    assert answer.status_code == 400, (url, answer.text)


@pytest.mark.parametrize(
    "more",
    [
        {"keyEnv": "LOOKALIKE_MASTER_KEY"},
        {"keyEnv": "OPENAI_API_KEY", "key": "x"},
        {"kind": "local"},
        {"model": ""},
        {"keyEnv": "a b"},
    ],
)
def test_a_provider_that_cannot_be_is_a_400(desk: RecordDesk, more: dict[str, Any]) -> None:
    body = {"alias": "bad", "kind": "openai", "url": "https://api.example.org/v1", "model": "m", **more}
    assert desk.admin.client.post("/api/providers", json=body).status_code == 400


def test_a_key_is_sent_and_nowhere_shown(desk: RecordDesk, standin: StandIn) -> None:
    made = desk.provider(standin.url, "keyed", key=SECRET)
    assert made["hasKey"] is True
    job_id = desk.submit(SPEC.replace("model: fast", "model: keyed"), 2)
    desk.work()
    assert desk.shown(job_id)["state"] == "completed", desk.shown(job_id)["problem"]
    sent = [one.headers.get("Authorization") for one in standin.served]
    assert sent[-2:] == [f"Bearer {SECRET}"] * 2
    told = desk.admin.client.get("/api/providers").text + desk.admin.client.get("/api/audit").text
    told += desk.owner.client.get("/api/records/models").text
    told += desk.owner.client.get(f"/api/records/jobs/{job_id}/download?provenance=true").text
    assert SECRET not in told
    for file in desk.service.folder.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
    taken = desk.admin.client.patch(f"/api/providers/{made['id']}", json={"key": None}).json()
    assert taken["hasKey"] is False
    trail = desk.admin.client.get("/api/audit", params={"object": made["id"]}).json()["items"]
    assert {entry["action"] for entry in trail} >= {"createProvider", "changeProvider"}


def test_a_change_of_a_provider_is_held_to_the_same_rules(desk: RecordDesk, standin: StandIn) -> None:
    made = desk.provider(standin.url, "changed")
    path = f"/api/providers/{made['id']}"
    assert desk.admin.client.patch(path, json={"allowPrivate": False}).status_code == 400
    assert desk.admin.client.patch(path, json={"keyEnv": "LOOKALIKE_X"}).status_code == 400
    assert desk.admin.client.patch(path, json={"kind": "anthropic"}).status_code == 400
    changed = desk.admin.client.patch(path, json={"temperature": 0.5, "keyEnv": "SOME_KEY"}).json()
    assert (changed["temperature"], changed["keyEnv"]) == (0.5, "SOME_KEY")
    changed = desk.admin.client.patch(path, json={"key": "x"}).json()
    assert (changed["hasKey"], changed["keyEnv"]) == (True, None)
    assert desk.admin.client.delete(path).status_code == 204
    assert desk.admin.client.get(path).status_code == 404


def test_a_sealed_key_is_not_sent_to_another_host(desk: RecordDesk, standin: StandIn) -> None:
    made = desk.provider(standin.url, "tied", key=SECRET)
    path, elsewhere = f"/api/providers/{made['id']}", "http://127.0.0.1:9/v1"
    refused = desk.admin.client.patch(path, json={"url": elsewhere})
    assert refused.status_code == 400
    assert "another host" in refused.json()["detail"]
    assert desk.admin.client.patch(path, json={"url": f"{standin.url}/other"}).status_code == 200
    assert desk.admin.client.patch(path, json={"url": elsewhere, "key": "another"}).status_code == 200
    assert desk.admin.client.patch(path, json={"url": standin.url, "key": None}).status_code == 200
    assert desk.admin.client.patch(path, json={"url": elsewhere}).status_code == 200, (
        "there is no key any more"
    )


def test_two_providers_cannot_have_one_alias(desk: RecordDesk) -> None:
    body = {"alias": "fast", "kind": "openai", "url": "https://api.example.org/v1", "model": "m"}
    assert desk.admin.client.post("/api/providers", json=body).status_code == 409


def ask(url: str, private: bool | frozenset[str]) -> None:
    request = ChatRequest(
        "0/0/a/0", ModelRef("a", "openai", url, "m"), (Message("user", "x"),), Params(5), timeout_s=5
    )

    async def once() -> None:
        async with Http(private=private) as http:
            await http.post(request, "/chat/completions", {}, BODY)

    asyncio.run(once())


def test_a_name_that_leads_into_a_private_network_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, standin: StandIn
) -> None:
    """What the name means is looked up once, and it is that address which is called."""
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: Any, *more: Any, **named: Any) -> Any:
        if host == "rebind.example.org":
            looked_up.append(host)
            return real("127.0.0.1", *more, **named)
        return real(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = f"http://rebind.example.org:{standin.port}/v1"
    before = len(standin.served)
    for private in (False, frozenset[str](), frozenset({"127.0.0.1"})):
        with pytest.raises(ProviderError):
            ask(url, private)
    assert len(standin.served) == before
    assert looked_up
    ask(url, frozenset({"rebind.example.org"}))
    assert len(standin.served) == before + 1


@pytest.mark.parametrize("private", [False, frozenset({"other.example.org"})])
def test_an_address_of_this_machine_is_not_called_unless_it_is_allowed(
    standin: StandIn, private: bool | frozenset[str]
) -> None:
    before = len(standin.served)
    with pytest.raises(ProviderError):
        ask(standin.url, private)
    assert len(standin.served) == before
    ask(standin.url, frozenset({"127.0.0.1"}))
    assert len(standin.served) == before + 1


class Redirecting:
    """A provider that sends every caller to ``url``, while the body of ``with`` runs."""

    def __init__(self, status: int, url: str) -> None:
        self.asked = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805
                self.asked += 1
                handler.rfile.read(int(handler.headers["Content-Length"]))
                handler.send_response(status)
                handler.send_header("Location", f"{url}/chat/completions")
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            def log_message(handler, *_: object) -> None:  # noqa: N805
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Redirecting:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def refusals(desk: RecordDesk, job_id: str) -> list[str]:
    """Why each candidate of a job that failed was refused, as its owner is told."""
    shown = desk.shown(job_id)
    assert shown["problem"]["code"] == "fewer-than-asked", shown["problem"]
    found = desk.owner.client.get(f"/api/records/jobs/{job_id}/failures").json()["items"]
    return [one["facts"]["reason"] for one in found]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_provider_that_sends_elsewhere_is_not_followed_and_the_failure_says_so(
    desk: RecordDesk, standin: StandIn, status: int
) -> None:
    """Not even to a host that may be called: prompt and key go where the admin said, and nowhere else."""
    with Redirecting(status, standin.url) as server:
        before = len(standin.served)
        desk.provider(server.url, f"elsewhere-{status}", key=SECRET)
        job_id = desk.submit(SPEC.replace("model: fast", f"model: elsewhere-{status}"), 1, candidates=2)
        desk.work()
        assert refusals(desk, job_id) == [f"HTTP {status}: redirects are not followed"] * 2
        assert server.asked == 2
        assert len(standin.served) == before


def test_a_provider_whose_name_leads_into_a_private_network_is_not_called_by_the_service(
    desk: RecordDesk, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is public when the admin gives it, and this machine's when a worker looks it up."""
    real = socket.getaddrinfo

    def rebinding(host: Any, *more: Any, **named: Any) -> Any:
        return real("127.0.0.1" if host == "rebind.example.org" else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = f"https://rebind.example.org:{standin.port}/v1"
    desk.provider(url, "rebinding", allowPrivate=False, key=SECRET)
    before = len(standin.served)
    job_id = desk.submit(SPEC.replace("model: fast", "model: rebinding"), 1, candidates=1)
    desk.work()
    assert refusals(desk, job_id) == ["rebind.example.org is not a public address"]
    assert len(standin.served) == before


@pytest.mark.parametrize("name", ["a.exe", "a", "a.png", "../a"])
def test_a_document_of_no_known_kind_is_a_400_and_gone(desk: RecordDesk, name: str) -> None:
    answer = desk.owner.client.post("/api/records/documents", params={"name": name}, content=b"x")
    assert answer.status_code == 400, answer.text
    assert desk.stores.documents.count("document", {}) == 0


def test_a_document_that_is_too_large_or_empty_is_refused_and_gone(tmp_path: Path) -> None:
    small = RecordDesk(tmp_path, document_bytes=1000)
    for data, status in ((b"", 400), (b"x" * 1001, 413)):
        answer = small.owner.client.post("/api/records/documents", params={"name": "a.txt"}, content=data)
        assert answer.status_code == status, answer.text
    assert small.stores.documents.count("document", {}) == 0
    assert list(small.stores.blobs.list("")) == []
    small.close()


HOSTILE = {
    "bomb.pdf": paper.pdf_bomb(1 << 29),
    "cut.pdf": paper.pdf(["Rivers."])[:150],
    "entities.docx": paper.docx(["&b;"], head='<!DOCTYPE d [<!ENTITY b "bbbb">]>'),
    "no.docx": b"PK\x03\x04 nonsense",
    "binary.txt": bytes(range(256)) * 20,
    "deep.jsonl": b"[" * 100_000,
    "ragged.csv": b"a,b\n1\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_ends_its_job_with_a_reason_and_nothing_of_it_stays(
    desk: RecordDesk, name: str
) -> None:
    document = desk.upload(name, HOSTILE[name])
    job_id = desk.submit(FROM_DOCUMENTS, 2, documents=[document])
    desk.work()
    shown = desk.shown(job_id)
    assert shown["state"] == "failed"
    assert shown["problem"]["code"] in ("bad-document", "bad-table")
    assert desk.stores.documents.count("document", {}) == 0
    assert [info.key for info in desk.stores.blobs.list("") if info.key.startswith("doc_")] == []
    assert desk.records(job_id) == []


def test_nothing_of_documents_seeds_prompts_and_records_is_in_plain_and_deleting_leaves_nothing(
    tmp_path: Path,
) -> None:
    with StandIn(text=lambda body: f"{CANARY} {body['seed']} said") as server:
        own = RecordDesk(tmp_path, server.url)
        document = own.upload("a.txt", canary_text())
        spec = FROM_DOCUMENTS.replace("Ask about", f"Ask of {CANARY}-prompt about")
        job_id = own.submit(spec, 4, documents=[document])
        assert canary_files(tmp_path) == []
        own.work()
        assert own.shown(job_id)["state"] == "completed", own.shown(job_id)["problem"]
        assert all(CANARY in one["fields"]["question"] for one in own.records(job_id))
        assert canary_files(tmp_path) == []
        found = own.owner.client.get("/api/records", params={"text": "zanzibar silt", "status": "item"})
        assert len(found.json()["items"]) > 0

        indexed = own.submit(spec, 2, documents=[own.upload("b.txt", canary_text())], index=True)
        own.work()
        assert own.shown(indexed)["indexed"] is True
        listed = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("records.db*"))
        assert b"zanzibar" in listed
        for one in (job_id, indexed):
            assert own.owner.client.delete(f"/api/jobs/{one}").status_code == 200
        own.work()
        left = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
        assert b"zanzibar" not in left
        kept = [info.key for info in own.stores.blobs.list("")]
        assert kept == []
        own.close()


def test_records_are_found_by_those_who_may_read_them_and_by_nobody_else(desk: RecordDesk) -> None:
    job_id = desk.submit(records=2)
    desk.work()
    other = desk.service.person("editor")
    for path in ("/api/records", f"/api/records?jobId={job_id}", f"/api/records/jobs/{job_id}/failures"):
        answer = other.client.get(path)
        assert answer.status_code == 404 or answer.json()["items"] == []
    share = desk.owner.client.post(f"/api/records/jobs/{job_id}/share", json={"login": other.login})
    assert share.status_code == 200, share.text
    assert len(other.client.get("/api/records").json()["items"]) == 2
    assert other.client.post(f"/api/records/jobs/{job_id}/retry").status_code == 403
