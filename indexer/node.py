"""One index node: the datasets it holds, its one writer, what it publishes.

Synchronous and without threads of its own: whoever owns it calls the writing methods from one
thread. Readers take ``published`` once and keep it; it never changes under them.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import structlog

from indexer.api import Loaded, LoadMode
from indexer.dataset.applying import Outcomes, changed
from indexer.dataset.catalog import altered, check_schema, empty_view
from indexer.dataset.changes import apply_changes
from indexer.dataset.following import by_key_only, must_follow, overlaid_targets
from indexer.dataset.gathering import Gathering
from indexer.dataset.links import follow, linked, targets_of
from indexer.dataset.load import load
from indexer.dataset.netting import CREATED, DELETED, UNCHANGED, UPDATED
from indexer.dataset.overlay import Overlay
from indexer.dataset.settling import rebased
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Written
from indexer.model.errors import DatasetExists, IdempotencyConflict, TooLarge
from indexer.model.ids import DatasetName, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.record import UNKNOWN_ORIGIN, Applied, Change, Origin, Upsert
from indexer.model.schema import FieldType, Schema
from indexer.published import Published
from indexer.runtime.clock import Clock
from indexer.store.generations import Generations

_log = structlog.get_logger()


class Node:
    """Holds the datasets of one data folder, or of memory only."""

    def __init__(
        self,
        *,
        store: Generations | None,
        shard_bits: int,
        clock: Clock,
        limits: IndexLimits,
    ) -> None:
        self._store = store
        self._shard_bits = shard_bits
        self._clock = clock
        self._limits = limits
        self._dirty: set[DatasetName] = set()
        self._repeats: dict[tuple[DatasetName, str | None], tuple[str, Applied]] = {}
        self.published = Published(SequenceNo(0), MappingProxyType({}), limits=limits)

    def recover(self) -> None:
        """Read the newest whole generation of every dataset. Raises: SnapshotCorrupt.

        Generations of different datasets may come from different moments, when the process ended
        between two of them; so all links are followed anew.
        """
        if self._store is None:
            return
        views: dict[DatasetName, DatasetView] = {}
        sequence = 0
        for name in self._store.names():
            snapshot = self._store.read(name, self._limits)
            views[name], sequence = snapshot.view, max(sequence, snapshot.sequence)
            # Homes are shards of another dataset, so all datasets have shards of one size.
            self._shard_bits = views[name].shard_bits
        followed = follow(views, {}, views, self._limits)
        self._dirty |= followed.keys()
        self.published = Published(
            SequenceNo(sequence), MappingProxyType({**views, **followed}), limits=self._limits
        )

    def create(self, schema: Schema) -> Schema:
        """An empty dataset. Raises: DatasetExists, BadSchema, TooLarge."""
        check_schema(schema, self._limits)
        if schema.name in self.published.datasets:
            raise DatasetExists(f"there is a dataset {schema.name!r} already")
        if len(self.published.datasets) >= self._limits.datasets_max:
            raise TooLarge(f"at most {self._limits.datasets_max} datasets fit in one index")
        empty = empty_view(schema, self._shard_bits)
        self._publish({schema.name: empty}, durable=True)
        return schema

    def alter(self, schema: Schema) -> Schema:
        """Another schema of more fields or links. Raises: UnknownDataset, BadSchema."""
        check_schema(schema, self._limits)
        view = altered(self.published.view(schema.name), schema, self._limits)
        view = linked(view, self.published.views(), self._limits)
        self._publish({schema.name: view}, durable=True)
        return schema

    def apply(
        self, name: DatasetName, changes: Sequence[Change], origin: Origin = UNKNOWN_ORIGIN
    ) -> Applied:
        """Apply checked changes, visible together. Raises: UnknownDataset, TooLarge.

        A repeat that is remembered by its idempotency key changes nothing. Raises:
        IdempotencyConflict where that came with another digest.
        """
        known = self._repeats.get((name, origin.idempotency_key))
        if known is not None:
            if known[0] != origin.digest:
                raise IdempotencyConflict("this key came with other changes before: use a new one")
            return known[1]
        applied = self._applied(name, changes)
        if origin.source is not None:
            positions = {**self.published.positions, origin.source: origin.position}
            self.published = replace(self.published, positions=MappingProxyType(positions))
        if origin.idempotency_key is not None:
            self._repeats[name, origin.idempotency_key] = origin.digest, applied
            while len(self._repeats) > self._limits.repeats_max:
                self._repeats.pop(next(iter(self._repeats)))
        return applied

    def _applied(self, name: DatasetName, changes: Sequence[Change]) -> Applied:
        if len(changes) > self._limits.changes_per_batch_max:
            raise TooLarge(f"send at most {self._limits.changes_per_batch_max:,} changes at a time")
        before = self.published
        overlay = self._with_key_type(name, changes)
        overlays = {each: before.overlay(each) for each in before.datasets}
        if by_key_only(overlay.base, overlays):
            done = changed(
                overlay,
                changes,
                targets=overlaid_targets(overlay.base, {**overlays, name: overlay}),
                now=self._clock.now(),
                limits=self._limits,
            )
            if not must_follow(overlay, done, overlays):
                if done.touched:
                    self._publish_overlay(name, done.overlay)
                return _applied(self.published.sequence, done.outcomes)
        return self._applied_whole(name, changes)

    def _applied_whole(self, name: DatasetName, changes: Sequence[Change]) -> Applied:
        """The same where other datasets have to follow. Cost: as much as they are large."""
        view = self._view_with_key_type(name, _key_type(changes))
        written = apply_changes(
            view,
            changes,
            targets=targets_of(view, self.published.views()),
            now=self._clock.now(),
            limits=self._limits,
        )
        self._publish_written(name, written, durable=False)
        return Applied(
            self.published.sequence,
            created=written.created,
            updated=written.updated,
            deleted=written.deleted,
            unchanged=written.unchanged,
        )

    def gathering(self, name: DatasetName) -> Gathering:
        """What takes the batches of a load, in any one thread. Raises: UnknownDataset."""
        return Gathering(self.published.view(name).schema)

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
        """Load what is gathered, which is used up by it, and save every dataset that changed.

        Raises: UnknownDataset, TooLarge, DiskFull.
        """
        view = self._view_with_key_type(name, gathered.key_type)
        with ThreadPoolExecutor(self._limits.load_threads, "index-load") as pool:
            written = load(
                view,
                gathered,
                mode,
                clear_empty=clear_empty,
                targets=targets_of(view, self.published.views()),
                now=self._clock.now(),
                limits=self._limits,
                each=pool.map,
            )
        self._publish_written(name, written, durable=True)
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
        """Write a new generation of every dataset that changed since its last one.

        Raises: DiskFull; what was published stays visible and stays to be saved.
        """
        self._save(self.published, set(self._dirty))

    def _view_with_key_type(self, name: DatasetName, type_: FieldType) -> DatasetView:
        view = self.published.view(name)
        if view.schema.key_type is not None:
            return view
        return altered(view, replace(view.schema, key_type=type_), self._limits)

    def _with_key_type(self, name: DatasetName, changes: Sequence[Change]) -> Overlay:
        if self.published.base(name).schema.key_type is not None:
            return self.published.overlay(name)
        # It has no records yet, so there is nothing to settle.
        return Overlay.over(self._view_with_key_type(name, _key_type(changes)))

    def _publish_written(self, name: DatasetName, written: Written, *, durable: bool) -> None:
        if written.touched:
            self._publish({name: written.view}, durable=durable)

    def _publish_overlay(self, name: DatasetName, overlay: Overlay) -> None:
        published = self.published.with_overlay(name, overlay)
        self._dirty = self._dirty | {name}
        self.published = replace(published, sequence=SequenceNo(published.sequence + 1))

    def _publish(self, views: dict[DatasetName, DatasetView], *, durable: bool) -> None:
        """Make the views visible, together with the datasets whose links they change.

        A durable step is on disk before anybody sees it.
        """
        before = self.published.views()
        followed = follow({**before, **views}, before, views, self._limits)
        changed_views = {**views, **followed}
        candidate = replace(
            self.published.with_views(changed_views),
            sequence=SequenceNo(self.published.sequence + 1),
        )
        dirty = self._dirty | changed_views.keys()
        if durable:
            self._save(candidate, dirty)
        else:
            self._dirty = dirty
        self.published = candidate

    def _save(self, published: Published, names: set[DatasetName]) -> None:
        for name in sorted(names):
            if self._store is not None:
                self._store.write(published.view(name), published.sequence)
                # Until all are written, this one may say more than anybody can see.
                self._dirty.add(name)
        self._dirty -= names


def _key_type(changes: Sequence[Change]) -> FieldType:
    """What the keys decide in a dataset that has none yet."""
    keys = [change.key for change in changes if isinstance(change, Upsert)]
    numbers = all(key is None or isinstance(key, int) for key in keys)
    return FieldType.INT if numbers else FieldType.KEYWORD


def _applied(sequence: SequenceNo, outcomes: Outcomes) -> Applied:
    counted = np.bincount(outcomes, minlength=4).tolist()
    return Applied(
        sequence,
        created=counted[CREATED],
        updated=counted[UPDATED],
        deleted=counted[DELETED],
        unchanged=counted[UNCHANGED],
    )
