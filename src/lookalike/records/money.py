"""Tokens and money in whole numbers: costs are counted in 10⁻¹² of the currency, and add up exactly."""

from __future__ import annotations

from lookalike.records.chat import ChatRequest, Usage
from lookalike.records.spec import Price

PICO = 10**12


def cost_pico(price: Price, usage: Usage) -> int:
    """What so many tokens cost; a price per million tokens is that many millionths for one."""
    return round(price.input * 1e6) * usage.input_tokens + round(price.output * 1e6) * usage.output_tokens


def worst(request: ChatRequest) -> Usage:
    """No answer to ``request`` can take more tokens than these."""
    return Usage(request.most_input_tokens(), request.params.max_tokens)


def shown(cost: int) -> str:
    """An amount for people: four digits after the point, more for what would be nought."""
    amount = cost / PICO
    return f"{amount:.4f}" if amount >= 0.001 or cost == 0 else f"{amount:.8f}"
