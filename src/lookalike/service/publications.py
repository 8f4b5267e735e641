"""Publications for the service: who may begin which, what it says of them, and how one is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from lookalike.errors import ConsentNeeded, Forbidden, NotFound, UsageError, WrongState
from lookalike.jobs import ciphertexts, publications
from lookalike.jobs.checking import check_id
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import ENDED, Job, Json
from lookalike.jobs.publications import Wanted, publication_id
from lookalike.jobs.publishing import (
    STORE,
    checked,
    said_of,
    sent_info,
    shown_name,
    signed_manifest,
    stored_file,
)
from lookalike.publish.age_keys import Identity
from lookalike.publish.base import FileInfo, Quote
from lookalike.publish.cid import Cid
from lookalike.publish.consent import SENTENCE, allow, refused, verdict
from lookalike.publish.consent import Consent as Given
from lookalike.publish.local import LocalPublisher
from lookalike.publish.manifest import media_type
from lookalike.publish.places import Places, open_place
from lookalike.service.scope import ROLES, Scope
from lookalike.stores.documents import Doc, In
from lookalike.stores.opened import Stores
from lookalike.tables.canonical_json import dumps


@dataclass(frozen=True, slots=True)
class Shelved:
    """A file that the local store shows: its publication, the store, and the CID that it is kept under."""

    doc: Doc
    store: LocalPublisher
    cid: Cid
    size_bytes: int
    media_type: str
    name: str


class Publications:
    """What people publish from ``stores``, to ``places``."""

    def __init__(self, stores: Stores, ledger: Ledger, places: Places) -> None:
        self._stores = stores
        self._ledger = ledger
        self._places = places
        self._documents = ledger.documents

    def wanted(
        self,
        scope: Scope,
        *,
        where: publications.Where,
        licence: str | None,
        keep_local: bool,
        consent: str | None,
        override: str | None,
        encrypt: bool = False,
        cid_version: Literal[0, 1] = 1,
    ) -> Wanted:
        """What was asked for, with the consent as it was given; `Forbidden` to override for who may not,
        `UsageError` for a CID of version 0 where nothing goes by a CID."""
        if cid_version == 0 and where == "arweave":
            raise UsageError("What is on Arweave goes by no CID.", hint="Leave cidVersion out.")
        if consent is not None and consent.strip() != SENTENCE:
            raise ConsentNeeded("The consent is not the sentence that says it.", hint=f"It is: {SENTENCE}")
        if override is not None and ROLES.index(scope.user.role) < ROLES.index("admin"):
            raise Forbidden("Only an admin may override a refusal by the gate.", hint="Ask an administrator.")
        return Wanted(
            where=where,
            licence=licence,
            keep_local=keep_local,
            forever=consent is not None,
            override=override,
            by=scope.user.id,
            encrypt=encrypt,
            cid_version=cid_version,
        )

    def begin(self, generation: Job, wanted: Wanted) -> Doc:
        """The publication, begun, or the one that there is. What may not begin is refused here, at once."""
        known = self._documents.get("publication", publication_id(generation.id, wanted.where))
        if known is None or self.state(known) in ("failed", "cancelled"):
            quote = self.quote(generation, wanted.where, encrypt=wanted.encrypt)
            if quote.forever and self._is_being_checked(generation):
                raise WrongState(
                    "The report on these rows is not there yet.",
                    hint="Wait for it: what cannot be taken back goes with the gate's answer.",
                )
            answer = checked(self._stores, self._ledger, generation)
            allow(quote, answer, Given(wanted.forever, wanted.override))
        return publications.submit_publish(self._stores, self._ledger, generation, wanted)

    def allow_wish(self, wanted: Wanted) -> None:
        """Return when a publication may be asked for together with the rows; `ConsentNeeded`."""
        if wanted.where != "local" and not wanted.forever:
            raise ConsentNeeded(
                f"What is published to {wanted.where} may be read by anybody, for ever.",
                hint=f"Consent with the sentence: {SENTENCE}",
            )

    def quote(self, generation: Job, where: str, *, encrypt: bool = False) -> Quote:
        """What publishing it there would mean and cost. The place may be asked."""
        own = publication_id(generation.id, where)
        info = said_of(generation)
        if self._documents.get("publication", own) is None:  # who asks again need not have the file any more
            info = stored_file(self._stores, generation).info
        place = open_place(where, self._places, self._stores.sealed(own), f"{own}/{STORE}")
        return place.quote(sent_info(info, encrypt=encrypt))

    def verdict(self, generation: Job) -> tuple[str, bool]:
        """What the gate said of the rows, as a sentence; whether it refused them."""
        answer = checked(self._stores, self._ledger, generation)
        return verdict(answer), refused(answer)

    def of(self, generations: list[str]) -> dict[str, list[Doc]]:
        """The publications of each generation, in one look."""
        found: dict[str, list[Doc]] = {}
        if generations:
            for doc in self._documents.find("publication", {"of": In(*generations)}, limit=1000):
                found.setdefault(doc["of"], []).append(doc)
        return found

    def one(self, generation: Job, where: str) -> Doc:
        """The publication of a generation in a place; `NotFound` when there is none."""
        doc = self._documents.get("publication", publication_id(generation.id, where))
        if doc is None:
            raise NotFound("It was not published there.", hint="GET its publications to see where it was.")
        return doc

    def state(self, doc: Doc) -> publications.State:
        return publications.shown_state(self._documents, doc)

    def problem(self, doc: Doc) -> Json:
        return publications.problem_of(self._documents, doc)

    def cancel(self, own: str) -> Doc:
        return publications.cancel(self._ledger, own)

    def take_back(self, generation: Job) -> None:
        """Empty the local store of it, as if it had never been published there."""
        publications.forget(self._stores, self._ledger, self.one(generation, "local")["id"])

    def identity(self, generation: Job, where: str) -> Identity:
        """What opens the ciphertext that was published there; `NotFound` when there is none, or no more."""
        return ciphertexts.shown_identity(self._stores, self.one(generation, where))

    def destroy_identity(self, generation: Job, where: str) -> None:
        """Let nobody open what was published there. Again is fine."""
        doc = self.one(generation, where)
        ciphertexts.destroy_identity(self._stores, doc, self._ledger.clock.now_us())

    def manifest(self, generation: Job) -> bytes:
        """The signed manifest: that of the newest publication, else one that is signed now."""
        docs = sorted(self.of([generation.id]).get(generation.id, []), key=lambda doc: doc["sent_us"] or 0)
        for doc in reversed(docs):
            found = self.published_manifest(doc)
            if found is not None:
                return found
        return dumps(signed_manifest(self._stores, self._ledger, generation, None))

    def published_manifest(self, doc: Doc) -> bytes | None:
        """The signed manifest of a publication; None as long as it is on its way."""
        job = self._documents.get("job", doc["id"])
        if job is None or job["state"] != "completed" or doc["state"] not in ("sent", "final"):
            return None
        return b"".join(self._stores.sealed(doc["id"]).read(job["result"]["blobs"]["manifest"]))

    def shelved(self, text: str) -> Shelved:
        """What the local store shows under a CID, whoever's it is; `NotFound` for all else."""
        missing = NotFound("Nothing is published under this address here.")
        for field in ("cid", "cid_small", "cid_v0"):
            docs = self._documents.find("publication", {field: text, "state": "final"}, limit=1)
            if docs:
                break
        else:
            raise missing
        doc = docs[0]
        store = LocalPublisher(self._stores.sealed(doc["id"]), f"{doc['id']}/{STORE}")
        kept = Cid.of_text(doc["receipt"]["address"])
        size = store.size_bytes(kept)
        found = self._documents.get("job", doc["of"])
        if size is None or found is None:
            raise missing
        generation = Job.of_doc(found)
        plain = FileInfo(
            name=shown_name(generation), size_bytes=0, sha256="", media_type=media_type(generation.request)
        )
        sent = sent_info(plain, encrypt=bool(doc["wanted"].get("encrypt")))
        return Shelved(doc, store, kept, size, sent.media_type, sent.name)

    def link(self, doc: Doc) -> str | None:
        """The best link to what was published; None as long as it is on its way. A path: of this service."""
        if doc["receipt"] is None or doc["state"] not in ("sent", "final"):
            return None
        links: list[Any] = doc["receipt"]["links"]
        return links[0] if links else f"/ipfs/{doc['receipt']['address']}"

    def _is_being_checked(self, generation: Job) -> bool:
        check = self._documents.get("job", check_id(generation))
        return check is not None and check["state"] not in ENDED
