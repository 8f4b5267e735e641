"""Records on the page: an administrator names a model, an editor has records written from a document, sees
them come, where each is from, what was refused, and takes them home in every form.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import paper
from browser import chromium
from page_desk import NARROW, PATIENCE_MS, WIDE, PageDesk, Somebody, require_page
from standin_llm import StandIn, always

SPEC = """columns:
  topic: {sampler: category, values: [rivers, deltas, seas]}
  question: {text: "Ask about {{ topic }}.", model: fast}
"""
KEY = "sk-kept-to-oneself"
PASSAGES = ["Rivers carry silt to the sea.", "Deltas grow where rivers end."]
RECORDS, BEFORE = 8, 12
"""So many records, of two calls each; and so many calls are answered before the page is looked at."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require_page()
    expect.set_options(timeout=PATIENCE_MS)
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def model() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageDesk]:
    made = PageDesk(tmp_path_factory.mktemp("records"), browser)
    made.set_up()
    yield made
    made.close()


@pytest.fixture(scope="module")
def grace(desk: PageDesk) -> Somebody:
    return desk.somebody("grace", "editor")


@pytest.fixture
def fast(desk: PageDesk, model: StandIn) -> Iterator[None]:
    """One call at a time goes to the model that specs call `fast`."""
    root = desk.known("root", "admin").client
    settings: dict[str, Any] = {
        "url": model.url,
        "model": "stand-in",
        "allow_private": True,
        "concurrency": 1,
    }
    provider = root.providers.create("fast", "openai", price_output=2.0, **settings)
    yield
    root.providers.delete(provider["id"])
    model.most, model.script = math.inf, always()


def column(page: Page, number: int) -> Locator:
    return page.get_by_role("region", name=f"Column {number}", exact=True)


def accepted(page: Page) -> Locator:
    return page.get_by_role("progressbar", name="Records accepted")


def looked_at(desk: PageDesk, who: Somebody, *paths: str) -> None:
    """Each view is without a violation, in the light and wide, and in the dark and narrow."""
    for width, scheme in ((WIDE, "light"), (NARROW, "dark")):
        tab = desk.open(who, "", width=width, scheme=scheme)
        for path in paths:
            tab.page.goto(path)
            tab.check_axe()
            tab.check()
        tab.context.close()


def test_an_administrator_names_a_model_and_an_editor_has_it_write(
    desk: PageDesk, grace: Somebody, model: StandIn
) -> None:
    root = desk.known("root", "admin")
    waiting = desk.open(grace, "/records")
    expect(waiting.page.get_by_text("An administrator has to name a model first")).to_be_visible()

    tab = desk.open(root, "/records")
    tab.page.get_by_role("link", name="Name a model").click()
    tab.page.get_by_role("button", name="Add a model").click()
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Alias").fill("fast")
    dialog.get_by_label("Base URL").fill(model.url)
    dialog.get_by_label("Model", exact=True).fill("stand-in")
    dialog.get_by_label("The key", exact=True).fill(KEY)
    dialog.get_by_role("button", name="Add it").click()
    expect(dialog.get_by_text("allowPrivate").or_(dialog.get_by_text("https")).first).to_be_visible()
    dialog.get_by_label("Its host may be this machine").check()
    tab.check_axe()
    dialog.get_by_role("button", name="Add it").click()
    row = tab.page.get_by_role("row", name="fast")
    expect(row).to_contain_text("sealed")
    tab.page.get_by_role("button", name="Actions for fast").click()
    tab.page.get_by_role("menuitem", name="Change").click()
    expect(dialog.get_by_label("Where the key is")).to_have_value("keep")
    dialog.get_by_label("Price of output").fill("2")
    dialog.get_by_text("More settings").click()
    dialog.get_by_label("Temperature").fill("3")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("A number from 0 to 2.")).to_be_visible()
    dialog.get_by_label("Temperature").fill("0.5")
    tab.check_axe()
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("2 out")
    assert KEY not in tab.page.content()
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
    page.get_by_label("Number of records").fill("3")
    page.get_by_role("button", name="Write 3 records").click()
    expect(accepted(page)).to_have_attribute("aria-valuenow", "3")
    assert {one.headers["Authorization"] for one in model.served} == {f"Bearer {KEY}"}
    assert {one.body["temperature"] for one in model.served} == {0.5}
    tab.check()

    job = page.url.rpartition("/")[2]
    looked_at(desk, root, "/admin/providers")
    looked_at(desk, grace, "/records", "/records/new", f"/records/{job}", "/jobs?kind=write", f"/jobs/{job}")

    tab = desk.open(root, "/admin/providers")
    tab.page.get_by_role("button", name="Actions for fast").click()
    tab.page.get_by_role("menuitem", name="Delete").click()
    tab.page.get_by_role("button", name="Delete").click()
    expect(tab.page.get_by_text("No model is named")).to_be_visible()
    tab.check()


