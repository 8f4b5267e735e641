"""What the synthetic table is good for: train on synthetic, test on real, beside train on real, test on real.

After Esteban, Hyland, Rätsch ("Real-valued (medical) time series generation with recurrent conditional
GANs", arXiv 1706.02633). Two predictors of the target (`lookalike.quality.boosting`) learn from equally many
rows and are tested on the same real rows, which neither saw: the holdout, or a fifth of the real table set
aside here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lookalike.errors import UsageError
from lookalike.quality import boosting, intervals
from lookalike.quality.frame import Floats, Frames, Ints, Side, generator, sampled
from lookalike.quality.result import Estimate, ImportancePair, Sampled, Task
from lookalike.quality.result import Utility as UtilityData
from lookalike.watch import Watch, check

ROWS = 50_000
"""Rows that a predictor learns from."""
TEST_ROWS = 20_000
CLASSES = 10
"""Classes of a target that are told apart, the most frequent; the rest are one."""
BOOTSTRAPS = 200
SECOND_ROWS = 5_000
"""With fewer rows to learn from, how much a second real sample differs is measured too (`AGAIN` times)."""
AGAIN = 3
SHUFFLED_ROWS = 4_000
FEWEST = 50


@dataclass(frozen=True, slots=True)
class Found:
    """``worse``: how much lower the metric is than trained on real, and the standard error of that."""

    data: UtilityData
    worse: float
    error: float
    samples: tuple[Sampled, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The rows of each part as features and target; parts: real (to learn from), synth, test."""

    task: Task
    names: list[str]
    categories: list[bool]
    x: dict[str, Floats]
    y: dict[str, Any]
    classes: int

    def fit(self, part: str, rows: Ints, seed: int) -> _Predictor:
        x, y = self.x[part][rows], self.y[part][rows]
        if self.task == "regression":
            return boosting.regressor(self.categories, seed).fit(x, y).predict
        known = np.unique(y)
        if len(known) < 2:
            only = int(known[0]) if len(known) else 0
            return lambda table: np.tile(np.eye(self.classes)[only], (len(table), 1))
        model = boosting.classifier(self.categories, seed).fit(x, y)

        def chances(table: Floats) -> Floats:
            found = np.zeros((len(table), self.classes))
            found[:, known] = model.predict_proba(table)
            return found

        return chances


_Predictor = Callable[[Floats], Floats]


def task_of(side: Side) -> Task:
    """Regression for a number; classification for a category."""
    return "regression" if side.numeric else "classification"


def why_not(frames: Frames, target: str | None) -> str:
    """Why utility can't be measured; empty when it can. `UsageError` for a target that is not a column."""
    if target is None:
        return "no target was named"
    side = next((side for side in frames if side.name == target), None)
    if side is None:
        return f"the target {target!r} is not a column that can be compared"
    if len(frames) < 2:
        return "there is no column to predict the target from"
    if side.column.kind in ("datetime", "timedelta"):
        return "a target that is a date or a time is not predicted here"
    if (
        min(_present(side, part) for part in ("real", "synth")) < FEWEST
        or _present(side, "real") < 2 * FEWEST
    ):
        return "there are too few rows with a target"
    if "holdout" in frames and _present(side, "holdout") < FEWEST:
        return "the holdout has too few rows with a target"
    return ""


