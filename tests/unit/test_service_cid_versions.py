"""A service publishes under a CID of version 0 where that is asked for, and never under two versions."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

import kubo
import lookalike as la
from fitted import generated, made, signed_in, work
from lookalike.publish.car import Car
from lookalike.publish.consent import SENTENCE
from lookalike.publish.dag import LAYOUT_V0, cid_of
from service_desk import Person, ServiceDesk

SEEDS = itertools.count(1)
ROWS = 20_000  # more than one chunk of 256 KiB


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceDesk]:
    found = ServiceDesk(tmp_path_factory.mktemp("desk"), writes=10**6)
    yield found
    found.close()


@pytest.fixture(scope="module")
def owner(desk: ServiceDesk) -> Person:
    return desk.person("editor", "owner")


def fresh(desk: ServiceDesk, owner: Person, rows: int = 50) -> str:
    """A generation of its own."""
    known = made(desk, owner)
    generation = generated(signed_in(desk, owner), known.job, known.model, rows=rows, seed=next(SEEDS))
    work(desk)
    return generation


@pytest.mark.parametrize("encrypt", [False, True])
def test_a_file_goes_by_a_cid_of_version_0_where_that_is_asked(
    desk: ServiceDesk, owner: Person, tmp_path: Path, encrypt: bool
) -> None:
    client, base = signed_in(desk, owner), f"/api/generation/{fresh(desk, owner, ROWS)}"
    asked = {"cidVersion": 0, "encrypt": encrypt}
    assert client.post(f"{base}/publish", json=asked).json()["cidVersion"] == 0
    work(desk)
    shown = client.get(f"{base}/publications").json()["items"][0]
    assert (shown["state"], shown["cidVersion"]) == ("final", 0), shown["problem"]
    cid = shown["address"]
    data = desk.nobody.get(f"/ipfs/{cid}").content
    assert len(data) > LAYOUT_V0.chunk_bytes
    assert cid == str(cid_of([data], LAYOUT_V0))
    assert encrypt == (data != client.get(f"{base}/download").content)
    (tmp_path / "rows").write_bytes(data)
    manifest = tmp_path / "m.json"
    manifest.write_bytes(client.get(f"{base}/manifest").content)
    found = la.verify(manifest, file=tmp_path / "rows")
    assert (len(found.cids), found.cids[-1], found.publications[0]["address"]) == (3, cid, cid)
    for other in found.cids[:2]:  # it is there under those that it always has, too
        assert desk.nobody.get(f"/ipfs/{other}").content == data
    for named in found.cids:
        (tmp_path / "a.car").write_bytes(desk.nobody.get(f"/ipfs/{named}", params={"format": "car"}).content)
        car = Car(tmp_path / "a.car")
        assert (str(car.root), b"".join(car.file(most_bytes=1 << 30))) == (named, data)
        raw = desk.nobody.get(f"/ipfs/{named}", params={"format": "raw"}).content
        assert car.root.digest == hashlib.sha256(raw).digest()


def test_what_is_there_under_one_version_is_not_published_under_the_other(
    desk: ServiceDesk, owner: Person
) -> None:
    client, base = signed_in(desk, owner), f"/api/generation/{fresh(desk, owner)}"
    for first, other in ((0, 1), (1, 0)):
        body = {"cidVersion": first}
        assert client.post(f"{base}/publish", json=body).status_code == 202
        on_its_way = client.post(f"{base}/publish", json={"cidVersion": other})
        work(desk)
        there = client.post(f"{base}/publish", json={"cidVersion": other})
        for refused in (on_its_way, there):
            assert (refused.status_code, refused.json()["code"]) == (409, "wrong-state")
            assert f"version {first}" in refused.json()["detail"]
        cid = client.post(f"{base}/publish", json=body).json()["address"]
        assert cid.startswith("Qm" if first == 0 else "baf")
        assert client.delete(f"{base}/publications/local").status_code == 204
        assert desk.nobody.get(f"/ipfs/{cid}").status_code == 404


def test_one_that_was_stopped_before_anything_was_sent_may_begin_under_the_other(
    desk: ServiceDesk, owner: Person
) -> None:
    client, base = signed_in(desk, owner), f"/api/generation/{fresh(desk, owner)}"
    client.post(f"{base}/publish", json={})
    assert client.post(f"{base}/publications/local/cancel").json()["state"] == "cancelled"
    assert client.post(f"{base}/publish", json={"cidVersion": 0}).json()["cidVersion"] == 0
    work(desk)
    assert client.get(f"{base}/publications").json()["items"][0]["address"].startswith("Qm")


def test_a_node_comes_to_the_same_cid_of_version_0(desk: ServiceDesk, owner: Person, tmp_path: Path) -> None:
    with kubo.running(tmp_path / "repo") as node:
        remote = ServiceDesk(
            desk.folder, writes=10**6, ipfs_node=node.api, ipfs_gateways=(node.gateway,), node_timeout_s=5.0
        )
        client, base = signed_in(remote, owner), f"/api/generation/{fresh(remote, owner, ROWS)}"
        asked = {"where": "ipfs", "consent": SENTENCE, "cidVersion": 0}
        assert client.post(f"{base}/publish", json=asked).status_code == 202
        work(remote)
        shown = client.get(f"{base}/publications").json()["items"][0]
        assert shown["state"] == "sent", shown["problem"]
        assert shown["address"].startswith("Qm")
        assert shown["address"] in node.pins()
        (tmp_path / "m.json").write_bytes(client.get(f"{base}/publications/ipfs/manifest").content)
        assert la.verify(tmp_path / "m.json").source == f"{node.gateway}/ipfs/{shown['address']}"
        refused = client.post(f"{base}/publish", json={**asked, "cidVersion": 1})
        assert refused.status_code == 409
        remote.close()


@pytest.mark.parametrize("version", [2, "0", True, None])
def test_other_versions_are_refused(desk: ServiceDesk, owner: Person, version: object) -> None:
    path = f"/api/generation/{made(desk, owner).generation}/publish"
    assert signed_in(desk, owner).post(path, json={"cidVersion": version}).status_code == 400


def test_on_arweave_nothing_goes_by_a_cid(desk: ServiceDesk, owner: Person) -> None:
    path = f"/api/generation/{made(desk, owner).generation}/publish"
    asked = {"where": "arweave", "consent": SENTENCE, "cidVersion": 0}
    refused = signed_in(desk, owner).post(path, json=asked)
    assert (refused.status_code, refused.json()["code"]) == (400, "usage")


def test_the_version_is_kept_with_rows_that_are_still_to_be_made(desk: ServiceDesk, owner: Person) -> None:
    client, known = signed_in(desk, owner), made(desk, owner)
    body = {"modelId": known.model, "numberOfRows": 40, "outputFormat": "csv", "publish": {"cidVersion": 0}}
    begun = client.post(f"/api/jobs/{known.job}/generate-data", json=body)
    assert begun.status_code == 202, begun.text
    request = desk.backends.ledger.job(begun.json()["generationJobId"]).request
    assert request["publish"]["cid_version"] == 0
