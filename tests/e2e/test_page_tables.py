"""The page from the first account to a fitted model, as people go through it: nothing is stubbed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import chromium
from hostile_text import HOSTILE
from page_desk import NARROW, PASSWORD, PATIENCE_MS, PageDesk, Somebody, Tab, require_page

PEOPLE = "name,email,age,answer\n" + "".join(
    f"Person {i},p{i}@example.org,{i % 60 + 18},{'yes' if i % 3 else 'no'}\n" for i in range(300)
)
BAD = 'a,b\n1,2\n3,4\n"5,6\n7,8,9,10\n'
_DROP = """([text, name]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type: "text/csv" }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    const event = new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data });
    document.body.dispatchEvent(event);
  }
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require_page()
    expect.set_options(timeout=PATIENCE_MS)
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageDesk]:
    """A service whose first account was made by the page, at the address that was printed."""
    found = PageDesk(tmp_path_factory.mktemp("story"), browser)
    try:
        assert found.running.setup is not None
        tab = found.open(None, found.running.setup)
        form = tab.page
        expect(form.get_by_role("heading", name="Make the first account")).to_be_visible()
        assert "#" not in form.url, "the code stays in the address"
        tab.check_axe()
        form.get_by_role("button", name="Make the account").click()
        expect(form.get_by_label("Login")).to_be_focused()
        expect(form.get_by_text("Enter your login.")).to_be_visible()
        form.get_by_label("Login").fill("root")
        form.locator("[name=password]").fill(PASSWORD)
        form.keyboard.press("Enter")
        expect(form.get_by_role("heading", name="No datasets yet")).to_be_visible()
        tab.check_axe()
        tab.check()
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def ada(desk: PageDesk) -> Somebody:
    return desk.somebody("ada", "editor")


