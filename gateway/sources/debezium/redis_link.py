"""The few commands we send to Redis, and what its failures mean to a source."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.sources.api import StreamInterrupted, StreamStopped

CONSUMER = "cardinal"
CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 30.0
"""Longer than any read waits for entries."""
CLAIMED_AT_A_TIME = 1_000
ACKNOWLEDGED_AT_A_TIME = 1_000

Id = tuple[int, int]
"""An entry's id: milliseconds and a number."""
FIRST: Id = (0, 0)
Entry = tuple[Id, list[bytes]]
"""An id with names and values in turn."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What Redis says of a stream. ``added`` is None before version 7."""

    length: int
    last: Id
    added: int | None


class RedisLink:
    """One connection, opened when it is needed. Everything is bytes.

    Every method raises: StreamInterrupted, StreamStopped.
    """

    def __init__(self, url: str, password: str | None) -> None:
        self._where = _place(url)
        given: dict[str, Any] = {} if password is None else {"password": password}
        pool: ConnectionPool = ConnectionPool.from_url(
            url,
            protocol=2,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            # Ours is below: the client's own may swallow that somebody stops the source.
            socket_timeout=None,
            retry=Retry(NoBackoff(), 0),
            **given,
        )
        # One command after another: no pool is needed, only what it read in the URL.
        self._connection = pool.connection_class(**pool.connection_kwargs)

    async def ping(self) -> None:
        """Succeeds if it is there and lets us in."""
        await self._do("PING")

    async def facts(self, stream: str) -> Facts | None:
        """None where there is no such stream."""
        try:
            told = _pairs(await self._do("XINFO", "STREAM", stream))
        except _NoKey:
            return None
        added = told.get("entries-added")
        return Facts(
            int(told["length"]), id_of(told["last-generated-id"]),
            None if added is None else int(added),
        )  # fmt: skip

    async def place_group(self, stream: str, group: str, after: Id, read: int) -> None:
        """Make the group deliver what comes after an entry, the ``read``-th of its stream."""
        at = text_of(after)
        with contextlib.suppress(_Exists):
            await self._do("XGROUP", "CREATE", stream, group, at, "MKSTREAM")
        try:
            await self._do("XGROUP", "SETID", stream, group, at, "ENTRIESREAD", str(read))
        except StreamStopped:
            # Before version 7 nobody counts.
            await self._do("XGROUP", "SETID", stream, group, at)

    async def pending(self, stream: str, group: str) -> AsyncIterator[list[Id]]:
        """What was delivered to anybody in the group and not acknowledged; ours from now on."""
        start = "0-0"
        while True:
            told = await self._do(
                "XAUTOCLAIM", stream, group, CONSUMER, "0", start,
                "COUNT", str(CLAIMED_AT_A_TIME), "JUSTID",
            )  # fmt: skip
            if told[1]:
                yield [id_of(each) for each in told[1]]
            start = told[0].decode()
            if start == "0-0":
                return

    async def read(
        self, streams: Sequence[str], group: str, *, count: int, wait_ms: int
    ) -> list[tuple[str, list[Entry]]]:
        """The next entries of each stream, which the group has not delivered yet."""
        told = await self._do(
            "XREADGROUP", "GROUP", group, CONSUMER, "COUNT", str(count), "BLOCK", str(wait_ms),
            "STREAMS", *streams, *(">" for _ in streams),
        )  # fmt: skip
        return [(name.decode(), _entries(entries)) for name, entries in told or ()]

    async def before(self, stream: str, last: Id, count: int) -> list[Entry]:
        """At most so many entries up to this one, oldest first."""
        told = await self._do("XREVRANGE", stream, text_of(last), "-", "COUNT", str(count))
        return _entries(reversed(told))

    async def acknowledge(self, stream: str, group: str, ids: Sequence[Id]) -> None:
        """Take entries off the list of what is pending."""
        for start in range(0, len(ids), ACKNOWLEDGED_AT_A_TIME):
            some = ids[start : start + ACKNOWLEDGED_AT_A_TIME]
            await self._do("XACK", stream, group, *(text_of(each) for each in some))

    async def waiting(self, stream: str, group: str) -> int | None:
        """Entries that the group has not delivered; None where Redis can't say."""
        for told in await self._do("XINFO", "GROUPS", stream):
            facts = _pairs(told)
            if facts["name"] == group.encode():
                lag = facts.get("lag")
                return None if lag is None else int(lag)
        raise StreamInterrupted(f"the consumer group is gone from Redis at {self._where}")

    async def drop_group(self, stream: str, group: str) -> None:
        """Remove the group if it is there."""
        try:
            await self._do("XGROUP", "DESTROY", stream, group)
        except (_NoKey, _NoGroup):
            return

    async def close(self) -> None:
        """Hang up."""
        await self._connection.disconnect(nowait=True)

    async def _do(self, *command: str) -> Any:
        # Answers as Redis gives them: the client's own shapes change from version to version.
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await self._connection.send_command(*command)
                return await self._connection.read_response()
        except exceptions.ResponseError as fault:
            raise self._meaning(fault, command[0]) from fault
        except exceptions.AuthenticationError as fault:
            raise StreamStopped(f"Redis at {self._where} refuses the login") from fault
        except (exceptions.RedisError, OSError, TimeoutError) as fault:
            raise StreamInterrupted(f"Redis at {self._where} does not answer") from fault

    def _meaning(self, fault: exceptions.ResponseError, command: str) -> Exception:
        text = str(fault)
        code = text.split(" ", maxsplit=1)[0]
        if code == "BUSYGROUP":
            return _Exists()
        if "no such key" in text:
            return _NoKey()
        if code == "NOGROUP":
            return _NoGroup(f"the consumer group is gone from Redis at {self._where}")
        if code == "WRONGTYPE":
            return StreamStopped(f"Redis at {self._where} has something else of a stream's name")
        if isinstance(fault, exceptions.NoPermissionError):
            return StreamStopped(f"Redis at {self._where} does not allow us {command}")
        if isinstance(fault, exceptions.ReadOnlyError) or code in _PASSING:
            return StreamInterrupted(f"Redis at {self._where} is not ready")
        if "unknown command" in text:
            return StreamStopped(f"Redis at {self._where} has no {command}: it needs version 6.2")
        return StreamStopped(f"Redis at {self._where} refuses {command}")


class _Exists(Exception):
    """There is such a group already."""


class _NoKey(Exception):
    """There is no such stream."""


class _NoGroup(StreamInterrupted):
    """There is no such group; opened anew, the source makes it."""


def id_of(text: bytes) -> Id:
    """An entry's id as numbers, which order them."""
    milliseconds, _, number = text.partition(b"-")
    return int(milliseconds), int(number or b"0")


def text_of(entry: Id) -> str:
    """An entry's id as Redis writes it."""
    return f"{entry[0]}-{entry[1]}"


def _entries(told: Iterable[Any]) -> list[Entry]:
    """Entries that were removed since have no fields."""
    return [(id_of(entry), fields or []) for entry, fields in told]


def _pairs(told: Sequence[Any]) -> dict[str, Any]:
    return {name.decode(): value for name, value in zip(told[::2], told[1::2], strict=True)}


def _place(url: str) -> str:
    """Where it is, without the login."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"


_PASSING = frozenset({"LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "OOM", "MISCONF", "BUSY"})
