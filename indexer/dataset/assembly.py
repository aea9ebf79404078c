"""A program as tables for the kernel that runs it over every shard at once.

Steps become operations on registers, up to four sources at a time; a complement costs nothing
because a source can be read inverted; counts that are stored are not computed, groups that are
empty or everything by what is stored are not looked at. Nothing is evaluated here.
"""

from collections import Counter
from typing import assert_never

from indexer.dataset.forms import Form, Patch, form_of, rows_of
from indexer.dataset.given import NONE_GIVEN, Givens
from indexer.dataset.identities import Identities
from indexer.dataset.leaves import Leaves
from indexer.dataset.tables import Builder, Source, Tables
from indexer.kernels.machine import AND, OR, SET, SOURCES, TALLY, TALLY_AND
from indexer.kernels.run import COUNT, EMIT, SKIP
from indexer.model.deadline import check_deadline
from indexer.plan.nodes import Everything, Given
from indexer.plan.program import Every, Find, Program, Some, Without, children_of
from indexer.results import Identity

DEPTH_MAX = 50
"""Steps made within one another; programs from elsewhere may be deeper than conditions are."""


def assemble(
    program: Program,
    leaves: Leaves,
    identities: Identities | None,
    given: Givens = NONE_GIVEN,
    *,
    emit: bool,
) -> Tables:
    """Tables that count the program's outputs, or emit the words of its only one."""
    return _Assembler(program, leaves, identities, given).tables(emit=emit)


