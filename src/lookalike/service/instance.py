"""What anybody may know of this installation before they sign in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import Field

import lookalike
from lookalike.jobs.publishing import house_signer
from lookalike.service.auth import KnownPeople
from lookalike.service.wire import Shown
from lookalike.settings import Settings

router = APIRouter(tags=["instance"])


class Instance(Shown):
    name: str = "Lookalike"
    version: str
    needs_setup: bool = Field(description="Whether the first account is still to be made.")
    publisher_key: str = Field(
        description="The Ed25519 key that this installation signs manifests with, in hexadecimal."
    )
    publisher_fingerprint: str = Field(description="Its SHA-256, to be compared, and given to `--key`.")
    registration: bool = Field(description="Whether you may make an account for yourself.")


@router.get("/api/instance")
def get_instance(request: Request, people: KnownPeople) -> Instance:
    """What this installation is, and how to come in."""
    settings: Settings = request.app.state.settings
    signer = house_signer(request.app.state.backends.keys)
    return Instance(
        version=lookalike.__version__,
        needs_setup=not people.accounts.any(),
        registration=settings.registration,
        publisher_key=signer.public_key,
        publisher_fingerprint=signer.fingerprint,
    )
