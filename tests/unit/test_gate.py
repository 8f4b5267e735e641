"""The gate: decides on what is sure, by name, and a gate file can't be misread."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from lookalike.errors import BadInput
from lookalike.quality import gate
from lookalike.quality.figures import beside, unmeasured
from lookalike.quality.result import Figure
from lookalike.quality.scores import scores
from lookalike.quality.thresholds import THRESHOLDS

ROOT = Path(__file__).parents[2]


def auc(value: float, error: float = 0.0) -> Figure:
    return beside(
        "detection.auc", "Told", "detection", "lower", value, 0.5,
        error=error, reference_error=0.0, reference_from="holdout", says="",
    )  # fmt: skip


def blind(name: str, why: str) -> Figure:
    return unmeasured(name, "Blind", THRESHOLDS[name].name.split(".")[0], "lower", why, "")  # type: ignore[arg-type]


def state(verdict: gate.Verdict, name: str) -> str:
    return next(limit.state for limit in verdict.limits if limit.name == name)


def test_what_is_sure_decides_not_the_estimate() -> None:
    limit = THRESHOLDS["detection.auc"].limit
    assert not gate.judge([auc(0.5 + limit + 0.01)]).passed
    assert gate.judge([auc(0.5 + limit + 0.01, error=0.02)]).passed
    assert gate.judge([auc(0.5 + limit - 1e-9)]).passed


def test_a_refusal_says_by_how_much_and_what_helps() -> None:
    (refusal,) = gate.judge([auc(0.9, error=0.01)]).refusals
    assert refusal.name == "detection.auc"
    assert refusal.worse == pytest.approx(0.4)
    assert refusal.over == pytest.approx(0.4 - 0.01 * 3.2905 - refusal.limit, abs=1e-4)
    assert "0.900" in refusal.says
    assert refusal.helps


def test_unmeasured_is_refused_unless_nobody_asked() -> None:
    verdict = gate.judge(
        [blind("detection.holdout_auc", "there is no holdout"), blind("utility.loss", "no target was named")]
    )
    assert [refusal.name for refusal in verdict.refusals] == ["detection.holdout_auc"]
    assert verdict.refusals[0].unmeasured
    assert state(verdict, "detection.holdout_auc") == "unmeasured"
    assert state(verdict, "utility.loss") == "absent"


def test_every_threshold_has_words() -> None:
    for threshold in THRESHOLDS.values():
        assert threshold.why
        assert threshold.helps.endswith(".")
        assert threshold.limit >= 0


def test_every_threshold_is_documented_with_its_limit() -> None:
    page = (ROOT / "docs/check.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| ([0-9.]+) \|", page, re.M))
    assert {name: float(limit) for name, limit in rows.items()} == {
        name: threshold.limit for name, threshold in THRESHOLDS.items()
    }


def asked(tmp_path: Path, text: str) -> gate.Gate:
    path = tmp_path / "gate.yaml"
    path.write_text(text)
    return gate.of_file(path)


def test_a_file_changes_limits_and_waives_by_name(tmp_path: Path) -> None:
    own = asked(tmp_path, "limits:\n  detection.auc: 0.5\nwaive:\n  - detection.holdout_auc\n")
    verdict = gate.judge([auc(0.9), blind("detection.holdout_auc", "there is no holdout")], own)
    assert verdict.passed
    assert verdict.gate == "gate.yaml"
    assert verdict.waived == ("detection.holdout_auc",)
    assert state(verdict, "detection.holdout_auc") == "waived"
    assert own.limits["fidelity.shape"] == THRESHOLDS["fidelity.shape"].limit


def test_an_empty_file_is_the_default_gate(tmp_path: Path) -> None:
    assert asked(tmp_path, "# nothing\n").limits == gate.DEFAULT.limits


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("limits:\n  fidelity.shap: 0.1\n", 2, "fidelity.shape"),
        ("waive:\n  - fidelity.shape\n  - privacy.copie\n", 3, "privacy.copies"),
        ("limit:\n  fidelity.shape: 0.1\n", 1, "'limit'"),
        ("limits:\n  fidelity.shape: 0.1\n  fidelity.shape: 0.2\n", 3, "twice"),
        ("limits:\n  fidelity.shape: -1\n", 2, "at least 0"),
        ("limits:\n  fidelity.shape: .nan\n", 2, "at least 0"),
        ("limits:\n  fidelity.shape: no\n", 2, "'no'"),
        ("limits:\n  fidelity.shape: [1]\n", 2, "number"),
        ("limits: 3\n", 1, "names with values"),
        ("waive: privacy.copies\n", 1, "list"),
        ("- fidelity.shape\n", 1, "names with values"),
        ("limits: {fidelity.shape: 0.1\n", 2, "not YAML"),
        ("a: &a [*a]\n", 1, "unknown part"),
        ("limits: !!python/object:os.system {}\nwaive: x", 2, "list"),
    ],
)
def test_what_can_be_misread_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(BadInput) as caught:
        asked(tmp_path, text)
    assert f"line {line}" in caught.value.message
    assert said in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.file == str(tmp_path / "gate.yaml")


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        gate.of_file(tmp_path / "none.yaml")
    (tmp_path / "raw.yaml").write_bytes(b"\xff\xfe\x00limits")
    with pytest.raises(BadInput, match="not YAML"):
        gate.of_file(tmp_path / "raw.yaml")


def test_scores_run_to_100_and_fall_with_the_worst_of_privacy() -> None:
    def risk(worse: float) -> Figure:
        return dataclasses.replace(auc(0.5 + worse), name="privacy.copies", group="privacy", label="Copies")

    loss = dataclasses.replace(auc(0.6), name="utility.loss", group="utility", value=0.1)
    limits = {"privacy.copies": 0.01}

    def private(worse: float) -> float | None:
        return scores([risk(worse), loss, auc(0.5)], limits)[2].value

    assert private(-0.1) == 100
    assert private(0.01) == pytest.approx(80)
    assert private(0.02) == pytest.approx(40)
    assert private(0.5) == pytest.approx(1.6)
    fidelity, utility, _ = scores([risk(0), loss, auc(0.75)], limits)
    assert fidelity.value == pytest.approx(50)
    assert utility.value == pytest.approx(90)


def test_privacy_has_no_score_without_a_holdout() -> None:
    loss = dataclasses.replace(auc(0.6), name="utility.loss", value=0.0)
    found = scores([blind("privacy.copies", "there is no holdout"), loss], {"privacy.copies": 0.01})
    assert found[2].value is None
    assert "holdout" in found[2].words
