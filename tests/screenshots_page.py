"""Every view of the page in Chromium, to be looked at: ``make screenshots``.

Writes, into the folder that is named, each view of a small installation that is made for it, light and dark,
wide and narrow. Charts are drawn when they are seen, so each view is scrolled through first. Names of parts
(``tables``, ``records``) after the folder: only these.
"""

from __future__ import annotations

import contextlib
import math
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

import paper
from browser import chromium
from page_desk import NARROW, WIDE, PageDesk, Somebody, Tab
from service_process import until
from standin_llm import Kind, StandIn, always

TABLES = {
    "datasets": "/datasets",
    "dataset": "/datasets/{dataset}",
    "dataset-preview": "/datasets/{dataset}?tab=preview",
    "models": "/models",
    "model-new": "/models/new?dataset={dataset}",
    "model": "/models/{model}",
    "generations": "/generation",
    "generation-new": "/generation/new?again={generation}",
    "generation": "/generation/{generation}",
    "generation-going": "/generation/{going}",
    "generation-cancelled": "/generation/{cancelled}",
    "report": "/generation/{generation}/report",
    "jobs": "/jobs",
    "job": "/jobs/{generation}",
    "admin-users": "/admin/users",
    "admin-workers": "/admin/workers",
    "admin-audit": "/admin/audit",
    "admin-storage": "/admin/storage",
    "account": "/account",
    "nowhere": "/nowhere",
}


RECORDS = {
    "records": "/records",
    "records-new": "/records/new",
    "records-done": "/records/{done}",
    "records-going": "/records/{going}",
    "records-failed": "/records/{failed}",
    "records-job": "/jobs/{done}",
    "records-jobs": "/jobs?kind=write",
    "admin-providers": "/admin/providers",
}
SPEC = """columns:
  passage: {seed: documents, keep: false}
  style: {sampler: category, values: [for a child, for a student, for an engineer]}
  question: {text: "Ask {{ style }} about: {{ passage.text }}", model: fast}
  answer: {text: "Answer {{ style }}, in a sentence or two: {{ question }}", model: fast}
  page: {expression: "passage.source.page"}
"""
PAGES = [
    "Rivers carry silt to the sea. What they carry depends on their slope and on what they cut through.",
    "Deltas grow where rivers end. A delta that is starved of silt sinks below the sea within decades.",
    "Dams keep back water, and the silt in it. What a dam holds is missing at the mouth of the river.",
]
ASKED = ["Why does {} matter to {}?", "What becomes of {} near {}?", "How would you measure {} at {}?"]
ANSWERED = ["Because {} slows {} down.", "It is {} that decides, and {} follows.", "With {}, one finds {}."]
THINGS = [
    "silt",
    "the sea",
    "a dam",
    "the slope",
    "sand",
    "the tide",
    "a delta",
    "the river bed",
    "clay",
    "the mouth",
    "rain",
    "a flood",
]
DONE, GOING, BEFORE = 40, 200, 130


