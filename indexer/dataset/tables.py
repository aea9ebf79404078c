"""Tables of operations, put together: where words are, and what is done to them.

Knows forms and registers, no steps. A register that was taken is busy until it is given back.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.dataset.forms import EMPTY, Form, Patch, Row
from indexer.dataset.leaves import Leaves
from indexer.kernels.machine import AND, ANDNOT, OR, SET, SOURCES
from indexer.kernels.run import (
    CLEAR,
    GROUP,
    OPERATION_WIDTH,
    PATCH,
    SCAN,
    SCAN_WIDTH,
    WHOLE_INVERTED,
)

_ANY = (1 << SOURCES) - 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where a step's words are: a slot, or a register below 0; perhaps read inverted."""

    slot: int
    inverted: bool = False


@dataclass
class Tables:
    """See ``indexer.kernels.run``. ``known`` has the counts that need no pass, by output;
    ``inverted`` names the outputs whose count is to be taken from the live records. ``kept`` are
    the identities of sub-trees whose words are emitted to be remembered, by place after the first
    ``emitted`` ones. ``forms`` has the leaf forms by step.
    """

    operations: list[tuple[int, ...]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)
    scans: list[Any] = field(default_factory=list)
    outputs: int = 0
    registers: int = 0
    known: dict[int, int] = field(default_factory=dict)
    inverted: set[int] = field(default_factory=set)
    emitted: int = 0
    kept: list[int] = field(default_factory=list)
    forms: dict[int, Form] = field(default_factory=dict)


