"""Whether a spec can be carried out, before a job is made of it: nothing is called, no document is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lookalike.jobs.materials import DATASET, DOCUMENTS, MODEL, model_spec, parsed
from lookalike.jobs.model import Job
from lookalike.jobs.providers import providers
from lookalike.records.materials import Materials, Seeds
from lookalike.records.plan import Plan, plan, with_models
from lookalike.service.platform import Platform
from lookalike.stores.documents import Doc


@dataclass(frozen=True, slots=True)
class Sources:
    """What a job is to be made of. reading: how its dataset is read. name: the job's, by default."""

    dataset: Doc | None = None
    reading: Mapping[str, Any] = field(default_factory=dict[str, Any])
    fitted: Job | None = None
    documents: bool = False
    name: str = ""


STAND_IN = "⟨a passage⟩"


def check_spec(platform: Platform, text: str, sources: Sources) -> Plan:
    """The spec made ready, on stand-ins for its seeds.

    `BadSpec` for what does not hold together: columns, templates, schemas, aliases, conditions.
    What the seeds hold is not looked at: a template that names a field that no passage has refuses its
    candidates when the job runs.
    """
    seeds: dict[str, Seeds] = {}
    if sources.documents:
        place = {"file": "⟨file⟩", "page": 1, "offset": 0}
        seeds[DOCUMENTS] = Seeds([{"text": STAND_IN, "source": place}])
    if sources.dataset is not None:
        seeds[DATASET] = Seeds(_first_rows(platform, sources))
    tables = {} if sources.fitted is None else {MODEL: platform.models.of(sources.fitted).stored}
    models = {alias: model_spec(doc, doc["key_env"]) for alias, doc in providers(platform.stores).items()}
    return plan(with_models(parsed(text), models), Materials(seeds, tables))


def _first_rows(platform: Platform, sources: Sources) -> list[dict[str, Any]]:
    """The dataset's first rows, as they were kept to be looked at: cells are texts."""
    assert sources.dataset is not None  # noqa: S101  (it is asked for with one)
    names = [column["name"] for column in sources.reading["schema"]["columns"]]
    rows = platform.datasets.table(sources.dataset["id"])["preview"]
    return [dict(zip(names, row, strict=True)) for row in rows] or [dict.fromkeys(names)]
