"""What the commands do: call one verb after the other, and say what came of it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lookalike import verbs
from lookalike.cli.console import Console
from lookalike.cli.options import refuse_json_on_stdout
from lookalike.errors import CannotWrite, UsageError
from lookalike.models.stream import Sample
from lookalike.nouns import Table, TableModel
from lookalike.tables.manifest import manifest_path
from lookalike.tables.write import Written, target_of

if TYPE_CHECKING:
    from lookalike.cli.checking import Held


@dataclass(frozen=True, slots=True)
class Output:
    """Where rows go, and how they are written there."""

    out: str
    compression: str | None = None
    spreadsheet_safe: bool = False

    def check(self, console: Console) -> None:
        """Refuse what cannot be written before any work is done."""
        refuse_json_on_stdout(self.out, as_json=console.as_json)
        target = target_of(self.out, compression=self.compression)
        if self.spreadsheet_safe and target.format not in ("csv", "tsv"):
            raise UsageError("Only CSV and TSV can be made safe for spreadsheets.", file=self.out)
        if self.out != "-":
            check_folder(console, self.out)


def keep_train(train: str, *files: str | None) -> None:
    """Refuse to write over the table that is to be read."""
    table = Path(train)
    for file in map(Path, filter(None, files)):
        if train != "-" and table.exists() and file.exists() and table.samefile(file):
            raise UsageError(
                f"{file} is the table itself; it would be written over.", hint="Name another file."
            )


def check_model_file(console: Console, out: str) -> None:
    """Refuse what can be no model file before any work is done."""
    if out == "-":
        raise UsageError(
            "A model is a file; it cannot go to standard output.", hint="Give -o a file: MODEL.lal."
        )
    check_folder(console, out)


def check_folder(console: Console, out: str) -> None:
    """`CannotWrite` now rather than after minutes; and what to clear away if the process must be ended."""
    target = Path(os.path.realpath(out))
    if not target.parent.is_dir():
        raise CannotWrite(
            f"Cannot write {out}: its folder does not exist.", hint="Create the folder first.", file=out
        )
    if target.is_dir():
        raise CannotWrite(
            f"Cannot write {out}: that is a folder.", hint="Give the name of a file in it.", file=out
        )
    if not os.access(target.parent, os.W_OK):
        hint = "Choose a folder that you may write to."
        raise CannotWrite(f"Cannot write {out}: permission denied.", hint=hint, file=out)
    before = set(_parts(target))

    def clear_away() -> None:
        for part in _parts(target):
            if part not in before:
                part.unlink()

    console.on_abort.append(clear_away)


def _parts(target: Path) -> list[Path]:
    return [
        p for p in target.parent.iterdir() if p.name.startswith(f".{target.name}") and p.suffix == ".part"
    ]


def need_rows(rows: int | None) -> None:
    if rows is None:
        raise UsageError("How many rows?", hint="Say -n ROWS, or --manifest M to make a file again.")


def read(console: Console, train: str, reading: Mapping[str, Any], target: str | None) -> Table:
    source: Any = sys.stdin.buffer if train == "-" else train
    with console.step("reading", "bytes") as watch:
        table = verbs.read(source, target=target, watch=watch, **reading)
    for note in table.notes:
        console.say(f"  note: {note}")
    console.figures |= {"train": table.source, "train_rows": len(table), "columns": len(table.schema)}
    console.figures["notes"] = list(table.notes)
    return table


def fit(
    console: Console,
    train: str,
    reading: Mapping[str, Any],
    *,
    target: str | None,
    held: Held,
    **settings: Any,
) -> TableModel:
    verbs.unfitted(**settings)
    table = read(console, train, reading, target)
    return fit_table(console, table, holdout=held.asked(), **settings)


def fit_table(console: Console, table: Table, **settings: Any) -> TableModel:
    with console.step("fitting") as watch:
        model = verbs.fit(table, watch=watch, **settings)
    for note in model.notes:
        console.say(f"  note: {note}")
    console.figures["notes"] += model.notes
    console.figures |= {"model": model.name, "model_sha256": model.hash, "target": model.schema.target}
    return model


def save(console: Console, model: TableModel, out: str) -> None:
    path = model.save(out)
    size = path.stat().st_size
    console.figures |= {"out": out, "size_bytes": size, "contains": model.info()["contains"]}
    console.say(f"{out}: {size_text(size)}, model {model.hash}")


def load(console: Console, path: str) -> TableModel:
    with console.step("loading"):
        model = verbs.load(path)
    console.figures |= {"model": model.name, "model_sha256": model.hash, "target": model.schema.target}
    return model


def sample(
    console: Console,
    model: TableModel,
    rows: int,
    output: Output,
    *,
    start: int = 0,
    rows_per_chunk: int | None = None,
    workers: int | None = None,
    **asked: Any,
) -> Sample:
    drawn = model.sample(rows, start=start, rows_per_chunk=rows_per_chunk, workers=workers, **asked)
    began = time.monotonic()
    with console.step("sampling", "rows") as watch:
        written = drawn.write(
            output.out,
            compression=output.compression,
            spreadsheet_safe=output.spreadsheet_safe,
            manifest=output.out != "-",
            watch=watch,
        )
    _tell(console, drawn, written, time.monotonic() - began)
    return drawn


def remake(
    console: Console,
    model_file: str,
    manifest: str,
    output: Output,
    fixed: Mapping[str, Any],
    *,
    rows_per_chunk: int | None = None,
    workers: int | None = None,
) -> None:
    """Make a file again; what the manifest fixes may not be said as well."""
    said = [name for name, value in fixed.items() if value]
    if said:
        raise UsageError(f"--manifest fixes {', '.join(said)}; leave that out.")
    refuse_json_on_stdout(output.out, as_json=console.as_json)
    if output.out == "-":
        raise UsageError("--manifest needs a file to make.", hint="Give -o a file.")
    check_folder(console, output.out)
    model = load(console, model_file)
    began = time.monotonic()
    with console.step("sampling", "rows") as watch:
        made = verbs.remake(
            model, manifest, output.out, rows_per_chunk=rows_per_chunk, workers=workers, watch=watch
        )
    console.figures |= {"same_file": not made.differs, "same_rows": True, "differs": list(made.differs)}
    _figures(console, made.written, time.monotonic() - began)
    if made.differs:
        console.say(f"The same rows; these differ from the manifest: {', '.join(made.differs)}.")
    else:
        console.say("The same file, byte for byte.")


def schema(
    console: Console, train: str, reading: Mapping[str, Any], target: str | None, out: str | None
) -> None:
    from lookalike.tables.schema_file import schema_text

    if out is not None:
        check_folder(console, out)
    table = read(console, train, reading, target)
    console.figures["schema"] = table.schema.to_dict()
    if out is None:
        console.show(schema_text(table.schema, table.arrow))
    else:
        table.save_schema(out)
        console.figures["out"] = out
        console.say(f"{out}: {len(table.schema)} columns. Edit it, and give it to --schema.")


def inspect(console: Console, path: str) -> None:
    facts = verbs.inspect(path)
    console.figures |= facts
    made = facts["provenance"]
    columns, size = len(facts["schema"]["columns"]), size_text(facts["size_bytes"])
    versions = f"stream version {facts['stream_version']}, format {facts['format_version']}"
    lines = [
        f"{facts['file']}: a model of {columns} columns, {size}",
        f"  {'model':<11} {facts['model']} ({versions})",
        f"  {'hash':<11} {facts['hash']}",
    ]
    target = next((c["name"] for c in facts["schema"]["columns"] if c.get("role") == "target"), None)
    lines += [f"  {'target':<11} {target}"] if target else []
    lines += [f"  {name:<11} {made[name]}" for name in sorted(made)]
    lines += [
        f"  {name:<11} {value}" for name, value in sorted(facts["settings"].items()) if name not in made
    ]
    lines += ["", "What of the data is inside:"]
    lines += [f"  - {line}" for line in facts["contains"]]
    console.show("\n".join(lines))


def size_text(size_bytes: int) -> str:
    """Bytes as a person reads them: 950 B, 12.3 MB."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError


def _tell(console: Console, drawn: Sample, written: Written, seconds: float) -> None:
    console.figures |= {"seed": drawn.spec.seed, "spec": drawn.spec.to_dict()}
    _figures(console, written, seconds)


def _figures(console: Console, written: Written, seconds: float) -> None:
    """One line and one set of figures on a file that was written."""
    speed = round(written.rows / max(seconds, 1e-9))
    console.figures |= {
        "out": written.path,
        "format": written.format,
        "compression": written.compression,
        "start": written.start,
        "rows": written.rows,
        "size_bytes": written.size_bytes,
        "sha256": written.sha256,
        "rows_per_second": speed,
    }
    if written.path == "-":
        return
    if Path(written.path).is_file():
        console.figures["manifest"] = str(manifest_path(written.path))
    console.say(
        f"{written.path}: {written.rows:,} rows, {size_text(written.size_bytes)}, {speed:,} rows/s\n"
        f"  SHA-256 {written.sha256}"
    )
