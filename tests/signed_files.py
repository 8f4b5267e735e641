"""A small file with a signed manifest beside it, as publishing makes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import counted
from lookalike.publish.base import FileInfo, FileReader, Receipt
from lookalike.publish.digests import Digests, digests_of
from lookalike.publish.manifest import Claims, published, sign, signed_path, write_signed
from lookalike.publish.signing import Signer
from lookalike.tables.manifest import manifest_path, read_manifest

SIGNER = Signer(bytes(range(32)))
STRANGER = Signer(bytes(range(1, 33)))
CHECKED: dict[str, Any] = {
    "report_sha256": "0f" * 32,
    "scores": [{"name": "fidelity", "value": 98.5}, {"name": "privacy", "value": None}],
    "figures": [{"name": "detection.auc", "value": 0.512, "reference": 0.5}],
    "gate": {"name": "default", "passed": True, "refused": [], "waived": ["privacy.copies"]},
}


@dataclass(frozen=True)
class Signed:
    """file: the path of the rows; manifest: the path of what was signed; document: what it holds."""

    file: Path
    manifest: Path
    document: dict[str, Any]


def digests(path: Path) -> Digests:
    info = FileInfo(name=path.name, size_bytes=path.stat().st_size, sha256="")
    return digests_of(FileReader(path, info).read())


def signed(folder: Path, rows: int = 250, name: str = "rows.csv") -> Signed:
    """A file of ``rows`` rows in ``folder``, signed, and said to be published in two places."""
    path = folder / name
    counted.sample(rows, seed=7).write(path)
    claims = Claims(
        name=name,
        rows=read_manifest(manifest_path(path)),
        digests=digests(path),
        licence="CC-BY-4.0",
        checked=CHECKED,
        encrypted=digests_of([b"age-encryption.org/v1\n" + b"\0" * 100]),
    )
    document = sign(claims, SIGNER)
    address = document["signed"]["cids"][0]["cid"]
    local = Receipt(where="local", address=address, links=(f"http://127.0.0.1:5000/ipfs/{address}",))
    document = published(document, local, "plain", 1_790_000_000_000_000, SIGNER)
    there = Receipt(where="arweave", address="x" * 43, links=("https://arweave.net/" + "x" * 43,))
    document = published(document, there, "encrypted", 1_790_000_000_000_001, SIGNER)
    write_signed(document, signed_path(path))
    return Signed(path, signed_path(path), document)
