"""The command line: the nouns and verbs of the library, with no logic of its own."""

from __future__ import annotations


def main() -> None:
    """What the console script ``lookalike`` runs."""
    from lookalike.cli.app import app

    app(prog_name="lookalike")
