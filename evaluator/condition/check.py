"""The tree against a schema: every reason why it can't be evaluated.

A condition without problems compiles; ``compile`` may rely on everything that is checked here,
and finds every literal read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import assert_never

from evaluator.condition.bind import Bound, Sibling, bind
from evaluator.condition.checked import Checked, Referenced
from evaluator.condition.entry import TIMES, ValueShape
from evaluator.condition.joins import join_of
from evaluator.condition.limits import ConditionLimits
from evaluator.condition.literal import FAMILIES, TEXT_TYPES, Fault
from evaluator.condition.local_time import LocalTime
from evaluator.condition.measures import bind_aggregate, bind_count, misuse
from evaluator.condition.number import Point
from evaluator.condition.parse import parse
from evaluator.condition.pattern import PATTERN_CHARS_MAX, pattern_fault, pattern_steps
from evaluator.condition.references import References
from evaluator.condition.surroundings import ALONE, Surroundings
from evaluator.condition.target import Target, home_of, is_undecided, target_of
from evaluator.condition.tree import (
    AggregateOf,
    AllOf,
    AnyOf,
    ChainOf,
    Condition,
    CountOf,
    FieldTest,
    Muted,
    Node,
    Not,
    Other,
    RelatedTest,
    SegmentTest,
    Unread,
    wheres_of,
)
from evaluator.condition.wording import did_you_mean, outermost_first, quoted
from indexer.model.errors import Problem
from indexer.model.ids import KEY_FIELD
from indexer.model.schema import Field, Schema


def check(
    condition: Condition,
    schema: Schema,
    limits: ConditionLimits,
    around: Surroundings = ALONE,
    references: References | None = None,
) -> Checked:
    """All problems, outermost first; none means the condition is valid.

    What is muted is not checked, and of an unread node only its field. At most one problem of
    a leaf is about its literals. Conditions that are parts of one share its ``references``.
    Cost: about a microsecond for each literal of a long list.
    """
    checker = _Checker(
        schema,
        around,
        home_of(schema),
        references or References(limits, partial(_read, limits)),
        limits,
        limits.name_comparisons_max,
        limits.pattern_steps_max,
    )
    checker.walk(condition)
    problems = outermost_first(checker.problems)
    return Checked(condition, problems, checker.operands, checker.segments)


def _read(
    limits: ConditionLimits,
    data: object,
    schema: Schema,
    around: Surroundings,
    references: References,
) -> Checked:
    """A definition that is referred to, with all of its problems."""
    parsed = parse(data, limits)
    checked = check(parsed.condition, schema, limits, around, references)
    return replace(checked, problems=outermost_first((*parsed.problems, *checked.problems)))


@dataclass(slots=True)
class _Checker:
    schema: Schema
    around: Surroundings
    home: LocalTime
    references: References
    limits: ConditionLimits
    comparisons_left: int
    steps_left: int
    hops: int = 0
    """Conditions on related records around the one at hand."""
    problems: list[Problem] = field(default_factory=list)
    operands: dict[str, Bound] = field(default_factory=dict)
    segments: dict[str, Referenced] = field(default_factory=dict)
    patterns: dict[str, Fault | None] = field(default_factory=dict)
    """What was found about each pattern so far."""

    def walk(self, condition: Condition) -> None:
        match condition:
            case AllOf(children=children) | AnyOf(children=children):
                for child in children:
                    self.walk(child)
            case Not(child=child):
                self.walk(child)
            case FieldTest():
                self._check_leaf(condition)
            case SegmentTest():
                self._check_reference(condition)
            case RelatedTest():
                self._check_related(condition)
            case Unread(field=str(name)):
                self._find(condition, name)
            case Unread() | Muted():
                pass
            case _:
                assert_never(condition)

    def _check_leaf(self, leaf: FieldTest) -> None:
        found = self._find(leaf, leaf.field)
        other = self._find(leaf, leaf.operand.field) if isinstance(leaf.operand, Other) else None
        if found is None or (isinstance(leaf.operand, Other) and other is None):
            return
        fault = _misuse(leaf, found)
        target = target_of(found, leaf.zone, self.schema, self.home)
        if fault is None and target is None:
            fault = Fault("bad_zone", "'tz' is not the name of a time zone")
        if fault is not None:
            self._report(leaf, fault.code, fault.message)
            return
        assert target is not None, leaf.path
        bound = bind(leaf, target) if other is None else self._sibling(target, other)
        if leaf.operator.is_pattern and isinstance(bound, Point):
            bound = self._pattern_fault(str(bound.first)) or bound
        if isinstance(bound, Fault):
            self._report(leaf, bound.code, f"'{leaf.field}' {bound.message}")
        else:
            self.operands[leaf.path] = bound

    def _check_reference(self, test: SegmentTest) -> None:
        referenced = self.references.follow(test, self.schema, self.around, self.hops)
        if isinstance(referenced, Fault):
            self._report(test, referenced.code, referenced.message)
        else:
            self.segments[test.path] = referenced

    def _check_related(self, test: RelatedTest) -> None:
        if test.dataset not in self.around.schemas:
            hint = self._suggestion(test.dataset, sorted(self.around.schemas))
            self._report(test, "unknown_dataset", f"there is no dataset of this name{hint}")
            return
        join = join_of(self.schema, test, self.around)
        if isinstance(join, Fault):
            self._report(test, join.code, join.message)
            return
        if self.hops == self.limits.hops_max:
            message = f"conditions on related records nest at most {self.hops} deep"
            self._report(test, "too_deep", message)
            return
        if join.leads and test.measure is not None:
            message = f"'{join.link.name}' leads to one record of {join.schema.name} at most"
            self._report(test, "bad_shape", f"{message}: there is only 'where' to ask of it")
        outer = self.schema, self.home
        self.schema, self.home, self.hops = join.schema, home_of(join.schema), self.hops + 1
        for where in wheres_of(test):
            self.walk(where)
        self._check_measure(test)
        (self.schema, self.home), self.hops = outer, self.hops - 1

    def _check_measure(self, test: RelatedTest) -> None:
        """What the related records are measured by; their dataset is the one at hand."""
        match test.measure:
            case None:
                return
            case CountOf():
                bound = bind_count(test, test.measure, self.home)
                self._note(test, f"{test.path}/count", "the number of records", bound)
            case AggregateOf(field=name, order_by=order_by, order_path=order_path):
                self._check_order(test, order_by, order_path)
                found = self._find(_at(test, f"{test.path}/aggregate/field"), name)
                fault = None if found is None else misuse(test.measure, found)
                if fault is not None:
                    self._report(_at(test, f"{test.path}/aggregate"), fault.code, fault.message)
                elif found is not None:
                    asked = (found, self.schema, self.home, self.limits)
                    bound = bind_aggregate(test, test.measure, *asked)
                    self._note(test, test.path, f"'{name}'", bound)
            case ChainOf(order_by=order_by):
                self._check_order(test, order_by, f"{test.path}/order_by")
            case _:
                assert_never(test.measure)

    def _check_order(self, test: RelatedTest, name: str | None, path: str) -> None:
        found = None if name is None else self._find(_at(test, path), name)
        if found is not None and found.type not in TIMES:
            message = f"'{name}' is of type {found.type}: records are put in order by a time"
            self._report(_at(test, path), "operator_not_for_type", message)

    def _note(self, test: RelatedTest, path: str, what: str, bound: Bound | Fault) -> None:
        if isinstance(bound, Fault):
            self._report(_at(test, path), bound.code, f"{what} {bound.message}")
        else:
            self.operands[test.path] = bound

    def _sibling(self, target: Target, other: Field) -> Sibling | Fault:
        ours, theirs = target.field.type, other.type
        undecided = is_undecided(other, self.schema)
        is_kin = any({ours, theirs} <= family for family in FAMILIES)
        if is_kin or undecided or target.undecided:
            return Sibling(other, undecided)
        return Fault("wrong_type", f"is of type {ours} and can't be compared with a {theirs}")

    def _pattern_fault(self, pattern: str) -> Fault | None:
        if pattern not in self.patterns:
            self.patterns[pattern] = self._fresh_pattern_fault(pattern)
        return self.patterns[pattern]

    def _fresh_pattern_fault(self, pattern: str) -> Fault | None:
        if len(pattern) > PATTERN_CHARS_MAX:
            longest = f"{PATTERN_CHARS_MAX:,} characters"
            return Fault("bad_pattern", f"is matched with a pattern of more than {longest}")
        self.steps_left -= pattern_steps(pattern)
        if self.steps_left < 0:
            return Fault("bad_pattern", "is matched with a pattern that repeats too much")
        return pattern_fault(pattern)

    def _find(self, node: Node, name: str) -> Field | None:
        found = self.schema.field(name)
        if found is None:
            shown = quoted(name)
            named = "no field of this name" if shown is None else f"no field {shown}"
            known = [*(each.name for each in self.schema.fields), self.schema.key or KEY_FIELD]
            message = f"{self.schema.name} has {named}{self._suggestion(name, known)}"
            self._report(node, "unknown_field", message)
        return found

    def _suggestion(self, name: str, known: Sequence[str]) -> str:
        # Comparing names is slow; a condition of 2,000 wrong ones must not take seconds.
        if self.comparisons_left <= 0:
            return ""
        self.comparisons_left -= len(known)
        return did_you_mean(name, known)

    def _report(self, node: Node, code: str, message: str) -> None:
        self.problems.append(Problem(code, node.path, message, node.id))


def _at(test: Node, path: str) -> Node:
    """A part of a node, as the place of a problem."""
    return Node(path, test.id, None)


def _misuse(leaf: FieldTest, found: Field) -> Fault | None:
    """Why the operator or an option can't be used with the field, whatever the value."""
    operator = leaf.operator
    suits = found.name == KEY_FIELD if operator.of_key else found.type in operator.types
    if not suits:
        about = "no key" if operator.of_key else f"of type {found.type}"
        message = f"'{leaf.field}' is {about}, which '{operator.key}' is not for"
        return Fault("operator_not_for_type", message)
    is_timed = found.type in TIMES and operator.value is not ValueShape.NONE
    for option, is_said, is_meant in (
        ("tz", leaf.zone is not None, is_timed),
        ("case_sensitive", leaf.case_sensitive is not None, found.type in TEXT_TYPES),
    ):
        if is_said and not is_meant:
            message = f"'{option}' has no meaning with '{leaf.field}' and '{operator.key}'"
            return Fault("bad_shape", message)
    return None