class Builder:
    """Adds to tables over one view's leaves."""

    def __init__(self, leaves: Leaves) -> None:
        self.tables = Tables()
        self._leaves = leaves
        self._free: list[int] = []
        self._busy: list[int] = []
        self._lasting: set[int] = set()
        self._live: Source | None = None
        self._nothing: Source | None = None

    @property
    def mark(self) -> int:
        """How many registers are busy, for ``settle``."""
        return len(self._busy)

    def settle(self, mark: int, source: Source, *, lasts: bool) -> None:
        """Give back the registers taken since the mark, but not the source's: that one is the
        caller's, or everybody's to the end if it ``lasts``.
        """
        register = -1 - source.slot if source.slot < 0 else None
        if lasts and register is not None:
            self._lasting.add(register)
        done, self._busy[mark:] = self._busy[mark:], []
        for taken in done:
            if taken == register and not lasts:
                self._busy.append(taken)
            elif taken not in self._lasting:
                self._free.append(taken)

    def union_of(self, sources: list[Source], gained: list[Patch]) -> Source:
        """Where any of the sources or the offsets are."""
        if not sources and not gained:
            return self.nothing_source()
        if len(sources) == 1 and not gained:
            return sources[0]
        target = self.take()
        self.unite(target, sources, gained)
        return Source(-1 - target)

    def united_leaf(self, form: Form) -> tuple[list[Source], list[Patch]]:
        """A leaf as sources to join by or, and what to set afterwards."""
        if form.less is None and not form.lost and form.scan is None and not form.parts:
            return [Source(self.slot(row)) for row in form.rows], list(form.gained)
        return [self.leaf(form)], []

    def plain_leaf(self, form: Form) -> tuple[list[Source], list[Patch]]:
        """A leaf as sources to join by and, and what to clear afterwards."""
        if form.gained or form.parts or form.scan is not None or len(form.rows) != 1:
            return [self.leaf(form)], []
        sources = [Source(self.slot(form.rows[0]))]
        if form.less is not None:
            sources.append(Source(self.slot(form.less), inverted=True))
        return sources, list(form.lost)

    def inverted_leaf(self, form: Form) -> tuple[list[Source], list[Patch]]:
        """A leaf's complement as sources to join by and, and what to clear afterwards."""
        if form.less is not None or form.lost or form.parts or form.scan is not None:
            return [Source(self.leaf(form).slot, inverted=True)], []
        return [Source(self.slot(row), inverted=True) for row in form.rows], list(form.gained)

    def leaf(self, form: Form) -> Source:
        """A leaf's words as they are, or in a register."""
        if form.parts:
            found = [self.united_leaf(part) for part in form.parts]
            sources = [source for part, _ in found for source in part]
            gained = [patch for _, part in found for patch in part]
            return self.union_of(sources, gained)
        mended = form.gained or form.lost or form.less is not None or form.scan is not None
        if len(form.rows) == 1 and not mended:
            return Source(self.slot(form.rows[0]))
        if form is EMPTY or not (form.rows or form.gained or form.scan):
            return self.nothing_source()
        target = self.take()
        if form.scan is not None:
            self.tables.scans.append(form.scan)
            self.add(SCAN, SET, target, place=len(self.tables.scans) - 1)
            self.group(AND, target, [Source(self.slot(form.scan.present))])
            return Source(-1 - target)
        rows = [Source(self.slot(row)) for row in form.rows]
        if form.less is not None:
            assert len(rows) == 1, form
            self.group(SET, target, [*rows, Source(self.slot(form.less), inverted=True)])
            self.patch(ANDNOT, target, form.lost)
            self.patch(OR, target, form.gained)
        else:
            self.unite(target, rows, [])
            self.patch(ANDNOT, target, form.lost)
            self.patch(OR, target, form.gained)
        return Source(-1 - target)

    def joined(self, sources: list[Source]) -> Source:
        """Where all sources are, in a register of its own."""
        if all(source.inverted for source in sources):
            sources = [self.live_source(), *sources]
        target = self.take()
        self.join(target, sources, [])
        return Source(-1 - target)

    def join(self, target: int, sources: list[Source], cleared: list[Patch]) -> None:
        """Put into the target where all sources are, less what is cleared."""
        # A complement must not come before the first of those that keep to the live records.
        ordered = sorted(sources[:], key=lambda source: source.inverted)
        first, rest = ordered[0], [each for each in sources if each is not ordered[0]]
        self.group(SET, target, [first, *rest[: SOURCES - 1]])
        self.patch(ANDNOT, target, cleared)
        for start in range(SOURCES - 1, len(rest), SOURCES):
            self.group(AND, target, rest[start : start + SOURCES])

    def unite(self, target: int, sources: list[Source], gained: list[Patch]) -> None:
        """Put into the target where any source is, and what is gained."""
        if not sources:
            self.add(CLEAR, SET, target)
        for start in range(0, len(sources), SOURCES):
            mode = OR if start else SET
            self.group(mode, target, sources[start : start + SOURCES], union=True)
        self.patch(OR, target, gained)

    def as_positive(self, source: Source) -> Source:
        """The source as words that are not to be inverted."""
        return Source(-1 - self.positive(source)) if source.inverted else source

    def positive(self, source: Source) -> int:
        """A register that has the source's words as they are meant."""
        if source.slot < 0 and not source.inverted:
            return -1 - source.slot
        target = self.take()
        live = [self.live_source()] if source.inverted else []
        self.group(SET, target, [*live, source])
        return target

    def group(
        self, mode: int, target: int, sources: list[Source], *, place: int = 0, union: bool = False
    ) -> None:
        """Join up to SOURCES sources by and, by or for a ``union``; see ``indexer.kernels.run``."""
        assert 0 < len(sources) <= SOURCES, len(sources)
        padded = [*sources, *[sources[-1]] * (SOURCES - len(sources))]
        inverted = sum(1 << k for k, source in enumerate(padded) if source.inverted)
        if union:
            inverted ^= _ANY | WHOLE_INVERTED
        slots = [source.slot for source in padded]
        self.add(GROUP, mode, target, slots, inverted, place)

    def patch(self, mode: int, target: int, patches: Any) -> None:
        """Set or clear the offsets of these patches in the target."""
        for patch in patches:
            self.tables.patches.append(patch)
            self.add(PATCH, mode, target, place=len(self.tables.patches) - 1)

    def add(
        self,
        code: int,
        mode: int,
        target: int,
        slots: list[int] | None = None,
        inverted: int = 0,
        place: int = 0,
    ) -> None:
        """One operation more."""
        self.tables.operations.append(
            (code, mode, target, *(slots or (0,) * SOURCES), inverted, place)
        )

    def slot(self, row: Row) -> int:
        """The row's place among the slots."""
        self.tables.rows.append(row)
        return len(self.tables.rows) - 1

    def live_source(self) -> Source:
        """The live records."""
        if self._live is None:
            self._live = Source(self.slot(self._leaves.live))
        return self._live

    def nothing_source(self) -> Source:
        """No record."""
        if self._nothing is None:
            self._nothing = Source(self.slot(self._leaves.nothing))
        return self._nothing

    def take(self) -> int:
        """A register, busy from now on."""
        if not self._free:
            self._free.append(self.tables.registers)
            self.tables.registers += 1
        self._busy.append(self._free.pop())
        return self._busy[-1]

    def owned(self, source: Source) -> bool:
        """Whether the source is a register that nobody else reads."""
        return source.slot < 0 and -1 - source.slot not in self._lasting

    def let_go(self, source: Source) -> None:
        """Give back the register of a step that was read for the only time."""
        register = -1 - source.slot
        if source.slot < 0 and register not in self._lasting:
            self._busy.remove(register)
            self._free.append(register)


def packed(tables: Tables, shards: int) -> tuple[npt.NDArray[Any], ...]:
    """Operations, slots, patches and scans as the kernel takes them."""
    operations = np.array(tables.operations, np.int64).reshape(-1, OPERATION_WIDTH)
    slots = np.empty((len(tables.rows), shards), np.uint64)
    for place, row in enumerate(tables.rows):
        slots[place] = row.addresses
    patches = np.empty((len(tables.patches), shards, 2), np.uint64)
    for place, patch in enumerate(tables.patches):
        patches[place] = patch.table
    scans = np.empty((len(tables.scans), shards, SCAN_WIDTH), np.uint64)
    for place, scan in enumerate(tables.scans):
        scans[place] = scan.table
    return operations, slots, patches, scans
