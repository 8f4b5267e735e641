"""The errors of their own that routes answer with, for OpenAPI; what any request may end in is added."""

from __future__ import annotations

from lookalike.service.openapi import errors

READING = errors(403, 404)
STATE = errors(409)
WRITING = errors(403, 404, 409)
CREATING = WRITING
BUSY = errors(408, 413)
