"""``lookalike up`` as a person starts it: one process tree, one address, gone when it is asked to go."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from service_desk import PASSWORD
from service_process import PATIENCE_S, Running, gone, until

END_S = 10.0
AT_ONCE = 50
CANARY = "zanzibar-9171"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    subprocess.run([sys.executable, "-m", "lookalike.jobs.warming"], check=True)
    made = Running(tmp_path_factory.mktemp("up") / "home", writes="100000", address_tries="100000")
    yield made
    made.end()


@pytest.fixture(scope="module")
def ada(running: Running) -> dict[str, Any]:
    """The first account, made as the printed address has it."""
    assert running.setup is not None
    code = running.setup.partition("#setup=")[2]
    first = {"code": code, "login": "ada", "password": PASSWORD, "refreshIn": "body"}
    with running.client() as client:
        answer = client.post("/api/setup", json=first)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_the_printed_address_makes_the_first_account(running: Running, ada: dict[str, Any]) -> None:
    assert ada["user"]["role"] == "admin"
    with running.client(ada["accessToken"]) as client:
        assert client.get("/api/me").json()["login"] == "ada"
        assert client.get("/ready").status_code == 200


def test_its_workers_are_listed_idle_and_so_is_one_that_is_started_by_hand(
    running: Running, ada: dict[str, Any]
) -> None:
    def listed() -> dict[str, str]:
        with running.client(ada["accessToken"]) as client:
            workers = client.get("/api/workers").json()["workers"]
        return {one["name"]: one["state"] for one in workers if one["pid"] in {*running.children, *others}}

    others: list[int] = []
    until(listed)
    assert all(name.startswith("local-") and state == "idle" for name, state in listed().items())
    command = [sys.executable, "-m", "lookalike", "worker", "--name", "by-hand"]
    by_hand = subprocess.Popen(command, env={**os.environ, "LOOKALIKE_HOME": str(running.home)})
    try:
        others.append(by_hand.pid)
        until(lambda: listed().get("by-hand") == "idle")
    finally:
        by_hand.terminate()
        assert by_hand.wait(PATIENCE_S) == 0
    assert "by-hand" not in listed()


def test_it_listens_on_this_machine_only(running: Running) -> None:
    assert running.address.startswith("http://127.0.0.1:")


def test_of_fifty_real_refreshes_at_once_one_wins(running: Running, ada: dict[str, Any]) -> None:
    with running.client() as client:
        credentials = {"login": "ada", "password": PASSWORD, "refreshIn": "body"}
        token = client.post("/api/auth/login", json=credentials).json()["refreshToken"]
    clients = [running.client() for _ in range(AT_ONCE)]
    together = threading.Barrier(AT_ONCE)

    def one(client: httpx.Client) -> int:
        client.get("/health")  # the connection is open before the race begins
        together.wait()
        return client.post("/api/auth/refresh", json={"refreshToken": token}).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(one, clients))
    for client in clients:
        client.close()
    assert sorted(statuses) == [200] + [401] * (AT_ONCE - 1)


def test_a_crowd_of_wrong_passwords_does_not_fill_the_memory(running: Running, ada: dict[str, Any]) -> None:
    def one(number: int) -> int:
        with running.client() as client:
            body = {"login": f"user-{number}", "password": "wrong password"}
            return client.post("/api/auth/login", json=body).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(one, range(32))) == {401}
    status = Path(f"/proc/{running.process.pid}/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        assert int(peak.split()[1]) < 250 << 10


def test_half_a_request_disturbs_nobody(running: Running, ada: dict[str, Any]) -> None:
    host, _, port = running.address.removeprefix("http://").rpartition(":")
    opened: list[socket.socket] = []
    for part in (
        b"",
        b"GET /health HT",
        b"POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{",
    ):
        one = socket.create_connection((host, int(port)))
        one.sendall(part)
        opened.append(one)
    with running.client() as client:
        assert client.get("/health").status_code == 200
    for one in opened:
        one.close()
    with running.client() as client:
        assert client.get("/health").status_code == 200


def test_a_connection_on_which_no_request_comes_is_closed(tmp_path: Path) -> None:
    running = Running(tmp_path / "home", stall_s="1")
    host, _, port = running.address.removeprefix("http://").rpartition(":")
    whole = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for parts in ([], [b"GET /hea"], [whole, b"GET /health HTTP/1.1\r\nHo"]):
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as one:
            for part in parts:
                one.sendall(part)
                if part == whole:
                    assert b"200 OK" in one.recv(1 << 16)
            while one.recv(1 << 16):
                pass
    with running.client() as client:
        assert client.get("/health").status_code == 200
    running.end()


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_head(running: Running) -> None:
    """Nagle's algorithm and delayed acknowledgements together cost 40 ms per answer, on any machine."""
    with running.client() as client:
        took: list[float] = []
        for _ in range(40):
            began = time.perf_counter()
            client.get("/health")
            took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 4] < 0.03


