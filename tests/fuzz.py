"""Schemathesis against the whole service: every operation of its OpenAPI document, by every check there is.

    python tests/fuzz.py [--examples N] [--seconds S] [--seed N]

A real server with real workers, limits raised, called as an admin who owns a dataset, a model and a file.
Exits 0 when no check failed and each operation answered at least one 2xx. What schemathesis makes up is sent
as it is, but that of what should be accepted every second request names objects that exist, as
``tests/matrix_NOUN.py`` has them: an operation that is added there is called here with them, too.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

import schemathesis  # noqa: E402
from schemathesis.cli import schemathesis as command  # noqa: E402
from schemathesis.core import NotSet  # noqa: E402
from schemathesis.core.failures import AcceptedNegativeData, Failure  # noqa: E402
from schemathesis.generation.meta import TestPhase  # noqa: E402
from schemathesis.openapi.checks import RejectedPositiveData  # noqa: E402

from fitted import forget, made  # noqa: E402
from matrix import Cell, Entry, Sent, entries  # noqa: E402
from served import Served  # noqa: E402
from service_desk import PASSWORD, ServiceDesk  # noqa: E402

LIMITS: dict[str, Any] = dict.fromkeys(("writes", "reads", "account_tries", "address_tries"), 10**9)
SETTINGS: dict[str, Any] = {**LIMITS, "registration": True, "most_rows": 200}
"""Limits that nobody reaches; files of a few rows."""
ABOUT_CONTENT = frozenset(
    [
        "bad-table",
        "bad-schema",
        "unsatisfiable",
        "usage",
        "bad-document",
        "bad-spec",
        "bad-input",
        "consent-needed",
    ]
)
FIRST = "setUp"
"""It makes the first account, so that no service that has one can answer it with 2xx."""


CONFIG = """
request-timeout = 60
[checks.negative_data_rejection]
# 413, 408: what is too much to be read is refused before anybody sees that it is also wrong
expected-statuses = [400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 422, 428, 429]
"""
BRIEF = """
[phases.coverage]
unexpected-methods = ["TRACE"]
[[operations]]
# each starts a process that reads a table; in a brief run the right ones are left to the other phases
include-operation-id = ["uploadDataset", "makeSampleDataset", "putSchema"]
[operations.phases.coverage.generation]
mode = "negative"
"""


class Hand:
    """What is done with each request before it is sent, and with each answer."""

    def __init__(self, folder: Path) -> None:
        self.served = Served(folder, workers=0, **SETTINGS)
        self.desk = self.served.desk
        self.entries = entries()
        self.desk.app.openapi()  # made once, and not while somebody waits for it
        self._begin()
        self.answers: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.sent: Counter[str] = Counter()
        self.served.add_worker()

    def _begin(self) -> None:
        """An admin, and what they own."""
        forget(self.desk)
        self.admin = self.desk.person("admin")
        self.known = made(self.desk, self.admin)
        self.cell = Cell(self.desk, self.admin, self.admin)

    def _go_on(self) -> None:
        """Begin anew when some request, all in order, deleted what the others are about."""
        documents = self.desk.backends.documents
        account = documents.get("user", self.admin.id)
        kept = (("dataset", self.known.dataset), ("job", self.known.job), ("job", self.known.generation))
        if account is None or account["role"] != "admin" or not all(documents.get(*one) for one in kept):
            self._begin()

    def token(self) -> str:
        """A sign-in's token, new each time: some operations end sign-ins."""
        self._go_on()
        account = self.desk.people.accounts.get(self.admin.id)
        started = self.desk.people.sessions.start(account["id"], account["epoch"])
        return self.desk.people.access_for(account, started.session)

    def prepare(self, case: Any) -> None:
        """Let ``case`` be about objects that exist: all of it at first, then of every second one the ids."""
        name = _name(case)
        entry = self.entries.get(name)
        if entry is None or case.meta is None or case.meta.phase.name == TestPhase.STATEFUL:
            return
        if case.method.lower() != case.operation.method or case.meta.generation.mode.is_negative:
            return
        self.sent[name] += 1
        if self.sent[name] % 2 == 0:
            return
        self._go_on()
        sent = self._made(entry)
        case.path_parameters.update(sent.path)
        if self.sent[name] == 1:
            case.query = dict(sent.query)
        first = self.sent[name] == 1
        if isinstance(case.body, NotSet):  # an example's body is none of its components
            return
        if sent.raw is not None:
            case.body = sent.raw
        elif isinstance(sent.json, dict):
            case.body = sent.json if first else named(case.body, sent.json)

    def _made(self, entry: Entry) -> Sent:
        """What an operation is to be sent; with objects made anew where others had changed them."""
        try:
            return entry.make(self.cell)
        except AssertionError:
            self._begin()
            return entry.make(self.cell)

    def close(self) -> None:
        self.served.close()


