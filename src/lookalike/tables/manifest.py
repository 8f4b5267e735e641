"""The manifest: what a file of sampled rows is, from what it was made, and the hashes that prove it.

A closed document (no field may be added without a new version) in canonical JSON: no times, no paths, no
names of people or machines, so the same run gives the same manifest. Its JSON Schema is
``contracts/manifest.schema.json``. The leaves of the Merkle tree are absolute blocks: rows ``10,000 k`` …
``10,000 k + 9,999`` of the model's endless table, clipped to ``start`` … ``start + rows - 1``; whoever has
the model can make any of them alone and compare. Seeds are strings of digits: they may exceed 2**53.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import lookalike
from lookalike.errors import BadInput, VerificationFailed
from lookalike.tables import merkle
from lookalike.tables.atomic import write_bytes
from lookalike.tables.blocks import BLOCK_ROWS, block_count
from lookalike.tables.canonical_json import dumps
from lookalike.tables.manifest_schema import VERSION, mismatch
from lookalike.tables.write import Written

MOST_BYTES = 256 << 20
_READ_BYTES = 1 << 20


def manifest_path(path: str | Path) -> Path:
    """Where the manifest of the file at ``path`` stands: ``PATH.manifest.json``."""
    return Path(f"{path}.manifest.json")


def manifest_of(
    written: Written,
    *,
    model_sha256: str,
    schema_sha256: str,
    spec: Mapping[str, Any],
    stream_version: int,
) -> dict[str, Any]:
    """The manifest of a file just written. spec: `SampleSpec.to_dict`, its seed an integer."""
    return {
        "version": VERSION,
        "model_sha256": model_sha256,
        "schema_sha256": schema_sha256,
        "stream_version": stream_version,
        "spec": {**spec, "seed": str(spec["seed"])},
        "start": written.start,
        "rows": written.rows,
        "columns": [list(column) for column in written.columns],
        "format": written.format,
        "compression": written.compression,
        "spreadsheet_safe": written.spreadsheet_safe,
        "bytes": written.size_bytes,
        "sha256": written.sha256,
        "block_rows": BLOCK_ROWS,
        "blocks": [digest.hex() for digest in written.block_hashes],
        "merkle_root": merkle.root(written.block_hashes).hex(),
        "library": lookalike.__version__,
        "writers": {
            "numpy": np.__version__,
            "pyarrow": pa.__version__,
            "zlib": zlib.ZLIB_RUNTIME_VERSION,
        },
    }


def spec_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The ``spec`` of a manifest as `SampleSpec.of_dict` takes it."""
    return {**manifest["spec"], "seed": int(manifest["spec"]["seed"])}


def manifest_sha256(manifest: Mapping[str, Any]) -> str:
    """Hex SHA-256 of the canonical JSON: the name of this very file, made in this very way."""
    return hashlib.sha256(dumps(dict(manifest))).hexdigest()


def write_manifest(manifest: Mapping[str, Any], path: str | Path) -> None:
    """Put the canonical JSON at ``path``, atomically."""
    write_bytes(path, dumps(dict(manifest)))


def read_manifest(path: str | Path) -> dict[str, Any]:
    """The manifest in a file, checked against `SCHEMA` and against itself (block count, Merkle root).

    `BadInput` says what is off; nothing in the file is believed before that.
    """
    name = str(path)
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise BadInput(f"Cannot read the manifest {name}: {problem.strerror}.", file=name) from problem
    manifest = parsed(data, name)
    checked_manifest(manifest, name)
    return manifest


def parsed(data: bytes, name: str) -> Any:
    """A document of JSON in which no key stands twice; `BadInput` when it is none, or far too large."""
    if len(data) > MOST_BYTES:
        raise _bad(name, f"it is larger than {MOST_BYTES >> 20} MiB")
    try:
        return json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise _bad(name, f"it is not JSON: {_short(problem)}") from problem


def checked_manifest(manifest: Any, name: str) -> None:
    """Return when a document is a manifest, and agrees with itself; `BadInput` says what is off."""
    problem = mismatch(manifest) or _unspeakable(manifest)
    if problem is not None:
        raise _bad(name, problem)
    expected = block_count(manifest["start"], manifest["rows"])
    if len(manifest["blocks"]) != expected:
        raise _bad(
            name, f"{manifest['rows']} rows have {expected} blocks, but it lists {len(manifest['blocks'])}"
        )
    if merkle.root([bytes.fromhex(digest) for digest in manifest["blocks"]]).hex() != manifest["merkle_root"]:
        raise _bad(name, "its merkle_root is not the root of its blocks")


def check_file(manifest: Mapping[str, Any], path: str | Path) -> None:
    """Return when the bytes at ``path`` are those of the manifest; `VerificationFailed` names what is not."""
    name = str(path)
    digest = hashlib.sha256()
    size = 0
    try:
        with Path(path).open("rb") as file:
            while piece := file.read(_READ_BYTES):
                digest.update(piece)
                size += len(piece)
    except OSError as problem:
        raise VerificationFailed(f"Cannot read {name}: {problem.strerror}.", file=name) from problem
    if size != manifest["bytes"]:
        raise VerificationFailed(
            f"{name} has {size:,} bytes; its manifest says {manifest['bytes']:,}.",
            hint="It was cut off, added to, or is another file.",
            file=name,
        )
    if digest.hexdigest() != manifest["sha256"]:
        raise VerificationFailed(
            f"{name} has the SHA-256 {digest.hexdigest()}; its manifest says {manifest['sha256']}.",
            hint="The file was changed after it was written.",
            file=name,
        )


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """The top-level fields in which two manifests differ, in alphabetical order; empty: the same file."""
    return sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))


def _bad(name: str, what: str) -> BadInput:
    return BadInput(
        f"{name} is not a manifest of Lookalike: {what}.",
        hint="`lookalike sample` writes one beside each file, as FILE.manifest.json.",
        file=name,
    )


def _unspeakable(manifest: dict[str, Any]) -> str | None:
    """Texts that JSON can name and UTF-8 cannot hold, such as a lone surrogate."""
    try:
        dumps(manifest)
    except ValueError:
        return "it holds text that is not Unicode"
    return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _short(problem: Exception) -> str:
    if isinstance(problem, RecursionError):
        return "it is nested too deeply"
    return re.sub(r"[^\x20-\x7e]+", " ", str(problem))[:120]
