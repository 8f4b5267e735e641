# ruff: noqa: E501  (a table of figures reads better in lines)
"""Checks to draw: the JSON of one, measured, or made up through the real dataclasses.

`adult` is what `check` finds in a slice of the census; `built` measures nothing, and so can be as large, as
strange and as empty as a test likes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import lookalike as la
from lookalike.quality.contract import to_json
from lookalike.quality.fidelity import MATRIX_COLUMNS
from lookalike.quality.intervals import rate
from lookalike.quality.result import (
    Association,
    Attack,
    Better,
    CameThrough,
    Canaries,
    CheckData,
    ColumnFigures,
    Copies,
    Detection,
    DetectionColumn,
    Detector,
    Diagnostic,
    Distances,
    Estimate,
    Fidelity,
    Figure,
    GivenAway,
    Group,
    GroupScore,
    Histogram,
    ImportancePair,
    Limit,
    MembershipAttack,
    Nearer,
    Privacy,
    RealValues,
    Refusal,
    Retyped,
    Roc,
    RuleTest,
    Sampled,
    Score,
    Summary,
    Tables,
    TableSize,
    Utility,
    ValueTest,
    Verdict,
)

Json = dict[str, Any]
ROOT = Path(__file__).parents[1]
NAMES = ("age", "work", "hired", "pay", "id", "note", "target")
_KINDS = ("numerical", "categorical", "datetime", "numerical", "id", "text", "categorical")


def whole(data: CheckData, gate: Verdict | None) -> Json:
    """What ``Check.to_json()`` gives: the figures and the gate's answer; the charts are another module's."""
    return {**to_json(data), "gate": None if gate is None else to_json(gate)}


# ---- measured on the census


def adult(rows: int = 4000) -> Json:
    """Train of the census against what the tree model makes of it, one row in fifty being copied from train."""
    folder = ROOT / "examples/data/adult"
    train, test = (la.read(folder / f"{part}.csv", target="income") for part in ("train", "test"))
    real = la.read(train.arrow.slice(0, rows), schema=train.schema)
    made = la.fit(real).sample(rows).to_arrow()
    copied = rows // 50
    synth = pa.concat_tables([made.slice(copied), real.arrow.slice(0, copied).cast(made.schema)])
    holdout = la.read(test.arrow.slice(0, rows), schema=train.schema)
    return la.check(real, la.read(synth, schema=train.schema), holdout=holdout, target="income").to_json()


# ---- made up


def built(names: Sequence[str] = NAMES, *, text: str = "a value", seed: int = 0) -> CheckData:
    """A check of columns called ``names``, of all kinds in turn; ``text`` is every value in it."""
    rng = np.random.default_rng(seed)
    compared = [name for i, name in enumerate(names) if _KINDS[i % len(_KINDS)] not in ("id", "text")]
    size = TableSize(rows=1000, columns=len(names))
    return CheckData(
        version=1,
        library="lookalike 0.2",
        seed=seed,
        tables=Tables(real=size, synth=size, holdout=size, canaries=3),
        target=names[-1] if names else None,
        task="classification",
        samples=(Sampled(what="neighbours: synthetic rows", rows=1000, of=20_000),),
        notes=(f"A note on {text}.",),
        scores=scores(),
        figures=figures(),
        columns=tuple(_column(i, name, text, rng) for i, name in enumerate(names)),
        diagnostic=diagnostic(names, text),
        fidelity=Fidelity(
            association=_association(compared[:MATRIX_COLUMNS], rng),
            worst_pairs=tuple(
                GroupScore(columns=(a, b), score=float(rng.uniform(0.9, 1))) for a, b in pairwise(compared)
            )[:20],
            worst_triples=tuple(
                GroupScore(columns=group, score=float(rng.uniform(0.8, 1)))
                for group in zip(compared, compared[1:], compared[2:], strict=False)
            )[:20],
            triples=200,
        ),
        detection=_detection(compared, text, rng),
        utility=_utility(compared, rng),
        privacy=privacy(names, text),
    )


def scores(fidelity: float | None = 96.4, utility: float | None = 98.9, privacy: float | None = 61.5):
    words = {
        "fidelity": "Close to a second real sample; look at what gives it away.",
        "utility": "It teaches a predictor what real rows teach.",
        "privacy": "It tells more about train than it should: exact copies of train.",
    }
    values = {"fidelity": fidelity, "utility": utility, "privacy": privacy}
    return tuple(
        Score(name=name, value=value, words=words[name] if value is not None else "Not measured: no holdout.")
        for name, value in values.items()
    )


_FIGURES: tuple[tuple[str, str, Group, Better, float, float, float, str], ...] = (
    ("privacy.copies", "Exact copies of train", "privacy", "lower", 0.0213, 0.0014, 0.002, "The share of synthetic rows equal to a training row."),
    ("privacy.near", "Near copies of train", "privacy", "lower", 0.031, 0.027, 0.003, "Rows within the distance that the nearest 1 % of train keep from each other."),
    ("privacy.nearer", "Nearer to train", "privacy", "lower", 0.509, 0.5, 0.006, "The share of synthetic rows nearer to a training row than to a holdout row."),
    ("privacy.membership", "Membership inference", "privacy", "lower", 0.511, 0.5, 0.007, "The best attack’s AUC in telling training rows from holdout rows."),
    ("privacy.singling_out", "Singling out", "privacy", "lower", 0.012, 0.0, 0.015, "The risk beyond what the attack does on people who were not in train."),
    ("privacy.inference", "Attribute inference", "privacy", "lower", -0.004, 0.0, 0.02, "The worst secret’s risk beyond what the attack does on the holdout."),
    ("fidelity.shape", "Columns", "fidelity", "higher", 0.991, 0.994, 0.001, "How alike each column’s values are distributed, on average; 100 % is the same."),
    ("fidelity.trend", "Pairs of columns", "fidelity", "higher", 0.981, 0.986, 0.001, "How alike pairs of columns go together, on average."),
    ("fidelity.triples", "Triples of columns", "fidelity", "higher", 0.942, 0.957, 0.002, "How alike three columns at a time go together, on average."),
    ("detection.auc", "Told from real rows", "detection", "lower", 0.534, 0.501, 0.008, "How often a classifier ranks a synthetic row above a real one; 0.5 is a coin."),
    ("detection.holdout_auc", "Told from unseen rows", "detection", "lower", 0.541, 0.501, 0.008, "The same against the holdout, which no copying can please."),
    ("utility.loss", "Predictive power lost", "utility", "lower", 0.011, 0.0, 0.006, "The part of what a predictor learns from real rows that it does not learn from synthetic ones."),
    ("diagnostic.rules", "Rows that break a rule", "diagnostic", "lower", 0.0007, 0.0, 0.0005, "The share of rows that break a rule that every real row keeps."),
)  # fmt: skip

_LIMITS = {
    "privacy.copies": 0.005, "privacy.near": 0.02, "privacy.nearer": 0.03, "privacy.membership": 0.03,
    "privacy.singling_out": 0.05, "privacy.inference": 0.1, "fidelity.shape": 0.03, "fidelity.trend": 0.05,
    "detection.auc": 0.15, "utility.loss": 0.1,
}  # fmt: skip


def figures() -> tuple[Figure, ...]:
    """Headline figures of every group."""
    found: list[Figure] = []
    for name, label, group, better, value, reference, error, says in _FIGURES:
        worse = reference - value if better == "higher" else value - reference
        found.append(
            Figure(
                name=name,
                label=label,
                group=group,
                better=better,
                value=value,
                low=value - 2 * error,
                high=value + 2 * error,
                reference=reference,
                reference_from="bootstrap" if group == "fidelity" else "holdout",
                worse=worse,
                surely_worse=worse - 3.3 * error,
                maybe_worse=worse + 3.3 * error,
                says=says,
            )
        )
    return tuple(found)


def refused() -> Verdict:
    """The default gate's no, for copies and for a figure that was not measured."""
    copies = Refusal(
        name="privacy.copies",
        label="Exact copies of train",
        value=0.0213,
        reference=0.0014,
        worse=0.0199,
        surely_worse=0.0133,
        limit=0.005,
        over=0.0083,
        unmeasured=False,
        says="2.1 % of synthetic rows are rows of train, where 0.14 % of the holdout’s are: surely 1.3 points more, and 0.5 are allowed.",
        helps="Fit with privacy careful, or raise the smallest leaf; look for a table that repeats its rows.",
    )
    near = Refusal(
        name="privacy.near",
        label="Near copies of train",
        value=None,
        reference=None,
        worse=None,
        surely_worse=None,
        limit=0.02,
        over=None,
        unmeasured=True,
        says="Near copies could not be measured: there is no holdout.",
        helps="Set rows aside before fitting: --holdout auto.",
    )
    return Verdict(passed=False, gate="default", refusals=(copies, near), limits=_limits(), waived=())


