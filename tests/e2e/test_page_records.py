"""Records on the page: an administrator names a model, an editor has records written, and sees where each is
from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser import chromium
from page_desk import NARROW, WIDE, PageDesk, Somebody, require_page
from standin_llm import StandIn

RECORDS = 20
SPEC = """columns:
  topic: {sampler: category, values: [rivers, deltas, seas]}
  question: {text: "Ask about {{ topic }}.", model: fast}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require_page()
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageDesk]:
    made = PageDesk(tmp_path_factory.mktemp("records"), browser)
    yield made
    made.close()


def looked_at(desk: PageDesk, who: Somebody, *paths: str) -> None:
    """Each view is without a violation, in the light and wide, and in the dark and narrow."""
    for width, scheme in ((WIDE, "light"), (NARROW, "dark")):
        tab = desk.open(who, "", width=width, scheme=scheme)
        for path in paths:
            tab.page.goto(path)
            tab.page.locator("h1").wait_for()
            tab.page.wait_for_load_state("networkidle")
            tab.check_axe()
            tab.check()
        tab.context.close()


def test_an_editor_has_records_written_by_a_model_that_an_administrator_named(
    desk: PageDesk, tmp_path: Path
) -> None:
    with StandIn(delay_s=0.05) as model:
        root = desk.set_up()
        grace = desk.somebody("grace", "editor")
        waiting = desk.open(grace, "/records")
        expect(waiting.page.get_by_text("An administrator has to name a model first")).to_be_visible()

        tab = desk.open(root, "/records")
        tab.page.get_by_role("link", name="Name a model").click()
        tab.page.get_by_role("button", name="Add a model").click()
        dialog = tab.page.get_by_role("dialog")
        dialog.get_by_label("Alias").fill("fast")
        dialog.get_by_label("Base URL").fill(model.url)
        dialog.get_by_label("Model", exact=True).fill("stand-in")
        dialog.get_by_label("Where the key is").select_option("none")
        dialog.get_by_label("Price of output").fill("2")
        dialog.get_by_role("button", name="Add it").click()
        expect(dialog.get_by_text("allowPrivate").or_(dialog.get_by_text("https")).first).to_be_visible()
        dialog.get_by_label("Its host may be this machine").check()
        tab.check_axe()
        dialog.get_by_role("button", name="Add it").click()
        expect(tab.page.get_by_role("row", name="fast")).to_be_visible()
        tab.check()

        tab = desk.open(grace, "/records/new")
        page = tab.page
        page.get_by_text("YAML", exact=True).click()
        page.get_by_label("Columns as YAML").fill(SPEC.replace("fast", "nobody"))
        page.get_by_role("button", name="Show the prompts").click()
        expect(page.get_by_role("alert").get_by_text("nobody")).to_be_visible()
        page.get_by_label("Columns as YAML").fill(SPEC)
        page.reload()
        page.get_by_role("button", name="Show the prompts").click()
        expect(page.get_by_text("[user] Ask about").first).to_be_visible()
        expect(page.get_by_text("at most").first).to_be_visible()
        assert model.served == []
        tab.check_axe()
        page.get_by_role("button", name=f"Write {RECORDS} records").click()

        bar = page.get_by_role("progressbar", name="Records accepted")
        expect(bar).to_have_attribute("aria-valuenow", str(RECORDS), timeout=60_000)
        found = page.get_by_role("region", name="Records that were accepted")
        expect(found.locator("tbody tr")).to_have_count(RECORDS)
        page.get_by_role("button", name="Where record 3 is from").click()
        made = page.get_by_role("dialog")
        expect(made.get_by_text("SHA-256 of the prompt")).to_be_visible()
        expect(made.get_by_text("stand-in")).to_be_visible()
        tab.check_axe()
        made.get_by_role("button", name="Close").click()
        page.get_by_label("Search the records").fill("nowhere-to-be-found")
        expect(page.get_by_text("No record has these words in it.")).to_be_visible()
        page.get_by_label("With how each was made").check()
        with page.expect_download() as saving:
            page.get_by_role("button", name="Download").click()
        saving.value.save_as(tmp_path / "records.jsonl")
        lines = [json.loads(line) for line in (tmp_path / "records.jsonl").read_text().splitlines()]
        assert len(lines) == RECORDS
        assert all({"topic", "question", "_made"} == set(line) for line in lines)
        tab.check()

    job = page.url.rpartition("/")[2]
    looked_at(desk, root, "/admin/providers")
    looked_at(desk, grace, "/records", "/records/new", f"/records/{job}", "/jobs?kind=write")
