"""Laws that hold for any condition over any records, whatever the right count is."""

from typing import Any

from hypothesis import given, settings

from tests.spec.test_oracles_agree import ask
from tests.support.strategies import Questions, World, questions
from tests.support.wire import to_json

Json = Any

EXAMPLES = 60
MORE: list[Json] = [
    {"field": "orders", "op": "gte", "value": 1},
    {"not": {"field": "state", "op": "is", "value": "a"}},
    {"field": "tags", "op": "has_any", "value": ["b"]},
]
"""Conditions for laws of two and three, where fewer were drawn."""


@settings(max_examples=EXAMPLES)
@given(questions())
def test_a_condition_and_its_negation_make_a_whole(asked: Questions) -> None:
    """Nobody is in both, nobody in neither; null is no third answer."""
    for condition in heard(asked):
        inside, outside = counts(asked.world, condition, {"not": condition})

        assert len(asked.world.rows) == inside + outside


@settings(max_examples=EXAMPLES)
@given(questions())
def test_two_negations_are_none(asked: Questions) -> None:
    """Also around what null makes of a leaf."""
    for condition in heard(asked):
        once, thrice = counts(asked.world, condition, {"not": {"not": condition}})

        assert once == thrice


@settings(max_examples=EXAMPLES)
@given(questions())
def test_not_any_is_all_not(asked: Questions) -> None:
    """De Morgan's first law, over all the conditions drawn."""
    one, other = counts(
        asked.world,
        {"not": {"any": asked.conditions}},
        {"all": [{"not": each} for each in heard(asked)]},
    )

    assert one == other


@settings(max_examples=EXAMPLES)
@given(questions())
def test_not_all_is_any_not(asked: Questions) -> None:
    """De Morgan's second law."""
    one, other = counts(
        asked.world,
        {"not": {"all": asked.conditions}},
        {"any": [{"not": each} for each in heard(asked)]},
    )

    assert one == other


@settings(max_examples=EXAMPLES)
@given(questions())
def test_order_and_repetition_do_not_matter(asked: Questions) -> None:
    """A group is a set of conditions."""
    turned = [*reversed(asked.conditions), *asked.conditions]

    one, other, third, fourth = counts(
        asked.world,
        {"all": asked.conditions},
        {"all": turned},
        {"any": asked.conditions},
        {"any": turned},
    )

    assert (one, third) == (other, fourth)


@settings(max_examples=EXAMPLES)
@given(questions())
def test_muting_is_leaving_out(asked: Questions) -> None:
    """A muted child is as if it were not there."""
    first, rest = asked.conditions[0], asked.conditions[1:]

    one, other, third, fourth = counts(
        asked.world,
        {"all": [{**first, "muted": True}, *rest]},
        {"all": rest},
        {"any": [{**first, "muted": True}, *rest]},
        {"any": rest},
    )

    assert (one, third) == (other, fourth)


@settings(max_examples=EXAMPLES)
@given(questions())
def test_both_and_either_add_up(asked: Questions) -> None:
    """|A| + |B| = |A and B| + |A or B|."""
    known = [*heard(asked), {"all": asked.conditions}]
    one, other = known[0], known[-1]

    first, second, both, either = counts(
        asked.world, one, other, {"all": [one, other]}, {"any": [one, other]}
    )

    assert first + second == both + either


@settings(max_examples=EXAMPLES)
@given(questions())
def test_three_add_up_by_inclusion_and_exclusion(asked: Questions) -> None:
    """|A or B or C| is the singles, less the pairs, plus all three."""
    one, two, three = ([*heard(asked), *MORE])[:3]
    pairs: list[Json] = [{"all": [one, two]}, {"all": [one, three]}, {"all": [two, three]}]

    either, first, second, third, *both, every = counts(
        asked.world, {"any": [one, two, three]}, one, two, three, *pairs, {"all": [one, two, three]}
    )

    assert either == first + second + third - sum(both) + every


@settings(max_examples=EXAMPLES)
@given(questions())
def test_what_is_contained_adds_nothing(asked: Questions) -> None:
    """Absorption: A or (A and B) is A, and so is A and (A or B)."""
    one, two = ([*heard(asked), *MORE])[:2]

    alone, joined, met = counts(
        asked.world,
        one,
        {"any": [one, {"all": [one, two]}]},
        {"all": [{"any": [two, one]}, one]},
    )

    assert [alone, alone] == [joined, met]


@settings(max_examples=EXAMPLES)
@given(questions())
def test_a_group_may_be_multiplied_out(asked: Questions) -> None:
    """A and (B or C) is (A and B) or (A and C), and the other way round."""
    one, two, three = ([*heard(asked), *MORE])[:3]

    met, spread, joined, gathered = counts(
        asked.world,
        {"all": [one, {"any": [two, three]}]},
        {"any": [{"all": [one, two]}, {"all": [one, three]}]},
        {"any": [one, {"all": [two, three]}]},
        {"all": [{"any": [one, two]}, {"any": [one, three]}]},
    )

    assert (met, joined) == (spread, gathered)


@settings(max_examples=EXAMPLES)
@given(questions())
def test_a_muted_child_of_a_not_leaves_everybody(asked: Questions) -> None:
    """Nothing is negated, so nobody is left out."""
    silent = {"not": {**asked.conditions[0], "muted": True}}

    (count,) = counts(asked.world, silent)

    assert len(asked.world.rows) == count


@settings(max_examples=EXAMPLES)
@given(questions())
def test_a_node_counts_as_it_does_alone(asked: Questions) -> None:
    """What stands around a condition does not change its own number."""
    whole, *_ = ask(asked.world, (to_json({"any": [{"all": asked.conditions}]}),))
    nodes = {
        pointer: node_at({"any": [{"all": asked.conditions}]}, pointer)
        for pointer in whole.per_node
    }

    alone = counts(asked.world, *nodes.values())

    assert dict(whole.per_node) == dict(zip(nodes, alone, strict=True))


def node_at(condition: Json, pointer: str) -> Json:
    """The node that a JSON Pointer names."""
    for step in pointer.split("/")[1:]:
        condition = condition[int(step)] if isinstance(condition, list) else condition[step]
    return condition


def heard(asked: Questions) -> list[Json]:
    """The conditions that aren't muted: the laws of logic are not about silence."""
    return [condition for condition in asked.conditions if not condition.get("muted")]


def counts(world: World, *conditions: Json) -> list[int]:
    """What the evaluator counts for each of these."""
    return [each.count for each in ask(world, tuple(map(to_json, conditions)))]
