"""`la.publish` and `la.verify`: a file, its manifest, its model, and the command line over them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import lookalike as la
from lookalike.errors import BadInput, ConsentNeeded, GateRefused, UsageError, VerificationFailed
from lookalike.publish.base import BlobReader, FileInfo, Json, Quote, Receipt, Save, Status
from lookalike.publish.dag import Layout, cid_of
from lookalike.publish.manifest import read_any
from lookalike.publish.signing import own_signer
from lookalike.watch import Watch

TRAIN = "town,age,income\n" + "".join(
    f"{town},{age},{'>50K' if age > 40 else '<=50K'}\n" for age in range(20, 60) for town in ("Ulm", "Bonn")
)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> la.TableModel:
    path = tmp_path_factory.mktemp("train") / "train.csv"
    path.write_text(TRAIN)
    return la.fit(path, target="income")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


class ForEver:
    """A place whose files stay for ever: it keeps what it was given in memory, in this process."""

    where = "ipfs"

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def quote(self, file: FileInfo) -> Quote:
        return Quote(where="ipfs", forever=True, public=True)

    def push(self, file: BlobReader, state: Json | None, save: Save, *, watch: Watch) -> Receipt:
        save({"sent": True})
        self.kept["there"] = b"".join(file.read())
        return Receipt(where="ipfs", address="there")

    def status(self, receipt: Receipt) -> Status:
        return "final"


def report(path: Path, *, passed: bool) -> Path:
    refusals = [] if passed else [{"name": "privacy.copies"}]
    found: dict[str, Any] = {
        "scores": [{"name": "privacy", "value": 20.5, "words": ""}],
        "figures": [{"name": "privacy.copies", "value": 0.25, "reference": None, "low": 0}],
        "gate": {"gate": "default", "passed": passed, "refusals": refusals, "waived": []},
    }
    path.write_text(json.dumps(found))
    return path


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r.jsonl.zst", "r.tsv", "r.parquet"])
def test_a_published_file_is_verified_with_blocks_made_again(
    fitted: la.TableModel, home: Path, tmp_path: Path, name: str
) -> None:
    fitted.sample(25_000, seed=3, start=4_000, where={"age": "30.."}).write(tmp_path / name)
    done = la.publish(tmp_path / name, home=home, licence="CC0-1.0")
    assert done.receipt.address == done.document["signed"]["cids"][0]["cid"]
    found = la.verify(done.manifest, model=fitted, audit=2, key=own_signer(home / "signer.key").fingerprint)
    assert (len(found.audited), found.in_file, found.known) == (2, True, True)
    assert la.verify(done.manifest, model=fitted, audit=99).audited == (0, 1, 2)
    assert set(found.audited) <= {0, 1, 2}


def test_a_file_is_published_under_a_cid_of_version_0_where_that_is_asked(
    fitted: la.TableModel, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "r.csv"
    fitted.sample(30_000, seed=3).to_csv(path)
    done = la.publish(path, home=home, cid_version=0)
    address = done.receipt.address
    assert address == str(cid_of([path.read_bytes()], Layout(256 << 10, 0)))
    assert address.startswith("Qm")
    assert address == done.document["signed"]["cids"][-1]["cid"]
    assert address in la.verify(done.manifest).cids
    assert (home / "published" / "ipfs" / address).read_bytes() == path.read_bytes()
    path.write_bytes(path.read_bytes()[:-2] + b"x\n")
    with pytest.raises(VerificationFailed, match="its CID in chunks of 256 KiB"):
        la.verify(done.manifest)


def test_the_key_is_made_once_for_its_owner_alone(fitted: la.TableModel, home: Path, tmp_path: Path) -> None:
    fitted.sample(50).to_csv(tmp_path / "r.csv")
    first = la.publish(tmp_path / "r.csv", home=home)
    assert stat.S_IMODE((home / "signer.key").stat().st_mode) == 0o600
    again = la.publish(tmp_path / "r.csv", home=home)
    assert again.document == first.document
    (home / "signer.key").chmod(0o644)
    with pytest.raises(BadInput, match="others may read it"):
        la.publish(tmp_path / "r.csv", home=home)


def test_another_model_and_forged_rows_do_not_pass_an_audit(
    fitted: la.TableModel, home: Path, tmp_path: Path
) -> None:
    from lookalike.publish.digests import digests_of
    from lookalike.publish.manifest import Claims, sign, write_signed

    path = tmp_path / "r.csv"
    fitted.sample(12_000, seed=3).to_csv(path)
    done = la.publish(path, home=home)
    (tmp_path / "t.csv").write_text("".join(TRAIN.splitlines(keepends=True)[:60]))
    other = la.fit(tmp_path / "t.csv")
    with pytest.raises(VerificationFailed, match="not the one of the manifest"):
        la.verify(done.manifest, model=other)
    # whoever has the key can sign anything; the model still knows better
    data = path.read_bytes().replace(b"Ulm", b"Bon")
    path.write_bytes(data)
    found = digests_of([data])
    rows = {**done.document["signed"]["rows"], "bytes": len(data), "sha256": found.sha256}
    signer = own_signer(home / "signer.key")
    write_signed(sign(Claims(name="r.csv", rows=rows, digests=found), signer), done.manifest)
    la.verify(done.manifest)
    with pytest.raises(VerificationFailed, match="do not stand in"):
        la.verify(done.manifest, model=fitted)
    rows = {**rows, "spec": {**rows["spec"], "seed": "4"}}
    write_signed(sign(Claims(name="r.csv", rows=rows, digests=found), signer), done.manifest)
    with pytest.raises(VerificationFailed, match="not what the model makes"):
        la.verify(done.manifest, model=fitted)


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ({"columns": [["town", "string"]]}, "other columns"),
        ({"schema_sha256": "0" * 64}, "other columns"),
        ({"spec": {"seed": "3", "where": [], "shares": [], "balance": "nope"}}, "cannot make"),
        ({"format": "parquet"}, "cannot be read as parquet"),
    ],
)
def test_an_audit_believes_nothing_that_the_manifest_says_of_the_rows(
    fitted: la.TableModel, tmp_path: Path, stated: dict[str, Any], problem: str
) -> None:
    from lookalike.tables.manifest import read_manifest, write_manifest

    fitted.sample(50, seed=3).to_csv(tmp_path / "r.csv")
    path = tmp_path / "r.csv.manifest.json"
    assert la.verify(path, model=fitted).in_file
    write_manifest(read_manifest(path) | stated, path)
    la.verify(path)
    with pytest.raises(VerificationFailed, match=problem):
        la.verify(path, model=fitted)


@pytest.mark.parametrize("rows", [{"a": [1]}, {"town": [], "age": [], "income": []}, {"town": ["Ulm"]}])
def test_a_file_of_other_rows_is_found_out_whatever_it_holds(
    fitted: la.TableModel, tmp_path: Path, rows: dict[str, list[Any]]
) -> None:
    from lookalike.publish.digests import digests_of
    from lookalike.tables.manifest import read_manifest, write_manifest

    path = tmp_path / "r.parquet"
    fitted.sample(50, seed=3).to_parquet(path)
    pq.write_table(pa.table(rows), path)
    found = digests_of([path.read_bytes()])
    manifest = tmp_path / "r.parquet.manifest.json"
    forged = read_manifest(manifest) | {"bytes": found.size_bytes, "sha256": found.sha256}
    write_manifest(forged, manifest)
    la.verify(manifest)
    with pytest.raises(VerificationFailed):
        la.verify(manifest, model=fitted)


def test_what_cannot_be_undone_needs_a_consent_and_a_gate_that_does_not_refuse(
    fitted: la.TableModel, home: Path, tmp_path: Path
) -> None:
    path, place = tmp_path / "r.csv", ForEver()
    fitted.sample(50).to_csv(path)
    with pytest.raises(ConsentNeeded, match="No gate has judged"):
        la.publish(path, place, home=home)
    with pytest.raises(ConsentNeeded, match="The gate passed it"):
        la.publish(path, place, home=home, report=report(tmp_path / "r.json", passed=True))
    bad = report(tmp_path / "r.json", passed=False)
    with pytest.raises(GateRefused, match=r"privacy\.copies"):
        la.publish(path, place, home=home, report=bad, yes_forever=True)
    assert place.kept == {}
    assert not tmp_path.joinpath("r.csv.signed.json").exists()
    done = la.publish(path, place, home=home, report=bad, yes_forever=True, override="it is a game")
    assert place.kept["there"] == path.read_bytes()
    record = done.document["publications"][0]["signed"]
    assert record["override"] == "it is a game"
    assert not done.document["signed"]["checked"]["gate"]["passed"]
    assert [one for one in tmp_path.iterdir() if "publishing" in one.name] == []


def test_only_what_has_a_manifest_and_is_still_that_file_is_published(
    fitted: la.TableModel, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "r.csv"
    path.write_text("a\n1\n")
    with pytest.raises(BadInput, match="no manifest"):
        la.publish(path, home=home)
    fitted.sample(50).to_csv(path)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(VerificationFailed):
        la.publish(path, home=home)
    with pytest.raises(UsageError, match="no place"):
        la.publish(path, "moon", home=home)


def test_a_file_can_be_made_again_from_its_signed_manifest(
    fitted: la.TableModel, home: Path, tmp_path: Path
) -> None:
    from lookalike import verbs

    fitted.sample(50, seed=9).to_csv(tmp_path / "r.csv")
    done = la.publish(tmp_path / "r.csv", home=home)
    assert verbs.remake(fitted, done.manifest, tmp_path / "again.csv").differs == ()
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "r.csv").read_bytes()


def test_the_verb_is_there_also_after_its_package_was_imported() -> None:
    code = "import lookalike as la, lookalike.publish.base; print(la.publish, la.verify); la.publish('none')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "There is no manifest beside none" in done.stderr


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, home: Path) -> Run:
    env = {**os.environ, "LOOKALIKE_HOME": str(home), "COLUMNS": "100"}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lookalike", *arguments]
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)

    return call


def test_from_the_command_line(run: Run, fitted: la.TableModel, tmp_path: Path) -> None:
    fitted.sample(200, seed=1).to_csv(tmp_path / "r.csv")
    fitted.save(tmp_path / "m.lal")
    done = run("publish", "r.csv", "--json", "--licence", "CC-BY-4.0")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["where"] == "local"
    assert said["address"].startswith("b")
    quote = run("publish", "r.csv", "--quote")
    assert quote.stdout.startswith("local: it costs nothing")
    found = run("verify", "r.csv.signed.json")
    assert found.stdout.startswith(f"Intact, signer unknown: signed by {said['signer']}.")
    both = ("--key", said["signer"], "--model", "m.lal", "--audit", "5")
    found = run("verify", "r.csv.signed.json", *both)
    assert (found.returncode, "as asked" in found.stdout) == (0, True)
    assert "made again by the model: blocks 0, equal to the manifest's, and in the file" in found.stdout
    assert run("verify", "r.csv.manifest.json").stdout.startswith("Intact, unsigned")
    damaged = bytearray((tmp_path / "r.csv").read_bytes())
    damaged[np.random.default_rng(0).integers(len(damaged))] ^= 1
    (tmp_path / "r.csv").write_bytes(damaged)
    found = run("verify", "r.csv.signed.json", "--json")
    assert found.returncode == 6
    assert "SHA-256" in json.loads(found.stdout)["error"]["message"]


def test_what_was_published_locally_is_read_back_by_its_cid(
    fitted: la.TableModel, home: Path, tmp_path: Path
) -> None:
    from lookalike.publish.cid import Cid
    from lookalike.publish.local import LocalPublisher
    from lookalike.publish.places import store_in

    fitted.sample(50).to_csv(tmp_path / "r.csv")
    done = la.publish(tmp_path / "r.csv", home=home)
    assert read_any(done.manifest)[1] == done.document
    store = LocalPublisher(store_in(home))
    assert b"".join(store.read(Cid.of_text(done.receipt.address))) == (tmp_path / "r.csv").read_bytes()
