"""Long lists are read by column; each literal means what it means alone."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.condition.lists import ONE_BY_ONE_MAX, stored_values
from evaluator.condition.literal import Fault, point_of, values_at
from evaluator.condition.local_time import LocalTime
from evaluator.condition.target import Target
from indexer.model.ids import FieldName
from indexer.model.schema import Field, FieldType
from indexer.plan.fold import folded

NUMBERS = (
    "0", "-0", "007", "-1.50", "0.1", "1.005", "1e2", "12345678901234567", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "922337203685477580.7", "9007199254740993",
    "9007199254740993.0", "0.00", "123456789012345678.99", "1" * 40, "0." + "0" * 40 + "1",
    "1" * 400 + ".5", 0, -1, 2**63, 10**5_000, 1.5, 1e300, Decimal("0.10"), Decimal("1E+3"),
    Decimal("12345678901234567890.5"),
)  # fmt: skip
TIMES = (
    "2025-05-31", "2025-05-31T14:30", "2025-05-31 14:30:00", "2025-05-31T14:30:00Z",
    "2025-05-31T14:30:00.5Z", "2025-05-31T14:30:00.1234567Z", "2025-05-31T14:30:00+02:00",
    "2025-05-31T14:30:00-0530", "2025-05-31T14:30:00+14", "2025-03-30T02:30:00",
    "2025-10-26T02:30:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z",
    "1900-01-01T00:00:00", "1969-12-31T23:59:59.999999Z",
)  # fmt: skip
TEXTS = ("", "a", "A\u030a", "\u00c5", "Stra\u00dfe", "STRASSE", "\0", "\U0001f600", "\u0130")
POOLS: dict[FieldType, tuple[Any, ...]] = {
    FieldType.BOOL: (True, False),
    FieldType.INT: NUMBERS,
    FieldType.DECIMAL: NUMBERS,
    FieldType.FLOAT: NUMBERS,
    FieldType.DATE: TIMES,
    FieldType.TIMESTAMP: TIMES,
    FieldType.KEYWORD: TEXTS,
    FieldType.TEXT: TEXTS,
    FieldType.SET: TEXTS,
}
BAD: dict[FieldType, tuple[Any, ...]] = {
    FieldType.INT: ("1.", ".5", "+1", " 1", "1_0", "\u0661", "", "x", True, None, "\ud800"),
    FieldType.DECIMAL: ("1.", "-", "--1", "1\n", "nan", False, None, float("nan")),
    FieldType.FLOAT: ("inf", "1,5", "0x1", None, float("inf"), []),
    FieldType.TIMESTAMP: (
        "2025-02-29T00:00:00Z", "2025-05-31T24:00:00Z", "2025-05-31T14", "0000-01-01T00:00:00Z",
        "2025-05-31T14:30:00+24:00", "2025-05-31T14:30:00+02:60", "2025-13-01T00:00:00",
        "2025-05-31T14:60:00Z", "2025-05-31T14:30:60Z", "soon", "\ud800", 5, None,
    ),
    FieldType.KEYWORD: ("\ud800", 5, None),
}  # fmt: skip
PADDING = 2 * ONE_BY_ONE_MAX


def target(kind: FieldType, zone: str = "Europe/Berlin", scale: int = 2) -> Target:
    """A field of that type in a zone with clock changes."""
    local = LocalTime(ZoneInfo(zone))
    field = Field(FieldName("field"), kind, scale=scale if kind is FieldType.DECIMAL else 0)
    return Target(field, LocalTime(ZoneInfo("Asia/Kolkata")), local, undecided=False)


def alone(literals: list[Any], over: Target, *, fold: bool) -> list[Any] | str:
    """What reading one by one gives: the values, or the code of the first fault."""
    found: set[Any] = set()
    for literal in literals:
        point = point_of(literal, over)
        if isinstance(point, Fault):
            return point.code
        found.update(values_at(point, over.field.type))
    return sorted({folded(text) for text in found} if fold else found)


@settings(max_examples=400)
@given(data=st.data(), kind=st.sampled_from(FieldType), scale=st.integers(0, 18))
def test_a_long_list_is_its_literals(data: st.DataObject, kind: FieldType, scale: int) -> None:
    """The same stored values, or a fault where one of them has one."""
    over = target(kind, scale=scale)
    pool = st.one_of(st.sampled_from(POOLS[kind]), st.sampled_from(POOLS[kind]), near(kind))
    several = data.draw(st.lists(pool, max_size=12))
    bad = data.draw(st.lists(st.sampled_from(BAD.get(kind, (None,))), max_size=1))
    fold = kind in (FieldType.KEYWORD, FieldType.TEXT) and data.draw(st.booleans())
    literals = [*several, *bad, *padding(kind)]
    expected = alone(literals, over, fold=fold)

    values = stored_values(tuple(literals), over, fold=fold)

    assert expected == (values.code if isinstance(values, Fault) else list(values))


@pytest.mark.parametrize("kind", list(BAD))
def test_any_bad_literal_of_a_long_list_is_a_fault(kind: FieldType) -> None:
    """None of them is passed over by the column."""
    over = target(kind)
    for literal in BAD[kind]:
        expected = point_of(literal, over)

        found = stored_values((*padding(kind), literal), over, fold=False)

        assert isinstance(found, Fault), literal
        assert expected == found


def padding(kind: FieldType) -> list[Any]:
    """Enough different literals to be worth a column."""
    if kind in (FieldType.DATE, FieldType.TIMESTAMP):
        return [f"2024-01-01T{place // 60:02}:{place % 60:02}:00Z" for place in range(PADDING)]
    if kind in (FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT):
        return [f"{place}.5" for place in range(PADDING)]
    return [True] if kind is FieldType.BOOL else [f"text {place}" for place in range(PADDING)]


def near(kind: FieldType) -> st.SearchStrategy[Any]:
    """Any number as text, or any time."""
    if kind in (FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT):
        digits = st.decimals(allow_nan=False, allow_infinity=False, places=3)
        return st.one_of(digits.map(lambda number: f"{number:f}"), st.integers().map(str))
    if kind is FieldType.TIMESTAMP:
        return st.datetimes().map(lambda when: when.isoformat())
    return st.sampled_from(POOLS[kind])
