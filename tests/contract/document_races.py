"""What the processes of the contract suite of `Documents` do, all at the same moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contract.document_stores import open_store
from lookalike.stores.documents import Documents

ROUNDS = 40


def claim(store: Documents, me: str) -> list[Any]:
    """The ids that this process took, until there are none left to take."""
    taken: list[str] = []
    while doc := store.update_one(
        "job", {"state": "pending"}, {"state": "running", "worker": me}, inc={"attempt": 1}, order="turn"
    ):
        assert doc["worker"] == me
        taken.append(doc["id"])
    return taken


def create(store: Documents, me: str) -> list[Any]:
    """Which of the same ids this process was the one to create."""
    return [f"j{i:03}" for i in range(ROUNDS) if store.create("job", [{"id": f"j{i:03}", "by": me}])[0]]


def unique(store: Documents, me: str) -> list[Any]:
    """Which of the same keys this process was the one to take, under ids of its own."""
    made = [store.create("job", [{"id": f"{me}-{i}", "key": f"k{i}"}])[0] for i in range(ROUNDS)]
    return [f"k{i}" for i, good in enumerate(made) if good]


def count(store: Documents, me: str) -> list[Any]:
    """Add one, very often; no step may be lost."""
    for _ in range(ROUNDS):
        assert store.update_one("job", {"id": "counter"}, {}, inc={"turn": 1}) is not None
    return [me]


def swap(store: Documents, me: str) -> list[Any]:
    """Read, add one, write back if nobody else did in between."""
    won = 0
    while won < ROUNDS // 4:
        doc = store.get("job", "counter")
        assert doc is not None
        if store.update_one("job", {"id": "counter", "rev": doc["rev"]}, {"turn": doc["turn"] + 1}):
            won += 1
    return [me]


def begin(store: Documents, me: str) -> list[Any]:
    """Be among the first who open the store at all."""
    assert store.create("job", [{"id": me}]) == [True]
    return [me]


RACES = {race.__name__: race for race in (claim, create, unique, count, swap, begin)}


def race(name: str, place: str, processes: int) -> list[list[Any]]:
    """What each of several new processes made of the race; all begin when all are ready."""
    root = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(root)}
    runners = [
        subprocess.Popen(
            [sys.executable, "-m", "contract.document_races", name, place, f"p{i}"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for i in range(processes)
    ]
    for runner in runners:
        assert runner.stdout is not None
        assert runner.stdout.readline() == "ready\n"
    for runner in runners:
        assert runner.stdin is not None
        runner.stdin.write("go\n")
        runner.stdin.flush()
    results = [json.loads(runner.communicate(timeout=120)[0]) for runner in runners]
    assert [runner.returncode for runner in runners] == [0] * processes
    return results


def main(arguments: Sequence[str]) -> None:
    name, place, me = arguments
    store = None if name == "begin" else open_store(place)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    store = store or open_store(place)
    sys.stdout.write(json.dumps(RACES[name](store, me)))
    store.close()


if __name__ == "__main__":
    main(sys.argv[1:])
