"""The commands and their options. What they do is in `lookalike.verbs`, imported when one of them runs."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from lookalike.cli import options as o
from lookalike.cli import publishing, remote, serving, signing, writing
from lookalike.cli.console import reporting

app = typer.Typer(
    help="Data that behaves like yours and is not yours: fit a table, sample any number of rows.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: a third of the time to the first line
    context_settings={"help_option_names": ["-h", "--help"]},
)


class _Gated(TyperCommand):
    """A command whose ``--gate`` may stand alone; what follows it is its value only if it is a YAML file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        following = [*args[1:], ""]
        given = [
            f"--gate={o.DEFAULT_GATE}" if here == "--gate" and not o.is_gate_file(after) else here
            for here, after in zip(args, following, strict=True)
        ]
        return super().parse_args(ctx, given)


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
    holdout: Annotated[
        str | None,
        typer.Option(
            "--holdout",
            metavar="auto|FILE|none",
            help="Real rows that are not learned from, against which privacy is measured: a tenth of TRAIN "
            "that is set aside (auto; so with --report), those of FILE, or none (so without).",
        ),
    ] = None,
    report: o.Report = None,
    threads: o.Threads = None,
    workers: o.Workers = None,
    compression: o.Compression = None,
    spreadsheet_safe: o.SpreadsheetSafe = False,
    format: o.Format = None,  # noqa: A002
    delimiter: o.Delimiter = None,
    quote: o.Quote = None,
    encoding: o.Encoding = None,
    header: o.Header = None,
    limit: o.Limit = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Fit TRAIN and sample from it, in one go: TRAIN in, OUT out."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import checking, work

        reading = _reading(format, delimiter, quote, encoding, header, limit, schema)
        output = work.Output(out, compression, spreadsheet_safe)
        work.keep_train(train, out)
        output.check(console)
        asked: dict[str, Any] = {"seed": seed, "where": where, "shares": share, "balance": balance}
        fitting: dict[str, Any] = {"model": model, "privacy": privacy, "seed": seed, "threads": threads}
        held = checking.Held.of(holdout or ("none" if report is None else "auto"), seed)
        if report is None:
            fitted = work.fit(console, train, reading, target=target, held=held, **fitting)
            work.sample(console, fitted, rows, output, workers=workers, **asked)
            return
        checking.check_report(console, report, out)
        table = work.read(console, train, reading, target)
        learned, aside = held.part(table)
        fitted = work.fit_table(console, learned, holdout=held.given(), **fitting)
        drawn = work.sample(console, fitted, rows, output, workers=workers, **asked)
        checking.after_sampling(console, learned, drawn, aside, report, seed=seed)


@app.command()
def fit(
    train: o.Train,
    out: Annotated[str, typer.Option("-o", "--out", metavar="MODEL.lal", help="The model file to make.")],
    target: o.Target = None,
    model: o.ModelName = "trees",
    privacy: o.Privacy = "standard",
    seed: o.Seed = 0,
    schema: o.SchemaFile = None,
    holdout: o.Holdout = "none",
    threads: o.Threads = None,
    format: o.Format = None,  # noqa: A002
    delimiter: o.Delimiter = None,
    quote: o.Quote = None,
    encoding: o.Encoding = None,
    header: o.Header = None,
    limit: o.Limit = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Learn TRAIN, and write what was learned to a model file. It holds no rows."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import checking, work

        reading = _reading(format, delimiter, quote, encoding, header, limit, schema)
        work.keep_train(train, out)
        work.check_model_file(console, out)
        held = checking.Held.of(holdout, seed)
        fitting: dict[str, Any] = {"model": model, "privacy": privacy, "seed": seed, "threads": threads}
        fitted = work.fit(console, train, reading, target=target, held=held, **fitting)
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


@app.command(cls=_Gated)
def check(
    real: Annotated[str, typer.Argument(metavar="REAL", help="The table that was learned.")],
    synth: Annotated[str, typer.Argument(metavar="SYNTH", help="The table that was made, by any tool.")],
    holdout: Annotated[
        str | None,
        typer.Option(
            metavar="H",
            help="Real rows that were not learned from; auto: the tenth of REAL that `fit --holdout auto` "
            "set aside by the same seed.",
        ),
    ] = None,
    target: o.Target = None,
    schema: o.SchemaFile = None,
    report: Annotated[str | None, typer.Option(metavar="R.html", help="The report to write.")] = None,
    gate: Annotated[
        str | None,
        typer.Option(
            metavar="[FILE]",
            help="Exit with 3 when the gate refuses: the default one, or FILE's (.yaml, or --gate=FILE).",
        ),
    ] = None,
    canaries: Annotated[
        str | None, typer.Option(metavar="F", help="Rows that were planted in REAL before it was learned.")
    ] = None,
    seed: o.Seed = 0,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Say how faithful SYNTH is to REAL, what it is good for, and whether it gives anyone away."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import checking

        asked = checking.Asked(real, synth, holdout, target, schema, canaries, seed)
        checking.check(console, asked, report=report, gate=gate)


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
    limit: o.Limit = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Show what TRAIN's columns are taken for, as a file to edit and give to --schema."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import work

        reading = _reading(format, delimiter, quote, encoding, header, limit, schema)
        work.keep_train(train, out)
        work.schema(console, train, reading, target, out)


@app.command()
def inspect(model: o.ModelFile, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Show what a model file is, and what of the data is inside it."""
    with reporting(as_json=json, quiet=quiet) as console:
        from lookalike.cli import work

        work.inspect(console, model)


app.command()(writing.write)
app.command()(publishing.publish)
app.command()(publishing.verify)
app.command()(serving.up)
app.command()(serving.worker)
app.command("sign-in")(serving.sign_in)
app.command()(signing.login)
app.command()(signing.logout)
app.add_typer(serving.keys, name="keys")
remote.add_to(app)


def _reading(
    format: str | None,  # noqa: A002
    delimiter: str | None,
    quote: str | None,
    encoding: str | None,
    header: bool | None,
    limit: list[str] | None,
    schema: str | None,
) -> dict[str, Any]:
    """The reading options as `lookalike.verbs.read` takes them."""
    return {
        "format": format,
        "delimiter": delimiter,
        "quote": quote,
        "encoding": encoding,
        "header": header,
        "limits": o.limits_of(limit),
        "schema": schema,
    }
