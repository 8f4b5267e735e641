"""The report in Chromium: accessible, legible at any width, quiet, and deaf to hostile text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import check_json
from browser import chromium
from hostile_text import HOSTILE
from lookalike.quality import report

NAMES_100 = [f"column {i}" for i in range(100)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@dataclass
class Seen:
    """A page, and all that it did beside being shown."""

    page: Page
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


Open = Callable[..., Seen]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the report of a check's JSON as a file, in a new context, offline."""
    contexts = []

    def open_(check: Any, *, width: int = 1280, **options: Any) -> Seen:
        path = tmp_path / f"report{len(contexts)}.html"
        report.save(check, path)
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, **options)
        contexts.append(context)
        seen = Seen(context.new_page())
        seen.page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.page.on("console", lambda message: seen.errors.append(message.text))
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.goto(path.as_uri())
        return seen

    yield open_
    for context in contexts:
        context.close()


CHECKS = {
    "refused": lambda: check_json.whole(check_json.built(), check_json.refused()),
    "passed": lambda: check_json.whole(check_json.built(), check_json.passed("privacy.near")),
    "no gate, little measured": lambda: {
        **check_json.whole(check_json.built(("id",)), None),
        "detection": None,
        "utility": None,
    },
    "100 columns": lambda: check_json.whole(check_json.built(NAMES_100), check_json.refused()),
}


SCHEMES = ("light", "dark")


# ---- accessible


