"""Rules change how a plan is said and never what it finds."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.dataset.view import DatasetView
from indexer.model.ids import FieldName
from indexer.model.schema import Field, FieldType
from indexer.model.switches import Switches
from indexer.plan.nodes import And, Leaf, Or, Plan, complement
from indexer.plan.program import program_of, to_bytes
from indexer.plan.rules.optimise import RULE_NAMES, RULES, apply_rules, optimise
from tests.indexer.drawing import lookups, plans, schema_with
from tests.indexer.test_fused import SCHEMA, views
from tests.support.plan_text import plan_of, text_of

CASES = Path(__file__).parents[1] / "cases" / "rules"
TOGETHER = "all_rules"
NUMBERS = ("age", "size")
FIXTURE_FIELDS = (
    *(Field(FieldName(name), FieldType.INT) for name in NUMBERS),
    Field(FieldName("state"), FieldType.KEYWORD),
    Field(FieldName("tags"), FieldType.SET),
    *(Field(FieldName(name), FieldType.BOOL) for name in "abcdef"),
)
FIXTURES = schema_with("id", FieldType.INT, FIXTURE_FIELDS)


def cases() -> Iterator[Any]:
    """Every case of every file: the rule's name, what is given, what is expected."""
    for path in sorted(CASES.glob("*.txt")):
        for block in path.read_text().split("# title: ")[1:]:
            title, given_text, expected = (line.strip() for line in block.strip().split("\n"))
            yield pytest.param(path.stem, given_text, expected[3:], id=f"{path.stem}: {title}")


def only(name: str) -> Switches:
    """One rule, or all of them."""
    return Switches(rules_off=frozenset() if name == TOGETHER else RULE_NAMES - {name})


@pytest.mark.parametrize("rule, given_text, expected", list(cases()))
def test_a_rule_does_what_its_file_says(rule: str, given_text: str, expected: str) -> None:
    """Alone, with every other rule off."""
    (found,) = optimise([plan_of(given_text)], FIXTURES, only(rule))

    assert expected == text_of(found)
    assert plan_of(expected) == found


def test_every_rule_has_a_file() -> None:
    """Of its own name; and there is one for all of them together."""
    assert RULE_NAMES | {TOGETHER} == {path.stem for path in CASES.iterdir()}


def members(view: DatasetView, plan: Plan) -> list[list[int]]:
    """By the plain reading, bitmap by bitmap."""
    return [list(bitmap) for bitmap in view.members(program_of([plan])).values()]


@st.composite
def tangled(draw: Any) -> Plan:
    """Plans of few lookups, so that they meet their likes and their opposites."""
    pool = st.sampled_from(draw(st.lists(lookups(SCHEMA), min_size=1, max_size=5)))
    groups: st.SearchStrategy[Plan] = st.recursive(
        pool.map(Leaf),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4).map(lambda found: And(tuple(found))),
            st.lists(inner, max_size=4).map(lambda found: Or(tuple(found))),
            inner.map(complement),
        ),
        max_leaves=12,
    )
    found: Plan = draw(groups)
    return found


def single_valued(name: FieldName) -> bool:
    """Whether a record has at most one value in a field."""
    field = SCHEMA.field(name)
    return field is not None and field.type is not FieldType.SET


@settings(max_examples=400)
@given(
    view=views(),
    asked=st.lists(st.one_of(plans(SCHEMA), tangled()), min_size=1, max_size=3),
    rules=st.permutations(RULES).flatmap(
        lambda order: st.integers(1, len(order)).map(lambda size: order[:size])
    ),
)
def test_no_rule_changes_an_answer(
    view: DatasetView, asked: list[Plan], rules: Sequence[Any]
) -> None:
    """Any of them in any order, over records with nulls, sets and colliding values."""
    found = apply_rules(asked, rules, single_valued)

    assert [members(view, plan) for plan in asked] == [members(view, plan) for plan in found]