def passed(*waived: str) -> Verdict:
    return Verdict(passed=True, gate="gate.yaml", refusals=(), limits=_limits(waived, True), waived=waived)


def _limits(waived: Sequence[str] = (), good: bool = False) -> tuple[Limit, ...]:
    states = {} if good else {"privacy.copies": "refused", "privacy.near": "unmeasured"}
    return tuple(
        Limit(
            name=name,
            limit=limit,
            state="waived" if name in waived else states.get(name, "passed"),  # type: ignore[arg-type]
            why="",
        )
        for name, limit in _LIMITS.items()
    )


def diagnostic(names: Sequence[str], text: str = "a value") -> Diagnostic:
    some = list(names[:8])
    tests = ("bounds", "categories", "grid", "pattern", "missing", "unique")
    return Diagnostic(
        missing_columns=(),
        extra_columns=tuple(f"{name} (copy)" for name in some[:1]),
        retyped=tuple(Retyped(column=name, expected="numerical", found="text") for name in some[1:2]),
        values=tuple(
            ValueTest(
                column=name, test=tests[i % 6], breaks=(0, 3, 0, 41)[i % 4], of=3000, example=text if i % 2 else None
            )
            for i, name in enumerate(some)
        ),
        rules=tuple(
            RuleTest(
                rule=f"{a} fixes {b}",
                kind="functional" if i % 2 else "ordering",
                breaks=(2, 0)[i % 2],
                of=3000,
                holdout_breaks=0,
                holdout_of=3000,
            )
            for i, (a, b) in enumerate(pairwise(some))
        ),
    )  # fmt: skip


