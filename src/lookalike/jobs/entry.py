"""What ``lookalike worker`` runs: a worker of one installation, until it is asked to end."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lookalike import ids
from lookalike.clock import SystemClock
from lookalike.errors import LookalikeError, NotFound, WrongState
from lookalike.jobs import tidy
from lookalike.jobs.checking import submit_check
from lookalike.jobs.confirming import Confirming, publish_as_wished
from lookalike.jobs.downloads import DOWNLOAD
from lookalike.jobs.engines.local import LocalEngine
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import JOB, TASK, Job
from lookalike.jobs.providers import PROVIDER
from lookalike.jobs.publications import PUBLICATION
from lookalike.jobs.roster import WORKER, Present, Roster, present
from lookalike.jobs.sources import DOCUMENT, drop_documents
from lookalike.jobs.spending import SPENDING
from lookalike.jobs.spoken import to_lines
from lookalike.jobs.stuck import Stuck
from lookalike.jobs.supervise import Supervisor, Told, silent
from lookalike.jobs.sweep import Patience, Sweeper
from lookalike.jobs.work import Limits, Worker
from lookalike.models import kernels
from lookalike.processors import processors
from lookalike.publish.places import Places
from lookalike.sandbox.process import Bounds, Sandbox
from lookalike.settings import Settings
from lookalike.stores.keys import KEY, Keys
from lookalike.stores.master_keys import GivenKeys, KeyFile, MasterKeys
from lookalike.stores.opened import Stores, open_blobs, open_documents, open_records

KINDS = (JOB, TASK, WORKER, KEY, PUBLICATION, DOCUMENT, DOWNLOAD, PROVIDER, SPENDING)
COMMAND = (sys.executable, "-m", "lookalike", "worker")


class House:
    """Stores, ledger and engine of one installation, as the settings say."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.documents = open_documents(settings.documents_url, KINDS)
        keys, blobs = Keys(self.documents, masters_of(settings)), open_blobs(settings.blobs_url)
        records = open_records(settings.records_url, blobs, keys)
        self.stores = Stores(self.documents, blobs, keys, records)
        self.ledger = Ledger(self.documents, SystemClock(), retries=len(settings.retries_s))
        self.engine = LocalEngine(self.documents)

    def sweeper(self) -> Sweeper:
        patience = Patience(self.settings.lease_s, self.settings.retries_s, self.settings.cancel_s)
        return Sweeper(self.ledger, self.after, patience)

    def after(self, job: Job) -> None:
        """What follows when a job has ended: its check; what nobody needs goes. May be done twice."""
        with contextlib.suppress(NotFound, WrongState):  # it is being deleted
            check = submit_check(self.stores, self.ledger, job, self.settings.check_from_rows)
            if job.kind == "check":
                publish_as_wished(self.stores, self.ledger, self.ledger.job(job.request["of"]))
            elif job.kind == "generate" and check is None:  # where there is one, its answer is waited for
                publish_as_wished(self.stores, self.ledger, job)
        drop_documents(self.stores, job)
        tidy.clean(self.stores, job)

    @property
    def most_workers(self) -> int:
        """As many as the settings allow, or as this process has processors."""
        return self.settings.workers or processors()

    def supervisor(self, command: Sequence[str] = COMMAND, told: Told = silent) -> Supervisor:
        """What keeps workers of this installation alive, from one to as many as the settings allow."""
        return Supervisor(
            self.ledger,
            spawned(command),
            buried=lambda name: self.documents.delete("worker", {"id": name}),
            pool=self.settings.pool,
            name=f"local-{secrets.token_hex(3)}",  # two services may work on one home
            most=self.most_workers,
            cancel_s=self.settings.cancel_s,
            stuck=stuck_on(self.settings),
            told=told,
        )

    def confirming(self) -> Confirming:
        """What looks after publications that nobody is at work on."""
        return Confirming(
            self.stores,
            self.ledger,
            Places.of(self.settings),
            self.engine.ring,
            confirm_s=self.settings.confirm_s,
            again_s=self.settings.publish_again_s,
        )

    def sandbox(self) -> Sandbox:
        """Where this installation reads documents."""
        settings = self.settings
        return Sandbox(Bounds(settings.document_bytes, settings.parse_mb, settings.parse_s))

    def keep(self, stop: threading.Event) -> None:
        """Sweep and scrub until ``stop`` is set. Whoever has a process anyway runs this in a thread.

        A store that fails is asked again; anything else sets ``stop``, for a process that does not keep its
        house should end and be started anew.
        """
        sweeper, scrubber = self.sweeper(), tidy.Scrubber(self.stores, self.ledger)
        roster = Roster(self.documents, self.ledger.clock)
        scrubbed_s = time.monotonic()
        try:
            while not stop.wait(self.settings.sweep_s):
                with contextlib.suppress(LookalikeError):
                    sweeper.sweep(stop)
                    roster.sweep()
                    if time.monotonic() - scrubbed_s >= self.settings.scrub_s:
                        scrubbed_s = time.monotonic()
                        scrubber.scrub()
        finally:
            stop.set()

    def close(self) -> None:
        self.stores.close()


