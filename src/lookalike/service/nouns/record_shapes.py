"""What write jobs, records and providers look like as JSON, coming in and going out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from lookalike.jobs.model import JobState
from lookalike.service.nouns.shapes import DATASET_ID, JOB_ID, MODEL_ID, Job, ListAsked, Name
from lookalike.service.wire import Asking, Body, PageAsked, Shown, Time

DOCUMENT_ID, PROVIDER_ID = "doc_019a0b6c7d8e7f00a1b2c3d4e5f60718", "prov_019a0b6c7d8e7f00a1b2c3d4e5f60718"
MAX_SPEC = 200_000
SPEC = """columns:
  topic: {sampler: category, values: [rivers, deltas]}
  question: {text: "Ask about {{ topic }}."}
"""

Id = Annotated[str, Field(max_length=100)]
SpecText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_SPEC,
        description="YAML or JSON, by docs/records.md. It names models by the aliases of `GET "
        "/api/records/models`; its seeds are called `documents` and `dataset`, its table `model`. One that "
        "defines models or names a file, a URL or a key is a 400.",
        examples=[SPEC],
    ),
]


# Documents


class DocumentAsked(Asking):
    """What is said of a document."""

    name: Name = Field(
        description="What the file is called; its ending says what it is: txt, md, html, pdf, docx, csv, "
        "jsonl, parquet, xlsx.",
        examples=["handbook.pdf"],
    )


class Document(Shown):
    """A document that was uploaded. It is read when a job is made of it, and dropped when that has ended."""

    id: str = Field(examples=[DOCUMENT_ID])
    name: str = Field(examples=["handbook.pdf"])
    state: Literal["uploading", "ready"]
    size_bytes: int | None = None
    sha256: str | None = None
    job_id: str | None = Field(None, description="The job that was made of it.", examples=[JOB_ID])
    created_at: Time


# Jobs


class CutAsked(Body):
    """How documents are cut into passages, at the ends of paragraphs and sentences."""

    size: int = Field(1200, ge=1, le=100_000, description="The most that a passage holds.")
    overlap: int = Field(150, ge=0, le=50_000, description="How much of it the next one may begin with.")
    unit: Literal["characters", "words"] = "characters"


class RecordJobAsked(Body):
    """Records to be written by a language model."""

    spec: SpecText
    records: int = Field(
        ge=1,
        examples=[200],
        description="Exactly so many. At most LOOKALIKE_MOST_RECORDS, which is 100,000 if not said.",
        json_schema_extra={"maximum": 100_000},
    )
    candidates: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="The most that may be begun, those that are refused included; three for each record and "
        "20 if not said.",
    )
    documents: list[Id] = Field(
        default=[], max_length=50, description="Uploaded ones, for this job alone.", examples=[[DOCUMENT_ID]]
    )
    cut: CutAsked = CutAsked()  # pyright: ignore[reportCallIssue]
    dataset_id: Id | None = Field(None, examples=[DATASET_ID], description="Its rows are seeds.")
    model_id: Id | None = Field(None, examples=[MODEL_ID], description="It draws the columns of `table`.")
    index: bool | None = Field(
        None,
        description="Whether a full-text index is kept, in plain. If not said: yes, but for a job that is "
        "made of documents, a dataset or a model. Without one a search looks at each record.",
    )
    name: Name | None = None


class RecordPreviewAsked(RecordJobAsked):
    """What would be asked of a job, and of how many records the prompts are to be seen."""

    rows: int = Field(3, ge=1, le=5, description="Of so many records the prompts are rendered.")


class RecordPrompt(Shown):
    """What a model would be asked for one column."""

    column: str = Field(examples=["question"])
    model: str = Field(description="The alias.", examples=["fast"])
    text: str | None = Field(
        description="The messages, each after its role. `⟨name⟩` stands for what a model would have written "
        "before, or for a passage. Null when it cannot be filled in without that.",
        examples=["[user] Ask about rivers."],
    )
    why: str | None = Field(None, description="Why there is no text.")


class RecordPrompts(Shown):
    """One record, as far as no model is needed."""

    values: dict[str, Any]
    prompts: list[RecordPrompt]


class RecordPreview(Shown):
    """A spec rehearsed: it holds together, and no model was called."""

    rows: list[RecordPrompts]
    records: int
    calls: int = Field(description="How often models are asked for all records, each column once.")
    most_tokens: int | None = Field(
        description="What all records take at most, by the longest of these prompts, were no answer refused: "
        "a token for each byte that is sent, and `maxTokens` for each answer. Most take a fraction. Null "
        "where a prompt could not be filled in."
    )
    most_cost: float | None = Field(description="The same by the prices of the aliases.")


class RecordCounts(Shown):
    """accepted + failed + filtered + open = candidates."""

    asked: int
    candidates: int = 0
    accepted: int = 0
    failed: int = 0
    filtered: int = 0
    open: int = 0


class RecordSpending(Shown):
    """What the calls came to. Cost is in the currency of the prices."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    presumed_cost: float = Field(0.0, description="The part that no provider told: the most it can be.")


