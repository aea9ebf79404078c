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

import numpy as np
import pyarrow as pa
import structlog

from indexer import steps, transitions
from indexer.api import Erased, Loaded, LoadMode
from indexer.dataset.erasing import cleansed
from indexer.dataset.gathering import Gathering
from indexer.dataset.keys import fits
from indexer.dataset.links import targets_of
from indexer.dataset.overlay import Overlay
from indexer.dataset.settling import rebased
from indexer.dataset.undo import put_back
from indexer.dataset.view import DatasetView
from indexer.group_commit import Group, Sent
from indexer.keeping import Keeping
from indexer.loading import GivenUp, LoadOutcome, RememberedLoads, Wanted, outcome_of
from indexer.model.errors import CardinalError
from indexer.model.ids import DatasetName, RecordKey, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.record import UNKNOWN_ORIGIN, Applied, Change, Delete, Origin
from indexer.model.schema import Schema
from indexer.published import Published
from indexer.remembrance import Extras, Repeats
from indexer.runtime.clock import Clock
from indexer.store.undo_files import UndoFiles
from indexer.transitions import Next

_log = structlog.get_logger()


class Node:
    """Holds the datasets of one data folder, or of memory only."""

    def __init__(
        self,
        *,
        keeping: Keeping | None,
        undos: UndoFiles | None = None,
        shard_bits: int,
        clock: Clock,
        limits: IndexLimits,
    ) -> None:
        self._keeping = keeping
        self._shard_bits = shard_bits
        self._clock = clock
        self._limits = limits
        self._repeats = Repeats(limits.repeats_max)
        self._loads = RememberedLoads(undos)
        self.published = Published(SequenceNo(0), MappingProxyType({}), limits=limits)

    def recover(self) -> None:
        """Take the newest snapshots and do again what the log has after them.

        Raises: SnapshotCorrupt, LogCorrupt, DiskFull, LogPoisoned.
        """
        if self._keeping is not None:
            found = self._keeping.recover(self._shard_bits, self._limits)
            self.published, self._shard_bits = found.published, found.shard_bits
            self._repeats = Repeats(self._limits.repeats_max, found.repeats)
            self._loads.settle(self.published.sequence)

    def create(self, schema: Schema) -> Schema:
        """An empty dataset. Raises: DatasetExists, BadSchema, TooLarge, DiskFull, LogPoisoned."""
        after = transitions.created(self.published, schema, self._shard_bits, self._limits)
        schema = after.published.datasets[schema.name].schema
        self._publish([(steps.Created(schema), after)])
        return schema

    def alter(self, schema: Schema) -> Schema:
        """Another schema of more fields or links.

        Raises: UnknownDataset, BadSchema, DiskFull, LogPoisoned.
        """
        after = transitions.with_schema(self.published, schema, self._limits)
        schema = after.published.datasets[schema.name].schema
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

    def erase(self, name: DatasetName, keys: Sequence[RecordKey]) -> Erased:
        """Remove records for good. Raises: UnknownDataset, TooLarge, DiskFull, LogPoisoned."""
        now = self._clock.now()
        type_ = self.published.base(name).schema.key_type
        known = tuple(key for key in keys if type_ is not None and fits(key, type_))
        gone = [Delete(key) for key in known]
        after = transitions.applied(self.published, name, gone, now=now, limits=self._limits)
        if after.touched:
            self._publish([(steps.Erased(name, now, known), after)])
        return Erased(self.published.sequence, int(np.count_nonzero(after.outcomes)))

    def cleanse(self, name: DatasetName) -> None:
        """Have nothing in memory, nor to roll back, that no live record of a dataset has.

        Raises: UnknownDataset, DiskFull.
        """
        self._loads.forget_values(name)
        view = cleansed(self.published.view(name))
        self.published = self.published.with_views({name: view})

    def gathering(self, name: DatasetName, schema: Schema | None = None) -> Gathering:
        """What takes the batches of a load, in any one thread. Raises: UnknownDataset."""
        return Gathering(schema or self.published.base(name).schema)

    def load(
        self,
        name: DatasetName,
        batches: Iterable[pa.RecordBatch],
        *,
        mode: LoadMode,
        clear_empty: bool,
        origin: Origin = UNKNOWN_ORIGIN,
    ) -> Loaded:
        """Gather typed batches and load them. Raises: UnknownDataset, TooLarge, DiskFull."""
        gathered = self.gathering(name)
        for batch in batches:
            gathered.take(batch)
        return self.load_gathered(name, gathered, mode=mode, clear_empty=clear_empty, origin=origin)

    def load_gathered(
        self,
        name: DatasetName,
        gathered: Gathering,
        *,
        mode: LoadMode,
        clear_empty: bool,
        schema: Schema | None = None,
        origin: Origin = UNKNOWN_ORIGIN,
    ) -> Loaded:
        """Load what is gathered, which is used up by it.

        Every dataset that it changes is written whole before anybody sees it. Raises:
        UnknownDataset, BadSchema, TooLarge, DiskFull, LogPoisoned, and GivenUp before it is
        published.
        """
        key = origin.idempotency_key
        known = self._loads.known(name, key)
        if known is not None:
            return known
        outcome = self._outcome(name, gathered, Wanted(mode, clear_empty, schema))
        loaded = outcome.loaded(self.published.sequence)
        if gathered.given_up:
            raise GivenUp
        with self._loads.remembering(name, key, outcome, loaded):
            self._publish_load(name, outcome)
        _log.info(
            "dataset_loaded",
            dataset=name,
            created=loaded.created,
            updated=loaded.updated,
            deleted=loaded.deleted,
            sequence=self.published.sequence,
        )
        return loaded

    def rehearse_gathered(
        self,
        name: DatasetName,
        gathered: Gathering,
        *,
        mode: LoadMode,
        clear_empty: bool,
        schema: Schema | None = None,
    ) -> Loaded:
        """What ``load_gathered`` would do. Raises what it raises."""
        outcome = self._outcome(name, gathered, Wanted(mode, clear_empty, schema))
        return replace(outcome.loaded(self.published.sequence), sequence=self.published.sequence)

    def roll_back(self, name: DatasetName, key: str) -> Loaded:
        """Put back what a load changed.

        Raises: UnknownDataset, CannotRollBack, DiskFull, LogPoisoned.
        """
        view = self.published.view(name)
        known = self._loads.undone(name, key)
        if known is not None:
            return known
        written = put_back(
            view,
            self._loads.undo(name, key),
            targets=targets_of(view, transitions.views_for(self.published, name)),
            now=self._clock.now(),
            limits=self._limits,
        )
        outcome = LoadOutcome(view, written)
        undone = outcome.loaded(self.published.sequence)
        with self._loads.undoing(name, key, undone):
            self._publish_load(name, outcome)
        return undone

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
        let_go = {} if self._keeping is None else self._keeping.let_go()
        return Extras(dict(published.positions), let_go, self._repeats.all())

    def _outcome(self, name: DatasetName, gathered: Gathering, wanted: Wanted) -> LoadOutcome:
        views = transitions.views_for(self.published, name)
        with ThreadPoolExecutor(self._limits.load_threads, "index-load") as pool:
            return outcome_of(
                views,
                name,
                gathered,
                wanted,
                shard_bits=self._shard_bits,
                now=self._clock.now(),
                limits=self._limits,
                each=pool.map,
            )

    def _publish_load(self, name: DatasetName, outcome: LoadOutcome) -> None:
        if not outcome.touched:
            return
        after = transitions.followed(self.published, {name: outcome.view}, self._limits)
        if self._keeping is not None:
            extras = self.extras(after.published)
            self._keeping.load(steps.Loaded(after.touched), after.published, extras)
        self.published = after.published

    def _publish(self, made: Sequence[tuple[steps.Step, Next]]) -> None:
        """Make steps durable, then visible. Raises: DiskFull, LogPoisoned."""
        if not made:
            return
        if self._keeping is not None:
            self._keeping.append(
                [(step, after.published.sequence, after.touched) for step, after in made]
            )
        self.published = made[-1][1].published