def stuck_on(settings: Settings) -> Stuck:
    """What ends workers of a dead supervisor that keep everybody from writing this installation's files."""
    named = [url.partition(":") for url in (settings.documents_url, settings.records_url)]
    return Stuck([Path(rest) for scheme, _, rest in named if scheme == "sqlite"], SystemClock())


def masters_of(settings: Settings) -> MasterKeys:
    """The master keys that the settings name."""
    if settings.master_key is not None:
        return GivenKeys(settings.master_key.get_secret_value())
    return KeyFile(settings.key_path)


def run_worker(settings: Settings, name: str | None = None, *, tied: bool = False) -> None:
    """Do tasks until SIGTERM or SIGINT, then hand back what is being done. Only the stores are shared.

    ``tied``: also end when standard input is closed, as it is when the process dies that started this one. It
    then stands back behind it: people wait for a page, and hardly notice when a file takes longer.
    """
    if tied:
        os.nice(settings.worker_nice)
    kernels.place_cache()
    house = House(settings)
    limits = Limits(settings.beat_s, settings.task_s, settings.task_mb)
    name = name or ids.new("worker")
    worker = Worker(
        house.stores,
        house.ledger,
        pool=settings.pool,
        name=name,
        limits=limits,
        sandbox=house.sandbox(),
        places=Places.of(settings),
        say=to_lines(),
    )
    stop = threading.Event()

    def end() -> None:
        worker.end()
        stop.set()

    when_asked(end)
    if tied:
        when_closed(end)
    keeper = threading.Thread(target=house.keep, args=(stop,), name="lookalike-keeper", daemon=True)
    keeper.start()
    with present(Present(house.documents, house.ledger.clock, name=name, pool=settings.pool)):
        house.engine.serve(settings.pool, worker.step, stop)
        keeper.join()
    house.close()


def when_asked(end: Callable[[], None]) -> None:
    """Call ``end`` in a thread after SIGTERM or SIGINT.

    A handler would run inside the main thread, which may hold the very lock that setting an event takes.
    """
    ear, mouth = socket.socketpair()
    mouth.setblocking(False)

    def listen() -> None:
        ear.recv(1)
        end()

    threading.Thread(target=listen, name="lookalike-signals", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _heard)
    signal.set_wakeup_fd(mouth.detach(), warn_on_full_buffer=False)


def _heard(number: int, frame: object) -> None:
    """Nothing to do: the listening thread has the signal already."""


def when_closed(end: Callable[[], None]) -> None:
    """Call ``end`` in a thread when standard input is at its end."""

    def read() -> None:
        while os.read(0, 1 << 10):
            pass
        end()

    threading.Thread(target=read, name="lookalike-parent", daemon=True).start()


def spawned(command: Sequence[str] = COMMAND) -> Callable[[str], subprocess.Popen[bytes]]:
    """What starts a worker of a given name as a process of its own, which ends when this one does."""

    def spawn(name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*command, "--tied", "--name", name], stdin=subprocess.PIPE)  # noqa: S603

    return spawn
