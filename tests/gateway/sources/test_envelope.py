"""Debezium's envelopes and types, one by one."""

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.changes.fitting import fit_of
from evaluator.changes.values import Unfit
from evaluator.condition.local_time import LocalTime
from gateway.sources.api import BEFORE_ALL, Event, Op, Refused
from gateway.sources.debezium.envelope import Envelopes
from gateway.sources.debezium.order import order_of
from gateway.sources.debezium.types import UNAVAILABLE, Unsaid, column_of, fit, scaled
from indexer.model.ids import FieldName
from indexer.model.record import Value
from indexer.model.schema import Field, FieldType
from tests.support.debezium import (
    AT_MS,
    SCHEMA_CHANGE,
    STREAM,
    TOMBSTONE,
    compact,
    envelope,
    key_of,
    key_schema,
)

WALL = LocalTime(ZoneInfo("Europe/Berlin"))
ROW = {"id": 7, "state": "CA"}
HUGE = 10**17
EPOCH = "1970-01-01"
DATE = "io.debezium.time.Date"


@pytest.mark.parametrize(
    ("op", "becomes"), [("c", Op.UPSERT), ("u", Op.UPSERT), ("r", Op.UPSERT), ("d", Op.DELETE),
                        ("t", Op.TRUNCATE)],
)  # fmt: skip
def test_an_op_is_what_happened_to_the_row(op: str, becomes: Op) -> None:
    """Rows of a snapshot come before every change."""
    event = _event(envelope(op, ROW if op in "cur" else None, ROW if op == "d" else None, lsn=9))

    assert becomes == event.op
    assert ((BEFORE_ALL if op == "r" else (9,)), {"id": 7}) == (event.order, event.key)
    assert (AT_MS + 9) * 1_000 == event.at_us


@pytest.mark.parametrize(
    "value",
    [TOMBSTONE, "null", "", SCHEMA_CHANGE, envelope("m"), '{"schema": null, "payload": null}',
     '{"schema": {"type": "struct"}, "payload": {"ddl": "DROP TABLE x"}}'],
)  # fmt: skip
def test_what_says_nothing_of_rows_is_passed_over(value: str) -> None:
    """Tombstones, changes of the table itself, messages in the log."""
    assert _read(value) is None


@pytest.mark.parametrize(
    "value",
    ["{", "7", "[]", "nonsense", '{"op": "x", "after": {}}', '{"op": 7}', '{"id": 7}', "\\x80",
     '{"op": "c"}', '{"op": "u", "after": null}', '{"op": "c", "after": [1]}', "[" * 100_000,
     '{"schema": {"fields": 7}, "payload": {"op": "c", "after": {"id": 1}}}',
     '{"schema": 7, "payload": {"op": "c", "after": {"id": 1}}}',
     '{"schema": {"fields": [{"field": "after", "fields": [7]}]}, "payload": {"op": "c"}}'],
)  # fmt: skip
def test_what_can_not_be_read_is_refused(value: str) -> None:
    """With its place and a reason, and no exception."""
    refused = _read(value)

    assert isinstance(refused, Refused)
    assert [STREAM, "unreadable", "5-0"] == [refused.table, refused.code, refused.place]


@given(key=st.binary(max_size=40), value=st.binary(max_size=80))
def test_no_bytes_stop_the_stream(key: bytes, value: bytes) -> None:
    """Whatever somebody writes into it."""
    found = Envelopes([STREAM], UNAVAILABLE).read(STREAM, key, value, "5-0")

    assert found is None or isinstance(found, Refused | Event)


