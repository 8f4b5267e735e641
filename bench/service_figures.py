"""What was measured of the service, what of it must hold, and how it is told."""

from __future__ import annotations

import math
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from lookalike.processors import processors

LAG_S, GET_MS, SUBMIT_MS, MEMORY, RATIO = 2.0, 100.0, 300.0, 0.05, 1.5


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so many of all are not above (nearest rank); NaN of none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


@dataclass(slots=True)
class Figures:
    """Seconds, if not said otherwise. million: per round until it was there, downloaded, by the command."""

    users: int
    generations: int
    rows: int
    streams: int
    million_rows: int
    completed: int = 0
    files: int = 0
    same: int = 0
    steps_missed: int = 0
    seconds: float = 0.0
    api_cpu_s: float = 0.0
    load_late_s: float = 0.0
    memory_before: float = 0.0
    memory_after: float = 0.0
    million_same: bool = True
    million: list[tuple[float, float, float]] = field(default_factory=list[tuple[float, float, float]])
    lags: list[float] = field(default_factory=list[float])
    looks: list[float] = field(default_factory=list[float])
    submits: list[float] = field(default_factory=list[float])
    idle_looks: list[float] = field(default_factory=list[float])
    idle_submits: list[float] = field(default_factory=list[float])

    @property
    def growth(self) -> float:
        return self.memory_after / self.memory_before - 1 if self.memory_before else math.nan

    def ratio(self, column: int) -> float:
        """The median of the large file's time by that of the command."""
        return statistics.median(one[column] / one[2] for one in self.million) if self.million else math.nan

    @property
    def musts(self) -> list[tuple[str, str, str, bool]]:
        """What must hold: what, how it must be, how it was, and whether it held."""
        lag = max(self.lags, default=math.nan)
        get_ms, submit_ms = (1000 * percentile(one, 0.95) for one in (self.looks, self.submits))
        found = [
            (
                "streams that were told the end of a completed generation",
                f"{self.streams}",
                f"{self.completed}",
                self.completed == self.streams,
            ),
            (
                "files whose SHA-256 is that of `lookalike sample` with the same seed",
                f"{self.generations}",
                f"{self.same}",
                self.same == self.files == self.generations,
            ),
            (
                "steps that a stream was not told, or twice",
                "0",
                f"{self.steps_missed}",
                not self.steps_missed,
            ),
            (
                "the longest way of a step from the ledger to a stream",
                f"≤ {LAG_S:.0f} s",
                f"{lag:.2f} s",
                lag <= LAG_S,
            ),
            ("GET, p95", f"≤ {GET_MS:.0f} ms", f"{get_ms:.0f} ms", get_ms <= GET_MS),
            ("submit, p95", f"≤ {SUBMIT_MS:.0f} ms", f"{submit_ms:.0f} ms", submit_ms <= SUBMIT_MS),
            ("memory of the API, grown by", f"≤ {MEMORY:.0%}", f"{self.growth:.1%}", self.growth <= MEMORY),
        ]
        if self.million:
            ratio = self.ratio(1)
            name = f"{self.million_rows:,} rows, downloaded, by the time of `lookalike sample`"
            found.append((name, f"≤ {RATIO}", f"{ratio:.2f}", ratio <= RATIO and self.million_same))
        return found

    @property
    def holds(self) -> bool:
        return all(held for *_, held in self.musts)


def markdown(f: Figures, nice: str | None) -> str:
    """The page."""
    lines = [
        "# The service under a crowd",
        "",
        *_setting(f),
        "",
        "| what | must be | was | |",
        "|---|---|---|---|",
        *(
            f"| {what} | {must} | {was} | {'held' if held else '**missed**'} |"
            for what, must, was, held in f.musts
        ),
        "",
        "| | idle p50 | idle p95 | crowd p50 | crowd p95 | crowd max |",
        "|---|---|---|---|---|---|",
        _row("GET, ms", f.idle_looks, f.looks),
        _row("submit, ms", f.idle_submits, f.submits),
        "",
        *_told(f),
        "",
        *_large(f),
    ]
    if nice is not None:
        lines += [f"Workers stood back by {nice} (`LOOKALIKE_WORKER_NICE`).", ""]
    return "\n".join(lines)


def _setting(f: Figures) -> list[str]:
    machine = f"{processors()} processors ({platform.machine()}), Python {platform.python_version()}"
    return [
        "`make bench-service` starts `lookalike up`, with its default settings but no reports. "
        f"{f.users} users, each with a model of their own of the adult table, queue {f.generations} "
        f"generations of {f.rows:,} rows (CSV) at once, while {f.streams} streams of events watch them and "
        "each user looks at something every 2 s. Users, streams and measuring are one more process on the "
        f"same machine: {machine}.",
    ]


def _told(f: Figures) -> list[str]:
    half, most = (1000 * percentile(f.lags, share) for share in (0.5, 0.95))
    return [
        f"All {f.generations} generations took {f.seconds:.1f} s, {f.generations * f.rows / f.seconds:,.0f} "
        f"rows a second; the API's process took {f.api_cpu_s / f.seconds:.0%} of a processor meanwhile.",
        "",
        f"Of {len(f.lags):,} steps told, half came within {half:.0f} ms, 95 % within {most:.0f} ms. "
        "A step's way is measured from the last look into the database (by a thread of the load, every "
        "20 ms) at which it was not there yet, until its event was read from the connection. It so holds up "
        f"to 20 ms too much, and what the load itself was late: at most {1000 * f.load_late_s:.0f} ms.",
        "",
        f"Memory of the API (resident): {f.memory_before:.0f} MB after a first crowd of as many generations "
        f"and streams, {f.memory_after:.0f} MB after this one and the download of all files.",
    ]


def _large(f: Figures) -> list[str]:
    if not f.million:
        return []
    names = ("until its file is there", "until it is downloaded, too", "`lookalike sample`, start included")
    rows = [
        f"| {name} | {statistics.median(one[column] for one in f.million):.2f} | {f.ratio(column):.2f} |"
        for column, name in enumerate(names)
    ]
    head = f"| {f.million_rows:,} rows, CSV, median of {len(f.million)} | s | by the command |"
    return [head, "|---|---|---|", *rows, ""]


def _row(name: str, idle: Sequence[float], crowd: Sequence[float]) -> str:
    cells = [
        percentile(idle, 0.5),
        percentile(idle, 0.95),
        percentile(crowd, 0.5),
        percentile(crowd, 0.95),
        max(crowd, default=math.nan),
    ]
    return f"| {name} | " + " | ".join(f"{1000 * cell:.1f}" for cell in cells) + " |"
