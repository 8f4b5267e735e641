"""What is shipped is by licences that bind nobody who uses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from licences import page_parts, python_parts, wrong

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "Apache-2.0",
        "BSD",
        "BSD-3-Clause AND MIT",
        "GPL-2.0-only OR MIT",
        "(MIT OR GPL-3.0)",
        "MPL-2.0",
    ],
)
def test_what_binds_nobody_will_do(licence: str) -> None:
    assert wrong(licence) is None


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0", "AGPL-3.0-only", "MIT AND GPL-2.0-only", "BUSL-1.1", "SSPL-1.0", "UNKNOWN", "", "Other"],
)
def test_what_binds_others_or_has_no_name_is_found(licence: str) -> None:
    assert wrong(licence)


def test_every_part_of_what_is_shipped_has_a_licence_that_will_do() -> None:
    parts = [*python_parts("lookalike"), *page_parts(ROOT / "web")]
    assert {part.name for part in parts} >= {"pyarrow", "numba", "fastapi", "react"}
    assert [part.name for part in parts if wrong(part.licence)] == []
