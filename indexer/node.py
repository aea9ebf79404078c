"""One index node: the datasets it holds, its one writer, what it publishes.

Synchronous and without threads of its own: whoever owns it calls the writing methods from one
thread. Readers take ``published`` once and keep it; it never changes under them.

A step is computed, written to the change log and synced, and only then published: who sees it, or
is told that it is done, will find it after any crash.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType

import pyarrow as pa
import structlog

from indexer import steps, transitions
from indexer.api import Loaded, LoadMode
from indexer.dataset.gathering import Gathering
from indexer.dataset.overlay import Overlay
from indexer.dataset.settling import rebased
from indexer.dataset.view import DatasetView
from indexer.group_commit import Group, Sent
from indexer.keeping import Keeping
from indexer.model.errors import CardinalError
from indexer.model.ids import DatasetName, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.record import UNKNOWN_ORIGIN, Applied, Change, Origin
from indexer.model.schema import Schema
from indexer.published import Published
from indexer.remembrance import Extras, Repeats
from indexer.runtime.clock import Clock
from indexer.transitions import Next

_log = structlog.get_logger()


class Node:
    """Holds the datasets of one data folder, or of memory only."""

    def __init__(
        self, *, keeping: Keeping | None, shard_bits: int, clock: Clock, limits: IndexLimits
    ) -> None:
        self._keeping = keeping
        self._shard_bits = shard_bits
        self._clock = clock
        self._limits = limits
        self._repeats = Repeats(limits.repeats_max)
        self.published = Published(SequenceNo(0), MappingProxyType({}), limits=limits)

    def recover(self) -> None:
        """Take the newest snapshots and do again what the log has after them.

        Raises: SnapshotCorrupt, LogCorrupt, DiskFull, LogPoisoned.
        """
        if self._keeping is not None:
            found = self._keeping.recover(self._shard_bits, self._limits)
            self.published, self._shard_bits = found.published, found.shard_bits
            self._repeats = Repeats(self._limits.repeats_max, found.repeats)

    def create(self, schema: Schema) -> Schema:
        """An empty dataset. Raises: DatasetExists, BadSchema, TooLarge, DiskFull, LogPoisoned."""
        after = transitions.created(self.published, schema, self._shard_bits, self._limits)
        self._publish([(steps.Created(schema), after)])
        return schema

    def alter(self, schema: Schema) -> Schema:
        """Another schema of more fields or links.

        Raises: UnknownDataset, BadSchema, DiskFull, LogPoisoned.
        """
        after = transitions.with_schema(self.published, schema, self._limits)
        self._publish([(steps.Altered(schema), after)])
        return schema

    def apply(
        self, name: DatasetName, changes: Sequence[Change], origin: Origin = UNKNOWN_ORIGIN
    ) -> Applied:
        """Apply checked changes, visible together.

        A repeat that is remembered by its idempotency key changes nothing. Raises:
        UnknownDataset, UnknownField, TooLarge, IdempotencyConflict, DiskFull, LogPoisoned.
        """
        (done,) = self.apply_all([Sent(name, changes, origin)])
        if isinstance(done, CardinalError):
            raise done
        return done

    def apply_all(self, sent: Sequence[Sent]) -> list[Applied | CardinalError]:
        """Apply batches in order, durable together: one write, one sync. What became of each."""
        group = Group(self.published, self._repeats, self._clock, self._limits)
        for batch in sent:
            group.take(batch)
        try:
            self._publish(group.made())
        except CardinalError as error:
            return [error] * len(sent)
        for batch, answer in zip(sent, group.answers, strict=True):
            if isinstance(answer, Applied):
                self._repeats.note(batch.dataset, batch.origin, answer)
        return group.answers

    def gathering(self, name: DatasetName) -> Gathering:
        """What takes the batches of a load, in any one thread. Raises: UnknownDataset."""
        return Gathering(self.published.base(name).schema)

    def load(
        self,
        name: DatasetName,
        batches: Iterable[pa.RecordBatch],
        *,
        mode: LoadMode,
        clear_empty: bool,
    ) -> Loaded:
        """Gather typed batches and load them. Raises: UnknownDataset, TooLarge, DiskFull."""
        gathered = self.gathering(name)
        for batch in batches:
            gathered.take(batch)
        return self.load_gathered(name, gathered, mode=mode, clear_empty=clear_empty)

    def load_gathered(
        self, name: DatasetName, gathered: Gathering, *, mode: LoadMode, clear_empty: bool
    ) -> Loaded:
        """Load what is gathered, which is used up by it.

        Every dataset that it changes is written whole before anybody sees it. Raises:
        UnknownDataset, TooLarge, DiskFull, LogPoisoned.
        """
        with ThreadPoolExecutor(self._limits.load_threads, "index-load") as pool:
            after, written = transitions.loaded(
                self.published,
                name,
                gathered,
                mode,
                clear_empty=clear_empty,
                now=self._clock.now(),
                limits=self._limits,
                each=pool.map,
            )
        if after.touched:
            if self._keeping is not None:
                extras = self.extras(after.published)
                self._keeping.load(steps.Loaded(after.touched), after.published, extras)
            self.published = after.published
        _log.info(
            "dataset_loaded",
            dataset=name,
            created=written.created,
            updated=written.updated,
            deleted=written.deleted,
            sequence=self.published.sequence,
        )
        return Loaded(
            self.published.sequence,
            created=written.created,
            updated=written.updated,
            unchanged=written.unchanged,
            deleted=written.deleted,
        )

    def adopt(self, name: DatasetName, then: Overlay, view: DatasetView) -> None:
        """Have ``view``, which is ``then`` settled, in the place of the base they are over.

        What changed after ``then`` stays over it. Nothing happens if another base came meanwhile.
        """
        overlay = self.published.overlays.get(name)
        if overlay is None or overlay.base is not then.base:
            return
        later = rebased(overlay, then, view)
        if later.weight:
            self.published = self.published.with_overlay(name, later)
            return
        # A record that came and went leaves no state, but its key was given out.
        view = replace(view, next_key=later.next_key, updated_at=later.updated_at)
        self.published = self.published.with_views({name: view})

    def save(self) -> None:
        """Write a snapshot of every dataset as it is, and let the log go that they include.

        Raises: DiskFull, SnapshotCorrupt, LogPoisoned; all that was taken stays in the log.
        """
        if self._keeping is None:
            return
        for name in self._keeping.unsaved(self.published):
            view = self.published.view(name)
            self._keeping.write(view, self.published.sequence, self.extras(self.published))
        for name in self._keeping.alone:
            self._keeping.repeat(name)
        self._keeping.unsaved_bytes = 0
        self._keeping.cut()

    def moment(self) -> tuple[Published, Extras]:
        """What is published, and what a snapshot of it keeps beside the records."""
        return self.published, self.extras(self.published)

    def extras(self, published: Published) -> Extras:
        """What is kept beside the records of a snapshot of what is published."""
        touched = {} if self._keeping is None else self._keeping.touched_by(published.sequence)
        return Extras(dict(published.positions), touched, self._repeats.all())

    def _publish(self, made: Sequence[tuple[steps.Step, Next]]) -> None:
        """Make steps durable, then visible. Raises: DiskFull, LogPoisoned."""
        if not made:
            return
        if self._keeping is not None:
            self._keeping.append(
                [(step, after.published.sequence, after.touched) for step, after in made]
            )
        self.published = made[-1][1].published
