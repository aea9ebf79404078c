"""The kind ``debezium``: what it is set up with, and how it is opened."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gateway.sources.api import Setup, Stream
from gateway.sources.debezium.redis_link import RedisLink
from gateway.sources.debezium.stream import RedisStreams
from gateway.sources.debezium.types import UNAVAILABLE, Unsaid

Name = Annotated[str, Field(min_length=1, max_length=1_000)]


class DebeziumSettings(BaseModel):
    """Where Debezium's Redis sink writes, and what its values mean where no schema says it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    url: Annotated[str, Field(description="redis://, rediss:// (TLS) or unix://; may hold a login")]
    password: Name | None = None
    stream: Annotated[
        Name | None,
        Field(description="The Redis stream to read; else each table is the name of one"),
    ] = None
    group: Annotated[
        Name | None, Field(description="The consumer group; by default one of this source alone")
    ] = None
    times: Annotated[
        Literal["ms", "us", "ns"] | None,
        Field(description="What numbers for moments count, in entries without a schema"),
    ] = None
    decimals: Annotated[
        Literal["text", "bytes"] | None,
        Field(description="How decimals are written, in entries without a schema"),
    ] = None
    unavailable: Annotated[
        Name, Field(description="The connector's unavailable.value.placeholder")
    ] = UNAVAILABLE

    @field_validator("url")
    @classmethod
    def _reads(cls, url: str) -> str:
        parts = urlsplit(url)
        # What may stand after a question mark would reach into the client itself.
        if parts.scheme not in ("redis", "rediss", "unix") or parts.query or not _has_port(url):
            raise ValueError("not a Redis URL")
        return url


class Debezium:
    """Reads Redis Streams through a consumer group."""

    settings: type[BaseModel] = DebeziumSettings

    async def open(self, setup: Setup) -> Stream:
        """See ``Kind``."""
        settings = _settings(setup)
        link = RedisLink(settings.url, settings.password)
        unsaid = Unsaid(settings.times, settings.decimals)
        await link.ping()
        return RedisStreams(
            link,
            streams=_streams(setup),
            group=_group(setup),
            tables=setup.tables,
            placeholder=settings.unavailable,
            unsaid=unsaid,
        )

    async def forget(self, setup: Setup) -> None:
        """See ``Kind``: the consumer group goes."""
        link = RedisLink(_settings(setup).url, _settings(setup).password)
        try:
            for stream in _streams(setup):
                await link.drop_group(stream, _group(setup))
        finally:
            await link.close()


def _has_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _settings(setup: Setup) -> DebeziumSettings:
    assert isinstance(setup.settings, DebeziumSettings), setup.id
    return setup.settings


def _streams(setup: Setup) -> tuple[str, ...]:
    stream = _settings(setup).stream
    return (stream,) if stream is not None else setup.tables


def _group(setup: Setup) -> str:
    return _settings(setup).group or f"cardinal-{setup.id}"