@pytest.mark.parametrize(
    ("key", "becomes"),
    [
        (key_of(id=7), {"id": 7}),
        (json.dumps({"schema": key_schema("int32"), "payload": {"id": 7}}), {"id": 7}),
        (compact({"schema": key_schema("int32", DATE), "payload": {"id": 0}}), {"id": EPOCH}),
        ('{ "schema" : {"type": "struct", "fields": []}, "payload": {"id": 7}}', {"id": 7}),
        ("7", {"key": 7}),
        (TOMBSTONE, {}),
        ('{"schema":null,"payload":null}', {}),
    ],
)  # fmt: skip
def test_a_key_is_a_row_of_its_columns(key: str, becomes: Mapping[str, object]) -> None:
    """With a schema, without one, bare, or null."""
    assert becomes == _event(envelope("c", ROW), key).key


def test_what_did_not_change_is_kept() -> None:
    """The placeholder is never a value, also in base64 and in lists."""
    encoded = base64.b64encode(UNAVAILABLE.encode()).decode()
    row = {**ROW, "note": UNAVAILABLE, "picture": encoded, "tags": [UNAVAILABLE]}

    event = _event(envelope("u", row, before={**row}))

    assert ROW == event.values == event.old
    assert {"note", "picture", "tags"} == event.kept


@pytest.mark.parametrize(
    ("tables", "stream", "becomes"),
    [
        ([STREAM], STREAM, STREAM),
        (["public.people"], "all", "public.people"),
        (["people"], "all", "people"),
        (["shop.public.people"], "all", "shop.public.people"),
        (["shop.people"], "all", "shop.people"),
        (["other"], "all", "all"),
    ],
)
def test_a_table_is_found_by_any_of_its_names(tables: list[str], stream: str, becomes: str) -> None:
    """Several tables may share a stream."""
    found = Envelopes(tables, UNAVAILABLE).read(stream, b"1", envelope("c", ROW).encode(), "5-0")

    assert isinstance(found, Event)
    assert becomes == found.table


@pytest.mark.parametrize(
    ("source", "order", "lineage"),
    [
        ({"connector": "postgresql", "lsn": 24_023_128}, (24_023_128,), ""),
        ({"connector": "mysql", "file": "mysql-bin.000003", "pos": 154, "row": 2, "server_id": 7},
         (3, 154, 2), "server 7"),
        ({"connector": "mariadb", "file": "odd", "pos": 1, "ts_ms": 5}, (5_000_000,), ""),
        ({"connector": "sqlserver", "commit_lsn": "00000027:00000758:0005",
          "change_lsn": "00000027:00000758:0003", "event_serial_no": 2},
         (0x27, 0x758, 5, 0x27, 0x758, 3, 2), ""),
        ({"connector": "oracle", "scn": "1513850", "ssn": 3}, (1_513_850, 3), ""),
        ({"connector": "mongodb", "ts_ms": 5, "ord": 31}, (5, 31), ""),
        ({"connector": "db2", "ts_ms": 5, "ts_ns": 5_000_001}, (5_000_001,), ""),
        ({"connector": "vitess"}, (), ""),
        ({}, (), ""),
    ],
)  # fmt: skip
def test_an_order_is_a_place_in_the_databases_log(
    source: dict[str, object], order: tuple[int, ...], lineage: str
) -> None:
    """Or the moment, where a database tells nothing better."""
    assert (order, lineage) == order_of(source)


