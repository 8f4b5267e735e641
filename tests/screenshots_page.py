"""Every view of the page in Chromium, to be looked at: ``make screenshots``.

Writes, into the folder that is named, each view of a small installation that is made for it, light and dark,
wide and narrow. Charts are drawn when they are seen, so each view is scrolled through first.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from browser import chromium
from page_desk import NARROW, WIDE, PageDesk, Somebody, Tab
from service_process import until

VIEWS = {
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


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        desk = PageDesk(Path(home), browser, most_rows="20000000")
        try:
            root = desk.set_up()
            desk.somebody("grace", "editor")
            desk.somebody("alan", "viewer")
            ids = made(root)
            for scheme in ("light", "dark"):
                for width in (WIDE, NARROW):
                    out = desk.open(None, "/sign-in", width=width, scheme=scheme)
                    shot(out, folder / f"sign-in-{width}-{scheme}.png")
                    tab = desk.open(root, "/datasets", width=width, scheme=scheme)
                    for name, path in VIEWS.items():
                        tab.page.goto(path.format(**ids))
                        shot(tab, folder / f"{name}-{width}-{scheme}.png")
        finally:
            desk.close()


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


def shot(tab: Tab, path: Path) -> None:
    """A picture of the whole view, once it shows what it is of."""
    page = tab.page
    page.locator("h1, h2").first.wait_for()
    page.wait_for_timeout(400)
    high = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, high, 700):
        page.evaluate("top => window.scrollTo(0, top)", top)
        page.wait_for_timeout(60)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(150)
    page.screenshot(path=path, full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
