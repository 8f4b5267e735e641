"""What the nouns look like as JSON, coming in and going out."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field

from lookalike.jobs.model import JobState
from lookalike.service.nouns.publication_shapes import PublicationAsked
from lookalike.service.wire import Asking, Body, Page, PageAsked, Shown, Time

T = TypeVar("T")

DATASET_ID, JOB_ID = "ds_019a0b6c7d8e7f00a1b2c3d4e5f60718", "job_019a0b6c7d8e7f00a1b2c3d4e5f60718"
MODEL_ID, TASK_ID = "model_019a0b6c7d8e7f00a1b2c3d4e5f60718", "task_019a0b6c7d8e7f00a1b2c3d4e5f60718"
USER_ID = "user_019a0b6c7d8e7f00a1b2c3d4e5f60718"

_PLAIN = r"^[^\x00-\x1f\x7f]+$"
_READERS = "Logins of those who may read it; told to its owner only."
MAX_SEED = 2**53 - 1
"""The largest seed: beyond it, JSON numbers are not exact in a browser."""

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN, examples=["adult, spring"])]
Cell = Annotated[str | None, Field(description="As it is spelled in CSV; null where it is missing.")]
Sort = Literal["createdAt", "-createdAt", "name", "-name"]
Conditions = Annotated[
    dict[str, Any] | list[Annotated[str, Field(max_length=2000)]],
    Field(
        max_length=200,
        description="What holds for every row: a value, a list of values, a range such as `30..40` or "
        '`{"low": "30"}` per column; or texts such as `age=30..40`.',
        examples=[{"income": ">50K", "age": "30..40"}],
    ),
]
Shares = Annotated[
    dict[str, dict[str, float]] | list[Annotated[str, Field(max_length=2000)]],
    Field(
        max_length=200,
        description="What holds for a part of the rows, per column and value; or texts: `sex=Male:0.5`.",
        examples=[{"income": {">50K": 0.5}}],
    ),
]


class ListAsked(PageAsked):
    """Which part of a list, in which order, of which things."""

    sort: Sort = Field("-createdAt", description="`-` is descending. Things that are equal stay in order.")
    search: str | None = Field(None, min_length=1, max_length=200, description="A part of the name.")


class Counted(Page[T], Generic[T]):
    """A part of a list, with how many there are in each state."""

    counts: dict[str, int] = Field(
        description="How many there are in each state, of what is searched for.",
        examples=[{"completed": 3, "running": 1}],
    )


class Rename(Body):
    name: Name


class ShareWith(Body):
    """With whom to share, to read only."""

    login: str = Field(min_length=1, max_length=200, examples=["ann"], description="Of the other user.")
    share: bool = Field(True, description="false: share it no longer.")


class Shares_(Shown):  # noqa: N801
    """With whom a thing is shared."""

    shared_with: list[str] = Field(description="Logins.", examples=[["ann"]])


class Cascade(Asking):
    """What a deletion may take with it."""

    cascade: bool = Field(False, description="Also delete what hangs on it.")


class Hanging(Shown):
    """How much hangs on a thing, and goes with it."""

    jobs: int = 0
    models: int = 0
    generations: int = 0
    record_jobs: int = 0
    publications: int = Field(0, description="What of them is elsewhere stays there.")


class Deleted(Shown):
    """What was deleted. Its keys are destroyed: there is no way back."""

    id: str
    deleted: Hanging = Field(description="What hung on it, and is gone too.")


class Column(Shown):
    name: str = Field(examples=["age"])
    kind: str = Field(examples=["numerical"])


class Rows(Shown):
    """Rows of a table, as texts."""

    columns: list[Column]
    rows: list[list[Cell]] = Field(examples=[[["39", "State-gov"], ["50", None]]])


# Datasets

DatasetState = Literal["uploading", "ready", "deleting"]


class Dataset(Shown):
    """A table that was uploaded."""

    id: str = Field(examples=[DATASET_ID])
    name: str
    state: DatasetState
    mine: bool = Field(description="false: it is shared with you.")
    created_at: Time
    rows: int | None = Field(None, examples=[32561])
    columns: int | None = Field(None, examples=[15])
    size_bytes: int | None = None
    sha256: str | None = Field(None, description="Of the bytes as they were uploaded.")


class DatasetInspected(Dataset):
    """A dataset with what is known of it."""

    notes: list[str] = Field(description="What was guessed or repaired when it was read.")
    hanging: Hanging
    shared_with: list[str] = Field(description=_READERS, examples=[["ann"]])


class DatasetsAsked(ListAsked):
    state: DatasetState | None = Field(None, description="Those in this state.")


class UploadAsked(Asking):
    """What is said of an upload. What is not said is found out."""

    name: Name = Field(description="What to call it; its ending may say the format.", examples=["adult.csv"])
    format: Literal["csv", "tsv", "parquet", "arrow", "jsonl", "xlsx"] | None = Field(
        None, description="Of the file, where its name does not say it."
    )
    delimiter: str | None = Field(None, max_length=1, description="Of CSV.")
    quote: str | None = Field(None, max_length=1, description="Around cells of CSV.")
    encoding: str | None = Field(None, max_length=40, examples=["utf-8"], description="Of text.")
    header: bool | None = Field(None, description="Whether the first row names the columns.")
    target: str | None = Field(None, max_length=1000, description="The column that matters most.")


class SchemaShown(Shown):
    """What the columns are taken for. `text` is YAML, to edit and send back."""

    columns: list[dict[str, Any]] = Field(examples=[[{"name": "age", "kind": "numerical"}]])
    text: str
    notes: list[str]


class SchemaText(Body):
    """A schema as text, YAML or JSON."""

    text: str = Field(max_length=1_000_000, examples=["columns: []"])


class SchemaColumns(Body):
    """A schema as a list of columns, as `GET` shows them."""

    columns: list[dict[str, Any]] = Field(
        max_length=10_000, examples=[[{"name": "age", "kind": "numerical", "type": "int64"}]]
    )


# Jobs


class JobProblem(Shown):
    """Why a job ended: as an error is told, with the place in the data where there is one."""

    code: str = Field(examples=["over-limit"])
    message: str
    hint: str | None = None
    column: str | None = None
    row: int | None = None
    file: str | None = None
    page: int | None = None
    reason: Annotated[
        str | None,
        Field(
            description="Of `fewer-than-asked`: ceiling, alike, tokens, money, time or chosen; of "
            "`provider-failed`: quota, auth or transport.",
            examples=["tokens"],
        ),
    ] = None


class FitSettings(Body):
    """How a model is fitted."""

    target: str | None = Field(None, max_length=1000, description="The column that matters most.")
    model: Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")] = "trees"
    privacy: Literal["standard", "careful", "strict"] = "standard"
    seed: int = Field(0, ge=0, le=MAX_SEED)
    holdout: Literal["auto", "none"] = Field(
        "auto",
        description="auto: a tenth of the rows is not learned from, and privacy is measured against it. Of a "
        "table with fewer than 20 rows nothing is held out.",
    )


class JobAsked(Body):
    """A model to be fitted on a dataset."""

    dataset_id: str = Field(max_length=100, examples=[DATASET_ID])
    name: Name | None = None
    settings: FitSettings = FitSettings()  # pyright: ignore[reportCallIssue]


class Job(Shown):
    """A job, as it is now."""

    id: str = Field(examples=[JOB_ID])
    kind: Literal["fit", "generate", "check", "write", "rehearse", "publish"]
    name: str
    state: JobState
    mine: bool = Field(description="false: it is shared with you.")
    percent: int = Field(ge=0, le=100)
    steps: list[int] = Field(description="Each per cent that was reached.", examples=[[20, 40, 60]])
    rev: int = Field(description="Rises with every change; the id of its events.")
    round: int = Field(description="How often it was begun again by hand.")
    dataset_id: str | None = Field(None, examples=[DATASET_ID])
    model_id: str | None = Field(None, description="Made by it, or drawn from.", examples=[MODEL_ID])
    created_at: Time
    started_at: Time | None = None
    ended_at: Time | None = None
    problem: JobProblem | None = None


class JobsAsked(ListAsked):
    state: JobState | None = Field(None, description="Those in this state.")
    kind: Literal["fit", "generate", "check", "write", "rehearse", "publish"] | None = Field(
        None, description="Those of this kind; if not said, all but rehearsals."
    )
    dataset_id: str | None = Field(None, max_length=100, description="Those on this dataset.")


class Attempt(Shown):
    """One try of one task."""

    task: int
    role: str = Field(examples=["chunk"])
    attempt: int
    worker: str | None = None
    began_at: Time | None = None
    ended_at: Time | None = None
    outcome: str = Field(examples=["done"])
    message: str | None = None


class Logs(Shown):
    attempts: list[Attempt]


# Models


class Model(Shown):
    """A model that was fitted: `jobId` is the job that made it."""

    id: str = Field(examples=[MODEL_ID])
    job_id: str = Field(examples=[JOB_ID])
    dataset_id: str = Field(examples=[DATASET_ID])
    name: str
    mine: bool
    created_at: Time
    rows: int = Field(description="Of the table.")
    learned_rows: int = Field(description="Without those that were held out.")
    columns: int
    size_bytes: int
    sha256: str = Field(description="Of what determines its rows.")


class ModelInspected(Model):
    """A model, and what of the data is inside it."""

    kind: str = Field(examples=["trees"])
    target: str | None
    column_list: list[Column]
    order: list[str] = Field(description="The columns as they are drawn, each given those before it.")
    rules: list[str] = Field(description="What held in every row and holds in every row that is drawn.")
    notes: list[str] = Field(description="What may surprise in the rows.")
    contains: list[str] = Field(description="What of the data is inside it.")
    provenance: dict[str, Any]
    hanging: Hanging
    shared_with: list[str] = Field(description=_READERS, examples=[["ann"]])


class PreviewAsked(Body):
    """Rows to look at."""

    rows: int = Field(10, ge=1, le=100)
    seed: int = Field(0, ge=0, le=MAX_SEED)
    conditions: Conditions | None = None
    shares: Shares | None = None


# Generations


class GenerationAsked(Body):
    """Rows to be drawn from a model."""

    model_id: str = Field(max_length=100, examples=[MODEL_ID])
    number_of_rows: int = Field(
        ge=1,
        examples=[50_000],
        description="At most LOOKALIKE_MOST_ROWS, which is 1,000,000 if not said.",
    )
    output_format: Literal["csv", "parquet"]
    compression: Literal["none", "gzip", "zstd", "snappy"] | None = None
    seed: int = Field(0, ge=0, le=MAX_SEED)
    conditions: Conditions | None = None
    shares: Shares | None = None
    balance: str | None = Field(
        None, max_length=1000, description="A column whose values come equally often."
    )
    name: Name | None = None
    publish: PublicationAsked | None = Field(
        None, description="Where the file is to go once it is there, and checked."
    )


class GenerationBegun(Shown):
    """A generation that was accepted. It is done whatever happens to this connection."""

    generation_job_id: str = Field(examples=[JOB_ID])
    status: Literal["pending"] = "pending"
    message: str = Field(examples=["50,000 rows will be drawn."])


class ReportState(Shown):
    """The check of a file or model, which is a job of its own."""

    job_id: str
    state: JobState
    percent: int
    passed: bool | None = Field(None, description="The gate's answer.")
    refused: list[str] | None = Field(None, description="The figures that it refuses.")
    scores: dict[str, float | None] | None = Field(None, examples=[{"fidelity": 96.2, "privacy": 99.0}])


class Generation(Job):
    """A job that draws rows, and its file."""

    job_id: str = Field(description="Of the fit job.", examples=[JOB_ID])
    task_id: str = Field(examples=[TASK_ID])
    number_of_rows: int
    output_format: str
    compression: str | None
    seed: int
    size_bytes: int | None = None
    sha256: str | None = Field(None, description="Of the file.")
    report: ReportState | None = Field(None, description="null: nothing to be checked, or not yet.")
    storage_link: str | None = Field(
        None,
        examples=["/ipfs/bafybeieqzxetlo6vv44vmmzaezofnkderkjeznamdeqc2z4uakhjqg3ooq"],
        description="Where the file was published; a path is one of this service.",
    )
    shredded: bool = Field(False, description="It was published, and is not kept here any more.")


class GenerationInspected(Generation):
    conditions: Any = None
    shares: Any = None
    balance: str | None = None
    shared_with: list[str] = Field(description=_READERS, examples=[["ann"]])


class GenerationsAsked(ListAsked):
    state: JobState | None = Field(None, description="Those in this state.")
    model_id: str | None = Field(None, max_length=100, description="Those of this model.")
    job_id: str | None = Field(None, max_length=100, description="Of the fit job.")


class TaskBegun(Shown):
    """What another service is told: the task by which it asks how far its rows are."""

    task_id: str = Field(examples=[TASK_ID])
    generation_job_id: str = Field(examples=[JOB_ID])
    status: JobState


class TaskShown(TaskBegun):
    percent: int
    size_bytes: int | None = None
    sha256: str | None = None
    problem: JobProblem | None = None
