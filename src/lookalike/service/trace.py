"""What ties the log lines of one request together: its id, and a W3C trace that its jobs carry on."""

from __future__ import annotations

import re
import secrets

_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def continued(traceparent: str | None) -> str:
    """A ``traceparent`` (W3C Trace Context, level 1) for this request: in the caller's trace, if named."""
    match = _FORM.fullmatch(traceparent or "")
    span = secrets.token_hex(8)
    if match is None or set(match[1]) == {"0"} or set(match[2]) == {"0"}:
        return f"00-{secrets.token_hex(16)}-{span}-01"
    return f"00-{match[1]}-{span}-{match[3]}"


def request_id() -> str:
    return f"req_{secrets.token_hex(12)}"
