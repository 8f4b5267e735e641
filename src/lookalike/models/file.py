"""The model file (``.lal``): what a fitted model is made of, and what of the data is in it. No code, no rows.

A container (see `lookalike.models.container`) whose document holds the format and stream versions, the
model's name, the schema, what the model itself knows (``meta``), the hash, provenance, and a plain list of
what of the data is inside.

`digest` is SHA-256 over what determines rows and nothing else: the same fit gives the same hash whoever ran
it, when, and with whichever version that speaks the same ``stream_version``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.errors import BadModelFile, BadSchema, UsageError
from lookalike.models import container, fitted_class
from lookalike.models.base import FittedModel, Json
from lookalike.randomness import STREAM_VERSION
from lookalike.schema import Schema

FORMAT = "lookalike-model"
FORMAT_VERSION = 1

_FIELDS: dict[str, type] = {
    "model": str,
    "hash": str,
    "schema": dict,
    "meta": dict,
    "arrays": dict,
    "provenance": dict,
    "contains": list,
}

_CONTENTS = {
    "categorical": "labels that occur in enough rows, with how often they occur",
    "boolean": "how often each of the two values occurs",
    "numerical": "frequent values and quantiles, clamped away from the extremes",
    "datetime": "frequent moments and quantiles, clamped away from the extremes",
    "timedelta": "frequent durations and quantiles, clamped away from the extremes",
    "constant": "the one value",
    "null": "that it is empty",
    "id": "the pattern, and no value",
    "text": "the shape of the text, and no value",
    "fake": "the shape of the values, and public word lists",
    "drop": "the name alone; it is left out of what is made",
}
"""Column kind, or the action that overrides it → what of such a column every model holds."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A fitted model with its hash, and with facts that stand outside the hash."""

    fitted: FittedModel
    hash: str
    provenance: Mapping[str, Json] = field(default_factory=dict[str, Json])


def digest(fitted: FittedModel) -> str:
    """Hex SHA-256 over what determines the rows of ``fitted``."""
    meta, arrays = fitted.arrays()
    return _digest(_head(fitted.name, fitted.schema.to_dict(), meta), arrays)


def save(stored: Stored, path: str | os.PathLike[str]) -> int:
    """The size in bytes of the file written at ``path``, which appears whole or not at all.

    Raises `CannotWrite` for the disk, `UsageError` for a model whose parts cannot be stored.
    """
    container.write(*_parts(stored), Path(path))
    return Path(path).stat().st_size


def dumps(stored: Stored) -> bytes:
    """The bytes of the model file; `UsageError` for a model whose parts cannot be stored."""
    return container.packed(*_parts(stored))


def _parts(stored: Stored) -> tuple[dict[str, Json], Mapping[str, np.ndarray]]:
    fitted = stored.fitted
    meta, arrays = fitted.arrays()
    document: dict[str, Json] = {"format": FORMAT, "format_version": FORMAT_VERSION, "hash": stored.hash}
    document |= _head(fitted.name, fitted.schema.to_dict(), meta)
    document |= {"provenance": dict(stored.provenance), "contains": contents(fitted)}
    return document, arrays


def load(path: str | os.PathLike[str]) -> Stored:
    """The model in the file; `BadModelFile` when it is not one, is damaged, or is of an unknown version."""
    return _built(Path(path), None)


def loads(data: bytes, name: str) -> Stored:
    """The model in the bytes of a model file, which errors call ``name``; raises what `load` raises."""
    return _built(Path(name), data)


def _built(file: Path, data: bytes | None) -> Stored:
    document, arrays = _checked(file, data)
    try:
        made = fitted_class(document["model"])
    except UsageError as error:
        raise BadModelFile(
            f"The model in it is of a kind that is not known here: {document['model']!r}.",
            hint="Install the package that provides it, or a newer Lookalike.",
            file=str(file),
        ) from error
    try:
        fitted = made.of_arrays(document["meta"], arrays)
    except BadModelFile as error:
        error.file = str(file)
        raise
    except (*container.BROKEN, BadSchema, AttributeError, ArithmeticError) as error:
        raise container.damaged(f"its parts do not fit together ({error!r})", file) from error
    if fitted.schema.to_dict() != document["schema"]:
        raise container.damaged("its schema is not the one the model was fitted with", file)
    return Stored(fitted, document["hash"], document["provenance"])


