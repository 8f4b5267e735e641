"""What must be said before a file goes where nobody can take it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lookalike.errors import ConsentNeeded, GateRefused
from lookalike.publish.base import Quote

SENTENCE = "Anybody may read this, for ever, and nobody can take it back."
"""What a person types, or a program sends, to say that they know."""


@dataclass(frozen=True, slots=True)
class Consent:
    """forever: it was said. override: why a refusal by the gate does not stop it; kept, and published."""

    forever: bool = False
    override: str | None = None


def allow(quote: Quote, checked: Mapping[str, Any] | None, consent: Consent) -> None:
    """Return when publishing there may begin. Where it can be taken back, nothing is asked.

    `ConsentNeeded` names the gate's answer; `GateRefused` when that was no, and no reason overrides it.
    """
    if not quote.forever:
        return
    if refused(checked) and not consent.override:
        raise GateRefused(
            f"{verdict(checked)} It does not go where nobody can take it back.",
            hint="Publish it to the local store, or make a better one; an admin may override with a reason.",
        )
    if not consent.forever:
        raise ConsentNeeded(
            f"What is published to {quote.where} may be read by anybody, for ever. {verdict(checked)}",
            hint=f"Say --yes-forever, or consent with the sentence: {SENTENCE}",
        )


def refused(checked: Mapping[str, Any] | None) -> bool:
    """Whether a gate was asked, and said no."""
    return checked is not None and not checked["gate"]["passed"]


def verdict(checked: Mapping[str, Any] | None) -> str:
    """What the gate said, as one sentence."""
    if checked is None:
        return "No gate has judged this file."
    gate = checked["gate"]
    if gate["passed"]:
        waived = f" ({', '.join(gate['waived'])} waived)" if gate["waived"] else ""
        return f"The gate passed it{waived}."
    return f"The gate refused it: {', '.join(gate['refused'])}."
