"""Bugs that a node, its log, its snapshots and its recovery may have: histories find each."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from indexer import keeping, node, recovery, remembrance, steps
from indexer.dataset.overlay import Overlay
from indexer.dataset.view import DatasetView
from indexer.keeping import Keeping, Logged
from indexer.log.change_log import ChangeLog
from indexer.model.errors import CardinalError, SnapshotCorrupt
from indexer.model.record import UNKNOWN_ORIGIN, Applied, Change, Origin
from indexer.node import Node
from indexer.published import Published
from indexer.remembrance import NO_EXTRAS, Extras, Repeats, extras_to_bytes
from indexer.store.generations import Generations
from tests.indexer import test_recovery as one_by_one
from tests.indexer.killed.history import run_histories

SEEDS = 12

Bug = Callable[[pytest.MonkeyPatch], None]


def published_before_the_log(patch: pytest.MonkeyPatch) -> None:
    """And told to be done, though the log would not take it."""
    append = Keeping.append

    def careless(self: Keeping, logged: Sequence[Logged]) -> None:
        try:
            append(self, logged)
        except CardinalError:
            if isinstance(logged[0][0], steps.Loaded):
                raise

    patch.setattr(Keeping, "append", careless)


def no_origin_in_the_log(patch: pytest.MonkeyPatch) -> None:
    """The changes are there, and who sent them is not."""

    def anonymous(changes: Sequence[Change], origin: Origin, applied: Applied) -> steps.Batch:
        return batch_of(changes, UNKNOWN_ORIGIN, applied)

    batch_of = steps.batch_of
    patch.setattr(steps, "batch_of", anonymous)


def repeats_forgotten_by_a_restart(patch: pytest.MonkeyPatch) -> None:
    """A batch that is sent again is done again."""
    patch.setattr(node, "Repeats", lambda most, known=(): Repeats(most))


def snapshots_one_too_high(patch: pytest.MonkeyPatch) -> None:
    """The first step after it is not done again."""
    patch.setattr(Keeping, "write", shifted(+1))


def snapshots_one_too_low(patch: pytest.MonkeyPatch) -> None:
    """The last step in it is done again."""
    patch.setattr(Keeping, "write", shifted(-1))


def shifted(by: int) -> Callable[..., None]:
    """Snapshots that say of themselves that they are of another moment."""
    write = Keeping.write

    def written(self: Keeping, view: DatasetView, sequence: int, extras: Extras) -> None:
        write(self, view, sequence + by, extras)

    return written


def log_cut_at_its_end(patch: pytest.MonkeyPatch) -> None:
    """Whatever the snapshots include."""

    def cut(self: Keeping) -> None:
        assert self._changes is not None
        self._changes.cut(self._changes.last)

    patch.setattr(Keeping, "cut", cut)


def failed_loads_left_there(patch: pytest.MonkeyPatch) -> None:
    """Their sequence is another step's."""
    patch.setattr(Generations, "withdraw", lambda self, name: None)


def loads_marked_before_they_are_saved(patch: pytest.MonkeyPatch) -> None:
    """A crash, or a full disk, and there is a load that nothing holds."""

    def load(self: Keeping, step: steps.Loaded, published: Published, extras: Extras) -> None:
        self.append([(step, published.sequence, step.datasets)])
        for name in step.datasets:
            self.write(published.view(name), published.sequence, extras)

    patch.setattr(Keeping, "load", load)


def extras_of_no_moment(patch: pytest.MonkeyPatch) -> None:
    """Snapshots keep what was known at the first one for ever."""
    first: list[Extras] = []

    def early(extras: Extras) -> bytes:
        first.append(extras)
        return extras_to_bytes(first[0])

    patch.setattr(keeping, "extras_to_bytes", early)