def measure(frames: Frames, target: str, *, seed: int, watch: Watch) -> Found:
    """Both predictors of ``target``, beside each other. Asks that `why_not` has nothing against it."""
    side = next((side for side in frames if side.name == target), None)
    if side is None:
        raise UsageError(f"The target {target!r} is not a column that can be compared.")
    problem, tested_on = _problem(frames, side, seed)
    size = min(len(problem.y["real"]), len(problem.y["synth"]), ROWS)

    def rows(part: str, number: int) -> Ints:
        return sampled(len(problem.y[part]), size, generator(seed, "utility", part, number))

    again = AGAIN if size < SECOND_ROWS else 0
    draws = [("real", rows("real", 0)), ("synth", rows("synth", 0))]
    for number in range(1, again + 1):
        picks = generator(seed, "utility", "again", number).integers(0, len(problem.y["real"]), size)
        draws.append(("real", picks))
    models = boosting.run([(lambda d=d: problem.fit(*d, seed)) for d in draws], watch)
    answers = [model(problem.x["test"]) for model in models]
    metric = _metric(problem)
    truth = problem.y["test"]
    values = [metric(truth, answer) for answer in answers]
    errors = _errors(metric, truth, answers[:2], generator(seed, "utility", "bootstrap"), watch)
    second = float(np.std(values[2:], ddof=1)) if again > 1 else 0.0
    pairs = _importances(problem, metric, models[:2], generator(seed, "utility", "shuffle"), watch)
    data = UtilityData(
        target=target,
        task=problem.task,
        metric="R²" if problem.task == "regression" else "AUC",
        tested_on=tested_on,
        test_rows=len(truth),
        rows=size,
        real=_estimate(values[0], errors[0], problem),
        synth=_estimate(values[1], errors[1], problem),
        chance=0.0 if problem.task == "regression" else 0.5,
        more=_more(problem, truth, answers[0], answers[1]),
        importances=pairs,
        agreement=_spearman([p.real for p in pairs], [p.synth for p in pairs]),
    )
    samples = [
        Sampled(what=f"utility: rows of {part} learned from", rows=size, of=len(problem.y[part]))
        for part in ("real", "synth")
        if len(problem.y[part]) > size
    ]
    reference = float(np.mean([values[0], *values[2:]]))
    return Found(data, reference - values[1], float(np.hypot(errors[2], second * np.sqrt(2))), tuple(samples))


def _present(side: Side, part: str) -> int:
    return int((~side.missing(part)).sum())


