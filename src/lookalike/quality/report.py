"""One self-contained HTML file from the JSON of a check: opened offline, printed, mailed.

    save(check.to_json(), "report.html")

The file asks nothing of any network. Its content security policy allows one style sheet and one script,
both in the file and named by their hashes; without the script everything is still there to read. Names and
values from the tables reach the page through `report_markup` only, as text.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from pathlib import Path
from typing import Any

from lookalike.quality.report_columns import columns
from lookalike.quality.report_head import figures, head, measured_how
from lookalike.quality.report_markup import join, raw, tag, visible
from lookalike.quality.report_pairs import pairs
from lookalike.quality.report_privacy import privacy
from lookalike.quality.report_quality import detection, utility
from lookalike.quality.report_rules import rules
from lookalike.tables.atomic import write_bytes

_PARTS = (
    ("figures", "Figures", figures),
    ("columns", "Columns", columns),
    ("pairs", "Pairs", pairs),
    ("detection", "Detection", detection),
    ("utility", "Utility", utility),
    ("privacy", "Privacy", privacy),
    ("rules", "Rules", rules),
)


def html(check_json: dict[str, Any], *, title: str = "Quality and privacy of a synthetic table") -> str:
    """The report as one HTML document, in UTF-8 text without surrogates.

    check_json: what ``Check.to_json()`` gives (``contracts/check.schema.json``). title: plain text.
    """
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )
    links = [tag("a", words, href=f"#{anchor}") for anchor, words, _ in _PARTS]
    page = tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=policy),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("meta", name="robots", content="noindex"),
            tag("title", visible(title, 200)),
            tag("style", raw(style)),
        ),
        tag(
            "body",
            tag("a", "Skip to the figures", href="#figures", class_="skip"),
            head(check_json, title),
            tag("nav", links, aria_label="Parts of this report"),
            tag("main", [draw(check_json) for _, _, draw in _PARTS]),
            measured_how(check_json),
            tag("script", raw(script)),
        ),
        lang="en",
    )
    return join(raw("<!doctype html>\n"), page, raw("\n"))


def save(check_json: dict[str, Any], path: str | Path, *, title: str = "") -> None:
    """Write the report atomically; raises `CannotWrite`."""
    text = html(check_json, title=title) if title else html(check_json)
    write_bytes(path, text.encode("utf-8"))


def _asset(name: str) -> str:
    return resources.files("lookalike.quality").joinpath("report_assets", name).read_text("utf-8")


def _hash(text: str) -> str:
    """The source of a content security policy that stands for exactly this inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