@settings(max_examples=200)
@given(view=views(), plan=tangled())
def test_all_rules_change_no_answer_of_any_node(view: DatasetView, plan: Plan) -> None:
    """With every node asked for, as the builder does."""
    nodes = list(nodes_of(plan))

    found = optimise(nodes, SCHEMA, Switches())

    assert [members(view, node) for node in nodes] == [members(view, node) for node in found]


@settings(max_examples=200)
@given(asked=st.lists(tangled(), min_size=1, max_size=3))
def test_a_finished_plan_stays(asked: list[Plan]) -> None:
    """The rules find nothing more to do, so equal bytes stay equal."""
    once = [optimise([plan], SCHEMA, Switches())[0] for plan in asked]

    again = [optimise([plan], SCHEMA, Switches())[0] for plan in once]

    assert once == again


def test_without_rules_plans_stay() -> None:
    """Each has a switch."""
    plan = plan_of("and(and(a), not(not(b)), minus(c, none), age in {1})")

    assert [plan] == optimise([plan], FIXTURES, Switches(rules_off=RULE_NAMES))


def test_an_unknown_switch_is_our_mistake() -> None:
    """A rule that was renamed must not be on by accident."""
    with pytest.raises(AssertionError, match="hurry"):
        optimise([plan_of("a")], FIXTURES, Switches(rules_off=frozenset({"hurry"})))


PARTS = ("and(a, b)", "or(d, e)")


def test_a_part_that_is_asked_for_is_read_again() -> None:
    """Its records are there anyway: and(a, b) is counted, and then joined with c."""
    whole = plan_of("and(and(a, b), c, not(or(d, e)))")
    pair, either = [part for part in nodes_of(whole) if text_of(part) in PARTS]

    found = optimise([whole, pair, either], FIXTURES, Switches())

    assert "and(and(a, b), c, not(or(d, e)))" == text_of(found[0])
    assert "and(a, b, c, not(d), not(e))" == text_of(optimise([whole], FIXTURES, Switches())[0])


def test_equal_plans_become_one() -> None:
    """As objects, so that a program is made of them at once, and its bytes are the same."""
    spellings = ["and(a, not(or(b, c)))", "minus(a, or(b, c))", "and(a, and(not(b), not(c)))"]

    found = optimise([plan_of(text) for text in spellings], FIXTURES, Switches())
    apart = {
        to_bytes(program_of(optimise([plan_of(text)], FIXTURES, Switches()))) for text in spellings
    }

    assert 1 == len(apart)
    assert 1 == len({id(plan) for plan in found})


@pytest.mark.parametrize("depth", [1, 32, 64])
def test_a_deep_plan_that_doubles_is_walked_once(depth: int) -> None:
    """Sub-plans that are shared are finished once, or this would take for ever."""
    plan: Plan = Or((plan_of("a"), plan_of("not(b)")))
    for level in range(depth):
        plan = And((plan, complement(plan), plan_of("c"))) if level % 2 else Or((plan, plan))

    (found,) = optimise([plan], FIXTURES, Switches(rules_off=frozenset({"complement_pairs"})))

    assert len(program_of([found]).steps) < 10 * depth + 10


def test_optimising_many_nodes(benchmark: Any) -> None:
    """Two thousand lookups in groups of ten."""
    groups = [
        Or(tuple(plan_of(f"age = {10 * group + place}") for place in range(10)))
        for group in range(200)
    ]

    (found,) = benchmark(optimise, [And(tuple(groups))], FIXTURES, Switches())

    assert "none" == text_of(found)


def nodes_of(plan: Plan) -> Iterator[Plan]:
    """The plan and all its parts."""
    yield plan
    match plan:
        case And(children) | Or(children):
            for child in children:
                yield from nodes_of(child)
        case Leaf():
            return
        case _:
            yield from nodes_of(plan.base)
            yield from nodes_of(plan.without)
