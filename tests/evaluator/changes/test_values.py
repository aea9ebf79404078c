"""Values between JSON and stored form: there and back, and nothing that doesn't fit."""

import json
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.changes.values import Unfit, from_json, key_from_json, known_key
from evaluator.condition.decode import decode_json
from evaluator.condition.local_time import LocalTime
from evaluator.values import to_json
from indexer.model.errors import UnknownRecord
from indexer.model.ids import DatasetName, FieldName
from indexer.model.record import Value
from indexer.model.schema import Field, FieldType, Schema

BERLIN = LocalTime(ZoneInfo("Europe/Berlin"))
NOON = 1_748_772_000_000_000
"""2025-06-01T10:00Z, which is noon in Berlin, in microseconds."""

INT64 = st.integers(-(2**63), 2**63 - 1)
YEARS_1_TO_9999_DAYS = st.integers(-719_162, 2_932_896)
YEARS_1_TO_9999_US = st.integers(-719_162 * 86_400_000_000, 2_932_896 * 86_400_000_000)
WORDS = st.text(st.characters(exclude_categories=["Cs"])).map(
    lambda text: unicodedata.normalize("NFC", text)
)
STORED: dict[FieldType, st.SearchStrategy[Value]] = {
    FieldType.BOOL: st.booleans(),
    FieldType.INT: INT64,
    FieldType.DECIMAL: st.integers(-(10**18) + 1, 10**18 - 1),
    FieldType.FLOAT: st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0),
    FieldType.DATE: YEARS_1_TO_9999_DAYS,
    FieldType.TIMESTAMP: YEARS_1_TO_9999_US,
    FieldType.KEYWORD: WORDS,
    FieldType.TEXT: WORDS,
    FieldType.SET: st.sets(WORDS, max_size=4).map(lambda words: tuple(sorted(words))),
}


@st.composite
def fields_with_values(draw: st.DrawFn) -> tuple[Field, Value]:
    """A field of any type and a value it can hold, null now and then."""
    kind = draw(st.sampled_from(list(FieldType)))
    scale = draw(st.integers(0, 18)) if kind is FieldType.DECIMAL else 0
    return _field(kind, scale), draw(st.none() | STORED[kind])


@given(fields_with_values())
def test_a_value_survives_the_way_out_and_back(held: tuple[Field, Value]) -> None:
    """Through real JSON text, for every type."""
    field, stored = held

    told = decode_json(json.dumps(to_json(field, stored)), 10_000_000)

    assert stored == from_json(field, told, BERLIN)


