"""The condition language read aloud over plain records: slow, obvious, and on purpose our own.

Written from CONDITIONS.md alone. It imports nothing of the product, shares no code with it, and
knows neither plans nor bitmaps. It takes valid conditions only: what is refused is another test.

Records are mappings from field name to int, Decimal, float, date, aware datetime, str, frozenset,
bool or None; the key stands under ``_key``. Conditions are decoded JSON whose fractions are
Decimals (``json.loads(text, parse_float=Decimal)``). Schemas are the JSON of ``POST /datasets``.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.support import draws, stretches, wall

TEXT_OPERATORS = frozenset(
    {"is_empty", "is_not_empty", "contains", "starts_with", "ends_with", "matches"}
)
TIME_OPERATORS = stretches.OPERATORS | {"anniversary", "weekday_in", "hour_between"}

Value = bool | int | Decimal | float | date | datetime | str | frozenset[str] | None
Row = Mapping[str, Value]
Json = Any

KEY = "_key"
TURKIC = str.maketrans("\u0130\u0131", "\u0100\u0100")
"""To Python these are other cases of ``i``; to RE2, as to Unicode outside Turkish, they are not."""
POSITIVE_TWIN = {
    "is_not": "is",
    "not_in": "in",
    "not_between": "between",
    "not_contains": "contains",
    "not_starts_with": "starts_with",
    "not_ends_with": "ends_with",
    "not_matches": "matches",
    "has_none": "has_any",
    "not_on": "on",
    "not_in_last": "in_last",
    "not_in_next": "in_next",
    "not_in_period": "in_period",
}
"""A negative operator is the exact complement of its twin, null included."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a condition is asked about: the schema, and the moment that counts as now.

    ``related`` answers conditions on related records, where there are any datasets beside it
    (``tests.support.oracle_related``).
    """

    schema: Mapping[str, Json]
    now: datetime
    related: Callable[[Json, "Sequence[Row]", "Asked"], list[bool]] | None = None

    def type_of(self, field: str) -> str:
        """The wire name of a field's type."""
        if field in (KEY, self.schema["key"]):
            declared = [
                str(f["type"]) for f in self.schema["fields"] if f["name"] == self.schema["key"]
            ]
            return declared[0] if declared else "int"
        return str(next(f["type"] for f in self.schema["fields"] if f["name"] == field))

    def value(self, row: Row, field: str) -> Value:
        """The record's value; the key column's name speaks of the key."""
        return row[KEY if field == self.schema["key"] else field]

    @property
    def zone(self) -> str:
        """The dataset's zone."""
        return self.schema.get("time_zone") or "UTC"


def count(condition: Json, rows: Sequence[Row], asked: Asked) -> int:
    """How many of the records satisfy the condition."""
    return sum(holding(condition, rows, asked))


def per_node(condition: Json, rows: Sequence[Row], asked: Asked) -> dict[str, int]:
    """The count of every node that isn't muted, by JSON Pointer."""
    found: dict[str, int] = {}
    holding(condition, rows, asked, into=found)
    return found


def holding(
    condition: Json,
    rows: Sequence[Row],
    asked: Asked,
    pointer: str = "",
    into: dict[str, int] | None = None,
) -> list[bool]:
    """For each record, whether it satisfies the condition; counts per node go ``into`` a dict."""
    answer = _holding(condition, rows, asked, pointer, into)
    if into is not None and not condition.get("muted"):
        into[pointer] = sum(answer)
    return answer


def _holding(
    node: Json, rows: Sequence[Row], asked: Asked, pointer: str, into: dict[str, int] | None
) -> list[bool]:
    if node.get("muted"):
        return [True for _ in rows]
    for group, decide in (("all", all), ("any", any)):
        if group in node:
            parts = [
                holding(child, rows, asked, f"{pointer}/{group}/{place}", into)
                for place, child in enumerate(node[group])
                if not child.get("muted")
            ]
            return [decide(part[i] for part in parts) for i in range(len(rows))]
    if "not" in node:
        if node["not"].get("muted"):
            return [True for _ in rows]
        return [not held for held in holding(node["not"], rows, asked, f"{pointer}/not", into)]
    if "related" in node:
        assert asked.related is not None, "there are datasets beside it"
        return asked.related(node, rows, asked)
    return [leaf_holds(node, row, asked) for row in rows]


def leaf_holds(leaf: Json, row: Row, asked: Asked) -> bool:
    """Whether one leaf holds for one record: null first, then negation, then the operator."""
    op, value = leaf["op"], asked.value(row, leaf["field"])
    if value is not None and "value_field" in leaf and op not in ("is_set", "is_not_set"):
        # Null on either side is as a null field.
        value = asked.value(row, leaf["value_field"])
    if op in ("is_set", "is_not_set"):
        return bool((value is not None) == (op == "is_set"))
    if op in POSITIVE_TWIN:
        if value is None:
            return bool(leaf.get("nulls") != "exclude")
        return not _positive(POSITIVE_TWIN[op], leaf, row, asked)
    return value is not None and _positive(op, leaf, row, asked)


