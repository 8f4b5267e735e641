"""What the service stands on: the stores, the ledger and the bell, opened together."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.clock import Clock, SystemClock
from lookalike.jobs.engines.base import Engine
from lookalike.jobs.engines.local import LocalEngine
from lookalike.jobs.entry import masters_of
from lookalike.jobs.ledger import Ledger
from lookalike.service.kinds import KINDS
from lookalike.settings import Settings
from lookalike.stores.documents import Documents
from lookalike.stores.keys import Keys
from lookalike.stores.opened import Stores, open_blobs, open_documents, open_records


@dataclass(frozen=True, slots=True)
class Backends:
    """One installation's stores; whatever the service remembers is in them."""

    stores: Stores
    ledger: Ledger
    engine: Engine

    @property
    def documents(self) -> Documents:
        return self.stores.documents

    @property
    def keys(self) -> Keys:
        return self.stores.keys

    def close(self) -> None:
        self.stores.close()


def open_backends(settings: Settings, clock: Clock | None = None) -> Backends:
    """The back ends that the settings name; `UsageError` when there is no such store."""
    documents = open_documents(settings.documents_url, KINDS)
    keys = Keys(documents, masters_of(settings))
    blobs = open_blobs(settings.blobs_url)
    stores = Stores(documents, blobs, keys, open_records(settings.records_url, blobs, keys))
    ledger = Ledger(documents, clock or SystemClock(), retries=len(settings.retries_s))
    return Backends(stores, ledger, LocalEngine(documents))
