"""Whether a file is what its manifest says, and who says so: nothing that is given is believed.

What can be off is said by name: the signature, the size, the SHA-256, a CID, the key that signed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from lookalike.errors import (
    BadInput,
    Cancelled,
    LookalikeError,
    Unavailable,
    UsageError,
    VerificationFailed,
)
from lookalike.publish.base import FileInfo, FileReader
from lookalike.publish.cid import Cid
from lookalike.publish.dag import Layout
from lookalike.publish.digests import Digester, Digests
from lookalike.publish.fetch import fetched, sources
from lookalike.publish.http import Web
from lookalike.publish.manifest import bytes_at, checked_bytes, signers
from lookalike.publish.signing import fingerprint
from lookalike.watch import Unwatched, Watch, check

Json = dict[str, Any]
_SLACK_BYTES = 1 << 20

MOST_SOURCES = 20
MOST_LAYOUTS = 8
LEAST_CHUNK_BYTES = 1 << 10
"""What a stranger's manifest may make us count: each layout takes a thread, each chunk a hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The file is what the manifest says.

    signer: fingerprint of the key that signed it; None: nobody did. known: it is the key that was asked for.
    content: whether the bytes are the file's, or its ciphertext's. source: where they came from; is_here: it
    is a path. cids: those that were counted again. publications: where else it is said to be. audited:
    numbers of the blocks that a model made again, equal in every cell; in_file: and found in the file.
    """

    name: str
    source: str
    content: Literal["plain", "encrypted"]
    size_bytes: int
    sha256: str
    cids: tuple[str, ...]
    rows: int
    signer: str | None
    known: bool
    publications: tuple[Mapping[str, Any], ...]
    passed: bool | None
    is_here: bool
    audited: tuple[int, ...] = ()
    in_file: bool = False

    def with_audit(self, blocks: Iterable[int], *, in_file: bool) -> Verified:
        return replace(self, audited=tuple(blocks), in_file=in_file)


def verify(
    manifest: str | Path,
    *,
    file: str | Path | None = None,
    gateway: str | None = None,
    key: str | None = None,
    timeout_s: float = 30.0,
    watch: Watch | None = None,
) -> Verified:
    """`Verified`, or `VerificationFailed` with what does not match.

    file: where the bytes are; else they are fetched from ``gateway``; else from beside the manifest; else
    from where the manifest says that it was published. key: the fingerprint of the key that must have signed.
    `BadInput` when there is nothing to read, `Unavailable` when no gateway answers.
    """
    if file is not None and gateway is not None:
        raise UsageError("Either --file or --gateway says where the bytes are; not both.")
    rows, signed = checked_bytes(bytes_at(manifest), str(manifest))
    signer = _signer(signed, key, str(manifest))
    expected = _expected(rows, signed)
    candidates = _bytes(manifest, signed, expected, file, gateway, timeout_s)
    source, content, found = _first_that_is_it(candidates, expected, watch or Unwatched())
    return Verified(
        name=signed["signed"]["name"] if signed else Path(source).name,
        source=source,
        content=content,
        size_bytes=found.size_bytes,
        sha256=found.sha256,
        cids=tuple(str(cid) for _, cid in expected[content].cids),
        rows=rows["rows"],
        signer=signer,
        known=key is not None,
        publications=tuple(one["signed"] for one in signed["publications"]) if signed else (),
        passed=_passed(signed),
        is_here="://" not in source,
    )


_Content = Literal["plain", "encrypted"]
_Candidates = Iterable[tuple[str, Iterator[bytes]]]


def _first_that_is_it(
    candidates: _Candidates, expected: Mapping[_Content, Digests], watch: Watch
) -> tuple[str, _Content, Digests]:
    """The first source whose bytes are as stated: one that is down, or lies, does not hide the next."""
    said: LookalikeError | None = None
    for source, pieces in candidates:
        try:
            found = _counted(pieces, expected, watch)
            return source, _compared(expected, found, source), found
        except Cancelled:
            raise
        except LookalikeError as problem:
            if not isinstance(said, VerificationFailed):
                said = problem
    raise said or Unavailable("There is nowhere to fetch the file from.")


def _counted(pieces: Iterator[bytes], expected: Mapping[_Content, Digests], watch: Watch) -> Digests:
    layouts = tuple(dict.fromkeys(layout for one in expected.values() for layout, _ in one.cids))
    with Digester(layouts) as digester:
        size, most = 0, max(one.size_bytes for one in expected.values())
        for piece in pieces:
            check(watch)
            digester.update(piece)
            size += len(piece)
            watch.progress(min(size, most), most)
        return digester.digests()


def file_of(manifest: str | Path, name: str | None) -> Path | None:
    """The file that lies beside a manifest of this name; None when none does."""
    path = Path(manifest)
    found = [path.with_name(path.name.removesuffix(suffix)) for suffix in (".signed.json", ".manifest.json")]
    with contextlib.suppress(ValueError):  # a name that no file can have
        found += [path.with_name(Path(name).name)] if name else []
    return next((one for one in found if one != path and os.path.isfile(one)), None)  # noqa: PTH113  (never raises)


def _signer(signed: Json | None, key: str | None, name: str) -> str | None:
    """Fingerprint of who signed; `VerificationFailed` when it is not the one that was asked for."""
    if signed is None:
        if key is not None:
            raise VerificationFailed(f"{name} is signed by nobody.", file=name)
        return None
    found = [fingerprint(one) for one in signers(signed)]
    asked = (found[0] if key is None else key).replace(":", "").lower()
    if asked not in (found[0], signed["signed"]["public_key"]):
        raise VerificationFailed(
            f"{name} was signed by {found[0]}, not by {asked[:64]}.",
            hint="Ask whoever published it for the fingerprint of their key, in another way than this file.",
            file=name,
        )
    if key is not None and len(found) > 1:
        raise VerificationFailed(f"A publication in {name} was signed by another key: {found[1]}.", file=name)
    return found[0]


def _expected(rows: Json, signed: Json | None) -> dict[Literal["plain", "encrypted"], Digests]:
    """The digests that the manifest states, of the file and of its ciphertext."""
    if signed is None:
        return {"plain": Digests(rows["bytes"], rows["sha256"], ())}
    part = signed["signed"]
    found: dict[Literal["plain", "encrypted"], Digests] = {
        "plain": _digests({"bytes": rows["bytes"], "sha256": rows["sha256"], "cids": part["cids"]})
    }
    if part["encrypted"] is not None:
        found["encrypted"] = _digests(part["encrypted"])
    return found


def _digests(stated: Json) -> Digests:
    """As stated, where that can be counted again: a few layouts, of chunks that are not tiny."""
    cids: list[tuple[Layout, Cid]] = []
    smallest = min((one["chunk_bytes"] for one in stated["cids"]), default=LEAST_CHUNK_BYTES)
    if len(stated["cids"]) > MOST_LAYOUTS or smallest < LEAST_CHUNK_BYTES:
        raise VerificationFailed(
            f"The manifest names {len(stated['cids'])} CIDs, of chunks from {smallest:,} bytes.",
            hint=f"At most {MOST_LAYOUTS}, of chunks of {LEAST_CHUNK_BYTES:,} bytes or more, are verified.",
        )
    for one in stated["cids"]:
        try:
            cid = Cid.of_text(one["cid"])
        except BadInput as problem:
            raise VerificationFailed(f"The manifest names a CID that is none: {one['cid']}.") from problem
        cids.append((Layout(one["chunk_bytes"], cid.version), cid))
    return Digests(stated["bytes"], stated["sha256"], tuple(cids))


def _bytes(
    manifest: str | Path,
    signed: Json | None,
    expected: Mapping[Any, Digests],
    file: str | Path | None,
    gateway: str | None,
    timeout_s: float,
) -> _Candidates:
    """(where the bytes come from, the bytes), the likeliest first."""
    if gateway is not None:
        Web(gateway, "The gateway")  # a UsageError here: what is wrong is not in the manifest
    path = None if gateway is not None else file
    if path is None and gateway is None:
        path = file_of(manifest, signed["signed"]["name"] if signed else None)
    if path is not None:
        return [(str(path), _file_pieces(Path(path)))]
    if signed is None:
        raise BadInput("There is no file beside the manifest.", hint="Say --file FILE.", file=str(manifest))
    most = max(one.size_bytes for one in expected.values()) + _SLACK_BYTES
    places = sources(signed, gateway)[:MOST_SOURCES]
    return [(one.url, fetched(one, most_bytes=most, timeout_s=timeout_s)) for one in places]


def _file_pieces(path: Path) -> Iterator[bytes]:
    try:
        size = path.stat().st_size
    except OSError as problem:
        raise BadInput(f"Cannot read {path}: {problem.strerror}.", file=str(path)) from problem
    return FileReader(path, FileInfo(name=path.name, size_bytes=size, sha256="")).read()


def _compared(
    expected: Mapping[Literal["plain", "encrypted"], Digests], found: Digests, source: str
) -> Literal["plain", "encrypted"]:
    """Which of the stated files it is; `VerificationFailed` with all that differs from the likeliest."""
    counted = dict(found.cids)
    differ: dict[Literal["plain", "encrypted"], list[str]] = {}
    for content, stated in expected.items():
        off: list[str] = []
        if found.size_bytes != stated.size_bytes:
            off.append(f"it has {found.size_bytes:,} bytes, not {stated.size_bytes:,}")
        if found.sha256 != stated.sha256:
            off.append(f"its SHA-256 is {found.sha256}, not {stated.sha256}")
        for layout, cid in stated.cids:
            if counted[layout] != cid:
                of = f"in chunks of {layout.chunk_bytes >> 10} KiB"
                off.append(f"its CID {of} is {_as_stated(counted[layout], cid)}, not {cid}")
        if not off:
            return content
        differ[content] = off
    likeliest = min(expected, key=lambda one: abs(expected[one].size_bytes - found.size_bytes))
    raise VerificationFailed(
        f"{source} is not the file of the manifest: {'; '.join(differ[likeliest])}.",
        hint="It was changed, cut off, or is another file.",
        file=source,
    )


def _as_stated(found: Cid, stated: Cid) -> Cid:
    return replace(found, version=stated.version)


def _passed(signed: Json | None) -> bool | None:
    """What the gate said, if there was a check."""
    checked = signed["signed"]["checked"] if signed else None
    return None if checked is None else checked["gate"]["passed"]
