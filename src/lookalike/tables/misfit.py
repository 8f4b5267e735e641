"""The signal, inside `lookalike.tables`, that a cell lacks the form that its column was tried with."""

from __future__ import annotations


class Misfit(ValueError):
    """Raised by parsers, always caught: inference then tries another form, `typed` looks for the row."""
