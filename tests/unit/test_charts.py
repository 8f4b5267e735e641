"""The drawings of a report: what stands where, read back from the SVG."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.quality.charts_heat import heat_map, limit_of, shade_scale
from lookalike.quality.charts_pictures import bar, interval, legend, overlay, roc, ruler, strip
from lookalike.quality.charts_svg import Scale, steps, ticks
from page import parsed

finite = st.floats(-1e300, 1e300, allow_nan=False)


def path(svg: str, class_: str) -> str:
    found = re.search(rf'<path d="([^"]*)" class="{class_}"', svg)
    assert found, class_
    return found[1]


def heights(drawn: str) -> list[float]:
    return [float(y) for y in re.findall(r"V([\d.]+)H", drawn)]


# ---- scales


def test_a_scale_maps_its_ends_and_keeps_what_lies_outside_on_the_border() -> None:
    scale = Scale(10, 20, 0, 100)
    assert [scale(v) for v in (10, 15, 20, 5, 99)] == [0, 50, 100, 0, 100]
    assert Scale(3, 3, 0, 100)(3) == 50


@given(low=finite, width=st.floats(1e-3, 1e300), count=st.integers(1, 10))
def test_ticks_are_round_in_order_and_inside(low: float, width: float, count: int) -> None:
    found = ticks(low, low + width, count)
    assert found == sorted(found)
    assert len(found) <= count + 1
    assert all(low - 1e-6 * width <= t <= low + width * (1 + 1e-6) for t in found)


def test_ticks_are_where_a_person_would_put_them() -> None:
    assert ticks(0, 1, 4) == [0, 0.25, 0.5, 0.75, 1]
    assert ticks(17, 90, 4) == pytest.approx([20, 40, 60, 80])
    assert ticks(5, 5) == [5]
    assert ticks(6.732069640222894e16, 6.732069640222894e16 + 12, 7) == [6.732069640222894e16]
    assert ticks(math.inf, math.inf) == []


def test_steps_go_from_floor_to_floor() -> None:
    assert steps([0, 10, 20], [5, 3], 9, closed=True) == "M0 9V5H10V3H20V9Z"


# ---- histograms


def test_an_overlay_is_as_high_as_the_shares() -> None:
    svg = overlay([0, 1, 2], [("real", [0.25, 0.75]), ("synth", [0.5, 0.5])], "x", size=(340, 140))
    real, synth = heights(path(svg, "real")), heights(path(svg, "synth"))
    floor, top = 120, 16
    assert [floor - y for y in real] == pytest.approx([(floor - top) / 3, floor - top], abs=0.1)
    assert [floor - y for y in synth] == pytest.approx([(floor - top) * 2 / 3] * 2, abs=0.1)


def test_bins_of_unequal_width_have_equal_area_for_equal_shares() -> None:
    real = heights(path(overlay([0, 1, 4], [("real", [0.5, 0.5])], "x"), "real"))
    assert (120 - real[0]) == pytest.approx(3 * (120 - real[1]), abs=0.3)


def test_a_lone_spike_is_cut_and_says_how_high_it_is() -> None:
    shares = [0.92, *[0.02] * 4]
    svg = overlay(range(6), [("real", shares), ("synth", [0.9, 0.04, 0.02, 0.02, 0.02])], "x")
    page = parsed(svg)
    assert "up to 92.0\u00a0% and 90.0\u00a0%" in page.text
    assert 'class="cut"' in svg
    assert 120 - heights(path(svg, "synth"))[1] > 50  # the rest is seen
    assert 'class="cut"' not in overlay(range(6), [("real", [0.4, 0.2, 0.2, 0.1, 0.1])], "x")


def test_empty_and_single_bins_are_drawn() -> None:
    assert path(overlay([0, 1], [("real", [0.0]), ("synth", [0.0])], "x"), "real")
    assert path(overlay([3, 3], [("real", [1.0])], "x"), "real")


def test_long_labels_of_edges_stand_at_the_ends_only() -> None:
    long = parsed(overlay([0, 1, 2], [("real", [0.5, 0.5])], "x", edge_labels=["2020-01-01 00:00:00"] * 3))
    assert long.text.count("2020") == 2
    short = parsed(overlay([0, 1, 2], [("real", [0.5, 0.5])], "x", edge_labels=["2020-01-01"] * 3))
    assert short.text.count("2020") == 3


# ---- curves, bars, intervals


def test_a_roc_begins_below_left_and_ends_above_right() -> None:
    svg = roc([("synth", [0, 0.5, 1], [0, 0.8, 1])], "ROC", side=340)
    assert path(svg, "curve synth") == "M42 304L187 67.2L332 8"


def test_a_bar_is_as_long_as_its_part() -> None:
    svg = bar([("real", 0.5), ("synth", -1.0)], 2.0, ticked=[("synth", 1.0)], ranges=[(0.4, 0.6)])
    assert re.findall(r'<rect x="0" [^>]*?width="([\d.]+)%"', svg) == ["25", "0"]
    assert 'x1="50%"' in svg
    assert 'x1="20%" x2="30%"' in svg


def test_an_interval_beyond_its_scale_is_an_arrow_at_the_border() -> None:
    inside = interval(0.5, 0.25, 0.75, (0, 1))
    assert 'cx="50%"' in inside
    assert 'x1="25%" x2="75%"' in inside
    assert "arrow" not in inside
    for value, at in ((3.0, 'x="100%"'), (-3.0, 'x="0"')):
        beyond = interval(value, None, None, (0, 1), beyond=0.5)
        assert "circle" not in beyond
        assert at in beyond[beyond.index("rect") :]
        assert "arrow" in beyond


def test_rulers_strips_and_legends_say_what_they_stand_for() -> None:
    assert parsed(ruler((0, 1), lambda at: f"{at:g}", count=2)).text == "00.51"
    assert 'width="61.5%"' in strip(61.5)
    assert parsed(legend(("real", "a"), ("synth", "b"))).text == " a b"


# ---- heat maps


def test_a_heat_map_has_each_cell_in_its_shade() -> None:
    svg = heat_map([[None, 1.0, 0.0], [1.0, None, 0.52], [0.0, 0.52, None]], ["a", "b", "c"], "x")
    assert path(svg, "s10") == "M1 0h1v1h-1zM0 1h1v1h-1z"
    assert path(svg, "s5") == "M2 1h1v1h-1zM1 2h1v1h-1z"
    assert path(svg, "s0") == "M2 0h1v1h-1zM0 2h1v1h-1z"


def test_a_difference_has_shades_to_both_sides() -> None:
    svg = heat_map([[None, -0.1], [0.1, None]], ["a", "b"], "x", limit=0.1, diverging=True)
    assert path(svg, "n10") == "M1 0h1v1h-1z"
    assert path(svg, "p10") == "M0 1h1v1h-1z"


def test_neighbours_of_one_shade_are_one_run() -> None:
    assert path(heat_map([[0.5] * 50] * 50, ["a"] * 50, "x"), "s5").count("M") == 50


def test_many_columns_are_numbered_and_few_are_named() -> None:
    few = parsed(heat_map([[0.0] * 3] * 3, ["one", "two", ""], "x")).text
    assert few == "oneonetwotwo(empty)(empty)"
    many = parsed(heat_map([[0.0] * 40] * 40, ["name"] * 40, "x")).text
    assert many == "1010202030304040"


def test_the_ends_of_the_colours_are_round_and_wide_enough() -> None:
    assert limit_of([[None, 0.013]]) == 0.05
    assert limit_of([[None, -0.23]]) == pytest.approx(0.3)
    assert limit_of([]) == 0.05
    assert parsed(shade_scale("0.3", diverging=True)).text == "−0.3+0.3"