class _Assembler:
    def __init__(
        self, program: Program, leaves: Leaves, identities: Identities | None, given: Givens
    ) -> None:
        self._given = given
        self._steps = program.steps
        self._outputs = program.outputs
        self._leaves = leaves
        self._identities = identities
        self._records = leaves.view.records
        self._builder = Builder(leaves)
        self._tables = self._builder.tables
        self._worth: dict[int, Identity | None] = {}
        self._skipping = 0
        self._wanted = frozenset(program.outputs)
        self._made: dict[int, Source] = {}
        self._readers = Counter(child for step in self._steps for child in set(children_of(step)))
        self._cut()

    def _cut(self) -> None:
        """Count a reader more for a step now and then, so that no program is a deep recursion."""
        depths: list[int] = []
        for number, step in enumerate(self._steps):
            depth = 1 + max((depths[child] for child in children_of(step)), default=0)
            if depth == DEPTH_MAX:
                self._readers[number] += 2
                depth = 0
            depths.append(depth)

    def tables(self, *, emit: bool) -> Tables:
        wanted: dict[int, list[int]] = {}
        for place, output in enumerate(self._outputs):
            wanted.setdefault(output, []).append(place)
        self._tables.outputs = len(self._outputs)
        self._tables.emitted = 1 if emit else 0
        for number in range(len(self._steps)):
            places = wanted.get(number)
            if places is not None and emit:
                self._builder.add(EMIT, SET, self._builder.positive(self._source(number)))
            elif places is not None:
                self._count(number, places)
            elif self._readers[number] > 1:
                # What one group alone reads is made when that group gets to it, or never.
                self._source(number)
        return self._tables

    # ---- outputs ------------------------------------------------------------------------------

    def _count(self, number: int, places: list[int]) -> None:
        first, *others = places
        self._tables.known.update(dict.fromkeys(others, -1 - first))
        count = self._known(number)
        if count is not None:
            self._tables.known[first] = count
            return
        inverted, below = self._below(number)
        alone = not self._readers[number]
        if inverted and alone and self._readers[below] == 1 and below not in self._wanted:
            number = below
        else:
            inverted = False
        if alone:
            self._tally(number, first)
        else:
            source = self._source(number)
            inverted ^= source.inverted
            self._tally_of([Source(source.slot)], first)
        if inverted:
            self._tables.inverted.add(first)

    def _tally(self, number: int, place: int) -> None:
        """Count a step that nobody else reads, without writing its words where that can be."""
        step = self._steps[number]
        match step:
            case Every(steps):
                self._every(number, steps, place)
            case Some(steps):
                self._some(number, steps, place)
            case _:
                self._tally_of([self._source(number)], place)

    def _tally_of(self, sources: list[Source], place: int) -> None:
        if all(source.inverted for source in sources):
            sources = [self._builder.live_source(), *sources]
        self._builder.group(TALLY, 0, sources, place=place)

    def _known(self, number: int) -> int | None:
        inverted, below = self._below(number)
        if not isinstance(self._steps[below], Find):
            return None
        count = self._form(below).count
        return self._records - count if inverted and count is not None else count

    def _below(self, number: int) -> tuple[bool, int]:
        """The step that this one is, or is the complement of (then true)."""
        step, inverted = self._steps[number], False
        while isinstance(step, Without) and self._is_everything(step.base):
            number, inverted = step.without, not inverted
            step = self._steps[number]
        return inverted, number

    # ---- steps --------------------------------------------------------------------------------

    def _source(self, number: int) -> Source:
        """Where the step's words are. Of the registers it took, its own is left to the caller."""
        made = self._made.get(number)
        if made is not None:
            return made
        mark = self._builder.mark
        source = self._remembered(number) or self._made_of(number)
        lasts = self._readers[number] > 1 or number in self._wanted
        if lasts:
            self._made[number] = source
        self._builder.settle(mark, source, lasts=lasts)
        return source

    def _made_of(self, number: int) -> Source:
        step = self._steps[number]
        match step:
            case Find():
                return self._builder.leaf(self._form(number))
            case Every(steps):
                return self._every(number, steps)
            case Some(steps):
                return self._some(number, steps)
            case Without(base, without) if self._is_everything(base):
                inner = self._source(without)
                return Source(inner.slot, not inner.inverted)
            case Without(base, without):
                outer, inner = self._source(base), self._source(without)
                return self._builder.joined([outer, Source(inner.slot, not inner.inverted)])
            case _:
                assert_never(step)

    def _every(self, number: int, steps: tuple[int, ...], place: int | None = None) -> Source:
        """Leaves first, the rarest of them foremost; then groups, unless nothing is left."""
        sources, cleared, groups, empty = self._direct(steps)
        if empty:
            return self._ended(self._builder.nothing_source(), place)
        if len(sources) == 1 and not sources[0].inverted and not cleared and not groups:
            return self._ended(sources[0], place)
        if not sources and not cleared and len(groups) == 1:
            return self._ended(self._source(groups[0]), place)
        if not any(not source.inverted for source in sources):
            # Complements alone would reach beyond the live records.
            joined = [self._source(child) for child in groups]
            sources, groups = [*sources, *joined], []
            if all(source.inverted for source in sources):
                sources = [self._builder.live_source(), *sources]
        if place is not None and not cleared and not groups and len(sources) <= SOURCES:
            self._builder.group(TALLY, 0, sources, place=place)
            return sources[0]
        target = self._builder.take()
        last = sources[-SOURCES:] if not groups and place is not None and not cleared else []
        self._builder.join(target, sources[: len(sources) - len(last)], cleared)
        if groups:
            self._then(target, groups, place)
        elif place is not None and last:
            self._builder.group(TALLY_AND, target, last, place=place)
        elif place is not None:
            self._builder.add(COUNT, SET, target, place=place)
        source = Source(-1 - target)
        if place is None:
            self._remember(number, target)
        return source

    def _direct(self, steps: tuple[int, ...]) -> tuple[list[Source], list[Patch], list[int], bool]:
        """The sources that leaves are, patches to clear after them, the other steps, and whether
        a leaf is empty.
        """
        ranked: list[tuple[int, list[Source], list[Patch]]] = []
        groups: list[int] = []
        for child in steps:
            inverted, leaf = self._below(child)
            if child in self._made:
                ranked.append((self._records, [self._made[child]], []))
                continue
            if not isinstance(self._steps[leaf], Find):
                groups.append(child)
                continue
            form = self._form(leaf)
            count = form.count
            if count is not None:
                count = self._records - count if inverted else count
                if count == 0:
                    return [], [], [], True
                if count == self._records and len(steps) > 1:
                    continue
            found = (
                self._builder.inverted_leaf(form) if inverted else self._builder.plain_leaf(form)
            )
            ranked.append((self._records if count is None else count, *found))
        ranked.sort(key=lambda each: each[0])
        sources = [source for _, part, _ in ranked for source in part]
        cleared = [patch for _, _, part in ranked for patch in part]
        if not sources and not groups:
            sources = [self._builder.live_source()]
        return sources, cleared, groups, False

    def _then(self, target: int, groups: list[int], place: int | None) -> None:
        """The groups joined to the target, each only where something is left of it."""
        jumps = []
        # What is to be remembered has to be made whole, so before anything that goes to the end.
        ordered = sorted(groups, key=lambda child: self._identity(child) is None)
        for child in ordered:
            skips = self._identity(child) is None
            if skips:
                jumps.append(len(self._tables.operations))
                self._builder.add(SKIP, SET, target)
            self._skipping += skips
            source = self._source(child)
            self._skipping -= skips
            if place is not None and child == ordered[-1]:
                self._builder.group(TALLY_AND, target, [source], place=place)
            else:
                self._builder.group(AND, target, [source])
            self._builder.let_go(source)
        end = len(self._tables.operations)
        for at in jumps:
            self._tables.operations[at] = (*self._tables.operations[at][:-1], end)

    def _some(self, number: int, steps: tuple[int, ...], place: int | None = None) -> Source:
        sources: list[Source] = []
        gained: list[Patch] = []
        groups: list[int] = []
        for child in steps:
            inverted, leaf = self._below(child)
            if child in self._made:
                sources.append(self._builder.as_positive(self._made[child]))
            elif inverted or not isinstance(self._steps[leaf], Find):
                groups.append(child)
            else:
                form = self._form(leaf)
                if form.count == self._records:
                    return self._ended(self._builder.live_source(), place)
                rows, patches = self._builder.united_leaf(form)
                sources += rows
                gained += patches
        return self._union(number, sources, gained, groups, place)

    def _union(
        self,
        number: int,
        sources: list[Source],
        gained: list[Patch],
        groups: list[int],
        place: int | None,
    ) -> Source:
        if not sources and not gained and not groups:
            return self._ended(self._builder.nothing_source(), place)
        if len(sources) + len(groups) == 1 and not gained:
            only = sources[0] if sources else self._builder.as_positive(self._source(groups[0]))
            return self._ended(only, place)
        if place is not None and not gained and not groups and len(sources) <= SOURCES:
            self._builder.group(TALLY, 0, sources, place=place, union=True)
            return sources[0]
        target, groups = self._united(sources, gained, groups)
        for child in groups:
            source = self._builder.as_positive(self._source(child))
            self._builder.group(OR, target, [source], union=True)
            self._builder.let_go(source)
        if place is not None:
            self._builder.add(COUNT, SET, target, place=place)
        else:
            self._remember(number, target)
        return Source(-1 - target)

    def _united(
        self, sources: list[Source], gained: list[Patch], groups: list[int]
    ) -> tuple[int, list[int]]:
        """A register with the sources and what is gained, and the groups that are still to come."""
        if not sources and not gained:
            # The first group's own register will do.
            first = self._builder.as_positive(self._source(groups[0]))
            if self._builder.owned(first):
                return -1 - first.slot, groups[1:]
            sources, groups = [first], groups[1:]
        target = self._builder.take()
        self._builder.unite(target, sources, gained)
        return target, groups

    def _ended(self, source: Source, place: int | None) -> Source:
        if place is not None:
            self._tally_of([source], place)
        return source

    # ---- leaves -------------------------------------------------------------------------------

    def _form(self, number: int) -> Form:
        form = self._tables.forms.get(number)
        if form is None:
            step = self._steps[number]
            assert isinstance(step, Find), step
            check_deadline()
            if isinstance(step.lookup, Given):
                form = form_of(self._given[step.lookup.token])
            else:
                form = self._leaves.form(step.lookup)
            self._tables.forms[number] = form
        return form

    def _remembered(self, number: int) -> Source | None:
        if self._identities is None:
            return None
        words = self._identities.words(number)
        return None if words is None else Source(self._builder.slot(rows_of(words)))

    def _remember(self, number: int, target: int) -> None:
        """Have a group's words emitted to be kept, if it was asked before."""
        identity = self._identity(number)
        if identity is not None and not self._skipping:
            place = self._tables.emitted + len(self._tables.kept)
            self._tables.kept.append(identity)
            self._builder.add(EMIT, SET, target, place=place)

    def _identity(self, number: int) -> Identity | None:
        """Under which a group's words are worth keeping."""
        if self._identities is None:
            return None
        if number not in self._worth:
            self._worth[number] = self._identities.worth_keeping(number)
        return self._worth[number]

    def _is_everything(self, number: int) -> bool:
        return self._steps[number] == Find(Everything())
