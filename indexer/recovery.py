"""From a data folder to what was published when the process ended: snapshots, then the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

import structlog

from indexer import steps, transitions
from indexer.dataset.links import follow
from indexer.dataset.view import DatasetView
from indexer.log.change_log import ChangeLog
from indexer.model.errors import LogCorrupt, SnapshotCorrupt
from indexer.model.ids import DatasetName, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.record import Change, Delete
from indexer.published import Published
from indexer.remembrance import NO_EXTRAS, Extras, Repeat, extras_from_bytes
from indexer.store.generations import Generations

AT_ONCE = 50_000
"""Changes of one dataset in a row that are done again together."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Recovered:
    """What was found. ``alone``: datasets whose latest load one snapshot only may hold."""

    published: Published
    shard_bits: int
    repeats: Sequence[Repeat]
    touched: Mapping[DatasetName, int]
    let_go: Mapping[DatasetName, int]
    saved: Mapping[DatasetName, int]
    alone: frozenset[DatasetName]
    unsaved_bytes: int


def recovered(
    store: Generations, changes: ChangeLog, shard_bits: int, limits: IndexLimits
) -> Recovered:
    """Read the newest good snapshot of every dataset and do again what the log has after it.

    Cost: the snapshots at the speed of the disk, and a Python step for each change in the log.
    Raises: SnapshotCorrupt, LogCorrupt, DiskFull, LogPoisoned.
    """
    views: dict[DatasetName, DatasetView] = {}
    saved: dict[DatasetName, int] = {}
    extras, top = NO_EXTRAS, 0
    for name in store.names():
        snapshot = store.read(name, limits)
        views[name], saved[name] = snapshot.view, snapshot.sequence
        # Homes are shards of another dataset, so all datasets have shards of one size.
        shard_bits = snapshot.view.shard_bits
        if snapshot.sequence >= top:
            extras, top = extras_from_bytes(snapshot.extras), snapshot.sequence
    _meet(changes, top)
    held = {name: saved.get(name, 0) for name in {*saved, *extras.touched}}
    _check_reach(changes, held, extras)
    published = Published(
        SequenceNo(top),
        MappingProxyType(views),
        positions=MappingProxyType(extras.positions),
        limits=limits,
    )
    again = _Again(published, saved, extras, shard_bits, limits)
    # A load's snapshot may be newer than all that the log has of a dataset without any.
    for sequence, payload in changes.read(min(held.values(), default=0)):
        again.take(sequence, payload)
    return again.made(changes.last)


def _meet(changes: ChangeLog, top: int) -> None:
    """Have the log go on where the snapshots end, at least."""
    if changes.last >= top:
        return
    if changes.first > changes.last:
        changes.start_at(top)
    elif changes.last + 1 == top:
        # A load was written as a snapshot, and the process ended before the log had it.
        changes.append([steps.to_bytes(steps.Skipped())])
    else:
        raise LogCorrupt(
            f"the change log ends at {changes.last:,}, but a snapshot was written at {top:,}: the "
            "log has lost its end. Restore a backup, or run `cardinal doctor`"
        )


def _check_reach(changes: ChangeLog, held: Mapping[DatasetName, int], extras: Extras) -> None:
    """Raises: SnapshotCorrupt where steps between a snapshot, or none, and the log are gone."""
    for name, sequence in held.items():
        missing = changes.first > sequence + 1
        if missing and extras.touched.get(name, sequence) > sequence:
            raise SnapshotCorrupt(
                f"the snapshot of dataset {name!r} that is left was made at {sequence:,}, and the "
                f"change log begins at {changes.first:,}: restore a backup"
            )


