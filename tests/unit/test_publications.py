"""Publications as jobs: once, stoppable until something is sent, tried again, and never at a file's cost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kubo
from lookalike.errors import WrongState
from lookalike.jobs import tidy
from lookalike.jobs.confirming import publish_as_wished
from lookalike.jobs.model import Job
from lookalike.jobs.publications import Wanted, cancel, publication_id, shown_state, submit_publish
from lookalike.jobs.publishing import house_signer
from lookalike.publish.cid import Cid
from lookalike.publish.dag import cid_of
from lookalike.publish.http import Web
from lookalike.publish.manifest import checked_bytes
from manual_clock import ManualClock
from publish_desk import FOREVER, PublishDesk


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(tmp_path: Path, clock: ManualClock) -> Iterator[PublishDesk]:
    made = PublishDesk(tmp_path, clock, local_gateway="https://rows.example")
    yield made
    made.close()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kubo.Kubo]:
    with kubo.running(tmp_path_factory.mktemp("kubo") / "repo") as found:
        yield found


def state(desk: PublishDesk, generation: Job, where: str = "local") -> str:
    return shown_state(desk.stores.documents, desk.publication(generation, where))


def test_the_ledger_has_the_cids_that_anybody_counts(desk: PublishDesk) -> None:
    generation = desk.generation()
    assert generation.result is not None
    assert generation.result["cids"][0] == str(cid_of([desk.file(generation)]))


def test_a_local_publication_is_final_at_once_and_signed(desk: PublishDesk) -> None:
    generation = desk.generation()
    desk.publish(generation, licence="CC0-1.0")
    desk.work()
    assert state(desk, generation) == "final"
    _, document = checked_bytes(desk.manifest(generation), "m")
    assert document is not None
    assert document["signed"]["public_key"] == house_signer(desk.stores.keys).public_key
    assert document["signed"]["licence"] == "CC0-1.0"
    record = document["publications"][0]["signed"]
    assert record["links"] == [f"https://rows.example/ipfs/{record['address']}"]
    assert Cid.of_text(record["address"]) == cid_of([desk.file(generation)])
    assert desk.publication(generation)["cid"] == record["address"]


def test_publishing_twice_is_one_publication(desk: PublishDesk) -> None:
    generation = desk.generation()
    first = desk.publish(generation)
    assert desk.publish(generation) == first
    desk.work()
    done = desk.publication(generation)
    assert desk.publish(generation) == done
    assert desk.work() == 0
    assert len(list(desk.stores.blobs.list(f"{done['id']}/ipfs/"))) == 1


def test_what_is_stored_of_a_publication_is_sealed(desk: PublishDesk) -> None:
    generation = desk.generation()
    desk.publish(generation)
    desk.work()
    rows = desk.file(generation)
    for path, data in desk.bytes_on_disk():
        assert rows[:40] not in data, path


def test_cancelled_before_anything_was_sent_it_ends_and_can_begin_again(desk: PublishDesk) -> None:
    generation = desk.generation()
    doc = desk.publish(generation)
    cancel(desk.ledger, doc["id"])
    assert desk.work() == 0
    assert state(desk, generation) == "cancelled"
    desk.tidy()
    publish_as_wished(desk.stores, desk.ledger, generation)
    desk.publish(generation)
    desk.work()
    assert state(desk, generation) == "final"


def test_once_something_was_sent_nobody_can_cancel(desk: PublishDesk, node: kubo.Kubo) -> None:
    node.stop()
    try:
        sending = PublishDesk(desk.folder, desk.clock, ipfs_node=node.api)
        generation = sending.generation()
        doc = sending.publish(generation, **FOREVER)
        sending.work()  # the CID is saved before the node is asked for anything
        assert sending.publication(generation, "ipfs")["beyond"] == 1
        with pytest.raises(WrongState, match="sent already"):
            cancel(sending.ledger, doc["id"])
        sending.close()
    finally:
        node.start()


def test_a_node_that_is_down_leaves_the_generation_completed_and_is_tried_again(
    desk: PublishDesk, clock: ManualClock, node: kubo.Kubo
) -> None:
    down = PublishDesk(desk.folder, clock, ipfs_node=node.api, ipfs_gateways=("https://one.example",))
    generation = down.generation()
    node.stop()
    try:
        down.publish(generation, **FOREVER)
        for _ in range(4):
            down.work()
            down.sweeper.sweep()
            clock.wait(25)
            down.sweeper.sweep()
        publish = down.ledger.job(publication_id(generation.id, "ipfs"))
        assert (publish.state, publish.problem and publish.problem.code) == ("failed", "unavailable")
        assert down.job(generation).state == "completed"
        assert state(down, generation, "ipfs") == "pending"
        down.tidy()
        down.confirming.tick()
        assert down.work() == 0
    finally:
        node.start()
    clock.wait(101)
    assert down.confirming.tick() == 1
    down.work()
    assert state(down, generation, "ipfs") == "sent"
    address = down.publication(generation, "ipfs")["receipt"]["address"]
    assert Web(node.gateway, "gateway").request("GET", f"/ipfs/{address}").body == down.file(generation)
    down.close()


def test_a_kept_copy_elsewhere_ends_the_one_here_unless_it_is_to_stay(
    desk: PublishDesk, clock: ManualClock, node: kubo.Kubo
) -> None:
    remote = PublishDesk(desk.folder, clock, ipfs_node=node.api)

    def confirmed(generation: Job) -> None:
        remote.work()
        for _ in range(3):
            remote.confirming.tick()
            clock.wait(11)
        remote.tidy()

    kept = remote.generation(110)
    remote.publish(kept, keep_local=True, **FOREVER)
    confirmed(kept)
    assert state(remote, kept, "ipfs") == "final"
    assert remote.file(kept)
    gone = remote.generation(130)
    result = gone.result
    assert result is not None
    remote.publish(gone, **FOREVER)
    confirmed(gone)
    assert state(remote, gone, "ipfs") == "final"
    now = remote.job(gone)
    assert now.state == "completed"
    assert now.result is not None
    assert now.result["sha256"] == result["sha256"]
    assert "file" not in now.result["blobs"]
    assert result["blobs"]["file"] not in remote.blobs(gone)
    with pytest.raises(WrongState, match="not here any more"):
        remote.publish(gone, where="local")
    checked_bytes(remote.manifest(gone, "ipfs"), "m")
    remote.close()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [({"where": "ipfs"}, "consent-needed"), ({"where": "ipfs", "forever": True}, "usage")],
)
def test_what_may_not_be_published_or_has_no_place_fails_at_once(
    desk: PublishDesk, wanted: dict[str, Any], code: str
) -> None:
    node = {"ipfs_node": "http://127.0.0.1:1"} if code == "consent-needed" else {}
    own = PublishDesk(desk.folder, desk.clock, **node)
    generation = own.generation()
    own.publish(generation, **wanted)
    own.work()
    assert state(own, generation, "ipfs") == "failed"
    problem = own.ledger.job(publication_id(generation.id, "ipfs")).problem
    assert problem is not None
    assert problem.code == code
    assert own.publication(generation, "ipfs")["beyond"] == 0
    own.close()


def test_what_was_wished_with_the_rows_is_published_when_they_are_there(desk: PublishDesk) -> None:
    wish = {"where": "local", "licence": "MIT", "keep_local": False, "forever": False}
    generation = desk.generation(publish={**wish, "override": None, "by": "user_1"})
    publish_as_wished(desk.stores, desk.ledger, generation)
    publish_as_wished(desk.stores, desk.ledger, generation)
    desk.work()
    assert state(desk, generation) == "final"


def test_a_publication_of_a_deleted_generation_is_not_begun(desk: PublishDesk) -> None:
    generation = desk.generation()
    tidy.forget(desk.stores, desk.ledger, generation)
    with pytest.raises(WrongState, match="just been deleted"):
        submit_publish(desk.stores, desk.ledger, generation, Wanted())
    assert desk.stores.documents.count("publication", {}) == 0
    assert not desk.stores.keys.exists(publication_id(generation.id, "local"))
