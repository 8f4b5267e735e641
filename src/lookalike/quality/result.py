"""What a check found, as plain data: the figures, and all that a report draws from.

The shape of `CheckData` is the shape of ``Check.to_json()``; ``contracts/check.schema.json`` is made from it
by `lookalike.quality.contract`. Shares, scores, AUCs and risks are fractions: 0.0044 is 0.44 %. None stands
for what was not measured; a text beside it says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VERSION = 1
SHOWN = 0.95
"""The confidence of the intervals that are shown (two-sided)."""
SURE = 0.999
"""The confidence of the bounds that a gate decides on (two-sided)."""

Better = Literal["higher", "lower"]
Group = Literal["diagnostic", "fidelity", "detection", "utility", "privacy"]
ReferenceFrom = Literal["holdout", "bootstrap", "halves", "train", "ideal", ""]
Task = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One headline figure beside what a second real sample would score.

    name: how a gate calls it, e.g. ``detection.auc``. low, high: the interval of ``value`` at `SHOWN`.
    reference: what a second real sample scores; reference_from: what stood in for that sample.
    worse: how much worse than the reference it is, ≥ 0 being worse whatever the direction of the figure;
    surely_worse, maybe_worse: the bounds of ``worse`` at `SURE`. A gate refuses when surely_worse is above
    its limit. unmeasured: why there is no value; empty when there is one. says: how to read it.
    """

    name: str
    label: str
    group: Group
    better: Better
    value: float | None
    low: float | None = None
    high: float | None = None
    reference: float | None = None
    reference_from: ReferenceFrom = ""
    worse: float | None = None
    surely_worse: float | None = None
    maybe_worse: float | None = None
    unmeasured: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One of the three numbers of a report's head: 0 to 100, where 100 is as good as a second real sample."""

    name: Literal["fidelity", "utility", "privacy"]
    value: float | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``hits`` of ``of``, its share and Wilson interval at `SHOWN`."""

    hits: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value and its interval at `SHOWN`."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    rows: int
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The sizes of what was compared; canaries is a number of rows."""

    real: TableSize
    synth: TableSize
    holdout: TableSize | None
    canaries: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A figure that was measured on ``rows`` of ``of`` rows, drawn by the seed."""

    what: str
    rows: int
    of: int


# ---- columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Shares of the rows with a value, drawn over each other.

    ``numbers``: n bins between n + 1 ``edges`` (times as seconds since 1970, spans as seconds); the first and
    last bin hold what lies beyond, when ``clipped``. ``categories``: one bar per ``labels``, most frequent in
    the real table first; the last is "(other)" when ``other``, a missing value never among them.
    """

    form: Literal["numbers", "categories"]
    edges: tuple[float, ...]
    edge_labels: tuple[str, ...]  # the edges as text, in the column's own form (dates as dates)
    labels: tuple[str, ...]
    other: bool
    clipped: bool
    real: tuple[float, ...]
    synth: tuple[float, ...]
    holdout: tuple[float, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One table's side of one column. The numbers are None for columns that are not numbers, and as text
    (dates) in ``text``, in the order least, median, mean, greatest."""

    missing: float
    distinct: int
    least: float | None = None
    median: float | None = None
    mean: float | None = None
    greatest: float | None = None
    spread: float | None = None  # standard deviation
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFigures:
    """One column. compared: whether fidelity, detection and privacy look at it; else ``why`` says why not.

    shape: 1 − Kolmogorov–Smirnov statistic or 1 − total variation; shape_reference: a second real sample's.
    gives_away: how much of detection's AUC hangs on it (`DetectionColumn`); None without detection.
    """

    name: str
    kind: str
    role: str | None
    compared: bool
    why: str
    measure: Literal["KS complement", "TV complement", ""]
    shape: float | None
    shape_reference: float | None
    gives_away: float | None
    real: Summary
    synth: Summary | None
    holdout: Summary | None
    histogram: Histogram | None


# ---- diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Retyped:
    column: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueTest:
    """How many values of a column break a test that the real ones pass; ``example`` is one that does."""

    column: str
    test: Literal["bounds", "categories", "grid", "pattern", "missing", "unique"]
    breaks: int
    of: int
    example: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """A rule that every row of the real table keeps, and how many rows break it."""

    rule: str
    kind: Literal["constant", "functional", "ordering", "combination"]
    breaks: int
    of: int
    holdout_breaks: int | None
    holdout_of: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    missing_columns: tuple[str, ...]
    extra_columns: tuple[str, ...]
    retyped: tuple[Retyped, ...]
    values: tuple[ValueTest, ...]  # every test that was made, those without breaks too
    rules: tuple[RuleTest, ...]


# ---- fidelity


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """Symmetric matrices over ``columns``; None on the diagonal and where a column has one value.

    real, synth: bias-corrected Cramér's V (0 to 1) after ten quantile bins or the ten top categories.
    difference: synth − real. trend: the pair's Trend score (shared bins).
    """

    columns: tuple[str, ...]
    real: tuple[tuple[float | None, ...], ...]
    synth: tuple[tuple[float | None, ...], ...]
    difference: tuple[tuple[float | None, ...], ...]
    trend: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupScore:
    """Two or three columns and the score of their joint density."""

    columns: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    association: Association | None
    worst_pairs: tuple[GroupScore, ...]
    worst_triples: tuple[GroupScore, ...]
    triples: int  # how many were looked at


# ---- detection


@dataclass(frozen=True, slots=True, kw_only=True)
class Roc:
    """At most 101 points of a receiver operating characteristic, from (0, 0) to (1, 1)."""

    fpr: tuple[float, ...]
    tpr: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A classifier's attempt to tell two tables apart: equal sizes, cross-validated."""

    between: str  # "train and synthetic", "holdout and synthetic", "train and holdout", "halves of train"
    auc: Estimate
    rows: int  # of each side
    folds: tuple[float, ...]  # the AUC of each fold
    roc: Roc


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionColumn:
    """How much AUC is lost when the column is shuffled (permutation importance, on unseen rows)."""

    name: str
    drop: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAway:
    """The synthetic row that the detector was surest of; ``because``: the columns that made it so."""

    probability: float
    cells: dict[str, str | None]
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    train: Detector
    holdout: Detector | None
    reference: Detector
    columns: tuple[DetectionColumn, ...]  # most telling first
    example: GivenAway | None


# ---- utility


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportancePair:
    """Permutation importance (loss of the metric) of a column in both predictors, on the same real rows."""

    name: str
    real: float
    synth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Utility:
    """Two predictors of ``target``, tested on the same real rows that neither saw.

    metric: ``AUC`` (macro one-against-rest for several classes) or ``R²``. Both learned from ``rows`` rows.
    more: further metrics of the two, by name: (real, synth).
    """

    target: str
    task: Task
    metric: Literal["AUC", "R²"]
    tested_on: Literal["holdout", "split"]
    test_rows: int
    rows: int
    real: Estimate
    synth: Estimate
    chance: float
    more: dict[str, tuple[float | None, float | None]]
    importances: tuple[ImportancePair, ...]
    agreement: float | None  # Spearman correlation of the two sets of importances


# ---- privacy


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Rows equal (or near) to a training row: of synthetic, of holdout, of train itself (to other rows).

    within: the distance that counts as near; 0 for exact copies.
    """

    synth: Rate
    holdout: Rate | None
    train: Rate
    within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """Histograms, over ``edges``, of a distance (or a ratio) of synthetic and of holdout rows to train, as
    shares of the rows; the last bin holds what lies beyond. p5, median: percentiles of each."""

    edges: tuple[float, ...]
    synth: tuple[float, ...]
    holdout: tuple[float, ...] | None
    synth_p5: float
    holdout_p5: float | None
    synth_median: float
    holdout_median: float | None
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearer:
    """The share of synthetic rows nearer to a training row than to a holdout row; ``base`` rows of each."""

    share: Estimate
    rows: int
    base: int
    repeats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipAttack:
    """Ranks candidates by how likely they were in train; ``tpr_at_1``: members found at 1 % false alarms."""

    name: Literal["distance", "density ratio"]
    auc: Estimate
    tpr_at_1: float
    members: int
    others: int
    roc: Roc


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """An attack after Anonymeter. attack: on training rows; control: the same on holdout rows; baseline: by
    guessing. risk: (attack − control) ÷ (1 − control). column: the secret, for attribute inference."""

    name: Literal["singling out, one column", "singling out, several columns", "linkability", "inference"]
    column: str | None
    attack: Rate
    control: Rate
    baseline: float | None
    risk: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class CameThrough:
    """What stands out in one column of train and came out again.

    ``rare``: categories with fewer than five rows; ``extreme``: the five least and the five greatest values,
    where each belongs to one row. found: how many of the ``of`` stand in synthetic; expected: in a second
    real sample, going by the holdout (None without one). examples: at most three of those found.
    """

    column: str
    what: Literal["rare", "extreme"]
    found: int
    of: int
    expected: float | None
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RealValues:
    """Values of a column that ought to be made new (ids, free text, personal data) that are real ones."""

    column: str
    kind: str
    rate: Rate
    example: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Canaries:
    planted: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """Always against the holdout: what needs one is None without it, and ``unmeasured`` says so."""

    unmeasured: str
    distance: str  # how distances are measured, in a sentence
    copies: Copies
    near: Copies | None
    closest: Distances | None
    ratio: Distances | None
    nearer: Nearer | None
    membership: tuple[MembershipAttack, ...]
    attacks: tuple[Attack, ...]
    came_through: tuple[CameThrough, ...]
    real_values: tuple[RealValues, ...]
    canaries: Canaries | None


# ---- the gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A figure that fell short. limit: how much worse than the reference it may be; over: by how much
    ``surely_worse`` is beyond that (None when unmeasured). helps: what usually does."""

    name: str
    label: str
    value: float | None
    reference: float | None
    worse: float | None
    surely_worse: float | None
    limit: float
    over: float | None
    unmeasured: bool
    says: str
    helps: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One threshold of the gate that was asked, and what became of it."""

    name: str
    limit: float
    state: Literal["passed", "refused", "unmeasured", "waived", "absent"]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """passed: no refusal. ``waived``: the names that would have refused and were waived by the gate file."""

    passed: bool
    gate: str  # "default", or the file's name
    refusals: tuple[Refusal, ...]
    limits: tuple[Limit, ...]
    waived: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckData:
    """Everything that was found."""

    version: Literal[1]
    library: str
    seed: int
    tables: Tables
    target: str | None
    task: Task | None
    samples: tuple[Sampled, ...]
    notes: tuple[str, ...]
    scores: tuple[Score, ...]  # fidelity, utility, privacy
    figures: tuple[Figure, ...]
    columns: tuple[ColumnFigures, ...]
    diagnostic: Diagnostic
    fidelity: Fidelity
    detection: Detection | None
    utility: Utility | None
    privacy: Privacy
