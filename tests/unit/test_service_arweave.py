"""Arweave over the API, on a real local network: priced, consented to, paid once, mined, kept."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyrage
import pytest

from arweave_network import Network, key, network, wallet
from fitted import fitted, generated, judged, signed_in, uploaded, work
from lookalike.errors import OverSpendingLimit
from lookalike.jobs.confirming import Confirming
from lookalike.jobs.publications import publication_id
from lookalike.jobs.spending import set_aside, spent
from lookalike.publish.arweave_wallet import write_wallet
from lookalike.publish.consent import SENTENCE
from lookalike.publish.manifest import checked_bytes
from lookalike.publish.places import Places
from manual_clock import ManualClock
from service_desk import Person, ServiceDesk

FOREVER: dict[str, Any] = {"where": "arweave", "consent": SENTENCE}
SEEDS = itertools.count(1)


@pytest.fixture(scope="module")
def chain() -> Iterator[Network]:
    with network() as made:
        made.mint(wallet().address)
        yield made


@pytest.fixture(scope="module")
def desk(chain: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceDesk]:
    folder = tmp_path_factory.mktemp("desk")
    write_wallet(key(0), folder / "wallet.json")
    found = ServiceDesk(
        folder,
        writes=10**6,
        arweave_node=chain.gate.url,
        arweave_wallet=folder / "wallet.json",
        arweave_gateways=(f"http://127.0.0.1:{chain.port}",),
        node_timeout_s=20.0,
    )
    yield found
    found.close()


@pytest.fixture(scope="module")
def admin(desk: ServiceDesk) -> Person:
    return desk.person("admin")


@pytest.fixture(scope="module")
def model(desk: ServiceDesk, admin: Person) -> tuple[str, str]:
    """The ids of a fit job and of its model."""
    client = signed_in(desk, admin)
    job = fitted(client, uploaded(client))
    work(desk)
    return job, client.get(f"/api/jobs/{job}").json()["modelId"]


@pytest.fixture
def path(desk: ServiceDesk, admin: Person, model: tuple[str, str]) -> str:
    """The path of a generation with rows of its own."""
    generation = generated(signed_in(desk, admin), *model, rows=60, seed=next(SEEDS))
    work(desk)
    return f"/api/generation/{generation}"


def own(path: str) -> str:
    return publication_id(path.rsplit("/", 1)[1], "arweave")


def kept(desk: ServiceDesk, path: str) -> dict[str, Any]:
    """The publication, after whoever confirms it has asked the network some times, and swept behind it."""
    backends, clock = desk.backends, ManualClock()
    backends.ledger.clock = clock
    places = Places.of(desk.settings)
    keeper = Confirming(backends.stores, backends.ledger, places, lambda pool: None, confirm_s=1, again_s=1)
    for _ in range(4):
        keeper.tick()
        clock.wait(2)
    found = backends.documents.get("publication", own(path))
    assert found is not None
    return found


def test_it_is_paid_once_pending_until_it_is_mined_and_then_not_kept_here(
    desk: ServiceDesk, admin: Person, chain: Network, path: str
) -> None:
    client = signed_in(desk, admin)
    rows = client.get(f"{path}/download").content
    quote = client.get(f"{path}/publish", params={"where": "arweave"}).json()
    assert (quote["unit"], quote["forever"], quote["consent"]) == ("winston", True, SENTENCE)
    assert 0 < int(quote["price"]) <= int(quote["balance"])
    before = chain.sent_by(wallet().address)
    refused = client.post(f"{path}/publish", json={"where": "arweave"})
    assert (refused.status_code, refused.json()["code"]) == (400, "consent-needed")
    assert chain.sent_by(wallet().address) == before
    for _ in range(2):
        assert client.post(f"{path}/publish", json={**FOREVER, "licence": "MIT"}).status_code == 202
    work(desk)
    shown = client.get(f"{path}/publications").json()["items"][0]
    assert (shown["state"], shown["canCancel"]) == ("sent", False), shown["problem"]
    assert set(chain.sent_by(wallet().address)) - set(before) == {shown["address"]}
    assert kept(desk, path)["state"] == "sent"
    assert client.get(f"{path}/download").status_code == 200
    chain.mine(12)
    assert kept(desk, path)["state"] == "final"
    assert chain.ask(f"/{shown['address']}") == rows
    assert client.get(f"{path}/download").status_code == 409
    assert client.get(path).json()["storageLink"].endswith(f"/{shown['address']}")
    _, document = checked_bytes(client.get(f"{path}/publications/arweave/manifest").content, "m.json")
    assert document is not None
    assert document["publications"][0]["signed"]["address"] == shown["address"]


def test_encrypted_and_kept_here_too_its_key_opens_what_the_network_has(
    desk: ServiceDesk, admin: Person, chain: Network, path: str
) -> None:
    client = signed_in(desk, admin)
    plain = client.get(f"{path}/publish", params={"where": "arweave"}).json()
    quote = client.get(f"{path}/publish", params={"where": "arweave", "encrypt": True}).json()
    assert int(quote["price"]) >= int(plain["price"])
    asked = {**FOREVER, "encrypt": True, "keepLocal": True}
    assert client.post(f"{path}/publish", json=asked).status_code == 202
    work(desk)
    chain.mine(12)
    assert kept(desk, path)["state"] == "final"
    rows = client.get(f"{path}/download")
    assert rows.status_code == 200
    address = client.get(f"{path}/publications").json()["items"][0]["address"]
    identity = client.get(f"{path}/publications/arweave/key").json()["identity"]
    sealed = chain.ask(f"/{address}")
    assert pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)]) == rows.content


def test_what_the_gate_refused_goes_there_by_an_admins_reason_alone(
    desk: ServiceDesk, admin: Person, chain: Network, path: str
) -> None:
    client = signed_in(desk, admin)
    judged(desk, path.rsplit("/", 1)[1], passed=False)
    before = chain.balance(wallet().address)
    refused = client.post(f"{path}/publish", json=FOREVER)
    assert (refused.status_code, refused.json()["code"]) == (409, "gate-refused")
    assert chain.balance(wallet().address) == before
    given = client.post(f"{path}/publish", json={**FOREVER, "override": "it is a game"})
    assert given.status_code == 202
    work(desk)
    record = client.get(f"{path}/publications/arweave/manifest").json()["publications"][0]["signed"]
    assert (record["where"], record["override"]) == ("arweave", "it is a game")


def test_all_together_cost_no_more_than_the_limit_and_what_is_over_it_waits_for_an_admin(
    desk: ServiceDesk, admin: Person, chain: Network, path: str
) -> None:
    client, documents = signed_in(desk, admin), desk.backends.documents
    before = chain.sent_by(wallet().address)
    set_aside(documents, "winston", 10**13 - spent(documents, "winston") - 1, 10**13)
    assert client.post(f"{path}/publish", json=FOREVER).status_code == 202
    work(desk)
    shown = client.get(f"{path}/publications").json()["items"][0]
    assert shown["state"] == "failed"
    assert shown["problem"]["code"] == "over-spending-limit"
    assert chain.sent_by(wallet().address) == before
    documents.update_one("spending", {"id": "spending_winston"}, {"set_aside": 0})
    assert client.post(f"{path}/publish", json=FOREVER).status_code == 202
    work(desk)
    shown = client.get(f"{path}/publications").json()["items"][0]
    assert shown["state"] == "sent"
    found = documents.get("publication", own(path))
    assert found is not None
    assert spent(documents, "winston") == found["set_aside"] > 0


def test_of_many_who_set_aside_at_once_only_so_many_can_as_there_is_money(desk: ServiceDesk) -> None:
    documents = desk.backends.documents

    def ask(_: int) -> bool:
        try:
            set_aside(documents, "cents", 30, 100)
        except OverSpendingLimit:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(20))) == 3
    assert spent(documents, "cents") == 90