def test_no_secret_and_no_word_of_a_request_is_in_the_log(running: Running, ada: dict[str, Any]) -> None:
    with running.client(ada["accessToken"]) as client:
        client.post(f"/api/tokens?{CANARY}", json={CANARY: CANARY})
        client.get(f"/{CANARY}")
        token = client.post("/api/tokens", json={"name": CANARY, "scopes": ["read"]}).json()["token"]
    written = running.log.read_text()
    assert '"status": 201' in written
    assert running.setup is not None
    code = running.setup.partition("#setup=")[2]
    for secret in (CANARY, PASSWORD, ada["accessToken"], ada["refreshToken"], token, code):
        assert secret not in written


def test_workers_are_kept_alive(running: Running) -> None:
    until(lambda: running.children)
    before = set(running.children)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: set(running.children) - before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_time_with_all_that_it_started(tmp_path: Path, number: int) -> None:
    running = Running(tmp_path / "home")
    until(lambda: running.children)
    workers = set(running.children)
    with running.client() as client:
        client.get("/health")  # a connection that is kept open
        began = time.monotonic()
        assert running.end(number) == 0
        assert time.monotonic() - began < END_S
    assert all(gone(pid) for pid in workers)


def test_no_worker_starts_before_the_kernels_are_compiled_while_the_api_answers(tmp_path: Path) -> None:
    running = Running(tmp_path / "home", cache=str(tmp_path / "cache"))
    until(lambda: "jobs.warming" in commands(running))
    assert "--name" not in commands(running)
    assert '"event": "kernels"' in running.log.read_text()
    assert "compiled once for this machine" in running.log.read_text()
    with running.client() as client:
        assert client.get("/health").status_code == 200
    warming = set(running.children)
    assert running.end() == 0
    assert all(gone(pid) for pid in warming)


def test_where_they_are_compiled_workers_start_at_once(running: Running) -> None:
    until(lambda: "--name" in commands(running))
    assert '"event": "kernels"' not in running.log.read_text()


