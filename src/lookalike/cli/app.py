"""The commands and their options. What they do is in `lookalike.verbs`, imported when one of them runs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lookalike.cli import options as o
from lookalike.cli import serving
from lookalike.cli.console import reporting

app = typer.Typer(
    help="Data that behaves like yours and is not yours: fit a table, sample any number of rows.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: a third of the time to the first line
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.command()(serving.up)
app.command()(serving.worker)
app.command("sign-in")(serving.sign_in)
app.add_typer(serving.keys, name="keys")


def _version(wanted: bool) -> None:
    if wanted:
        import lookalike

        typer.echo(f"lookalike {lookalike.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def synth(
    train: o.Train,
    rows: o.Rows,
    out: o.Out,
    target: o.Target = None,
    model: o.ModelName = "trees",
    privacy: o.Privacy = "standard",
    seed: o.Seed = 0,
    schema: o.SchemaFile = None,
    where: o.Where = None,
    share: o.ShareOf = None,
    balance: o.Balance = None,
    threads: o.Threads = None,
    workers: o.Workers = None,
    compression: o.Compression = None,
    spreadsheet_safe: o.SpreadsheetSafe = False,
    format: o.Format = None,  # noqa: A002
    delimiter: o.Delimiter = None,
    quote: o.Quote = None,
    encoding: o.Encoding = None,
    header: o.Header = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Fit TRAIN and sample from it, in one go: TRAIN in, OUT out."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import work

        reading = _reading(format, delimiter, quote, encoding, header, schema)
        output = work.Output(out, compression, spreadsheet_safe)
        output.check(console)
        fitted = work.fit(
            console, train, reading, target=target, model=model, privacy=privacy, seed=seed, threads=threads
        )
        asked: dict[str, Any] = {"seed": seed, "where": where, "shares": share, "balance": balance}
        work.sample(console, fitted, rows, output, workers=workers, **asked)


@app.command()
def fit(
    train: o.Train,
    out: Annotated[str, typer.Option("-o", "--out", metavar="MODEL.lal", help="The model file to make.")],
    target: o.Target = None,
    model: o.ModelName = "trees",
    privacy: o.Privacy = "standard",
    seed: o.Seed = 0,
    schema: o.SchemaFile = None,
    threads: o.Threads = None,
    format: o.Format = None,  # noqa: A002
    delimiter: o.Delimiter = None,
    quote: o.Quote = None,
    encoding: o.Encoding = None,
    header: o.Header = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Learn TRAIN, and write what was learned to a model file. It holds no rows."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import work

        reading = _reading(format, delimiter, quote, encoding, header, schema)
        work.check_folder(console, out)
        fitted = work.fit(
            console, train, reading, target=target, model=model, privacy=privacy, seed=seed, threads=threads
        )
        work.save(console, fitted, out)


@app.command()
def sample(
    model: o.ModelFile,
    out: o.Out,
    rows: Annotated[
        int | None,
        typer.Option("-n", "--rows", metavar="ROWS", parser=o.row_count, help="How many rows."),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="S", help="Which of the endless tables; 0.")] = None,
    start: Annotated[
        int | None, typer.Option(metavar="ROW", parser=o.row_count, help="The first row, counted from 0.")
    ] = None,
    where: o.Where = None,
    share: o.ShareOf = None,
    balance: o.Balance = None,
    rows_per_chunk: Annotated[
        int | None,
        typer.Option(metavar="N", parser=o.row_count, help="Rows drawn at a time; changes no row."),
    ] = None,
    workers: o.Workers = None,
    compression: o.Compression = None,
    spreadsheet_safe: o.SpreadsheetSafe = False,
    manifest: Annotated[
        str | None,
        typer.Option(metavar="M", help="Make the file that this manifest describes again, and compare."),
    ] = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Draw rows from a model file: any number, any slice, the same for ever."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import work

        asked: dict[str, Any] = {"seed": seed, "where": where, "shares": share, "balance": balance}
        output = work.Output(out, compression, spreadsheet_safe)
        speed: dict[str, Any] = {"rows_per_chunk": rows_per_chunk, "workers": workers}
        if manifest is not None:
            fixed = asked | {"rows": rows, "start": start, "compression": compression}
            work.remake(
                console, model, manifest, output, fixed | {"spreadsheet_safe": spreadsheet_safe}, **speed
            )
            return
        work.need_rows(rows)
        output.check(console)
        loaded = work.load(console, model)
        work.sample(
            console, loaded, rows or 0, output, start=start or 0, **speed, **(asked | {"seed": seed or 0})
        )


@app.command()
def schema(
    train: o.Train,
    out: Annotated[
        str | None,
        typer.Option(
            "-o", "--out", metavar="FILE", help="The YAML file to make; standard output if not said."
        ),
    ] = None,
    target: o.Target = None,
    schema: o.SchemaFile = None,
    format: o.Format = None,  # noqa: A002
    delimiter: o.Delimiter = None,
    quote: o.Quote = None,
    encoding: o.Encoding = None,
    header: o.Header = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Show what TRAIN's columns are taken for, as a file to edit and give to --schema."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import work

        reading = _reading(format, delimiter, quote, encoding, header, schema)
        work.schema(console, train, reading, target, out)


@app.command()
def inspect(model: o.ModelFile, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Show what a model file is, and what of the data is inside it."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import work

        work.inspect(console, model)


def _reading(
    format: str | None,  # noqa: A002
    delimiter: str | None,
    quote: str | None,
    encoding: str | None,
    header: bool | None,
    schema: str | None,
) -> dict[str, Any]:
    """The reading options as `lookalike.verbs.read` takes them."""
    return {
        "format": format,
        "delimiter": delimiter,
        "quote": quote,
        "encoding": encoding,
        "header": header,
        "schema": schema,
    }