class RecordDiversity(Shown):
    """How alike the last candidates are; null where there are too few to tell."""

    candidates: int = 0
    near_duplicates: float | None = Field(None, description="The share of near-duplicates.")
    distinct_2: float | None = Field(None, description="The share of word pairs that differ.")
    compression: float | None = Field(None, description="How far the texts compress; 1: not at all.")


class RecordJob(Job):
    """A job that writes records, as it is now."""

    records: int = Field(description="How many were asked for.")
    documents: int = Field(description="How many it is made of.")
    indexed: bool
    counts: RecordCounts
    spent: RecordSpending
    diversity: RecordDiversity


class RecordCaps(Shown):
    """The most that a job may spend over all its runs; null: no cap."""

    tokens: int | None
    money: float | None = Field(description="In the currency of the prices.")
    time_s: float | None = Field(description="Seconds at work, as long as there was a cap on them.")


class RecordJobInspected(RecordJob):
    """A job with what was asked for."""

    spec: str
    caps: RecordCaps = Field(description="Of the spec's `limits`, or set when it was begun again.")
    files: list[str] = Field(description="The names of its documents.")


class RecordRehearsalAsked(RecordJobAsked):
    """What would be asked of a job, and how many of its records are to be written now."""

    rows: int = Field(3, ge=1, le=5, description="So many are written, of three candidates each at most.")


class WrittenColumn(Shown):
    """What a model was asked for one column, and what it said."""

    column: str = Field(examples=["question"])
    model: str = Field(description="The alias.", examples=["fast"])
    prompt: str = Field(
        description="The messages that it was asked with first, each after its role.",
        examples=["[user] Ask about rivers."],
    )
    answer: str = Field(description="The last answer, as it came.", examples=["What is silt?"])
    asks: int = Field(description="How often it was asked, for answers that could not be used included.")


class Refused(Shown):
    """Why a candidate is no record."""

    column: str
    kind: str = Field(
        description="parse, schema, truncation, refusal, empty, rate, transport or filter.",
        examples=["filter"],
    )
    reason: str


class RehearsedRecord(Shown):
    """A candidate: a record, or what was refused."""

    slot: int
    candidate: int
    values: dict[str, Any] = Field(description="Of all columns, also of those that are not kept.")
    written: list[WrittenColumn]
    tokens: int
    cost: float
    refused: Refused | None


class RecordEstimate(Shown):
    """What all records would take, by what these took, refused candidates included. low, high: two standard
    errors around it. Cost is in the currency of the prices."""

    records: int
    tokens: int
    tokens_low: int
    tokens_high: int
    cost: float
    cost_low: float
    cost_high: float


class RecordRehearsal(Job):
    """A few records of a job, written to see them. What it came to is there when it is `completed`."""

    records: int = Field(description="How many the job would write.")
    rows: int = Field(description="How many of them are written here.")
    counts: RecordCounts
    spent: RecordSpending
    diversity: RecordDiversity
    rehearsed: list[RehearsedRecord] = Field(description="By slots; of each all candidates.")
    estimate: RecordEstimate | None = Field(description="Null as long as no record was accepted.")
    short: str | None = Field(description="Why fewer were accepted than `rows`.")


class FailuresChosen(Body):
    """Which candidates' records are to be asked for again."""

    ids: list[Id] | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="Ids of failures; if not said, all that is missing is asked for again, as by `/retry`.",
        examples=[[f"{JOB_ID}/0000012/0003/why"]],
    )


class CapsAsked(Body):
    """Caps of a job that is begun again."""

    tokens: int | None = Field(None, ge=1, le=10**15, examples=[200_000])
    money: float | None = Field(None, gt=0, le=10**9, description="In the currency of the prices.")
    time_s: float | None = Field(None, gt=0, le=10**9, description="Seconds at work.")


class RecordJobsAsked(ListAsked):
    state: JobState | None = Field(None, description="Those in this state.")


class RecordModel(Shown):
    """A language model that specs may name."""

    alias: str = Field(examples=["fast"])
    kind: str = Field(examples=["openai"])
    model: str
    price_input: float = Field(description="Per million tokens.")
    price_output: float
    replayed: bool = Field(description="Whether a recording answers in its place.")


# Records

Status = Literal["accepted", "failed", "filtered", "item"]


class Record(Shown):
    """A record, a candidate that was refused, or an item of a document."""

    id: str = Field(examples=[f"{JOB_ID}/0000012"])
    job_id: str = Field(examples=[JOB_ID])
    status: Status
    fields: dict[str, Any] = Field(examples=[{"topic": "rivers", "question": "What is silt?"}])
    facts: dict[str, Any] = Field(
        description="Where it comes from: of a record how each column was made, with the raw answers, the "
        "tokens and the cost; of a refused one the column, the kind, the reason, the raw answer and the "
        "attempts; of an item the file, its SHA-256, the page and the characters."
    )


