"""A writer that never rests: changes into the log, loads, generations, cuts, over two datasets.

Run as a program it goes on until it is ended: ``python -m tests.indexer.store.busy_writer FOLDER``
writes the number of the last acknowledged step into ``FOLDER/../acknowledged``. What step ``n``
does follows from ``n``, so whoever reads the folder later knows what must be in it.
"""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from indexer.dataset.catalog import empty_view
from indexer.dataset.changes import apply_changes
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets
from indexer.log.change_log import ChangeLog
from indexer.log.disk import OsDisk
from indexer.model.ids import DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Upsert
from indexer.model.schema import Field, FieldType, Schema
from indexer.store.generations import Generations

PEOPLE, SALES = DatasetName("people"), DatasetName("sales")
SIZE = FieldName("size")
LIMITS = IndexLimits()
NOW = datetime(2025, 6, 1, tzinfo=UTC)
SHARD_BITS = 6
SEGMENT_BYTES = 1_024
LOAD_EVERY, SAVE_EVERY = 9, 5
KEYS = range(7)

Values = dict[int, int]


def dataset_of(step: int) -> DatasetName:
    """Which one a step is about."""
    return PEOPLE if step // 2 % 2 else SALES


def is_load(step: int) -> bool:
    """Loads are in a generation; the log only says that there was one."""
    return step % LOAD_EVERY == 0


def values_after(
    name: DatasetName, step: int, since: int = 0, held: Values | None = None
) -> Values:
    """What a dataset holds after a step; ``held`` is what it held after ``since``."""
    values = dict(held or {})
    for each in range(since + 1, step + 1):
        if dataset_of(each) == name:
            values.update(changed_by(each))
    return values


def changed_by(step: int) -> Values:
    """What a step sets."""
    return dict.fromkeys(KEYS, step) if is_load(step) else {step % len(KEYS): step}


def values_of(view: DatasetView) -> Values:
    """What is in a view."""
    keys = view.order.keys.tolist()
    values: Values = {}
    for key, record in zip(keys, view.read(view.find(keys), [SIZE]), strict=True):
        size = record.values[SIZE]
        assert isinstance(size, int)
        values[key] = size
    return values


def recovered_from(folder: Path) -> tuple[int, Mapping[DatasetName, Values]]:
    """What a start on this folder would have, and the last step that is in it."""
    log = ChangeLog.open(folder / "log", OsDisk(), SEGMENT_BYTES)
    store = Generations(folder)
    values, last = {}, log.last
    for name in store.names():
        snapshot = store.read(name, LIMITS)
        held, last = values_of(snapshot.view), max(last, snapshot.sequence)
        for sequence, payload in log.read(snapshot.sequence):
            step = int(payload)
            assert step == sequence
            if dataset_of(step) == name:
                assert not is_load(step), "the log tells of a load that is nowhere"
                held.update(changed_by(step))
        values[name] = held
    log.close()
    return last, values


class Writer:
    """The steps, one after another."""

    def __init__(self, folder: Path) -> None:
        self._store = Generations(folder)
        self._log = ChangeLog.open(folder / "log", OsDisk(), SEGMENT_BYTES)
        self._views = {name: empty_view(_schema(name), SHARD_BITS) for name in (PEOPLE, SALES)}
        for view in self._views.values():
            self._store.write(view, 0)

    def do(self, step: int) -> None:
        """Returns when it is acknowledged."""
        name = dataset_of(step)
        changes = [Upsert(key, {SIZE: size}) for key, size in changed_by(step).items()]
        targets = Targets({}, None)
        view = apply_changes(
            self._views[name], changes, targets=targets, now=NOW, limits=LIMITS
        ).view
        if is_load(step):
            self._store.write(view, step)
            self._store.repeat(name)
        self._log.append([b"%d" % step])
        self._views[name] = view
        if step % SAVE_EVERY == 0:
            self._store.write(view, step)
            self._log.cut(min(self._store.kept_sequence(each) for each in self._views))


def _schema(name: DatasetName) -> Schema:
    return Schema(name, None, FieldType.INT, (Field(SIZE, FieldType.INT),))


def main(folder: str) -> None:
    """Work until somebody ends it."""
    writer = Writer(Path(folder))
    told = os.open(Path(folder).with_name("acknowledged"), os.O_RDWR | os.O_CREAT)
    step = 0
    while True:
        step += 1
        writer.do(step)
        os.pwrite(told, b"%012d" % step, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
