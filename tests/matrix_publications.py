"""The operations about publications, and the gateway, which is open to anybody."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from fitted import copied, end, generated, made, signed_in, work
from lookalike.publish.consent import SENTENCE
from matrix import Cell, Entry, Sent

SEEDS = itertools.count(1)


def _path(cell: Cell, **more: str) -> dict[str, str]:
    return {"generation_id": made(cell.desk, cell.owner).generation, **more}


def _published(cell: Cell, where: str = "local") -> Sent:
    """What was made is in the local store."""
    generation = made(cell.desk, cell.owner).generation
    _publish(cell, generation)
    return Sent(path={"generation_id": generation, "where": where})


def _encrypted(cell: Cell) -> Sent:
    """A ciphertext in the local store, of a generation of its own."""
    generation = generated(signed_in(cell.desk, cell.owner), *_model(cell), rows=20, seed=next(SEEDS))
    end(cell.desk, generation)
    _publish(cell, generation, encrypt=True)
    return Sent(path={"generation_id": generation, "where": "local"})


def _publish(cell: Cell, generation: str, **asked: Any) -> None:
    """Publish it in the local store, and see it there, whoever did the work."""
    client = signed_in(cell.desk, cell.owner)
    base = f"/api/generation/{generation}"
    answer = client.post(f"{base}/publish", json=asked)
    assert answer.status_code == 202, answer.text
    while client.get(f"{base}/publications").json()["items"][0]["state"] in ("pending", "sent"):
        work(cell.desk)
        threading.Event().wait(0.02)


def _model(cell: Cell) -> tuple[str, str]:
    known = made(cell.desk, cell.owner)
    return known.job, known.model


def _pending(cell: Cell) -> Sent:
    """A publication that nobody has begun to work on, of a generation of its own."""
    generation = copied(cell.desk, "job", made(cell.desk, cell.owner).generation)
    client = signed_in(cell.desk, cell.owner)
    assert client.post(f"/api/generation/{generation}/publish", json={}).status_code == 202
    return Sent(path={"generation_id": generation, "where": "local"})


def _cid(cell: Cell) -> Sent:
    sent = _published(cell)
    client = signed_in(cell.desk, cell.owner)
    items = client.get(f"/api/generation/{sent.path['generation_id']}/publications").json()["items"]
    return Sent(path={"cid": items[0]["address"]})


def _of(**sent: Any) -> Callable[[Cell], Sent]:
    return lambda cell: Sent(path=_path(cell), **sent)


ENTRIES = {
    "quotePublication": Entry(ok=200, role="editor", reach="write", owned=True, make=_of()),
    "publishGeneration": Entry(
        ok=202, role="editor", reach="write", owned=True, make=_of(json={"consent": SENTENCE})
    ),
    "listPublications": Entry(ok=200, role="viewer", owned=True, make=_of()),
    "cancelPublication": Entry(ok=200, role="editor", reach="write", owned=True, make=_pending),
    "takeBackPublication": Entry(ok=204, role="editor", reach="write", owned=True, make=_published),
    "getPublicationManifest": Entry(ok=200, role="viewer", owned=True, make=_published),
    "getPublicationKey": Entry(ok=200, role="editor", reach="write", owned=True, make=_encrypted),
    "destroyPublicationKey": Entry(ok=204, role="editor", reach="write", owned=True, make=_encrypted),
    "getPublished": Entry(ok=200, role=None, make=_cid),
}
