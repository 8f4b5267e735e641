"""What the service says of itself, as ``web/openapi.json``: from it the page's client is generated.

``python web/scripts/openapi.py`` writes the file; with ``--check`` it says whether the file is as it would be
written.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from lookalike.service.app import make_app
from lookalike.service.backends import open_backends
from lookalike.settings import Settings

FILE = Path(__file__).parents[1] / "openapi.json"


def described() -> str:
    """The document as JSON. It names no version, so that a release alone changes nothing."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        backends = open_backends(settings)
        try:
            document = make_app(backends, settings).openapi()
        finally:
            backends.close()
    document["info"]["version"] = "0"
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """The exit status."""
    document = described()
    if "--check" not in arguments:
        FILE.write_text(document, encoding="utf-8")
        return 0
    if FILE.read_text(encoding="utf-8") == document:
        return 0
    sys.stderr.write("The API has changed, and web/openapi.json has not: run `make web-client`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
