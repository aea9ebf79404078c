"""Every setting of a process, read once from the environment and flags and handed down frozen.

The environment variable of ``grpc_port`` is ``CARDINAL_GRPC_PORT``, its flag ``--grpc-port``; a
flag wins. Nothing else in the gateway reads the environment.
"""

import ipaddress
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from indexer.model.errors import BadShape
from indexer.model.limits import SHARD_BITS_MAX, SHARD_BITS_MIN

PORT_MAX = 65_535


class Settings(BaseSettings):
    """One process's settings. Every bound of the gateway is here, by name."""

    model_config = SettingsConfigDict(env_prefix="CARDINAL_", frozen=True, extra="ignore")

    data: Path = Field(default=Path(".data"), description="Folder that holds everything")
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8080, ge=0, le=PORT_MAX, description="HTTP port; 0 takes a free one")
    grpc_port: int = Field(
        default=7070, ge=0, le=PORT_MAX, description="gRPC port; 0 takes a free one"
    )
    grpc_tls_cert: Path | None = Field(
        default=None, description="Certificate of the gRPC port, PEM; with its key, TLS is spoken"
    )
    grpc_tls_key: Path | None = Field(default=None, description="Key of that certificate, PEM")
    grpc_tls_client_ca: Path | None = Field(
        default=None, description="Who signs the certificates that gRPC callers must show, PEM"
    )
    auth: bool = Field(default=True, description="Ask for tokens and sign-in")
    ready_file: Path | None = Field(
        default=None, description="Written with the addresses once ready"
    )
    clock: Literal["system", "manual"] = Field(
        default="system", description="Where 'now' comes from"
    )
    shard_bits: int = Field(
        default=20,
        ge=SHARD_BITS_MIN,
        le=SHARD_BITS_MAX,
        description="Shard size of a new data folder, 2^n",
    )
    hot_bytes_max: int = Field(
        default=2_000_000_000,
        ge=0,
        description="Memory for words and sorted orders that make counts fast",
    )
    result_bytes_max: int = Field(
        default=256_000_000,
        ge=0,
        description="Memory for answers and parts of answers that are asked again",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important event to log"
    )
    log_json: bool = Field(default=False, description="Log JSON, one object a line")

    body_bytes_max: int = Field(default=16_000_000, gt=0, description="Bytes of an ordinary body")
    condition_bytes_max: int = Field(
        default=64 * 2**20, gt=0, description="Bytes of a condition's body"
    )
    upload_bytes_max: int = Field(
        default=50_000_000_000, gt=0, description="Bytes of an imported file"
    )
    message_bytes_max: int = Field(default=1_000_000, gt=0, description="Bytes of a socket message")
    receive_timeout_s: float = Field(default=30.0, gt=0, description="Longest pause inside a body")
    page_max: int = Field(default=1_000, gt=0, description="Items of a page")
    values_max: int = Field(default=1_000, gt=0, description="Values of a field in one answer")
    changes_max: int = Field(default=50_000, gt=0, description="Changes of one request")
    answers_remembered_max: int = Field(
        default=10_000, gt=0, description="Idempotency keys remembered"
    )
    questions_in_flight_max: int = Field(
        default=64, gt=0, description="Questions evaluated at once"
    )
    questions_waiting_max: int = Field(
        default=2_000, ge=0, description="Questions waiting their turn"
    )
    question_wait_s: float = Field(default=2.0, gt=0, description="Longest wait of a question")
    previews_in_flight_max: int = Field(
        default=16, gt=0, description="Live previews evaluated at once"
    )
    previews_per_socket_max: int = Field(
        default=32, gt=0, description="Live previews of one socket"
    )
    sockets_max: int = Field(default=2_000, gt=0, description="Open live sockets")
    send_timeout_s: float = Field(
        default=10.0, gt=0, description="A slower reader's socket is closed"
    )
    imports_waiting_max: int = Field(default=16, gt=0, description="Imports queued")
    rejects_kept_max: int = Field(
        default=100_000, ge=0, description="Rejected rows kept per import"
    )
    sources_max: int = Field(default=100, gt=0, description="Change streams followed")
    source_retry_s: float = Field(
        default=1.0, gt=0, description="Wait before a broken change stream is opened again"
    )
    source_retry_max_s: float = Field(default=60.0, gt=0, description="Longest such wait")
    ticket_s: int = Field(default=3_600, gt=0, description="Life of a sign-in link")
    live_ticket_s: int = Field(default=30, gt=0, description="Life of a live socket's ticket")
    session_s: int = Field(default=30 * 86_400, gt=0, description="Life of a sign-in")
    drain_s: int = Field(default=10, gt=0, description="Wait for open requests at the end")

    @model_validator(mode="after")
    def _open_only_at_home(self) -> Self:
        if not self.auth and not is_loopback(self.host):
            raise ValueError("--no-auth is only for a loopback address such as 127.0.0.1")
        if self.clock == "manual" and self.auth:
            raise ValueError("--clock manual needs --no-auth")
        if (self.grpc_tls_cert is None) != (self.grpc_tls_key is None):
            raise ValueError("--grpc-tls-cert and --grpc-tls-key go together")
        if self.grpc_tls_client_ca is not None and self.grpc_tls_cert is None:
            raise ValueError("--grpc-tls-client-ca needs --grpc-tls-cert and --grpc-tls-key")
        return self


def read(**flags: object) -> Settings:
    """Settings of the environment, with the flags that are not None on top. Raises: BadShape."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as invalid:
        said = "; ".join(
            " ".join([*map(str, error["loc"]), error["msg"].removeprefix("Value error, ")])
            for error in invalid.errors(include_input=False, include_url=False)
        )
        raise BadShape(f"these settings don't work: {said}") from None


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach that address or name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
