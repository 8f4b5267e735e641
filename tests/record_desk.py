"""A service with people, a provider and a worker in this process: write jobs from the request to the file."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jobs_desk import CANARY
from lookalike.jobs import tidy
from lookalike.jobs.model import Job
from lookalike.jobs.sources import drop_documents
from lookalike.jobs.sweep import Patience, Sweeper
from lookalike.jobs.work import Limits, Worker
from lookalike.sandbox.process import Bounds, Sandbox
from service_desk import ServiceDesk

SPEC = """
columns:
  topic: {sampler: category, values: [rivers, deltas, seas], keep: true}
  question: {text: "Ask about {{ topic }}.", model: fast}
"""
FROM_DOCUMENTS = """
columns:
  passage: {seed: documents, keep: false}
  question: {text: "Ask about: {{ passage.text }}", model: fast}
  file: {expression: "passage.source.file"}
"""


class RecordDesk:
    """An admin, an owner, and whatever they make. url: of the provider ``fast``."""

    def __init__(self, folder: Path, url: str | None = None, **settings: Any) -> None:
        self.service = ServiceDesk(folder, **{"writes": 10**6, **settings})
        self.stores = self.service.backends.stores
        self.ledger = self.service.backends.ledger
        self.admin = self.service.person("admin")
        self.owner = self.service.person("editor")
        self.sandbox = Sandbox(Bounds(memory_mb=1024, seconds=60))
        self.sweeper = Sweeper(self.ledger, self.after, Patience(retries_s=(0.0, 0.0, 0.0)))
        if url is not None:
            self.provider(url)

    def provider(self, url: str, alias: str = "fast", **more: Any) -> dict[str, Any]:
        """A provider at ``url``, which is on this machine."""
        body = {"alias": alias, "kind": "openai", "url": url, "model": "stand-in", "allowPrivate": True}
        body |= {"priceInput": 1.0, "priceOutput": 2.0, "concurrency": 8, **more}
        answer = self.admin.client.post("/api/providers", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def upload(self, name: str, data: bytes) -> str:
        answer = self.owner.client.post("/api/records/documents", params={"name": name}, content=data)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def ask(self, spec: str = SPEC, records: int = 5, **more: Any) -> Any:
        """The answer to a submitted job."""
        return self.owner.client.post("/api/records/jobs", json={"spec": spec, "records": records, **more})

    def submit(self, spec: str = SPEC, records: int = 5, **more: Any) -> str:
        answer = self.ask(spec, records, **more)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def shown(self, job_id: str) -> dict[str, Any]:
        answer = self.owner.client.get(f"/api/records/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def job(self, job_id: str) -> Job:
        return self.ledger.job(job_id)

    def after(self, job: Job) -> None:
        drop_documents(self.stores, job)
        tidy.clean(self.stores, job)

    def worker(self, name: str = "w1") -> Worker:
        return Worker(
            self.stores, self.ledger, pool="default", name=name, limits=Limits(0.05), sandbox=self.sandbox
        )

    def work(self, name: str = "w1") -> None:
        """Do, and sweep, until nothing is left to be done."""
        worker = self.worker(name)
        while worker.step() or self.sweeper.sweep():
            pass

    def spawn(self, name: str, fault: str | None = None) -> subprocess.Popen[bytes]:
        """A worker in a process of its own, which ends when there is nothing left to do."""
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
        environment.pop("LOOKALIKE_FAULT", None)
        if fault is not None:
            environment["LOOKALIKE_FAULT"] = fault
        command = [sys.executable, "-m", "record_desk", str(self.service.folder), name]
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)

    def records(self, job_id: str) -> list[dict[str, Any]]:
        """The accepted records by search, all pages."""
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"jobId": job_id, "limit": 100}
        while True:
            answer = self.owner.client.get("/api/records", params=asked)
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            if answer.json()["next"] is None:
                return found
            asked["after"] = answer.json()["next"]

    def close(self) -> None:
        self.service.close()


def canary_text(sentences: int = 40) -> bytes:
    """A document with a canary in it."""
    lines = [f"The {CANARY} number {i} carries silt past the mill. It is slow." for i in range(sentences)]
    return "\n\n".join(lines).encode()


def main(arguments: Sequence[str]) -> None:
    folder, name = arguments
    desk = RecordDesk.__new__(RecordDesk)
    desk.service = ServiceDesk(Path(folder))
    desk.stores, desk.ledger = desk.service.backends.stores, desk.service.backends.ledger
    desk.sandbox = Sandbox(Bounds(memory_mb=1024, seconds=60))
    desk.sweeper = Sweeper(desk.ledger, desk.after, Patience(retries_s=(0.0, 0.0, 0.0)))
    until = time.monotonic() + 60
    while time.monotonic() < until and desk.stores.documents.count("job", {"clean": "due"}):
        desk.work(name)
    desk.close()


if __name__ == "__main__":
    main(sys.argv[1:])
