"""The command line: the nouns and verbs of the library, with no logic of its own."""

from __future__ import annotations

import os
import signal
import sys

STOPPED = "Stopped on request; nothing half-made was left."


def main() -> None:
    """What the console script ``lookalike`` runs."""
    signal.signal(signal.SIGINT, _stopped_early)  # until there is something that could be half-made
    from lookalike.cli.app import app

    app(prog_name="lookalike")


def _stopped_early(*_: object) -> None:
    sys.stderr.write(f"error: {STOPPED}\n")
    sys.stderr.flush()
    os._exit(130)
