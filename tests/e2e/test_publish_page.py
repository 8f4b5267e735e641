"""A person publishes a file from its page, and anybody fetches it by its address."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from playwright.sync_api import Browser, expect

import browser
from lookalike.publish.consent import SENTENCE
from lookalike.publish.manifest import checked_bytes
from page_desk import PageDesk, require_page

TRAIN = "town,age,income\n" + "".join(
    f"{town},{age},{'>50K' if age > 40 else '<=50K'}\n" for age in range(20, 60) for town in ("Ulm", "Bonn")
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as found:
        yield found


@pytest.fixture
def desk(chromium: Browser, tmp_path: Path) -> Iterator[PageDesk]:
    require_page()
    found = PageDesk(tmp_path, chromium, ipfs_node="http://127.0.0.1:1")
    yield found
    found.close()


def test_a_file_is_published_from_its_page_and_fetched_by_its_address(desk: PageDesk, tmp_path: Path) -> None:
    root = desk.set_up()
    (tmp_path / "t.csv").write_text(TRAIN)
    dataset = root.client.datasets.upload(tmp_path / "t.csv")
    job = root.client.jobs.wait(root.client.jobs.fit(dataset["id"])["id"])
    generation = root.client.generations.create(job["id"], 200)["id"]
    root.client.generations.wait(generation)
    tab = desk.open(root, f"/generation/{generation}")
    card = tab.page.get_by_role("region", name="Published")
    expect(card).to_contain_text("Not published")
    card.get_by_role("button", name="Publish…").click()
    dialog = tab.page.get_by_role("dialog")
    expect(dialog).to_contain_text("No gate has judged this file.")
    dialog.get_by_label("Licence").fill("CC0-1.0")
    tab.check_axe()
    dialog.get_by_role("button", name="Publish", exact=True).click()
    expect(card.get_by_role("status")).to_have_text("there")
    link = card.get_by_role("link").get_attribute("href")
    assert link is not None
    with urllib.request.urlopen(f"{desk.address.rstrip('/')}{link}", timeout=30) as answer:  # noqa: S310
        sha256 = hashlib.sha256(answer.read()).hexdigest()
    assert sha256 == root.client.generations.get(generation)["sha256"]
    saved = root.client.generations.save_manifest(generation, tmp_path / "m.json")
    _, document = checked_bytes(saved.read_bytes(), "m.json")
    assert document is not None
    assert document["signed"]["licence"] == "CC0-1.0"
    # what nobody can take back is typed out first
    card.get_by_role("combobox", name="Where to").select_option("ipfs")
    card.get_by_role("button", name="Publish…").click()
    act = dialog.get_by_role("button", name="Publish", exact=True)
    expect(act).to_be_disabled()
    dialog.get_by_label("To go on").fill("yes")
    expect(act).to_be_disabled()
    dialog.get_by_label("To go on").fill(SENTENCE)
    expect(act).to_be_enabled()
    dialog.get_by_role("button", name="Cancel").click()
    tab.check()


def test_a_ciphertext_is_published_and_opens_with_the_key_that_its_owner_is_shown(
    desk: PageDesk, tmp_path: Path
) -> None:
    root = desk.set_up()
    (tmp_path / "t.csv").write_text(TRAIN)
    dataset = root.client.datasets.upload(tmp_path / "t.csv")
    job = root.client.jobs.wait(root.client.jobs.fit(dataset["id"])["id"])
    generation = root.client.generations.create(job["id"], 50)["id"]
    root.client.generations.wait(generation)
    tab = desk.open(root, f"/generation/{generation}")
    card = tab.page.get_by_role("region", name="Published")
    card.get_by_role("button", name="Publish…").click()
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Encrypt it").check()
    dialog.get_by_label("an address of the old kind").check()
    tab.check_axe()
    dialog.get_by_role("button", name="Publish", exact=True).click()
    expect(card.get_by_role("status")).to_have_text("there")
    link = card.get_by_role("link").get_attribute("href")
    assert link is not None
    assert link.startswith("/ipfs/Qm")
    card.get_by_role("button", name="Show the key").click()
    key = dialog.get_by_label("Key", exact=True).input_value()
    tab.check_axe()
    with tab.page.expect_download() as saved:
        dialog.get_by_role("button", name="Save").click()
    assert Path(saved.value.path()).read_text() == f"{key}\n"
    with urllib.request.urlopen(f"{desk.address.rstrip('/')}{link}", timeout=30) as answer:  # noqa: S310
        plain = pyrage.decrypt(answer.read(), [pyrage.x25519.Identity.from_str(key)])
    assert hashlib.sha256(plain).hexdigest() == root.client.generations.get(generation)["sha256"]
    dialog.get_by_role("button", name="Done").click()
    card.get_by_role("button", name="Destroy the key").click()
    dialog.get_by_role("button", name="Destroy it").click()
    expect(card).to_contain_text("its key was destroyed")
    tab.check()
