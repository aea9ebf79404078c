"""A disk in memory that loses power, fails and fills up, as its dice or its script say.

A file is what programs see and what the disk holds; sectors that were written and not synced may
or may not be there after a crash, and so may each change of a name and of a size. A failed sync
marks sectors clean without writing them, as Linux does. Sizes and names then stay to be synced:
file systems keep a journal of those.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SECTOR_BYTES = 512


class PowerCut(BaseException):
    """The machine is off. No ``except`` for faults may catch it."""


@dataclass(slots=True)
class _File:
    seen: bytearray = field(default_factory=bytearray)
    held: bytearray = field(default_factory=bytearray)
    dirty: set[int] = field(default_factory=set)

    def touch(self, start: int, end: int) -> None:
        self.dirty.update(range(start // SECTOR_BYTES, -(-end // SECTOR_BYTES)))

    def resize(self, size: int) -> None:
        # Sectors that end are zero if the file grows again, whatever the disk held there.
        before = len(self.seen)
        if size < before:
            self.touch(size, before)
            del self.seen[size:]
        else:
            self.touch(before, size)
            self.seen.extend(bytes(size - before))

    def flush(self) -> None:
        _fit(self.held, len(self.seen))
        for each in self.dirty:
            part = slice(each * SECTOR_BYTES, (each + 1) * SECTOR_BYTES)
            self.held[part] = self.seen[part]
        self.dirty.clear()

    def after_crash(self, dice: Random) -> None:
        low, high = sorted((len(self.held), len(self.seen)))
        size = dice.choice((low, high, dice.randint(low, high))) if low != high else low
        kept = [each for each in sorted(self.dirty) if dice.random() < 0.5]
        _fit(self.held, size)
        for each in kept:
            start = each * SECTOR_BYTES
            if start < size:
                new = bytes(self.seen[start : start + SECTOR_BYTES]).ljust(SECTOR_BYTES, b"\0")
                end = min(size, start + SECTOR_BYTES)
                self.held[start:end] = new[: end - start]
        self.seen[:] = self.held
        self.dirty.clear()


def _fit(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


@dataclass(frozen=True, slots=True)
class _Naming:
    """One change of names, durable as a whole or not at all."""

    gone: str | None = None
    there: str | None = None
    file: _File | None = None


class SimulatedDisk:
    """Files in memory. ``before(call)`` and ``after(call)`` may raise; ``short`` shortens writes.

    ``failed`` says whether a fault was raised since the last start. ``calls`` counts what could
    fail. ``cut_power`` leaves the disk as the next start finds it; ``restart`` is the end of a
    process alone.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.on = True
        self.failed = False
        self.before: Callable[[str], None] = lambda call: None
        self.after: Callable[[str], None] = lambda call: None
        self.short: Callable[[int], int] = lambda size: size
        self._files: dict[str, _File] = {}
        self._held: dict[str, _File] = {}
        self._namings: list[_Naming] = []
        self._open: dict[int, _File] = {}
        self._handles = 0

    def cut_power(self, dice: Random) -> None:
        """What was not synced is there or not; every open file is closed."""
        for each in self._namings:
            if dice.random() < 0.5:
                _rename(self._held, each)
        self._namings.clear()
        self._files = dict(self._held)
        for file in self._files.values():
            file.after_crash(dice)
        self.restart()

    def restart(self) -> None:
        """Another process, the same machine: what was written is still seen."""
        self._open.clear()
        self.on, self.failed = True, False
        self.heal()

    def heal(self) -> None:
        """Nothing fails from now on."""
        self.before = self.after = lambda call: None
        self.short = lambda size: size

    def content(self, path: Path) -> bytearray:
        """What is seen in a file, to look at or to damage."""
        return self._files[str(path)].seen

    def everything(self) -> bytes:
        """All that is seen in any file."""
        return b"".join(bytes(file.seen) for file in self._files.values())

    def make_folder(self, folder: Path) -> None:
        """Folders are always there."""
        self._enter("make_folder")

    def names(self, folder: Path) -> list[str]:
        """Those that are seen."""
        self._enter("names")
        return [Path(path).name for path in self._files if Path(path).parent == folder]

    def size(self, path: Path) -> int:
        """As it is seen."""
        self._enter("size")
        return len(self._named(path).seen)

    def create(self, path: Path) -> int:
        """Its name is to be synced."""
        self._enter("create")
        file = self._files.get(str(path))
        if file is None:
            file = _File()
            self._name(_Naming(there=str(path), file=file))
        file.resize(0)
        self._leave("create")
        return self._opened(file)

    def open(self, path: Path) -> int:
        """As it is seen."""
        self._enter("open")
        return self._opened(self._named(path))

    def close(self, handle: int) -> None:
        """Never fails, also without power."""
        self._open.pop(handle, None)

    def preallocate(self, handle: int, size: int) -> None:
        """The size is to be synced, and so are the zeros."""
        self._enter("preallocate")
        file = self._open[handle]
        if size > len(file.seen):
            file.resize(size)
        self._leave("preallocate")

    def write(self, handle: int, data: bytes, offset: int) -> int:
        """As much as ``short`` lets through."""
        self._enter("write")
        file = self._open[handle]
        size = self.short(len(data))
        self.failed |= size < len(data)
        if offset > len(file.seen):
            file.resize(offset)
        file.seen[offset : offset + size] = data[:size]
        file.touch(offset, offset + size)
        self._leave("write")
        return size

    def read(self, handle: int, size: int, offset: int) -> bytes:
        """As it is seen, durable or not."""
        self._enter("read")
        return bytes(self._open[handle].seen[offset : offset + size])

    def truncate(self, handle: int, size: int) -> None:
        """The size is to be synced."""
        self._enter("truncate")
        self._open[handle].resize(size)
        self._leave("truncate")

    def sync(self, handle: int) -> None:
        """If it fails, what was to be synced is forgotten."""
        file = self._open[handle] if self.on else _File()
        try:
            self._enter("sync")
        except OSError:
            file.dirty.clear()
            raise
        file.flush()
        self._leave("sync")

    def sync_folder(self, folder: Path) -> None:
        """All names at once."""
        self._enter("sync_folder")
        for each in self._namings:
            _rename(self._held, each)
        self._namings.clear()
        self._leave("sync_folder")

    def rename(self, old: Path, new: Path) -> None:
        """To be synced, as one thing."""
        self._enter("rename")
        self._name(_Naming(gone=str(old), there=str(new), file=self._named(old)))
        self._leave("rename")

    def remove(self, path: Path) -> None:
        """To be synced."""
        self._enter("remove")
        self._named(path)
        self._name(_Naming(gone=str(path)))
        self._leave("remove")

    def _enter(self, call: str) -> None:
        if not self.on:
            raise PowerCut
        self.calls += 1
        try:
            self.before(call)
        except PowerCut:
            self.on = False
            raise
        except OSError:
            self.failed = True
            raise

    def _leave(self, call: str) -> None:
        try:
            self.after(call)
        except PowerCut:
            self.on = False
            raise

    def _opened(self, file: _File) -> int:
        self._handles += 1
        self._open[self._handles] = file
        return self._handles

    def _named(self, path: Path) -> _File:
        if str(path) not in self._files:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return self._files[str(path)]

    def _name(self, naming: _Naming) -> None:
        _rename(self._files, naming)
        self._namings.append(naming)


def _rename(names: dict[str, _File], naming: _Naming) -> None:
    if naming.gone is not None:
        names.pop(naming.gone, None)
    if naming.there is not None and naming.file is not None:
        names[naming.there] = naming.file


def fault(code: int) -> OSError:
    """The error a disk gives."""
    return OSError(code, os.strerror(code))
