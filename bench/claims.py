"""What speed and memory must reach and are meant to reach, read from what `bench.speed` measured."""

from __future__ import annotations

from dataclasses import dataclass

from bench.speed import Result


@dataclass(frozen=True)
class Claim:
    """One line: what it is about, what was measured in words, what is asked, and whether it was met."""

    what: str
    measured: str
    asked: str
    met: bool
    must: bool = False

    def text(self) -> str:
        return f"{self.what}: {self.measured}, asked {self.asked}"


def claims(found: Result) -> list[Claim]:
    """Every line on speed and memory."""
    return [*_beside_pyarrow(found["beside_pyarrow"]), *_as_rows_grow(found["sizes"]), *_running(found)]


def _beside_pyarrow(found: Result) -> list[Claim]:
    lines: list[Claim] = []
    for form, title, times, must in (
        ("parquet", "Parquet", 5, True),
        ("parquet", "Parquet", 4, False),
        ("csv", "CSV", 3, False),
    ):
        ours, theirs = found[form], found[f"pyarrow_{form}"]
        measured = f"{ours:.2f} s; pyarrow {theirs:.2f} s; {ours / theirs:.1f} ×"
        what = f"1,000,000 rows → {title} + SHA-256"
        lines.append(Claim(what, measured, f"≤ {times} × pyarrow", ours / theirs <= times, must))
    return lines


def _as_rows_grow(sizes: dict[int, Result]) -> list[Claim]:
    least, most = min(sizes), max(sizes)
    peak = sizes[1_000_000]["peak_bytes"]
    lines = [Claim("peak memory, 1,000,000 rows", f"{peak / 1e6:.0f} MB", "≤ 500 MB", peak <= 5e8)]
    if most > 1_000_000:
        more = sizes[most]["peak_bytes"] / peak - 1
        what = f"peak memory, {most:,} rows against 1,000,000"
        lines.append(Claim(what, f"{more:+.0%}", "the same ± 10 %", more <= 0.10))
    rates = [size["rows_per_s"] for size in sizes.values()]
    low, high = min(rates), max(rates)
    measured = f"{low / 1e6:.2f} to {high / 1e6:.2f} million"
    flat = (high - low) / (high + low) <= 0.10
    lines.append(Claim(f"rows/s, {least:,} to {most:,} rows", measured, "flat, ± 10 %", flat))
    return lines


def _running(found: Result) -> list[Claim]:
    one, two = found["workers"]["1"], found["workers"]["2"]
    small, large = found["growth"]["1"], found["growth"]["10"]
    start, later = found["first_run_s"], found["later_run_s"]
    growth = f"{small:.2f} s → {large:.2f} s; {large / small:.1f} ×"
    compiled = f"{start - later:.1f} s ({start:.1f} s, then {later:.1f} s)"
    return [
        Claim("two workers against one", f"{one / two:.2f} ×", "≥ 1.8 ×", one / two >= 1.8),
        Claim("fit, ten times the rows", growth, "≤ 14 ×", large / small <= 14),
        Claim("first run: compiling the kernels, once", compiled, "≤ 10 s", start - later <= 10),
    ]
