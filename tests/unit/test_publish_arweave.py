"""The command line and the verbs over a real local Arweave network, plain and encrypted."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

import lookalike as la
from arweave_network import Network, key, network, read_by_arweave_js, wallet
from lookalike.errors import ConsentNeeded, PublishRefused, Unavailable, UsageError
from lookalike.publish.arweave_wallet import write_wallet
from lookalike.publish.places import Places
from lookalike.tables.manifest import manifest_path

TRAIN = "town,age\n" + "".join(f"{town},{age}\n" for age in range(20, 60) for town in ("Ulm", "Bonn"))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> la.TableModel:
    path = tmp_path_factory.mktemp("train") / "train.csv"
    path.write_text(TRAIN)
    return la.fit(path)


@pytest.fixture
def chain() -> Iterator[Network]:
    with network() as made:
        made.mint(wallet().address)
        yield made


@pytest.fixture
def places(chain: Network, tmp_path: Path) -> Places:
    write_wallet(key(0), tmp_path / "wallet.json")
    links = (f"http://127.0.0.1:{chain.port}",)
    return Places(
        arweave_node=chain.gate.url, arweave_wallet=tmp_path / "wallet.json", arweave_gateways=links
    )


def test_from_the_command_line_encrypted_and_verified_from_the_gateway(
    fitted: la.TableModel, chain: Network, places: Places, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    fitted.sample(400, seed=2).to_csv(path)
    env = {
        **os.environ,
        "LOOKALIKE_HOME": str(tmp_path / "home"),
        "LOOKALIKE_ARWEAVE_NODE": chain.gate.url,
        "LOOKALIKE_ARWEAVE_GATEWAYS": places.arweave_gateways[0],
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lookalike", *arguments]
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)

    publish = ("publish", "rows.csv", "--to", "arweave", "--wallet", "wallet.json", "--encrypt")
    done = run(*publish)
    assert done.returncode == 2
    assert "for ever" in done.stderr
    quoted = run(*publish, "--quote")
    assert f"AR from the wallet {wallet().address}" in quoted.stdout, quoted.stderr
    assert "Nobody can take it back." in quoted.stdout
    assert run(*publish, "--yes-forever", "--most", "0.000000001").returncode == 8
    assert chain.sent_by(wallet().address) == []
    done = run(*publish, "--yes-forever", "--json")
    assert done.returncode == 0, done.stderr
    price = quoted.stdout.split(" winston")[0].rsplit(" ", 1)[1]
    assert f"it costs {price} winston" in done.stderr
    assert "rows.csv.key opens it" in done.stderr
    address = json.loads(done.stdout)["address"]
    chain.mine(12)
    sealed = chain.ask(f"/{address}")
    text = (tmp_path / "rows.csv.key").read_text()
    assert stat.S_IMODE((tmp_path / "rows.csv.key").stat().st_mode) == 0o600
    identity = pyrage.x25519.Identity.from_str(text.splitlines()[1])
    assert pyrage.decrypt(sealed, [identity]) == path.read_bytes()
    assert path.read_bytes() not in sealed
    read = read_by_arweave_js("fetch", port=chain.port, id=address)
    assert (read["valid"], read["root"], read["tags"]["Content-Type"]) == (True, True, "application/age")
    path.rename(tmp_path / "elsewhere.csv")
    found = run("verify", "rows.csv.signed.json", "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["content"] == "encrypted"
    assert run("verify", "rows.csv.signed.json", "--file", "elsewhere.csv").returncode == 0
    assert run("verify", "rows.csv.signed.json", "--file", "rows.csv.age").returncode == 0


def test_what_was_encrypted_before_is_published_again_only_while_it_is_this_file(
    fitted: la.TableModel, chain: Network, places: Places, tmp_path: Path
) -> None:
    path, home = tmp_path / "rows.csv", tmp_path / "home"
    fitted.sample(400, seed=2).to_csv(path)

    def publish() -> str:
        done = la.publish(path, "arweave", home=home, places=places, encrypt=True, yes_forever=True)
        return done.receipt.address

    first = publish()
    chain.mine()
    assert publish() == first
    before = path.with_name("rows.csv.key").read_bytes()
    path.unlink()
    manifest_path(path).unlink()
    fitted.sample(400, seed=3).to_csv(path)
    assert publish() != first
    assert path.with_name("rows.csv.key").read_bytes() == before
    assert len(chain.sent_by(wallet().address)) == 2


def test_nothing_is_sent_without_a_wallet_a_consent_or_within_what_was_agreed(
    fitted: la.TableModel, chain: Network, places: Places, tmp_path: Path
) -> None:
    from dataclasses import replace

    path, home = tmp_path / "rows.csv", tmp_path / "home"
    fitted.sample(50, seed=2).to_csv(path)
    with pytest.raises(UsageError, match="no wallet"):
        la.publish(path, "arweave", home=home, places=replace(places, arweave_wallet=None), yes_forever=True)
    with pytest.raises(ConsentNeeded):
        la.publish(path, "arweave", home=home, places=places)
    with pytest.raises(PublishRefused, match="agreed"):
        la.publish(path, "arweave", home=home, places=replace(places, arweave_most=1), yes_forever=True)
    assert chain.sent_by(wallet().address) == []


def test_a_node_that_stays_silent_is_tried_again_and_then_told(
    fitted: la.TableModel, chain: Network, places: Places, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    fitted.sample(50, seed=2).to_csv(path)
    chain.gate.cut = lambda line, number: "before"
    with pytest.raises(Unavailable):
        la.publish(
            path, "arweave", home=tmp_path, places=places, yes_forever=True, waits_s=(0.01, 0.01, 0.01)
        )
    assert len(chain.gate.asked) == 4
    chain.gate.asked.clear()
    once = {"GET /tx_anchor": "before", "POST /tx": "after"}
    chain.gate.cut = lambda line, number: once.get(line) if number == 1 else None
    la.publish(path, "arweave", home=tmp_path, places=places, yes_forever=True, waits_s=(0.01,))
    assert (chain.gate.asked.count("GET /tx_anchor"), chain.gate.asked.count("POST /tx")) == (2, 1)
    assert len(chain.sent_by(wallet().address)) == 1
