"""A load as one step of a node: under which schema, what it did, and that it is done once only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from indexer.api import Loaded, LoadMode
from indexer.dataset.catalog import altered, check_schema, empty_view, typed_among
from indexer.dataset.founding import Each
from indexer.dataset.gathering import Gathering
from indexer.dataset.keys import KeyArray
from indexer.dataset.links import Datasets, linked, targets_of
from indexer.dataset.load import load
from indexer.dataset.undo import Undo, undo_of
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Written
from indexer.model.errors import BadSchema, CannotRollBack, Problem, TooLarge, UnknownDataset
from indexer.model.ids import DatasetName, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.schema import Schema
from indexer.store.undo_files import NOT_KEPT, UndoFiles


class GivenUp(Exception):
    """Whoever wanted the load wants it no more, and nothing of it was published."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to load, as ``indexer.api.Index.load`` says."""

    mode: LoadMode
    clear_empty: bool
    schema: Schema | None


@dataclass(frozen=True)
class LoadOutcome:
    """The dataset before a load, under the load's schema, and after it.

    ``keys`` are those of all records that it may have changed. ``fresh``: the schema is new.
    """

    before: DatasetView
    written: Written
    keys: KeyArray | None = None
    fresh: bool = False

    @property
    def view(self) -> DatasetView:
        """The dataset after it."""
        return self.written.view

    @property
    def touched(self) -> bool:
        """Whether there is anything to publish."""
        return self.fresh or self.written.touched

    def loaded(self, sequence: SequenceNo) -> Loaded:
        """What it did, as the step after ``sequence``."""
        return Loaded(
            SequenceNo(sequence + 1) if self.touched else sequence,
            created=self.written.created,
            updated=self.written.updated,
            unchanged=self.written.unchanged,
            deleted=self.written.deleted,
        )

    def undo(self) -> Undo:
        """What to put back to be rid of it."""
        assert self.keys is not None
        return undo_of(self.before, self.view, self.keys)


class RememberedLoads:
    """Which loads were done, by idempotency key, and rolled back. Without files: none."""

    def __init__(self, files: UndoFiles | None) -> None:
        self._files = files

    def settle(self, sequence: int) -> None:
        """Forget what tells of a later step than this one, which was the last."""
        if self._files is not None:
            self._files.settle(sequence)

    def known(self, dataset: DatasetName, key: str | None) -> Loaded | None:
        """What the load of that key did, if it was done."""
        if self._files is None or key is None:
            return None
        known = self._files.known(dataset, key)
        return None if known is None else known.loaded

    def undone(self, dataset: DatasetName, key: str) -> Loaded | None:
        """What rolling that load back did, if it was."""
        return None if self._files is None else self._files.undone(dataset, key)

    def forget_values(self, dataset: DatasetName) -> None:
        """Keep nothing that could be put back into the dataset. Raises: DiskFull."""
        if self._files is not None:
            self._files.forget_values(dataset)

    def undo(self, dataset: DatasetName, key: str) -> Undo:
        """What to put back. Raises: CannotRollBack."""
        if self._files is None:
            raise CannotRollBack(NOT_KEPT)
        return self._files.undo(dataset, key)

    @contextmanager
    def remembering(
        self, dataset: DatasetName, key: str | None, outcome: LoadOutcome, loaded: Loaded
    ) -> Iterator[None]:
        """The block publishes the load; it is remembered unless that fails. Raises: DiskFull."""
        if self._files is None or key is None:
            yield
            return
        self._files.keep(dataset, key, loaded, outcome.undo())
        try:
            yield
        except BaseException:
            self._files.forget(dataset, key)
            raise

    @contextmanager
    def undoing(self, dataset: DatasetName, key: str, undone: Loaded) -> Iterator[None]:
        """The block publishes what is put back; that is remembered unless it fails."""
        assert self._files is not None, "there was something to put back"
        self._files.keep_undone(dataset, key, undone)
        try:
            yield
        except BaseException:
            self._files.forget_undone(dataset, key)
            raise


def outcome_of(
    datasets: Datasets,
    name: DatasetName,
    gathered: Gathering,
    wanted: Wanted,
    *,
    shard_bits: int,
    now: datetime,
    limits: IndexLimits,
    each: Each = map,
) -> LoadOutcome:
    """What a load of what was gathered does, which it uses up; fields are made by ``each``.

    Raises: UnknownDataset, BadSchema, TooLarge.
    """
    view = view_under(datasets, name, wanted.schema, shard_bits, limits)
    fresh = view is not datasets.get(name)
    if view.schema.key_type is None:
        view = altered(view, replace(view.schema, key_type=gathered.key_type), limits)
    keys = touched_keys(view, gathered, wanted.mode)
    written = load(
        view,
        gathered,
        wanted.mode,
        clear_empty=wanted.clear_empty,
        targets=targets_of(view, datasets),
        now=now,
        limits=limits,
        each=each,
    )
    return LoadOutcome(view, written, keys, fresh=fresh)


def view_under(
    datasets: Datasets,
    name: DatasetName,
    schema: Schema | None,
    shard_bits: int,
    limits: IndexLimits,
) -> DatasetView:
    """The dataset under the schema, made if there is none; as it is without a schema.

    Fields that it got since somebody thought out the schema stay. Raises: UnknownDataset,
    BadSchema, TooLarge.
    """
    view = datasets.get(name)
    if schema is None:
        if view is None:
            raise UnknownDataset(f"there is no dataset {name!r}")
        return view
    if view is None:
        check_schema(schema, limits)
        schema = typed_among(schema, datasets)
        if len(datasets) >= limits.datasets_max:
            raise TooLarge(f"at most {limits.datasets_max} datasets fit in one index")
        return linked(empty_view(schema, shard_bits), datasets, limits)
    names = {field.name for field in schema.fields}
    more = tuple(field for field in view.schema.fields if field.name not in names)
    schema = replace(schema, fields=(*schema.fields, *more))
    if schema == view.schema:
        return view
    check_schema(schema, limits)
    schema = typed_among(schema, datasets)
    _check_linked_to(view.schema, schema, datasets)
    return linked(altered(view, schema, limits), datasets, limits)


def touched_keys(view: DatasetView, gathered: Gathering, mode: LoadMode) -> KeyArray:
    """The keys of all records that a load may change."""
    keys, _ = gathered.distinct(view.next_key)
    if mode is not LoadMode.REPLACE or not view.shards:
        return keys
    if not len(keys):
        return view.order.keys
    return np.unique(np.concatenate((view.order.keys, keys)))


def _check_linked_to(before: Schema, after: Schema, datasets: Datasets) -> None:
    """Others find records by fields of certain types, which then stay as they are."""
    named = {
        link.to_field
        for view in datasets.values()
        for link in view.schema.links
        if link.to == before.name
    }
    for field in before.fields:
        now = after.field(field.name)
        if field.name in named and now is not None and now.type is not field.type:
            raise BadSchema(
                f"links lead to field {field.name!r}, which keeps its type",
                problems=(Problem("bad_schema", "/fields", "add a field of a new name"),),
            )
