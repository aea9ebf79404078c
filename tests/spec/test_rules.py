"""CONDITIONS.md as a table: a condition, and who it finds among a handful of people."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from evaluator.api import Evaluator
from evaluator.condition.decode import decode_json
from indexer.model.ids import DatasetName
from tests.support.building import evaluator_over, index_of
from tests.support.oracle import KEY, Asked, Row, Value
from tests.support.strategies import World
from tests.support.wire import to_json

NOW = datetime(2025, 3, 31, 12, 0, tzinfo=UTC)
PEOPLE = DatasetName("people")
EVERYBODY = "ann bob cid dee eve"
MEMBERS_MAX = 100
JSON_BYTES_MAX = 100_000
FIELDS = ("vip", "orders", "spent", "score", "born", "seen", "city", "tags")
SCHEMA = {
    "name": PEOPLE,
    "key": "id",
    "time_zone": "Europe/Berlin",
    "fields": [
        {"name": "id", "type": "keyword"},
        {"name": "vip", "type": "bool"},
        {"name": "orders", "type": "int"},
        {"name": "spent", "type": "decimal", "scale": 2},
        {"name": "score", "type": "float"},
        {"name": "born", "type": "date"},
        {"name": "seen", "type": "timestamp"},
        {"name": "city", "type": "keyword"},
        {"name": "tags", "type": "set"},
    ],
}


def person(key: str, **values: Value) -> Row:
    """A record whose other fields are null."""
    return {**dict.fromkeys(FIELDS), KEY: key, **values}


ROWS = (
    person(
        "ann", vip=True, orders=30, spent=Decimal("30.50"), score=0.1, born=date(2024, 2, 29),
        seen=datetime(2025, 3, 30, 0, 59, 59, tzinfo=UTC), city="Köln", tags=frozenset("ab"),
    ),
    person(
        "bob", vip=False, orders=31, spent=Decimal("30.51"), score=-0.0, born=date(2025, 3, 31),
        seen=NOW, city="köln", tags=frozenset("b"),
    ),
    person(
        "cid", orders=2**63 - 1, spent=Decimal("-0.01"), score=2.0**53, born=date(2025, 4, 1),
        seen=datetime(2025, 3, 1, 12, 0, tzinfo=UTC), city="", tags=frozenset(),
    ),
    person(
        "dee", orders=-(2**63), score=1e300, born=date(1969, 12, 31),
        seen=datetime(2025, 2, 28, 23, 0, tzinfo=UTC), city="ｚ", tags=frozenset(("ab", "ä")),
    ),
    person("eve"),
)  # fmt: skip


def leaf(field: str, op: str, value: Any = None, **options: Any) -> dict[str, Any]:
    """A leaf; no value where the operator takes none."""
    given = {} if value is None else {"value": value}
    return {"field": field, "op": op, **given, **options}


CITY = leaf("city", "is", "Köln")
DAY, DAYS_2, DAYS_30 = ({"amount": days, "unit": "day"} for days in (1, 2, 30))
MONTH = {"amount": 1, "unit": "month"}
AGES = {"amount": 100_000, "unit": "year"}
MINUTE = {"amount": 1, "unit": "minute"}
SOME_AGO, DAYS_1_2 = ({"from": days, "to": 1, "unit": "day"} for days in (30, 2))
NO_TIME = {"from": 0, "to": 0, "unit": "year"}
WEEK_SO_FAR = {"period": "week", "to_date": True}
MARCH = {"period": "month", "offset": 0}
MUTED = {"muted": True}

RULES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("an empty all holds for everybody", {"all": []}, EVERYBODY),
    ("an empty any holds for nobody", {"any": []}, ""),
    ("not is the complement among all records", {"not": CITY}, "bob cid dee eve"),
    ("all needs every one", {"all": [CITY, leaf("vip", "is", True)]}, "ann"),
    ("any needs one", {"any": [CITY, leaf("vip", "is", False)]}, "ann bob"),
    ("a muted child is not there", {"all": [CITY, leaf("vip", "is", False, muted=True)]}, "ann"),
    ("an any whose only child is muted is empty", {"any": [{**CITY, **MUTED}]}, ""),
    ("a not without a child holds for everybody", {"not": {**CITY, **MUTED}}, EVERYBODY),
    ("a muted root holds for everybody", {**CITY, **MUTED}, EVERYBODY),
    ("is never finds null", leaf("vip", "is", True), "ann"),
    ("is_not finds null", leaf("vip", "is_not", True), "bob cid dee eve"),
    ("is_not without nulls", leaf("vip", "is_not", True, nulls="exclude"), "bob"),
    ("in any of a list", leaf("orders", "in", [30, 31, 7]), "ann bob"),
    ("in an empty list finds nobody", leaf("orders", "in", []), ""),
    ("not_in finds null", leaf("orders", "not_in", [30, 31]), "cid dee eve"),
    ("not_in an empty list finds everybody", leaf("orders", "not_in", []), EVERYBODY),
    ("or all with a value", leaf("orders", "not_in", [], nulls="exclude"), "ann bob cid dee"),
    ("is_set means not null", leaf("city", "is_set"), "ann bob cid dee"),
    ("is_not_set means null, not empty", leaf("city", "is_not_set"), "eve"),
    ("an empty set is set", leaf("tags", "is_set"), "ann bob cid dee"),
    ("a fraction lies between ints", leaf("orders", "gt", Decimal("30.5")), "bob cid"),
    ("no int is a fraction", leaf("orders", "is", Decimal("30.5")), ""),
    ("30.0 is 30", leaf("orders", "is", Decimal("30.0")), "ann"),
    ("a number may be a string", leaf("orders", "is", "30"), "ann"),
    ("the largest int", leaf("orders", "gte", 2**63 - 1), "cid"),
    ("nothing is larger than 64 bits", leaf("orders", "gt", 10**30), ""),
    ("everything is smaller", leaf("orders", "lt", 10**30), "ann bob cid dee"),
    ("a decimal keeps its digits", leaf("spent", "is", "30.50"), "ann"),
    ("a longer literal is not rounded", leaf("spent", "gt", "30.505"), "bob"),
    ("nor equal to what it would round to", leaf("spent", "is", "30.505"), ""),
    ("between includes both ends", leaf("spent", "between", ["-0.01", "30.50"]), "ann cid"),
    ("low above high finds nobody", leaf("spent", "between", [31, 30]), ""),
    ("not_between finds null", leaf("spent", "not_between", [30, 31]), "cid dee eve"),
    ("0.1 finds the 0.1 that was imported", leaf("score", "is", Decimal("0.1")), "ann"),
    ("minus zero is zero", leaf("score", "is", 0), "bob"),
    ("an int is compared with doubles exactly", leaf("score", "is", 2**53 + 1), ""),
    ("and so is its order", leaf("score", "lt", 2**53 + 1), "ann bob cid"),
    ("text is compared composed", leaf("city", "is", "Ko\u0308ln"), "ann"),
    ("and by case", leaf("city", "is", "köln"), "bob"),
    ("the empty text is a value", leaf("city", "is", ""), "cid"),
    ("order is by bytes of UTF-8", leaf("city", "gt", "z"), "dee"),
    ("has_any needs one member", leaf("tags", "has_any", ["a", "ab"]), "ann dee"),
    ("has_any of nothing", leaf("tags", "has_any", []), ""),
    ("has_all needs every member", leaf("tags", "has_all", ["a", "b"]), "ann"),
    ("has_all of nothing finds all sets", leaf("tags", "has_all", []), "ann bob cid dee"),
    ("has_none finds null", leaf("tags", "has_none", ["a", "b"]), "cid dee eve"),
    ("has_none without nulls", leaf("tags", "has_none", ["b"], nulls="exclude"), "cid dee"),
    ("members are composed", leaf("tags", "has_any", ["a\u0308"]), "dee"),
    ("a bare date is its local midnight", leaf("seen", "is", "2025-03-01"), "dee"),
    ("a local time is the dataset's", leaf("seen", "is", "2025-03-01T13:00:00"), "cid"),
    ("a skipped local time moves on", leaf("seen", "gte", "2025-03-30T02:30:00"), "bob"),
    ("an instant has its zone", leaf("seen", "is", "2025-03-31T05:00:00-07:00"), "bob"),
    ("a date is its midnight too", leaf("born", "gte", "2025-03-31"), "bob cid"),
    ("before 1970", leaf("born", "lt", "1970-01-01"), "dee"),
    ("in_last ends now, included", leaf("seen", "in_last", MINUTE), "bob"),
    ("and starts after its start", leaf("seen", "in_last", DAYS_30), "ann bob"),
    ("the future is not in the last", leaf("born", "in_last", DAY), "bob"),
    ("not_in_last finds null", leaf("born", "not_in_last", DAYS_30), "ann cid dee eve"),
    ("a month is stepped by calendar", leaf("seen", "in_last", MONTH), "ann bob cid dee"),
    ("whole local months", leaf("seen", "in_last", MONTH, calendar=True), "ann bob cid dee"),
    ("in UTC", leaf("seen", "in_last", MONTH, calendar=True, tz="UTC"), "ann bob cid"),
    ("whole local days", leaf("seen", "in_last", DAYS_2, calendar=True), "ann bob"),
    ("a window may be ages", leaf("seen", "in_last", AGES), "ann bob cid dee"),
    ("on a bare date is the whole local day", leaf("seen", "on", "2025-03-30"), "ann"),
    ("in the zone that is named", leaf("seen", "on", "2025-03-29", tz="US/Hawaii"), "ann"),
    ("on an instant is that instant", leaf("seen", "on", "2025-03-31T12:00:00Z"), "bob"),
    ("a day's date is on that day", leaf("born", "on", "2024-02-29"), "ann"),
    ("not_on finds null", leaf("born", "not_on", "2024-02-29"), "bob cid dee eve"),
    ("or not", leaf("born", "not_on", "2024-02-29", nulls="exclude"), "bob cid dee"),
    ("before ends at the day's midnight", leaf("seen", "before", "2025-03-30"), "cid dee"),
    ("lt means the midnight, too", leaf("seen", "lt", "2025-03-30"), "cid dee"),
    ("after starts at the next midnight", leaf("seen", "after", "2025-03-30"), "bob"),
    ("gt means the day's own midnight", leaf("seen", "gt", "2025-03-30"), "ann bob"),
    ("on or before is with the day", leaf("seen", "on_or_before", "2025-03-30"), "ann cid dee"),
    ("on or after is with the day", leaf("born", "on_or_after", "2025-03-31"), "bob cid"),
    ("after an instant is without it", leaf("seen", "after", "2025-03-31T12:00:00Z"), ""),
    ("on or after is with it", leaf("seen", "on_or_after", "2025-03-31T12:00:00Z"), "bob"),
    ("in_next starts now, included", leaf("seen", "in_next", MINUTE), "bob"),
    ("tomorrow is within a day", leaf("born", "in_next", DAY), "cid"),
    ("today's midnight is past", leaf("born", "in_next", DAYS_30), "cid"),
    ("not_in_next finds null and the past", leaf("born", "not_in_next", DAY), "ann bob dee eve"),
    ("in_next by calendar: what is left of today", leaf("born", "in_next", DAY, calendar=True), ""),
    ("longer ago than 30 days, at least", leaf("seen", "more_than_ago", DAYS_30), "cid dee"),
    ("by calendar: before last month", leaf("seen", "more_than_ago", MONTH, calendar=True), ""),
    ("a day ahead or further", leaf("born", "more_than_ahead", DAY), ""),
    ("from tomorrow on", leaf("born", "more_than_ahead", DAY, calendar=True), "cid"),
    ("from 30 to 1 days ago, both included", leaf("seen", "between_ago", SOME_AGO), "ann cid"),
    ("the days themselves", leaf("seen", "between_ago", DAYS_1_2, calendar=True), "ann"),
    ("now is no time ago", leaf("seen", "between_ago", NO_TIME), "bob"),
    ("this month", leaf("born", "in_period", {"period": "month", "offset": 0}), "bob"),
    ("next quarter", leaf("born", "in_period", {"period": "quarter", "offset": 1}), "cid"),
    ("a year is the local one", leaf("born", "in_period", {"period": "year", "offset": -1}), "ann"),
    ("a week starts on Monday", leaf("born", "in_period", {"period": "week"}), "bob cid"),
    ("and ends now if to date", leaf("born", "in_period", WEEK_SO_FAR), "bob"),
    ("not_in_period finds null", leaf("seen", "not_in_period", MARCH), "eve"),
    ("without nulls: nobody", leaf("seen", "not_in_period", MARCH, nulls="exclude"), ""),
    ("an anniversary is today", leaf("born", "anniversary", {"in_next": 0}), "bob"),
    ("or tomorrow", leaf("born", "anniversary", {"in_next": 1}), "bob cid"),
    ("the year of birth is ignored", leaf("born", "anniversary", {"month": 12}), "dee"),
    ("29 February is in February", leaf("born", "anniversary", {"month": 2}), "ann"),
    ("all are within a year", leaf("born", "anniversary", {"in_next": 365}), "ann bob cid dee"),
    ("Monday is 1", leaf("seen", "weekday_in", [1]), "bob"),
    ("weekends are 6 and 7", leaf("seen", "weekday_in", [7, 6]), "ann cid dee"),
    ("a weekday is local", leaf("seen", "weekday_in", [5], tz="UTC"), "dee"),
    ("no weekday is none", leaf("seen", "weekday_in", []), ""),
    ("any weekday is any value", leaf("seen", "weekday_in", [*range(1, 8)]), "ann bob cid dee"),
    ("hours are local, the last left out", leaf("seen", "hour_between", [13, 14]), "cid"),
    ("after the clock change 12 UTC is 14", leaf("seen", "hour_between", [14, 15]), "bob"),
    ("hours wrap over midnight", leaf("seen", "hour_between", [22, 2]), "ann dee"),
    ("an hour to itself is no time", leaf("seen", "hour_between", [13, 13]), ""),
    ("0 to 24 is the whole day", leaf("seen", "hour_between", [0, 24]), "ann bob cid dee"),
    ("the key is a field", leaf("_key", "in", ["ann", "zoe"]), "ann"),
    ("by its own name too", leaf("id", "gt", "cid"), "dee eve"),
)  # fmt: skip


@pytest.fixture(scope="module")
async def people() -> AsyncIterator[Evaluator]:
    """An evaluator over the people, at noon UTC on the last of March."""
    index = await index_of(World(Asked(SCHEMA, NOW), ROWS))
    yield evaluator_over(index, NOW)
    await index.close()


@pytest.mark.parametrize(("condition", "found"), [r[1:] for r in RULES], ids=[r[0] for r in RULES])
async def test_a_condition_finds_whom_it_says(
    people: Evaluator, condition: dict[str, Any], found: str
) -> None:
    """Each row of the table is a sentence of CONDITIONS.md."""
    decoded = decode_json(to_json(condition), JSON_BYTES_MAX)

    page = await people.members(PEOPLE, decoded, fields=[], limit=MEMBERS_MAX)

    assert found.split() == [record.key for record in page.records]


async def test_now_is_an_argument(people: Evaluator) -> None:
    """The same window, asked at another time, finds others."""
    window = leaf("seen", "in_last", {"amount": 1, "unit": "hour"})

    count = await people.count(PEOPLE, window, now=datetime(2025, 3, 1, 12, 30, tzinfo=UTC))

    assert count.count == 1
    assert count.now == datetime(2025, 3, 1, 12, 30, tzinfo=UTC)
