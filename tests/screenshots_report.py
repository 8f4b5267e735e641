"""The report of the census in Chromium, to be looked at: ``make screenshots-report``.

Writes, into the folder that is named, the report (HTML), the whole page at two widths on light and on dark
ground and as PDF, and the two pictures of ``docs/report.md``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser

import check_json
from browser import chromium
from lookalike.quality import report


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "report.html"
    report.save(check_json.adult(), page)
    with chromium() as browser:
        for scheme in ("light", "dark"):
            for width in (1280, 400):
                shot(browser, page, folder / f"{scheme}-{width}.png", width=width, scheme=scheme)
        shot(browser, page, folder / "head.png", width=1000, height=760, scheme="light", scale=1.2)
        shot(browser, page, folder / "columns.png", width=1000, height=900, scheme="dark", at="#columns")
        paper = browser.new_page()
        paper.goto(page.resolve().as_uri())
        paper.pdf(path=folder / "report.pdf", format="A4")


def shot(
    browser: Browser,
    page: Path,
    path: Path,
    *,
    width: int,
    scheme: str,
    height: int = 0,
    scale: float = 1,
    at: str = "",
) -> None:
    """A picture of the whole page, or, when ``height`` is given, of what a screen shows from ``at`` on."""
    context = browser.new_context(
        viewport={"width": width, "height": height or 1600}, color_scheme=scheme, device_scale_factor=scale
    )
    tab = context.new_page()
    tab.goto(page.resolve().as_uri() + at)
    tab.screenshot(path=path, full_page=not height)
    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
