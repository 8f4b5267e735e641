"""Publishing over the API: consent, the gate's answer, links, the signed manifest, and the open gateway."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import kubo
from fitted import copied, fitted, generated, judged, made, signed_in, uploaded, work
from lookalike.jobs.confirming import Confirming
from lookalike.publish.car import Car
from lookalike.publish.consent import SENTENCE
from lookalike.publish.digests import digests_of
from lookalike.publish.manifest import checked_bytes
from lookalike.publish.places import Places
from lookalike.publish.signing import fingerprint
from manual_clock import ManualClock
from service_desk import Person, ServiceDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceDesk]:
    found = ServiceDesk(tmp_path_factory.mktemp("desk"), writes=10**6)
    yield found
    found.close()


@pytest.fixture(scope="module")
def owner(desk: ServiceDesk) -> Person:
    return desk.person("editor", "owner")


SEEDS = itertools.count(1)


def fresh(desk: ServiceDesk, owner: Person, seed: int | None = None) -> str:
    """A generation of its own, with a file of its own unless the seed is said."""
    known = made(desk, owner)
    chosen = next(SEEDS) if seed is None else seed
    generation = generated(signed_in(desk, owner), known.job, known.model, rows=50, seed=chosen)
    work(desk)
    return generation


def local(desk: ServiceDesk, owner: Person, seed: int | None = None) -> tuple[str, str, bytes]:
    """A generation that is in the local store, its CID, and its bytes."""
    client, generation = signed_in(desk, owner), fresh(desk, owner, seed)
    answer = client.post(f"/api/generation/{generation}/publish", json={"licence": "CC0-1.0"})
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    work(desk)
    shown = client.get(f"/api/generation/{generation}/publications").json()["items"]
    assert [one["state"] for one in shown] == ["final"]
    return generation, shown[0]["address"], client.get(f"/api/generation/{generation}/download").content


def test_what_is_published_is_there_for_anybody_by_its_cid(desk: ServiceDesk, owner: Person) -> None:
    generation, cid, data = local(desk, owner)
    answer = desk.nobody.get(f"/ipfs/{cid}")
    assert answer.content == data
    assert answer.headers["etag"] == f'"{cid}"'
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert desk.nobody.get(f"/ipfs/{cid}", headers={"Range": "bytes=5-9"}).content == data[5:10]
    assert desk.nobody.get(f"/ipfs/{cid}", headers={"If-None-Match": f'"{cid}"'}).status_code == 304
    assert desk.nobody.get(f"/ipfs/{cid}", headers={"Range": "bytes=999999-"}).status_code == 416
    head = desk.nobody.head(f"/ipfs/{cid}")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(data)))
    link = signed_in(desk, owner).get(f"/api/generation/{generation}").json()["storageLink"]
    assert link == f"/ipfs/{cid}"


def test_its_blocks_are_there_as_an_archive_and_one_by_one(
    desk: ServiceDesk, owner: Person, tmp_path: Path
) -> None:
    _, cid, data = local(desk, owner)
    answer = desk.nobody.get(f"/ipfs/{cid}", params={"format": "car"})
    assert answer.headers["content-type"].startswith("application/vnd.ipld.car; version=1")
    (tmp_path / "a.car").write_bytes(answer.content)
    car = Car(tmp_path / "a.car")
    assert (str(car.root), b"".join(car.file(most_bytes=1 << 20))) == (cid, data)
    raw = desk.nobody.get(f"/ipfs/{cid}", headers={"Accept": "application/vnd.ipld.raw"})
    assert hashlib.sha256(raw.content).hexdigest() == hashlib.sha256(data).hexdigest()
    again = {"If-None-Match": raw.headers["etag"], "Accept": "application/vnd.ipld.raw"}
    assert desk.nobody.get(f"/ipfs/{cid}", headers=again).status_code == 304


@pytest.mark.parametrize(
    "cid",
    ["bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "x", "..%2f..%2fetc%2fpasswd", "Qm"],
)
def test_nothing_else_is_there(desk: ServiceDesk, cid: str) -> None:
    assert desk.nobody.get(f"/ipfs/{cid}").status_code == 404


def test_what_was_only_generated_is_not_there(desk: ServiceDesk, owner: Person) -> None:
    generation = fresh(desk, owner)
    data = signed_in(desk, owner).get(f"/api/generation/{generation}/download").content
    assert desk.nobody.get(f"/ipfs/{digests_of([data]).cid()}").status_code == 404


def test_what_was_taken_back_or_deleted_is_not_there_any_more(desk: ServiceDesk, owner: Person) -> None:
    client = signed_in(desk, owner)
    generation, cid, _ = local(desk, owner)
    assert client.delete(f"/api/generation/{generation}/publications/local").status_code == 204
    assert desk.nobody.get(f"/ipfs/{cid}").status_code == 404
    assert client.get(f"/api/generation/{generation}").json()["storageLink"] is None
    generation, cid, _ = local(desk, owner)
    deleted = client.delete(f"/api/generation/{generation}")
    assert deleted.json()["deleted"]["publications"] == 1
    assert desk.nobody.get(f"/ipfs/{cid}").status_code == 404
    assert desk.backends.documents.count("publication", {"of": generation}) == 0


def test_two_that_publish_the_same_file_do_not_take_it_from_each_other(
    desk: ServiceDesk, owner: Person
) -> None:
    client = signed_in(desk, owner)
    (one, cid, data), (two, same, _) = local(desk, owner, 10**6), local(desk, owner, 10**6)
    assert cid == same
    assert client.delete(f"/api/generation/{one}/publications/local").status_code == 204
    assert desk.nobody.get(f"/ipfs/{cid}").content == data
    assert client.delete(f"/api/generation/{two}/publications/local").status_code == 204
    assert desk.nobody.get(f"/ipfs/{cid}").status_code == 404


def test_the_manifest_is_signed_by_the_key_that_the_instance_shows(desk: ServiceDesk, owner: Person) -> None:
    client, generation = signed_in(desk, owner), fresh(desk, owner)
    instance = desk.nobody.get("/api/instance").json()
    assert instance["publisherFingerprint"] == fingerprint(instance["publisherKey"])
    for published in (False, True):
        if published:
            client.post(f"/api/generation/{generation}/publish", json={"licence": "MIT"})
            work(desk)
        answer = client.get(f"/api/generation/{generation}/manifest")
        _, document = checked_bytes(answer.content, "m.json")
        assert document is not None
        assert document["signed"]["public_key"] == instance["publisherKey"]
        assert document["signed"]["licence"] == ("MIT" if published else None)
        assert len(document["publications"]) == published
        data = client.get(f"/api/generation/{generation}/download").content
        assert document["signed"]["cids"][0]["cid"] == str(digests_of([data]).cid())
    own = client.get(f"/api/generation/{generation}/publications/local/manifest")
    assert own.content == answer.content


def test_the_manifest_says_what_the_check_found(desk: ServiceDesk, owner: Person) -> None:
    client, known = signed_in(desk, owner), made(desk, owner)
    document = client.get(f"/api/generation/{known.generation}/manifest").json()
    report = client.get(f"/api/generation/{known.generation}/report").content
    checked = document["signed"]["checked"]
    assert checked["report_sha256"] == hashlib.sha256(report).hexdigest()
    assert checked["gate"]["passed"] == json.loads(report)["gate"]["passed"]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kubo.Kubo]:
    with kubo.running(tmp_path_factory.mktemp("kubo") / "repo") as found:
        yield found


@pytest.fixture
def remote(desk: ServiceDesk, node: kubo.Kubo) -> Iterator[ServiceDesk]:
    """Another process of the same service, that knows a node."""
    found = ServiceDesk(
        desk.folder, writes=10**6, ipfs_node=node.api, ipfs_gateways=(node.gateway,), node_timeout_s=5.0
    )
    yield found
    found.close()


def test_for_ever_takes_a_sentence_and_the_gates_answer(remote: ServiceDesk, owner: Person) -> None:
    client = signed_in(remote, owner)
    generation = fresh(remote, owner)
    path = f"/api/generation/{generation}/publish"
    quote = client.get(path, params={"where": "ipfs"}).json()
    assert (quote["forever"], quote["consent"], quote["price"]) == (True, SENTENCE, "0")
    assert quote["gate"] == "No gate has judged this file."
    refused = client.post(path, json={"where": "ipfs"})
    assert (refused.status_code, refused.json()["code"]) == (400, "consent-needed")
    assert "No gate has judged" in refused.json()["detail"]
    assert client.post(path, json={"where": "ipfs", "consent": "yes"}).status_code == 400
    judged(remote, generation, passed=False)
    refused = client.post(path, json={"where": "ipfs", "consent": SENTENCE})
    assert (refused.status_code, refused.json()["code"]) == (409, "gate-refused")
    assert "privacy.copies" in refused.json()["detail"]
    assert client.get(path, params={"where": "ipfs"}).json()["gateRefused"] is True
    override = {"where": "ipfs", "consent": SENTENCE, "override": "it is a game"}
    assert client.post(path, json=override).status_code == 403
    assert client.get(f"/api/generation/{generation}/publications").json()["items"] == []


def test_an_admin_overrides_with_a_reason_that_is_kept_and_published(
    remote: ServiceDesk, node: kubo.Kubo
) -> None:
    admin = remote.person("admin")
    known = made_by(remote, admin)
    judged(remote, known, passed=False)
    client = signed_in(remote, admin)
    asked = {"where": "ipfs", "consent": SENTENCE, "override": "it is a game", "keepLocal": True}
    assert client.post(f"/api/generation/{known}/publish", json=asked).status_code == 202
    work(remote)
    shown = client.get(f"/api/generation/{known}/publications").json()["items"][0]
    assert (shown["state"], shown["override"]) == ("sent", "it is a game")
    manifest = client.get(f"/api/generation/{known}/publications/ipfs/manifest").json()
    assert manifest["publications"][0]["signed"]["override"] == "it is a game"
    assert shown["links"] == [f"{node.gateway}/ipfs/{shown['address']}"]
    cancel = client.post(f"/api/generation/{known}/publications/ipfs/cancel")
    assert (cancel.status_code, "sent" in cancel.json()["detail"]) == (409, True)


def made_by(desk: ServiceDesk, person: Person) -> str:
    """A generation that this person made."""
    client = signed_in(desk, person)
    job = fitted(client, uploaded(client))
    work(desk)
    model = client.get(f"/api/jobs/{job}").json()["modelId"]
    generation = generated(client, job, model, rows=60)
    work(desk)
    return generation


def test_a_node_that_is_down_leaves_the_file_and_a_publication_that_can_be_cancelled(
    desk: ServiceDesk, owner: Person
) -> None:
    down = ServiceDesk(desk.folder, writes=10**6, ipfs_node="http://127.0.0.1:1")
    client, generation = signed_in(down, owner), fresh(down, owner)
    path = f"/api/generation/{generation}"
    assert client.post(f"{path}/publish", json={"where": "ipfs", "consent": SENTENCE}).status_code == 202
    shown = client.get(f"{path}/publications").json()["items"][0]
    assert (shown["state"], shown["canCancel"]) == ("pending", True)
    assert client.get(path).json()["state"] == "completed"
    assert client.post(f"{path}/publications/ipfs/cancel").json()["state"] == "cancelled"
    assert client.get(f"{path}/download").status_code == 200
    down.close()


def test_after_a_kept_copy_elsewhere_the_file_is_there_and_not_here(
    remote: ServiceDesk, owner: Person, node: kubo.Kubo
) -> None:
    client, generation = signed_in(remote, owner), fresh(remote, owner)
    path = f"/api/generation/{generation}"
    assert client.post(f"{path}/publish", json={"where": "ipfs", "consent": SENTENCE}).status_code == 202
    work(remote)
    backends, clock = remote.backends, ManualClock()
    backends.ledger.clock = clock
    keeper = Confirming(
        backends.stores,
        backends.ledger,
        Places.of(remote.settings),
        lambda pool: None,
        confirm_s=1,
        again_s=1,
    )
    for _ in range(4):
        keeper.tick()
        clock.wait(2)
    gone = client.get(f"{path}/download")
    assert (gone.status_code, gone.json()["code"]) == (409, "wrong-state")
    again = {"where": "ipfs", "consent": SENTENCE}
    assert client.get(f"{path}/publish", params={"where": "ipfs"}).json()["forever"] is True
    assert client.post(f"{path}/publish", json=again).json()["state"] == "final"
    assert client.get(f"{path}/publish", params={"where": "local"}).status_code == 409
    shown = client.get(path).json()
    assert (shown["shredded"], shown["state"]) == (True, "completed")
    assert shown["storageLink"].startswith(node.gateway)
    assert client.get(f"{path}/manifest").json()["signed"]["rows"]["sha256"] == shown["sha256"]


def test_rows_can_be_asked_for_together_with_where_they_go(desk: ServiceDesk, owner: Person) -> None:
    client, known = signed_in(desk, owner), made(desk, owner)
    asked = {"modelId": known.model, "numberOfRows": 40, "outputFormat": "csv"}
    path = f"/api/jobs/{known.job}/generate-data"
    refused = client.post(path, json={**asked, "publish": {"where": "ipfs"}})
    assert (refused.status_code, refused.json()["code"]) == (400, "consent-needed")
    begun = client.post(path, json={**asked, "publish": {"where": "local", "licence": "MIT"}})
    assert begun.status_code == 202
    job = desk.backends.ledger.job(begun.json()["generationJobId"])
    assert job.request["publish"]["by"] == owner.id


def test_a_publish_job_is_cancelled_only_as_a_publication(desk: ServiceDesk, owner: Person) -> None:
    client = signed_in(desk, owner)
    generation = copied(desk, "job", made(desk, owner).generation)
    own = client.post(f"/api/generation/{generation}/publish", json={}).json()["jobId"]
    assert client.post(f"/api/jobs/{own}/cancel").status_code == 200
    shown = client.get(f"/api/generation/{generation}/publications").json()["items"][0]
    assert shown["state"] == "cancelled"
