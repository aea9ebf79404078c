"""Conditions in plain English."""

from typing import Any

import pytest

from indexer.model.schema import FieldType
from tests.evaluator.condition.asking import english, leaf, schema

A, B, C = (leaf("keyword", "is", value) for value in "abc")
MUTED = {"muted": True, **A}
WINDOW = {"amount": 30, "unit": "day"}


@pytest.mark.parametrize(
    "condition, sentence",
    [
        (A, "keyword is a"),
        (leaf("state", "is", "CA"), "Home state is CA"),
        (leaf("state", "in", ["CA", "NY"]), "Home state is CA or NY"),
        (leaf("state", "in", ["CA", "NY", "TX"]), "Home state is CA, NY or TX"),
        (leaf("state", "in", ["CA"]), "Home state is CA"),
        (leaf("state", "in", []), "Home state is nothing"),
        (leaf("state", "not_in", ["CA", "NY"]), "Home state is none of CA and NY"),
        (leaf("state", "not_in", ["CA"]), "Home state is not CA"),
        (leaf("state", "is_not", "CA", nulls="exclude"), "Home state is not CA but set"),
        (leaf("int", "in", list(range(22))),
         "int is 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 12 more"),
        (leaf("int", "gt", 1234567), "int is greater than 1,234,567"),
        (leaf("int", "between", [1000, "2000.5"]), "int is between 1,000 and 2,000.5"),
        (leaf("decimal", "is", "1234.50"), "decimal is 1,234.50"),
        (leaf("decimal", "lt", "1e3"), "decimal is less than 1,000"),
        (leaf("decimal", "lt", "1e999999999"), "decimal is less than a number of very many digits"),
        (leaf("int", "lt", 10**4_500), "int is less than a number of very many digits"),
        (leaf("float", "lte", "1e-999999"), "float is at most a number of very many digits"),
        (leaf("bool", "is", True), "bool is true"),
        (leaf("keyword", "is", "12345"), "keyword is 12345"),
        (leaf("keyword", "is", ""), 'keyword is ""'),
        (leaf("keyword", "is", " a"), 'keyword is " a"'),
        (leaf("keyword", "in", ["a, b", "c"]), 'keyword is "a, b" or c'),
        (leaf("keyword", "is", "x" * 100), f"keyword is {'x' * 59}…"),
        (leaf("date", "gt", "2025-05-31"), "date is after 2025-05-31"),
        (leaf("timestamp", "gte", "2025-05-31"), "timestamp is at or after 2025-05-31 00:00"),
        (leaf("timestamp", "lt", "2025-05-31T12:00:00Z"),
         "timestamp is before 2025-05-31T12:00:00Z"),
        (leaf("date", "in_last", WINDOW), "date is in the last 30 days"),
        (leaf("date", "in_last", {"amount": 1, "unit": "month"}), "date is in the last month"),
        (leaf("date", "not_in_last", WINDOW, tz="Europe/Berlin", calendar=True),
         "date is not in the last 30 days by calendar in Europe/Berlin"),
        (leaf("timestamp", "on", "2025-05-31"), "timestamp is on 2025-05-31"),
        (leaf("timestamp", "on", "2025-05-31T12:00:00Z"), "timestamp is at 2025-05-31T12:00:00Z"),
        (leaf("date", "not_on", "2025-05-31", nulls="exclude"),
         "date is not on 2025-05-31 but set"),
        (leaf("timestamp", "before", "2025-05-31"), "timestamp is before 2025-05-31"),
        (leaf("date", "on_or_after", "2025-05-31"), "date is on or after 2025-05-31"),
        (leaf("timestamp", "on_or_before", "2025-05-31 12:00"),
         "timestamp is at or before 2025-05-31 12:00"),
        (leaf("date", "in_next", {"amount": 1, "unit": "week"}), "date is in the next week"),
        (leaf("date", "not_in_next", WINDOW), "date is not in the next 30 days"),
        (leaf("date", "more_than_ago", {"amount": 1, "unit": "day"}),
         "date is 1 day ago or longer"),
        (leaf("date", "more_than_ahead", WINDOW), "date is 30 days ahead or further"),
        (leaf("date", "between_ago", {"from": 90, "to": 30, "unit": "day"}, calendar=True),
         "date is between 90 and 30 days ago by calendar"),
        (leaf("date", "in_period", {"period": "month", "offset": 0}),
         "date is in the current month"),
        (leaf("date", "in_period", {"period": "quarter", "offset": -1}),
         "date is in the previous quarter"),
        (leaf("date", "in_period", {"period": "year", "offset": 2}),
         "date is in the year 2 years ahead"),
        (leaf("date", "in_period", {"period": "day", "offset": -1}), "date is yesterday"),
        (leaf("date", "in_period", {"period": "year", "to_date": True}),
         "date is in the current year until now"),
        (leaf("date", "not_in_period", {"period": "day", "offset": 0}), "date is not today"),
        (leaf("date", "anniversary", {"in_next": 0}), "date has its anniversary today"),
        (leaf("date", "anniversary", {"in_next": 1}), "date has its anniversary by tomorrow"),
        (leaf("date", "anniversary", {"in_next": 7}, tz="Asia/Tokyo"),
         "date has its anniversary within the next 7 days in Asia/Tokyo"),
        (leaf("date", "anniversary", {"month": 5}), "date has its anniversary in May"),
        (leaf("date", "weekday_in", [5, 1, 2]), "date is on Monday, Tuesday or Friday"),
        (leaf("date", "weekday_in", []), "date is on no day"),
        (leaf("timestamp", "hour_between", [22, 6]), "timestamp is between 22:00 and 06:00"),
        ({"any": [leaf("date", "weekday_in", [1, 2]), A]},
         "date is on Monday or Tuesday, or keyword is a"),
        (leaf("set", "has_any", ["a", "b"]), "set has any of a or b"),
        (leaf("set", "has_all", ["a", "b"]), "set has all of a and b"),
        (leaf("set", "has_none", ["a"]), "set does not have a"),
        (leaf("set", "is_set"), "set is set"),
        (leaf("state", "is_not_set"), "Home state is not set"),
        (leaf("text", "contains", "a"), "text contains a"),
        (leaf("text", "contains", ["a", "b"]), "text contains a or b"),
        (leaf("text", "not_starts_with", ["a", "b"], nulls="exclude"),
         "text does not start with a or b but set"),
        (leaf("text", "ends_with", "a", case_sensitive=False), "text ends with a ignoring case"),
        (leaf("text", "matches", "^a|b$"), "text matches the pattern ^a|b$"),
        (leaf("text", "is_empty"), "text is empty"),
        (leaf("set", "is_not_empty"), "set is not empty"),
        (leaf("set", "is_exactly", ["a", "b"]), "set is exactly a and b"),
        (leaf("set", "is_exactly", []), "set is exactly nothing"),
        (leaf("set", "size_gte", 1000), "set has a size of at least 1,000"),
        (leaf("int", "gt", value_field="decimal"), "int is greater than decimal"),
        (leaf("date", "lt", value_field="timestamp"), "date is before timestamp"),
        (leaf("keyword", "is_not", value_field="state"), "keyword is not Home state"),
        (leaf("_key", "sample", {"from": 0, "to": "2.5"}), "id is in the sample from 0% to 2.5%"),
        (leaf("_key", "sample", {"from": 0, "to": 10, "salt": "a b"}),
         "id is in the sample from 0% to 10% of a b"),
        ({"all": []}, "every record"),
        ({"any": []}, "no record"),
        ({"not": A}, "not (keyword is a)"),
        ({"not": MUTED}, "every record"),
        (MUTED, "every record"),
        ({"any": [MUTED]}, "no record"),
        ({"all": [A, MUTED, B]}, "keyword is a and keyword is b"),
        ({"any": [A, B]}, "keyword is a or keyword is b"),
        ({"all": [A, {"any": [B, C]}]}, "keyword is a and (keyword is b or keyword is c)"),
        ({"any": [{"all": [A, B]}, C]}, "(keyword is a and keyword is b) or keyword is c"),
        ({"all": [A, {"all": [B, C]}]}, "keyword is a and keyword is b and keyword is c"),
        ({"all": [A, {"any": [B]}]}, "keyword is a and keyword is b"),
        ({"any": [leaf("state", "in", ["CA", "NY"]), A]},
         "Home state is CA or NY, or keyword is a"),
        ({"not": {"any": [A, B]}}, "not (keyword is a or keyword is b)"),
    ],
)  # fmt: skip
def test_a_condition_reads_as_a_sentence(condition: Any, sentence: str) -> None:
    """Labels where there are any, groups in parentheses, long lists cut short."""
    assert sentence == english(condition)


def test_the_example_of_the_first_demo_reads_well() -> None:
    """Two conditions joined."""
    condition = {
        "all": [leaf("keyword", "in", ["75-99K", "100-124K"]), leaf("state", "is", "45-54")]
    }

    assert "keyword is 75-99K or 100-124K and Home state is 45-54" == english(condition)


def test_a_key_of_digits_is_no_amount() -> None:
    """It is named like its column."""
    assert "id is 1234567" == english(leaf("_key", "is", 1234567), schema(key_type=FieldType.INT))