def extras_of_the_oldest_snapshot(patch: pytest.MonkeyPatch) -> None:
    """Of those that the datasets have; what is between is believed to be unknown."""
    read: list[Extras] = []
    from_bytes = remembrance.extras_from_bytes

    def oldest(data: bytes) -> Extras:
        read.append(from_bytes(data))
        return NO_EXTRAS if len(read) % 2 else read[0]

    patch.setattr(recovery, "extras_from_bytes", oldest)


def batches_without_effect_not_kept(patch: pytest.MonkeyPatch) -> None:
    """No record changed, so the log may let it go; but somebody was answered."""
    append = Keeping.append

    def forgetful(self: Keeping, logged: Sequence[Logged]) -> None:
        touched = dict(self._touched)
        append(self, logged)
        self._touched = touched
        for _, sequence, names in logged:
            self._touched.update(dict.fromkeys(names, sequence))

    patch.setattr(Keeping, "append", forgetful)


def changes_lost_while_a_view_is_made(patch: pytest.MonkeyPatch) -> None:
    """What came after the view was begun."""

    def adopt(self: Node, name: Any, then: Overlay, view: DatasetView) -> None:
        overlay = self.published.overlays.get(name)
        if overlay is not None and overlay.base is then.base:
            self.published = self.published.with_views({name: view})

    patch.setattr(Node, "adopt", adopt)


def older_snapshots_over_newer(patch: pytest.MonkeyPatch) -> None:
    """Whoever is slower counts."""

    def write(self: Keeping, view: DatasetView, sequence: int, extras: Extras) -> None:
        with self._storing:
            self._write(view, sequence, extras)

    patch.setattr(Keeping, "write", write)


def log_read_from_the_newest_snapshot(patch: pytest.MonkeyPatch) -> None:
    """What a dataset has after its own, older one is not done again."""
    read = ChangeLog.read
    tops: list[int] = []

    def meet(changes: ChangeLog, top: int) -> None:
        tops.append(top)
        meet_well(changes, top)

    meet_well = recovery._meet
    patch.setattr(recovery, "_meet", meet)
    patch.setattr(ChangeLog, "read", lambda self, after: read(self, max([after, *tops[-1:]])))


FOUND_BY_HISTORIES = (
    published_before_the_log,
    no_origin_in_the_log,
    repeats_forgotten_by_a_restart,
    snapshots_one_too_high,
    snapshots_one_too_low,
    log_cut_at_its_end,
    loads_marked_before_they_are_saved,
    extras_of_no_moment,
    extras_of_the_oldest_snapshot,
    changes_lost_while_a_view_is_made,
    log_read_from_the_newest_snapshot,
)


def a_load_without_room(folder: Path) -> None:
    """On a disk that fills up when it is in its snapshot, and not in the log."""
    with pytest.MonkeyPatch.context() as patch:
        one_by_one.test_a_load_is_taken_back_on_a_disk_without_room(folder, patch)


FOUND_BY_ONE: tuple[tuple[Bug, Callable[[Path], None]], ...] = (
    (failed_loads_left_there, a_load_without_room),
    (
        batches_without_effect_not_kept,
        one_by_one.test_what_is_known_of_a_batch_that_changed_nothing_is_not_cut_off,
    ),
    (older_snapshots_over_newer, one_by_one.test_a_snapshot_never_comes_after_that_of_a_later_load),
)
"""Those that need one order of things that seldom comes by chance."""


@pytest.mark.parametrize(("bug", "finds"), FOUND_BY_ONE)
def test_a_planted_bug_is_found_by_its_test(
    bug: Bug, finds: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which finds nothing without it."""
    bug(monkeypatch)

    with pytest.raises((AssertionError, KeyError, SnapshotCorrupt)):
        finds(tmp_path)


@pytest.mark.parametrize("bug", FOUND_BY_HISTORIES)
def test_a_planted_bug_is_found(bug: Bug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one of the histories that find nothing without it."""
    bug(monkeypatch)

    with pytest.raises(AssertionError, match=r"^seed [0-9]+$"):
        run_histories(tmp_path, range(SEEDS))
