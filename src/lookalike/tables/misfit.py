"""The signal, inside `lookalike.tables`, that some cell of a column does not have the form it was tried with."""

from __future__ import annotations


class Misfit(ValueError):
    """Raised by the parsers and always caught: inference then tries another form, `typed` looks for the row."""
