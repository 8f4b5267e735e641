"""The compiled loops, ready to use: where numba keeps them, and the one line that says it compiles.

Kernels are cached under ``LOOKALIKE_CACHE/numba`` (default: the user's cache folder), in a folder named by a
hash of their sources; where that cannot be written, in a temporary one, with a warning.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import tempfile
import threading
import warnings
from pathlib import Path
from types import ModuleType

_SOURCES = ("_id_kernels.py", "_tree_kernels.py", "_draw_kernels.py")
_lock = threading.Lock()


def sources() -> tuple[Path, ...]:
    """All files with loops that are compiled, those of `lookalike.quality` too."""
    here = Path(__file__).parent
    return (*(here / name for name in _SOURCES), here.parent / "quality" / "_kernels.py")


def cache_folder() -> Path:
    """The folder of the compiled kernels of these sources; not made here."""
    named = os.environ.get("LOOKALIKE_CACHE")
    base = (
        Path(named)
        if named
        else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "lookalike"
    )
    digest = hashlib.sha256()
    for source in _SOURCES:
        digest.update(Path(__file__).with_name(source).read_bytes())
    return base / "numba" / digest.hexdigest()[:16]


def tree_kernels() -> ModuleType:
    """The module `_tree_kernels`, with its cache in place. Says on standard error when it has to compile."""
    return _ready("lookalike.models._tree_kernels")


def draw_kernels() -> ModuleType:
    """The module `_draw_kernels`, likewise."""
    return _ready("lookalike.models._draw_kernels")


def place_cache() -> bool:
    """Let what this process compiles be kept there, whichever module is the first to be; False if it cannot.

    For processes that are ours alone, and before numba is imported: it is said by an environment variable.
    """
    if "NUMBA_CACHE_DIR" not in os.environ and (folder := _writable(cache_folder())) is not None:
        os.environ["NUMBA_CACHE_DIR"] = str(folder)
    return "NUMBA_CACHE_DIR" in os.environ


def _ready(name: str) -> ModuleType:
    with _lock:
        if "lookalike.models._tree_kernels" not in sys.modules:  # the other kernels import it
            _place_cache()
        return importlib.import_module(name)


def _place_cache() -> None:
    if "NUMBA_CACHE_DIR" in os.environ or os.environ.get("NUMBA_DISABLE_JIT") == "1":
        return
    wished = cache_folder()
    folder = _writable(wished)
    if folder is None:
        warnings.warn(
            f"Compiled code cannot be kept in {wished}; it is compiled anew in each process. Set "
            "LOOKALIKE_CACHE to a folder that can be written.",
            RuntimeWarning,
            stacklevel=3,
        )
        folder = Path(tempfile.mkdtemp(prefix="lookalike-numba-"))
    import numba

    numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
    if not any(folder.rglob("*.nbi")):
        print("Compiling the kernels, once (about 10 s) …", file=sys.stderr, flush=True)  # noqa: T201


def _writable(folder: Path) -> Path | None:
    """The folder, made if need be; None when nothing can be put into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None
