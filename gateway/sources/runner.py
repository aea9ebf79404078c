"""The sources of a process: made, followed, paused, removed, looked up by name."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec
from pydantic import BaseModel, ValidationError

from gateway.catalogue.secret import microseconds
from gateway.catalogue.sources import Sources
from gateway.sources.api import Kind, Setup, Stream, StreamInterrupted, StreamStopped
from gateway.sources.applier import Returning
from gateway.sources.definition import Definition, Fault
from gateway.sources.following import FAULTS_KEPT_MAX, Following, Parts, Patience, State
from indexer.api import Index
from indexer.model.errors import (
    SourceExists,
    SourceUnavailable,
    TooLarge,
    UnknownSource,
)
from indexer.runtime.clock import Clock

FORGOTTEN_WITHIN_S = 10.0


class SourceRunner:
    """Follows every source that is not paused, from ``start`` to ``close``."""

    def __init__(
        self,
        *,
        index: Index,
        ledger: Sources,
        clock: Clock,
        kinds: Mapping[str, Kind],
        patience: Patience,
        new_secret: Callable[[], str],
        sources_max: int,
        returning: Returning,
    ) -> None:
        self.kinds = kinds
        self._ledger = ledger
        self._clock = clock
        self._new_secret = new_secret
        self._sources_max = sources_max
        self._followed: dict[str, Following] = {}
        self._one_at_a_time = asyncio.Lock()
        self._parts = Parts(index, clock, patience, new_secret, self._keep, returning)

    async def start(self) -> None:
        """Go on with what a former process followed."""
        for definition in self._ledger.all():
            followed = self._following(definition)
            self._followed[definition.name] = followed
            await followed.recall()
            if not definition.paused:
                followed.start()

    async def close(self) -> None:
        """Stop all; they go on where they stood when another process starts."""
        await asyncio.gather(*(followed.stop() for followed in self._followed.values()))

    def all(self) -> list[Following]:
        """Every source, by name."""
        return [self._followed[name] for name in sorted(self._followed)]

    def find(self, name: str) -> Following:
        """Raises: UnknownSource."""
        found = self._followed.get(name)
        if found is None:
            raise UnknownSource("there is no source of this name")
        return found

    def faults(self, followed: Following) -> list[Fault]:
        """What went wrong with it last, newest first."""
        return self._ledger.faults(followed.definition.id)

    def add(self, wanted: Definition) -> Following:
        """Keep a new source and follow it; its id and moment are made here.

        Raises: SourceExists, TooLarge.
        """
        if wanted.name in self._followed:
            raise SourceExists(f"there is a source {wanted.name!r} already")
        if len(self._followed) >= self._sources_max:
            raise TooLarge(f"at most {self._sources_max} sources fit in one process")
        # An id of its own: a new source of an old name must not go on where the old one stood.
        made = msgspec.structs.replace(
            wanted,
            id=f"src_{self._new_secret()[:16].lower().replace('-', '0').replace('_', '0')}",
            created_us=microseconds(self._clock.now()),
        )
        followed = self._following(made)
        self._ledger.add(made)
        self._followed[made.name] = followed
        followed.start()
        return followed

    async def pause(self, name: str) -> Following:
        """Stand still, also after a restart. Raises: UnknownSource."""
        async with self._one_at_a_time:
            followed = self.find(name)
            self._ledger.pause(followed.definition.id, paused=True)
            await followed.stop()
            return followed

    async def resume(self, name: str) -> Following:
        """Follow again, also what has failed. Raises: UnknownSource."""
        async with self._one_at_a_time:
            followed = self.find(name)
            self._ledger.pause(followed.definition.id, paused=False)
            await followed.stop()
            followed.start()
            return followed

    async def remove(self, name: str, *, force: bool) -> None:
        """Forget a source, and at the other side too; its records stay.

        Raises: UnknownSource; SourceUnavailable where the other side can't be told, unless forced.
        """
        async with self._one_at_a_time:
            followed = self.find(name)
            was = followed.status.state
            await followed.stop()
            try:
                async with asyncio.timeout(FORGOTTEN_WITHIN_S):
                    await followed.kind.forget(followed.setup)
            except (StreamInterrupted, StreamStopped, TimeoutError) as fault:
                if not force:
                    if was is not State.PAUSED:
                        followed.start()
                    raise _untold(fault) from fault
            self._followed.pop(name)
            self._ledger.remove(followed.definition.id)

    def _following(self, definition: Definition) -> Following:
        kind = self.kinds.get(definition.kind, Outdated())
        try:
            settings = kind.settings.model_validate_json(msgspec.json.encode(definition.settings))
        except ValidationError:
            kind, settings = Outdated(), NoSettings()
        setup = Setup(definition.id, tuple(definition.tables), settings)
        return Following(definition, kind, setup, self._parts)

    def _keep(self, source_id: str, faults: Sequence[Fault]) -> None:
        self._ledger.add_faults(source_id, faults, kept_max=FAULTS_KEPT_MAX)


class NoSettings(BaseModel):
    """What is known of settings that no kind reads."""


class Outdated:
    """Stands in for a kind that does not know a source's settings any more."""

    settings: type[BaseModel] = NoSettings

    async def open(self, setup: Setup) -> Stream:
        """Never succeeds."""
        message = f"this version does not know the settings of {setup.id}: make the source anew"
        raise StreamStopped(message)

    async def forget(self, setup: Setup) -> None:
        """There is nothing that it could do."""


def _untold(fault: Exception) -> SourceUnavailable:
    return SourceUnavailable(
        "the other side keeps this source's place and can't be told that it goes"
        f" ({str(fault) or 'no answer'}): try again, or remove the source with force=true"
    )
