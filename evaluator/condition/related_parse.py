"""A condition on related records: its JSON to a RelatedTest, and every problem of its shape.

Whether there is such a dataset, link or field is ``check``'s part.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evaluator.condition.entry import Operator
from evaluator.condition.functions import COMPARISONS, FUNCTIONS, Function
from evaluator.condition.leaf import NODE_KEYS, read_comparison
from evaluator.condition.limits import ConditionLimits
from evaluator.condition.literal import Fault
from evaluator.condition.time_values import read_window
from evaluator.condition.tree import (
    AggregateOf,
    ChainOf,
    ChainStep,
    Condition,
    CountOf,
    Node,
    Operand,
    RelatedTest,
    Unread,
)
from evaluator.condition.windows import Window
from evaluator.condition.wording import did_you_mean
from indexer.model.errors import Problem

MEASURES = ("count", "aggregate", "sequence")
KEYS = frozenset({"related", "via", "where"}) | NODE_KEYS
"""What every condition on related records may have."""
ADDED_KEYS: Mapping[str, frozenset[str]] = {
    "count": frozenset({"count"}),
    "aggregate": frozenset({"aggregate", "op", "value", "order_by"}),
    "sequence": frozenset({"sequence", "order_by"}),
}
"""What each way to measure them adds."""
COMPARISON_KEYS = frozenset({"op", "value"})
AGGREGATE_KEYS = frozenset({"fn", "field", "order_by"})
STEP_KEYS = frozenset({"where", "within", "absent"})

EVERY_RECORD: Mapping[str, object] = {"all": []}
"""What a step without a condition is read as, so that it counts as a node too."""

ReadInside = Callable[[object, str], Condition]
"""Reads a condition below this one, at its path."""


def read_related(
    data: Mapping[str, object], node: Node, limits: ConditionLimits, inside: ReadInside
) -> tuple[RelatedTest | Unread, list[Problem]]:
    """The condition that ``data`` spells, and the problems of its shape.

    A measure that can't be read is left out, so that what is below is looked at all the same.
    """
    reader = _RelatedReader(data, node, limits, inside)
    name = data["related"]
    via = reader.name(data, "via", node) if "via" in data else None
    measure = reader.measure()
    where = inside(data["where"], f"{node.path}/where") if "where" in data else None
    if not isinstance(name, str):
        reader.report("bad_shape", "'related' is the name of a dataset")
        return Unread(node.path, node.id, node.note, None), reader.problems
    test = RelatedTest(node.path, node.id, node.note, name, via, where, measure)
    return test, reader.problems


@dataclass(slots=True)
class _RelatedReader:
    """Reads one part at a time; what is wrong goes to ``problems``."""

    data: Mapping[str, object]
    node: Node
    limits: ConditionLimits
    inside: ReadInside
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, message: str, at: Node | None = None) -> None:
        place = at or self.node
        self.problems.append(Problem(code, place.path, message, place.id))

    def below(self, step: str, above: Node | None = None) -> Node:
        """A part of the condition, as the place of a problem."""
        above = above or self.node
        return Node(f"{above.path}/{step}", self.node.id, None)

    def name(self, data: Mapping[str, object], key: str, at: Node) -> str | None:
        """The text under a key; anything else, or nothing, is reported."""
        value = data.get(key)
        if isinstance(value, str):
            return value
        self.report("bad_shape", f"'{key}' is missing or is not a name", at)
        return None

    def measure(self) -> CountOf | AggregateOf | ChainOf | None:
        kinds = [kind for kind in MEASURES if kind in self.data]
        allowed = KEYS.union(*(ADDED_KEYS[kind] for kind in kinds))
        if "sequence" in kinds:
            allowed -= {"where"}
        self.check_keys(self.data, allowed, "a condition on related records", self.node)
        match kinds:
            case []:
                return None
            case ["count"]:
                return self._count()
            case ["aggregate"]:
                return self._aggregate()
            case ["sequence"]:
                return self._chain()
            case _:
                message = "there is one of 'count', 'aggregate' and 'sequence', or none"
                self.report("bad_shape", message)
                return None

    def check_keys(
        self, data: Mapping[str, object], allowed: frozenset[str], what: str, at: Node
    ) -> None:
        """At most one problem of a stray key of ``what``."""
        stray = next((key for key in data if key not in allowed), None)
        if stray is not None:
            hint = did_you_mean(str(stray), sorted(allowed))
            self.report("bad_shape", f"{what} has no such key{hint}", at)

    def _count(self) -> CountOf | None:
        data, at = self.data["count"], self.below("count")
        if not isinstance(data, dict):
            self.report("bad_shape", 'a count is compared, like {"op": "gte", "value": 2}', at)
            return None
        self.check_keys(data, COMPARISON_KEYS, "a count", at)
        compared = self._comparison(data, at)
        return None if compared is None else CountOf(*compared)

    def _aggregate(self) -> AggregateOf | None:
        data, at = self.data["aggregate"], self.below("aggregate")
        compared = self._comparison(self.data, self.node)
        if not isinstance(data, dict):
            example = '{"fn": "sum", "field": "amount"}'
            self.report("bad_shape", f"an aggregate is a function of a field, like {example}", at)
            return None
        self.check_keys(data, AGGREGATE_KEYS, "an aggregate", at)
        function, name = self._function(data, at), self.name(data, "field", at)
        order_by, order_at = self._order(data, function)
        if function is None or name is None or compared is None:
            return None
        return AggregateOf(function, name, order_by, order_at.path, *compared)

    def _function(self, data: Mapping[str, object], at: Node) -> Function | None:
        key = self.name(data, "fn", at)
        function = None if key is None else FUNCTIONS.get(key)
        if key is not None and function is None:
            hint = did_you_mean(key, FUNCTIONS) or f": use one of {', '.join(FUNCTIONS)}"
            self.report("bad_value", f"there is no such function{hint}", self.below("fn", at))
        return function

    def _order(
        self, data: Mapping[str, object], function: Function | None
    ) -> tuple[str | None, Node]:
        """What an aggregate is ordered by, and where that is said: in it, or beside it."""
        at = self.below("aggregate")
        is_beside = "order_by" in self.data
        place = self.below("order_by") if is_beside else self.below("order_by", at)
        said = self.data if is_beside else data
        if function is None or (not function.in_order and "order_by" not in said):
            return None, place
        if not function.in_order:
            self.report("bad_shape", f"'order_by' has no meaning with '{function.key}'", place)
        elif "order_by" not in said:
            self.report("bad_shape", f"'{function.key}' needs a time field in 'order_by'", at)
        elif is_beside and "order_by" in data:
            self.report("bad_shape", "there is one 'order_by'", place)
        else:
            return self.name(said, "order_by", place), place
        return None, place

    def _comparison(self, data: Mapping[str, object], at: Node) -> tuple[Operator, Operand] | None:
        read = read_comparison(data, COMPARISONS, at, self.limits)
        if isinstance(read, list):
            self.problems += read
            return None
        return read

    def _chain(self) -> ChainOf | None:
        steps, at = self.data["sequence"], self.below("sequence")
        if "order_by" in self.data:
            order_by = self.name(self.data, "order_by", self.below("order_by"))
        else:
            order_by = None
            self.report("bad_shape", "a sequence needs a time field in 'order_by'")
        if not isinstance(steps, list) or not steps:
            self.report("bad_shape", "a sequence is a list of steps, at least one", at)
            return None
        if len(steps) > self.limits.sequence_steps_max:
            most = self.limits.sequence_steps_max
            self.report("too_many_values", f"a sequence has at most {most} steps", at)
            return None
        last = len(steps) - 1
        read = [
            self._step(data, self.below(str(place), at), is_first=place == 0, is_last=place == last)
            for place, data in enumerate(steps)
        ]
        return ChainOf(tuple(step for step in read if step is not None), order_by)

    def _step(self, data: object, at: Node, *, is_first: bool, is_last: bool) -> ChainStep | None:
        if not isinstance(data, dict):
            self.report("bad_shape", 'a step is like {"where": {"all": []}}', at)
            return None
        self.check_keys(data, STEP_KEYS, "a step", at)
        within = (
            self._window(data["within"], self.below("within", at)) if "within" in data else None
        )
        absent = data.get("absent", False)
        if is_first and "within" in data:
            self.report("bad_shape", "nothing is before the first step", self.below("within", at))
        if not isinstance(absent, bool):
            self.report("wrong_type", "'absent' is true or false", self.below("absent", at))
        elif absent and (is_first or not is_last):
            message = "only the last of several steps can be absent"
            self.report("bad_shape", message, self.below("absent", at))
        where = self.inside(data.get("where", EVERY_RECORD), f"{at.path}/where")
        return ChainStep(at.path, where, within, absent is True)

    def _window(self, value: object, at: Node) -> Window | None:
        read = read_window(value)
        if isinstance(read, Fault):
            self.report(read.code, f"'within' {read.message}", at)
            return None
        return read
