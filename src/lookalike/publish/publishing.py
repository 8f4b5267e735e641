"""A file on this machine → a place, and the signed manifest beside it. The service does the same as a job."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lookalike.clock import Clock, SystemClock
from lookalike.errors import BadInput, Unavailable
from lookalike.publish.age import MEDIA_TYPE
from lookalike.publish.base import BlobReader, FileInfo, FileReader, Publisher, Quote, Receipt
from lookalike.publish.consent import Consent, allow, refused
from lookalike.publish.dag import Layout
from lookalike.publish.digests import LAYOUTS, Digests, digests_of
from lookalike.publish.manifest import (
    Claims,
    Content,
    Json,
    media_type,
    published,
    read_any,
    sign,
    signed_path,
    write_signed,
)
from lookalike.publish.signing import Signer
from lookalike.tables.atomic import write_bytes
from lookalike.tables.canonical_json import dumps
from lookalike.tables.manifest import manifest_path
from lookalike.watch import Watch, check

T = TypeVar("T")

WAITS_S = (5.0, 10.0, 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """receipt: where the file is. manifest: the path of the signed manifest. document: what stands in it."""

    receipt: Receipt
    manifest: Path
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be published. rows: the manifest that `sample` wrote beside it.

    encrypted: the path of the file's ciphertext, where that is what is published. layouts: those whose CIDs
    the manifest names.
    """

    path: Path
    rows: Mapping[str, Any]
    licence: str | None = None
    checked: Mapping[str, Any] | None = None
    encrypted: Path | None = None
    layouts: tuple[Layout, ...] = LAYOUTS

    @property
    def content(self) -> Content:
        return "plain" if self.encrypted is None else "encrypted"


def wish_of(path: Path, **fields: Any) -> Wish:
    """The wish to publish the file at ``path``, with the manifest that lies beside it; `BadInput` without."""
    for beside in (manifest_path(path), signed_path(path)):
        if beside.is_file():
            return Wish(path=path, rows=read_any(beside)[0], **fields)
    raise BadInput(
        f"There is no manifest beside {path}.",
        hint="`lookalike sample` writes one; only what has one can be published.",
        file=str(path),
    )


def publish_file(
    wish: Wish,
    publisher: Publisher,
    signer: Signer,
    consent: Consent,
    *,
    watch: Watch,
    clock: Clock | None = None,
    waits_s: Sequence[float] = WAITS_S,
    tell: Callable[[Quote], None] | None = None,
) -> Published:
    """`Published`, with the manifest, one publication longer, at ``PATH.signed.json``.

    tell: is told what it means and costs before anything is sent. A place that does not answer is tried again
    after each of ``waits_s``; anew, where it has got further since.
    What must survive a crash is kept in ``PATH.publishing-WHERE.json`` until then. Raises what
    `consent.allow` and the publisher raise, and `VerificationFailed` when the file is another one than its
    manifest describes.
    """
    digests = _digests(wish.path, wish.layouts, watch)
    encrypted = None if wish.encrypted is None else _digests(wish.encrypted, wish.layouts, watch)
    claims = Claims(
        name=wish.path.name,
        rows=wish.rows,
        digests=digests,
        licence=wish.licence,
        checked=wish.checked,
        encrypted=encrypted,
    )
    document = _known(sign(claims, signer), signed_path(wish.path))
    file = reader(wish, encrypted)
    states = _States(wish.path, publisher.where, file.info.sha256)
    quote = _patiently(lambda: publisher.quote(file.info), states, watch, waits_s)
    allow(quote, wish.checked, consent)
    if tell is not None and states.last() is None:
        tell(quote)
    receipt = _patiently(
        lambda: publisher.push(file, states.last(), states.save, watch=watch), states, watch, waits_s
    )
    override = consent.override if refused(wish.checked) else None
    at_us = (clock or SystemClock()).now_us()
    document = published(document, receipt, wish.content, at_us, signer, override)
    write_signed(document, signed_path(wish.path))
    states.over()
    return Published(receipt=receipt, manifest=signed_path(wish.path), document=document)


def _patiently(act: Callable[[], T], states: _States, watch: Watch, waits_s: Sequence[float]) -> T:
    """What ``act`` returns, tried again after each wait where a place does not answer.

    Where it has got further between two tries, all waits are to be had again.
    """
    waits, known = iter(waits_s), states.last()
    while True:
        try:
            return act()
        except Unavailable as problem:
            if (last := states.last()) != known:
                waits, known = iter(waits_s), last
            wait_s = next(waits, None)
            if wait_s is None:
                hint = None if known is None else "The same command goes on from there, paying nothing twice."
                raise Unavailable(problem.message, hint=hint or problem.hint) from problem
            _wait(wait_s, watch)


def _wait(seconds: float, watch: Watch) -> None:
    """So long, or until the watch says stop."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        check(watch)
        time.sleep(min(left, 0.2))


def file_info(wish: Wish) -> FileInfo:
    """What is said of the plain file, by its manifest alone."""
    return FileInfo(
        name=wish.path.name,
        size_bytes=wish.rows["bytes"],
        sha256=wish.rows["sha256"],
        media_type=media_type(wish.rows),
        tags=_tags(wish),
    )


def reader(wish: Wish, encrypted: Digests | None) -> BlobReader:
    """The bytes that go out, and what is said of them."""
    if wish.encrypted is not None and encrypted is not None:
        info = FileInfo(
            name=wish.encrypted.name,
            size_bytes=encrypted.size_bytes,
            sha256=encrypted.sha256,
            media_type=MEDIA_TYPE,
            tags=_tags(wish),
        )
        return FileReader(wish.encrypted, info)
    return FileReader(wish.path, file_info(wish))


def _tags(wish: Wish) -> dict[str, str]:
    return {"Model-Hash": wish.rows["model_sha256"], "Rows": str(wish.rows["rows"])}


def _digests(path: Path, layouts: tuple[Layout, ...], watch: Watch) -> Digests:
    try:
        size = path.stat().st_size
    except OSError as problem:
        raise BadInput(f"Cannot read {path}: {problem.strerror}.", file=str(path)) from problem

    def pieces() -> Any:
        for piece in FileReader(path, FileInfo(name=path.name, size_bytes=size, sha256="")).read():
            check(watch)
            yield piece

    return digests_of(pieces(), layouts)


def _known(document: Json, path: Path) -> Json:
    """The document with the publications that the manifest at ``path`` has already, if it says the same."""
    if path.is_file():
        before = read_any(path)[1]
        if before is not None and before["signed"] == document["signed"]:
            return before
    return document


class _States:
    """What a publisher saves, in a file beside the one that is published, for its owner alone."""

    def __init__(self, path: Path, where: str, sha256: str) -> None:
        self._path = Path(f"{path}.publishing-{where}.json")
        self._of = {"where": where, "sha256": sha256}

    def last(self) -> Any:
        try:
            found = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as problem:
            raise BadInput(f"Cannot read {self._path}.", hint="Delete it to begin again.") from problem
        return found["state"] if {key: found.get(key) for key in self._of} == self._of else None

    def save(self, state: Any) -> None:
        if not self._path.exists():
            self._path.touch(0o600)
        write_bytes(self._path, dumps({**self._of, "state": state}))  # which keeps the mode

    def over(self) -> None:
        self._path.unlink(missing_ok=True)
