"""Plans for the same records in fewer and cheaper steps, and in one form for many spellings."""

from collections.abc import Callable, Container, Hashable, Sequence
from functools import lru_cache
from typing import Any

from indexer.model.ids import FieldName
from indexer.model.schema import FieldType, Schema
from indexer.model.switches import Switches
from indexer.plan.nodes import EVERYTHING, NOTHING, And, Leaf, Minus, Or, Plan
from indexer.plan.rules.absorb import absorb
from indexer.plan.rules.complement_pairs import complement_pairs
from indexer.plan.rules.double_complement import double_complement
from indexer.plan.rules.drop_duplicates import drop_duplicates
from indexer.plan.rules.flatten import flatten
from indexer.plan.rules.fold_constants import fold_constants
from indexer.plan.rules.gather_complements import gather_complements
from indexer.plan.rules.merge_values import merge_values
from indexer.plan.rules.minus_as_and import minus_as_and
from indexer.plan.rules.rule import Known, Rule
from indexer.plan.rules.split_complements import split_complements

RULES = (
    Rule(fold_constants, (Leaf, And, Or, Minus)),
    Rule(double_complement, (Minus,)),
    Rule(minus_as_and, (Minus,)),
    Rule(split_complements, (And,)),
    Rule(flatten, (And, Or)),
    Rule(drop_duplicates, (And, Or)),
    Rule(complement_pairs, (And, Or)),
    Rule(merge_values, (And, Or)),
    Rule(absorb, (And, Or)),
    Rule(gather_complements, (And, Or)),
)
"""In the order in which they look at a node; any order and any choice of them is right."""

RULE_CHOICES_MAX = 64
"""Choices of rules that are remembered sorted out; a process uses one."""

ByKind = dict[type[Plan], tuple[Callable[[Any, Known], Plan], ...]]

RULE_NAMES = frozenset(rule.name for rule in RULES)


def optimise(plans: Sequence[Plan], schema: Schema, switches: Switches) -> list[Plan]:
    """For each plan one with the same records; equal sub-plans are the same object.

    A plan that is asked for is kept whole in others, where its records can be read again. Cost:
    a few microseconds for each distinct node.
    """
    assert switches.rules_off <= RULE_NAMES, switches.rules_off
    off = switches.rules_off
    rules = tuple(rule for rule in RULES if rule.name not in off) if off else RULES

    def single_valued(name: FieldName) -> bool:
        field = schema.field(name)
        return field is not None and field.type is not FieldType.SET

    return apply_rules(plans, rules, single_valued)


def apply_rules(
    plans: Sequence[Plan], rules: Sequence[Rule], single_valued: Callable[[FieldName], bool]
) -> list[Plan]:
    """The plans after these rules, which look at every node from the leaves up.

    A node that a rule changes is looked at again, from the first rule on. That ends: a rule takes
    a node away, says minus by and, or moves a complement towards the root.
    """
    finisher = _Finisher(_by_kind(tuple(rules)), single_valued, frozenset(map(id, plans)))
    return [finisher.finish(plan) for plan in plans]


@lru_cache(maxsize=RULE_CHOICES_MAX)
def _by_kind(rules: tuple[Rule, ...]) -> ByKind:
    return {
        kind: tuple(rule.apply for rule in rules if kind in rule.kinds)
        for kind in (Leaf, And, Or, Minus)
    }


class _Finisher:
    """Finishes plans that may share sub-plans, as objects or as equals: each once."""

    def __init__(
        self,
        rules: ByKind,
        single_valued: Callable[[FieldName], bool],
        wanted: Container[int],
    ) -> None:
        self._rules = rules
        self._wanted = wanted
        self._asked: set[int] = set()
        self._known = Known(single_valued, self._asked)
        self._done: dict[int, Plan] = {}
        self._equals: dict[Hashable, Plan] = {}
        self._alive: list[Plan] = []
        for constant in (EVERYTHING, NOTHING):
            self._done[id(constant)] = self._equals[constant.lookup] = constant

    def finish(self, plan: Plan) -> Plan:
        """The plan that no rule changes, for the same records."""
        found = self._done.get(id(plan))
        if found is None:
            found = self._finished(plan)
            self._done[id(plan)] = self._done[id(found)] = found
            # An id must not become another's while it stands here.
            self._alive.append(plan)
        if id(plan) in self._wanted:
            self._asked.add(id(found))
        return found

    def _finished(self, plan: Plan) -> Plan:
        node, key = self._of_finished(plan)
        found = self._equals.get(key)
        if found is None:
            found = self._equals[key] = self._ruled(node)
        return found

    def _ruled(self, node: Plan) -> Plan:
        for apply in self._rules[type(node)]:
            changed = apply(node, self._known)
            if changed is not node:
                return self.finish(changed)
        return node

    def _of_finished(self, plan: Plan) -> tuple[Plan, Hashable]:
        """The node over finished children, and what it shares with equal ones."""
        # Asked by type: this is where a plan's time goes, and patterns take twice as long.
        if isinstance(plan, Leaf):
            return plan, plan.lookup
        if isinstance(plan, Minus):
            left, right = self.finish(plan.base), self.finish(plan.without)
            same = left is plan.base and right is plan.without
            return plan if same else Minus(left, right), (Minus, id(left), id(right))
        kind = type(plan)
        finished = tuple([self.finish(child) for child in plan.children])
        return kind(finished), (kind, *map(id, finished))