@pytest.mark.parametrize(
    ("kind", "width", "scheme"),
    [
        *(("refused", width, scheme) for width in (1280, 400) for scheme in SCHEMES),
        *(("passed", 1280, scheme) for scheme in SCHEMES),
        *(("no gate, little measured", 400, scheme) for scheme in SCHEMES),
        ("100 columns", 1280, "light"),
    ],
)
def test_axe_finds_no_violation(opened: Open, kind: str, width: int, scheme: str) -> None:
    seen = opened(CHECKS[kind](), width=width, color_scheme=scheme, bypass_csp=True)
    if kind != "100 columns":  # axe looks at what is shown
        seen.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = Axe().run(seen.page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_all_is_reached_by_the_keyboard(opened: Open) -> None:
    page = opened(CHECKS["refused"]()).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the figures"
    page.keyboard.press("Enter")
    assert page.url.endswith("#figures")
    card = page.locator("#cards > details").first
    card.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(card).not_to_have_attribute("open", re.compile(".*"))


# ---- legible


@pytest.mark.parametrize("width", [1280, 820, 640, 400, 320])
@pytest.mark.parametrize("kind", ["refused", "100 columns"])
def test_no_width_makes_the_page_scroll_sideways(opened: Open, kind: str, width: int) -> None:
    page = opened(CHECKS[kind](), width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_long_names_make_no_page_scroll_sideways(opened: Open) -> None:
    names = [f"{'x' * 1000}{i}" for i in range(7)]
    for width in (1280, 400):
        page = opened(check_json.whole(check_json.built(names, text="y" * 1000), None), width=width).page
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_it_is_dark_where_the_reader_likes_it_dark(opened: Open) -> None:
    def ground(scheme: str) -> int:
        page = opened(CHECKS["refused"](), color_scheme=scheme).page
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    assert ground("light") > 700
    assert ground("dark") < 100


def test_the_answer_and_the_scores_are_seen_without_scrolling(opened: Open) -> None:
    page = opened(CHECKS["refused"]()).page
    for words in ("Refused by the default gate", "96.4", "98.9", "61.5"):
        box = page.get_by_text(words).first.bounding_box()
        assert box
        assert box["y"] + box["height"] < 700


def test_on_paper_nothing_is_folded_away(opened: Open) -> None:
    page = opened(CHECKS["100 columns"](), color_scheme="dark").page
    shut = page.locator("#cards > details:not([open]) .moments, #cards > details:not([open]) .categories")
    assert shut.count() > 50
    assert not shut.last.is_visible()
    page.emulate_media(media="print")
    for i in range(0, shut.count(), 20):
        box = shut.nth(i).bounding_box()
        assert box
        assert box["height"] > 10
    expect(page.locator("nav")).not_to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


# ---- with many columns


def test_columns_are_searched_sorted_and_folded(opened: Open) -> None:
    page = opened(CHECKS["100 columns"]()).page
    cards, told = page.locator("#cards > details:visible"), page.locator("#told")
    expect(cards).to_have_count(100)
    expect(told).to_have_text("100 columns")

    page.get_by_label("Search").fill("COLUMN 9")
    expect(cards).to_have_count(11)
    expect(told).to_have_text("11 of 100 columns")
    page.get_by_label("Order").select_option("as in the table")
    names = cards.locator("summary .name").all_inner_texts()
    assert names == ["column 9", *(f"column {i}" for i in range(90, 100))]
    page.get_by_role("button", name="Fold all").click()
    expect(page.locator("#cards > details[open]:visible")).to_have_count(0)
    page.get_by_role("button", name="Open all").click()
    expect(page.locator("#cards > details[open]:visible")).to_have_count(11)

    page.get_by_label("Search").fill("no such column")
    expect(told).to_have_text("0 of 100 columns")
    page.get_by_label("Search").fill("datetime")
    expect(cards).to_have_count(14)


def test_without_a_script_everything_is_there_and_opens(opened: Open) -> None:
    page = opened(CHECKS["100 columns"](), java_script_enabled=False).page
    expect(page.locator("#controls")).not_to_be_visible()
    cards = page.locator("#cards > details")
    expect(cards).to_have_count(100)
    last = cards.last
    last.locator("> summary").click()
    expect(last.locator(".body")).to_be_visible()
    assert page.locator("svg.map").count() == 3


def test_the_square_under_the_pointer_is_read_out(opened: Open) -> None:
    check = CHECKS["refused"]()
    page = opened(check).page
    readout = page.locator("#readout")
    before = readout.inner_text()
    association = check["fidelity"]["association"]
    field = page.locator("svg.map rect.bare").nth(2)
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box
    cell = box["width"] / len(association["columns"])
    page.mouse.move(box["x"] + 0.5 * cell, box["y"] + 2.5 * cell)
    real = f"{association['real'][2][0]:.2f}"
    names = association["columns"]
    expect(readout).to_contain_text(f"{names[0]} × {names[2]}: real {real}, synthetic")
    page.mouse.move(5, 5)
    expect(readout).to_have_text(before)


# ---- quiet and deaf


def test_it_asks_for_itself_only_and_says_nothing(opened: Open) -> None:
    seen = opened(CHECKS["100 columns"]())
    seen.page.wait_for_load_state("networkidle")
    assert len(seen.requests) == 1
    assert seen.requests[0].startswith("file:")
    assert seen.errors == seen.dialogs == []


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_runs_nothing(opened: Open, kind: str) -> None:
    text = HOSTILE[kind]
    names = [f"{text}{i}" for i in range(len(check_json.NAMES))]
    check = check_json.whole(check_json.built(names, text=text), check_json.refused())
    for script in (True, False):
        seen = opened(check, java_script_enabled=script)
        assert seen.page.locator("#cards > details").count() == len(names)
        assert seen.page.locator("img, iframe, object, embed, form, base, link").count() == 0
        assert seen.page.locator("script").count() == seen.page.locator("style").count() == 1
        if script:
            seen.page.get_by_label("Search").fill(text[:100])
            seen.page.locator("svg.map rect.bare").first.hover(force=True)
        assert seen.dialogs == seen.errors == []
        assert len(seen.requests) == 1
        assert seen.page.evaluate("document.documentElement.scrollWidth") == 1280


def test_its_policy_refuses_every_other_script(opened: Open) -> None:
    seen = opened(CHECKS["refused"]())
    for attack in (
        "document.body.append(Object.assign(document.createElement('img'), {src: 'x', alt: ''}))",
        "document.body.setAttribute('onclick', 'window.taken = 1'); document.body.click()",
        "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
        "fetch('https://example.org/')",
    ):
        seen.page.evaluate(f"async () => {{ try {{ await ({{ a() {{ {attack} }} }}).a() }} catch {{}} }}")
    assert seen.page.evaluate("window.taken") is None
    assert seen.page.locator("body > b").count() == 0
    refused = " ".join(seen.errors)
    for policy in ("img-src", "connect-src", "TrustedScript", "TrustedHTML"):
        assert policy in refused, refused


def test_a_script_that_was_planted_in_the_file_does_not_run(opened: Open, tmp_path: Path) -> None:
    seen = opened(CHECKS["refused"]())
    planted = tmp_path / "planted.html"
    html = (tmp_path / "report0.html").read_text("utf-8")
    planted.write_text(html.replace("</main>", "<script>window.taken = 1</script></main>"), "utf-8")
    seen.page.goto(planted.as_uri())
    assert seen.page.evaluate("window.taken") is None
    assert "script-src" in " ".join(seen.errors)
