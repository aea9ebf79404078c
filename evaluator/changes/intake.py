"""Where changes come in, over HTTP or gRPC: a body in, what became of its changes out."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import msgspec

from evaluator.changes.checking import Checked, Rejected, check, without
from evaluator.changes.fitting import Fitting, fitting_of
from evaluator.changes.proposed import Batch
from evaluator.changes.reading import read_batch, read_changes
from evaluator.changes.repeats import Repeats
from evaluator.changes.shape import check_idempotency_key
from indexer.api import Index
from indexer.lanes import Lane
from indexer.model.ids import DatasetName, SequenceNo
from indexer.model.record import UNKNOWN_ORIGIN, Change, Origin
from indexer.model.schema import Schema

T = TypeVar("T")

Among = Callable[[Schema, Sequence[Change]], Collection[int]]
"""The places of the changes that must not be applied."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Changes that are good but must not be: which, and what their sender is told."""

    among: Among
    code: str
    message: str


DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class ChangeLimits:
    """Hitting a bound raises TooLarge or Overloaded."""

    body_bytes_max: int = 16_000_000
    changes_max: int = 50_000
    """Changes of one batch."""
    repeats_max: int = 10_000
    """Idempotency keys remembered with their answers."""
    fittings_max: int = 256
    """Datasets whose fields are kept ready; the one that was asked for longest ago goes."""
    at_once_bytes_max: int = 512_000
    """A larger body is read beside the event loop: what answers others must not wait for it."""
    waiting_max: int = 64
    """Large bodies waiting for their turn to be read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some proposed changes, counted in changes; ``sequence`` includes them."""

    sequence: SequenceNo
    applied: int
    unchanged: int
    rejected: tuple[Rejected, ...]


class ChangeIntake:
    """Takes batches of changes, each applied as a whole but for what has to be left out of it."""

    def __init__(self, index: Index, limits: ChangeLimits, refusal: Refusal | None = None) -> None:
        self._index = index
        self._refusal = refusal
        self._limits = limits
        self._repeats = Repeats[Outcome](limits.repeats_max)
        self._fittings: OrderedDict[DatasetName, Fitting] = OrderedDict()
        self._lane = Lane("changes-read", 1, limits.waiting_max)

    def close(self) -> None:
        """Wait for what is being read."""
        self._lane.close()

    async def apply(self, dataset: DatasetName, body: bytes) -> Outcome:
        """Apply the good changes of a JSON body together, durably, and name the bad ones.

        A batch of an idempotency key that came before gets the answer of the first. Raises:
        BadBody, TooLarge, BadShape, UnknownDataset, IdempotencyConflict, Overloaded, DiskFull.
        """
        batch = await self._at_work(body, partial(self._read, read_batch, body))
        return await self._once(dataset, batch, body)

    async def apply_changes(self, dataset: DatasetName, body: bytes, key: str | None) -> Outcome:
        """Likewise, where the list may stand alone and the idempotency key beside it.

        A key beside it goes before one inside.
        """
        if key is not None:
            check_idempotency_key(key)
        batch = await self._at_work(body, partial(self._read, read_changes, body))
        if key is not None:
            batch = Batch(batch.changes, key)
        return await self._once(dataset, batch, body)

    def _read(self, read: Callable[..., Batch], body: bytes) -> Batch:
        limits = self._limits
        return read(body, bytes_max=limits.body_bytes_max, changes_max=limits.changes_max)

    async def _once(self, dataset: DatasetName, batch: Batch, body: bytes) -> Outcome:
        key = batch.idempotency_key
        if key is None:
            return await self._applied(dataset, batch, body, UNKNOWN_ORIGIN)
        origin = Origin(idempotency_key=key, digest=_digest(batch))
        work = partial(self._applied, dataset, batch, body, origin)
        return await self._repeats.once((dataset, key), origin.digest, work)

    async def _applied(
        self, dataset: DatasetName, batch: Batch, body: bytes, origin: Origin
    ) -> Outcome:
        fitting = await self._fitting(dataset)
        checked = await self._at_work(body, lambda: self._checked(batch, fitting))
        # Without a good change there is still a sequence to tell, and a key to remember.
        done = await self._index.apply(dataset, checked.changes, origin)
        changed = done.created + done.updated + done.deleted
        return Outcome(done.sequence, changed, done.unchanged, checked.rejected)

    def _checked(self, batch: Batch, fitting: Fitting) -> Checked:
        checked = check(batch.changes, fitting)
        if self._refusal is None:
            return checked
        refused = frozenset(self._refusal.among(fitting.schema, checked.changes))
        return without(checked, refused, self._refusal.code, self._refusal.message)

    async def _at_work(self, body: bytes, work: Callable[[], T]) -> T:
        if len(body) <= self._limits.at_once_bytes_max:
            return work()
        return await self._lane.run(work)

    async def _fitting(self, dataset: DatasetName) -> Fitting:
        schema = await self._index.schema(dataset)
        held = self._fittings.get(dataset)
        if held is None or (held.schema is not schema and held.schema != schema):
            held = self._fittings[dataset] = fitting_of(schema)
        self._fittings.move_to_end(dataset)
        while len(self._fittings) > self._limits.fittings_max:
            self._fittings.popitem(last=False)
        return held


def _digest(batch: Batch) -> str:
    """What two batches of the same changes in the same order have in common."""
    changes: list[Any] = batch.changes
    return hashlib.blake2b(msgspec.json.encode(changes), digest_size=DIGEST_BYTES).hexdigest()
