"""What the routes of the nouns work with, made once per process from the back ends."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from lookalike.errors import LookalikeError
from lookalike.jobs.downloads import Downloads
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.roster import Roster
from lookalike.publish.places import Places
from lookalike.sandbox.process import Bounds, Sandbox
from lookalike.service.backends import Backends
from lookalike.service.datasets import Abandoned, Datasets
from lookalike.service.events import Hub
from lookalike.service.figures import Metrics
from lookalike.service.opened_models import OpenedModels
from lookalike.service.publications import Publications
from lookalike.service.record_uploads import RecordUploads
from lookalike.service.removal import Removal
from lookalike.settings import Settings
from lookalike.stores.opened import Stores

_SWEEP_S = 30.0


@dataclass(frozen=True, slots=True)
class Platform:
    """The stores, and what is done on them."""

    settings: Settings
    backends: Backends
    datasets: Datasets
    uploads: RecordUploads
    removal: Removal
    models: OpenedModels
    hub: Hub
    metrics: Metrics
    publications: Publications
    roster: Roster
    downloads: Downloads
    ending: threading.Event

    @property
    def stores(self) -> Stores:
        return self.backends.stores

    @property
    def ledger(self) -> Ledger:
        return self.backends.ledger

    def keep(self) -> None:
        """Look after uploads that were abandoned, and old rehearsals, until ``ending`` is set."""
        ends = {"uploading": self.datasets.drop, "deleting": self.removal.dataset}
        abandoned = Abandoned(self.stores, ends, patience_s=self.settings.upload_patience_s)
        broken_off = Abandoned(
            self.stores,
            {"uploading": self.uploads.drop_unused},
            kind="document",
            patience_s=self.settings.upload_patience_s,
        )
        unused = Abandoned(
            self.stores,
            {"ready": self.uploads.drop_unused},
            kind="document",
            patience_s=self.settings.document_patience_s,
        )
        while not self.ending.wait(_SWEEP_S):
            with contextlib.suppress(LookalikeError):  # a store that does not answer; it is asked again
                abandoned.sweep()
                broken_off.sweep()
                unused.sweep()
                self.drop_rehearsals()

    def drop_rehearsals(self) -> int:
        """How many rehearsals were deleted, since they ended long ago."""
        patience_us = int(self.settings.rehearsal_patience_s * 1e6)
        return self.removal.rehearsals(self.ledger.clock.now_us() - patience_us)


def platform_on(backends: Backends, settings: Settings, ending: threading.Event) -> Platform:
    """What the routes need, on these back ends. ``ending``: set when the process is asked to end."""
    bounds = Bounds(
        max_bytes=settings.upload_bytes,
        memory_mb=settings.parse_mb,
        seconds=settings.parse_s,
        at_once=settings.parse_at_once,
    )
    datasets = Datasets(backends.stores, Sandbox(bounds), backends.ledger.clock)
    return Platform(
        settings,
        backends,
        datasets,
        RecordUploads(backends.stores, backends.ledger.clock),
        Removal(backends.stores, datasets),
        OpenedModels(backends.stores),
        Hub(backends.documents, ending),  # pyright: ignore[reportArgumentType]
        Metrics(backends.documents, backends.ledger.clock.now_us()),
        Publications(backends.stores, backends.ledger, Places.of(settings)),
        Roster(backends.documents, backends.ledger.clock),
        Downloads(backends.stores, backends.ledger.clock),
        ending,
    )


async def _platform_of(request: Request) -> Platform:  # not for a thread: there is nothing to wait for
    return request.app.state.platform


OnPlatform = Annotated[Platform, Depends(_platform_of)]
