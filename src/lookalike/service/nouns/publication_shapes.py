"""The bodies and answers of publications."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from lookalike.jobs.publications import WHERES, State, Wanted, Where
from lookalike.publish.consent import SENTENCE
from lookalike.service.wire import Body, Shown, Time

__all__ = [
    "WHERES",
    "Publication",
    "PublicationAsked",
    "PublicationKey",
    "PublicationProblem",
    "Publications",
    "Quoted",
    "Wanted",
    "Where",
]


def _no_bool(given: Any) -> Any:
    """A Literal takes ``true`` for 1, however strict."""
    if isinstance(given, bool):
        raise ValueError("Input should be 0 or 1")  # noqa: TRY004  (what pydantic makes an answer of)
    return given


class PublicationAsked(Body):
    """Where a file is to go."""

    where: Where = Field("local", description="The local store can be emptied; the others are for ever.")
    licence: str | None = Field(
        None, max_length=200, examples=["CC-BY-4.0"], description="Under which others may use it."
    )
    keep_local: bool = Field(
        False, description="Keep the file here, too, once it is kept elsewhere. (A local publication does.)"
    )
    encrypt: bool = Field(
        False, description="Publish a ciphertext in age's format, which only you have the key to."
    )
    cid_version: Annotated[Literal[0, 1], BeforeValidator(_no_bool)] = Field(
        1, description="0: under a CID `Qm…`, in chunks of 256 KiB. For the local store and IPFS."
    )
    consent: str | None = Field(
        None,
        max_length=500,
        examples=[SENTENCE],
        description="For what nobody can take back, the sentence that says so.",
    )
    override: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="Admins: why a refusal by the gate does not stop it. It is kept, and published.",
    )


class Quoted(Shown):
    """What a publication would mean."""

    where: Where
    price: str = Field(description="In whole units; 0: nothing.", examples=["0"])
    unit: str = Field(examples=["winston"])
    balance: str | None = Field(None, description="What the wallet has.")
    forever: bool = Field(description="Nobody can take it back.")
    public: bool = Field(description="Anybody may find it.")
    notes: list[str]
    gate: str = Field(description="What the gate said.", examples=["The gate passed it."])
    gate_refused: bool
    consent: str | None = Field(None, description="The sentence to send as `consent`, if one is needed.")


class PublicationKey(Shown):
    """What opens a ciphertext: whoever has it can read the rows."""

    identity: str = Field(
        description="For `age -d -i FILE`: the line of that file.", examples=["AGE-SECRET-KEY-1…"]
    )
    recipient: str = Field(description="Its public half.", examples=["age1…"])


class PublicationProblem(Shown):
    """Why a publication failed, or still waits."""

    code: str = Field(examples=["unavailable"])
    message: str


class Publication(Shown):
    """Where a file is, or is to be."""

    where: Where
    state: State
    can_cancel: bool = Field(description="Nothing has been sent yet that cannot be taken back.")
    address: str | None = Field(None, description="A CID, or the id of a transaction.")
    links: list[str]
    licence: str | None = None
    keep_local: bool
    encrypted: bool = Field(description="What is there is a ciphertext; its owner can have the key.")
    cid_version: Literal[0, 1] | None = Field(None, description="Of the CID that it goes by, if it does.")
    key_destroyed_at: Time | None = Field(None, description="Since when nobody can read what is there.")
    override: str | None = None
    created_at: Time
    sent_at: Time | None = None
    final_at: Time | None = Field(None, description="Since when the place is sure to keep it.")
    problem: PublicationProblem | None = Field(None, description="Why it failed, or still waits.")
    job_id: str


class Publications(Shown):
    items: list[Publication]