@dataclass
class _Again:
    """Does steps again. Changes of one dataset in a row are done together."""

    published: Published
    saved: Mapping[DatasetName, int]
    extras: Extras
    shard_bits: int
    limits: IndexLimits
    unsaved_bytes: int = 0
    alone: set[DatasetName] = field(default_factory=set)
    _touched: dict[DatasetName, int] = field(default_factory=dict)
    _repeats: list[Repeat] = field(default_factory=list)
    _positions: dict[str, str] = field(default_factory=dict)
    _waiting: list[Change] = field(default_factory=list)
    _of: DatasetName | None = None
    _at: datetime | None = None

    def take(self, sequence: int, payload: bytes) -> None:
        """One frame of the log."""
        step = steps.from_bytes(payload, sequence)
        match step:
            case steps.Changed(dataset=name):
                self._note(step, sequence)
                if sequence > self.saved.get(name, 0):
                    self.unsaved_bytes += len(payload)
                    self._wait(step)
                    self._touched[name] = sequence
            case steps.Created(schema=schema) | steps.Altered(schema=schema):
                if sequence > self.saved.get(schema.name, 0):
                    self._do_waiting()
                    self._remake(step)
                    self._touched[schema.name] = sequence
            case steps.Loaded(datasets=names):
                self._do_waiting()
                for name in names:
                    if sequence > self.saved.get(name, 0):
                        raise SnapshotCorrupt(
                            f"dataset {name!r} had a load at {sequence:,} that no good snapshot "
                            "holds: import the file again, or restore a backup"
                        )
                    self.alone.add(name)
            case steps.Erased(dataset=name, at=at, keys=keys):
                if sequence > self.saved.get(name, 0):
                    self._do_waiting()
                    self._of, self._at = name, at
                    self._waiting = [Delete(key) for key in keys]
                    self._do_waiting()
                    self._touched[name] = sequence
            case steps.Skipped():
                pass

    def made(self, last: int) -> Recovered:
        """All of it."""
        self._do_waiting()
        published = self.published
        if any(view.schema.links for view in published.datasets.values()):
            # Snapshots of different datasets may come from different moments.
            views = published.views()
            followed = follow(views, {}, views, self.limits)
            published = published.with_views(followed)
            self._touched.update(dict.fromkeys(followed, last))
        positions = {**published.positions, **self._positions}
        return Recovered(
            replace(
                published,
                sequence=SequenceNo(last),
                positions=MappingProxyType(positions),
            ),
            self.shard_bits,
            [*self.extras.repeats, *self._repeats],
            {**self.extras.touched, **self.saved, **self._touched},
            self.extras.touched,
            self.saved,
            frozenset(self.alone),
            self.unsaved_bytes,
        )

    def _note(self, step: steps.Changed, sequence: int) -> None:
        """Remember where the batches came from; the extras have it of those before them."""
        for batch in step.batches:
            origin = batch.origin
            if origin.idempotency_key is not None:
                applied = steps.applied_of(batch, sequence)
                self._repeats.append(
                    Repeat(step.dataset, origin.idempotency_key, origin.digest, applied)
                )
            if origin.source is not None:
                self._positions[origin.source] = origin.position

    def _wait(self, step: steps.Changed) -> None:
        view = self.published.datasets.get(step.dataset)
        decided = view is not None and view.schema.key_type is not None
        if step.dataset != self._of or len(self._waiting) >= AT_ONCE or not decided:
            self._do_waiting()
        self._of, self._at = step.dataset, step.at
        for batch in step.batches:
            self._waiting += steps.changes_of(batch)
        if not decided:
            self._do_waiting()

    def _do_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting or self._of is None or self._at is None:
            return
        for start in range(0, len(waiting), self.limits.changes_per_batch_max):
            part = waiting[start : start + self.limits.changes_per_batch_max]
            after = transitions.applied(
                self.published, self._of, part, now=self._at, limits=self.limits
            )
            self.published = after.published

    def _remake(self, step: steps.Created | steps.Altered) -> None:
        if isinstance(step, steps.Created):
            made = transitions.created(self.published, step.schema, self.shard_bits, self.limits)
        else:
            made = transitions.with_schema(self.published, step.schema, self.limits)
        self.published = made.published
