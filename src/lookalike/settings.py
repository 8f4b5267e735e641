"""What can be set from outside: ``LOOKALIKE_*`` variables. Only service, CLI and a worker's entry read it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lookalike.errors import UsageError


class Settings(BaseSettings):
    """One installation. ``LOOKALIKE_HOME`` alone is enough; every store can be put elsewhere by its URL."""

    model_config = SettingsConfigDict(env_prefix="LOOKALIKE_", extra="ignore", frozen=True)

    home: Path = Field(Path.home() / ".lookalike", description="The folder that everything is kept in.")
    documents: str = Field("", description="sqlite:PATH; documents.db in the data folder if not said.")
    blobs: str = Field("", description="file:PATH or memory:; blobs in the data folder if not said.")
    key_file: Path | None = Field(None, description="Master keys; master.key in the data folder if not said.")
    master_key: SecretStr | None = Field(
        None, description="Master keys as base64, the current one first, instead of a file."
    )
    pool: str = Field("default", description="Whose tasks a worker does.")
    lease_s: PositiveFloat = Field(
        15.0, description="A task whose worker is silent for so long is done again."
    )
    retries_s: Annotated[tuple[PositiveFloat, ...], NoDecode] = Field(
        (5.0, 10.0, 20.0),
        min_length=1,
        description="The waits after each failure of a task; one more failure ends its job.",
    )
    cancel_s: PositiveFloat = Field(4.0, description="How long a cancelled job waits for its workers.")
    beat_s: PositiveFloat = Field(0.5, description="Between two signs of life of a worker.")
    sweep_s: PositiveFloat = Field(1.0, description="Between two repairs of the ledger.")
    scrub_s: PositiveFloat = Field(600.0, description="Between two searches for files that nobody needs.")
    task_s: PositiveFloat = Field(6 * 3600.0, description="The most time that one task may take.")
    task_mb: PositiveInt | None = Field(None, description="The most memory that a worker may use, in MB.")
    workers: PositiveInt | None = Field(
        None, description="The most workers; as many as processors if not said."
    )

    @field_validator("retries_s", mode="before")
    @classmethod
    def _parted(cls, given: Any) -> Any:
        """``5,10,20``, as people write several numbers into a variable."""
        return [part.strip() for part in given.split(",")] if isinstance(given, str) else given

    @property
    def documents_url(self) -> str:
        return self.documents or f"sqlite:{self.home / 'documents.db'}"

    @property
    def blobs_url(self) -> str:
        return self.blobs or f"file:{self.home / 'blobs'}"

    @property
    def key_path(self) -> Path:
        return self.key_file or self.home / "master.key"


def read_settings() -> Settings:
    """The settings of this process; `UsageError` names the variable that is wrong, and never its value."""
    try:
        return Settings()  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        name = "LOOKALIKE_" + "_".join(str(part) for part in found["loc"][:1]).upper()
        raise UsageError(f"The setting {name} cannot be used: {found['msg']}.") from None
