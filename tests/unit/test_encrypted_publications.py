"""Encrypted publications of a service: ciphertext for anybody, the key for its owner, until destroyed."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator

import pyrage
import pytest

from fitted import generated, made, signed_in, work
from lookalike.jobs.publications import key_id, publication_id
from lookalike.jobs.tidy import Scrubber
from lookalike.publish.cid import Cid
from lookalike.publish.dag import cid_of
from lookalike.publish.manifest import checked_bytes
from service_desk import Person, ServiceDesk

SEEDS = itertools.count(1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceDesk]:
    found = ServiceDesk(tmp_path_factory.mktemp("desk"), writes=10**6)
    yield found
    found.close()


@pytest.fixture(scope="module")
def owner(desk: ServiceDesk) -> Person:
    return desk.person("editor", "owner")


def fresh(desk: ServiceDesk, owner: Person) -> str:
    """A generation of its own."""
    known = made(desk, owner)
    client = signed_in(desk, owner)
    generation = generated(client, known.job, known.model, rows=50, seed=next(SEEDS))
    work(desk)
    return generation


def published(desk: ServiceDesk, owner: Person) -> tuple[str, str]:
    """A generation whose ciphertext is in the local store, and the ciphertext's CID."""
    generation, client = fresh(desk, owner), signed_in(desk, owner)
    answer = client.post(f"/api/generation/{generation}/publish", json={"encrypt": True})
    assert (answer.status_code, answer.json()["encrypted"]) == (202, True)
    work(desk)
    shown = client.get(f"/api/generation/{generation}/publications").json()["items"][0]
    assert shown["state"] == "final", shown["problem"]
    return generation, shown["address"]


def test_anybody_fetches_the_ciphertext_and_the_owners_key_opens_it(desk: ServiceDesk, owner: Person) -> None:
    generation, cid = published(desk, owner)
    client = signed_in(desk, owner)
    answer = desk.nobody.get(f"/ipfs/{cid}")
    assert answer.headers["content-type"] == "application/age"
    assert '.csv.age"' in answer.headers["content-disposition"]
    assert Cid.of_text(cid) == cid_of([answer.content])
    given = client.get(f"/api/generation/{generation}/publications/local/key")
    assert given.headers["cache-control"] == "no-store"
    identity = pyrage.x25519.Identity.from_str(given.json()["identity"])
    assert str(identity.to_public()) == given.json()["recipient"]
    plain = pyrage.decrypt(answer.content, [identity])
    assert plain == client.get(f"/api/generation/{generation}/download").content
    manifest = client.get(f"/api/generation/{generation}/publications/local/manifest").content
    _, document = checked_bytes(manifest, "m.json")
    assert document is not None
    signed, record = document["signed"], document["publications"][0]["signed"]
    assert signed["rows"]["sha256"] == hashlib.sha256(plain).hexdigest()
    assert signed["encrypted"]["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert signed["encrypted"]["bytes"] == len(answer.content)
    assert signed["encrypted"]["cids"][0]["cid"] == cid
    assert signed["cids"][0]["cid"] == str(cid_of([plain]))
    assert (record["content"], record["address"]) == ("encrypted", cid)


def test_nobody_else_is_told_of_a_key(desk: ServiceDesk, owner: Person) -> None:
    generation, _ = published(desk, owner)
    friend, path = desk.person("editor"), f"/api/generation/{generation}/publications/local/key"
    shared = signed_in(desk, owner).post(
        f"/api/generation/{generation}/share", json={"login": friend.login, "share": True}
    )
    assert shared.status_code == 200, shared.text
    assert signed_in(desk, friend).get(f"/api/generation/{generation}").status_code == 200
    for other in (friend, desk.person("editor"), desk.person("admin")):
        for method in ("GET", "DELETE"):
            answer = signed_in(desk, other).request(method, path)
            assert (answer.status_code, "AGE-SECRET" in answer.text) == (404, False)
    assert signed_in(desk, owner).get(path).status_code == 200


def test_a_key_that_was_destroyed_is_gone_and_both_are_in_the_audit_trail(
    desk: ServiceDesk, owner: Person
) -> None:
    generation, cid = published(desk, owner)
    client, path = signed_in(desk, owner), f"/api/generation/{generation}/publications/local/key"
    secret = client.get(path).json()["identity"]
    for _ in range(2):
        assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert not desk.backends.keys.exists(key_id(publication_id(generation, "local")))
    shown = client.get(f"/api/generation/{generation}/publications").json()["items"][0]
    assert shown["keyDestroyedAt"] is not None
    assert desk.nobody.get(f"/ipfs/{cid}").status_code == 200  # it lies there, for nobody to read
    admin = signed_in(desk, desk.person("admin"))
    for action in ("getPublicationKey", "destroyPublicationKey"):
        trail = admin.get("/api/audit", params={"action": action, "object": generation})
        assert trail.json()["total"] == 2
        assert secret not in trail.text


def test_what_is_there_encrypted_is_not_published_plain_by_asking_again(
    desk: ServiceDesk, owner: Person
) -> None:
    generation, cid = published(desk, owner)
    client, base = signed_in(desk, owner), f"/api/generation/{generation}"
    refused = client.post(f"{base}/publish", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-state")
    assert client.post(f"{base}/publish", json={"encrypt": True}).json()["address"] == cid
    assert client.delete(f"{base}/publications/local").status_code == 204
    assert not desk.backends.keys.exists(key_id(publication_id(generation, "local")))
    assert client.post(f"{base}/publish", json={}).status_code == 202
    work(desk)
    shown = client.get(f"{base}/publications").json()["items"][0]
    assert (shown["state"], shown["encrypted"]) == ("final", False)
    assert client.get(f"{base}/publications/local/key").status_code == 404
    assert client.post(f"{base}/publish", json={"encrypt": True}).status_code == 409


def test_with_the_generation_its_key_goes_too(desk: ServiceDesk, owner: Person) -> None:
    generation, _ = published(desk, owner)
    assert signed_in(desk, owner).delete(f"/api/generation/{generation}").status_code == 200
    assert not desk.backends.keys.exists(key_id(publication_id(generation, "local")))


def test_once_it_is_kept_the_working_copy_of_the_ciphertext_goes(desk: ServiceDesk, owner: Person) -> None:
    generation, cid = published(desk, owner)
    own, stores = publication_id(generation, "local"), desk.backends.stores
    assert len(list(stores.blobs.list(f"{own}/age/"))) == 1
    scrubber = Scrubber(stores, desk.backends.ledger)
    for _ in range(2):
        scrubber.scrub()
    assert list(stores.blobs.list(f"{own}/age/")) == []
    assert desk.nobody.get(f"/ipfs/{cid}").status_code == 200


def test_rows_can_be_asked_for_to_be_published_encrypted(desk: ServiceDesk, owner: Person) -> None:
    client, known = signed_in(desk, owner), made(desk, owner)
    asked = {"modelId": known.model, "numberOfRows": 40, "outputFormat": "csv"}
    body = {**asked, "publish": {"encrypt": True}}
    begun = client.post(f"/api/jobs/{known.job}/generate-data", json=body)
    assert begun.status_code == 202, begun.text
    request = desk.backends.ledger.job(begun.json()["generationJobId"]).request
    assert request["publish"]["encrypt"] is True
