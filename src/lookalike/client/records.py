"""Records of a service: documents, write jobs, what they made; and providers, for admins."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lookalike.client.downloads import fetched
from lookalike.client.nouns import Jobs, Noun, Watched, camel, sent
from lookalike.client.transport import Json

_PIECE_BYTES = 1 << 20


class Records(Watched):
    """Write jobs by their ids, and the search over all records."""

    path = "/api/records/jobs"

    def upload(self, file: str | os.PathLike[str], *, name: str | None = None) -> Json:
        """The document, for one job. Its name's ending says what it is."""
        return sent(self._transport, "/api/records/documents", Path(file), {"name": name or Path(file).name})

    def documents(self) -> Iterator[Json]:
        """Your documents that wait for a job, or for the end of one."""
        return self._pages("/api/records/documents", {})

    def drop(self, document_id: str) -> None:
        """Delete a document that no job is made of."""
        self._transport.json("DELETE", f"/api/records/documents/{quote(document_id, safe='')}")

    def write(
        self,
        spec: str,
        records: int,
        *,
        documents: Sequence[str] = (),
        cut: Mapping[str, Any] | None = None,
        **asked: Any,
    ) -> Json:
        """The job that writes ``records`` records by a spec's text.

        documents: ids of uploads. cut: size, overlap, unit of passages. ``asked``: dataset_id, model_id,
        candidates, index, name.
        """
        body: dict[str, Any] = {"spec": spec, "records": records, **camel(asked)}
        body |= {"documents": list(documents)} if documents else {}
        body |= {} if cut is None else {"cut": dict(cut)}
        return self._transport.json("POST", self.path, body=body, create=True)

    def rehearse(
        self,
        spec: str,
        records: int,
        rows: int = 3,
        *,
        documents: Sequence[str] = (),
        cut: Mapping[str, Any] | None = None,
        **asked: Any,
    ) -> Json:
        """A rehearsal of the job that `write` would make: ``rows`` of its records, written to be seen.

        `rehearsal` says how it is; it has ended when its state is completed, failed or cancelled.
        """
        body: dict[str, Any] = {"spec": spec, "records": records, "rows": rows, **camel(asked)}
        body |= {"documents": list(documents)} if documents else {}
        body |= {} if cut is None else {"cut": dict(cut)}
        return self._transport.json("POST", "/api/records/rehearsals", body=body, create=True)

    def rehearsal(self, id: str) -> Json:  # noqa: A002
        """A rehearsal: once completed with prompts, answers and what all would cost."""
        return self._transport.json("GET", f"/api/records/rehearsals/{quote(id, safe='')}")

    def models(self) -> list[Json]:
        """The language models that a spec may name."""
        return self._transport.json("GET", "/api/records/models")

    def find(
        self,
        text: str | None = None,
        *,
        job_id: str | None = None,
        status: Sequence[str] = ("accepted",),
        fields: Mapping[str, str] | None = None,
        order: str | None = None,
    ) -> Iterator[Json]:
        """Records, page by page: those with these words, of this job, in these states, with these fields.

        order: ``relevance``, which is what a search for words goes by if none is said, or ``id``.
        """
        asked: dict[str, Any] = {"text": text, "jobId": job_id, "status": list(status), "order": order}
        asked["field"] = [f"{name}={value}" for name, value in (fields or {}).items()]
        return self._pages("/api/records", asked)

    def failures(self, id: str) -> Iterator[Json]:  # noqa: A002
        """The candidates that were refused, and why."""
        return self._pages(self._at(id, "failures"), {})

    def retry(
        self,
        id: str,  # noqa: A002
        *,
        tokens: int | None = None,
        money: float | None = None,
        time_s: float | None = None,
    ) -> Json:
        """The job, which asks again for what is missing; under these caps, if any, over all its runs.

        `UsageError` says what was spent where that is more.
        """
        if caps := camel({"tokens": tokens, "money": money, "time_s": time_s}):
            return self._transport.json("POST", self._at(id, "caps"), body=caps)
        return super().retry(id)

    def retry_failures(self, id: str, failures: Sequence[str] | None = None) -> Json:  # noqa: A002
        """The job, which asks again for the records that these failures were to be; None: for all missing."""
        body = {} if failures is None else {"ids": list(failures)}
        return self._transport.json("POST", self._at(id, "failures", "retry"), body=body)

    def download_failures(
        self,
        id: str,  # noqa: A002
        path: str | os.PathLike[str],
        *,
        tries: int = 5,
    ) -> Path:
        """The path of all that was refused, as JSON Lines; fetched as by `download`."""
        return self._saved(self._at(id, "failures", "download"), {}, path, tries)

    def download(
        self,
        id: str,  # noqa: A002
        path: str | os.PathLike[str],
        *,
        tries: int = 5,
        **asked: Any,
    ) -> Path:
        """The path of the records as a file. ``asked``: format, prompt, answer, system, input, provenance.

        Of a job that has ended, what breaks off goes on where it was, and the SHA-256 is held against what
        the service says; the first who asks for a file waits until it is made. Of one that goes on, it is
        what there is at this moment, in one go.
        """
        return self._saved(self._at(id, "download"), camel(asked), path, tries)

    def download_cassette(
        self,
        id: str,  # noqa: A002
        path: str | os.PathLike[str],
        *,
        tries: int = 5,
    ) -> Path:
        """The path of all answers that the job's models gave, which a provider can play again; fetched as by
        `download`."""
        return self._saved(self._at(id, "cassette"), {}, path, tries)

    def _saved(self, at: str, query: Mapping[str, Any], path: str | os.PathLike[str], tries: int) -> Path:
        with self._transport.open("HEAD", at, query=query, again=True) as said:
            sha256 = (said.headers["ETag"] or "").strip('"')
        if sha256:
            fetched(self._transport, at, query, Path(path), sha256, tries)
            return Path(path)
        part = Path(f"{os.fspath(path)}.part")
        with self._transport.open("GET", at, query=query) as answer, part.open("wb") as out:
            while piece := answer.read(_PIECE_BYTES):
                out.write(piece)
        return part.replace(path)

    def rename(self, id: str, name: str) -> Json:  # noqa: A002
        return Jobs(self._transport).rename(id, name)

    def delete(self, id: str, *, cascade: bool = False) -> Json:  # noqa: A002
        """What was deleted: the job, its records, and what was read of its documents."""
        return Jobs(self._transport).delete(id, cascade=cascade)

    def cancel(self, id: str) -> Json:  # noqa: A002
        return Jobs(self._transport).cancel(id)

    def _pages(self, path: str, asked: Mapping[str, Any]) -> Iterator[Json]:
        after = None
        while True:
            page = self._transport.json("GET", path, query={**asked, "after": after})
            yield from page["items"]
            after = page["next"]
            if after is None:
                return


class Providers(Noun):
    """The language models that specs may name, for admins."""

    path = "/api/providers"

    def create(self, alias: str, kind: str, **settings: Any) -> Json:
        """The provider. ``settings``: url, model, key or key_env, price_input, price_output and so on."""
        body = {"alias": alias, "kind": kind, **camel(settings)}
        return self._transport.json("POST", self.path, body=body, create=True)

    def change(self, id: str, **settings: Any) -> Json:  # noqa: A002
        return self._transport.json("PATCH", self._at(id), body=camel(settings))

    def play(self, id: str, file: str | os.PathLike[str]) -> Json:  # noqa: A002
        """The provider, whose calls are answered from the cassette in ``file`` from now on."""
        headers = {"Content-Type": "application/octet-stream"}
        data = Path(file).read_bytes()
        with self._transport.open("PUT", self._at(id, "cassette"), data=data, headers=headers) as answer:
            return json.loads(answer.read())

    def call(self, id: str) -> Json:  # noqa: A002
        """The provider, which is called again; its cassette is deleted."""
        return self._transport.json("DELETE", self._at(id, "cassette"))
