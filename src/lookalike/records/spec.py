"""What records are to be: plain data. It opens no file and calls nothing.

Columns are a small graph: each names, in its prompt or expression, the columns that it needs;
`lookalike.records.plan` finds the order, and says whether it all holds together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from lookalike.records.chat import Mode, canonical

Json = Any
SPEC_VERSION = 1


@dataclass(frozen=True, slots=True)
class Price:
    """Per million tokens, in one currency for the whole spec."""

    input: float = 0.0
    output: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A language model under an alias. key_env: the name of the environment variable that holds its key.

    kind: ``openai``, ``anthropic``, or ``local`` (the small model that `make local-llm` installs). seed:
    whether a seed is sent. structure: how to ask for structured answers, when what is known of the model is
    wrong. concurrency: the most calls at once. context_tokens: the most that prompt and answer may have.
    """

    kind: Literal["openai", "anthropic", "local"] = "local"
    url: str = ""
    model: str = ""
    key_env: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int = 1024
    seed: bool | None = None
    extra_body: Mapping[str, Json] = field(default_factory=dict[str, Json])
    price: Price = Price()
    structure: Mode | None = None
    concurrency: int = 16
    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """keep: whether it stands in the records. flatten: its fields stand beside the columns, not inside it."""

    name: str
    keep: bool = True
    flatten: bool = False
    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled(Column):
    """Drawn by chance. sampler: a name of `lookalike.records.samplers`; settings: what it takes.

    of: for a subcategory, the column whose value chooses among its lists.
    """

    sampler: str
    settings: Mapping[str, Json] = field(default_factory=dict[str, Json])
    of: str | None = None
    kind: ClassVar[str] = "sampler"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow(Column):
    """Row ``slot`` of the endless table of a fitted model: joint values. columns: all, if none."""

    table: str
    columns: tuple[str, ...] = ()
    where: Mapping[str, Json] = field(default_factory=dict[str, Json])
    kind: ClassVar[str] = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRow(Column):
    """A row of the seeds, or a passage of a document (``text`` and where it stood): an object.

    order: ``shuffled`` (each pass in another order), ``cycled`` (in their own), ``once`` (one record each).
    """

    seed: str
    order: Literal["shuffled", "cycled", "once"] = "shuffled"
    kind: ClassVar[str] = "seed"


@dataclass(frozen=True, slots=True)
class Examples:
    """Few-shot: so many rows of the seeds, different in each record, as ``examples`` in the prompt."""

    seed: str
    count: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Column):
    """Written by a language model. prompt, system: templates over other columns."""

    prompt: str
    system: str | None = None
    model: str | None = None
    max_tokens: int | None = None
    examples: Examples | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Written):
    kind: ClassVar[str] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured(Written):
    """An object or list that follows a JSON Schema."""

    schema: Json
    kind: ClassVar[str] = "structured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge(Written):
    """Scores by a language model. scores: name → what each whole number means, or what is to be judged.

    The value is an object: each score, and ``why`` in words.
    """

    scores: Mapping[str, Json]
    kind: ClassVar[str] = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression(Column):
    """Computed from other columns: one expression, such as ``answer.text | length``."""

    expression: str
    kind: ClassVar[str] = "expression"


@dataclass(frozen=True, slots=True)
class Check:
    """A validator. of: ``column`` or ``column.field``; its value must match, or lie between.

    that: in place of these an expression that must be true. why: what a failure says.
    """

    of: str | None = None
    regex: str | None = None
    low: float | None = None
    high: float | None = None
    least_chars: int | None = None
    most_chars: int | None = None
    one_of: tuple[Json, ...] = ()
    that: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Which records are too alike. of: the columns that are compared; all written ones, if none.

    near: the Jaccard similarity of word triples from which two records are near-duplicates; None: only exact
    ones are refused.
    """

    of: tuple[str, ...] = ()
    exact: bool = True
    near: float | None = 0.8


@dataclass(frozen=True, slots=True)
class Leakage:
    """Written text must not share ``tokens`` words in a row with the seeds of these names; all, if none."""

    tokens: int = 13
    seeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diversity:
    """Asking stops when more than ``most_alike`` of the last ``window`` candidates are near-duplicates."""

    window: int = 200
    most_alike: float | None = 0.5


@dataclass(frozen=True, slots=True)
class Filters:
    checks: tuple[Check, ...] = ()
    duplicates: Duplicates | None = Duplicates()
    leakage: Leakage | None = None
    personal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard caps; None: none. candidates: all that may be begun, those that are filtered included."""

    candidates: int | None = None
    tokens: int | None = None
    money: float | None = None
    time_s: float | None = None


@dataclass(frozen=True, slots=True)
class SeedSpec:
    """Where seeds come from: ``path`` is a table, ``documents`` are files that are split into passages."""

    path: str | None = None
    documents: tuple[str, ...] = ()
    passage_words: int = 200
    overlap_words: int = 40


@dataclass(frozen=True, slots=True)
class Spec:
    """columns: in the order of the output. tables: name → path of a model file, when the spec names them."""

    columns: tuple[Column, ...]
    name: str = "records"
    seed: int = 0
    models: Mapping[str, ModelSpec] = field(default_factory=dict[str, ModelSpec])
    seeds: Mapping[str, SeedSpec] = field(default_factory=dict[str, SeedSpec])
    filters: Filters = Filters()
    diversity: Diversity = Diversity()
    limits: Limits = Limits()

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def written(self) -> tuple[Written, ...]:
        """The columns that a language model writes."""
        return tuple(column for column in self.columns if isinstance(column, Written))

    def identity(self, *facts: str) -> str:
        """Hex SHA-256 over what determines the requests: not filters, caps, prices or how fast it may go.

        ``facts`` are what the spec only names: the hashes of table models and of seeds.
        """
        models = {
            alias: (*_place(model), model.max_tokens, model.seed, dict(model.extra_body))
            for alias, model in self.models.items()
        }
        columns = [[column.kind, asdict(column)] for column in self.columns]
        seeds = {name: asdict(seed) for name, seed in self.seeds.items()}
        said = [SPEC_VERSION, self.seed, models, columns, seeds, *facts]
        return _digest(said)

    def filters_identity(self) -> str:
        """Hex SHA-256 over the filters."""
        return _digest(asdict(self.filters))


def _place(model: ModelSpec) -> tuple[Json, ...]:
    """Which model it is, and how it draws; the local one is where it happens to be."""
    url = "" if model.kind == "local" else model.url
    return model.kind, url, model.model, model.temperature, model.top_p


def _digest(said: Json) -> str:
    # through JSON and back: keys that are numbers become the texts as which JSON has them
    return hashlib.sha256(canonical(json.loads(json.dumps(said)))).hexdigest()