def main(folder: Path, *parts: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        desk = PageDesk(Path(home), browser, most_rows="20000000")
        try:
            root = desk.set_up()
            desk.somebody("grace", "editor")
            desk.somebody("alan", "viewer")
            if not parts or "tables" in parts:
                ids = made(root)
                for tab, end in sides(desk, root):
                    width, scheme = end.split("-")
                    out = desk.open(None, "/sign-in", width=int(width), scheme=scheme)
                    shot(out, folder / f"sign-in-{end}.png")
                    views(tab, TABLES, ids, folder, end)
            if not parts or "records" in parts:
                with writing(root, Path(home)) as ids:
                    for tab, end in sides(desk, root):
                        views(tab, RECORDS, ids, folder, end)
                        for name, (path, act) in ACTS.items():
                            tab.page.goto(path.format(**ids))
                            act(tab.page, ids)
                            shot(tab, folder / f"{name}-{end}.png", whole="dialog" not in name)
        finally:
            desk.close()


def sides(desk: PageDesk, who: Somebody) -> Iterator[tuple[Tab, str]]:
    """A browser of each kind, and what its pictures' names end in."""
    for scheme in ("light", "dark"):
        for width in (WIDE, NARROW):
            yield desk.open(who, "/datasets", width=width, scheme=scheme), f"{width}-{scheme}"


def views(tab: Tab, paths: dict[str, str], ids: dict[str, Any], folder: Path, end: str) -> None:
    for name, path in paths.items():
        tab.page.goto(path.format(**ids))
        shot(tab, folder / f"{name}-{end}.png")


def made(root: Somebody) -> dict[str, Any]:
    """The ids of what there is to see: a dataset, its model, and data that is done, going and cancelled."""
    client = root.client
    dataset = client.datasets._transport.json("POST", "/api/datasets/sample")
    job = client.jobs.wait(client.jobs.fit(dataset["id"])["id"])
    asked = {"conditions": {"age": {"low": "30", "high": "60"}}, "shares": {"income": {"'>50K'": 0.4}}}
    done = client.generations.create(job["id"], 50_000, seed=7, name="Adults of working age", **asked)
    client.generations.wait(done["id"])
    until(lambda: (client.generations.get(done["id"])["report"] or {}).get("state") == "completed")
    cancelled = client.generations.create(job["id"], 1_000_000, seed=8)
    until(lambda: client.generations.get(cancelled["id"])["percent"] >= 10)
    client.generations.cancel(cancelled["id"])
    going = client.generations.create(job["id"], 20_000_000, seed=9, name="Twenty million")
    until(lambda: client.generations.get(going["id"])["percent"] >= 1)
    return {
        "dataset": dataset["id"],
        "model": job["modelId"],
        "generation": done["id"],
        "cancelled": cancelled["id"],
        "going": going["id"],
    }


@contextlib.contextmanager
def writing(root: Somebody, folder: Path) -> Iterator[dict[str, str]]:
    """The ids of write jobs: one is done, one going for as long as the body runs, one failed."""
    chance = random.Random(7)

    def text(body: Any) -> str:
        forms = ASKED if body["messages"][-1]["content"].startswith("Ask") else ANSWERED
        return chance.choice(forms).format(*chance.sample(THINGS, 2))

    def script(id_: str, _time: int) -> Kind:
        return "refusal" if random.Random(id_).random() < 0.04 else "answer"

    with StandIn(script, text=text, delay_s=0.01) as model:
        client = root.client
        settings = {"url": model.url, "model": "stand-in-8b", "allow_private": True, "concurrency": 4}
        client.providers.create("fast", "openai", key="none", price_input=0.15, price_output=0.6, **settings)
        careful = {"url": "https://api.example.org", "model": "a-large-one", "key_env": "LARGE_KEY"}
        client.providers.create("careful", "anthropic", price_input=3.0, price_output=15.0, **careful)
        client.providers.create("small", "local")

        def document() -> str:
            file = folder / "rivers.pdf"
            file.write_bytes(paper.pdf(PAGES))
            return str(client.records.upload(file)["id"])

        def write(records: int, name: str) -> str:
            return str(client.records.write(SPEC, records, documents=[document()], name=name)["id"])

        def ended(job: str) -> bool:
            return client.records.get(job)["state"] in ("completed", "failed")

        done = write(DONE, "Questions about rivers")
        until(lambda: ended(done))
        model.script = always("refusal")
        failed = write(3, "What nobody wanted to answer")
        until(lambda: ended(failed))
        model.script = script
        body = {"spec": SPEC, "records": GOING, "documents": [document()]}
        transport = client.records._transport
        rehearsal = transport.json("POST", "/api/records/rehearsals", body=body)["id"]
        until(lambda: client.jobs.get(rehearsal)["state"] == "completed")
        model.most = len(model.served) + BEFORE
        going = write(GOING, "Many more questions")
        until(lambda: client.records.get(going)["counts"].get("accepted", 0) > 0)
        yield {"done": done, "failed": failed, "going": going, "rehearsal": rehearsal}
        model.most = math.inf


def provenance(page: Page, _ids: dict[str, str]) -> None:
    page.get_by_role("button", name="Where record 2 is from").click()
    page.get_by_text("SHA-256 of the prompt").first.wait_for()


def yaml(page: Page, _ids: dict[str, str]) -> None:
    page.get_by_text("YAML", exact=True).click()


def prompts(page: Page, _ids: dict[str, str]) -> None:
    page.get_by_role("button", name="Show the prompts").click()
    page.get_by_text("Record 3").wait_for()


def answers(page: Page, ids: dict[str, str]) -> None:
    """As if the rehearsal had been asked for in this form."""
    page.get_by_text("YAML", exact=True).click()
    page.evaluate(_REHEARSED, ids["rehearsal"])
    page.reload()
    page.get_by_text("All 200 records:").wait_for()


_REHEARSED = """(id) => {
  const name = Object.keys(sessionStorage).find((one) => one.endsWith(":records:new"));
  const form = JSON.parse(sessionStorage.getItem(name));
  sessionStorage.setItem(name, JSON.stringify({ ...form, rehearsal: { id, asked: "" } }));
}"""


def raw(page: Page, _ids: dict[str, str]) -> None:
    page.get_by_role("region", name="Refused").get_by_text("What was answered").first.click()


def provider(page: Page, _ids: dict[str, str]) -> None:
    page.get_by_role("button", name="Actions for fast").click()
    page.get_by_role("menuitem", name="Change").click()
    page.get_by_text("More settings").click()


ACTS: dict[str, tuple[str, Callable[[Page, dict[str, str]], None]]] = {
    "records-dialog": ("/records/{done}", provenance),
    "records-new-prompts": ("/records/new", prompts),
    "records-new-yaml": ("/records/new", yaml),
    "records-new-answers": ("/records/new", answers),
    "records-refused": ("/records/{failed}", raw),
    "admin-provider-dialog": ("/admin/providers", provider),
}


def shot(tab: Tab, path: Path, *, whole: bool = True) -> None:
    """A picture of the view, once it shows what it is of. Not ``whole``: of what is in sight."""
    page = tab.page
    page.locator("h1, h2").first.wait_for()
    page.wait_for_timeout(400)
    high = page.evaluate("document.documentElement.scrollHeight") if whole else 0
    for top in range(0, high, 700):
        page.evaluate("top => window.scrollTo(0, top)", top)
        page.wait_for_timeout(60)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(150)
    page.screenshot(path=path, full_page=whole)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
