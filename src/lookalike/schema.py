"""What a table's columns are: kinds, roles, and the form each came in.

A `Schema` is plain data. It is inferred by `lookalike.tables.infer`, shown and edited as YAML, stored in
every model, and tells the writers how to spell a value so that a file comes back in the form it came in.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from lookalike.errors import BadSchema

Kind = Literal[
    "numerical",
    "categorical",
    "boolean",
    "datetime",
    "timedelta",
    "id",
    "text",
    "constant",
    "null",
]
Role = Literal["target", "key"]
Action = Literal["model", "fake", "drop"]

KINDS: tuple[str, ...] = get_args(Kind)
ROLES: tuple[str, ...] = get_args(Role)
ACTIONS: tuple[str, ...] = get_args(Action)

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. Fields that do not apply to its kind keep their defaults and are left out of YAML.

    name: as in the file, after repeated or empty headers were renamed.
    kind: how it is modelled. role: ``target``, ``key``, or nothing.
    type: the Arrow type it has in memory and in Parquet, as ``str(pa.DataType)``: ``int64``, ``string``,
        ``timestamp[us, tz=UTC]``, ``dictionary<values=string, indices=int32, ordered=0>``, ...
    action: ``model`` (learn and draw), ``fake`` (never a real value: made from frozen word lists or a
        pattern), ``drop`` (left out of the model and of what it makes).
    nulls: missing values occur. null_text: how a missing value is spelled in CSV (usually nothing).
    """

    name: str
    kind: Kind
    type: str
    role: Role | None = None
    action: Action = "model"
    nulls: bool = False
    null_text: str = ""

    # numerical: value = k * step / 10**decimals for an integer k; decimals None means no grid. A few cells
    # (fewer than 1 in 1,000) may lie off the grid; they are still written as they are
    decimals: int | None = None
    step: int = 1
    fixed: bool = False  # always written with all its decimals: 1.50
    whole_text: str = ".0"  # what follows a whole number when decimals vary: 7.0 beside 7.25, or 7 ("")
    prefix: str = ""  # "$" in $1,200.00; a minus stands before it, or after it when it ends in a space
    suffix: str = ""  # "%" in 12%
    thousands: str = ""  # "," in 1,200
    decimal_mark: str = "."
    # bounds, inclusive (numbers; RFC 3339 for datetimes); None: learned from the data
    low: float | int | str | None = None
    high: float | int | str | None = None

    # boolean: the two spellings in text
    true_text: str = "true"
    false_text: str = "false"

    # datetime, timedelta: a strptime pattern, %f with the number of digits seen (%3f); None: RFC 3339.
    # numerical: %.3e always with an exponent, %f never with one; None: only below 0.0001 and from 1e16 on
    format: str | None = None
    zone: str | None = None
    step_us: int | None = None  # every value is a multiple of this many microseconds since the epoch or zero

    # id: a template such as C-{00000} (see lookalike.tables.patterns)
    pattern: str | None = None

    # text and personal data: what it holds, e.g. name, email, phone, address, card, iban, words
    content: str | None = None
    # constant: its one value, as text
    value: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields that differ from their defaults, in declaration order."""
        shown: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.default is dataclasses.MISSING or value != field.default:
                shown[field.name] = value
        return shown


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a table, in file order. Hashable, comparable, and canonical as JSON."""

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for column in self.columns:
            if column.name in seen:
                raise BadSchema(f"The column {column.name!r} is named twice.", column=column.name)
            seen.add(column.name)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        known = ", ".join(repr(c.name) for c in self.columns[:8])
        raise BadSchema(f"There is no column {name!r}.", hint=f"The columns are {known}.", column=name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def target(self) -> str | None:
        """The name of the target column, or None."""
        return next((c.name for c in self.columns if c.role == "target"), None)

    def replace(self, name: str, **changes: Any) -> Schema:
        """A schema in which the column called ``name`` has these fields changed."""
        self[name]
        return Schema(tuple(dataclasses.replace(c, **changes) if c.name == name else c for c in self.columns))

    def with_target(self, name: str | None) -> Schema:
        """A schema whose one target is ``name`` (None: no target)."""
        if name is not None:
            self[name]
        columns = []
        for column in self.columns:
            if column.name == name:
                column = dataclasses.replace(column, role="target")
            elif column.role == "target":
                column = dataclasses.replace(column, role=None)
            columns.append(column)
        return Schema(tuple(columns))

    def drawn(self) -> Schema:
        """The columns that a sample has: all but those whose action is ``drop``."""
        return Schema(tuple(column for column in self.columns if column.action != "drop"))

    def to_dict(self) -> dict[str, Any]:
        return {"version": SCHEMA_VERSION, "columns": [c.to_dict() for c in self.columns]}

    def sha256(self) -> str:
        """Hex SHA-256 of the canonical JSON of `to_dict`."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def of_dict(cls, data: object, *, file: str | None = None) -> Schema:
        """The schema in a parsed YAML or JSON document; `BadSchema` says which column and field is wrong."""
        if not isinstance(data, Mapping) or not isinstance(data.get("columns"), list):
            raise BadSchema(
                "This is not a schema: there is no list called 'columns'.",
                hint="`lookalike schema TABLE -o schema.yaml` writes one to start from.",
                file=file,
            )
        version = data.get("version", SCHEMA_VERSION)
        if version != SCHEMA_VERSION:
            raise BadSchema(
                f"This schema has version {version!r}; version {SCHEMA_VERSION} is known here.", file=file
            )
        unknown = set(data) - {"version", "columns"}
        if unknown:
            raise BadSchema(f"The schema has an unknown field {min(map(str, unknown))!r}.", file=file)
        return cls(tuple(_column_of(entry, i, file) for i, entry in enumerate(data["columns"], 1)))


_TYPES: dict[str, tuple[type, ...]] = {
    "nulls": (bool,),
    "fixed": (bool,),
    "decimals": (int,),
    "step": (int,),
    "step_us": (int,),
    "low": (int, float, str),
    "high": (int, float, str),
}
_CHOICES: dict[str, tuple[str, ...]] = {"kind": KINDS, "role": ROLES, "action": ACTIONS}


def _column_of(entry: object, number: int, file: str | None) -> Column:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        raise BadSchema(f"Entry {number} of 'columns' has no name.", file=file)
    name: str = entry["name"]
    fields = {field.name: field for field in dataclasses.fields(Column)}
    values: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in fields:
            raise BadSchema(
                f"Unknown field {key!r}.", hint=f"Known fields: {', '.join(fields)}.", file=file, column=name
            )
        if value is None:
            continue
        allowed = _TYPES.get(key, (str,))
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            raise BadSchema(
                f"The field {key!r} is {value!r}; it must be {' or '.join(t.__name__ for t in allowed)}.",
                file=file,
                column=name,
            )
        if key in _CHOICES and value not in _CHOICES[key]:
            raise BadSchema(
                f"The field {key!r} is {value!r}; it must be one of {', '.join(_CHOICES[key])}.",
                file=file,
                column=name,
            )
        values[key] = value
    for required in ("kind", "type"):
        if required not in values:
            raise BadSchema(f"The field {required!r} is missing.", file=file, column=name)
    if values.get("step", 1) < 1 or not 0 <= values.get("decimals", 0) <= 15:
        raise BadSchema("'step' must be at least 1, and 'decimals' between 0 and 15.", file=file, column=name)
    return Column(**values)
