"""The questions that engines are compared on, each said once, in the language of CONDITIONS.md.

They are the shapes of segments that people build, from one condition to twelve nested ones, and
what is asked about a segment besides its size. Every peer translates them for itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, assert_never

from benchmarks.data.customers import NOW
from benchmarks.data.names import CITIES, STATES, TAGS

Condition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CountOf:
    """How many records the condition holds for."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class KeysOf:
    """The keys of those records."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class BreakdownOf:
    """How many of those records have each value of the field."""

    condition: Condition
    field: str


@dataclass(frozen=True, slots=True)
class OverlapOf:
    """How many records each of two conditions holds for, and both."""

    left: Condition
    right: Condition


@dataclass(frozen=True, slots=True)
class StoredOverlapOf:
    """How many records two stored memberships share; finding the members is not timed."""

    left: Condition
    right: Condition


Question = CountOf | KeysOf | BreakdownOf | OverlapOf | StoredOverlapOf


def conditions_of(question: Question) -> tuple[Condition, ...]:
    """The question's conditions, one or two."""
    match question:
        case CountOf(condition) | KeysOf(condition) | BreakdownOf(condition, _):
            return (condition,)
        case OverlapOf(left, right) | StoredOverlapOf(left, right):
            return (left, right)
        case _:
            assert_never(question)


def fields_of(questions: Iterable[Question]) -> dict[str, bool]:
    """The fields asked about: True where values matter, False where only whether there is one."""
    needs: dict[str, bool] = {}
    for question in questions:
        for condition in conditions_of(question):
            for leaf in leaves_of(condition):
                valued = leaf["op"] not in ("is_set", "is_not_set")
                needs[leaf["field"]] = needs.get(leaf["field"], False) or valued
        if isinstance(question, BreakdownOf):
            needs[question.field] = True
    return needs


def leaves_of(condition: Condition) -> Iterator[Condition]:
    """Every condition on one field below this one, in order."""
    match condition:
        case {"all": children} | {"any": children}:
            for child in children:
                yield from leaves_of(child)
        case {"not": child}:
            yield from leaves_of(child)
        case _:
            yield condition


def _leaf(field: str, op: str, value: Any = None) -> Condition:
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


def _days(amount: int) -> Condition:
    return {"amount": amount, "unit": "day"}


def _before(days: int) -> str:
    return (NOW - timedelta(days=days)).isoformat()


IN_FIVE_STATES = _leaf("state", "in", [STATES[code] for code in (3, 7, 12, 20, 33)])
NOT_IN_LARGEST_STATES = _leaf("state", "not_in", list(STATES[:3]))
IN_TEN_CITIES = _leaf(
    "city",
    "in",
    [CITIES[code] for code in (301, 302, 310, 405, 512, 777, 1204, 2001, 2500, 3003)],
)
ANY_OF_THREE_TAGS = _leaf("tags", "has_any", [TAGS[code] for code in (5, 17, 40)])
SPENT_100_TO_500 = _leaf("lifetime_value", "between", ["100.00", "500.00"])
SEEN_IN_30_DAYS = _leaf("last_login", "in_last", _days(30))

NESTED: Condition = {
    "all": [
        _leaf("consent", "is", True),
        {"not": {"any": [_leaf("country", "is", "DE"), _leaf("email", "is_not_set")]}},
        {
            "any": [
                {
                    "all": [
                        _leaf("plan", "in", ["pro", "business", "enterprise"]),
                        _leaf("lifetime_value", "gte", "150.00"),
                        SEEN_IN_30_DAYS,
                    ]
                },
                {
                    "all": [
                        ANY_OF_THREE_TAGS,
                        _leaf("age", "gte", 30),
                        _leaf("age", "lte", 45),
                        NOT_IN_LARGEST_STATES,
                    ]
                },
            ]
        },
        _leaf("tags", "has_none", [TAGS[1]]),
        _leaf("signup", "lt", _before(90)),
    ]
}
"""Twelve conditions, about one record in 28."""
NEW_AND_FREE: Condition = {
    "all": [_leaf("plan", "is", "free"), _leaf("last_login", "in_last", _days(7))]
}

NESTED_COUNT = "nested, 12 conditions"
COUNTS: Mapping[str, Question] = {
    "equality": CountOf(_leaf("state", "is", STATES[3])),
    "plan in 2 and state in 5": CountOf(
        {"all": [_leaf("plan", "in", ["basic", "pro"]), IN_FIVE_STATES]}
    ),
    "tags: any of 3, has, has not": CountOf(
        {
            "all": [
                ANY_OF_THREE_TAGS,
                _leaf("tags", "has_any", [TAGS[2]]),
                _leaf("tags", "has_none", [TAGS[1]]),
            ]
        }
    ),
    "age between": CountOf(_leaf("age", "between", [25, 34])),
    "decimal between": CountOf(SPENT_100_TO_500),
    "in the last 30 days": CountOf(SEEN_IN_30_DAYS),
    "email is not set": CountOf(_leaf("email", "is_not_set")),
    "decimal and last 30 days": CountOf({"all": [SPENT_100_TO_500, SEEN_IN_30_DAYS]}),
    "not in and not set": CountOf(
        {"all": [NOT_IN_LARGEST_STATES, _leaf("last_login", "is_not_set")]}
    ),
    NESTED_COUNT: CountOf(NESTED),
    "nested and city in 10": CountOf({"all": [IN_TEN_CITIES, NESTED]}),
    "nested, keys": KeysOf(NESTED),
    "nested, by state": BreakdownOf(NESTED, "state"),
    "overlap from scratch": OverlapOf(NESTED, NEW_AND_FREE),
    "overlap of stored segments": StoredOverlapOf(NESTED, NEW_AND_FREE),
}
"""What ``count_against_peers`` asks."""

BREAKDOWNS: Mapping[str, Question] = {
    "nested, keys": KeysOf(NESTED),
    "nested, by state": BreakdownOf(NESTED, "state"),
    "nested, by plan": BreakdownOf(NESTED, "plan"),
    "nested, by city": BreakdownOf(NESTED, "city"),
    "all, by state": BreakdownOf({"all": []}, "state"),
}
"""What ``breakdown_against_peers`` asks."""
WITHIN_COUNT_RATIO = ("nested, keys", "nested, by state")
"""Those whose time is held against the time of the segment's count."""

SIZES: Mapping[str, Question] = {
    name: COUNTS[name]
    for name in (
        "equality",
        "email is not set",
        "decimal between",
        "in the last 30 days",
        NESTED_COUNT,
    )
}
"""What ``scaling`` asks at every size."""
