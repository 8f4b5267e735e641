"""The built page as the service gives it: a nonce each time, assets for a year, and nothing of the API's."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lookalike.service.page import Page
from service_desk import ServiceDesk

SCRIPT = "export const answer = 42;\n" * 100


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceDesk]:
    found = ServiceDesk(tmp_path_factory.mktemp("page"))
    yield found
    found.close()


@pytest.fixture
def client(desk: ServiceDesk, tmp_path: Path) -> TestClient:
    built = tmp_path / "built"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text('<meta name="nonce" content="__CSP_NONCE__"><p>the page</p>', "utf-8")
    (built / "assets" / "index-4a5b.js").write_text(SCRIPT, "utf-8")
    (built / "icon.svg").write_text("<svg/>", "utf-8")
    (tmp_path / "secret.txt").write_text("not built", "utf-8")
    desk.app.state.page = Page(built)
    return desk.nobody


@pytest.mark.parametrize("path", ["/", "/datasets", "/generations/job_1", "/admin/users", "/index.html"])
def test_every_address_of_the_page_is_the_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == (404 if path == "/index.html" else 200)
    if answer.status_code == 200:
        assert "the page" in answer.text
        assert answer.headers["cache-control"] == "no-cache"


def test_each_answer_has_a_nonce_of_its_own_in_page_and_policy(client: TestClient) -> None:
    nonces: set[str] = set()
    for _ in range(3):
        answer = client.get("/")
        policy = answer.headers["content-security-policy"]
        nonce = re.search(r"'nonce-([\w-]{20,})'", policy)
        assert nonce
        assert f'content="{nonce[1]}"' in answer.text
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'; script-src 'self'; ")
        assert answer.headers["x-content-type-options"] == "nosniff"
        nonces.add(nonce[1])
    assert len(nonces) == 3


def test_an_asset_is_kept_for_a_year_packed_for_who_takes_it_and_asked_for_once(client: TestClient) -> None:
    path = "/assets/index-4a5b.js"
    plain = client.get(path, headers={"accept-encoding": "identity"})
    packed = client.get(path, headers={"accept-encoding": "br, gzip"})
    assert plain.text == packed.text == SCRIPT
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), 6, mtime=0))
    assert "content-encoding" not in plain.headers
    assert plain.headers["content-type"].startswith("text/javascript")
    assert plain.headers["etag"] != packed.headers["etag"]
    for one in (plain, packed):
        assert one.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert one.headers["vary"] == "Accept-Encoding"
    assert client.get(path, headers={"if-none-match": packed.headers["etag"]}).status_code == 304
    refused = client.get(path, headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers
    assert client.head(path).headers["etag"]
    assert client.get("/icon.svg").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-1.js",
        "/assets/",
        "/favicon.ico",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/api/nothing",
        "/api",
        "/ipfs/nothing",
        "/metrics/x",
        "/api/datasets/",
    ],
)
def test_what_is_not_there_is_not_the_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (401, 404)
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_changes_something_is_never_the_pages(client: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, "/datasets").status_code == 404


def test_without_a_built_page_there_are_words(client: TestClient, desk: ServiceDesk, tmp_path: Path) -> None:
    desk.app.state.page = Page(tmp_path / "nothing")
    assert "Lookalike runs here" in client.get("/").text
    assert client.get("/datasets").status_code == 404
