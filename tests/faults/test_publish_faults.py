"""Whoever publishes is killed, or fails, at every point; the publication ends as if nothing had happened."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kubo
from lookalike import faults
from lookalike.jobs.ciphertexts import identity_of
from lookalike.jobs.model import Job
from lookalike.jobs.publications import publication_id, shown_state
from lookalike.publish.age import decrypted
from lookalike.publish.cid import Cid
from lookalike.publish.http import Web
from lookalike.publish.local import LocalPublisher
from lookalike.publish.manifest import checked_bytes
from manual_clock import ManualClock
from publish_desk import FOREVER, PublishDesk, doing

SUBMIT = ("before-publication", "after-publication", "after-submit")
LOCAL = (
    "after-claim",
    "before-blob",
    "after-blob",
    "before-receipt",
    "after-receipt",
    "before-commit",
    "before-settle",
    "after-commit",
)
REMOTE = ("before-save", "after-save", *LOCAL)
SHRED = ("before-shred", "after-shred")
ENCRYPTED = ("before-ciphertext", "after-ciphertext")


def test_every_point_of_a_publication_is_tried() -> None:
    assert set(faults.PUBLISH_POINTS) <= {*SUBMIT, *LOCAL, *REMOTE, *SHRED, *ENCRYPTED} <= set(faults.POINTS)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kubo.Kubo]:
    with kubo.running(tmp_path_factory.mktemp("kubo") / "repo") as found:
        yield found


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def rest(desk: PublishDesk, clock: ManualClock) -> None:
    """Other workers, sweepers and keepers do what is left, whatever has to be waited for."""
    for _ in range(12):
        desk.sweeper.sweep()
        desk.work("w2")
        desk.confirming.tick()
        clock.wait(16)
    desk.tidy()


def check(desk: PublishDesk, generation: Job, where: str) -> None:
    """Final, signed, once, and nothing left over."""
    doc = desk.publication(generation, where)
    assert shown_state(desk.stores.documents, doc) == "final"
    job = desk.ledger.job(doc["id"])
    assert job.state == "completed", job.problem
    _, manifest = checked_bytes(desk.manifest(generation, where), "m")
    assert manifest is not None
    assert [one["signed"]["address"] for one in manifest["publications"]] == [doc["receipt"]["address"]]
    assert job.result is not None
    stored = [info.key for info in desk.stores.blobs.list(f"{job.id}/ipfs/")]
    assert len(stored) == (1 if where == "local" else 0)
    # what says why an attempt failed stays, also that of a worker that died while it said so
    left = [key for key in desk.blobs(job) if not key.endswith("-problem")]
    assert left == sorted([*job.result["blobs"].values(), *stored])


@pytest.mark.parametrize(("point", "action"), [*((one, "kill") for one in SUBMIT), (SUBMIT[0], "error")])
def test_asking_for_it_may_be_cut_off_anywhere(
    point: str, action: str, tmp_path: Path, clock: ManualClock
) -> None:
    desk = PublishDesk(tmp_path, clock)
    generation = desk.generation()
    ended = doing(tmp_path, "publish", generation.id, f"{point}:{action}")
    assert ended == (-signal.SIGKILL if action == "kill" else 1)
    desk.publish(generation)
    rest(desk, clock)
    check(desk, generation, "local")
    desk.close()


def test_asked_for_and_cut_off_it_is_begun_by_itself(tmp_path: Path, clock: ManualClock) -> None:
    desk = PublishDesk(tmp_path, clock)
    generation = desk.generation()
    assert doing(tmp_path, "publish", generation.id, "after-publication:kill") == -signal.SIGKILL
    rest(desk, clock)
    check(desk, generation, "local")
    desk.close()


@pytest.mark.parametrize("action", ["kill", pytest.param("error", marks=pytest.mark.faults)])
@pytest.mark.parametrize("point", LOCAL)
def test_a_worker_cut_off_on_its_way_to_the_local_store(
    point: str, action: str, tmp_path: Path, clock: ManualClock
) -> None:
    desk = PublishDesk(tmp_path, clock)
    generation = desk.generation()
    desk.publish(generation)
    ended = doing(tmp_path, "work", generation.id, f"{point}:{action}")
    assert ended == -signal.SIGKILL or action == "error"
    rest(desk, clock)
    check(desk, generation, "local")
    desk.close()


@pytest.mark.parametrize(
    "point",
    [
        point
        if point in ("before-save", "after-save", "before-receipt", "after-receipt")
        else pytest.param(point, marks=pytest.mark.faults)
        for point in REMOTE
    ],
)
def test_a_worker_cut_off_on_its_way_to_a_node(
    point: str, tmp_path: Path, clock: ManualClock, node: kubo.Kubo
) -> None:
    desk = PublishDesk(tmp_path, clock, ipfs_node=node.api)
    generation = desk.generation(rows=100 + REMOTE.index(point))
    file = desk.file(generation)
    desk.publish(generation, **FOREVER)
    before = node.pins()
    assert doing(tmp_path, "work", generation.id, f"{point}:kill", ipfs_node=node.api) == -signal.SIGKILL
    rest(desk, clock)
    check(desk, generation, "ipfs")
    assert len(node.pins() - before) == 1
    address = desk.publication(generation, "ipfs")["receipt"]["address"]
    assert Web(node.gateway, "gateway").request("GET", f"/ipfs/{address}").body == file
    desk.close()


@pytest.mark.parametrize("point", SHRED)
def test_the_local_copy_goes_though_whoever_deletes_it_is_killed(
    point: str, tmp_path: Path, clock: ManualClock, node: kubo.Kubo
) -> None:
    desk = PublishDesk(tmp_path, clock, ipfs_node=node.api)
    generation = desk.generation(rows=90 + SHRED.index(point))
    desk.publish(generation, **FOREVER)
    desk.work()
    desk.confirming.tick()
    clock.wait(11)
    ready: dict[str, Any] = {"state": "final", "shred": "due"}
    own = publication_id(generation.id, "ipfs")
    desk.stores.documents.update_one("publication", {"id": own, "state": "sent"}, ready)
    assert doing(tmp_path, "confirm", generation.id, f"{point}:kill", ipfs_node=node.api) == -signal.SIGKILL
    rest(desk, clock)
    check(desk, generation, "ipfs")
    result = desk.job(generation).result
    assert result is not None
    assert "file" not in result["blobs"]
    assert desk.blobs(generation) == sorted(result["blobs"].values())
    desk.close()


@pytest.mark.parametrize("point", [*ENCRYPTED, "before-receipt"])
def test_a_worker_cut_off_goes_on_with_the_ciphertext_that_was_kept(
    point: str, tmp_path: Path, clock: ManualClock
) -> None:
    desk = PublishDesk(tmp_path, clock)
    generation = desk.generation()
    own = desk.publish(generation, encrypt=True)["id"]
    recipient = identity_of(desk.stores.keys, own).recipient
    assert doing(tmp_path, "work", generation.id, f"{point}:kill") == -signal.SIGKILL
    kept = desk.publication(generation)["cipher"]
    assert (kept is None) == (point == "before-ciphertext")
    rest(desk, clock)
    for _ in range(2):
        desk.scrubber.scrub()
    check(desk, generation, "local")
    doc = desk.publication(generation)
    assert kept in (None, doc["cipher"])
    assert doc["receipt"]["address"] == doc["cipher"]["cids"][0]
    identity = identity_of(desk.stores.keys, own)
    assert identity.recipient == recipient
    store = LocalPublisher(desk.stores.sealed(own), f"{own}/ipfs")
    sealed = store.read(Cid.of_text(doc["receipt"]["address"]))
    assert b"".join(decrypted(identity, sealed)) == desk.file(generation)
    desk.close()
