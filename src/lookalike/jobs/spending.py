"""What an installation's wallets may pay in all, however many ask for it.

One document per unit of money holds the sum of what was set aside; setting aside is one conditional update,
so that no number of publications at once goes over the limit. What is set aside is the price that was told
just before. It is never given back: a crash, or a push that failed, can make the sum too large, never too
small.
"""

from __future__ import annotations

from lookalike.errors import OverSpendingLimit
from lookalike.stores.documents import Documents, Kind, Lt

SPENDING = Kind("spending", fields={"set_aside": int})


def set_aside(documents: Documents, unit: str, price: int, most: int) -> None:
    """Add ``price`` to what is set aside in ``unit``; `OverSpendingLimit` where that goes over ``most``."""
    own = f"spending_{unit}"
    documents.create("spending", [{"id": own, "set_aside": 0}])  # the first time
    within = {"id": own, "set_aside": Lt(most - price + 1)}
    if documents.update_one("spending", within, {}, inc={"set_aside": price}) is None:
        raise OverSpendingLimit(
            f"This service has no more to spend: of {most:,} {unit} in all, {spent(documents, unit):,} are "
            f"spent, and this costs {price:,}.",
            hint="An administrator can raise LOOKALIKE_ARWEAVE_MOST_AR_IN_ALL.",
        )


def spent(documents: Documents, unit: str) -> int:
    """What has been set aside in ``unit`` so far."""
    doc = documents.get("spending", f"spending_{unit}")
    return 0 if doc is None else doc["set_aside"]
