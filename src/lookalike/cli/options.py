"""The options that several commands share, said once."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from lookalike.errors import UsageError


def row_count(text: str) -> int:
    """A number of rows as people write it: 1000000, 1_000_000, 1,000,000 or 1e6."""
    plain = text.replace("_", "").replace(",", "")
    try:
        number = float(plain) if "e" in plain.lower() else int(plain)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a number of rows.") from error
    if number in (math.inf, -math.inf) or number != int(number):
        raise typer.BadParameter(f"{text!r} is not a whole number of rows.")
    return int(number)


def one_character(text: str | None) -> str | None:
    """A delimiter, with ``\\t`` and ``tab`` for the tabulator."""
    return "\t" if text in ("\\t", "tab") else text


LIMITS = {
    "columns": "max_columns",
    "cell-bytes": "max_cell_bytes",
    "expansion": "max_expansion",
    "bytes": "max_bytes",
}


def limits_of(texts: list[str] | None) -> Any:
    """``columns=5000`` and the like as `lookalike.tables.limits.Limits`; None when nothing was said."""
    if not texts:
        return None
    from lookalike.tables.limits import Limits

    fields: dict[str, int] = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name not in LIMITS or not number.replace("_", "").isdecimal():
            raise UsageError(
                f"{text!r} is not a limit.", hint=f"Write NAME=NUMBER; the names are {', '.join(LIMITS)}."
            )
        fields[LIMITS[name]] = int(number)
    return Limits(**fields)


DEFAULT_GATE = "default"


def is_gate_file(text: str) -> bool:
    """Whether the argument after ``--gate`` is its file, and no table."""
    return text.lower().endswith((".yaml", ".yml"))


def refuse_json_on_stdout(out: str, *, as_json: bool) -> None:
    """`UsageError` when rows and figures would share standard output."""
    if out == "-" and as_json:
        raise UsageError(
            "Rows and --json cannot both go to standard output.", hint="Give -o a file, or leave out --json."
        )


Train = Annotated[str, typer.Argument(metavar="TRAIN", help="The table to learn; - is standard input.")]
ModelFile = Annotated[str, typer.Argument(metavar="MODEL", help="A model file (.lal).")]
Out = Annotated[
    str,
    typer.Option(
        "-o",
        "--out",
        metavar="OUT",
        help="The file to make; its ending chooses the format: .parquet, .csv, .tsv, .jsonl, the text ones "
        "also with .gz or .zst. - is standard output, as CSV.",
    ),
]
Rows = Annotated[int, typer.Option("-n", "--rows", metavar="ROWS", parser=row_count, help="How many rows.")]
Target = Annotated[str | None, typer.Option(metavar="COL", help="The column that matters most.")]
ModelName = Annotated[
    str, typer.Option("--model", metavar="M", help="trees, or independent (marginals only).")
]
Privacy = Annotated[str, typer.Option(metavar="P", help="standard, careful or strict.")]
Seed = Annotated[int, typer.Option(metavar="S", help="The same seed makes the same thing, byte for byte.")]
SchemaFile = Annotated[
    str | None, typer.Option("--schema", metavar="F", help="A schema, as `lookalike schema` writes it.")
]
Threads = Annotated[
    int | None, typer.Option(metavar="T", help="Threads for fitting; all processors if not said.")
]
Workers = Annotated[int | None, typer.Option(metavar="W", help="Threads for drawing; changes no row.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="C", help="A condition on every row: COLUMN=VALUE, COLUMN=A,B,C or COLUMN=LOW..HIGH."
    ),
]
ShareOf = Annotated[
    list[str] | None,
    typer.Option("--share", metavar="S", help="A part of the rows: COLUMN=VALUE:0.5. May be given again."),
]
Balance = Annotated[
    str | None, typer.Option(metavar="COL", help="The column whose values are to come equally often.")
]
Compression = Annotated[
    str | None, typer.Option(metavar="C", help="Parquet: snappy, zstd, gzip or none; text: gzip or zstd.")
]
Licence = Annotated[
    str | None, typer.Option(metavar="NAME", help="Under which others may use it, such as CC-BY-4.0.")
]
CidVersion = Annotated[
    int, typer.Option(metavar="0|1", min=0, max=1, help="0: under a CID Qm…, as IPFS once made them.")
]
YesForever = Annotated[
    bool,
    typer.Option("--yes-forever", help="Anybody may read this, for ever, and nobody can take it back."),
]
Override = Annotated[
    str | None,
    typer.Option(metavar="REASON", help="Why a refusal by the gate does not stop it; published with it."),
]
SpreadsheetSafe = Annotated[
    bool, typer.Option("--spreadsheet-safe", help="Guard text cells that a spreadsheet would run.")
]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="csv, tsv, parquet, arrow, jsonl or xlsx."),
]
Delimiter = Annotated[
    str | None,
    typer.Option(metavar="CHAR", help="Between cells; \\t is the tabulator.", parser=one_character),
]
Quote = Annotated[str | None, typer.Option(metavar="CHAR", help="Around cells.")]
Encoding = Annotated[str | None, typer.Option(metavar="NAME", help="Such as utf-8, utf-16 or latin-1.")]
Header = Annotated[
    bool | None, typer.Option("--header/--no-header", help="Whether the first row names the columns.")
]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=N",
        help="What is accepted of TRAIN: columns (1000), cell-bytes (1048576), expansion of a packed file "
        "(100), bytes (none). May be given again.",
    ),
]
Holdout = Annotated[
    str,
    typer.Option(
        "--holdout",
        metavar="auto|FILE|none",
        help="Real rows that are not learned from: a tenth of TRAIN that is set aside (auto), those of FILE, "
        "or none.",
    ),
]
Report = Annotated[
    str | None, typer.Option("--report", metavar="R.html", help="Check what was made, and write the report.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object of figures on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
