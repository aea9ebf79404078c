"""How a node's datasets survive: the change log, the snapshots, and what one has of the other.

The log has every step since the older snapshot of each dataset; the newer snapshot was verified
before the steps that it includes may go.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from indexer import steps
from indexer.dataset.view import DatasetView
from indexer.log.change_log import SEGMENT_BYTES, ChangeLog
from indexer.log.disk import OsDisk
from indexer.model.errors import CardinalError, DiskFull, LogPoisoned
from indexer.model.ids import DatasetName
from indexer.model.limits import IndexLimits
from indexer.published import Published
from indexer.recovery import Recovered, recovered
from indexer.remembrance import Extras, extras_to_bytes
from indexer.store.generations import Generations
from indexer.store.guard import DiskGuard
from indexer.store.places import LOG

Logged = tuple[steps.Step, int, Sequence[DatasetName]]
"""A step, its sequence, and the datasets that are other ones after it."""

POISONED = (
    "the disk of the data folder failed: no more changes are taken until Cardinal is started "
    "again, with what is safe"
)

_log = structlog.get_logger()


class Keeping:
    """The log and the snapshots of one data folder.

    The log belongs to the writer's thread. Snapshots may be written by another one; whoever does
    waits for the other.
    """

    def __init__(self, folder: Path, guard: DiskGuard, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._guard = guard
        self._store = Generations(folder)
        self._storing = threading.Lock()
        self._changes: ChangeLog | None = None
        self._touched: dict[DatasetName, int] = {}
        self._let_go: dict[DatasetName, int] = {}
        self._saved: dict[DatasetName, int] = {}
        self._alone: set[DatasetName] = set()
        self.unsaved_bytes = 0
        """About how much of the log no snapshot has yet."""
        self.poisoned = False
        """Whether a sync failed: nothing more is taken, and the process should end."""

    @property
    def writable(self) -> bool:
        """Whether a change would be taken."""
        return self._guard.writable and not self.poisoned

    def check_import(self) -> None:
        """Before something large is begun. Raises: DiskFull when room is scarce."""
        self._guard.check_import()

    def recover(self, shard_bits: int, limits: IndexLimits) -> Recovered:
        """What was kept. Raises: SnapshotCorrupt, LogCorrupt, DiskFull, LogPoisoned."""
        try:
            self._changes = self._opened()
        except DiskFull:
            # Recovery has to write; the ballast is there for that.
            self._guard.full()
            self._changes = self._opened()
        found = recovered(self._store, self._changes, shard_bits, limits)
        self._touched, self._saved = dict(found.touched), dict(found.saved)
        self._let_go = dict(found.let_go)
        self._alone = set(found.alone)
        self.unsaved_bytes = found.unsaved_bytes
        return found

    def append(self, logged: Sequence[Logged]) -> None:
        """Make steps durable, in order. Raises: DiskFull, LogPoisoned."""
        assert self._changes is not None, "recover comes first"
        self._check_write()
        payloads = [steps.to_bytes(step) for step, _, _ in logged]
        with self._failures_noted():
            last = self._changes.append(payloads)
        assert last == logged[-1][1], "a published step is a frame of the log"
        self.unsaved_bytes += sum(map(len, payloads))
        for step, sequence, touched in logged:
            self._touched.update(dict.fromkeys(touched, sequence))
            if isinstance(step, steps.Changed):
                # Also when no record is another: what is known of its batches is only there.
                self._touched[step.dataset] = sequence
            if isinstance(step, steps.Loaded):
                self._alone.update(touched)

    def load(self, step: steps.Loaded, published: Published, extras: Extras) -> None:
        """Make a load durable: a snapshot of every dataset it changed, then the step.

        If one can't be written, those that were are taken back: their sequence is to be another
        step's. Raises: DiskFull, SnapshotCorrupt, LogPoisoned.
        """
        # Nobody else's snapshot may come between: what is taken back is always the newest.
        with self._storing:
            saved, written = dict(self._saved), list[DatasetName]()
            try:
                for name in sorted(step.datasets):
                    self._write(published.view(name), published.sequence, extras)
                    written.append(name)
                self.append([(step, published.sequence, step.datasets)])
            except LogPoisoned:
                # The step may be in the log after all, and then needs them.
                raise
            except (CardinalError, OSError):
                self._saved = saved
                self._take_back(written)
                raise

    def write(self, view: DatasetView, sequence: int, extras: Extras) -> None:
        """Write a snapshot of one dataset, unless one of a later moment is there.

        Raises: DiskFull, SnapshotCorrupt.
        """
        with self._storing:
            # A load may have been quicker than who had this view before it.
            if sequence >= self._saved.get(view.schema.name, 0):
                self._write(view, sequence, extras)

    def repeat(self, name: DatasetName) -> None:
        """Have a load in two snapshots, as the log has not its records. Raises as ``write``."""
        with self._storing:
            self._store.repeat(name)
            self._alone.discard(name)

    @property
    def alone(self) -> list[DatasetName]:
        """Datasets whose latest load is in one snapshot only."""
        return sorted(self._alone)

    def unsaved(self, published: Published) -> list[DatasetName]:
        """Datasets that are not in a snapshot as they are now."""
        return sorted(
            name
            for name in published.datasets
            if self._touched.get(name, 0) > self._saved.get(name, 0)
        )

    def let_go(self) -> dict[DatasetName, int]:
        """The last change of each dataset that the log may no longer have; 0 if it has all."""
        return {name: self._let_go.get(name, 0) for name in self._touched}

    def cut(self) -> None:
        """Let go of what the log has and both snapshots of every dataset include.

        For the writer's thread. Raises: DiskFull, LogPoisoned, SnapshotCorrupt.
        """
        assert self._changes is not None, "recover comes first"
        through = self._changes.last
        with self._storing:
            for name, touched in self._touched.items():
                kept = self._store.kept_sequence(name) if name in self._saved else 0
                if touched > kept:
                    through = min(through, kept)
        self._let_go = {name: min(last, through) for name, last in self._touched.items()}
        try:
            self._changes.cut(through)
        except LogPoisoned:
            self.poisoned = True
            raise
        _log.info("log_cut", through=through, first=self._changes.first)

    def replace_all(self, view: DatasetView, sequence: int, extras: Extras) -> tuple[str, ...]:
        """Have nothing on disk of one dataset but two generations of this view; their names.

        Raises: DiskFull, SnapshotCorrupt.
        """
        name = view.schema.name
        self.write(view, sequence, extras)
        self.repeat(name)
        with self._storing:
            return self._store.clear(name)

    def forget(self, name: DatasetName, through: int) -> int:
        """Rewrite the log without the records of a dataset up to a sequence; how many frames.

        Both snapshots must include them. For the writer's thread. Raises: DiskFull, LogPoisoned,
        LogCorrupt.
        """
        assert self._changes is not None, "recover comes first"

        def without(sequence: int, payload: bytes) -> bytes:
            if sequence > through:
                return payload
            step = steps.from_bytes(payload, sequence)
            bare = steps.forgetting(step, name)
            return payload if bare is step else steps.to_bytes(bare)

        with self._failures_noted():
            return self._changes.rewrite(without)

    def close(self) -> None:
        """Let go of the log's file."""
        if self._changes is not None:
            self._changes.close()

    def _opened(self) -> ChangeLog:
        return ChangeLog.open(self._folder / LOG, OsDisk(), self._segment_bytes)

    def _check_write(self) -> None:
        if self.poisoned:
            raise LogPoisoned(POISONED)
        self._guard.check_write()

    @contextmanager
    def _failures_noted(self) -> Iterator[None]:
        """What the log finds out about its disk is known afterwards."""
        try:
            yield
        except DiskFull:
            self._guard.full()
            raise
        except LogPoisoned:
            self.poisoned = True
            raise

    def _write(self, view: DatasetView, sequence: int, extras: Extras) -> None:
        # Of a step whose sync failed nobody knows whether its sequence is taken.
        self._check_write()
        try:
            self._store.write(view, sequence, extras_to_bytes(extras))
        except DiskFull:
            self._guard.full()
            raise
        self._saved[view.schema.name] = sequence

    def _take_back(self, written: Sequence[DatasetName]) -> None:
        try:
            for name in written:
                self._store.withdraw(name)
        except (CardinalError, OSError) as error:
            # The next step would have the sequence of a snapshot that is none of it.
            self.poisoned = True
            raise LogPoisoned(POISONED) from error
