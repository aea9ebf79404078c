"""Bugs to plant in the change log, one at a time: what a log may well get wrong."""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest

from indexer.log import change_log, faults, frame, rewriting, tail
from indexer.log.change_log import ChangeLog
from indexer.log.disk import Disk
from indexer.log.recovery import Recovered
from indexer.log.segment import SegmentWalk

Plant = Callable[[pytest.MonkeyPatch], None]


def nothing_is_synced(patch: pytest.MonkeyPatch) -> None:
    """Written is taken for durable."""
    patch.setattr(faults, "sync", lambda disk, handle: None)


def no_folder_is_synced(patch: pytest.MonkeyPatch) -> None:
    """A file is durable and has no name."""
    patch.setattr(faults, "sync_folder", lambda disk, folder: None)


def no_digest_is_compared(patch: pytest.MonkeyPatch) -> None:
    """A head is enough to be a frame."""
    patch.setattr(frame, "xxhash", SimpleNamespace(xxh3_64_intdigest=lambda data: 1))


def the_torn_tail_is_kept(patch: pytest.MonkeyPatch) -> None:
    """What is appended stands behind it."""

    def kept(self: ChangeLog, found: Recovered) -> None:
        if self._handle is not None:
            rest = self._disk.read(self._handle, 2**20, self._end).rstrip(b"\0")
            self._end += len(rest)

    patch.setattr(ChangeLog, "_settle", kept)


def the_torn_tail_is_written_over(patch: pytest.MonkeyPatch) -> None:
    """What is appended stands before what is left of it."""
    patch.setattr(ChangeLog, "_settle", lambda self, found: None)


def the_last_group_is_believed(patch: pytest.MonkeyPatch) -> None:
    """It can be read, so it is there; but the sync of the last process had failed."""

    def believed(self: ChangeLog, found: Recovered) -> None:
        if self._handle is not None:
            self._disk.truncate(self._handle, found.end)
            faults.sync(self._disk, self._handle)

    patch.setattr(ChangeLog, "_settle", believed)


def a_short_write_is_ignored(patch: pytest.MonkeyPatch) -> None:
    """As if all of it had been written."""
    patch.setattr(faults, "write", lambda disk, handle, data, at: disk.write(handle, data, at))


def a_short_write_is_left_there(patch: pytest.MonkeyPatch) -> None:
    """Refused, but its part stays in the file."""
    patch.setattr(ChangeLog, "_back_out", lambda self, handle: None)


def a_failed_sync_is_tried_again(patch: pytest.MonkeyPatch) -> None:
    """And the second one says that all is well."""

    def again(disk: Disk, handle: int) -> None:
        try:
            disk.sync(handle)
        except OSError:
            disk.sync(handle)

    patch.setattr(faults, "sync", again)


def poison_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """The log goes on after a failed sync."""
    forgotten = property(lambda self: False, lambda self, value: None)
    patch.setattr(ChangeLog, "_poisoned", forgotten, raising=False)


def acknowledged_before_it_is_written(patch: pytest.MonkeyPatch) -> None:
    """The group goes to the disk with the next one."""
    put = ChangeLog._put

    def late(self: ChangeLog, data: bytes) -> None:
        waiting: bytes = getattr(self, "_waiting", b"")
        self._end -= len(waiting)
        put(self, waiting)
        self._end += len(waiting)
        self._waiting = data  # type: ignore[attr-defined]  # a bug that is planted

    patch.setattr(ChangeLog, "_put", late)


def names_are_synced_once_for_a_cut(patch: pytest.MonkeyPatch) -> None:
    """So that a newer segment can be gone while an older one is there."""

    def at_once(self: ChangeLog, through: int) -> None:
        with self._writing():
            while len(self._firsts) > 1 and self._firsts[1] <= through + 1:
                self._disk.remove(self._path(self._firsts.pop(0)))
            faults.sync_folder(self._disk, self._folder)

    patch.setattr(ChangeLog, "cut", at_once)


def a_torn_group_is_damage(patch: pytest.MonkeyPatch) -> None:
    """Its last sectors are there and its first are not: the log refuses to open."""
    patch.setattr(tail, "_sector_lost", lambda gap, offset: False)


def the_rest_of_a_group_hides_the_next(patch: pytest.MonkeyPatch) -> None:
    """Only the first frame behind the damage is looked at."""
    frames = tail._whole_frames
    patch.setattr(tail, "_whole_frames", lambda rest, sequence: islice(frames(rest, sequence), 1))


def damage_is_a_torn_tail(patch: pytest.MonkeyPatch) -> None:
    """What was acknowledged behind it is cut off in silence."""
    patch.setattr("indexer.log.recovery.is_torn", lambda rest, offset, sequence: True)


def a_lost_bit_is_a_lost_sector(patch: pytest.MonkeyPatch) -> None:
    """Within the last group any damage passes for a torn tail."""
    patch.setattr(tail, "_sector_lost", lambda gap, offset: True)


def a_segment_has_its_name_before_it_is_whole(patch: pytest.MonkeyPatch) -> None:
    """It is made where it will be, and its name is all that is durable."""

    def in_place(path: Path) -> Path:
        return path

    patch.setattr(change_log, "building", in_place)


def rewritten_in_place(patch: pytest.MonkeyPatch) -> None:
    """The old segment is gone before the new one is whole."""
    patch.setattr(rewriting, "building", lambda path: path)


def rewritten_without_a_sync(patch: pytest.MonkeyPatch) -> None:
    """The new segment takes the name, and has nothing in it."""
    unsynced = SimpleNamespace(
        sync=lambda disk, handle: None, sync_folder=faults.sync_folder, write=faults.write
    )
    patch.setattr(rewriting, "faults", unsynced)


def a_rewritten_segment_stands_for_itself(patch: pytest.MonkeyPatch) -> None:
    """The next one follows something else."""
    patch.setattr(SegmentWalk, "end_chain", property(lambda self: self.chain))


PLANTED: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        nothing_is_synced,
        no_folder_is_synced,
        no_digest_is_compared,
        the_torn_tail_is_kept,
        the_torn_tail_is_written_over,
        the_last_group_is_believed,
        a_short_write_is_ignored,
        a_short_write_is_left_there,
        a_failed_sync_is_tried_again,
        poison_is_forgotten,
        acknowledged_before_it_is_written,
        names_are_synced_once_for_a_cut,
        a_torn_group_is_damage,
        the_rest_of_a_group_hides_the_next,
        damage_is_a_torn_tail,
        a_lost_bit_is_a_lost_sector,
        a_segment_has_its_name_before_it_is_whole,
        rewritten_in_place,
        rewritten_without_a_sync,
        a_rewritten_segment_stands_for_itself,
    )
}
