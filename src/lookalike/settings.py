"""What can be set from outside: ``LOOKALIKE_*`` variables. Only service, CLI and a worker's entry read it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lookalike.errors import UsageError

Words = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """One installation. ``LOOKALIKE_HOME`` alone is enough; every store can be put elsewhere by its URL."""

    model_config = SettingsConfigDict(env_prefix="LOOKALIKE_", extra="ignore", frozen=True)

    home: Path = Field(Path.home() / ".lookalike", description="The folder that everything is kept in.")
    documents: str = Field("", description="sqlite:PATH; documents.db in the data folder if not said.")
    blobs: str = Field("", description="file:PATH or memory:; blobs in the data folder if not said.")
    records: str = Field("", description="sqlite:PATH; records.db in the data folder if not said.")
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
    call_retries_s: Annotated[tuple[PositiveFloat, ...], NoDecode] = Field(
        (5.0, 10.0, 20.0),
        min_length=1,
        description="The waits after each failed call to a language model; one more, and it has failed.",
    )
    cancel_s: PositiveFloat = Field(4.0, description="How long a cancelled job waits for its workers.")
    beat_s: PositiveFloat = Field(0.5, description="Between two signs of life of a worker.")
    sweep_s: PositiveFloat = Field(1.0, description="Between two repairs of the ledger.")
    scrub_s: PositiveFloat = Field(600.0, description="Between two searches for files that nobody needs.")
    task_s: PositiveFloat = Field(6 * 3600.0, description="The most time that one task may take.")
    task_mb: PositiveInt | None = Field(None, description="The most memory that a worker may use, in MB.")
    upload_bytes: PositiveInt = Field(1 << 30, description="The most bytes of an upload.")
    document_bytes: PositiveInt = Field(64 << 20, description="The most bytes of a document for records.")
    document_patience_s: PositiveFloat = Field(
        86_400.0, description="A document that no job was made of for so long is dropped."
    )
    rehearsal_patience_s: PositiveFloat = Field(
        86_400.0, description="A rehearsal of records that ended so long ago is deleted."
    )
    most_records: PositiveInt = Field(100_000, description="The most records of one write job.")
    upload_patience_s: PositiveFloat = Field(
        600.0, description="An upload whose process is gone for so long is dropped."
    )
    parse_mb: PositiveInt = Field(4096, description="The most memory for reading an uploaded table, in MB.")
    parse_s: PositiveInt = Field(60, description="The most seconds for reading an uploaded table.")
    parse_at_once: PositiveInt = Field(2, description="How many uploaded tables are read at once.")
    most_rows: PositiveInt = Field(1_000_000, description="The most rows of one generation.")
    check_from_rows: PositiveInt = Field(1000, description="Files of fewer rows get no report.")
    workers: PositiveInt | None = Field(
        None, description="The most workers; as many as processors if not said."
    )
    worker_nice: int = Field(
        10, ge=0, le=19, description="How far the service's own workers stand back behind everything else."
    )
    host: str = Field("127.0.0.1", description="The address that the service listens on.")
    port: int = Field(5000, ge=0, le=65535, description="Its port; 0: any that is free.")
    tls_certificate: Path | None = Field(
        None, description="A PEM file; with it the service speaks HTTPS only."
    )
    tls_key: Path | None = Field(
        None, description="The key of that certificate, if it is in a file of its own."
    )
    hosts: Words = Field(
        (), description="Names that the service is called by; on a loopback address, its own if not said."
    )
    origins: Words = Field((), description="Origins of other pages that may use the API.")
    trusted_proxies: Words = Field(
        (), description="Addresses or networks whose X-Forwarded-For and -Proto are believed."
    )
    registration: bool = Field(False, description="Whether anybody may make an account for themselves.")
    window_s: PositiveFloat = Field(900.0, description="The time that the following limits hold for.")
    writes: PositiveInt = Field(100, description="The most changes by one user in that time.")
    reads: PositiveInt = Field(30_000, description="The most reads by one user in that time, per process.")
    account_tries: PositiveInt = Field(
        5, description="The most tries to sign in to one account in that time."
    )
    address_tries: PositiveInt = Field(20, description="The most tries to sign in from one address.")
    password_kib: int = Field(
        64 << 10, ge=19 << 10, description="The memory that comparing a password takes (argon2id)."
    )
    body_bytes: PositiveInt = Field(1 << 20, description="The most bytes of a request that is no upload.")
    stall_s: PositiveFloat = Field(30.0, description="How long the bytes of a request may stand still.")
    answer_s: PositiveFloat = Field(60.0, description="How long a request may wait for its answer to begin.")

    public_url: str = Field(
        "", description="The address that others reach this service at, for links to published files."
    )

    ipfs_node: str = Field("", description="The RPC of a Kubo node, such as http://127.0.0.1:5001.")
    ipfs_gateways: Words = Field(
        ("https://ipfs.io",), description="Gateways that links to files on IPFS lead to, the best first."
    )
    pinning_url: str = Field("", description="A service of the IPFS Pinning Service API, if there is one.")
    pinning_token: SecretStr | None = Field(None, description="The token that it is asked with.")
    arweave_node: str = Field(
        "https://arweave.net", description="An Arweave node, or a gateway, which finds what was sent before."
    )
    arweave_wallet: Path | None = Field(
        None, description="The wallet that pays for Arweave: a JWK file that only its owner may read."
    )
    arweave_most_ar: PositiveFloat = Field(
        1.0, description="The most that one file on Arweave may cost, in AR."
    )
    arweave_most_ar_in_all: PositiveFloat = Field(
        10.0, description="The most that all files on Arweave together may cost a service's wallet, in AR."
    )
    arweave_gateways: Words = Field(
        ("https://arweave.net",), description="Gateways that links to Arweave lead to, the best first."
    )
    arweave_bundler: str = Field(
        "", description="A bundler that takes files for Arweave, such as https://upload.ardrive.io."
    )
    arweave_payments: str = Field(
        "", description="Where the bundler tells its prices, such as https://payment.ardrive.io."
    )
    confirm_s: PositiveFloat = Field(
        15.0, description="Between two questions whether a place keeps what was sent to it."
    )
    publish_again_s: PositiveFloat = Field(
        300.0, description="After so long a publication is tried again whose place did not answer."
    )
    node_timeout_s: PositiveFloat = Field(
        60.0, description="How long a node or gateway may keep us waiting for its next bytes."
    )

    @field_validator(
        "retries_s",
        "call_retries_s",
        "hosts",
        "origins",
        "trusted_proxies",
        "ipfs_gateways",
        "arweave_gateways",
        mode="before",
    )
    @classmethod
    def _parted(cls, given: Any) -> Any:
        """``5,10,20``, as people write several things into a variable."""
        return [part.strip() for part in given.split(",")] if isinstance(given, str) else given

    @field_validator("hosts", "origins", "trusted_proxies", "ipfs_gateways", "arweave_gateways")
    @classmethod
    def _said(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(part for part in given if part)

    @property
    def documents_url(self) -> str:
        return self.documents or f"sqlite:{self.home / 'documents.db'}"

    @property
    def blobs_url(self) -> str:
        return self.blobs or f"file:{self.home / 'blobs'}"

    @property
    def records_url(self) -> str:
        return self.records or f"sqlite:{self.home / 'records.db'}"

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