class RecordsFound(Shown):
    """A part of what was searched for. It may be short, and not the last."""

    items: list[Record]
    next: str | None = Field(None, description="What to send as `after` for the next part; null at the end.")


class RecordsAsked(PageAsked):
    """Which records are wanted."""

    text: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description='Words, and "words in this order". Case and accents do not count.',
        examples=["silt"],
    )
    field: list[Annotated[str, Field(max_length=2000, pattern=r"^[^=]+=")]] = Field(
        default=[], max_length=20, description="`name=value`: what a field is.", examples=[["topic=rivers"]]
    )
    status: list[Status] = Field(default=["accepted"], max_length=4, description="Any of these.")
    order: Literal["relevance", "id"] | None = Field(
        None,
        description="If not said: by relevance where there is a `text`; jobs without an index come last.",
    )


class AllRecordsAsked(RecordsAsked):
    job_id: str | None = Field(None, max_length=100, description="Those of this job.")


class DownloadAsked(Asking):
    """How records are wanted as a file."""

    format: Literal["jsonl", "csv", "parquet", "chat", "alpaca"] = Field(
        "jsonl", description="`chat` and `alpaca` are JSON Lines for training."
    )
    prompt: str | None = Field(
        None, max_length=200, description="The field that is asked, or the instruction."
    )
    answer: str | None = Field(None, max_length=200, description="The field that is answered.")
    system: str | None = Field(
        None, max_length=200, description="Of `chat`: the field of the system's words."
    )
    input: str | None = Field(None, max_length=200, description="Of `alpaca`: the field of the input.")
    provenance: bool = Field(False, description="Of `jsonl`: also how each record was made, as `_made`.")


# Providers

Alias = Annotated[
    str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", examples=["fast"])
]
Url = Annotated[str, Field(max_length=2000, examples=["https://api.example.org/v1"])]
KeyEnv = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^[A-Z][A-Z0-9_]*$",
        description="The variable of the workers' environment that holds the key; none of ours.",
        examples=["OPENAI_API_KEY"],
    ),
]
Secret = Annotated[
    str, Field(min_length=1, max_length=5000, description="The key itself. It is sealed, and never shown.")
]
Price = Annotated[float, Field(ge=0, le=1_000_000, description="Per million tokens.")]


class ProviderSettings(Body):
    """How a model is asked."""

    url: Url = Field("", description="The base URL; none for `local`.")
    model: str = Field("", max_length=200, examples=["gpt-5-mini"])
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    max_tokens: int = Field(1024, ge=1, le=1_000_000)
    extra_body: dict[str, Any] = Field(default={}, max_length=50, description="Sent with every request.")
    price_input: Price = 0.0
    price_output: Price = 0.0
    structure: Literal["json_schema", "tool", "prompt"] | None = Field(
        None, description="How to ask for structure, when what is known of the model is wrong."
    )
    concurrency: int = Field(16, ge=1, le=1000, description="The most calls at once, per job.")
    timeout_s: float = Field(120.0, gt=0, le=3600)
    allow_private: bool = Field(
        False, description="Whether its host may be this machine, or one of a private network."
    )


class NewProvider(ProviderSettings):
    """A language model under an alias. `local` is the small one that `make local-llm` installs."""

    alias: Alias
    kind: Literal["openai", "anthropic", "local"]
    key: Secret | None = None
    key_env: KeyEnv | None = None


class ProviderChange(Body):
    """What is to be changed; what is not sent stays. `key` and `keyEnv`: null takes the key away."""

    url: Url | None = None
    model: str | None = Field(None, max_length=200)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    max_tokens: int | None = Field(None, ge=1, le=1_000_000)
    extra_body: dict[str, Any] | None = Field(None, max_length=50)
    price_input: Price | None = None
    price_output: Price | None = None
    structure: Literal["json_schema", "tool", "prompt"] | None = None
    concurrency: int | None = Field(None, ge=1, le=1000)
    timeout_s: float | None = Field(None, gt=0, le=3600)
    allow_private: bool | None = None
    key: Secret | None = None
    key_env: KeyEnv | None = None


class Cassette(Shown):
    """Answers that are played in place of calls."""

    answers: int
    size_bytes: int
    sha256: str


class Provider(Shown):
    """A language model that specs may name. Its key is never shown."""

    id: str = Field(examples=[PROVIDER_ID])
    alias: str
    kind: Literal["openai", "anthropic", "local"]
    url: str
    model: str
    temperature: float | None
    top_p: float | None
    max_tokens: int
    extra_body: dict[str, Any]
    price_input: float
    price_output: float
    structure: str | None
    concurrency: int
    timeout_s: float
    allow_private: bool
    has_key: bool = Field(description="Whether a key is sealed.")
    key_env: str | None
    cassette: Cassette | None = Field(description="What answers in place of the model; null: the model does.")
    created_at: Time
