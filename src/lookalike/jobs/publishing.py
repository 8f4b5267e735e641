"""The publish task: a generation's sealed file → a place, and a signed manifest that says so.

Whatever it is killed at, another attempt goes on from what the publication's document says: nothing is
published or paid for twice. When the place is reached, the document has the receipt before the ledger has the
task's result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lookalike import faults
from lookalike.errors import Cancelled, NotFound, WrongState
from lookalike.jobs.checking import check_id
from lookalike.jobs.ciphertexts import cipher_digests, with_ciphertext
from lookalike.jobs.heart import Heart
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import Job, Json, Lease, TaskResult
from lookalike.jobs.publications import Fence, Wanted
from lookalike.jobs.spending import set_aside
from lookalike.jobs.submit import file_name
from lookalike.publish.age import MEDIA_TYPE as AGE_TYPE
from lookalike.publish.age import encrypted_bytes
from lookalike.publish.base import FileInfo, Quote, Receipt
from lookalike.publish.cid import Cid
from lookalike.publish.consent import Consent, allow, refused
from lookalike.publish.dag import LAYOUT_V0
from lookalike.publish.digests import LAYOUTS, Digests, digests_of
from lookalike.publish.manifest import Claims, checked_of, media_type, published, sign
from lookalike.publish.places import Places, open_place
from lookalike.publish.signing import Signer
from lookalike.stores.documents import Doc
from lookalike.stores.keys import Keys
from lookalike.stores.opened import Stores
from lookalike.stores.sealed import Sealed
from lookalike.tables.canonical_json import dumps

SIGNER = "signer"
"""Under this id `Keys` keeps the seed of the key that an installation signs manifests with."""
STORE = "ipfs"
"""Within a publication's blobs: what the local store keeps."""


def house_signer(keys: Keys) -> Signer:
    """The key that this installation signs manifests with: made at first use, sealed, and always the same."""
    keys.create(SIGNER)
    return Signer(keys.key(SIGNER))


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A generation's sealed file as a `lookalike.publish.base.BlobReader`."""

    info: FileInfo
    store: Sealed
    key: str

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return self.store.read(self.key, start, stop)


def stored_file(stores: Stores, generation: Job) -> StoredFile:
    """The file of a generation; `WrongState` when it is not here, or not any more."""
    result = generation.result or {}
    if "file" not in result.get("blobs", {}):
        raise WrongState("The file of this generation is not here.")
    return StoredFile(said_of(generation), stores.sealed(generation.output), result["blobs"]["file"])


def said_of(generation: Job) -> FileInfo:
    """What is said of the file of a completed generation, whether it is still here or not."""
    result = generation.result or {}
    return FileInfo(
        name=shown_name(generation),
        size_bytes=result["size_bytes"],
        sha256=result["sha256"],
        media_type=media_type({"format": result["format"], "compression": result["compression"]}),
        tags={"Rows": str(result["rows"]), "Model-Hash": str(generation.request["model_sha256"])},
    )


def shown_name(generation: Job) -> str:
    """What the file is called: the generation's name, with the ending of its format."""
    kind, packed = generation.request["format"], generation.request["compression"]
    ending = file_name(kind, packed).removeprefix("rows")
    return generation.name if generation.name.endswith(ending) else f"{generation.name}{ending}"


def sent_info(file: FileInfo, *, encrypt: bool) -> FileInfo:
    """What is said of what is sent: the file, or its ciphertext, whose SHA-256 is known when it is there."""
    if not encrypt:
        return file
    return replace(
        file,
        name=f"{file.name}.age",
        size_bytes=encrypted_bytes(file.size_bytes),
        sha256="",
        media_type=AGE_TYPE,
    )


def signed_manifest(
    stores: Stores,
    ledger: Ledger,
    generation: Job,
    licence: str | None,
    encrypted: Digests | None = None,
    cid_v0: str | None = None,
) -> dict[str, Any]:
    """The signed manifest of a generation's file as things are now, without publications. encrypted: of its
    ciphertext, where that is what was published. cid_v0: of version 0, where what was published goes by that.

    Files that were made before their CIDs were counted have none in it, unless they are counted now.
    """
    result = generation.result or {}
    sealed = stores.sealed(generation.output)
    rows = json.loads(b"".join(sealed.read(result["blobs"]["manifest"])))
    digests = _digests(stores, generation)
    if cid_v0 is not None:
        more = (LAYOUT_V0, Cid.of_text(cid_v0))
        if encrypted is None:
            digests = replace(digests, cids=(*digests.cids, more))
        else:
            encrypted = replace(encrypted, cids=(*encrypted.cids, more))
    claims = Claims(
        name=shown_name(generation),
        rows=rows,
        digests=digests,
        licence=licence,
        checked=checked(stores, ledger, generation),
        encrypted=encrypted,
    )
    return sign(claims, house_signer(stores.keys))


def checked(stores: Stores, ledger: Ledger, generation: Job) -> Json | None:
    """What the check of a generation found, as a manifest says it; None while, or if, there is none."""
    doc = ledger.documents.get("job", check_id(generation))
    if doc is None or doc["state"] != "completed":
        return None
    check = Job.of_doc(doc)
    assert check.result is not None  # noqa: S101  (it is completed)
    try:
        return checked_of(b"".join(stores.sealed(check.output).read(check.result["blobs"]["json"])))
    except NotFound:  # it is being deleted
        return None


