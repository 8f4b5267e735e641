"""What ``lookalike up`` runs: the API, workers under a supervisor, and whatever must be done now and then."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import uvicorn

from lookalike.errors import LookalikeError, Unavailable, UsageError
from lookalike.jobs.entry import House, stuck_on, when_asked, when_closed
from lookalike.jobs.supervise import Supervisor
from lookalike.jobs.warming import warm
from lookalike.service import logs
from lookalike.service.app import make_app
from lookalike.service.backends import open_backends
from lookalike.service.patience import patient
from lookalike.service.people import People
from lookalike.settings import Settings

TICK_S = 1.0
UNLOCK_S = 0.1
TIDY_S = 60.0
DRAIN_S = 4
"""How long answers that have begun may go on after SIGTERM; workers have their time meanwhile."""
KEEP_ALIVE_S = 15
SWITCH_S = 0.001
"""The longest that one thread computes while others want to: the one that answers waits for 20, at times."""
BACKLOG = 2048
_WARMING = "compiled once for this machine, which takes about 15 s; workers start after it"


def up(settings: Settings, tell: Callable[[str, str | None], None], *, tied: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, and be gone within 10 s.

    ``tell``: called once with the service's address, and with the address that makes the first account, or
    None when there is one. tied: end also when standard input is closed. `UsageError` and `Unavailable` when
    it cannot be started.
    """
    logs.configure()
    sys.setswitchinterval(SWITCH_S)
    with _listening(settings) as listening:
        _unlock(settings)
        backends = open_backends(settings)
        house = House(settings)
        app = make_app(backends, settings)
        people: People = app.state.people
        people.signing_keys.current()
        base = _address(settings, listening)
        server = _Server(_config(app, settings), lambda: tell(base, _setup_address(people, base)))
        ending: threading.Event = app.state.ending

        def end() -> None:
            ending.set()
            server.should_exit = True

        when_asked(end)
        if tied:
            when_closed(end)
        keepers = [
            _thread("supervisor", lambda: _supervise(house.supervisor(told=_killed), ending), end),
            _thread("tidy", lambda: _tidy(people, ending), end),
            _thread("uploads", app.state.platform.keep, end),
            _thread("publications", lambda: house.confirming().keep(ending), end),
        ]
        try:
            server.run(sockets=[listening])
        finally:
            end()
            for keeper in keepers:
                keeper.join()
            house.close()
            backends.close()


class _Server(uvicorn.Server):
    """Tells when it answers. Signals are heard by `when_asked` alone."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _config(app: Any, settings: Settings) -> uvicorn.Config:
    certificate, key = settings.tls_certificate, settings.tls_key
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the service reads them itself, from proxies it was told to trust
        ws="none",
        http=patient(settings.stall_s),
        reset_contextvars=True,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        ssl_certfile=None if certificate is None else str(certificate),
        ssl_keyfile=None if key is None else str(key),
    )
    try:
        config.load()
    except (OSError, ssl.SSLError):
        names = "LOOKALIKE_TLS_CERTIFICATE and LOOKALIKE_TLS_KEY"
        raise UsageError("The TLS certificate cannot be used.", hint=f"{names} are PEM files.") from None
    return config


@contextlib.contextmanager
def _listening(settings: Settings) -> Generator[socket.socket, None, None]:
    """A socket that listens where the settings say.

    Its protocol is named, which `socket.create_server` does not do: only then asyncio sets TCP_NODELAY on
    what it accepts, without which each answer waits 40 ms until the client acknowledges its head.
    """
    listening: socket.socket | None = None
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(BACKLOG)
    except OSError as error:
        if listening is not None:
            listening.close()
        raise Unavailable(
            f"Cannot listen on {settings.host}, port {settings.port}: {error.strerror}.",
            hint="Set LOOKALIKE_PORT to another port (0: any that is free), or end what listens there.",
        ) from error
    with listening:
        yield listening


def _address(settings: Settings, listening: socket.socket) -> str:
    scheme = "http" if settings.tls_certificate is None else "https"
    name, port = listening.getsockname()[:2]
    if name in ("0.0.0.0", "::"):  # noqa: S104
        name = settings.hosts[0] if settings.hosts else socket.gethostname()
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}/"


def _setup_address(people: People, base: str) -> str | None:
    """The address that makes the first account. What is behind the # is never sent: no log has the code."""
    return None if people.accounts.any() else f"{base}#setup={people.setup.new_code()}"


def _unlock(settings: Settings) -> None:
    """Wait until no worker of a service that died keeps this one from writing."""
    stuck = stuck_on(settings)
    while stuck.find() is not None:
        if (pid := stuck.end()) is not None:
            _killed("of a dead supervisor", pid, "frozen, with the lock of the database")
        time.sleep(UNLOCK_S)


def _killed(name: str, pid: int, reason: str) -> None:
    logs.log().warning("killed", worker=name, pid=pid, reason=reason)


def _supervise(supervisor: Supervisor, ending: threading.Event) -> None:
    """Keep workers alive until ``ending`` is set, then let them hand back what they do."""
    try:
        _warm(ending)
        while True:
            try:
                supervisor.tick()
            except (LookalikeError, OSError) as error:
                logs.log().error("supervisor", **logs.whence(error))
            if ending.wait(TICK_S):
                return
    finally:
        supervisor.end()


def _warm(ending: threading.Event) -> None:
    """Compile what workers need, if it is not: each of them would, and not for itself alone."""
    try:
        warm(ending, lambda state: logs.log().info("kernels", state=state, note=_WARMING))
    except OSError as error:  # workers compile for themselves
        logs.log().error("kernels", **logs.whence(error))


def _tidy(people: People, ending: threading.Event) -> None:
    while not ending.wait(TIDY_S):
        with contextlib.suppress(LookalikeError):
            people.tidy()


def _thread(name: str, run: Callable[[], None], end: Callable[[], None]) -> threading.Thread:
    """A thread without which the process should not go on: when it ends, whatever it was by, all ends."""

    def run_all() -> None:
        try:
            run()
        except Exception as error:
            logs.log().error(name, **logs.whence(error))
        finally:
            end()

    thread = threading.Thread(target=run_all, name=f"lookalike-{name}", daemon=True)
    thread.start()
    return thread
