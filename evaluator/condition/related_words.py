"""A condition on related records in plain English; conditions on them come as finished words."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from evaluator.condition.entry import TIMES
from evaluator.condition.joins import Join
from evaluator.condition.measures import RECORDS, comparison, result_of
from evaluator.condition.tree import (
    AggregateOf,
    ChainOf,
    ChainStep,
    CountOf,
    FieldTest,
    RelatedTest,
)
from evaluator.condition.windows import Window
from indexer.model.schema import Field

Values = Callable[[FieldTest, Field], str]
"""Says what a field is compared with."""

COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "is": "has exactly {} {}",
        "is_not": "does not have exactly {} {}",
        "gt": "has more than {} {}",
        "gte": "has at least {} {}",
        "lt": "has fewer than {} {}",
        "lte": "has at most {} {}",
        "between": "has between {} {}",
    }
)


def existence(test: RelatedTest, join: Join, where: str) -> str:
    """``has purchases where amount is 3``, ``is linked with accounts where plan is pro``."""
    has = "is linked with" if join.leads else "has"
    return f"{has} {_records(test, join)}{_where(where)}"


def count(test: RelatedTest, measure: CountOf, join: Join, where: str, values: Values) -> str:
    """``has at least 2 purchases where amount is 3``."""
    number = values(comparison(test, measure, RECORDS), RECORDS)
    records = f"{_records(test, join)}{_where(where)}"
    if measure.operator.key == "is" and number == "0":
        return f"has no {records}"
    return COUNTS[measure.operator.key].format(number, records)


def aggregate(
    test: RelatedTest, measure: AggregateOf, join: Join, where: str, values: Values
) -> str:
    """``the sum of amount of purchases where status is paid is greater than 100``."""
    field = join.schema.field(measure.field)
    assert field is not None, test.path
    function, result = measure.function, result_of(measure.function, field)
    words = [function.english.replace("{}", _name(field)), "of", _records(test, join)]
    if measure.order_by is not None:
        ordered = join.schema.field(measure.order_by)
        assert ordered is not None, test.path
        words += ["by", _name(ordered)]
    if where:
        words.append(f"(where {where})")
    operator = measure.operator
    english = operator.english_time if result.type in TIMES else ""
    said = values(comparison(test, measure, result), result)
    return " ".join([*words, (english or operator.english).replace("{}", said)])


def chain(test: RelatedTest, measure: ChainOf, join: Join, wheres: tuple[str, ...]) -> str:
    """``has purchases by ts: first where kind is trial, then within 7 days where kind is paid``."""
    assert measure.order_by is not None, test.path
    ordered = join.schema.field(measure.order_by)
    assert ordered is not None, test.path
    first, *then = map(_step, measure.steps, wheres)
    steps = ", then ".join([f"first {first}", *then])
    return f"has {_records(test, join)} by {_name(ordered)} ({steps})"


def _step(step: ChainStep, where: str) -> str:
    words = ["none"] if step.absent else []
    if not where:
        words.append("at all" if step.absent else "any")
    if step.within is not None:
        words.append(f"within {_span(step.within)}")
    if where:
        words.append(f"where {where}")
    return " ".join(words)


def _span(window: Window) -> str:
    return f"{window.amount:,} {window.unit.value}{'s' if window.amount > 1 else ''}"


def _records(test: RelatedTest, join: Join) -> str:
    return join.schema.name if test.via is None else f"{join.schema.name} by {test.via}"


def _where(where: str) -> str:
    return f" where {where}" if where else ""


def _name(field: Field) -> str:
    return field.label or field.name