@pytest.mark.parametrize(
    ("column", "value", "field", "stored"),
    [
        ({"type": "int32", "name": "io.debezium.time.Date"}, 20_240, "date", 20_240),
        ({"type": "int32", "name": "io.debezium.time.Date"}, 1, "keyword", "1970-01-02"),
        ({"type": "int32", "name": "org.apache.kafka.connect.data.Date"}, -1, "date", -1),
        # 09:00 on a wall in Berlin is 07:00 UTC in summer.
        ({"type": "int64", "name": "io.debezium.time.Timestamp"}, 1_748_768_400_000, "timestamp",
         1_748_761_200_000_000),
        ({"type": "int64", "name": "io.debezium.time.MicroTimestamp"}, 1_748_768_400_000_001,
         "timestamp", 1_748_761_200_000_001),
        ({"type": "int64", "name": "io.debezium.time.NanoTimestamp"}, 1_748_768_400_000_001_999,
         "timestamp", 1_748_761_200_000_001),
        ({"type": "string", "name": "io.debezium.time.ZonedTimestamp"},
         "2025-06-01T09:00:00.123456789+02:00", "timestamp", 1_748_761_200_123_456),
        ({"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal",
          "parameters": {"scale": "2"}}, "BNI=", "decimal", 1_234),
        ({"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal",
          "parameters": {"scale": "2"}}, "+y4=", "decimal", -1_234),
        ({"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal",
          "parameters": {"scale": "0"}}, "BNI=", "int", None),
        ({"type": "struct", "name": "io.debezium.data.VariableScaleDecimal"},
         {"scale": 1, "value": "Cg=="}, "decimal", 100),
        ({"type": "string"}, "12.34", "decimal", 1_234),
        ({"type": "double"}, 1.5, "float", 1.5),
        ({"type": "int16"}, 1, "bool", True),
        ({"type": "boolean"}, True, "bool", True),
        ({"type": "int32"}, 90_210, "keyword", "90210"),
        ({"type": "string", "name": "io.debezium.data.Enum"}, "a", "keyword", "a"),
        ({"type": "string", "name": "io.debezium.data.EnumSet"}, "b,a", "set", ("a", "b")),
        ({"type": "array", "items": {"type": "string"}}, ["b", "a", None], "set", ("a", "b")),
        ({"type": "array", "items": {"type": "int32"}}, [2, 1], "set", ("1", "2")),
        ({"type": "bytes", "name": "io.debezium.data.Bits"}, "AQI=", "int", 513),
        ({"type": "string", "name": "io.debezium.data.Json"}, '{"a": 1}', "text", '{"a": 1}'),
    ],
)  # fmt: skip
def test_a_value_is_what_its_schema_says(
    column: Mapping[str, Any], value: object, field: str, stored: Value
) -> None:
    """Moments without a zone are what the dataset's wall shows, to the microsecond."""
    event = _event(envelope("c", {"x": value}, columns=[{**column, "field": "x"}]))

    if stored is None:
        with pytest.raises(Unfit):
            _stored(event.values["x"], field, Unsaid(decimals="text"))
    else:
        assert stored == _stored(event.values["x"], field, Unsaid(decimals="text"))


@pytest.mark.parametrize(
    ("value", "field", "unsaid", "stored"),
    [
        (20_240, "date", Unsaid(), 20_240),
        (1_748_768_400_000, "timestamp", Unsaid(times="ms"), 1_748_761_200_000_000),
        (1_748_768_400_000_001, "timestamp", Unsaid(times="us"), 1_748_761_200_000_001),
        ("2025-06-01T07:00:00Z", "timestamp", Unsaid(), 1_748_761_200_000_000),
        ("12.34", "decimal", Unsaid(decimals="text"), 1_234),
        ("BNI=", "decimal", Unsaid(decimals="bytes"), 1_234),
        (12.25, "decimal", Unsaid(), 1_225),
        ({"scale": 1, "value": "Cg=="}, "decimal", Unsaid(), 100),
        (0, "bool", Unsaid(), False),
    ],
)
def test_a_value_without_a_schema_is_what_the_settings_say(
    value: object, field: str, unsaid: Unsaid, stored: Value
) -> None:
    """Only where a value has one meaning is none asked for."""
    assert stored == _stored(_event(envelope("c", {"x": value})).values["x"], field, unsaid)


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        (None, 1_748_768_400_000, "timestamp"),
        (None, "1234", "decimal"),
        (None, 2, "bool"),
        (None, {"a": 1}, "keyword"),
        (None, "NaN", "float"),
        (None, HUGE, "date"),
        (DATE, "tomorrow", "date"),
        (DATE, HUGE, "date"),
        ("io.debezium.time.NanoTimestamp", 10**30, "timestamp"),
        ("io.debezium.data.geometry.Point", {"x": 1, "y": 2}, "keyword"),
        ("org.apache.kafka.connect.data.Decimal", "?", "decimal"),
        ("org.apache.kafka.connect.data.Decimal", base64.b64encode(b"7" * 900).decode(), "decimal"),
        ("io.debezium.data.VariableScaleDecimal", {"scale": 10**9, "value": "Cg=="}, "decimal"),
        ("io.debezium.data.VariableScaleDecimal", 7, "decimal"),
    ],
)
def test_a_value_that_is_not_clear_is_never_guessed(
    column: str | None, value: object, field: str
) -> None:
    """It is refused, and what it was is not repeated."""
    columns = None if column is None else [{"type": "x", "name": column, "field": "x"}]
    event = _event(envelope("c", {"x": value}, columns=columns))

    with pytest.raises(Unfit) as refused:
        _stored(event.values["x"], field, Unsaid())

    assert str(value) not in refused.value.message


