"""What the references of a condition stand for, each definition read once however often it is used.

A reference stays one node: its definition has a tree of its own, with problems that are told at the
place of the reference.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from evaluator.condition.checked import Checked, Referenced
from evaluator.condition.limits import ConditionLimits
from evaluator.condition.literal import Fault
from evaluator.condition.segments import shown
from evaluator.condition.surroundings import Definition, Surroundings
from evaluator.condition.tree import (
    Condition,
    RelatedTest,
    SegmentTest,
    children_of,
    wheres_of,
)
from indexer.model.schema import Schema

Place = tuple[str, int]
"""A version of a segment."""
Read = Callable[[object, Schema, Surroundings, "References"], Checked]
"""Reads and checks decoded JSON."""


@dataclass(slots=True)
class _Size:
    """How large a condition is with all that its references stand for."""

    nodes: int = 0
    depth: int = 0
    hops: int = 0


@dataclass(slots=True)
class References:
    """Follows the references of one condition, through all definitions below it."""

    limits: ConditionLimits
    read: Read
    found: dict[Place, Referenced | Fault] = field(default_factory=dict)
    sizes: list[_Size] = field(default_factory=lambda: [_Size()])
    """Of what is being read, outermost first; of references only, while it lasts."""

    def follow(
        self, test: SegmentTest, schema: Schema, around: Surroundings, hops: int = 0
    ) -> Referenced | Fault:
        """What a reference in a condition over ``schema`` stands for, or why nothing.

        ``hops`` is how many conditions on related records are around it in its own condition.
        Cost: the first time, that of checking its definition.
        """
        definition = around.definitions.definition(test.segment, test.version)
        if definition is None:
            return _unknown(test, around)
        fault = self._misplaced(definition, schema, around)
        if fault is not None:
            return fault
        place = (definition.id, definition.version)
        if place not in self.found:
            self.found[place] = self._read(definition, schema, around)
        referenced = self.found[place]
        return referenced if isinstance(referenced, Fault) else self._sized(test, referenced, hops)

    def _misplaced(
        self, definition: Definition, schema: Schema, around: Surroundings
    ) -> Fault | None:
        name = shown(definition)
        if definition.dataset != schema.name:
            message = f"segment {name} is of {definition.dataset}, not of {schema.name}"
            return Fault("wrong_dataset", message)
        place = (definition.id, definition.version)
        within = [(each.id, each.version) for each in around.inside]
        if place in within:
            path = [*around.inside[within.index(place) :], definition]
            return Fault("circular_segment", " → ".join(each.name for each in path))
        if len(within) >= self.limits.segments_deep_max:
            message = f"segments refer to each other at most {self.limits.segments_deep_max} deep"
            return Fault("too_deep", message)
        return None

    def _read(
        self, definition: Definition, schema: Schema, around: Surroundings
    ) -> Referenced | Fault:
        if definition.keys is not None:
            return Referenced(definition, None, 1, 1)
        inside = replace(around, inside=(*around.inside, definition))
        self.sizes.append(_Size())
        checked = self.read(definition.condition, schema, inside, self)
        below = self.sizes.pop()
        if checked.problems:
            first = checked.problems[0]
            if first.code == "circular_segment":
                return Fault(first.code, first.message)
            message = f"segment {shown(definition)} can't be evaluated: {first.message}"
            return Fault(first.code, message)
        own = _size_of(checked.condition)
        return Referenced(
            definition,
            checked,
            own.nodes + below.nodes,
            max(own.depth, below.depth),
            max(own.hops, below.hops),
        )

    def _sized(self, test: SegmentTest, referenced: Referenced, hops: int) -> Referenced | Fault:
        size = self.sizes[-1]
        size.nodes += referenced.nodes
        size.depth = max(size.depth, _steps(test.path) + 1 + referenced.depth)
        size.hops = max(size.hops, hops + referenced.hops)
        if size.hops > self.limits.hops_max:
            most = f"{self.limits.hops_max}"
            message = f"with the segments they refer to, conditions take at most {most} hops"
            return Fault("too_deep", message)
        if size.nodes > self.limits.expanded_nodes_max:
            most = f"{self.limits.expanded_nodes_max:,}"
            message = f"with the segments it refers to, a condition has at most {most} nodes"
            return Fault("too_many_nodes", message)
        if size.depth > self.limits.expanded_depth_max:
            most = f"{self.limits.expanded_depth_max}"
            message = f"with the segments they refer to, conditions nest at most {most} deep"
            return Fault("too_deep", message)
        return referenced


def _unknown(test: SegmentTest, around: Surroundings) -> Fault:
    current = around.definitions.definition(test.segment, None)
    if current is None or test.version is None:
        return Fault("unknown_segment", "there is no segment of this id")
    return Fault("unknown_segment", f"segment {shown(current)} has no such version")


def _steps(path: str) -> int:
    """How many nodes there are above the one at this path."""
    return sum(not step.isdecimal() for step in path.split("/")[1:])


def _size_of(condition: Condition) -> _Size:
    """The nodes of a tree, how deep they nest, and over how many hops."""
    size = _Size(1)
    for child in _children(condition):
        inner = _size_of(child)
        size.nodes += inner.nodes
        size.depth, size.hops = max(size.depth, inner.depth), max(size.hops, inner.hops)
    size.depth += 1
    size.hops += isinstance(condition, RelatedTest)
    return size


def _children(condition: Condition) -> tuple[Condition, ...]:
    if isinstance(condition, RelatedTest):
        return wheres_of(condition)
    return children_of(condition)
