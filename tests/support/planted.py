"""Bugs to plant, one at a time: each is a place where an engine like this one may well be wrong."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from evaluator.condition import compile as compiling
from evaluator.condition import plans
from indexer.dataset import assembly, spans
from indexer.dataset.assembly import _Assembler
from indexer.dataset.forms import Row, row_of
from indexer.dataset.leaves import Leaves
from indexer.dataset.spans import Spans
from indexer.dataset.tables import Builder
from indexer.encoding import ranges
from indexer.kernels.run import CLEAR
from indexer.model.ids import FieldName
from indexer.plan.nodes import HasValue, Leaf, Minus, Or, Plan, Range, complement

Plant = Callable[[pytest.MonkeyPatch], None]


def cleared_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A group alone is taken as it is, though a leaf beside it has records to clear."""
    direct = _Assembler._direct

    def forgetful(self: _Assembler, steps: tuple[int, ...]) -> Any:
        sources, cleared, groups, empty = direct(self, steps)
        return sources, cleared if sources or len(groups) != 1 else [], groups, empty

    patch.setattr(_Assembler, "_direct", forgetful)


def nulls_are_left_out_of_a_complement(patch: pytest.MonkeyPatch) -> None:
    """As SQL has it."""

    def valued(plan: Plan) -> Plan:
        field = getattr(plan.lookup, "field", None) if isinstance(plan, Leaf) else None
        return complement(plan) if field is None else Minus(Leaf(HasValue(field)), plan)

    patch.setattr(compiling, "complement", valued)


def a_changed_field_is_taken_for_the_same(patch: pytest.MonkeyPatch) -> None:
    """What was remembered outlives what it was found in."""
    patch.setattr(Leaves, "version", lambda self, field: self._results.identity(field))


def a_range_is_known_by_the_ends_of_another_field(patch: pytest.MonkeyPatch) -> None:
    """So two ranges are one where the other field has no value between them."""
    snapped = Spans.snapped

    def mistaken(self: Spans, lookup: Any) -> Any:
        ends = (lookup.low, lookup.high) if isinstance(lookup, Range) else ("",)
        if all(isinstance(end, int | None) for end in ends):
            lookup = msgspec.structs.replace(lookup, field=FieldName("orders"))
        return snapped(self, lookup)

    patch.setattr(Spans, "snapped", mistaken)


def a_group_is_skipped_whoever_is_left(patch: pytest.MonkeyPatch) -> None:
    """The target is emptied instead of looked at."""
    patch.setattr(assembly, "SKIP", CLEAR)


def a_range_ends_one_value_off(patch: pytest.MonkeyPatch) -> None:
    """Its included end is left out, its excluded one is let in."""

    def off(lookup: Any, *, floats: bool) -> Any:
        bounds = ranges.bounds_of(lookup, floats=floats)
        moved = bounds is not None and isinstance(lookup, Range)
        return replace(bounds, high_after=not bounds.high_after) if moved and bounds else bounds

    patch.setattr(spans, "bounds_of", off)


def all_is_taken_for_any(patch: pytest.MonkeyPatch) -> None:
    """One member of ``has_all`` is enough."""
    patch.setattr(plans, "And", Or)


def the_edges_of_bins_are_let_in(patch: pytest.MonkeyPatch) -> None:
    """What lies between a bin's edge and the range's end is not cleared."""
    plain_leaf = Builder.plain_leaf
    patch.setattr(Builder, "plain_leaf", lambda self, form: (plain_leaf(self, form)[0], []))


def rare_values_are_lost_in_a_union(patch: pytest.MonkeyPatch) -> None:
    """Only values kept as words are joined."""
    united = Builder.united_leaf
    patch.setattr(Builder, "united_leaf", lambda self, form: (united(self, form)[0], []))


def the_dead_are_alive(patch: pytest.MonkeyPatch) -> None:
    """A complement reaches every place of a shard."""

    def everybody(self: Leaves) -> Row:
        return row_of([self.ones] * len(self.view.shards))

    patch.setattr(Leaves, "live", property(everybody))


PLANTED: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        cleared_is_forgotten,
        nulls_are_left_out_of_a_complement,
        a_changed_field_is_taken_for_the_same,
        a_range_is_known_by_the_ends_of_another_field,
        a_group_is_skipped_whoever_is_left,
        a_range_ends_one_value_off,
        all_is_taken_for_any,
        the_edges_of_bins_are_let_in,
        rare_values_are_lost_in_a_union,
        the_dead_are_alive,
    )
}