def commands(running: Running) -> str:
    """The command lines of what it started."""
    command = ["ps", "-o", "args=", "--ppid", str(running.process.pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_workers_end_when_the_service_is_killed(tmp_path: Path) -> None:
    running = Running(tmp_path / "home")
    until(lambda: running.children)
    workers = set(running.children)
    running.end(signal.SIGKILL)
    until(lambda: all(gone(pid) for pid in workers))


def test_accounts_and_sign_ins_outlive_a_kill(tmp_path: Path) -> None:
    first = Running(tmp_path / "home")
    assert first.setup is not None
    code = first.setup.partition("#setup=")[2]
    body = {"code": code, "login": "ada", "password": PASSWORD, "refreshIn": "body"}
    with first.client() as client:
        made = client.post("/api/setup", json=body).json()
    first.end(signal.SIGKILL)
    second = Running(tmp_path / "home")
    assert second.setup is None
    with second.client(made["accessToken"]) as client:
        assert client.get("/api/me").status_code == 200
        again = client.post("/api/auth/refresh", json={"refreshToken": made["refreshToken"]})
        assert again.status_code == 200
        assert client.post("/api/setup", json=body).status_code == 409
    second.end()


def test_each_start_prints_a_new_code_until_there_is_an_account(tmp_path: Path) -> None:
    first = Running(tmp_path / "home")
    first.end()
    second = Running(tmp_path / "home")
    assert first.setup is not None
    assert second.setup is not None
    old, new = (one.setup.partition("#setup=")[2] for one in (first, second) if one.setup)
    assert old != new
    body = {"login": "ada", "password": PASSWORD}
    with second.client() as client:
        assert client.post("/api/setup", json={**body, "code": old}).status_code == 401
        assert client.post("/api/setup", json={**body, "code": new}).status_code == 201
    second.end()


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = start(tmp_path, LOOKALIKE_PORT=port)
    assert done.returncode == 8
    assert f"port {port}" in done.stderr
    assert "LOOKALIKE_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_certificate_that_is_none_is_said_in_one_sentence(tmp_path: Path) -> None:
    done = start(tmp_path, LOOKALIKE_TLS_CERTIFICATE=str(tmp_path / "none.pem"), LOOKALIKE_PORT="0")
    assert done.returncode == 2
    assert "LOOKALIKE_TLS_CERTIFICATE" in done.stderr
    assert "Traceback" not in done.stderr


def test_with_a_certificate_it_speaks_https_only(tmp_path: Path) -> None:
    certificate = certified(tmp_path)
    running = Running(tmp_path / "home", tls_certificate=str(certificate))
    assert running.address.startswith("https://127.0.0.1:")
    with running.client(verify=ssl.create_default_context(cafile=str(certificate))) as client:
        answer = client.get("/health")
        assert answer.status_code == 200
        assert "max-age" in answer.headers["strict-transport-security"]
    with httpx.Client(trust_env=False) as plain, pytest.raises(httpx.HTTPError):
        plain.get(running.address.replace("https", "http") + "/health")
    running.end()


def test_who_owns_the_machine_comes_in_without_a_password(running: Running, ada: dict[str, Any]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lookalike", "sign-in", "ada", "--address", running.address],
        env={**os.environ, "LOOKALIKE_HOME": str(running.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    base, _, code = done.stdout.strip().partition("/#sign-in=")
    assert base == running.address
    with running.client() as client:
        assert client.post("/api/auth/code", json={"code": code}).json()["user"]["login"] == "ada"
        assert client.post("/api/auth/code", json={"code": code}).status_code == 401


def test_dropping_the_signing_key_ends_access_tokens_but_no_sign_in(
    running: Running, ada: dict[str, Any]
) -> None:
    with running.client() as client:
        credentials = {"login": "ada", "password": PASSWORD, "refreshIn": "body"}
        mine = client.post("/api/auth/login", json=credentials).json()
        subprocess.run(
            [sys.executable, "-m", "lookalike", "keys", "rotate", "--signing"],
            env={**os.environ, "LOOKALIKE_HOME": str(running.home)},
            capture_output=True,
            check=True,
        )
        headers = {"Authorization": f"Bearer {mine['accessToken']}"}
        until(lambda: client.get("/api/me", headers=headers).status_code == 401)
        again = client.post("/api/auth/refresh", json={"refreshToken": mine["refreshToken"]})
        headers = {"Authorization": f"Bearer {again.json()['accessToken']}"}
        assert client.get("/api/me", headers=headers).status_code == 200


def start(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lookalike", "up"]
    env = {**os.environ, "LOOKALIKE_HOME": str(home / "home"), **environment}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def certified(folder: Path) -> Path:
    """A PEM file with a certificate for 127.0.0.1 and its key, signed by itself."""
    import datetime as dt
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    unlocked = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, pkcs8, unlocked)
    )
    return path
