"""The verbs: read, fit, sample, check, write, publish, verify, load. One body each; others only call these.

import lookalike as la

model = la.fit(la.read("adult.csv"), target="income")
model.sample(1_000_000, seed=7).to_parquet("out.parquet")
model.save("adult.lal")
la.load("adult.lal").sample(10, where={"income": ">50K", "age": "30..40"}).to_pandas()
la.check("adult.csv", "out.parquet", holdout="unseen.csv", target="income").save("report.html")
la.write("tickets.yaml", 500, "tickets.jsonl", tables={"adult": model})
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

import lookalike
from lookalike import models
from lookalike.errors import BadInput, BadSchema, UsageError, VerificationFailed
from lookalike.models import file
from lookalike.models.base import Json, Model, SampleSpec
from lookalike.models.stream import Sample
from lookalike.nouns import Table, TableModel, check_seed
from lookalike.schema import Schema
from lookalike.tables.infer import infer_typed
from lookalike.tables.like import like
from lookalike.tables.limits import Limits
from lookalike.tables.manifest import differences, manifest_path, spec_of
from lookalike.tables.read import read_raw
from lookalike.tables.schema_file import check_column, read_schema
from lookalike.tables.set_aside import set_aside as parted
from lookalike.tables.typed import typed
from lookalike.tables.write import Written
from lookalike.watch import Unwatched, Watch

if TYPE_CHECKING:
    from lookalike.publish.base import Publisher, Quote
    from lookalike.publish.places import Places
    from lookalike.publish.publishing import Published
    from lookalike.publish.verify import Verified
    from lookalike.quality.check import Check
    from lookalike.records.write import Records

Privacy = Literal["standard", "careful", "strict"]
PRIVACY: tuple[str, ...] = ("standard", "careful", "strict")


def read(
    source: Any,
    *,
    target: str | None = None,
    schema: Schema | str | os.PathLike[str] | None = None,
    format: str | None = None,  # noqa: A002  (the word a caller looks for)
    delimiter: str | None = None,
    quote: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    limits: Limits | None = None,
    watch: Watch | None = None,
) -> Table:
    """A typed table from a path, a binary file object, an Arrow table, a pandas frame, or what streams Arrow.

    What is not said is sniffed. ``schema`` (a `Schema`, or the path of its YAML file) replaces inference.
    Raises `BadTable` with file, row and column; `BadSchema` when the schema does not fit; `UsageError`.
    """
    watch = watch or Unwatched()
    if isinstance(source, Table):
        return _retyped(source, schema, target)
    raw = read_raw(
        source,
        format=format,
        delimiter=delimiter,
        quote=quote,
        encoding=encoding,
        header=header,
        limits=limits or Limits(),
        watch=watch,
    )
    if schema is None:
        found, table, guesses = infer_typed(raw.table, textual=raw.textual, target=target)
        return Table(table, found, (*raw.notes, *guesses), raw.source)
    given = _given(schema, target)
    table = typed(raw.table, given, textual=raw.textual, source=raw.source)
    return Table(table, given, tuple(raw.notes), raw.source)


def fit(
    table: Any,
    target: str | None = None,
    *,
    model: str = "trees",
    privacy: Privacy = "standard",
    seed: int = 0,
    schema: Schema | str | os.PathLike[str] | None = None,
    holdout: Any = None,
    threads: int | None = None,
    watch: Watch | None = None,
) -> TableModel:
    """A model of ``table``: a `Table`, or anything that `read` takes.

    ``target`` names the column that matters most; ``privacy`` is standard, careful or strict; the same
    ``seed`` gives the same model on any number of ``threads``. ``holdout="auto"`` learns from nine rows in
    ten only: the others are those that `set_aside` and `check` set aside by the same seed. Any other
    ``holdout`` (what `read` takes) is noted in the model's provenance and never learned from: `BadInput` when
    ``table`` has its rows. Raises what `read` raises, and `UsageError`.
    """
    made = unfitted(model, privacy=privacy, seed=seed, threads=threads)
    known = read(table, target=target, schema=schema, watch=watch)
    held: dict[str, Json] = {}
    if holdout is not None:
        known, aside, kind = _held_out(known, holdout, seed)
        if kind == "given":
            _refuse_overlap(known, aside)
        held = {"holdout": kind, "holdout_rows": len(aside)}
    learned = known.schema.drawn()  # a dropped column does not even leave its name behind
    if not len(learned):
        raise BadSchema("Every column is dropped; nothing is left to learn.", hint="Keep one: action: model.")
    fitted = made.fit(known.arrow.select(list(learned.names)), learned, seed=seed, watch=watch or Unwatched())
    provenance = {
        "library": f"lookalike {lookalike.__version__}",
        "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "rows": len(known),
        "columns": len(learned),
        "seed": seed,
        "privacy": privacy,
        **held,
    }
    return TableModel(file.Stored(fitted, file.digest(fitted), provenance))


def unfitted(
    model: str = "trees", *, privacy: Privacy = "standard", seed: int = 0, threads: int | None = None
) -> Model:
    """The model that `fit` would fit with these settings; `UsageError` for one that makes no sense.

    To be asked before a large table is read.
    """
    check_seed(seed)
    if privacy not in PRIVACY:
        raise UsageError(f"There is no privacy setting {privacy!r}.", hint=f"Known: {', '.join(PRIVACY)}.")
    if threads is not None and threads < 1:
        raise UsageError(f"{threads} threads were asked for; ask for at least 1.")
    return models.make(model, privacy=privacy, threads=threads)


def sample(model: TableModel | str | os.PathLike[str], rows: int, **options: Any) -> Sample:
    """`TableModel.sample` of a model or of the model file at a path."""
    known = model if isinstance(model, TableModel) else load(model)
    return known.sample(rows, **options)


def set_aside(table: Any, *, seed: int = 0) -> tuple[Table, Table]:
    """(the rest, a tenth): the rows that ``holdout="auto"`` learns from, and those that it holds out.

    ``table``: a `Table`, or anything that `read` takes. `UsageError` below 20 rows.
    """
    check_seed(seed)
    known = read(table)
    rest, aside = parted(known.arrow, seed)
    return (
        Table(rest, known.schema, known.notes, known.source),
        Table(aside, known.schema, (), f"a tenth of {known.source}"),
    )


def check(
    real: Any,
    synth: Any,
    *,
    holdout: Any = None,
    target: str | None = None,
    schema: Schema | str | os.PathLike[str] | None = None,
    canaries: Any = None,
    seed: int = 0,
    notes: Sequence[str] = (),
    watch: Watch | None = None,
) -> Check:
    """How faithful ``synth`` is to ``real``, what it is good for, and whom it gives away: a `Check`.

    Each table: a `Table`, a `Sample`, or anything that `read` takes, from any tool. ``holdout``: real rows
    that the model has not seen, against which privacy is measured; ``"auto"``: the tenth of ``real`` that
    `fit` set aside by the same ``seed``. ``target``: the column to predict. ``canaries``: rows that were
    planted into ``real``. The same call gives the same figures. Raises what `read` raises; `BadTable` for a
    holdout or canaries that lack a column.
    """
    from lookalike.quality.check import check as measured

    check_seed(seed)
    watch = watch or Unwatched()
    known = read(real, target=target, schema=schema)
    told = [*notes]
    made = _like(synth, known.schema)
    planted = None if canaries is None else _like(canaries, known.schema)
    aside = None
    if holdout is not None:
        known, held, kind = _held_out(known, holdout, seed)
        aside = held.arrow
        if kind == "auto":
            told.append(
                "The holdout is the tenth of the real table that --holdout auto sets aside by this seed; "
                "the figures mean something only if the model was fitted in that way."
            )
    return measured(
        known.arrow,
        made,
        holdout=aside,
        canaries=planted,
        schema=known.schema,
        seed=seed,
        notes=told,
        watch=watch,
    )


def write(
    spec: Any,
    records: int,
    out: str | os.PathLike[str] | None = None,
    *,
    tables: Mapping[str, TableModel | str | os.PathLike[str]] | None = None,
    seeds: Mapping[str, Any] | None = None,
    limits: Mapping[str, Json] | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Records:
    """Exactly ``records`` records that a language model writes to ``spec``: a path, plain objects, or a
    `Spec`.

    ``out``: a file of JSON Lines; a call that broke off goes on from the journal beside it. ``tables`` and
    ``seeds`` (rows, or what `read` takes) stand in for files that the spec names; ``limits``: candidates,
    tokens, money, time_s. Further options: `lookalike.records.write.write`. Raises `BadSpec` before
    anything is asked, `FewerThanAsked` and `ProviderFailed` after; what was made is safe then.
    """
    from lookalike.records.write import Given, prepare
    from lookalike.records.write import write as written

    fitted = {name: m if isinstance(m, TableModel) else load(m) for name, m in (tables or {}).items()}
    given = Given(
        seeds={name: _rows(rows) for name, rows in (seeds or {}).items()},
        tables={name: model.stored for name, model in fitted.items()},
    )
    return written(prepare(spec, given), records, out, limits=limits, watch=watch, **options)


def _rows(source: Any) -> list[dict[str, Json]]:
    """Rows as plain objects."""
    if isinstance(source, Sequence) and all(isinstance(row, Mapping) for row in source):
        return [dict(row) for row in source]
    return read(source).arrow.to_pylist()


@dataclass(frozen=True, slots=True)
class Remade:
    """A file made again from its manifest. differs: the manifest's fields that came out different, none if
    the file is the same byte for byte; other writer versions may change bytes, never rows."""

    written: Written
    differs: tuple[str, ...]


def remake(
    model: TableModel,
    manifest: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    rows_per_chunk: int | None = None,
    workers: int | None = None,
    watch: Watch | None = None,
) -> Remade:
    """The file that ``manifest`` describes, made again at ``out``, with a manifest of its own.

    Raises `VerificationFailed`, and leaves nothing at ``out``, when the model is not the one of the manifest
    or its rows come out different; `BadInput` for what is no manifest.
    """
    from lookalike.publish.manifest import read_any

    stated, _ = read_any(os.fspath(manifest))
    drawn = _stated_sample(model, stated, os.fspath(manifest), rows_per_chunk=rows_per_chunk, workers=workers)
    written = drawn.write(
        os.fspath(out),
        format=stated["format"],
        compression=stated["compression"],
        spreadsheet_safe=stated["spreadsheet_safe"],
        watch=watch,
    )
    found = drawn.manifest(written)
    if found["merkle_root"] != stated["merkle_root"]:
        for path in (Path(out), manifest_path(os.fspath(out))):
            path.unlink(missing_ok=True)
        raise VerificationFailed(
            "The rows came out different from those of the manifest; nothing was kept.",
            hint="The manifest was changed, or one of the two machines is faulty.",
            file=os.fspath(manifest),
        )
    return Remade(written, tuple(differences(stated, found)))


def publish(
    file: str | os.PathLike[str],
    to: str | Publisher = "local",
    *,
    home: str | os.PathLike[str] | None = None,
    places: Places | None = None,
    licence: str | None = None,
    report: str | os.PathLike[str] | None = None,
    yes_forever: bool = False,
    override: str | None = None,
    encrypt: bool = False,
    cid_version: Literal[0, 1] = 1,
    tell: Callable[[Quote], None] | None = None,
    waits_s: Sequence[float] | None = None,
    watch: Watch | None = None,
) -> Published:
    """`Published`: where ``file`` now is, and its signed manifest, at ``FILE.signed.json``.

    ``file`` must have the manifest beside it that was written with it. ``to``: the name of a place, or a
    `Publisher`. ``home``: the data folder, with the signing key (made at first use, for its owner alone) and
    the local store. ``report``: the JSON of a `Check` of these rows, whose figures are signed with them.
    ``yes_forever``: consent to what nobody can take back; ``override``: why a refusal by the gate does not
    stop it. ``encrypt``: what is published is ``FILE.age``, which only the key in ``FILE.key`` opens.
    ``cid_version``: of the CID that it goes by at a place that is named; 0 is ``Qm…``, in chunks of 256 KiB.
    ``tell``: is told what it means and costs before anything is sent. ``waits_s``: between tries of a place
    that does not answer; 5, 10 and 20 seconds if not said. Raises `ConsentNeeded`, `GateRefused`,
    `VerificationFailed` and what the place raises.
    """
    from lookalike.publish.consent import Consent
    from lookalike.publish.dag import LAYOUT_V0
    from lookalike.publish.manifest import checked_of
    from lookalike.publish.places import SIGNER_FILE, Places, open_place, store_in
    from lookalike.publish.publishing import WAITS_S, publish_file, wish_of
    from lookalike.publish.signing import own_signer

    folder = Path.home() / ".lookalike" if home is None else Path(home)
    checked = None
    if report is not None:
        try:
            checked = checked_of(Path(report).read_bytes())
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
            raise BadInput(
                f"{os.fspath(report)} is not a report of a check.",
                hint="`lookalike check --json` prints one.",
                file=os.fspath(report),
            ) from problem
    wish, places = wish_of(Path(file), licence=licence, checked=checked), places or Places()
    if cid_version == 0:
        wish = replace(wish, layouts=(*wish.layouts, LAYOUT_V0))
        places = replace(places, layout=LAYOUT_V0)
    place = open_place(to, places, store_in(folder)) if isinstance(to, str) else to
    signer, watch = own_signer(folder / SIGNER_FILE), watch or Unwatched()
    if encrypt:
        from lookalike.publish.encrypting import encrypt_beside

        wish = replace(wish, encrypted=encrypt_beside(wish.path, wish.rows["sha256"], watch=watch).path)
    waits = WAITS_S if waits_s is None else waits_s
    consent = Consent(yes_forever, override)
    return publish_file(wish, place, signer, consent, watch=watch, waits_s=waits, tell=tell)


def verify(
    manifest: str | os.PathLike[str],
    *,
    file: str | os.PathLike[str] | None = None,
    gateway: str | None = None,
    key: str | None = None,
    model: TableModel | str | os.PathLike[str] | None = None,
    audit: int = 5,
    watch: Watch | None = None,
) -> Verified:
    """`Verified`: the file is what the manifest says; `VerificationFailed` says what does not match.

    ``file``: where it is; else beside the manifest; else fetched, from ``gateway`` or where it was published.
    ``key``: the fingerprint of the key that must have signed; without it, nobody is vouched for. ``model``:
    a model, or its file: then ``audit`` random blocks are made again, compared with the manifest and, where
    the file is here, found in it. Raises `BadInput` for what cannot be read, `Unavailable` for gateways.
    """
    from lookalike.publish.audit import audit as audited
    from lookalike.publish.manifest import read_any
    from lookalike.publish.verify import verify as verified

    name = os.fspath(manifest)
    path = None if file is None else os.fspath(file)
    found = verified(name, file=path, gateway=gateway, key=key, watch=watch)
    if model is None:
        return found
    known = model if isinstance(model, TableModel) else load(model)
    stated, _ = read_any(name)
    here = Path(found.source) if found.content == "plain" and found.is_here else None
    try:
        sample = _stated_sample(known, stated, name)
    except (UsageError, BadInput) as problem:
        raise VerificationFailed(
            f"The model cannot make what the manifest says: {problem.message}",
            hint="The manifest was forged, or is of another model.",
            file=name,
        ) from problem
    blocks = audited(sample, stated, audit, here, watch)
    return found.with_audit(blocks, in_file=here is not None)


def _stated_sample(model: TableModel, stated: Mapping[str, Any], name: str, **options: Any) -> Sample:
    """The rows that a manifest describes, from its model; `VerificationFailed` when it is another one."""
    if stated["model_sha256"] != model.hash:
        raise VerificationFailed(
            f"This model is not the one of the manifest: its hash is {model.hash}, "
            f"the manifest says {stated['model_sha256']}.",
            hint="Use the model file that the rows were drawn from.",
            file=name,
        )
    spec = SampleSpec.of_dict(spec_of(stated))
    return model.sample_spec(spec, stated["rows"], start=stated["start"], **options)


def load(path: str | os.PathLike[str]) -> TableModel:
    """The model in the file at ``path``; `BadModelFile` when it is not one. Safe with a stranger's file."""
    return TableModel(file.load(path))


