"""A file's ciphertext beside it, and the key beside that: ``FILE.age`` and ``FILE.key``.

The key is there before the first encrypted byte, and is never replaced; what was encrypted before is used
again as long as it opens to this very file, so that publishing twice publishes the same bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lookalike.errors import BadInput, Damaged
from lookalike.publish.age import decrypted, encrypted
from lookalike.publish.age_keys import Identity, read_identity, write_identity
from lookalike.publish.base import FileInfo, FileReader
from lookalike.tables.atomic import open_sink
from lookalike.watch import Watch, check


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """path: of the age file; key: of the file with what opens it, which only its owner may read."""

    path: Path
    key: Path


def encrypt_beside(path: Path, sha256: str, *, watch: Watch) -> Ciphertext:
    """The ciphertext of the file at ``path``, whose hex SHA-256 is known, made now if it is not there.

    `BadInput`, `UsageError` for a key file that cannot be used, `CannotWrite`, `Cancelled`.
    """
    found = Ciphertext(Path(f"{path}.age"), Path(f"{path}.key"))
    if found.key.exists():
        identity = read_identity(found.key)
    else:
        identity = Identity.new()
        write_identity(identity, found.key)
    if not _opens_to(found.path, identity, sha256, watch):
        with open_sink(found.path) as sink:
            for piece in encrypted(identity.recipient, _pieces(path, watch)):
                sink.write(piece)
    return found


def _opens_to(path: Path, identity: Identity, sha256: str, watch: Watch) -> bool:
    """Whether this is the ciphertext of that file, for that key."""
    found = hashlib.sha256()
    with contextlib.suppress(BadInput, Damaged):
        if path.is_file():
            for piece in decrypted(identity, _pieces(path, watch)):
                found.update(piece)
            return found.hexdigest() == sha256
    return False


def _pieces(path: Path, watch: Watch) -> Iterator[bytes]:
    try:
        size = path.stat().st_size
    except OSError as problem:
        raise BadInput(f"Cannot read {path}: {problem.strerror}.", file=str(path)) from problem
    for piece in FileReader(path, FileInfo(name=path.name, size_bytes=size, sha256="")).read():
        check(watch)
        yield piece