def _digests(stores: Stores, generation: Job) -> Digests:
    result = generation.result or {}
    if (known := result.get("cids")) is not None:
        cids = tuple((layout, Cid.of_text(cid)) for layout, cid in zip(LAYOUTS, known, strict=True))
        return Digests(result["size_bytes"], result["sha256"], cids)
    if "file" not in result["blobs"]:
        return Digests(result["size_bytes"], result["sha256"], ())
    return digests_of(stores.sealed(generation.output).read(result["blobs"]["file"]))


class Publishing:
    """What a publish task does."""

    def __init__(self, stores: Stores, ledger: Ledger, places: Places) -> None:
        self._stores = stores
        self._ledger = ledger
        self._places = places

    def run(self, lease: Lease, heart: Heart) -> TaskResult:
        """The signed manifest with the publication in it, and where that is."""
        own = lease.job.id
        doc = self._ledger.documents.get("publication", own)
        if doc is not None and doc["state"] in ("sent", "final"):
            return self._result(lease, doc)  # somebody before us got so far, and no further
        fence = None if doc is None else Fence(self._ledger.documents, doc, lease.attempt)
        doc = None if fence is None else fence.take()
        if fence is None or doc is None:
            raise Cancelled("The publication was cancelled, or another worker has it.")
        try:
            receipt, doc = self._pushed(lease, doc, fence, heart)
        except Cancelled:
            self._take_back(lease)
            raise
        faults.hit("before-receipt")
        doc = self._received(doc, receipt, fence)
        faults.hit("after-receipt")
        return self._result(lease, doc)

    def _pushed(self, lease: Lease, doc: Doc, fence: Fence, heart: Heart) -> tuple[Receipt, Doc]:
        """Where it is now, and the publication, which has a ciphertext by now if it is to have one."""
        wanted = Wanted.of_dict(doc["wanted"])
        generation = self._ledger.job(doc["of"])
        file = stored_file(self._stores, generation)
        places = self._places if wanted.cid_version else replace(self._places, layout=LAYOUT_V0)
        publisher = open_place(wanted.where, places, self._stores.sealed(lease.job.id), _prefix(lease))
        verdict = checked(self._stores, self._ledger, generation)
        quote = publisher.quote(sent_info(file.info, encrypt=wanted.encrypt))
        allow(quote, verdict, Consent(wanted.forever, wanted.override))
        self._pay(doc, quote, fence)
        if wanted.encrypt:
            doc = with_ciphertext(self._stores, doc, fence, file.read(), heart)
            cipher = doc["cipher"]
            info = replace(sent_info(file.info, encrypt=True), sha256=cipher["sha256"])
            file = StoredFile(info, self._stores.sealed(doc["id"]), cipher["blob"])

        def save(state: Json) -> None:
            faults.hit("before-save")
            if not fence.write({"push": state, "beyond": 1}):
                raise Cancelled("The publication was cancelled, or another worker has it.")
            faults.hit("after-save")

        return publisher.push(file, doc["push"], save, watch=heart), doc

    def _pay(self, doc: Doc, quote: Quote, fence: Fence) -> None:
        """Set the price aside, once for each publication, if it has one and there is a limit to all."""
        price, most = int(quote.price), self._places.arweave_most_in_all
        if not price or most is None or doc.get("set_aside") is not None:
            return
        set_aside(self._ledger.documents, quote.unit, price, most)
        fence.write({"set_aside": price})

    def _received(self, doc: Doc, receipt: Receipt, fence: Fence) -> Doc:
        """The publication, which now has its receipt; final at once where the place is sure at once."""
        publisher = open_place(
            doc["where"], self._places, self._stores.sealed(doc["id"]), f"{doc['id']}/{STORE}"
        )
        now = self._ledger.clock.now_us()
        change: Doc = {"state": "sent", "receipt": receipt.to_dict(), "sent_us": now, "problem": None}
        if receipt.where == "local":
            generation = self._ledger.job(doc["of"])
            digests = cipher_digests(doc) or _digests(self._stores, generation)
            change |= {"cid": str(digests.cid()), "cid_small": str(digests.cid(LAYOUTS[1]))}
            if not Wanted.of_dict(doc["wanted"]).cid_version:
                change |= {"cid_v0": receipt.address}
            if publisher.status(receipt) == "final":
                change |= {"state": "final", "final_us": now}
        if not fence.write(change):
            raise Cancelled("The publication was cancelled, or another worker has it.")
        return {**doc, **change}

    def _result(self, lease: Lease, doc: Doc) -> TaskResult:
        wanted, receipt = Wanted.of_dict(doc["wanted"]), Receipt.of_dict(doc["receipt"])
        generation = self._ledger.job(doc["of"])
        signer = house_signer(self._stores.keys)
        cipher = cipher_digests(doc)
        cid_v0 = None if wanted.cid_version else receipt.address
        manifest = signed_manifest(self._stores, self._ledger, generation, wanted.licence, cipher, cid_v0)
        override = wanted.override if refused(manifest["signed"]["checked"]) else None
        manifest = published(
            manifest, receipt, "encrypted" if cipher else "plain", doc["sent_us"], signer, override
        )
        put = self._stores.sealed(lease.job.output).put(f"{lease.blob_key}-manifest", [dumps(manifest)])
        facts = {"where": receipt.where, "address": receipt.address, "links": list(receipt.links)}
        return TaskResult({"manifest": put.key}, facts)

    def _take_back(self, lease: Lease) -> None:
        """Nothing of a publication that was cancelled stays in the local store."""
        doc = self._ledger.documents.get("publication", lease.job.id)
        if doc is None or doc["state"] == "cancelled":
            blobs = self._stores.blobs
            blobs.delete([info.key for info in blobs.list(f"{_prefix(lease)}/")])


def _prefix(lease: Lease) -> str:
    return f"{lease.job.id}/{STORE}"
