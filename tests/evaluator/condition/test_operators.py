"""The table of operators: one entry each, complete, and every part that reads it agrees."""

import re

from evaluator.condition.clocks import CLOCKS
from evaluator.condition.entry import ValueShape
from evaluator.condition.intervals import INTERVALS
from evaluator.condition.operators import BY_KEY, OPERATORS
from evaluator.condition.plans import PLANS
from indexer.model.schema import FieldType

KEYS = (
    "is is_not in not_in gt gte lt lte between not_between"
    " contains not_contains starts_with not_starts_with ends_with not_ends_with"
    " matches not_matches on not_on before after on_or_before on_or_after"
    " in_last not_in_last in_next not_in_next more_than_ago more_than_ahead between_ago"
    " in_period not_in_period anniversary weekday_in hour_between"
    " has_any has_all has_none is_exactly size_is size_gt size_gte size_lt size_lte"
    " is_empty is_not_empty is_set is_not_set sample"
)


def test_the_table_has_every_operator_of_the_language() -> None:
    """In the order of the menu, each once."""
    assert KEYS.split() == [operator.key for operator in OPERATORS]
    assert len(OPERATORS) == len(BY_KEY)


def test_every_operator_can_be_shown() -> None:
    """A label for the menu, a sentence of help, words for the description."""
    for operator in OPERATORS:
        assert operator.label, operator
        assert re.fullmatch(r"[A-Z].*\.", operator.help), operator
        assert ("{}" in operator.english) == (operator.value is not ValueShape.NONE), operator
        assert operator.of_key == (not operator.types), operator


def test_a_negative_operator_mirrors_its_positive_twin() -> None:
    """Same types, same value: it is the complement and nothing else."""
    for operator in OPERATORS:
        assert operator.negative == (operator.key not in {*PLANS, *INTERVALS, *CLOCKS})
        if operator.negates is not None:
            twin = BY_KEY[operator.negates]
            assert (twin.types, twin.value) == (operator.types, operator.value)
            assert not twin.negative


def test_every_positive_operator_compiles_in_one_way() -> None:
    """By its value alone, as an interval, or by what a clock shows."""
    ways = [*PLANS, *INTERVALS, *CLOCKS]

    assert sorted(operator.key for operator in OPERATORS if not operator.negative) == sorted(ways)


def test_operators_are_offered_by_type_as_the_page_says() -> None:
    """Order for what has one, members for sets, windows for times."""
    by_type = {
        kind: {operator.key for operator in OPERATORS if kind in operator.types}
        for kind in FieldType
    }
    always = {"is_set", "is_not_set"}
    hollow = {"is_empty", "is_not_empty"}
    same = always | {"is", "is_not", "in", "not_in"}
    ordered = same | {"gt", "gte", "lt", "lte", "between", "not_between"}
    days = {"on", "not_on", "before", "after", "on_or_before", "on_or_after"}
    windows = {"in_last", "in_next", "more_than_ago", "more_than_ahead", "between_ago"}
    periods = {"in_period", "not_in_period", "anniversary", "weekday_in"}
    timed = ordered | days | windows | {"not_in_last", "not_in_next"} | periods
    found = {"contains", "starts_with", "ends_with", "matches"}
    text = hollow | found | {f"not_{key}" for key in found}
    members = {"has_any", "has_all", "has_none", "is_exactly"}
    sizes = {f"size_{key}" for key in ("is", "gt", "gte", "lt", "lte")}

    expected = dict.fromkeys(FieldType, ordered) | {
        FieldType.BOOL: same,
        FieldType.KEYWORD: ordered | text,
        FieldType.TEXT: same | text,
        FieldType.DATE: timed,
        FieldType.TIMESTAMP: timed | {"hour_between"},
        FieldType.SET: always | hollow | members | sizes,
    }
    assert expected == by_type