@pytest.mark.usefixtures("fast")
def test_a_document_becomes_records_that_are_seen_to_come_and_taken_home_in_every_form(
    desk: PageDesk, grace: Somebody, model: StandIn, tmp_path: Path
) -> None:
    document = tmp_path / "rivers.pdf"
    document.write_bytes(paper.pdf(PASSAGES))
    tab = desk.open(grace, "/records/new")
    page = tab.page
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Upload documents").click()
    choosing.value.set_files(document)
    expect(page.get_by_role("checkbox", name="rivers.pdf")).to_be_checked()
    passage, question = column(page, 1), column(page, 2)
    passage.get_by_label("Kind").select_option("seed")
    passage.get_by_label("Name of the column").fill("passage")
    passage.get_by_label("In the record").uncheck()
    question.get_by_label("Prompt").fill("Ask about: {{ passage.text }}")
    page.get_by_role("button", name="Add a column").click()
    answer = column(page, 3)
    answer.get_by_label("Name of the column").fill("answer")
    answer.get_by_label("Prompt").fill("Answer {{ question }}")
    page.get_by_text("YAML", exact=True).click()
    spec = page.get_by_label("Columns as YAML")
    expect(spec).to_have_value(re.compile("seed: documents\n    keep: false"))
    spec.fill(spec.input_value() + '  file:\n    expression: "passage.source.file"\n')
    page.get_by_label("Number of records").fill(str(RECORDS))
    page.get_by_label("Name", exact=True).fill("Rivers")
    before = len(model.served)
    page.get_by_role("button", name="Write 3 to look at").click()
    expect(page.get_by_text(f"All {RECORDS} records:")).to_be_visible()
    rehearsed = model.text_of(model.served[before].body)
    expect(page.get_by_role("region", name="Preview").get_by_text(rehearsed, exact=True)).to_be_visible()
    tab.check_axe()
    model.most = len(model.served) + BEFORE
    page.get_by_role("button", name=f"Write {RECORDS} records").click()

    expect(accepted(page)).to_have_attribute("aria-valuenow", re.compile("[1-7]"))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_text("Word pairs that differ")).to_be_visible()
    tab.check_axe()
    model.most = math.inf
    expect(accepted(page)).to_have_attribute("aria-valuenow", str(RECORDS))
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_have_count(0)

    found = page.get_by_role("region", name="Records that were accepted")
    expect(found.locator("tbody tr")).to_have_count(RECORDS)
    page.get_by_role("button", name="Where record 3 is from").click()
    made = page.get_by_role("dialog")
    expect(made.get_by_text("SHA-256 of the prompt").first).to_be_visible()
    expect(made.get_by_text("fast (stand-in)").first).to_be_visible()
    expect(made.get_by_text(re.compile("From rivers.pdf, page [12]"))).to_be_visible()
    tab.check_axe()
    made.get_by_role("button", name="Close").click()
    page.get_by_label("Search the records").fill("nowhere-to-be-found")
    expect(page.get_by_text("No record has these words in it.")).to_be_visible()

    job = page.url.rpartition("/")[2]
    rows = [one["fields"] for one in grace.client.records.find(job_id=job)]
    assert {row["file"] for row in rows} == {"rivers.pdf"}
    assert saved_in_each_form(page, tmp_path) == {
        "jsonl": rows,
        "csv": rows,
        "parquet": rows,
        "chat": [
            [
                {"role": "user", "content": row["question"]},
                {"role": "assistant", "content": row["answer"]},
            ]
            for row in rows
        ],
        "alpaca": [{"instruction": row["question"], "input": "", "output": row["answer"]} for row in rows],
    }
    page.get_by_label("Format").select_option("jsonl")
    page.get_by_label("With how each was made").check()
    told = saved(page, tmp_path / "made.jsonl").read_text().splitlines()
    assert [json.loads(line)["_made"]["provenance"]["question"]["model"] for line in told] == [
        "stand-in"
    ] * RECORDS
    tab.check()


def saved(page: Page, path: Path) -> Path:
    """What the button downloads."""
    with page.expect_download() as saving:
        page.get_by_role("button", name="Download").click()
    saving.value.save_as(path)
    return path


def saved_in_each_form(page: Page, folder: Path) -> dict[str, Any]:
    """The records as each form has them."""
    found: dict[str, Any] = {}
    for form in ("jsonl", "csv", "parquet", "chat", "alpaca"):
        page.get_by_label("Format").select_option(form)
        if form in ("chat", "alpaca"):
            page.get_by_label("Field that is asked").select_option("question")
            page.get_by_label("Field that is answered").select_option("answer")
        path = saved(page, folder / f"records.{form}")
        if form == "csv":
            with path.open(newline="") as lines:
                found[form] = list(csv.DictReader(lines))
        elif form == "parquet":
            found[form] = pq.read_table(path).to_pylist()
        else:
            rows = [json.loads(line) for line in path.read_text().splitlines()]
            found[form] = [row["messages"] for row in rows] if form == "chat" else rows
    return found