def loads(data: bytes, name: str = "<model>") -> TableModel:
    """The model in the bytes of a model file; raises what `load` raises."""
    return TableModel(file.loads(data, name))


def inspect(path: str | os.PathLike[str]) -> dict[str, Json]:
    """What the model file is and *what of the data is inside*, without building the model."""
    return file.inspect(path)


def _like(source: Any, schema: Schema) -> pa.Table:
    """A table read by the schema of another one, whatever it holds."""
    return like(read_raw(source.arrow if isinstance(source, Table) else source), schema)


def _held_out(table: Table, holdout: Any, seed: int) -> tuple[Table, Table, Literal["auto", "given"]]:
    """(what may be learned from, what may not, where that came from)."""
    if isinstance(holdout, str) and holdout == "auto":
        return *set_aside(table, seed=seed), "auto"
    return table, Table(_like(holdout, table.schema), table.schema), "given"


def _refuse_overlap(table: Table, holdout: Table) -> None:
    """`BadInput` when the table surely has more rows of the holdout than its own repeats explain."""
    from lookalike.quality.frame import aligned
    from lookalike.quality.overlap import overlap

    frames, _ = aligned({"real": table.arrow, "holdout": holdout.arrow}, table.schema)
    shared = overlap(frames)
    if shared.spoilt:
        raise BadInput(
            f"{shared.hits:,} of the {shared.of:,} holdout rows stand in the table to learn: they are not "
            "held out.",
            hint="Take them out of the table, or let --holdout auto set rows aside.",
            file=table.source,
        )


def _given(schema: Schema | str | os.PathLike[str], target: str | None) -> Schema:
    if isinstance(schema, Schema):
        known = schema
        for column in known:
            check_column(column)
    else:
        known = read_schema(schema)
    return known if target is None else known.with_target(target)


def _retyped(table: Table, schema: Schema | str | os.PathLike[str] | None, target: str | None) -> Table:
    """A table that was read already, seen through another schema or with another target."""
    wanted = _given(table.schema if schema is None else schema, target)
    if set(wanted.names) != set(table.schema.names):
        stray = min(set(wanted.names) ^ set(table.schema.names))
        raise BadSchema("The schema and the table do not have the same columns.", column=stray)
    if schema is None:
        return Table(table.arrow, wanted, table.notes, table.source)
    arrow = typed(table.arrow, wanted, textual=False, source=table.source)
    return Table(arrow, wanted, table.notes, table.source)