@pytest.mark.parametrize(
    ("kind", "scale", "value", "stored"),
    [
        (FieldType.INT, 0, "-9223372036854775808", -(2**63)),
        (FieldType.DECIMAL, 2, 7, 700),
        (FieldType.DECIMAL, 2, Decimal("-0.50"), -50),
        (FieldType.DECIMAL, 2, "1.500", 150),
        (FieldType.DECIMAL, 2, Decimal("1E+3"), 100_000),
        (FieldType.FLOAT, 0, 3, 3.0),
        (FieldType.FLOAT, 0, "2.5e3", 2500.0),
        (FieldType.TIMESTAMP, 0, "2025-06-01T12:00:00+02:00", NOON),
        (FieldType.TIMESTAMP, 0, "2025-06-01 12:00", NOON),
        (FieldType.TIMESTAMP, 0, "2025-06-01", 1_748_728_800_000_000),
        (FieldType.KEYWORD, 0, "e\u0301", "é"),
        (FieldType.SET, 0, ["b", "a", "b"], ("a", "b")),
        (FieldType.SET, 0, [], ()),
        (FieldType.BOOL, 0, None, None),
    ],
)
def test_a_value_may_be_written_in_several_ways(
    kind: FieldType, scale: int, value: Any, stored: Value
) -> None:
    """Each means exactly one stored value."""
    assert stored == from_json(_field(kind, scale), value, BERLIN)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2025-03-30T02:30", datetime(2025, 3, 30, 1, 30, tzinfo=UTC)),
        ("2025-10-26T02:30", datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
    ],
)
def test_local_times_around_a_clock_change_are_decided(local: str, utc: datetime) -> None:
    """A skipped one moves forward by the gap, of two the first is meant."""
    stored = from_json(_field(FieldType.TIMESTAMP), local, BERLIN)

    assert int(utc.timestamp()) * 1_000_000 == stored


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (FieldType.BOOL, 1, "wrong_type"),
        (FieldType.BOOL, "true", "wrong_type"),
        (FieldType.INT, True, "wrong_type"),
        (FieldType.INT, Decimal("1.0"), "wrong_type"),
        (FieldType.INT, "1.0", "wrong_type"),
        (FieldType.INT, " 1", "wrong_type"),
        (FieldType.INT, "١", "wrong_type"),
        (FieldType.INT, 2**63, "bad_value"),
        (FieldType.INT, "9" * 19, "bad_value"),
        (FieldType.DECIMAL, True, "wrong_type"),
        (FieldType.DECIMAL, "lots", "wrong_type"),
        (FieldType.DECIMAL, "NaN", "wrong_type"),
        (FieldType.DECIMAL, "1.234", "bad_value"),
        (FieldType.DECIMAL, 10**16, "bad_value"),
        (FieldType.DECIMAL, "1e999999999", "bad_value"),
        (FieldType.DECIMAL, "1e-999999999", "bad_value"),
        (FieldType.FLOAT, "1e999", "bad_value"),
        (FieldType.FLOAT, 10**400, "bad_value"),
        (FieldType.FLOAT, "inf", "wrong_type"),
        (FieldType.DATE, 20250101, "wrong_type"),
        (FieldType.DATE, "20250101", "bad_value"),
        (FieldType.DATE, "2025-02-30", "bad_value"),
        (FieldType.DATE, "2025-W01-1", "bad_value"),
        (FieldType.TIMESTAMP, "2025-01-01T25:00", "bad_value"),
        (FieldType.TIMESTAMP, "2025-01-01T00:00:00.1234567Z", "bad_value"),
        (FieldType.TIMESTAMP, "0001-01-01T00:00:00+14:00", "bad_value"),
        (FieldType.KEYWORD, 5, "wrong_type"),
        (FieldType.KEYWORD, "\ud800", "bad_value"),
        (FieldType.SET, "a|b", "wrong_type"),
        (FieldType.SET, ["a", 1], "wrong_type"),
        (FieldType.SET, ["a", None], "wrong_type"),
    ],
)
def test_what_does_not_fit_is_refused(kind: FieldType, value: Any, code: str) -> None:
    """Nothing is rounded, cut or guessed; the message never shows the value."""
    with pytest.raises(Unfit) as refused:
        from_json(_field(kind, 2), value, BERLIN)

    assert code == refused.value.code
    assert len(str(value)) < 6 or str(value) not in refused.value.message


@pytest.mark.parametrize(
    ("value", "key_type", "key"),
    [("7", FieldType.INT, 7), ("7", FieldType.KEYWORD, "7"), ("8", None, "8"), (9, None, 9)],
)
def test_a_key_is_what_its_dataset_says(value: Any, key_type: FieldType | None, key: Any) -> None:
    """Where nothing is said yet, the key itself says it."""
    assert key == key_from_json(value, key_type)


def test_an_address_that_can_be_no_key_names_no_record() -> None:
    """Rather than being an error of its own."""
    people = Schema(DatasetName("people"), None, FieldType.INT, ())

    assert 7 == known_key("7", people)
    with pytest.raises(UnknownRecord):
        known_key("seven", people)


def _field(kind: FieldType, scale: int = 0) -> Field:
    return Field(FieldName("f"), kind, scale=scale if kind is FieldType.DECIMAL else 0)
