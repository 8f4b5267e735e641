"""How the examples look: steps with their bars and seconds, rows side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

T = TypeVar("T")
Row = Sequence[str]
MOST_CELL = 26  # wider columns are passed over


class Bar:
    """A `Watch` that moves one bar."""

    def __init__(self, bars: Progress, name: str) -> None:
        self._bars = bars
        self._task = bars.add_task(name, total=None)

    def progress(self, done: int, total: int) -> None:
        self._bars.update(self._task, completed=done, total=total or None)

    def stop(self) -> bool:
        return False


class Steps:
    """Runs one step after the other, draws each, and remembers its seconds."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}

    def run(self, name: str, work: Callable[[Bar], T], told: Callable[[T], str] | None = None) -> T:
        """What ``work`` made. ``told``: what to say of it, behind the seconds."""
        columns = (
            TextColumn("  {task.description:<20}"),
            BarColumn(),
            TextColumn("{task.percentage:>4.0f} %"),
            TimeElapsedColumn(),
        )
        began = time.perf_counter()
        shown = self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=not shown) as bars:
            made = work(Bar(bars, name))
        self.seconds[name] = time.perf_counter() - began
        line = Text(f"  {name:<20}")
        line.append(f"{self.seconds[name]:8.2f} s", "bold").append(f"   {told(made)}" if told else "", "dim")
        self.console.print(line, soft_wrap=True)
        return made


def side_by_side(names: Row, real: Sequence[Row], made: Sequence[Row], width: int) -> Table:
    """One line per row; as many columns as fit in ``width`` characters, the last always among them."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", min_width=len("real"))
    shown = fitting(names, [*real, *made], width - len("real") - 1)
    for place in shown:
        table.add_column(Text(names[place]), no_wrap=True)
    for label, rows, style in (("real", real, ""), ("made", made, "green")):
        for row in rows:
            table.add_row(label, *(Text(row[place]) for place in shown), style=style)
    return table


def fitting(names: Row, rows: Sequence[Row], width: int) -> list[int]:
    """The places of the first columns and of the last one, as many as ``width`` characters can show."""
    needs = [2 + max(len(name), *(len(row[i]) for row in rows)) for i, name in enumerate(names)]
    shown: list[int] = []
    room = width - needs[-1]
    for place, need in enumerate(needs[:-1]):
        if need <= min(room, MOST_CELL):
            shown.append(place)
            room -= need
    return [*shown, len(names) - 1]


def cell(value: Any) -> str:
    return "" if value is None else str(value)


def megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 100_000 else f"{size_bytes / 1e3:,.1f} kB"


def shortest(path: Path) -> Path:
    """The path as seen from here, where that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
