"""One source at work: connects, applies, and tries again after a while when it breaks off."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from gateway.catalogue.secret import microseconds
from gateway.errors import unexpected
from gateway.sources.api import Batch, Kind, Lag, Setup, Stream, StreamInterrupted, StreamStopped
from gateway.sources.applier import Applier, Report, Returning, Wanted
from gateway.sources.definition import Definition, Fault
from indexer.api import Index
from indexer.model.errors import CardinalError, Unavailable
from indexer.runtime.clock import Clock, stopwatch_ms

FAULTS_KEPT_MAX = 100
LAG_ASKED_EVERY_MS = 2_000.0
CLOSED_WITHIN_S = 10.0
CANCELLED_AGAIN_S = 5.0

log = structlog.get_logger()


class State(StrEnum):
    """What a source is doing."""

    CONNECTING = "connecting"
    """Or waiting until it tries again: then there is an error."""
    SNAPSHOT = "snapshot"
    """Reading what was there before the stream began."""
    STREAMING = "streaming"
    PAUSED = "paused"
    FAILED = "failed"
    """Going on would lose changes, or can't work: a person must look."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before the first new try and between later ones, in seconds.

    ``chance`` gives a number from 0 to 1, so that many sources don't come back at once.
    """

    first_s: float
    most_s: float
    chance: Callable[[], float]

    def wait_s(self, tries: int) -> float:
        """Twice as long after each try that failed, more or less a quarter."""
        plain = min(self.most_s, self.first_s * 2.0 ** min(tries, 30))
        return plain * (0.75 + 0.5 * self.chance())


@dataclass(frozen=True, slots=True)
class Parts:
    """What every source works with."""

    index: Index
    clock: Clock
    patience: Patience
    new_secret: Callable[[], str]
    keep: Callable[[str, Sequence[Fault]], None]
    """Keeps faults of a source, by its id."""
    returning: Returning


@dataclass(slots=True)
class Status:
    """Where a source stands, changed as it goes."""

    state: State = State.CONNECTING
    error: str | None = None
    """Why it broke off, while it has not come back."""
    retry_at: datetime | None = None
    lag: Lag = field(default_factory=Lag)
    report: Report = field(default_factory=Report)


class Following:
    """The task of one source. Its status outlives a pause."""

    def __init__(self, definition: Definition, kind: Kind, setup: Setup, parts: Parts) -> None:
        self.definition = definition
        self.kind = kind
        self.setup = setup
        self.status = Status(State.PAUSED if definition.paused else State.CONNECTING)
        self._parts = parts
        self._task: asyncio.Task[None] | None = None
        self._tries = 0
        self._lag_asked_ms = 0.0

    async def recall(self) -> None:
        """Fill the report with what the index remembers of it."""
        await self._applier().begin()

    def start(self) -> None:
        """Follow from now on."""
        assert self._task is None or self._task.done(), self.definition.id
        self._tries = 0
        self._turn(State.CONNECTING)
        self._task = asyncio.create_task(self._follow_on())

    async def stop(self) -> None:
        """Stand still. What is being applied is applied whole or not at all."""
        if self._task is not None:
            # Once is not always enough: Python 3.11's wait_for, in a library below, may swallow it.
            while not self._task.done():
                self._task.cancel()
                await asyncio.wait([self._task], timeout=CANCELLED_AGAIN_S)
            self._task = None
        self._turn(State.PAUSED)

    def _turn(self, state: State, error: str | None = None) -> None:
        if (self.status.state, self.status.error) != (state, error):
            log.info("source_turned", source=self.definition.name, state=state.value)
        self.status.state, self.status.error, self.status.retry_at = state, error, None

    def _applier(self) -> Applier:
        wanted = Wanted(self.setup.id, self.definition.datasets, self.definition.add_fields)
        return Applier(self._parts.index, wanted, self.status.report, self._parts.returning)

    async def _follow_on(self) -> None:
        while True:
            try:
                await self._follow_once()
            except (StreamInterrupted, Unavailable) as fault:
                await self._try_again("interrupted", str(fault))
            except StreamStopped as fault:
                return self._fail("stopped", str(fault))
            except CardinalError as fault:
                return self._fail(fault.code, fault.message)
            except Exception as fault:  # noqa: BLE001 - the others go on after a mistake of ours
                return self._fail("internal", unexpected(fault, self._parts.new_secret))

    async def _follow_once(self) -> None:
        applier = self._applier()
        after = await applier.begin()
        stream = await self.kind.open(self.setup)
        try:
            if after is not None:
                await applier.remember(await stream.recent(after), stream)
            async for batch in stream.batches(after):
                await self._take(batch, applier, stream)
        finally:
            await _closed(stream)

    async def _take(self, batch: Batch, applier: Applier, stream: Stream) -> None:
        if batch.events or batch.refused or batch.position != self.status.report.position:
            await applier.apply(batch, stream)
            self._keep_refused()
        await stream.acknowledge(batch.position)
        self._turn(State.SNAPSHOT if batch.snapshot else State.STREAMING)
        self._tries = 0
        now_ms = stopwatch_ms()
        if now_ms - self._lag_asked_ms >= LAG_ASKED_EVERY_MS or not batch.events:
            self._lag_asked_ms = now_ms
            self.status.lag = await stream.lag()

    def _keep_refused(self) -> None:
        refused = self.status.report.refused
        if refused:
            now = microseconds(self._parts.clock.now())
            self._keep(
                [Fault(now, each.code, each.reason, each.table, each.place) for each in refused]
            )
            refused.clear()

    async def _try_again(self, code: str, message: str) -> None:
        wait_s = self._parts.patience.wait_s(self._tries)
        self._tries += 1
        if self.status.error != message:
            self._keep([Fault(microseconds(self._parts.clock.now()), code, message)])
        self._turn(State.CONNECTING, message)
        log.warning("source_interrupted", source=self.definition.name, wait_s=round(wait_s, 1))
        self.status.retry_at = self._parts.clock.now() + timedelta(seconds=wait_s)
        await asyncio.sleep(wait_s)

    def _fail(self, code: str, message: str) -> None:
        self._keep([Fault(microseconds(self._parts.clock.now()), code, message)])
        self._turn(State.FAILED, message)
        log.error("source_failed", source=self.definition.name, code=code)

    def _keep(self, faults: Sequence[Fault]) -> None:
        self._parts.keep(self.definition.id, faults)


async def _closed(stream: Stream) -> None:
    """Close it, but never wait for ever: the other side may hang."""
    with contextlib.suppress(StreamInterrupted, StreamStopped, TimeoutError):
        async with asyncio.timeout(CLOSED_WITHIN_S):
            await stream.close()
