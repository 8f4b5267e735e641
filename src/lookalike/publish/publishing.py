"""A file on this machine → a place, and the signed manifest beside it. The service does the same as a job."""

from __future__ import annotations

import json
import os
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
    sha256_of,
    sign,
    signed_path,
    write_signed,
)
from lookalike.publish.signing import Signer
from lookalike.tables.atomic import create_private, told_as_cannot_write, write_bytes
from lookalike.tables.canonical_json import dumps
from lookalike.tables.manifest import manifest_path
from lookalike.watch import Watch, check

T = TypeVar("T")

WAITS_S = (5.0, 10.0, 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """receipt: where the file is. manifest: the path of the signed manifest. document: what stands in it.

    put_by: where the one now is that stood there before, if that said something else.
    """

    receipt: Receipt
    manifest: Path
    document: Mapping[str, Any]
    put_by: Path | None = None


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
    _check_words(wish, consent)
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
    document, before = _known(sign(claims, signer), wish.path)
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
    path, put_by = signed_path(wish.path), None
    if before is not None:
        put_by = _put_by_path(wish.path, before)
        write_signed(before, put_by)
    write_signed(document, path)
    with told_as_cannot_write(str(path)):
        _put_by_path(wish.path, document).unlink(missing_ok=True)
    states.over()
    return Published(receipt=receipt, manifest=path, document=document, put_by=put_by)


def _check_words(wish: Wish, consent: Consent) -> None:
    """`BadInput` for words that no manifest can hold: bytes of a command line that are no UTF-8."""
    said = {"file's name": wish.path.name, "licence": wish.licence, "reason": consent.override}
    for what, text in said.items():
        try:
            (text or "").encode()
        except UnicodeEncodeError as problem:
            raise BadInput(f"The {what} is not Unicode text.", hint="Write it in UTF-8.") from problem


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


def _known(document: Json, path: Path) -> tuple[Json, Json | None]:
    """(the document, with the publications of an earlier manifest of the file at ``path`` that says the same;
    the manifest that stands beside the file, if it says something else: it is not to be lost)."""
    here, put_by = (_signed_at(one) for one in (signed_path(path), _put_by_path(path, document)))
    if here is not None and here["signed"] == document["signed"]:
        return here, None
    if put_by is not None and put_by["signed"] == document["signed"]:
        return put_by, here
    return document, here


def _signed_at(path: Path) -> Json | None:
    return read_any(path)[1] if os.path.lexists(path) else None


def _put_by_path(path: Path, document: Json) -> Path:
    """Where a signed manifest of the file goes that has to make room for one that says something else."""
    return Path(f"{path}.signed.{sha256_of(document)[:12]}.json")


def state_path(path: Path, where: str) -> Path:
    """Where it stands how far the publication of the file at ``path`` is, once it cannot be taken back."""
    return Path(f"{path}.publishing-{where}.json")


class _States:
    """What a publisher saves, in a file beside the one that is published, for its owner alone."""

    def __init__(self, path: Path, where: str, sha256: str) -> None:
        self._path = state_path(path, where)
        self._of = {"where": where, "sha256": sha256}

    def last(self) -> Any:
        try:
            found = json.loads(self._path.read_bytes())
            of = {key: found.get(key) for key in self._of}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, AttributeError, RecursionError) as problem:
            raise BadInput(
                f"{self._path} does not say how far it was: it was damaged.",
                hint="Delete it to begin again; what was paid for may then be paid for again.",
                file=str(self._path),
            ) from problem
        return found.get("state") if of == self._of else None

    def save(self, state: Any) -> None:
        data = dumps({**self._of, "state": state})
        if not create_private(self._path, data):
            write_bytes(self._path, data)  # which keeps the mode

    def over(self) -> None:
        with told_as_cannot_write(str(self._path)):
            self._path.unlink(missing_ok=True)
