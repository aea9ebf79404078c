"""The tree against a schema: every reason why it can't be evaluated.

A condition without problems compiles; ``compile`` may rely on everything that is checked here.
"""

from dataclasses import dataclass, field
from typing import assert_never

from evaluator.condition.limits import ConditionLimits
from evaluator.condition.literal import Fault, first_fault
from evaluator.condition.local_time import LocalTime
from evaluator.condition.operators import TIMES, ValueShape
from evaluator.condition.target import Target, home_of, target_of
from evaluator.condition.tree import (
    AllOf,
    AnyOf,
    Condition,
    FieldTest,
    Many,
    Muted,
    Node,
    Not,
    One,
    Operand,
    Span,
    Unread,
)
from evaluator.condition.windows import Window
from evaluator.condition.wording import did_you_mean, outermost_first, quoted
from indexer.model.errors import Problem
from indexer.model.ids import KEY_FIELD
from indexer.model.schema import Field, Schema


def check(condition: Condition, schema: Schema, limits: ConditionLimits) -> tuple[Problem, ...]:
    """All problems, outermost first; empty means the condition is valid.

    What is muted is not checked, and of an unread node only its field. At most one problem of
    a leaf is about its literals.
    """
    checker = _Checker(schema, home_of(schema), limits.name_comparisons_max)
    checker.walk(condition)
    return outermost_first(checker.problems)


@dataclass(slots=True)
class _Checker:
    schema: Schema
    home: LocalTime
    comparisons_left: int
    problems: list[Problem] = field(default_factory=list)

    def walk(self, condition: Condition) -> None:
        match condition:
            case AllOf(children=children) | AnyOf(children=children):
                for child in children:
                    self.walk(child)
            case Not(child=child):
                self.walk(child)
            case FieldTest():
                self._check_leaf(condition)
            case Unread(field=str(name)):
                self._find(condition, name)
            case Unread() | Muted():
                pass
            case _:
                assert_never(condition)

    def _check_leaf(self, leaf: FieldTest) -> None:
        found = self._find(leaf, leaf.field)
        if found is None:
            return
        operator = leaf.operator
        if found.type not in operator.types:
            message = f"'{leaf.field}' is of type {found.type}, which '{operator.key}' is not for"
            self._report(leaf, "operator_not_for_type", message)
            return
        is_timed = found.type in TIMES and operator.value is not ValueShape.NONE
        if leaf.zone is not None and not is_timed:
            message = f"'tz' has no meaning with '{leaf.field}' and '{operator.key}'"
            self._report(leaf, "bad_shape", message)
            return
        target = target_of(found, leaf.zone, self.schema, self.home)
        if target is None:
            self._report(leaf, "bad_zone", "'tz' is not the name of a time zone")
            return
        fault = _fault_in(leaf.operand, target)
        if fault is not None:
            self._report(leaf, fault.code, f"'{leaf.field}' {fault.message}")

    def _find(self, node: Node, name: str) -> Field | None:
        found = self.schema.field(name)
        if found is None:
            shown = quoted(name)
            named = "no field of this name" if shown is None else f"no field {shown}"
            message = f"{self.schema.name} has {named}{self._suggestion(name)}"
            self._report(node, "unknown_field", message)
        return found

    def _suggestion(self, name: str) -> str:
        # Comparing names is slow; a condition of 2,000 wrong ones must not take seconds.
        if self.comparisons_left <= 0:
            return ""
        known = [*(each.name for each in self.schema.fields), self.schema.key or KEY_FIELD]
        self.comparisons_left -= len(known)
        return did_you_mean(name, known)

    def _report(self, node: Node, code: str, message: str) -> None:
        self.problems.append(Problem(code, node.path, message, node.id))


def _fault_in(operand: Operand, target: Target) -> Fault | None:
    match operand:
        case One(literal):
            return first_fault((literal,), target)
        case Many(literals):
            return first_fault(literals, target)
        case Span(low, high):
            return first_fault((low, high), target)
        case Window() | None:
            return None
        case _:
            assert_never(operand)
