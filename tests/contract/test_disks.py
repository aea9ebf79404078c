"""The disk of this machine and the one in memory are the same disk to the log."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.log.disk import Disk, OsDisk
from tests.support.simulated_disk import SimulatedDisk

Made = Callable[[], Disk]


@pytest.fixture(params=[OsDisk, SimulatedDisk])
def disk(request: pytest.FixtureRequest) -> Disk:
    """Each of them."""
    made: Made = request.param
    return made()


@pytest.fixture
def folder(tmp_path: Path, disk: Disk) -> Path:
    """One that wasn't there, nor the one around it."""
    made = tmp_path / "around" / "log"
    disk.make_folder(made)
    disk.make_folder(made)
    return made


def test_a_file_is_what_was_written_where(disk: Disk, folder: Path) -> None:
    """Zeros in between, and reading ends where the file does."""
    handle = disk.create(folder / "a")

    assert 3 == disk.write(handle, b"abc", 0)
    assert 2 == disk.write(handle, b"xy", 6)
    disk.sync(handle)

    assert [b"abc\0\0\0xy", b"c\0\0", b"y", b""] == [
        disk.read(handle, size, at) for size, at in ((100, 0), (3, 2), (9, 7), (5, 20))
    ]
    assert 8 == disk.size(folder / "a")


def test_room_is_zeros_and_never_less_than_there_was(disk: Disk, folder: Path) -> None:
    """What stood there stays."""
    handle = disk.create(folder / "a")
    disk.write(handle, b"abc", 0)

    disk.preallocate(handle, 1_000)
    disk.preallocate(handle, 10)

    assert b"abc" + bytes(997) == disk.read(handle, 2_000, 0)


def test_what_is_cut_off_comes_back_as_zeros(disk: Disk, folder: Path) -> None:
    """Shorter, then longer again."""
    handle = disk.create(folder / "a")
    disk.write(handle, b"abcdef", 0)

    disk.truncate(handle, 2)
    shorter = disk.size(folder / "a")
    disk.truncate(handle, 4)

    assert (2, b"ab\0\0") == (shorter, disk.read(handle, 10, 0))


def test_making_a_file_again_empties_it(disk: Disk, folder: Path) -> None:
    """Opening it does not."""
    handle = disk.create(folder / "a")
    disk.write(handle, b"abc", 0)
    disk.close(handle)

    opened = disk.open(folder / "a")
    kept = disk.read(opened, 10, 0)
    disk.close(opened)
    disk.close(disk.create(folder / "a"))

    assert (b"abc", 0) == (kept, disk.size(folder / "a"))


def test_a_file_takes_the_name_of_another(disk: Disk, folder: Path) -> None:
    """Whoever has it open goes on with it; the other one is gone."""
    handles = {}
    for name in "ab":
        handles[name] = disk.create(folder / name)
        disk.write(handles[name], name.encode(), 0)

    disk.rename(folder / "a", folder / "b")
    disk.write(handles["a"], b"!", 1)
    disk.sync_folder(folder)

    again = disk.open(folder / "b")
    assert ["b"] == disk.names(folder)
    assert b"a!" == disk.read(again, 10, 0)


def test_what_is_not_there_says_so(disk: Disk, folder: Path) -> None:
    """With the number that everybody knows."""
    disk.close(disk.create(folder / "a"))
    disk.remove(folder / "a")

    for call in (disk.open, disk.size, disk.remove):
        with pytest.raises(OSError, check=lambda error: error.errno == errno.ENOENT):
            call(folder / "a")
    assert [] == disk.names(folder)
