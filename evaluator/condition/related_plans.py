"""The plan of a checked condition on related records. Nothing here can fail on one."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType

from evaluator.condition import lookups
from evaluator.condition.bind import Bound, Ends
from evaluator.condition.entry import Operator
from evaluator.condition.joins import Join
from evaluator.condition.measures import is_number_apart
from evaluator.condition.number import INT64_MAX, Point
from evaluator.condition.target import UTC_NAME
from evaluator.condition.tree import AggregateOf, ChainOf, CountOf
from evaluator.condition.windows import LENGTH, MONTHS, Window
from indexer.model.record import Scalar
from indexer.model.schema import Field, FieldType
from indexer.plan.nodes import (
    EVERYTHING,
    NOTHING,
    Equals,
    Everything,
    HasValue,
    Leaf,
    Minus,
    Nothing,
    Plan,
    Range,
    complement,
)
from indexer.plan.related import (
    Fold,
    Followed,
    Linked,
    Related,
    SequenceStep,
    Tally,
    Within,
)

FoldOf = Callable[..., Fold]
"""Makes a fold of these bounds."""

AT_LEAST_ONE = Tally(1)


def exists(join: Join, where: bytes) -> Plan:
    """Records related with at least one that satisfies ``where``; followed along a link."""
    name, link = join.schema.name, join.link.name
    if join.leads:
        return Leaf(Linked(name, link, where))
    return Leaf(Related(name, link, where, AT_LEAST_ONE))


def counted(join: Join, where: bytes, measure: CountOf, bound: Bound) -> Plan:
    """Records by how many are related with them."""
    whole = _whole(measure.operator, bound)
    plan: Plan = NOTHING
    if whole == (0, None):
        plan = EVERYTHING
    elif whole is not None:
        plan = Leaf(Related(join.schema.name, join.link.name, where, Tally(*whole)))
    return complement(plan) if measure.operator.negative else plan


def aggregated(join: Join, where: bytes, measure: AggregateOf, bound: Bound, field: Field) -> Plan:
    """Records by what a function of those related with them gives; never where that is null."""
    order_by = None
    if measure.order_by is not None:
        ordered = join.schema.field(measure.order_by)
        assert ordered is not None, measure.order_path
        order_by = ordered.name
    fold_of = partial(Fold, measure.function.key, field.name, order_by=order_by)

    def plan_of(fold: Fold) -> Plan:
        return Leaf(Related(join.schema.name, join.link.name, where, fold))

    # Floats may have infinities of both signs, which have no sum.
    is_exact = is_number_apart(measure.function, field)
    is_never_null = measure.function.counts or (measure.function.of_nothing and is_exact)
    filled = EVERYTHING if is_never_null else plan_of(fold_of())
    if is_exact:
        fold = _exact(fold_of, measure.operator, bound)
    elif measure.function.counts:
        fold = _counting(fold_of, measure.operator, bound)
    else:
        fold = _as_of_a_field(fold_of, measure.operator, bound, field)
    positive = NOTHING if fold is None else filled if fold == fold_of() else plan_of(fold)
    return Minus(filled, positive) if measure.operator.negative else positive


def followed(join: Join, measure: ChainOf, wheres: tuple[bytes, ...]) -> Plan:
    """Records with a chain of related ones; ``wheres`` has a program for each step."""
    assert measure.order_by is not None
    ordered = join.schema.field(measure.order_by)
    assert ordered is not None, measure.order_by
    is_date = ordered.type is FieldType.DATE
    steps = tuple(
        SequenceStep(where, _within(step.within, join.schema.time_zone, is_date=is_date))
        for step, where in zip(measure.steps, wheres, strict=True)
    )
    absent = measure.steps[-1].absent
    return Leaf(Followed(join.schema.name, join.link.name, ordered.name, steps, absent))


def _within(window: Window | None, zone: str, *, is_date: bool) -> Within | None:
    if window is None:
        return None
    if window.unit in LENGTH:
        micros = window.amount * LENGTH[window.unit]
        return Within(micros=micros, zone=(zone or UTC_NAME) if is_date else "")
    return Within(months=window.amount * MONTHS[window.unit], zone=zone or UTC_NAME)


def _whole(operator: Operator, bound: Bound) -> tuple[int, int | None] | None:
    """From how many to how many a number of things is; None if it can't be."""
    low, high = _ends(operator, bound)
    first = 0 if low is None else max(low[0] + low[1], 0)
    last = None if high is None else high[0] - high[1]
    if first > INT64_MAX or (last is not None and last < first):
        return None
    return first, None if last is None or last >= INT64_MAX else last


def _ends(
    operator: Operator, bound: Bound
) -> tuple[tuple[int, bool] | None, tuple[int, bool] | None]:
    """Both ends of whole numbers, and whether each is left out."""
    if isinstance(bound, Ends):
        return (_int(bound.low.first), False), (_int(bound.high.last), False)
    assert isinstance(bound, Point), operator.key
    first, last = _int(bound.first), _int(bound.last)
    match operator.negates or operator.key:
        case "is":
            return (first, False), (last, False)
        case "gt":
            return (last, True), None
        case "gte":
            return (first, False), None
        case "lt":
            return None, (first, True)
        case "lte":
            return None, (last, False)
        case key:
            raise AssertionError(f"'{key}' compares no numbers of records")


def _int(number: Scalar) -> int:
    assert isinstance(number, int), type(number)
    return number


def _counting(fold_of: FoldOf, operator: Operator, bound: Bound) -> Fold | None:
    whole = _whole(operator, bound)
    return None if whole is None else fold_of(low=whole[0] or None, high=whole[1])


def _exact(fold_of: FoldOf, operator: Operator, bound: Bound) -> Fold | None:
    """Numbers are texts here."""
    if isinstance(bound, Ends):
        low, high = str(bound.low.first), str(bound.high.first)
        return None if Decimal(low) > Decimal(high) else fold_of(low=low, high=high)
    assert isinstance(bound, Point), operator.key
    number = str(bound.first)
    match operator.negates or operator.key:
        case "is":
            return fold_of(low=number, high=number)
        case "gt" | "gte" as key:
            return fold_of(low=number, low_open=key == "gt")
        case "lt" | "lte" as key:
            return fold_of(high=number, high_open=key == "lt")
        case key:
            raise AssertionError(f"'{key}' compares no numbers")


def _as_of_a_field(fold_of: FoldOf, operator: Operator, bound: Bound, field: Field) -> Fold | None:
    """A result that a field of that type could hold lies where the field's own value would."""
    if isinstance(bound, Ends):
        plan = lookups.between(field, bound.low.first, bound.high.last)
    else:
        assert isinstance(bound, Point), operator.key
        plan = _LOOKUPS[operator.negates or operator.key](field, bound)
    match plan:
        case Leaf(Nothing()):
            return None
        case Leaf(HasValue() | Everything()):
            return fold_of()
        case Leaf(Equals(value=value)):
            stored = int(value) if isinstance(value, bool) else value
            return fold_of(low=stored, high=stored)
        case Leaf(Range(low=low, high=high, low_open=low_open, high_open=high_open)):
            return fold_of(low=low, high=high, low_open=low_open, high_open=high_open)
        case _:
            raise AssertionError(f"no range: {operator.key}")


_LOOKUPS: Mapping[str, Callable[[Field, Point], Plan]] = MappingProxyType(
    {
        "is": lookups.equal_to,
        "gt": lookups.above,
        "gte": lookups.at_least,
        "lt": lookups.below,
        "lte": lookups.at_most,
    }
)
