"""Plans for the same records in fewer and cheaper steps, and in one form for many spellings."""

from collections.abc import Callable, Container, Hashable, Sequence
from typing import assert_never

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

RULES: tuple[Rule, ...] = (
    fold_constants,
    double_complement,
    minus_as_and,
    split_complements,
    flatten,
    drop_duplicates,
    complement_pairs,
    merge_values,
    absorb,
    gather_complements,
)
"""In the order in which they look at a node; any order and any choice of them is right."""

RULE_NAMES = frozenset(rule.__name__ for rule in RULES)


def optimise(plans: Sequence[Plan], schema: Schema, switches: Switches) -> list[Plan]:
    """For each plan one with the same records; equal sub-plans are the same object.

    A plan that is asked for is kept whole in others, where its records can be read again. Cost:
    a few microseconds for each distinct node.
    """
    assert switches.rules_off <= RULE_NAMES, switches.rules_off
    rules = tuple(rule for rule in RULES if rule.__name__ not in switches.rules_off)

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
    finisher = _Finisher(rules, single_valued, frozenset(map(id, plans)))
    return [finisher.finish(plan) for plan in plans]


class _Finisher:
    """Finishes plans that may share sub-plans, as objects or as equals: each once."""

    def __init__(
        self,
        rules: Sequence[Rule],
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
        for rule in self._rules:
            changed = rule(node, self._known)
            if changed is not node:
                return self.finish(changed)
        return node

    def _of_finished(self, plan: Plan) -> tuple[Plan, Hashable]:
        """The node over finished children, and what it shares with equal ones."""
        match plan:
            case Leaf(lookup):
                return plan, lookup
            case And(children) | Or(children):
                finished = tuple([self.finish(child) for child in children])
                return type(plan)(finished), (type(plan), *map(id, finished))
            case Minus(base, without):
                left, right = self.finish(base), self.finish(without)
                return Minus(left, right), (Minus, id(left), id(right))
            case _:
                assert_never(plan)
