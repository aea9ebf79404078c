"""Laws that hold for any condition over any records, whatever the right count is."""

from typing import Any

from hypothesis import given, settings

from tests.spec.test_oracles_agree import ask
from tests.support.strategies import Questions, World, questions
from tests.support.wire import to_json

Json = Any

EXAMPLES = 60


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


def heard(asked: Questions) -> list[Json]:
    """The conditions that aren't muted: the laws of logic are not about silence."""
    return [condition for condition in asked.conditions if not condition.get("muted")]


def counts(world: World, *conditions: Json) -> list[int]:
    """What the evaluator counts for each of these."""
    return [each.count for each in ask(world, tuple(map(to_json, conditions)))]