@given(units=st.integers(-(10**18) + 1, 10**18 - 1), scale=st.integers(0, 18))
def test_a_decimal_comes_back_from_its_bytes(units: int, scale: int) -> None:
    """Any number of any scale, positive or negative."""
    data = units.to_bytes(9, "big", signed=True)

    assert Decimal(units).scaleb(-scale) == scaled(base64.b64encode(data).decode(), scale)


def test_a_schema_tells_the_fields_that_its_columns_would_be() -> None:
    """With their types and scales; what no field can hold is none."""
    columns: list[Mapping[str, Any]] = [
        {"type": "int32", "field": "id"}, {"type": "string", "field": "state"},
        {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "field": "spent",
         "parameters": {"scale": "2"}},
        {"type": "int64", "name": "io.debezium.time.MicroTimestamp", "field": "seen"},
        {"type": "struct", "name": "io.debezium.data.geometry.Point", "field": "home"},
        {"type": "bytes", "field": "picture"},
    ]  # fmt: skip

    event = _event(envelope("c", ROW, columns=columns))

    found = {name: (each.type.value, each.scale) for name, each in event.columns.items()}
    assert {
        "id": ("int", 0), "state": ("keyword", 0), "spent": ("decimal", 2), "seen": ("timestamp", 0)
    } == found  # fmt: skip
    assert column_of({"type": "bytes", "field": "picture"}).field is None


def test_a_document_of_mongodb_is_a_row() -> None:
    """Its key and its values come as texts in Extended JSON."""
    after = {
        "_id": {"$oid": "65f0"}, "state": "CA", "n": {"$numberLong": "5"}, "tags": ["a"],
        "seen": {"$date": 1_748_761_200_000}, "spent": {"$numberDecimal": "1.50"}, "x": {"y": 1},
    }  # fmt: skip
    told = {"op": "c", "after": json.dumps(after), "source": {"connector": "mongodb", "ts_ms": 5}}

    event = _event(json.dumps(told), json.dumps({"id": '{"$oid": "65f0"}'}))

    assert {"_id": "65f0"} == event.key
    assert ["65f0", "CA", 5, ["a"], "2025-06-01T07:00:00Z", Decimal("1.50")] == [
        event.values[name] for name in ("_id", "state", "n", "tags", "seen", "spent")
    ]
    with pytest.raises(Unfit):
        _stored(event.values["x"], "keyword", Unsaid())


def _read(value: str, key: str = '{"id": 7}') -> Event | Refused | None:
    raw = value.encode().decode("unicode_escape").encode("latin-1") if "\\x" in value else None
    return Envelopes([STREAM], UNAVAILABLE).read(
        STREAM, key.encode(), raw if raw is not None else value.encode(), "5-0"
    )


def _event(value: str, key: str = '{"id": 7}') -> Event:
    event = _read(value, key)
    assert isinstance(event, Event), event
    return event


def _stored(value: object, type_: str, unsaid: Unsaid) -> Value:
    field = Field(FieldName("x"), FieldType(type_), scale=2 if type_ == "decimal" else 0)
    return fit_of(field, WALL)(fit(field, value, unsaid))