def _problem(frames: Frames, side: Side, seed: int) -> tuple[_Problem, Literal["holdout", "split"]]:
    """Rows whose target is missing are left out."""
    parts = ["real", "synth", *(["holdout"] if "holdout" in frames else [])]
    for part in parts:
        frames = frames.take(part, np.flatnonzero(~side.missing(part)), part)
    side = next(s for s in frames if s.name == side.name)
    table, categories = boosting.features(frames, parts, without=side.name)
    ends = np.cumsum([frames.rows[part] for part in parts])[:-1]
    x = dict(zip(parts, np.split(table, ends), strict=True))
    task, classes = task_of(side), 0
    if task == "regression":
        y = {part: side[part] for part in parts}
    else:
        y = dict(zip(parts, boosting.coded(side, parts, CLASSES), strict=True))
        classes = int(max(values.max(initial=0) for values in y.values())) + 1
    if "holdout" in frames:
        keep = sampled(len(y["holdout"]), TEST_ROWS, generator(seed, "utility", "test"))
        x["test"], y["test"] = x.pop("holdout")[keep], y.pop("holdout")[keep]
        tested_on: Literal["holdout", "split"] = "holdout"
    else:
        order = generator(seed, "utility", "split").permutation(len(y["real"]))
        test, learn = np.split(order, [min(len(order) // 5, TEST_ROWS)])
        x["test"], y["test"] = x["real"][test], y["real"][test]
        x["real"], y["real"] = x["real"][learn], y["real"][learn]
        tested_on = "split"
    return _Problem(task, boosting.names(frames, side.name), categories, x, y, classes), tested_on


def _metric(problem: _Problem) -> Callable[[Any, Floats], float]:
    if problem.task == "regression":
        return _r2
    return lambda truth, chances: _auc(truth, chances)


def _r2(truth: Floats, guess: Floats) -> float:
    spread = ((truth - truth.mean()) ** 2).sum()
    return float(1 - ((truth - guess) ** 2).sum() / spread) if spread > 0 else 0.0


def _auc(truth: Ints, chances: Floats) -> float:
    """The mean over classes of one against the rest; with two classes there is one AUC."""
    present = [k for k in np.unique(truth) if 0 < (truth == k).sum() < len(truth)]
    if not present:
        return 0.5
    classes = present[:1] if chances.shape[1] == 2 else present
    areas = [intervals.auc(chances[truth == k, k], chances[truth != k, k])[0] for k in classes]
    return float(np.mean(areas))


def _errors(
    metric: Callable[[Any, Floats], float],
    truth: Any,
    answers: list[Floats],
    rng: np.random.Generator,
    watch: Watch,
) -> tuple[float, float, float]:
    """Standard errors of both metrics and of their difference, by a paired bootstrap of the test rows.

    At most 5,000 rows a draw; the errors are put back to the size of the test.
    """
    size = min(len(truth), 5_000)
    found = np.empty((BOOTSTRAPS, 2))
    for draw in range(BOOTSTRAPS):
        check(watch)
        rows = rng.integers(0, len(truth), size)
        found[draw] = [metric(truth[rows], answer[rows]) for answer in answers]
    scale = np.sqrt(size / len(truth))
    real, synth = found.std(axis=0, ddof=1) * scale
    return float(real), float(synth), float((found[:, 0] - found[:, 1]).std(ddof=1) * scale)


def _importances(
    problem: _Problem,
    metric: Callable[[Any, Floats], float],
    models: list[_Predictor],
    rng: np.random.Generator,
    watch: Watch,
) -> tuple[ImportancePair, ...]:
    """What each predictor loses when a column of the test rows is shuffled, greatest first."""
    rows = SHUFFLED_ROWS if len(problem.names) <= boosting.WIDE else SHUFFLED_ROWS // 4
    keep = sampled(len(problem.y["test"]), rows, rng)
    x, truth = problem.x["test"][keep], problem.y["test"][keep]
    shuffles = [rng.permutation(len(x)) for _ in problem.names]

    def losses(model: _Predictor) -> list[float]:
        whole = metric(truth, model(x))
        lost: list[float] = []
        for j, order in enumerate(shuffles):
            shuffled = x.copy()
            shuffled[:, j] = shuffled[order, j]
            lost.append(whole - metric(truth, model(shuffled)))
        return lost

    real, synth = boosting.run([(lambda m=m: losses(m)) for m in models], watch)
    pairs = [
        ImportancePair(name=name, real=a, synth=b)
        for name, a, b in zip(problem.names, real, synth, strict=True)
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.real))


def _more(
    problem: _Problem, truth: Any, real: Floats, synth: Floats
) -> dict[str, tuple[float | None, float | None]]:
    if problem.task == "regression":
        return {
            "RMSE": (_rmse(truth, real), _rmse(truth, synth)),
            "MAE": (float(np.abs(truth - real).mean()), float(np.abs(truth - synth).mean())),
        }
    right = [float((answer.argmax(axis=1) == truth).mean()) for answer in (real, synth)]
    f1 = [_f1(truth, answer.argmax(axis=1)) for answer in (real, synth)]
    return {"accuracy": (right[0], right[1]), "F1": (f1[0], f1[1])}


def _rmse(truth: Floats, guess: Floats) -> float:
    return float(np.sqrt(((truth - guess) ** 2).mean()))


def _f1(truth: Ints, guess: Ints) -> float:
    """The mean over the classes that occur of 2·hits ÷ (2·hits + misses + false alarms)."""
    scores = [
        2 * ((truth == k) & (guess == k)).sum() / max(1, (truth == k).sum() + (guess == k).sum())
        for k in np.unique(truth)
    ]
    return float(np.mean(scores))


def _estimate(value: float, error: float, problem: _Problem) -> Estimate:
    return intervals.estimate(value, error, least=-np.inf if problem.task == "regression" else 0.0, most=1.0)


def _spearman(a: list[float], b: list[float]) -> float | None:
    x, y = intervals.midranks(np.array(a)), intervals.midranks(np.array(b))
    if len(a) < 3 or x.std() == 0 or y.std() == 0:
        return None
    return float(np.atleast_2d(np.corrcoef(x, y))[0, 1])
