"""The signed manifest: what a file is, made by which model and seed, how good it is, and who says so.

    {"signed": {… "rows": the manifest that `sample` writes …}, "signature": …, "publications": [
        {"signed": {… "manifest_sha256": …, "where": …, "address": …, "at": …}, "signature": …}]}

One document of canonical JSON, byte for byte: any other spelling of it is refused. Each ``signed`` holds the
public key whose holder signed its canonical bytes. Where the file went is known only later, so publications
stand beside the part that they name by its hash. JSON Schema: ``contracts/signed_manifest.schema.json``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lookalike.clock import shown
from lookalike.errors import BadInput, VerificationFailed
from lookalike.publish.base import Receipt
from lookalike.publish.dag import WIDTH
from lookalike.publish.digests import Digests
from lookalike.publish.manifest_schema import CHECKED, SCHEMA, VERSION
from lookalike.publish.signing import Signer, is_signed
from lookalike.tables.atomic import write_bytes
from lookalike.tables.canonical_json import dumps
from lookalike.tables.manifest import MOST_BYTES, checked_manifest, parsed
from lookalike.tables.manifest_schema import mismatch

Json = dict[str, Any]
Content = Literal["plain", "encrypted"]

AGE = "age-encryption.org/v1"
_MEDIA_TYPES = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}
_PACKED = {"gzip": "application/gzip", "zstd": "application/zstd"}


def signed_path(path: str | Path) -> Path:
    """Where the signed manifest of the file at ``path`` stands: ``PATH.signed.json``."""
    return Path(f"{path}.signed.json")


def media_type(rows: Mapping[str, Any]) -> str:
    """Of the file that a manifest of rows describes."""
    packed = None if rows["format"] == "parquet" else _PACKED.get(rows["compression"])
    return packed or _MEDIA_TYPES[rows["format"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What is to be signed. rows: the manifest that `sample` wrote; digests: of the file's bytes.

    checked: as `checked_of` gives it. encrypted: digests of the ciphertext, where that is what is published.
    """

    name: str
    rows: Mapping[str, Any]
    digests: Digests
    licence: str | None = None
    checked: Mapping[str, Any] | None = None
    encrypted: Digests | None = None


def sign(claims: Claims, signer: Signer) -> Json:
    """The signed manifest, of no publications yet. `VerificationFailed` when the bytes are not the rows'."""
    rows, digests = claims.rows, claims.digests
    if (digests.size_bytes, digests.sha256) != (rows["bytes"], rows["sha256"]):
        raise VerificationFailed(
            f"{claims.name} is not the file that its manifest describes.",
            hint="It was changed after it was written.",
            file=claims.name,
        )
    signed: Json = {
        "type": "lookalike.manifest",
        "version": VERSION,
        "name": claims.name,
        "media_type": media_type(rows),
        "licence": claims.licence,
        "rows": dict(rows),
        "cids": _cids(digests),
        "encrypted": None,
        "checked": None if claims.checked is None else dict(claims.checked),
        "public_key": signer.public_key,
    }
    if claims.encrypted is not None:
        signed["encrypted"] = {
            "format": AGE,
            "bytes": claims.encrypted.size_bytes,
            "sha256": claims.encrypted.sha256,
            "cids": _cids(claims.encrypted),
        }
    return {"signed": signed, "signature": signer.sign(signed), "publications": []}


def published(
    manifest: Json,
    receipt: Receipt,
    content: Content,
    at_us: int,
    signer: Signer,
    override: str | None = None,
) -> Json:
    """The manifest with one more publication. The same place and address again changes nothing.

    override: why a refusal by the gate did not stop it.
    """
    for known in manifest["publications"]:
        there = known["signed"]
        if (there["where"], there["address"]) == (receipt.where, receipt.address):
            return manifest
    record: Json = {
        "type": "lookalike.publication",
        "manifest_sha256": sha256_of(manifest),
        "content": content,
        "where": receipt.where,
        "address": receipt.address,
        "links": list(receipt.links),
        "at": shown(at_us),
        "override": override,
        "public_key": signer.public_key,
    }
    entry = {"signed": record, "signature": signer.sign(record)}
    return {**manifest, "publications": [*manifest["publications"], entry]}


def sha256_of(manifest: Mapping[str, Any]) -> str:
    """Hex SHA-256 of the canonical bytes of the signed part: what a publication names it by."""
    return hashlib.sha256(dumps(manifest["signed"])).hexdigest()