@pytest.fixture(scope="module")
def people(ada: Somebody, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a dataset of Ada's."""
    path = tmp_path_factory.mktemp("tables") / "people.csv"
    path.write_text(PEOPLE)
    return str(ada.client.datasets.upload(path)["id"])


def dropped(page: Page, text: str, name: str) -> None:
    page.evaluate(_DROP, [text, name])


def signed_in_again(page: Page, login: str) -> None:
    page.get_by_label("Login").fill(login)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_from_the_sample_to_a_model_and_its_rows(desk: PageDesk) -> None:
    eve = desk.somebody("eve", "editor")
    tab = desk.open(eve, "/")
    page = tab.page
    page.get_by_role("button", name="Try the sample").click()
    expect(page.get_by_role("heading", name="US census 1994")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^education.num"))).to_contain_text("1 … 16")
    expect(page.get_by_label("Role of income")).to_have_value("target")
    page.get_by_label("Treatment of fnlwgt").select_option("Leave out")
    page.reload()  # what was chosen is still there, though not yet saved
    expect(page.get_by_text("1 column changed")).to_be_visible()
    page.get_by_role("button", name="Save the schema").click()
    expect(page.get_by_text("Saved. The table was read anew.")).to_be_visible()
    tab.check_axe()

    page.get_by_role("link", name="Fit a model").click()
    expect(page.get_by_role("combobox", name="Target")).to_have_value("income")
    page.get_by_role("radio", name=re.compile("Strict")).check()
    page.get_by_label("Name").fill("Strictly")
    tab.check_axe()
    page.get_by_role("button", name="Start the fit").click()
    expect(page.get_by_role("heading", name="At a glance")).to_be_visible(timeout=120_000)
    expect(page.get_by_role("heading", name="Strictly")).to_be_visible()
    expect(page.get_by_text("4,500 rows")).to_be_visible()
    expect(page.get_by_text("education → education.num")).to_be_visible()
    rows = page.get_by_role("region", name="Ten rows drawn from it").get_by_role("row")
    expect(rows).to_have_count(11)
    expect(rows.first).not_to_contain_text("fnlwgt")
    tab.check_axe()

    page.get_by_role("link", name="US census 1994").click()
    page.get_by_role("button", name="Actions for US census").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text(re.compile("With it go .*1 model"))
    tab.check_axe()
    page.get_by_role("button", name="Delete all of it for good").click()
    expect(page.get_by_role("heading", name="No datasets yet")).to_be_visible()
    tab.check()


def test_a_file_dropped_on_any_page_is_uploaded_and_one_that_cannot_be_read_says_where(
    desk: PageDesk, ada: Somebody
) -> None:
    tab = desk.open(ada, "/models")
    page = tab.page
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()
    dropped(page, BAD, "bad.csv")
    said = page.get_by_role("article", name="bad.csv").get_by_role("alert")
    expect(said).to_contain_text("never closed")
    expect(said).to_contain_text("row 3")
    expect(said).to_contain_text("Close it.")
    tab.check_axe()
    page.get_by_role("button", name="Dismiss: bad.csv").click()

    name = HOSTILE[next(iter(HOSTILE))][:60]
    dropped(page, f'"{name.replace(chr(34), chr(34) * 2)}",b\n1,<b>x</b>\n2,y\n', "odd.csv")
    page.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", name="odd.csv")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("tab", name="Preview").click()
    expect(page.get_by_text("<b>x</b>")).to_be_visible()
    tab.check()


def test_two_users_see_what_is_theirs_and_what_is_shared(desk: PageDesk, ada: Somebody, people: str) -> None:
    ben = desk.somebody("ben", "editor")
    his, hers = desk.open(ben, f"/datasets/{people}"), desk.open(ada, f"/datasets/{people}")
    expect(his.page.get_by_role("alert")).to_contain_text("may have been deleted, or belong to somebody else")

    hers.page.get_by_role("button", name="Actions for people").click()
    hers.page.get_by_role("menuitem", name="Share").click()
    hers.page.get_by_label("Login of another user").fill("ben")
    hers.page.get_by_role("button", name="Share", exact=True).click()
    expect(hers.page.get_by_role("button", name="Share it with ben no longer")).to_be_visible()
    hers.check_axe()

    his.page.get_by_role("button", name="Try again").click()
    expect(his.page.get_by_role("heading", name="people.csv")).to_be_visible()
    expect(his.page.get_by_text("Shared with you", exact=True)).to_be_visible()
    expect(his.page.get_by_role("combobox")).to_have_count(0)
    expect(his.page.get_by_role("button", name="Actions for people")).to_have_count(0)
    expect(his.page.get_by_role("link", name="Fit a model")).to_have_count(0)
    his.check()

    hers.page.get_by_role("button", name="Share it with ben no longer").click()
    expect(hers.page.get_by_text("Shared with nobody yet.")).to_be_visible()
    his.page.goto("/datasets")
    expect(his.page.get_by_role("heading", name="No datasets yet")).to_be_visible()
    hers.check()


def test_whose_sign_in_is_over_signs_in_and_is_where_they_were(
    desk: PageDesk, ada: Somebody, people: str
) -> None:
    tab = desk.open(ada, f"/models/new?dataset={people}")
    page = tab.page
    expect(page.get_by_role("combobox", name="Dataset")).to_have_value("people.csv")
    page.get_by_label("Name").fill("not lost")
    other = desk.open(ada, "/account").page
    other.get_by_role("button", name="Sign out everywhere").click()
    other.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
    expect(other.get_by_text("You are signed out.")).to_be_visible()

    page.get_by_role("button", name="Start the fit").click()
    expect(page.get_by_text("Your sign-in was over.")).to_be_visible()
    tab.check_axe()
    signed_in_again(page, "ada")
    expect(page.get_by_label("Name")).to_have_value("not lost")
    assert page.url.endswith(f"/models/new?dataset={people}")
    tab.check()


def test_a_page_that_is_loaded_anew_at_any_moment_keeps_its_sign_in(
    desk: PageDesk, ada: Somebody, people: str
) -> None:
    tab = desk.open(ada, "")
    page, path = tab.page, f"/datasets/{people}"
    for moment in range(8):
        with page.expect_request("**/api/auth/refresh"):
            page.goto(path, wait_until="commit")
        page.wait_for_timeout(5 * moment)  # from before the answer to after it
    page.goto(path)
    expect(page.get_by_role("heading", name="people.csv")).to_be_visible()

    # an answer that never came: neither its cookie nor that there was one
    before = [one for one in tab.context.cookies(f"{desk.address}/api/auth") if one.get("httpOnly")]
    with page.expect_request("**/api/auth/refresh") as asked:
        page.reload()
    expect(page.get_by_role("heading", name="people.csv")).to_be_visible()
    tab.context.add_cookies(before)  # type: ignore[arg-type]
    attempt = json.loads(asked.value.post_data or "")["attempt"]
    page.evaluate("it => localStorage.setItem('lookalike.renewing', it)", attempt)
    page.reload()
    expect(page.get_by_role("heading", name="people.csv")).to_be_visible()
    tab.check()


def test_a_viewer_is_told_what_their_role_lacks(desk: PageDesk) -> None:
    tab = desk.open(desk.somebody("vic", "viewer"), "/models/new")
    page = tab.page
    expect(page.get_by_role("heading", name="Your role does not allow this")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("editor")
    page.goto("/datasets")
    expect(page.get_by_text("Nobody has shared a dataset with you yet.")).to_be_visible()
    expect(page.get_by_role("button", name="Upload a file")).to_have_count(0)
    tab.check_axe()
    tab.check()


def test_a_token_is_shown_once_and_deleted(desk: PageDesk, ada: Somebody) -> None:
    tab = desk.open(ada, "/account")
    page = tab.page
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_text("Say what it is for.")).to_be_visible()
    page.get_by_label("What it is for").fill("nightly")
    page.get_by_role("button", name="Make the token").click()
    token = page.get_by_label("Token", exact=True).input_value()
    with desk.running.client(token) as client:
        assert client.get("/api/me").json()["login"] == "ada"
        page.get_by_role("button", name="Done").click()
        page.get_by_role("button", name="Delete nightly").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete the token").click()
        expect(page.get_by_text("The token is deleted.")).to_be_visible()
        assert client.get("/api/me").status_code == 401
    tab.check()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_narrow_phone_all_is_there_and_accessible(
    desk: PageDesk, ada: Somebody, people: str, scheme: str
) -> None:
    tab = desk.open(ada, "/datasets", width=NARROW, height=740, scheme=scheme)
    page = tab.page
    for path, shown in {
        "/datasets": "people.csv",
        f"/datasets/{people}": "What was seen",
        f"/datasets/{people}?tab=preview": "The first 100 rows",
        "/models/new": "Privacy",
        "/account": "Tokens for scripts",
        "/nowhere": "There is nothing here",
    }.items():
        page.goto(path)
        expect(page.get_by_text(shown).first).to_be_attached()
        expect(page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)
        tab.check_axe()
        tab.check()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_keyboard_alone_is_enough(desk: PageDesk, ada: Somebody, people: str) -> None:
    tab = desk.open(ada, f"/datasets/{people}")
    page = tab.page
    expect(page.get_by_label("Kind of age")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    reach(tab, "Actions for people.csv")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    reach(tab, "Treatment of email")
    before = page.get_by_label("Treatment of email").input_value()
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("Treatment of email").input_value() != before
    reach(tab, "Discard")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Treatment of email")).to_have_value(before)
    tab.check()


def reach(tab: Tab, label: str) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(60):
        tab.page.keyboard.press("Tab")
        focused = "document.activeElement.ariaLabel || document.activeElement.textContent"
        if tab.page.evaluate(focused) == label:
            return
    raise AssertionError(f"{label} cannot be reached")