def inspect(path: str | os.PathLike[str]) -> dict[str, Json]:
    """What the file is and what of the data is inside, as plain values; nothing of the model is built.

    Keys: file, size_bytes, format_version, stream_version, model, hash, schema, settings, provenance,
    contains, arrays. The hash has been checked against the content.
    """
    file = Path(path)
    document, arrays = _checked(file)
    shown: dict[str, Json] = {"file": str(file), "size_bytes": file.stat().st_size}
    for key in ("format_version", "stream_version", "model", "hash", "schema", "provenance", "contains"):
        shown[key] = document[key]
    shown["settings"] = document["meta"].get("settings", {})
    shown["arrays"] = {
        name: {"dtype": array.dtype.str, "shape": list(array.shape), "bytes": array.nbytes}
        for name, array in arrays.items()
    }
    return shown


def contents(fitted: FittedModel) -> list[str]:
    """What of the training data is inside the model, for whoever must decide where it may go.

    Starts from the schema; a model with a method ``contains() -> list[str]`` adds what it alone knows.
    """
    by_kind: dict[str, list[str]] = {}
    for column in fitted.schema:
        kind = column.kind if column.action == "model" else column.action
        by_kind.setdefault(kind, []).append(column.name)
    lines = [f"the names, kinds and formats of {len(fitted.schema)} columns"]
    lines += [f"{_CONTENTS[kind]}: {', '.join(names)}" for kind, names in by_kind.items()]
    own: Any = getattr(fitted, "contains", None)
    if callable(own):
        more: Any = own()
        lines += [str(line) for line in more]
    return [*lines, "no rows and no code"]


def _head(name: str, schema: Json, meta: Json) -> dict[str, Json]:
    return {"stream_version": STREAM_VERSION, "model": name, "schema": schema, "meta": meta}


def _digest(head: Json, arrays: Mapping[str, np.ndarray]) -> str:
    """Framed by lengths, so that no two different models spell the same bytes."""
    sha = hashlib.sha256()

    def add(data: Any) -> None:
        view = memoryview(data)
        sha.update(view.nbytes.to_bytes(8, "little"))
        sha.update(view)

    # through JSON and back: a number as a key, or a tuple, hashes as what a loaded file will hold
    add(container.canonical(json.loads(container.canonical(head))))
    add(container.canonical(container.listing(arrays)))
    for name in sorted(arrays):
        add(np.ascontiguousarray(arrays[name]).reshape(-1).view(np.uint8))
    return sha.hexdigest()


def _checked(file: Path, data: bytes | None = None) -> tuple[dict[str, Json], dict[str, np.ndarray]]:
    """The document and arrays of ``file``: right versions, right fields, and the hash that it states."""
    document, arrays = container.read(file, data)
    if document.get("format") != FORMAT:
        raise container.damaged(f"{container.DOCUMENT} does not say that it is a {FORMAT}", file)
    for key, known in (("format_version", FORMAT_VERSION), ("stream_version", STREAM_VERSION)):
        if document.get(key) != known:
            raise BadModelFile(
                f"This model file has {key} {document.get(key)!r}; version {known} is known here.",
                hint="Install the version of Lookalike that made it; model.json names it under 'provenance'.",
                file=str(file),
            )
    for key, kind in _FIELDS.items():
        if not isinstance(document.get(key), kind):
            raise container.damaged(f"{container.DOCUMENT} has no {key!r} of the right type", file)
    if set(document) != {"format", "format_version", "stream_version", *_FIELDS}:
        raise container.damaged(f"{container.DOCUMENT} has a field that is not known", file)
    if not all(isinstance(line, str) for line in document["contains"]):
        raise container.damaged("'contains' is not a list of sentences", file)
    try:
        Schema.of_dict(document["schema"])
        found = _digest(_head(document["model"], document["schema"], document["meta"]), arrays)
    except (BadSchema, *container.BROKEN) as error:
        raise container.damaged(str(error), file) from error
    if found != document["hash"]:
        raise container.damaged("its content does not have the hash it states", file)
    return document, arrays