def checked_of(report: bytes) -> Json:
    """What a manifest says of a check, from the report's JSON as it is stored.

    `ValueError`, `KeyError`, `TypeError` or `RecursionError` for what is no such report.
    """
    found = json.loads(report)
    verdict = found["gate"]
    checked = {
        "report_sha256": hashlib.sha256(report).hexdigest(),
        "scores": [{"name": one["name"], "value": one["value"]} for one in found["scores"]],
        "figures": [
            {"name": one["name"], "value": one["value"], "reference": one["reference"]}
            for one in found["figures"]
        ],
        "gate": {
            "name": verdict["gate"],
            "passed": verdict["passed"],
            "refused": [one["name"] for one in verdict["refusals"]],
            "waived": list(verdict["waived"]),
        },
    }
    if problem := mismatch(checked, CHECKED):
        raise ValueError(problem)
    dumps(checked)  # which takes no NaN, no lone surrogate, no whole number that others would read otherwise
    return checked


def write_signed(manifest: Json, path: str | Path) -> None:
    """Put the canonical JSON at ``path``, atomically."""
    write_bytes(path, dumps(manifest))


def read_any(path: str | Path) -> tuple[Json, Json | None]:
    """(the manifest of rows, the signed manifest around it, if that is what is there).

    `BadInput` when the file cannot be read, or holds no manifest; `VerificationFailed` when a hash or a
    signature in it is not right. Who signed is for the caller to judge.
    """
    return of_bytes(bytes_at(path), str(path))


def checked_bytes(data: bytes, name: str) -> tuple[Json, Json | None]:
    """As `read_any`, of what claims to be a manifest: whatever is off is a `VerificationFailed`."""
    try:
        return of_bytes(data, name)
    except BadInput as problem:
        raise VerificationFailed(problem.message, hint=problem.hint, file=name) from problem


def bytes_at(path: str | Path) -> bytes:
    """What is in the file; `BadInput` when it cannot be read."""
    name = str(path)
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise BadInput(f"Cannot read the manifest {name}: {problem.strerror}.", file=name) from problem


def of_bytes(data: bytes, name: str) -> tuple[Json, Json | None]:
    """As `read_any`, of a file's bytes."""
    found = parsed(data, name)
    signed = isinstance(found, dict) and "signed" in found
    if signed and (problem := mismatch(found, SCHEMA)):
        raise _off(name, problem)
    rows = found["signed"]["rows"] if signed else found
    checked_manifest(rows, name)
    try:
        canonical = dumps(found) == data
    except ValueError:
        canonical = False
    if not canonical:
        raise _off(name, "it is not spelled in canonical JSON")
    if not signed:
        return found, None
    _check_signatures(found, name)
    return rows, found


def signers(manifest: Mapping[str, Any]) -> Sequence[str]:
    """The public keys that signed the manifest and its publications, the manifest's first."""
    keys = [manifest["signed"]["public_key"]]
    keys += [one["signed"]["public_key"] for one in manifest["publications"]]
    return list(dict.fromkeys(keys))


def _check_signatures(manifest: Json, name: str) -> None:
    signed = manifest["signed"]
    if not is_signed(signed, signed["public_key"], manifest["signature"]):
        raise _off(name, "its signature is not of what it says")
    own, places = sha256_of(manifest), set[tuple[str, str]]()
    for number, entry in enumerate(manifest["publications"]):
        record = entry["signed"]
        if not is_signed(record, record["public_key"], entry["signature"]):
            raise _off(name, f"the signature of publications[{number}] is not of what it says")
        if record["manifest_sha256"] != own:
            raise _off(name, f"publications[{number}] is of another manifest")
        if (record["where"], record["address"]) in places:
            raise _off(name, f"publications[{number}] stands there twice")
        places.add((record["where"], record["address"]))


def _cids(digests: Digests) -> list[Json]:
    return [
        {"cid": str(cid), "chunk_bytes": layout.chunk_bytes, "width": WIDTH} for layout, cid in digests.cids
    ]


def _off(name: str, what: str) -> VerificationFailed:
    return VerificationFailed(
        f"{name} is not what was signed: {what}.",
        hint="It was changed after it was made, or is another document.",
        file=name,
    )


def publications_at(manifest: Mapping[str, Any], content: Content) -> Iterable[Json]:
    """The records of where those bytes went, the newest first."""
    return [
        one["signed"] for one in reversed(manifest["publications"]) if one["signed"]["content"] == content
    ]
