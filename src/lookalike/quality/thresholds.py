"""The default gate: what may be how much worse than a second real sample, why, and what usually helps.

Limits are in the units of the figures: shares and AUCs, so 0.01 is one per cent, or one hundredth of an AUC.
How they were chosen is in ``docs/check.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

_HOLDOUT = (
    "Give a holdout (--holdout FILE, or --holdout auto when fitting), or waive it by name in a gate file."
)
_ROWS = "Give more rows, or waive it by name in a gate file."
_MODEL = "Fit with the tree model and its target (--target), on more rows."
_TELLING = (
    "The report shows which columns give it away: name the target, fit on more rows, or leave them out."
)
_CLOSER = (
    "Fit with --privacy careful or strict, or on more rows; another tool's overfitting needs less training."
)
_RARE = "Fit with --privacy careful or strict; drop or fake the column in the schema."


@dataclass(frozen=True, slots=True)
class Threshold:
    """limit: how much worse the figure may be for sure. why: why this much, in a clause. helps: what usually
    does. optional: unmeasured is no refusal, since nobody asked for it (no target, no canaries)."""

    name: str
    limit: float
    why: str
    helps: str
    unmeasured_helps: str = _HOLDOUT
    optional: bool = False


_ALL = (
    Threshold(
        "diagnostic.columns",
        0.0,
        "what reads the real table must be able to read this one",
        "Write the real table's columns, with their names and kinds, and no others.",
        _ROWS,
    ),
    Threshold(
        "diagnostic.values",
        0.01,
        "a few new values are what a second sample has too",
        "Clamp numbers to the real bounds, and draw categories from the real ones.",
        _ROWS,
    ),
    Threshold(
        "diagnostic.rules",
        0.01,
        "one row in a hundred that contradicts itself is seen",
        "The report names the rules; derive the columns that others determine.",
        _ROWS,
    ),
    Threshold(
        "diagnostic.keys",
        0.0,
        "a key that repeats breaks every join",
        "Make keys new and unique: kind: id, or role: key, in the schema.",
        _ROWS,
    ),
    Threshold(
        "fidelity.shape",
        0.02,
        "two points on the average column show in any histogram",
        _MODEL,
        _ROWS,
    ),
    Threshold(
        "fidelity.trend",
        0.02,
        "columns drawn one by one miss by four points and more",
        _MODEL,
        _ROWS,
    ),
    Threshold(
        "fidelity.triples",
        0.05,
        "columns drawn one by one miss by ten points and more",
        _MODEL,
        _ROWS,
    ),
    Threshold(
        "detection.auc",
        0.15,
        "above about 0.65 a classifier has found a flaw, not chance",
        _TELLING,
        _ROWS,
    ),
    Threshold(
        "detection.holdout_auc",
        0.15,
        "the same, against rows that copying cannot please",
        _TELLING,
    ),
    Threshold(
        "utility.loss",
        0.25,
        "three quarters of what can be predicted must still be",
        "Name the target when fitting (--target), and sample as many rows as the real table has.",
        _ROWS,
        optional=True,
    ),
    Threshold(
        "privacy.copies",
        0.0005,
        "no one should be given away whole: five rows in ten thousand is what may be called none",
        _CLOSER,
    ),
    Threshold(
        "privacy.near_copies",
        0.01,
        "a near copy may be chance; one in a hundred beyond chance is not",
        _CLOSER,
    ),
    Threshold(
        "privacy.distance",
        0.2,
        "the nearest twentieth may lie a fifth nearer than unseen people do",
        _CLOSER,
    ),
    Threshold(
        "privacy.ratio",
        0.2,
        "the same, by how alone the nearest row stands",
        _CLOSER,
    ),
    Threshold(
        "privacy.nearer",
        0.05,
        "55 of 100 rows nearer to train is where overfitting begins to show",
        _CLOSER,
    ),
    Threshold(
        "privacy.membership",
        0.05,
        "an attacker who is right 55 times in 100 knows next to nothing",
        _CLOSER,
    ),
    Threshold(
        "privacy.singling_out",
        0.05,
        "one attack in twenty beyond chance",
        _RARE,
    ),
    Threshold(
        "privacy.linkability",
        0.05,
        "one attack in twenty beyond chance",
        _CLOSER,
    ),
    Threshold(
        "privacy.inference",
        0.05,
        "one attack in twenty beyond chance",
        _CLOSER,
    ),
    Threshold(
        "privacy.rare",
        0.1,
        "a tenth of what fewer than five people have, beyond chance",
        _RARE,
    ),
    Threshold(
        "privacy.extremes",
        0.1,
        "a tenth of the values that stand out, beyond chance",
        _RARE,
    ),
    Threshold(
        "privacy.real_values",
        0.01,
        "ids, names and free text must be made up; chance makes some of them",
        "Mark the column as made new in the schema: kind: id, or action: fake.",
        _ROWS,
    ),
    Threshold(
        "privacy.canaries",
        0.0,
        "what was planted to be found must not be",
        "Fit with --privacy strict, and look for what repeats the canaries in train.",
        optional=True,
    ),
)
THRESHOLDS = {threshold.name: threshold for threshold in _ALL}
