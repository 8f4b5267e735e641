"""The verb `write`: a spec in, records out, and a journal beside them from which a run that broke off goes
on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lookalike.errors import BadSpec, UsageError
from lookalike.models.file import Stored
from lookalike.records import local, output, spec_file
from lookalike.records.cassette import Recording, Replaying
from lookalike.records.job import Asked, Executor, Snapshot, run, with_limits
from lookalike.records.journal import Journal
from lookalike.records.materials import Materials, Seeds
from lookalike.records.plan import Plan, plan
from lookalike.records.preview import Memory
from lookalike.records.sink import Sink
from lookalike.records.spec import ModelSpec, Spec
from lookalike.tables.atomic import open_sink
from lookalike.watch import Watch

Json = Any
JOURNAL = ".journal"
MOST_RECORDS = 10_000_000
LOCAL_NOTE = f"No model is named, so the small local one writes ({local.MODEL}): for trying out only."


@dataclass(frozen=True, slots=True)
class Prepared:
    """A spec with all that it names, checked. notes: what was assumed, one sentence each."""

    plan: Plan
    notes: tuple[str, ...] = ()

    @property
    def spec(self) -> Spec:
        return self.plan.spec


@dataclass(frozen=True, slots=True)
class Records:
    """What `write` returns: the accepted records in the order of their slots, and how it went."""

    spec: Spec
    count: int
    snapshot: Snapshot
    sink: Sink
    notes: tuple[str, ...] = ()
    out: Path | None = None

    def __iter__(self) -> Iterator[dict[str, Json]]:
        return output.records(self.spec, self.sink, self.count)

    def __len__(self) -> int:
        return self.snapshot.counts.accepted

    def failures(self) -> Iterator[dict[str, Json]]:
        """What was refused: column, kind, reason, raw text, attempts, values."""
        return output.failures(self.sink)

    def with_provenance(self) -> Iterator[dict[str, Json]]:
        """The records, each with ``_made``: models, prompt hashes, raw answers, tokens, cost."""
        return output.records(self.spec, self.sink, self.count, provenance=True)


@dataclass(frozen=True, slots=True)
class Given:
    """What stands in for the files that a spec names: rows, fitted models, language models."""

    seeds: Mapping[str, Sequence[Mapping[str, Json]]] = field(
        default_factory=dict[str, Sequence[Mapping[str, Json]]]
    )
    tables: Mapping[str, Stored] = field(default_factory=dict[str, Stored])
    models: Mapping[str, ModelSpec] = field(default_factory=dict[str, ModelSpec])


def prepare(spec: Spec | Mapping[str, Json] | str | os.PathLike[str], given: Given | None = None) -> Prepared:
    """``spec`` (a path, plain objects, or a `Spec`) checked, with its files opened. Nothing is called.

    Raises `BadSpec`, and what the readers of tables, documents and model files raise.
    """
    given = given or Given()
    folder = Path()
    if isinstance(spec, Spec):
        made = spec
    elif isinstance(spec, Mapping):
        made = spec_file.of_dict(spec)
    else:
        folder = Path(spec).parent
        made = spec_file.parse(_text(Path(spec)), os.fspath(spec))
    notes: list[str] = []
    made = replace(made, models={**made.models, **given.models})
    if not made.models and made.written():
        made = replace(made, models={"local": ModelSpec()})
        notes.append(LOCAL_NOTE)
    return Prepared(plan(made, _materials(made, folder, given)), tuple(notes))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise BadSpec(f"The spec cannot be read: {error}", file=str(path)) from error


def _materials(spec: Spec, folder: Path, given: Given) -> Materials:
    """Those that were given, and the files of the others."""
    from lookalike.records.materials_files import open_materials

    left = replace(spec, seeds={name: seeds for name, seeds in spec.seeds.items() if name not in given.seeds})
    opened = open_materials(left, folder, set(given.tables))
    return Materials(
        seeds={**opened.seeds, **{name: Seeds(rows) for name, rows in given.seeds.items()}},
        tables={**opened.tables, **given.tables},
    )


def write(
    prepared: Prepared,
    records: int,
    out: str | os.PathLike[str] | None = None,
    *,
    restart: bool = False,
    again: bool = False,
    only: Collection[int] | None = None,
    keep_asking: bool = False,
    window: int | None = None,
    provenance: bool = False,
    limits: Mapping[str, Json] | None = None,
    executor: Executor | None = None,
    watch: Watch | None = None,
    told: Callable[[Snapshot], None] | None = None,
) -> Records:
    """Exactly ``records`` records, in ``out`` (JSON Lines) when it is given; its journal is ``OUT.journal``.

    A second call with the same spec goes on where the first broke off; ``restart`` throws away what it made.
    ``again`` asks once more for what could not be had, ``only`` for these slots alone. ``window``: how many
    candidates are out at once, on which alone (and on the answers) the choice of records depends. Without
    ``out`` all is in memory. Raises `FewerThanAsked`, `ProviderFailed`, `Cancelled`, `CannotWrite`; what was
    made stays in the journal.
    """
    if not 1 <= records <= MOST_RECORDS:
        raise UsageError(f"{records:,} records were asked for; ask for 1 to {MOST_RECORDS:,}.")
    if only is not None and not (only and all(0 <= slot < records for slot in only)):
        raise UsageError(f"The slots to ask for again are some of 0 to {records - 1:,}.")
    ready = with_limits(prepared.plan, **(limits or {}))
    asked = Asked(
        records,
        again=again or only is not None,
        only=None if only is None else frozenset(only),
        keep_asking=keep_asking,
        window=window,
    )
    if out is None:
        memory = Memory()
        snapshot = run(ready, memory, asked, executor, watch=watch, told=told)
        return Records(ready.spec, records, snapshot, memory, prepared.notes)
    target = Path(out)
    path = target.with_name(target.name + JOURNAL)
    if restart:
        path.unlink(missing_ok=True)
    journal = Journal(path, ready.identity(), ready.spec.filters_identity())
    try:
        snapshot = run(ready, journal, asked, executor, watch=watch, told=told)
        with open_sink(target) as file:
            for record in output.records(ready.spec, journal, records, provenance=provenance):
                file.write(output.line(record))
    finally:
        journal.close()
    return Records(ready.spec, records, snapshot, journal, prepared.notes, target)


def with_cassette(executor: Executor, record: str | None, replay: str | None) -> Executor:
    """The executor around a cassette that records, or one that plays in place of all models."""
    if record is not None and replay is not None:
        raise UsageError("A cassette is recorded or replayed, not both.")
    if record is not None:
        return replace(executor, wrap=lambda inner: Recording(inner, record))
    if replay is not None:
        playing = Replaying.of_file(replay)
        return replace(executor, wrap=lambda _: playing, offline=True)
    return executor