@pytest.mark.usefixtures("fast")
def test_what_a_model_refused_is_shown_and_asked_for_again(
    desk: PageDesk, grace: Somebody, model: StandIn
) -> None:
    model.script = always("refusal")
    job = grace.client.records.write(SPEC, 2)
    tab = desk.open(grace, f"/records/{job['id']}")
    page = tab.page
    expect(page.get_by_text("It did not get all records")).to_be_visible()
    refused = page.get_by_role("region", name="Refused")
    row = refused.locator("tbody tr").first
    expect(row).to_contain_text("declined")
    row.get_by_text("What was answered").click()
    expect(row.get_by_text("I cannot help with that.")).to_be_visible()
    tab.check_axe()
    with page.expect_download() as saving:
        refused.get_by_role("button", name="Save all").click()
    lines = Path(saving.value.path()).read_text().splitlines()
    assert {json.loads(line)["raw"] for line in lines} == {"I cannot help with that."}
    model.script = always()
    refused.get_by_role("checkbox", name="Ask for record 2 again").last.check()
    refused.get_by_role("button", name="Ask for the chosen again").click()
    found = page.get_by_role("region", name="Records that were accepted")
    expect(found.get_by_role("button")).to_have_text(["2"])
    page.get_by_role("button", name="Ask for what is missing").click()
    expect(accepted(page)).to_have_attribute("aria-valuenow", "2")
    expect(page.get_by_text("All records were had in spite of these")).to_be_visible()
    tab.check()


@pytest.mark.usefixtures("fast")
def test_a_job_that_ended_at_a_cap_goes_on_under_a_higher_one(
    desk: PageDesk, grace: Somebody, model: StandIn
) -> None:
    job = grace.client.records.write(f"{SPEC}limits: {{tokens: 1300}}\n", 12)
    tab = desk.open(grace, f"/records/{job['id']}")
    page = tab.page
    expect(page.get_by_text("The cap on tokens is reached.")).to_be_visible()
    calls = len(model.served)
    page.get_by_role("button", name="Ask for what is missing").click()
    form = page.get_by_role("dialog", name="Ask under a higher cap")
    expect(form.get_by_label("Tokens")).to_have_value("1300")
    tab.check_axe()
    again = form.get_by_role("button", name="Ask for what is missing")
    again.click()
    expect(form.get_by_text("More than it was.")).to_be_visible()
    form.get_by_label("Tokens").fill("3,000")
    form.get_by_label("Cost").fill("0.0000001")
    again.click()
    expect(form.get_by_role("alert").get_by_text("The job has spent")).to_be_visible()
    form.get_by_label("Cost").fill("")
    again.click()
    expect(accepted(page)).to_have_attribute("aria-valuenow", "12")
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(form).to_have_count(0)
    assert len({one.id for one in model.served[-12:]}) == 12
    assert len(model.served) - calls < 12
    tab.check()


@pytest.mark.usefixtures("fast")
def test_answers_that_were_saved_are_played_in_place_of_the_model(
    desk: PageDesk, grace: Somebody, model: StandIn, tmp_path: Path
) -> None:
    written = grace.client.records
    first = written.wait(written.write(SPEC, 3)["id"])
    tab = desk.open(grace, f"/records/{first['id']}")
    tab.page.get_by_label("Format").select_option("cassette")
    tape = saved(tab.page, tmp_path / "tape.jsonl")
    tab.check()
    calls = len(model.served)
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(tape.read_bytes() + b'{"no": "answer"}\n')

    tab = desk.open(desk.known("root", "admin"), "/admin/providers")
    page, dialog = tab.page, tab.page.get_by_role("dialog")
    row = page.get_by_role("row", name="fast")
    page.get_by_role("button", name="Actions for fast").click()
    page.get_by_role("menuitem", name="Play a cassette").click()
    for file in (bad, tape):
        with page.expect_file_chooser() as choosing:
            dialog.get_by_role("button", name="Choose a cassette").click()
        choosing.value.set_files(file)
        if file == bad:
            expect(dialog.get_by_role("alert")).to_contain_text("Line 4 of the cassette is no answer.")
            expect(row).not_to_contain_text("played")
            tab.check_axe()
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text("played from a cassette of 3 answers")
    second = written.wait(written.write(SPEC, 3)["id"])
    found = [[one["fields"] for one in written.find(job_id=job["id"])] for job in (first, second)]
    assert found[0] == found[1]
    assert second["spent"] == first["spent"]
    assert len(model.served) == calls

    page.get_by_role("button", name="Actions for fast").click()
    page.get_by_role("menuitem", name="Call it again").click()
    dialog.get_by_role("button", name="Call it again").click()
    expect(row).not_to_contain_text("played")
    written.wait(written.write(SPEC, 3)["id"])
    assert len(model.served) == calls + 3
    tab.check()