def privacy(names: Sequence[str], text: str = "a value") -> Privacy:
    edges = tuple(np.linspace(0, 0.5, 41).tolist())
    distance = np.random.default_rng(1).beta(2, 7, (2, 4000)) * np.array([[0.5], [0.52]])
    shares = [tuple((np.histogram(np.minimum(one, 0.499), edges)[0] / 4000).tolist()) for one in distance]
    ratio_edges = tuple(np.linspace(0, 1, 41).tolist())
    ratio = np.random.default_rng(2).beta(6, 1.6, (2, 4000))
    ratios = [tuple((np.histogram(one, ratio_edges)[0] / 4000).tolist()) for one in ratio]
    curve = np.linspace(0, 1, 51)
    attacks = [
        _attack("singling out, one column", None, 84, 66, 0.01),
        _attack("singling out, several columns", None, 131, 122, 0.02),
        _attack("linkability", None, 45, 43, 0.005),
        *(
            _attack("inference", name, 812 + 20 * i, 805 + 9 * i, 0.34)
            for i, name in enumerate(names[:60])
        ),
    ]  # fmt: skip
    return Privacy(
        unmeasured="",
        distance="Each column counts the same: ranks for numbers, equal or not for categories, and their mean.",
        copies=Copies(synth=rate(64, 3000), holdout=rate(4, 3000), train=rate(9, 3000), within=0.0),
        near=Copies(synth=rate(93, 3000), holdout=rate(81, 3000), train=rate(79, 3000), within=0.0213),
        closest=Distances(
            edges=edges,
            synth=shares[0],
            holdout=shares[1],
            synth_p5=float(np.quantile(distance[0], 0.05)),
            holdout_p5=float(np.quantile(distance[1], 0.05)),
            synth_median=float(np.median(distance[0])),
            holdout_median=float(np.median(distance[1])),
            rows=3000,
        ),
        ratio=Distances(
            edges=ratio_edges,
            synth=ratios[0],
            holdout=ratios[1],
            synth_p5=float(np.quantile(ratio[0], 0.05)),
            holdout_p5=float(np.quantile(ratio[1], 0.05)),
            synth_median=float(np.median(ratio[0])),
            holdout_median=float(np.median(ratio[1])),
            rows=3000,
        ),
        nearer=Nearer(share=Estimate(value=0.509, low=0.491, high=0.527), rows=3000, base=3000, repeats=1),
        membership=tuple(
            MembershipAttack(
                name=name,
                auc=Estimate(value=auc, low=auc - 0.014, high=auc + 0.014),
                tpr_at_1=0.013,
                members=1500,
                others=1500,
                roc=Roc(fpr=tuple(curve.tolist()), tpr=tuple((curve ** (1 / auc - 1)).tolist())),
            )
            for name, auc in (("distance", 0.511), ("density ratio", 0.504))
        ),
        attacks=tuple(attacks),
        came_through=tuple(
            CameThrough(
                column=name,
                what="rare" if i % 2 else "extreme",
                found=i,
                of=10,
                expected=i / 3,
                examples=(text,) * min(i, 3),
            )
            for i, name in enumerate(names[:10])
        ),
        real_values=tuple(
            RealValues(column=name, kind="id", rate=rate(i, 3000), example=text if i else None)
            for i, name in enumerate(names[4:6])
        ),
        canaries=Canaries(planted=20, found=0),
    )