def _name(case: Any) -> str:
    return case.operation.definition.raw["operationId"]


def named(made_up: Any, right: dict[str, Any]) -> Any:
    """What was made up, but the fields that name something (an id, a login, a password) as they are right."""
    if not isinstance(made_up, dict) or made_up.keys().isdisjoint(right):
        return made_up
    return {name: right.get(name, value) for name, value in made_up.items()}


def install(hand: Hand) -> None:
    """Let schemathesis sign in as the admin, send what ``hand`` prepares, and tell it of each answer."""

    @schemathesis.auth(refresh_interval=None, retry_on=[])
    class Admin:  # pyright: ignore[reportUnusedClass]
        def get(self, case: Any, context: Any) -> str:
            return hand.token()

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"

    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        hand.prepare(case)

    @schemathesis.hook
    def after_call(context: Any, case: Any, response: Any) -> None:
        hand.answers[_name(case)][response.status_code] += 1

    @schemathesis.hook
    def filter_failure(context: Any, failure: Failure, case: Any, response: Any) -> bool:
        if isinstance(failure, AcceptedNegativeData):
            # called negative, and said to be one in which nothing was changed: there was nothing to change
            return "positive test case" not in str(failure.message)
        return not (isinstance(failure, RejectedPositiveData) and about_content(response))


def about_content(response: Any) -> bool:
    """Whether a 400 is about what JSON Schema cannot say.

    Bytes that are no table, a column or label that the table does not have, a condition that cannot be met:
    such an answer names no field of the form. One about the form does, and stays a failure.
    """
    if response.status_code != 400:
        return False
    problem = response.json()
    return problem["code"] in ABOUT_CONTENT and "errors" not in problem


def first_account(folder: Path) -> int:
    """The status that `FIRST` is answered with where nobody has an account."""
    desk = ServiceDesk(folder)
    code = desk.people.setup.new_code()
    body = {"code": code, "login": "first", "password": PASSWORD}
    status = desk.nobody.post("/api/setup", json=body).status_code
    desk.close()
    return status


def run(arguments: list[str]) -> int:
    """The exit status of schemathesis's command line."""
    try:
        command.main(["run", *arguments], standalone_mode=False)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def main() -> None:
    ask = argparse.ArgumentParser(description="Every operation, by every check of schemathesis.")
    ask.add_argument("--examples", type=int, default=2, help="The most cases per operation and phase.")
    ask.add_argument("--seconds", type=int, help="Go on for so long.")
    ask.add_argument("--seed", type=int, help="Makes the cases the same again.")
    said, more = ask.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # schemathesis leaves a cache where it is run
        Path("schemathesis.toml").write_text(CONFIG + (BRIEF if said.seconds is None else ""))
        hand = Hand(Path(folder) / "served")
        install(hand)
        options = [f"--max-examples={said.examples}", "--checks=all", "--continue-on-failure"]
        options += ["--wait-for-schema=60"]
        options += [] if said.seconds is None else [f"--max-time={said.seconds}"]
        options += [] if said.seed is None else [f"--seed={said.seed}"]
        try:
            status = run([f"{hand.served.url}/api/openapi.json", *options, *more])
        finally:
            hand.close()
        hand.answers[FIRST][first_account(Path(folder) / "empty")] += 1
    tell(hand, status)


def tell(hand: Hand, status: int) -> None:
    """What was answered, and an exit status that says whether it is well."""
    never = [name for name in sorted(hand.entries) if not any(200 <= s < 300 for s in hand.answers[name])]
    requests = sum(map(Counter.total, hand.answers.values()))
    print(f"{requests:,} requests to {len(hand.answers)} operations; no 2xx: {', '.join(never) or 'none'}")  # noqa: T201
    raise SystemExit(status or bool(never))


if __name__ == "__main__":
    main()
