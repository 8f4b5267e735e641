"""Records by the small local model: ``make demo-records``. Three specs, a few records each, into out/records.

What a model of 135 million parameters writes is weak; what is shown is that shapes, counts and accounts
hold.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import lookalike as la
from lookalike.records import local

HERE = Path(__file__).parent
OUT = Path("out/records")
RECORDS = 3


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    if not local.installed():
        say("The local model is not installed: make local-llm")
        return 2
    OUT.mkdir(parents=True, exist_ok=True)
    for name in ("reviews", "tickets", "questions"):
        out = OUT / f"{name}.jsonl"
        say(f"\n{name}: {RECORDS} records by {local.MODEL}, from {HERE / name}.yaml")
        made = la.write(HERE / f"{name}.yaml", RECORDS, out)
        counts, spent = made.snapshot.counts, made.snapshot.spent
        for record in made:
            say("  " + json.dumps(record, ensure_ascii=False)[:300])
        say(
            f"  {counts.accepted} accepted + {counts.failed} failed + {counts.filtered} filtered "
            f"+ {counts.open} open = {counts.candidates} candidates; {spent.calls} calls, "
            f"{spent.tokens:,} tokens; {out}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
