"""A condition that was held against a schema, with what was found for its nodes, by path."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from evaluator.condition.bind import Bound
from evaluator.condition.surroundings import Definition
from evaluator.condition.tree import Condition
from indexer.model.errors import Problem


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition, what is wrong with it, and what its good nodes mean, by path.

    ``operands`` are those of leaves on a field, ``segments`` what references stand for.
    """

    condition: Condition
    problems: tuple[Problem, ...]
    operands: Mapping[str, Bound]
    segments: Mapping[str, "Referenced"] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Referenced:
    """A segment's definition without problems: ``checked`` for a rule, None for a list.

    ``nodes``, ``depth`` and ``hops`` from dataset to dataset are those of its whole condition, what
    it refers to included.
    """

    definition: Definition
    checked: Checked | None
    nodes: int
    depth: int
    hops: int = 0
