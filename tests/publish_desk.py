"""A desk on which generations are published: to the local store, or to a node of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jobs_desk import Desk, table
from lookalike.clock import Clock
from lookalike.jobs.confirming import Confirming
from lookalike.jobs.model import Job
from lookalike.jobs.publications import Wanted, publication_id, submit_publish
from lookalike.jobs.work import Limits, Worker
from lookalike.publish.places import Places
from lookalike.stores.documents import Doc

FOREVER: dict[str, Any] = {"where": "ipfs", "forever": True}


class PublishDesk(Desk):
    """A `Desk` whose workers know ``places``."""

    def __init__(self, folder: Path, clock: Clock | None = None, **places: Any) -> None:
        super().__init__(folder, clock)
        self.places = Places(timeout_s=5, **places)
        self.confirming = Confirming(
            self.stores, self.ledger, self.places, lambda pool: None, confirm_s=10, again_s=100
        )

    def worker(self, name: str = "w1", beat_s: float = 0.05) -> Worker:
        limits = Limits(beat_s)
        return Worker(self.stores, self.ledger, pool="default", name=name, limits=limits, places=self.places)

    def generation(self, rows: int = 120, **options: Any) -> Job:
        """A generation with its file."""
        fitted = self.fit(table())
        self.work()
        job = self.generate(fitted, rows, **options)
        self.work()
        self.tidy()
        return self.job(job)

    def publish(self, generation: Job, **wanted: Any) -> Doc:
        """The publication's document, its job waiting for a worker."""
        return submit_publish(self.stores, self.ledger, self.job(generation), Wanted(by="user_1", **wanted))

    def publication(self, generation: Job, where: str = "local") -> Doc:
        doc = self.stores.documents.get("publication", publication_id(generation.id, where))
        assert doc is not None
        return doc

    def manifest(self, generation: Job, where: str = "local") -> bytes:
        """The signed manifest that a publication ended with."""
        job = self.ledger.job(publication_id(generation.id, where))
        assert job.result is not None
        return b"".join(self.stores.sealed(job.output).read(job.result["blobs"]["manifest"]))


def doing(folder: Path, what: str, generation: str, fault: str, **places: str) -> int:
    """How a process ended that does ``what`` at a desk in ``folder``, with a fault planted."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent), "LOOKALIKE_FAULT": fault}
    command = [sys.executable, "-m", "publish_desk", what, str(folder), generation, json.dumps(places)]
    return subprocess.run(command, env=environment, check=False).returncode


def main(arguments: Sequence[str]) -> None:
    """``publish|work|confirm FOLDER GENERATION PLACES``"""
    what, folder, generation, places = arguments
    desk = PublishDesk(Path(folder), **json.loads(places))
    if what == "publish":
        desk.publish(desk.ledger.job(generation))
    elif what == "work":
        desk.work("w9", beat_s=3600)
    else:
        for _ in range(3):
            desk.confirming.tick()
    desk.close()


if __name__ == "__main__":
    main(sys.argv[1:])
