"""What publishing costs, and what verifying refuses: writes docs/benchmarks-publish.md, exits 1 on a miss.

python -m bench.publish --out docs/benchmarks-publish.md

Speed is given beside SHA-256 alone, in the same minute, on the same bytes. Memory is the peak of a process of
its own, over what it had before. Bytes are flipped in a signed manifest and in its file, all refused or a
miss; faults are the repetitions of tests/faults/test_publish_faults.py, counted by their runner.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lookalike.errors import VerificationFailed
from lookalike.publish.car import car_of
from lookalike.publish.dag import SMALL_CHUNK_BYTES, Dag, Layout, cid_of
from lookalike.publish.digests import digests_of
from lookalike.publish.manifest import checked_bytes
from lookalike.publish.verify import verify

MIB = 1 << 20
FLIPS = 1000
MOST_MIB = 64
"""Memory that counting the CIDs of 2 GB may take, over what the process had."""


def pieces(size_bytes: int) -> Iterator[bytes]:
    """So many bytes, a MiB at a time, none like another."""
    block = bytearray(random.Random(1).randbytes(MIB))  # noqa: S311
    for number in range(size_bytes // MIB):
        block[:8] = number.to_bytes(8, "little")
        yield bytes(block)


def speed(mebibytes: int) -> list[tuple[str, float]]:
    """(what, MB/s), SHA-256 alone first; each the best of three."""
    data = list(pieces(mebibytes * MIB))

    def sha256() -> None:
        digest = hashlib.sha256()
        for piece in data:
            digest.update(piece)

    root = cid_of(data)
    ways: list[tuple[str, Callable[[], object]]] = [
        ("SHA-256 alone", sha256),
        ("CID, chunks of 1 MiB", lambda: cid_of(data)),
        ("CID, chunks of 256 KiB", lambda: cid_of(data, Layout(SMALL_CHUNK_BYTES))),
        ("CID version 0, chunks of 256 KiB", lambda: cid_of(data, Layout(SMALL_CHUNK_BYTES, 0))),
        ("SHA-256 and both CIDs, side by side", lambda: digests_of(data)),
        ("CAR", lambda: sum(map(len, car_of(data, root)))),
    ]
    found: list[tuple[str, float]] = []
    for name, way in ways:
        best = float("inf")
        for _ in range(3):
            began = time.perf_counter()
            way()
            best = min(best, time.perf_counter() - began)
        found.append((name, mebibytes * MIB / 1e6 / best))
    return found


def memory(size_bytes: int) -> float:
    """MiB that counting the CIDs of so many bytes took, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.publish", "--memory", str(size_bytes)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def own_memory(size_bytes: int) -> float:
    digests_of(pieces(8 * MIB))  # what is loaded and allocated once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    dags = [Dag(Layout()), Dag(Layout(SMALL_CHUNK_BYTES))]
    for piece in pieces(size_bytes):
        for dag in dags:
            dag.update(piece)
    for dag in dags:
        dag.finish()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def flips(folder: Path) -> tuple[int, int, int]:
    """(flipped bits in the manifest, in the file, how many of them all were taken)."""
    from signed_files import signed

    made = signed(folder)
    draw, taken = random.Random(1), 0  # noqa: S311
    data = made.manifest.read_bytes()
    for _ in range(FLIPS):
        changed = bytearray(data)
        changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        taken += _is_taken(lambda changed=changed: checked_bytes(bytes(changed), "m"))
    rows, path = made.file.read_bytes(), folder / "changed.csv"
    for _ in range(FLIPS):
        changed = bytearray(rows)
        changed[draw.randrange(len(rows))] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        taken += _is_taken(lambda: verify(made.manifest, file=path))
    return FLIPS, FLIPS, taken


def _is_taken(check: Callable[[], object]) -> bool:
    try:
        check()
    except VerificationFailed:
        return False
    return True


def faults() -> tuple[int, int]:
    """(faults survived, faults that were not)."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "faults or not faults"]
    done = subprocess.run(
        [*command, "tests/faults/test_publish_faults.py"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CI": "true"},
    )
    last = done.stdout.strip().splitlines()[-1]

    def count(word: str) -> int:
        found = re.search(rf"(\d+) {word}", last)
        return int(found[1]) if found else 0

    return count("passed") - 1, count("failed") + count("error")  # one of them looks at the list of points


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--out", type=Path)
    ask.add_argument("--memory", type=int)
    ask.add_argument("--mebibytes", type=int, default=256)
    said = ask.parse_args()
    if said.memory:
        print(own_memory(said.memory))
        return
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    speeds = speed(said.mebibytes)
    used = memory(2_000_000_000)
    with tempfile.TemporaryDirectory() as folder:
        in_manifest, in_file, taken = flips(Path(folder))
    survived, lost = faults()
    alone = speeds[0][1]
    lines = [
        "# Publishing: what it costs, and what is refused",
        "",
        "`make bench-publish` writes this page, and fails when a flipped bit is taken, a fault is not",
        f"survived, or memory is above {MOST_MIB} MiB.",
        "",
        f"| on {said.mebibytes} MiB in memory | MB/s | of SHA-256 alone |",
        "|---|---|---|",
        *(f"| {name} | {rate:,.0f} | {rate / alone:.2f} |" for name, rate in speeds),
        "",
        f"Counting both CIDs of 2 GB took {used:.1f} MiB more memory than counting those of 8 MiB.",
        "",
        f"Of {in_manifest:,} bits flipped in a signed manifest and {in_file:,} in its file,",
        f"{taken} were taken.",
        "",
        f"Publishing was cut off {survived + lost} times, at each step between asking and the end of the",
        "local copy, by kill -9 or an error, on its way to the local store and to a real IPFS node. It ended",
        f"as if nothing had happened {survived} times.",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if said.out:
        said.out.write_text(text)
    raise SystemExit(bool(taken or lost or not survived or used > MOST_MIB))


if __name__ == "__main__":
    main()
