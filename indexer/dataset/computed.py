"""Records by formula fields that are not stored: those that need the time, or other datasets.

Such fields are computed for all records when somebody asks, in views that are thrown away, and
the lookups on them read there as if they were stored.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from indexer.dataset.aggregated import aggregate_vector
from indexer.dataset.formulas import Formulas, of_live
from indexer.dataset.given import Words
from indexer.dataset.keys import Ordinals
from indexer.dataset.marks import clear, mark
from indexer.dataset.memory import Memory
from indexer.dataset.near import Near, changes_identity, room_of
from indexer.dataset.shard import Shard
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import mask_of, offsets_of
from indexer.encoding.cells import AnyCells, column_of_cells, fresh_vocabulary
from indexer.formula.fields import formulas_of
from indexer.formula.tree import Aggregate, Apply, Tree, reads
from indexer.formula.vectors import Vector
from indexer.model.errors import BadShape, UnknownDataset, UnknownField
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, Schema
from indexer.plan.program import Find, Program, from_bytes
from indexer.plan.related import Computed, Followed, Linked, Related
from indexer.results import Identity


@dataclass(frozen=True)
class ComputedRecords:
    """The live records that satisfy a program over the dataset as it is at ``now``."""

    near: Near
    program: Program
    now: int

    @classmethod
    def of(cls, near: Near, lookup: Computed) -> "ComputedRecords":
        """Raises: UnknownField, BadShape."""
        try:
            program = from_bytes(lookup.where)
        except ValueError:
            raise BadShape("the `where` of a lookup is no program") from None
        finds = [step.lookup for step in program.steps if isinstance(step, Find)]
        if len(program.outputs) != 1 or any(
            isinstance(each, Related | Linked | Followed | Computed) for each in finds
        ):
            raise BadShape("the `where` of a computed lookup is about one dataset's own fields")
        return cls(near, program, lookup.now)

    def identity(self, memory: Memory) -> Identity:
        """What tells the answer apart from all others."""
        overlay, name = self.near.overlay, self.near.overlay.schema.name
        around = [self._neighbours[each] for each in self._others]
        return memory.step((
            "computed", self.program, self.now,
            memory.version((name, "base"), (overlay.base,)), changes_identity(overlay, memory),
            *(memory.version((far.name, "schema"), (far,)) for far in around),
            *(self._state(memory, each) for each in self._others),
        ))  # fmt: skip

    def words(self) -> Words:
        """Who they are now, over all ordinals. Cost: the formulas, for every record."""
        overlay, room = self.near.overlay, room_of(self.near.overlay)
        words = np.zeros((room.shards, room.row), np.uint64)
        for shard, offsets in self._members(overlay.base, None):
            mark(words, offsets + (shard << room.bits), room.bits)
        clear(words, overlay.replaced, room.bits)
        if len(overlay.after):
            view = overlay.after.view
            for chunk, offsets in self._members(view, overlay.after.ordinals):
                numbers = offsets + (chunk << view.shard_bits)
                ordinals = overlay.after.ordinals[numbers]
                mark(words, ordinals[overlay.states_of(ordinals) == numbers], room.bits)
        return words

    def _members(
        self, view: DatasetView, ordinals: Ordinals | None
    ) -> Iterator[tuple[int, Ordinals]]:
        """The records of a view that satisfy the program, by shard."""
        if not view.shards:
            return
        shadow = self._shadow(view, ordinals)
        for shard, bitmap in shadow.members(self.program).items():
            yield shard, offsets_of(bitmap)

    def _shadow(self, view: DatasetView, ordinals: Ordinals | None) -> DatasetView:
        """The view with the fields that are needed in it.

        ``ordinals`` has those of its places, None where the places are ordinals themselves.
        """
        formulas = self._formulas
        own = {each.field.name: fresh_vocabulary(each.field) for each in formulas.all}
        shadow = replace(view, schema=formulas.schema, vocabularies={**view.vocabularies, **own})
        shards = []
        for shard in view.shards:
            places = np.arange(shard.size) + (shard.id << view.shard_bits)
            whose = places if ordinals is None else ordinals[places]
            shards.append(_with_computed(shadow, shard, formulas, _Asking(self, whose)))
        return replace(shadow, shards=tuple(shards))

    @cached_property
    def _neighbours(self) -> "_Neighbours":
        return _Neighbours(self.near)

    @cached_property
    def _formulas(self) -> Formulas:
        """The fields to compute, each after those that it needs."""
        schema = self.near.overlay.schema
        all_ = [each for each in formulas_of(schema, self._neighbours) if not each.field.stored]
        wanted = _named(self.program)
        kept = []
        for each in reversed(all_):
            if each.field.name in wanted:
                kept.append(each)
                wanted |= reads(each.tree)
        kept.reverse()
        missing = {
            field.name for field in schema.fields if not field.stored and field.name in wanted
        } - {each.field.name for each in kept}
        for name in sorted(missing):
            raise UnknownField(f"field {name!r} can't be computed: what it needs is not there")
        typed = {each.field.name: replace(each.field, stored=True) for each in kept}
        fields = tuple(typed.get(field.name, field) for field in schema.fields)
        return Formulas(replace(schema, fields=fields), tuple(kept))

    @cached_property
    def _aggregates(self) -> tuple[Aggregate, ...]:
        found = (each for formula in self._formulas.all for each in _aggregates(formula.tree))
        return tuple(dict.fromkeys(found))

    @cached_property
    def _others(self) -> tuple[DatasetName, ...]:
        """The datasets that the formulas are about."""
        return tuple(sorted({each.dataset for each in self._aggregates}))

    @cached_property
    def _found(self) -> dict[Aggregate, Vector]:
        return {}

    def aggregate(self, aggregate: Aggregate) -> Vector:
        """What it is for every ordinal there is now."""
        if aggregate not in self._found:
            self._found[aggregate] = aggregate_vector(
                self.near, self.near.neighbour(aggregate.dataset), aggregate
            )
        return self._found[aggregate]

    def _state(self, memory: Memory, name: DatasetName) -> Identity:
        overlay = self.near.neighbour(name).overlay
        base = memory.version((name, "base"), (overlay.base,))
        return memory.step((name, base, changes_identity(overlay, memory)))


@dataclass(frozen=True)
class _Asking:
    """What some records are given by the moment they are asked about."""

    computed: ComputedRecords
    whose: Ordinals

    @property
    def now(self) -> int:
        return self.computed.now

    def aggregate(self, aggregate: Aggregate) -> Vector:
        """What it is for these records."""
        found = self.computed.aggregate(aggregate)
        return replace(found, data=found.data[self.whose], filled=found.filled[self.whose])


class _Neighbours(Mapping[DatasetName, Schema]):
    """The schemas of the datasets around one, by name; those that are asked for."""

    def __init__(self, near: Near) -> None:
        self._near = near

    def __getitem__(self, name: DatasetName) -> Schema:
        if name == self._near.overlay.schema.name:
            return self._near.overlay.schema
        try:
            return self._near.neighbour(name).overlay.schema
        except UnknownDataset:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[DatasetName]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _with_computed(shadow: DatasetView, shard: Shard, formulas: Formulas, asking: _Asking) -> Shard:
    def cells_of_field(name: FieldName) -> AnyCells:
        column: Any = shard.columns[name]
        cells: AnyCells = column.all_cells()
        return cells

    fields: dict[FieldName, Field] = {each.field.name: each.field for each in formulas.all}
    live = mask_of(shard.live, shard.size)
    cells = formulas.cells(
        cells_of_field, shard.keys.all(), shadow.vocabularies,
        now=asking.now, aggregate=asking.aggregate,
    )  # fmt: skip
    columns = {
        name: column_of_cells(
            fields[name], of_live(part, live), shadow.vocabularies[name], bitmaps_max=0
        )
        for name, part in cells.items()
    }
    return replace(shard, columns={**shard.columns, **columns})


def _named(program: Program) -> frozenset[FieldName]:
    """The fields that its lookups are about."""
    lookups = [step.lookup for step in program.steps if isinstance(step, Find)]
    names = (getattr(each, part, None) for each in lookups for part in ("field", "other"))
    return frozenset(FieldName(name) for name in names if isinstance(name, str))


def _aggregates(tree: Tree) -> Collection[Aggregate]:
    match tree:
        case Aggregate():
            return (tree,)
        case Apply(arguments=arguments):
            return [each for argument in arguments for each in _aggregates(argument)]
        case _:
            return ()
