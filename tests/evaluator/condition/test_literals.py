"""Literals against every type: numbers mathematically, text after NFC, nothing rounded."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.plan.nodes import EVERYTHING, NOTHING, Leaf, Minus, Plan, complement
from tests.evaluator.condition.asking import (
    decoded,
    holds,
    leaf,
    plan_of,
    same,
    schema,
    some,
    span,
    valued,
)

MAX, MIN = 2**63 - 1, -(2**63)
FLOAT_MAX = 1.7976931348623157e308
COMPARISONS = ("is", "gt", "gte", "lt", "lte")


@pytest.mark.parametrize(
    "field, op, literal, plan",
    [
        # int: 30.5 lies between 30 and 31
        ("int", "is", "30", same("int", 30)),
        ("int", "is", "30.0", same("int", 30)),
        ("int", "is", '"30"', same("int", 30)),
        ("int", "is", "3e1", same("int", 30)),
        ("int", "is", "30.5", NOTHING),
        ("int", "is", "-0", same("int", 0)),
        ("int", "gt", "30", span("int", 31, None)),
        ("int", "gt", "30.5", span("int", 31, None)),
        ("int", "gte", "30.5", span("int", 31, None)),
        ("int", "gte", "30", span("int", 30, None)),
        ("int", "lt", "30.5", span("int", None, 30)),
        ("int", "lte", "30.5", span("int", None, 30)),
        ("int", "lt", "30", span("int", None, 29)),
        ("int", "gt", "-30.5", span("int", -30, None)),
        ("int", "lt", "-30.5", span("int", None, -31)),
        ("int", "gt", "1e-999999999", span("int", 1, None)),
        ("int", "lt", "1e-99999999999999999999", span("int", None, 0)),
        ("int", "lt", "-1e-999999999", span("int", None, -1)),
        ("int", "gte", "0e999999999", span("int", 0, None)),
        # int: beyond 64 bits
        ("int", "is", str(MAX), same("int", MAX)),
        ("int", "is", str(MAX + 1), NOTHING),
        ("int", "is", f'"{MIN}"', same("int", MIN)),
        ("int", "is_not", "1e999999999", complement(NOTHING)),
        ("int", "gt", str(MAX), NOTHING),
        ("int", "gt", str(MAX - 1), span("int", MAX, None)),
        ("int", "gte", str(MIN), valued("int")),
        ("int", "gt", "-1e999999999", valued("int")),
        ("int", "lt", "1e999999999", valued("int")),
        ("int", "gte", "1e99999999999999999999", NOTHING),
        ("int", "lt", "-1e999999999", NOTHING),
        ("int", "lte", str(MAX), valued("int")),
        ("int", "lt", str(MIN), NOTHING),
        ("int", "lte", str(MIN), span("int", None, MIN)),
        ("int", "in", "[3, 1, 2, 3, 1.5, 1e30, \"2\"]", some("int", 1, 2, 3)),
        ("int", "in", f"[{MAX}, {MAX + 1}, {MIN - 1}]", same("int", MAX)),
        ("int", "in", "[]", NOTHING),
        ("int", "in", "[0.5]", NOTHING),
        ("int", "not_in", "[]", complement(NOTHING)),
        ("int", "between", "[1, 5]", span("int", 1, 5)),
        ("int", "between", "[0.5, 5.5]", span("int", 1, 5)),
        ("int", "between", "[5, 5]", same("int", 5)),
        ("int", "between", "[5, 1]", NOTHING),
        ("int", "between", "[5.2, 5.7]", NOTHING),
        ("int", "between", "[-1e99, 1e99]", valued("int")),
        ("int", "between", "[1e98, 1e99]", NOTHING),
        ("int", "not_between", "[5, 1]", complement(NOTHING)),
        # decimal with two digits: counted in hundredths
        ("decimal", "is", "1.23", same("decimal", 123)),
        ("decimal", "is", '"1.230000"', same("decimal", 123)),
        ("decimal", "is", "1.234", NOTHING),
        ("decimal", "gt", "1.234", span("decimal", 124, None)),
        ("decimal", "gte", "1.234", span("decimal", 124, None)),
        ("decimal", "lt", "1.234", span("decimal", None, 123)),
        ("decimal", "lte", "1.234", span("decimal", None, 123)),
        ("decimal", "lte", "-1.234", span("decimal", None, -124)),
        ("decimal", "gt", "1." + "0" * 200 + "1", span("decimal", 101, None)),
        ("decimal", "lt", "1." + "0" * 200 + "1", span("decimal", None, 100)),
        ("decimal", "is", "1." + "0" * 200 + "1", NOTHING),
        ("decimal", "is", "1." + "0" * 200, same("decimal", 100)),
        ("decimal", "is", "5", same("decimal", 500)),
        ("decimal", "gt", str(MAX), NOTHING),
        ("decimal", "lt", str(MAX), valued("decimal")),
        ("decimal", "is", "92233720368547758.07", same("decimal", MAX)),
        ("decimal", "is", "92233720368547758.08", NOTHING),
        ("decimal", "in", f"[2, 1, 2, {MAX}]", some("decimal", 100, 200)),
        ("decimal", "in", "[1.5, 1.25, 1.255]", some("decimal", 125, 150)),
        # float: fractions are their nearest double, ints are exact
        ("float", "is", "0.1", same("float", 0.1)),
        ("float", "is", "0.1000000000000000055511151231257827", same("float", 0.1)),
        ("float", "is", "3", same("float", 3.0)),
        ("float", "is", "-0.0", same("float", 0.0)),
        ("float", "is", "9007199254740993", NOTHING),
        ("float", "is", "9007199254740993.0", same("float", 9007199254740992.0)),
        ("float", "is", '"9007199254740992"', same("float", 9007199254740992.0)),
        ("float", "gt", "9007199254740993", span("float", 9007199254740992.0, None, "low")),
        ("float", "gte", "9007199254740993", span("float", 9007199254740994.0, None)),
        ("float", "lt", "9007199254740993", span("float", None, 9007199254740994.0, "high")),
        ("float", "lte", "9007199254740993", span("float", None, 9007199254740992.0)),
        ("float", "gt", "9007199254740995", span("float", 9007199254740994.0, None, "low")),
        ("float", "gt", "2.5", span("float", 2.5, None, "low")),
        ("float", "lt", "2.5", span("float", None, 2.5, "high")),
        ("float", "is", "1e400", NOTHING),
        ("float", "gte", "1e400", span("float", FLOAT_MAX, None, "low")),
        ("float", "gt", "1" + "0" * 400, span("float", FLOAT_MAX, None, "low")),
        ("float", "lt", "1e400", span("float", None, FLOAT_MAX)),
        ("float", "lte", "1e999999999", span("float", None, FLOAT_MAX)),
        ("float", "gt", "-1e400", span("float", -FLOAT_MAX, None)),
        ("float", "lt", "-1" + "0" * 400, span("float", None, -FLOAT_MAX, "high")),
        ("float", "gt", "1e-400", span("float", 0.0, None, "low")),
        ("float", "between", "[2.5, 2.5]", same("float", 2.5)),
        ("float", "between", "[2.5, 1]", NOTHING),
        ("float", "between", "[9007199254740993, 9007199254740993]", NOTHING),
        ("float", "between", "[1e400, 1e400]", NOTHING),
        ("float", "in", "[2.5, 1, 9007199254740993]", some("float", 1.0, 2.5)),
        # bool
        ("bool", "is", "true", same("bool", True)),
        ("bool", "is_not", "false", complement(same("bool", False))),
        ("bool", "in", "[true, false, true]", some("bool", False, True)),
        # text
        ("keyword", "is", '"CA"', same("keyword", "CA")),
        ("keyword", "is", '""', same("keyword", "")),
        ("keyword", "is", '"A\\u030a"', same("keyword", "\u00c5")),
        ("keyword", "in", '["b", "A\\u030a", "\\u00c5", "a"]', some("keyword", "a", "b", "\u00c5")),
        ("keyword", "in", '["\\ud83d\\ude00", "\\uffff"]', some("keyword", "\uffff", "\U0001f600")),
        ("keyword", "gt", '"b"', span("keyword", "b", None, "low")),
        ("keyword", "gte", '""', valued("keyword")),
        ("keyword", "gt", '""', span("keyword", "", None, "low")),
        ("keyword", "lt", '""', NOTHING),
        ("keyword", "lte", '""', span("keyword", None, "")),
        ("keyword", "between", '["a", "b"]', span("keyword", "a", "b")),
        ("keyword", "between", '["b", "a"]', NOTHING),
        ("keyword", "between", '["A\\u030a", "\\u00c5"]', same("keyword", "\u00c5")),
        ("text", "is", '"12"', same("text", "12")),
    ],
    ids=lambda value: f"{value:.30}-{len(value)}" if isinstance(value, str) else "",
)  # fmt: skip
def test_a_literal_becomes_the_lookup_it_means(
    field: str, op: str, literal: str, plan: Plan
) -> None:
    """In stored units, in one canonical form."""
    assert plan == plan_of(decoded(f'{{"field": "{field}", "op": "{op}", "value": {literal}}}'))


@pytest.mark.parametrize("op", ["is", "gt", "gte", "lt", "lte", "is_not", "in", "between"])
def test_a_key_that_no_record_has_decided_takes_any_literal(op: str) -> None:
    """There is no record to be right or wrong about; mixed types only have to compile."""
    mixed: dict[str, Any] = {"in": [1, "a", 2.5, "1"], "between": [1, "a"]}
    plan = plan_of(leaf("_key", op, mixed.get(op, 5)), schema(key_type=None))

    assert isinstance(plan, Leaf | Minus)


whole = st.one_of(st.integers(-5, 5), st.integers(MIN - 2, MAX + 2), st.integers())
fractions = st.decimals(allow_nan=False, allow_infinity=False)
near = st.builds(
    lambda units, digits: Decimal(units).scaleb(-digits), st.integers(-500, 500), st.integers(0, 4)
)
literals = st.one_of(whole, near, fractions, whole.map(str), near.map(str))
stored = st.one_of(st.integers(-500, 500), st.integers(MIN, MAX), st.sampled_from([MIN, MAX]))


def compare(op: str, value: Any, literal: Any) -> bool:
    """What mathematics says."""
    return bool(
        {
            "is": value == literal,
            "gt": value > literal,
            "gte": value >= literal,
            "lt": value < literal,
            "lte": value <= literal,
        }[op]
    )


@settings(max_examples=300, deadline=None)
@given(value=stored, literal=literals, scale=st.sampled_from([0, 2]))
def test_whole_and_decimal_fields_compare_as_mathematics_does(
    value: int, literal: Any, scale: int
) -> None:
    """Fractions are the independent reading: they round nothing."""
    field = "decimal" if scale else "int"
    exact = Fraction(value, 10**scale)

    for op in COMPARISONS:
        plan = plan_of(leaf(field, op, literal))

        assert compare(op, exact, Fraction(literal)) == holds(plan, {field: value}), op


@settings(max_examples=300, deadline=None)
@given(
    value=st.one_of(st.floats(allow_nan=False), st.integers(-500, 500).map(lambda n: n / 100)),
    literal=literals,
)
def test_float_fields_compare_with_ints_exactly_and_with_the_nearest_double(
    value: float, literal: Any
) -> None:
    """Python compares a float with an int exactly, which is the independent reading."""
    is_whole = isinstance(literal, int) or (isinstance(literal, str) and "." not in literal)
    meant = Fraction(literal) if is_whole and "E" not in str(literal) else float(literal)
    if isinstance(meant, float) and math.isinf(meant):
        meant = Fraction(literal)

    for op in COMPARISONS:
        plan = plan_of(leaf("float", op, literal))

        assert compare(op, value, meant) == holds(plan, {"float": value}), op


@settings(max_examples=200, deadline=None)
@given(value=stored, given=st.lists(literals, max_size=5), ends=st.tuples(literals, literals))
def test_lists_and_spans_agree_with_single_comparisons(
    value: int, given: list[Any], ends: tuple[Any, Any]
) -> None:
    """``in`` is any ``is``; ``between`` is ``gte`` and ``lte``; a negative is the complement."""
    record, (low, high) = {"decimal": value}, ends

    one_by_one = [holds(plan_of(leaf("decimal", "is", each)), record) for each in given]
    inside = all(
        holds(plan_of(leaf("decimal", op, end)), record)
        for op, end in (("gte", low), ("lte", high))
    )

    assert any(one_by_one) == holds(plan_of(leaf("decimal", "in", given)), record)
    assert any(one_by_one) != holds(plan_of(leaf("decimal", "not_in", given)), record)
    assert inside == holds(plan_of(leaf("decimal", "between", [low, high])), record)
    assert inside != holds(plan_of(leaf("decimal", "not_between", [low, high])), record)


def test_the_values_of_a_list_are_sorted_and_unique() -> None:
    """Equal questions have equal bytes."""
    forwards = plan_of(leaf("keyword", "in", ["b", "a", "c", "a"]))

    assert forwards == plan_of(leaf("keyword", "in", ["c", "c", "b", "a"]))
    assert EVERYTHING == plan_of(leaf("_key", "is_set"))
