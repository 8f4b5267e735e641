"""Master keys, from a file that is made at first start, or given. They wrap the owners' keys, nothing else.

The file is JSON, readable by its owner alone: ``{"keys": ["base64 of 32 bytes", …]}``, the current one first.
Whoever loses it loses everything that is sealed; whoever has it and the data folder can read everything.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import os
import secrets
import stat
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lookalike.errors import BadInput, CannotWrite, UsageError

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class MasterKey:
    """id: 16 hexadecimal digits that name the key and say nothing of it."""

    key: bytes = field(repr=False)

    @property
    def id(self) -> str:
        return hashlib.sha256(b"lookalike master key id\0" + self.key).hexdigest()[:16]


class MasterKeys(Protocol):
    def current(self) -> MasterKey:
        """The one that wraps."""
        ...

    def find(self, id: str) -> MasterKey | None:  # noqa: A002
        """The one of that name, current or not."""
        ...

    def add(self) -> None:
        """Make a new one current."""
        ...

    def drop_older(self, unused: Callable[[str], bool]) -> None:
        """Forget those before the previous one for which ``unused(id)``."""
        ...


class GivenKeys:
    """Master keys from a setting: base64, separated by commas, the current one first."""

    def __init__(self, text: str) -> None:
        self._keys = [_key_of(part) for part in text.split(",")]

    def current(self) -> MasterKey:
        return self._keys[0]

    def find(self, id: str) -> MasterKey | None:  # noqa: A002
        return next((key for key in self._keys if key.id == id), None)

    def add(self) -> None:
        raise UsageError(
            "The master key is given by a setting, so it is there that it must be changed.",
            hint="Put the new key before the old one, with a comma; start again, and rotate then.",
        )

    def drop_older(self, unused: Callable[[str], bool]) -> None:
        pass


class KeyFile:
    """Master keys in the file at ``path``, made when it is not there. What other processes change is seen."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._keys: list[MasterKey] = []
        if not self._path.exists():
            self._make()
        self._load()

    def current(self) -> MasterKey:
        return self._load()[0]

    def find(self, id: str) -> MasterKey | None:  # noqa: A002
        return next((key for key in self._load() if key.id == id), None)

    def add(self) -> None:
        self._replace([MasterKey(secrets.token_bytes(KEY_BYTES)), *self._load()])

    def drop_older(self, unused: Callable[[str], bool]) -> None:
        keys = self._load()
        self._replace([*keys[:2], *(key for key in keys[2:] if not unused(key.id))])

    def _load(self) -> list[MasterKey]:
        """The keys, read again when the file is another one than before."""
        try:
            status = self._path.stat()
            now = (status.st_ino, status.st_mtime_ns)
            with self._lock:
                if now != self._seen:
                    if os.name != "nt" and stat.S_IMODE(status.st_mode) & stat.S_IRWXO:
                        raise BadInput(
                            f"Everybody on this machine can read the key file {self._path}.",
                            hint=f"chmod 600 {self._path}",
                        )
                    self._keys, self._seen = _keys_of(self._path), now
                return self._keys
        except OSError as error:
            raise BadInput(
                f"Cannot read the key file {self._path}: {error.strerror}.",
                hint="Put it back; without it nothing that is stored can be read.",
            ) from error

    def _make(self) -> None:
        """A new file, unless another process is faster."""
        part = self._written([MasterKey(secrets.token_bytes(KEY_BYTES))])
        try:
            with contextlib.suppress(FileExistsError):
                os.link(part, self._path)  # unlike a rename, a link never replaces
        except OSError as error:
            raise _cannot(self._path, error) from error
        finally:
            part.unlink(missing_ok=True)

    def _replace(self, keys: Sequence[MasterKey]) -> None:
        part = self._written(keys)
        try:
            part.replace(self._path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise _cannot(self._path, error) from error

    def _written(self, keys: Sequence[MasterKey]) -> Path:
        """A file beside the one to be, whole, durable, and for its owner alone."""
        part = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}.part")
        text = json.dumps({"keys": [base64.b64encode(key.key).decode() for key in keys]})
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            part.unlink(missing_ok=True)
            raise _cannot(self._path, error) from error
        return part


def _keys_of(path: Path) -> list[MasterKey]:
    try:
        keys = [_key_of(text) for text in json.loads(path.read_text())["keys"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _no_keys(path) from error
    if not keys:
        raise _no_keys(path)
    return keys


def _no_keys(path: Path) -> BadInput:
    return BadInput(f"{path} is not a key file.", hint="Put back the one that belongs to this data folder.")


def _key_of(text: str) -> MasterKey:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        hint = "Make one: python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"
        raise UsageError(f"A master key is base64 of {KEY_BYTES} bytes.", hint=hint)
    return MasterKey(key)


def _cannot(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(f"Cannot write the key file {path}: {error.strerror}.", file=str(path))