def _attack(name: Any, column: str | None, hits: int, control: int, baseline: float) -> Attack:
    attack, other = rate(hits, 2000), rate(control, 2000)
    assert attack.share is not None
    assert other.share is not None
    risk = (attack.share - other.share) / (1 - other.share)
    return Attack(
        name=name,
        column=column,
        attack=attack,
        control=other,
        baseline=baseline,
        risk=Estimate(value=risk, low=risk - 0.02, high=risk + 0.02),
    )


def _column(i: int, name: str, text: str, rng: np.random.Generator) -> ColumnFigures:
    kind = _KINDS[i % len(_KINDS)]
    compared = kind not in ("id", "text")
    numeric = kind in ("numerical", "datetime")
    counts = rng.integers(1, 100, (3, 40 if numeric else 12)).astype(float)
    shares = [tuple((row / row.sum()).tolist()) for row in counts]
    summary = Summary(missing=0.01 * (i % 3), distinct=100 + i)
    if numeric:
        summary = Summary(
            missing=0.0,
            distinct=900,
            least=0.0,
            median=12.5,
            mean=14.25,
            greatest=40.0,
            spread=5.5,
            text=(text,) * 4 if kind == "datetime" else (),
        )
    histogram = Histogram(
        form="numbers" if numeric else "categories",
        edges=tuple(np.arange(41.0).tolist()) if numeric else (),
        edge_labels=(text,) * 41 if numeric else (),
        labels=() if numeric else (*(f"{text} {k}" for k in range(11)), "(other)"),
        other=not numeric,
        clipped=False,
        real=shares[0],
        synth=shares[1],
        holdout=shares[2],
    )
    return ColumnFigures(
        name=name,
        kind=kind,
        role="target" if name == "target" else None,
        compared=compared,
        why="" if compared else f"{text} is made new, so its values are not compared",
        measure="" if not compared else "KS complement" if numeric else "TV complement",
        shape=float(rng.uniform(0.9, 1)) if compared else None,
        shape_reference=0.985 if compared else None,
        gives_away=float(rng.uniform(0, 0.02)) if compared else None,
        real=summary,
        synth=summary,
        holdout=summary,
        histogram=histogram if compared else None,
    )


def _association(names: Sequence[str], rng: np.random.Generator) -> Association | None:
    if len(names) < 2:
        return None
    n = len(names)
    real = np.abs(rng.normal(0, 0.25, (n, n))).clip(0, 1)
    synth = (real + rng.normal(0, 0.03, (n, n))).clip(0, 1)

    def rows(matrix: Any) -> tuple[tuple[float | None, ...], ...]:
        both = np.tril(matrix, -1) + np.tril(matrix, -1).T
        return tuple(
            tuple(None if i == j else round(float(both[i, j]), 3) for j in range(n)) for i in range(n)
        )

    return Association(
        columns=tuple(names), real=rows(real), synth=rows(synth), difference=rows(synth - real), trend=rows(synth)
    )  # fmt: skip


def _detector(between: str, auc: float) -> Detector:
    curve = np.linspace(0, 1, 101)
    return Detector(
        between=between,
        auc=Estimate(value=auc, low=auc - 0.012, high=auc + 0.012),
        rows=1000,
        folds=(auc, auc - 0.01, auc + 0.01),
        roc=Roc(fpr=tuple(curve.tolist()), tpr=tuple((curve ** (1 / auc - 1)).tolist())),
    )


def _detection(names: Sequence[str], text: str, rng: np.random.Generator) -> Detection:
    drops = sorted(rng.exponential(0.01, len(names)).tolist(), reverse=True)
    return Detection(
        train=_detector("train and synthetic", 0.58),
        holdout=_detector("holdout and synthetic", 0.6),
        reference=_detector("train and holdout", 0.501),
        columns=tuple(
            DetectionColumn(name=name, drop=drop, low=drop - 0.004, high=drop + 0.004)
            for name, drop in zip(names, drops, strict=True)
        ),
        example=GivenAway(
            probability=0.994,
            cells={name: text if i % 5 else None for i, name in enumerate(names)},
            because=tuple(names[:2]),
        ),
    )


def _utility(names: Sequence[str], rng: np.random.Generator) -> Utility:
    weights = rng.exponential(0.02, (2, len(names)))
    return Utility(
        target=names[-1] if names else "none",
        task="classification",
        metric="AUC",
        tested_on="holdout",
        test_rows=1000,
        rows=1000,
        real=Estimate(value=0.914, low=0.902, high=0.926),
        synth=Estimate(value=0.906, low=0.893, high=0.919),
        chance=0.5,
        more={"accuracy": (0.861, 0.853), "F1": (0.7, None)},
        importances=tuple(
            ImportancePair(name=name, real=float(a), synth=float(b))
            for name, a, b in zip(names, *weights, strict=True)
        ),
        agreement=0.93,
    )
