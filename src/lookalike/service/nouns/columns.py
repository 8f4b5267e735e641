"""What is seen in each column: of a dataset as it was uploaded, and of what a model makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from lookalike.errors import WrongState
from lookalike.service.auth import Reading
from lookalike.service.nouns.answers import READING, STATE
from lookalike.service.nouns.models import model_job
from lookalike.service.platform import OnPlatform
from lookalike.service.wire import Shown

router = APIRouter(prefix="/api")


class Bin(Shown):
    """How many values lie between two, both included; spelled as the file spells them."""

    low: str = Field(examples=["17"])
    high: str = Field(examples=["20"])
    count: int


class Value(Shown):
    """How often a value occurs."""

    value: str = Field(examples=["Bachelors"])
    count: int
    cut: bool = Field(description="It is longer than is shown, so it cannot be asked for as it is here.")


class ColumnSeen(Shown):
    """What was seen in one column."""

    name: str = Field(examples=["age"])
    kind: str = Field(examples=["numerical"])
    missing: int = Field(description="Rows without a value.")
    looked_at: int = Field(description="Rows that the rest is counted in; of a long table, not all of them.")
    distinct: int
    examples: list[str]
    bins: list[Bin] = Field(description="Of numbers and times: 20 at most.")
    values: list[Value] = Field(description="Of categories: the most frequent ones.")


class ColumnsSeen(Shown):
    """What was seen in each column of a table."""

    columns: list[ColumnSeen]


@router.get("/datasets/{dataset_id}/columns", responses=READING | STATE, tags=["datasets"])
def get_dataset_columns(dataset_id: str, scope: Reading, platform: OnPlatform) -> ColumnsSeen:
    """What was seen in each column when the table was read."""
    if scope.get("dataset", dataset_id)["state"] != "ready":
        raise WrongState("The dataset is not ready.", hint="Wait until its upload has ended.")
    return _seen(platform.datasets.facts(dataset_id))


@router.get("/models/{model_id}/columns", responses=READING, tags=["models"])
def get_model_columns(model_id: str, scope: Reading, platform: OnPlatform) -> ColumnsSeen:
    """What there is to ask for in each column, counted in 10,000 rows that the model draws; of categories up
    to 100 values. A value that is rarer can still be asked for."""
    return _seen(platform.models.columns(model_job(scope, model_id)))


def _seen(facts: Iterable[Mapping[str, Any]]) -> ColumnsSeen:
    return ColumnsSeen(columns=[ColumnSeen(**fact) for fact in facts])
