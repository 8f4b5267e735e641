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
    return [
        *_beside_pyarrow(found["beside_pyarrow"]),
        *_as_rows_grow(found["sizes"]),
        *_running(found),
        *_conditions(found["conditions"]),
        *_input(found),
        *_stopping(found["stopping"]),
    ]


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
    small, large = found["growth"]["1"], found["growth"]["10"]
    start, later = found["first_run_s"], found["later_run_s"]
    growth = f"{small:.2f} s → {large:.2f} s; {large / small:.1f} ×"
    compiled = f"{start - later:.1f} s ({start:.1f} s, then {later:.1f} s)"
    return [
        *_two_workers(found["workers"]),
        Claim("fit, ten times the rows", growth, "≤ 14 ×", large / small <= 14),
        Claim("first run: compiling the kernels, once", compiled, "≤ 10 s", start - later <= 10),
        *_starting(found["starting"]),
    ]


def _two_workers(found: Result) -> list[Claim]:
    gain = found["1"] / found["2"]
    ceiling = found["ceiling 1"] / found["ceiling 2"]
    cpu = found["cpu"]["2"] / found["cpu"]["1"]
    measured = f"{gain:.2f} × (two threads of arithmetic, in turns with it: {ceiling:.2f} ×)"
    return [
        Claim("two workers against one", measured, "≥ 1.8 ×", gain >= 1.8),
        Claim(
            "the same, as a part of what two threads give",
            f"{gain / ceiling:.0%}",
            "≥ 90 %",
            gain >= 0.9 * ceiling,
        ),
        Claim("processor seconds of two workers against one", f"{cpu:.2f} ×", "≤ 1.1 ×", cpu <= 1.1),
    ]


def _starting(found: Result) -> list[Claim]:
    bare = found["python"]
    return [
        Claim(what, f"{found[key]:.2f} s (Python itself: {bare:.2f} s)", "≤ 0.3 s", found[key] <= 0.3)
        for key, what in (("import", "`import lookalike`"), ("help", "`lookalike --help`"))
    ]


def _conditions(found: Result) -> list[Claim]:
    seconds = found["seconds"]
    (_, plain), *asked = seconds.items()
    lines: list[Claim] = []
    for text, took in asked:
        measured = f"{took / plain:.1f} × the time of no condition"
        what = f"rows/s under `{text}` ({found['share'][text]:.1%} of rows)"
        lines.append(Claim(what, measured, "≤ 20 ×", took <= 20 * plain))
    return lines


def _input(found: Result) -> list[Claim]:
    read, fit, codes = found["reading"], found["wide_fit"], found["many_codes"]
    ours, theirs = read["seconds"]["ours"], read["seconds"]["pyarrow"]
    memory = fit["peak_bytes"] / fit["table_bytes"]
    whole = fit["rows"] >= 1_000_000
    return [
        Claim(
            f"reading {read['size_bytes'] / 1e6:,.0f} MB of CSV, typed",
            f"{ours:.1f} s; pyarrow {theirs:.1f} s; {ours / theirs:.1f} ×",
            "≤ 2 × pyarrow",
            ours <= 2 * theirs,
        ),
        Claim(
            f"fit, {fit['rows']:,} rows × 20 columns",
            f"{fit['seconds']:.0f} s ({fit['cpu']:.0f} s of processor time)",
            "≤ 60 s" if whole else "≤ 60 s with ten times the rows",
            fit["seconds"] <= 60,
        ),
        Claim(
            "its peak memory, the table included",
            f"{fit['peak_bytes'] / 1e6:.0f} MB; {memory:.1f} × the table",
            "≤ 3 × the table",
            memory <= 3,
        ),
        Claim(
            f"a column of {codes['codes_in']:,} codes, {codes['rows']:,} rows",
            f"fit {codes['fit']:.1f} s, as many rows drawn {codes['sample']:.1f} s, "
            f"{codes['codes_out']:,} codes came out",
            "fit ≤ 60 s",
            codes["fit"] <= 60,
        ),
    ]


def _stopping(found: Result) -> list[Claim]:
    lines: list[Claim] = []
    for text, took in found.items():
        what = f"100 columns, {text}: longest kernel call"
        lines.append(Claim(what, f"{took['kernel_s'] * 1e3:.0f} ms", "≤ 200 ms", took["kernel_s"] <= 0.2))
        what = f"100 columns, {text}: longest without asking whether to stop"
        lines.append(Claim(what, f"{took['unasked_s'] * 1e3:.0f} ms", "≤ 1 s", took["unasked_s"] <= 1))
    return lines
