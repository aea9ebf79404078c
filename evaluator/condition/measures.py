"""What related records are measured by: which types suit, and the literals a result meets."""

from dataclasses import replace
from decimal import Decimal

from evaluator.condition.bind import Bound, Ends, bind
from evaluator.condition.entry import TIMES
from evaluator.condition.functions import Function
from evaluator.condition.limits import ConditionLimits
from evaluator.condition.literal import INTEGERS, Fault
from evaluator.condition.local_time import LocalTime
from evaluator.condition.number import Point, number_from
from evaluator.condition.target import Target, is_undecided
from evaluator.condition.tree import AggregateOf, CountOf, FieldTest, Node, One, Span
from indexer.model.ids import FieldName
from indexer.model.schema import Field, FieldType, Schema

RECORDS = Field(FieldName("count"), FieldType.INT, label="the number of records")
"""What a count is compared as."""

_WHOLE_DIGITS_MAX = 60
"""No sum of 64-bit numbers has so many, nor so many zeros after the point before its first."""


def is_number_apart(function: Function, field: Field) -> bool:
    """Whether results are exact numbers beyond what a field holds: compared as decimal texts."""
    return function.is_exact and field.type in INTEGERS


def result_of(function: Function, field: Field) -> Field:
    """What a function's results are compared as."""
    if function.counts:
        return replace(field, type=FieldType.INT, scale=0)
    return field


def comparison(node: Node, measure: CountOf | AggregateOf, result: Field) -> FieldTest:
    """The comparison of a result as if it were a field."""
    return FieldTest(
        node.path,
        node.id,
        None,
        result.name,
        measure.operator,
        measure.operand,
        excludes_nulls=False,
        zone=None,
        calendar=False,
        case_sensitive=None,
    )


def bind_count(node: Node, measure: CountOf, home: LocalTime) -> Bound | Fault:
    """The operand of a count, or why there is none."""
    return bind(comparison(node, measure, RECORDS), Target(RECORDS, home, home, undecided=False))


def misuse(measure: AggregateOf, field: Field) -> Fault | None:
    """Why the function or the operator can't be used with the field, whatever the value."""
    function, operator = measure.function, measure.operator
    if field.type not in function.types:
        message = f"'{measure.field}' is of type {field.type}, which '{function.key}' is not for"
        return Fault("operator_not_for_type", message)
    result = result_of(function, field)
    if result.type not in operator.types:
        message = f"'{function.key}' gives a {result.type} here, which '{operator.key}' is not for"
        return Fault("operator_not_for_type", message)
    return None


def bind_aggregate(
    node: Node,
    measure: AggregateOf,
    field: Field,
    schema: Schema,
    home: LocalTime,
    limits: ConditionLimits,
) -> Bound | Fault:
    """The operand of an aggregate that is no misuse, or why there is none."""
    if is_number_apart(measure.function, field):
        return _bind_exact(measure, field, limits)
    result = result_of(measure.function, field)
    undecided = is_undecided(field, schema) and not measure.function.counts
    return bind(comparison(node, measure, result), Target(result, home, home, undecided))


def is_time(field: Field) -> bool:
    """Whether records can be put in order by it."""
    return field.type in TIMES


def _bind_exact(measure: AggregateOf, field: Field, limits: ConditionLimits) -> Bound | Fault:
    match measure.operand:
        case One(literal):
            return _exact(literal, field, limits)
        case Span(low, high):
            first, last = _exact(low, field, limits), _exact(high, field, limits)
            if isinstance(first, Fault):
                return first
            return last if isinstance(last, Fault) else Ends(first, last)
        case _:
            raise AssertionError(measure.operator.key)


def _exact(literal: object, field: Field, limits: ConditionLimits) -> Point | Fault:
    """A number as the one text that spells it, without rounding."""
    number = number_from(literal)
    if number is None:
        what = "null" if literal is None else "what is no number"
        return Fault("wrong_type", f"is {field.type}, its results are not compared with {what}")
    exact = Decimal(number)
    if exact.is_zero():
        return Point("0", "0")
    if abs(exact.adjusted()) > _WHOLE_DIGITS_MAX:
        # Beyond all results, or between none and the one next to it: so is a shorter number.
        size = _WHOLE_DIGITS_MAX if exact.adjusted() > 0 else -_WHOLE_DIGITS_MAX
        exact = Decimal((exact.is_signed(), (1,), size))
    sign, digits, exponent = exact.as_tuple()
    if len(digits) > limits.number_digits_max:
        most = f"{limits.number_digits_max:,}"
        return Fault("bad_value", f"is compared with a number of more than {most} digits")
    assert isinstance(exponent, int), "a number is finite"
    kept = max(place for place, digit in enumerate(digits, 1) if digit)
    text = str(Decimal((sign, digits[:kept], exponent + len(digits) - kept)))
    return Point(text, text)