def _positive(op: str, leaf: Json, row: Row, asked: Asked) -> bool:
    """The operator on a record that has a value."""
    if isinstance(members := asked.value(row, leaf["field"]), frozenset):
        return _holds_on_set(op, {nfc(member) for member in members}, leaf.get("value"))
    if op == "sample":
        return draws.in_share(asked.value(row, KEY), leaf["value"])
    if "value_field" in leaf:
        return _compare(
            op, _ours(leaf, leaf["field"], row, asked), _ours(leaf, leaf["value_field"], row, asked)
        )
    ours, given = _ours(leaf, leaf["field"], row, asked), leaf.get("value")
    if asked.type_of(leaf["field"]) in ("keyword", "text") and op in TEXT_OPERATORS:
        return _holds_on_text(op, leaf, ours, asked.value(row, leaf["field"]))
    if asked.type_of(leaf["field"]) in ("date", "timestamp") and op in TIME_OPERATORS:
        return _holds_on_time(op, leaf, ours, asked)
    if op == "in":
        return any(ours == _literal(each, leaf, asked) for each in given)
    if op == "between":
        low, high = (_literal(each, leaf, asked) for each in given)
        return bool(low <= ours <= high)
    return _compare(op, ours, _literal(given, leaf, asked))


def _holds_on_time(op: str, leaf: Json, at: datetime, asked: Asked) -> bool:
    zone, given = leaf.get("tz") or asked.zone, leaf["value"]
    shown = at.astimezone(ZoneInfo(zone))
    match op:
        case "weekday_in":
            return shown.isoweekday() in given
        case "hour_between":
            start, end = given
            if start <= end:
                return bool(start <= shown.hour < end)
            return bool(shown.hour >= start or shown.hour < end)
        case "anniversary" if "month" in given:
            return bool(shown.month == given["month"])
        case "anniversary":
            return wall.comes_round(at, given["in_next"], asked.now, zone)
        case _:
            return stretches.stretch({**leaf, "op": op}, asked.now, zone, asked.zone).holds(at)


def _holds_on_text(op: str, leaf: Json, ours: bytes, written: Any) -> bool:
    given = leaf.get("value")
    if op in ("is_empty", "is_not_empty"):
        return (ours == b"") == (op == "is_empty")
    if op == "matches":
        # The patterns drawn are those that Python reads as RE2 does.
        if leaf.get("case_sensitive", True):
            return re.search(nfc(given), nfc(written)) is not None
        return re.search(nfc(given), nfc(written).translate(TURKIC), re.IGNORECASE) is not None
    sought = [_text(each, leaf) for each in ([given] if isinstance(given, str) else given)]
    match op:
        case "contains":
            return any(each in ours for each in sought)
        case "starts_with":
            return any(ours.startswith(each) for each in sought)
        case _:
            return any(ours.endswith(each) for each in sought)


def _holds_on_set(op: str, members: set[str], given: Json) -> bool:
    if op in ("is_empty", "is_not_empty"):
        return (not members) == (op == "is_empty")
    if op.startswith("size_"):
        return _compare(op.removeprefix("size_"), len(members), Decimal(given))
    asked_for = {nfc(each) for each in given}
    match op:
        case "is_exactly":
            return members == asked_for
        case "has_any":
            return bool(members & asked_for)
        case "has_all":
            return asked_for <= members
        case _:
            raise AssertionError(op)


def _compare(op: str, ours: Any, theirs: Any) -> bool:
    match op:
        case "is":
            return bool(ours == theirs)
        case "gt":
            return bool(ours > theirs)
        case "gte":
            return bool(ours >= theirs)
        case "lt":
            return bool(ours < theirs)
        case "lte":
            return bool(ours <= theirs)
        case _:
            raise AssertionError(op)


def _ours(leaf: Json, field: str, row: Row, asked: Asked) -> Any:
    """The record's value as something Python compares as the contract says."""
    value = asked.value(row, field)
    match asked.type_of(field):
        case "keyword" | "text":
            assert isinstance(value, str)
            return _text(value, leaf)
        case "date":
            assert isinstance(value, date)
            return wall.midnight(value, leaf.get("tz") or asked.zone)
        case _:
            return value


def _literal(given: Json, leaf: Json, asked: Asked) -> Any:
    """A literal as something Python compares with ``_ours`` as the contract says."""
    match asked.type_of(leaf["field"]):
        case "keyword" | "text":
            return _text(given, leaf)
        case "int" | "decimal":
            return Decimal(given)
        case "float":
            # A fraction names its nearest double, so that 0.1 finds the 0.1 that was imported.
            whole = isinstance(given, int) or str(given).lstrip("-").isdigit()
            return int(given) if whole else float(given)
        case "date" | "timestamp":
            return wall.literal(given, leaf.get("tz") or asked.zone, asked.zone)
        case _:
            return given


def _text(text: str, leaf: Json) -> bytes:
    """Compared after NFC, ordered by UTF-8 bytes, folded on request."""
    plain = nfc(text)
    return (plain if leaf.get("case_sensitive", True) else nfc(plain.casefold())).encode()


def nfc(text: str) -> str:
    """The composed form in which all text is compared."""
    return unicodedata.normalize("NFC", text)
