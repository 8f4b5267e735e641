"""The page on the service as it is run: a person's whole way, what others see of it, and what goes wrong."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import chromium
from hostile_text import HOSTILE
from page_desk import NARROW, PASSWORD, PATIENCE_MS, WIDE, PageDesk, Somebody, require_page
from service_process import until

ROWS = 30_000
MANY_ROWS = 600_000
ENDLESS_ROWS = 20_000_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require_page()
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageDesk]:
    made = PageDesk(tmp_path_factory.mktemp("page"), browser, retries_s="4,4,4", most_rows=str(ENDLESS_ROWS))
    yield made
    made.close()


@dataclass(frozen=True, slots=True)
class Told:
    """What the story left behind: who told it, and the ids that it made."""

    ada: Somebody
    model: str
    generation: str


@pytest.fixture(scope="module")
def told(desk: PageDesk, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The story, once: from the printed address to a file whose SHA-256 is worked out here."""
    tab = desk.open(None, "")
    page = tab.page
    assert desk.running.setup is not None
    page.goto(desk.running.setup)
    page.get_by_label("Login").fill("root")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()

    page.get_by_role("button", name="Try the sample").click()
    page.get_by_role("heading", name="US census 1994 (sample)").wait_for()
    page.get_by_role("link", name="Fit a model").first.click()
    page.get_by_role("button", name="Start the fit").click()
    page.get_by_role("link", name="Generate data").first.click(timeout=120_000)

    rows = page.get_by_label("Number of rows")
    for wrong, says in (("0", "At least 1 row"), ("1,000,001", "At most 1,000,000"), ("some", "Only digits")):
        rows.fill(wrong)
        expect(page.get_by_text(says)).to_be_visible()
    rows.fill(f"{ROWS:,}")
    add(page, "sex")
    page.get_by_role("button", name=re.compile("^Female")).click()
    page.get_by_role("button", name="Preview 20 rows").click()
    preview = page.get_by_role("region", name="The first 20 rows")
    expect(preview.locator("tbody tr:not([aria-hidden])")).to_have_count(20)
    expect(preview.get_by_text("Female", exact=True)).to_have_count(20)
    tab.check()
    page.get_by_role("button", name=f"Generate {ROWS:,} rows").click()

    download = page.get_by_role("button", name=re.compile("^Download"))
    download.wait_for()
    generation = page.url.rpartition("/")[2]
    with page.expect_download() as saving:
        download.click()
    path = tmp_path_factory.mktemp("saved") / saving.value.suggested_filename
    saving.value.save_as(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    expect(page.get_by_text(sha256)).to_be_visible()
    with path.open(newline="") as file:
        drawn = list(csv.DictReader(file))
    assert len(drawn) == ROWS
    assert {row["sex"] for row in drawn} == {"Female"}
    tab.check()
    root = desk.known("root", "admin")
    return Told(root, root.client.generations.get(generation)["modelId"], generation)


def add(page: Page, column: str) -> None:
    """Ask something of a column."""
    page.get_by_role("combobox", name="Add a column").click()
    page.get_by_role("option", name=column, exact=True).click()


def test_from_the_printed_address_to_a_file_that_is_what_it_says(told: Told) -> None:
    assert told.generation.startswith("job_")


def test_a_worker_is_killed_and_the_page_says_so_and_the_file_comes(desk: PageDesk, told: Told) -> None:
    model_job = told.model.replace("model_", "job_")
    tab = desk.open(told.ada, f"/generation/new?model={told.model}")
    page = tab.page
    page.get_by_label("Number of rows").fill(str(MANY_ROWS))
    page.get_by_role("button", name=f"Generate {MANY_ROWS:,} rows").click()
    bar = page.get_by_role("progressbar")
    bar.wait_for()
    generation = page.url.rpartition("/")[2]
    client = told.ada.client
    until(lambda: client.generations.get(generation)["percent"] >= 5)
    for pid in desk.running.children:
        os.kill(pid, signal.SIGKILL)
    expect(page.get_by_text("Try 1 failed").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("The worker that did it ended").first).to_be_visible()
    expect(page.get_by_text("Trying again")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Download")).wait_for(timeout=120_000)
    done = client.generations.get(generation)
    assert done["state"] == "completed"
    expect(page.get_by_text(done["sha256"])).to_be_visible()

    page.goto(f"/jobs/{generation}")
    expect(page.get_by_role("cell", name="The worker that did it ended", exact=False).first).to_be_visible()
    tab.check()
    assert client.jobs.get(model_job)["state"] == "completed"


def test_what_is_cancelled_says_so_and_can_begin_again(desk: PageDesk, told: Told) -> None:
    client = told.ada.client
    asked = client.generations.create(told.model.replace("model_", "job_"), ENDLESS_ROWS, seed=5)
    tab = desk.open(told.ada, f"/generation/{asked['id']}")
    page = tab.page
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel it").click()
    expect(page.get_by_text("It was cancelled")).to_be_visible()
    page.get_by_role("button", name="Begin again").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    client.generations.cancel(asked["id"])
    tab.check()


def test_it_is_made_again_with_another_seed_and_all_that_was_asked(desk: PageDesk, told: Told) -> None:
    tab = desk.open(told.ada, f"/generation/{told.generation}")
    tab.page.get_by_role("link", name="Make again with another seed").click()
    expect(tab.page.get_by_label("Seed")).to_have_value("1")
    expect(tab.page.get_by_label("Number of rows")).to_have_value(str(ROWS))
    expect(tab.page.get_by_role("button", name=re.compile("^Female"))).to_have_attribute(
        "aria-pressed", "true"
    )
    tab.check()


def test_two_people_do_not_see_each_other(desk: PageDesk, told: Told) -> None:
    ben = desk.somebody("ben", "editor")
    tab = desk.open(ben, f"/generation/{told.generation}")
    expect(tab.page.get_by_role("alert")).to_contain_text("There is no such")
    tab.page.goto("/generation")
    expect(tab.page.get_by_role("heading", name="No data yet")).to_be_visible()
    tab.page.goto("/admin/users")
    expect(tab.page.get_by_text("Your role does not allow this")).to_be_visible()
    tab.check()


def test_when_a_sign_in_is_over_one_comes_back_to_the_same_place(desk: PageDesk, told: Told) -> None:
    cleo = desk.somebody("cleo", "viewer")
    told.ada.client.generations.share(told.generation, "cleo")
    tab = desk.open(cleo, f"/generation/{told.generation}")
    page = tab.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("US census")
    desk.sign_out_everywhere("cleo")
    page.reload()
    page.get_by_label("Login").fill("cleo")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/generation/{told.generation}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("US census")
    expect(page.get_by_role("button", name="Begin again")).to_have_count(0)
    tab.check()


PAGES = [
    "/datasets",
    "/datasets/{dataset}",
    "/models",
    "/models/new",
    "/models/{model}",
    "/generation",
    "/generation/new?model={model}",
    "/generation/{generation}",
    "/generation/{generation}/report",
    "/jobs",
    "/jobs/{generation}",
    "/admin/users",
    "/admin/workers",
    "/admin/audit",
    "/admin/storage",
    "/account",
    "/nowhere",
]


@pytest.mark.parametrize(("width", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_every_page_is_accessible_and_fits(desk: PageDesk, told: Told, width: int, scheme: str) -> None:
    client = told.ada.client
    until(lambda: (client.generations.get(told.generation)["report"] or {}).get("state") == "completed")
    ids = {
        "dataset": client.models.get(told.model)["datasetId"],
        "model": told.model,
        "generation": told.generation,
    }
    tab = desk.open(told.ada, "/datasets", width=width, scheme=scheme)
    for path in PAGES:
        tab.page.goto(path.format(**ids))
        tab.check_axe()
        tab.check()


def test_hostile_names_and_cells_stay_text(desk: PageDesk, told: Told, tmp_path: Path) -> None:
    unreadable = ("nul", "surrogate")  # no table may hold them
    texts = [text for kind, text in HOSTILE.items() if kind not in unreadable]
    columns = [f"{text[:120]} {number}" for number, text in enumerate(texts)]
    path = tmp_path / "hostile.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(columns)
        for row in range(1500):
            out.writerow([texts[(row + at) % len(texts)][:150] for at in range(len(columns))])
    client = told.ada.client
    name = texts[0].replace("\n", " ")[:100]
    dataset = client.datasets.upload(path, name="hostile.csv")
    client.datasets.rename(dataset["id"], name)
    job = client.jobs.wait(client.jobs.fit(dataset["id"], model="independent")["id"])
    asked: dict[str, Any] = client.generations.create(job["id"], 1000)
    client.generations.wait(asked["id"])
    until(lambda: (client.generations.get(asked["id"])["report"] or {}).get("state") == "completed")
    tab = desk.open(told.ada, f"/datasets/{dataset['id']}", width=NARROW)
    for view in (
        f"/generation/new?model={job['modelId']}",
        f"/generation/{asked['id']}",
        f"/generation/{asked['id']}/report",
        f"/models/{job['modelId']}",
        "/generation",
        "/jobs",
    ):
        tab.page.goto(view)
        tab.settle()
        if "new" in view:
            tab.page.get_by_role("combobox", name="Add a column").click()
            tab.page.get_by_role("option").first.click()
        tab.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        assert tab.page.locator("main img, main iframe, main script").count() == 0
        tab.check()
        assert tab.page.evaluate("window.taken") is None
