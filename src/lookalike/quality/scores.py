"""The three numbers of a report's head, 0 to 100, where 100 is as good as a second real sample would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lookalike.quality.intervals import Z_SHOWN, Z_SURE
from lookalike.quality.result import Figure, Score

AT_LIMIT = 80.0
"""The privacy score of a figure that is just as much worse as the default gate allows."""

_FIDELITY_WORDS = (
    (98, "Hard to tell from a second real sample."),
    (90, "Close to a second real sample; look at what gives it away."),
    (70, "The broad picture is right, details are not."),
    (0, "It does not behave like the real table."),
)
_UTILITY_WORDS = (
    (98, "It teaches a predictor what real rows teach."),
    (90, "It teaches a predictor nearly what real rows teach."),
    (70, "A predictor learns the main things from it."),
    (0, "A predictor learns little from it."),
)
_PRIVACY_WORDS = (
    (99.9, "Nothing that was tried tells more about train than a second real sample would."),
    (AT_LIMIT, "Close to what a second real sample would tell about train"),
    (20, "It tells more about train than it should"),
    (0, "It gives rows of train away"),
)


def scores(figures: Sequence[Figure], limits: Mapping[str, float]) -> tuple[Score, ...]:
    """Fidelity, utility, privacy. limits: those of the default gate, by the figures' names."""
    return fidelity(figures), utility(figures), privacy(figures, limits)


def fidelity(figures: Sequence[Figure]) -> Score:
    """The mean of four parts: columns, pairs and triples as parts of what a second real sample scores, and
    detection as 2·(1 − AUC), likewise; none above 100."""
    known = {figure.name: figure for figure in figures if figure.value is not None}
    parts = [
        _part(figure.value, figure.reference)
        for name, figure in known.items()
        if name in ("fidelity.shape", "fidelity.trend", "fidelity.triples")
    ]
    told = known.get("detection.auc")
    if told is not None and told.value is not None and told.reference is not None:
        parts.append(_part(2 * (1 - max(told.value, 0.5)), 2 * (1 - max(told.reference, 0.5))))
    if not parts:
        return Score(name="fidelity", value=None, words="Not measured: no column can be compared.")
    value = 100 * sum(parts) / len(parts)
    return Score(name="fidelity", value=value, words=_words(_FIDELITY_WORDS, value))


def utility(figures: Sequence[Figure]) -> Score:
    """100 · (1 − ``utility.loss``), between 0 and 100."""
    loss = next(figure for figure in figures if figure.name == "utility.loss")
    if loss.value is None:
        return Score(name="utility", value=None, words=f"Not measured: {loss.unmeasured}.")
    value = 100 * min(1.0, max(0.0, 1 - loss.value))
    return Score(name="utility", value=value, words=_words(_UTILITY_WORDS, value))


def privacy(figures: Sequence[Figure], limits: Mapping[str, float]) -> Score:
    """As good as its worst figure: 100 where none is worse beyond chance (at 95 %), 80 where one is as much
    worse as the default gate allows, 80 ÷ k at k times that. None when a figure needs a holdout that is not
    there."""
    asked = [figure for figure in figures if figure.group == "privacy" and figure.name in limits]
    blind = [figure for figure in asked if figure.value is None and "holdout" in figure.unmeasured]
    known = [figure for figure in asked if figure.surely_worse is not None]
    if blind or not known:
        why = blind[0].unmeasured if blind else asked[0].unmeasured if asked else "nothing was compared"
        return Score(name="privacy", value=None, words=f"Not measured: {why}.")
    value, worst = min(((_safe(figure, limits[figure.name]), figure) for figure in known), key=lambda p: p[0])
    words = _words(_PRIVACY_WORDS, value)
    if not words.endswith("."):
        words = f"{words}: {worst.label[0].lower()}{worst.label[1:]}."
    return Score(name="privacy", value=value, words=words)


def _safe(figure: Figure, limit: float) -> float:
    worse, surely = figure.worse or 0.0, figure.surely_worse or 0.0
    beyond_chance = worse - (worse - surely) * Z_SHOWN / Z_SURE
    if beyond_chance <= 0:
        return 100.0
    times = beyond_chance / limit if limit > 0 else float("inf")
    return 100 - (100 - AT_LIMIT) * times if times <= 1 else AT_LIMIT / times


def _part(value: float | None, reference: float | None) -> float:
    if value is None or not reference:
        return 0.0
    return min(1.0, max(0.0, value / reference))


def _words(choices: Sequence[tuple[float, str]], value: float) -> str:
    return next(words for least, words in choices if value >= least)
