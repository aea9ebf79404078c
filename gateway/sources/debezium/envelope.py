"""One entry of Debezium's as an event: the envelope, with or without the schema that explains it.

An entry that can't be understood is refused, with the reason; it never stops the stream.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from gateway.sources.api import BEFORE_ALL, Event, Op, Refused, Row
from gateway.sources.debezium.documents import plain_document, plain_key
from gateway.sources.debezium.order import order_of, time_ns
from gateway.sources.debezium.types import Column, column_of
from indexer.model.schema import Field

NOTHING = b"default"
"""What the sink writes in the place of a key or a value that is null."""
SCHEMAS_MAX = 1_000
"""Embedded schemas remembered, by their bytes."""
_WITH_SCHEMA = b'{"schema":'
_NO_NAMES: frozenset[str] = frozenset()
_NO_COLUMNS: Mapping[str, Column] = MappingProxyType({})


class Payload(msgspec.Struct):
    """What is in an envelope. ``before`` and ``after`` are texts where MongoDB wrote them."""

    op: str | None = None
    before: dict[str, Any] | str | None = None
    after: dict[str, Any] | str | None = None
    source: dict[str, Any] | None = None
    ddl: str | None = None
    tableChanges: Any = None  # noqa: N815 - Debezium's name


class Message(Payload):
    """The envelope itself, or one around it with the schema."""

    schema: msgspec.Raw = msgspec.Raw(b"null")
    payload: Payload | msgspec.UnsetType | None = msgspec.UNSET


class KeyMessage(msgspec.Struct):
    """A key with its schema."""

    schema: msgspec.Raw
    payload: Any = None


@dataclass(frozen=True, slots=True)
class Described:
    """The columns of a table as an embedded schema tells them."""

    columns: Mapping[str, Column]
    fields: Mapping[str, Field]


_UNDESCRIBED = Described(_NO_COLUMNS, MappingProxyType({}))


class Envelopes:
    """Reads the entries of one source; remembers the schemas that came with them.

    ``tables`` are those somebody wants; ``placeholder`` stands for values that did not change.
    """

    def __init__(self, tables: Iterable[str], placeholder: str) -> None:
        self._tables = frozenset(tables)
        encoded = base64.b64encode(placeholder.encode()).decode()
        self._unchanged = frozenset((placeholder, encoded))
        self._schemas: dict[bytes, Described] = {}
        self._messages = msgspec.json.Decoder(Message, float_hook=Decimal)
        self._keys = msgspec.json.Decoder(float_hook=Decimal)
        self._described_keys = msgspec.json.Decoder(KeyMessage, float_hook=Decimal)
        self.described = False
        """Whether the last entry came with its schema."""

    def read(self, stream: str, key: bytes, value: bytes, place: str) -> Event | Refused | None:
        """The entry's event; None where it says nothing of rows. Cost: some microseconds."""
        if value in (NOTHING, b"", b"null"):
            return None  # a tombstone: the removal itself came before it
        try:
            message = self._messages.decode(value)
            payload = message if message.payload is msgspec.UNSET else message.payload
            if payload is None:
                return None
            schema = bytes(message.schema)
            known = self._described(schema)
            self.described = known is not _UNDESCRIBED
            row_key = self._key(key)
            return self._event(stream, payload, row_key, known, place)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Refused(stream, "unreadable", "this is not JSON as Debezium writes it", place)
        except _Odd as odd:
            return Refused(stream, "unreadable", str(odd), place)

    def _event(
        self, stream: str, payload: Payload, key: Row, known: Described, place: str
    ) -> Event | None:
        match payload.op:
            case "c" | "u" | "r":
                op = Op.UPSERT
            case "d":
                op = Op.DELETE
            case "t":
                op = Op.TRUNCATE
            case "m":
                return None  # somebody's own message in the log
            case None if payload.ddl is not None or payload.tableChanges is not None:
                return None  # the table changed, which its next row shows
            case None:
                raise _Odd("this is no envelope of Debezium's: it has no op")
            case _:
                raise _Odd("this is an op that Debezium does not have")
        if op is Op.UPSERT and payload.after is None:
            raise _Odd("this tells no row: it has no 'after'")
        source = payload.source or {}
        order, lineage = (BEFORE_ALL, "") if payload.op == "r" else order_of(source)
        at_ns = time_ns(source)
        if source.get("connector") == "mongodb" and isinstance(key.get("id"), str):
            key = {"_id": plain_key(str(key["id"]))}
        values, kept = self._row(payload.after, known)
        return Event(
            table=self._table(stream, source),
            op=op,
            key=key,
            values=values,
            kept=kept,
            old=self._row(payload.before, known)[0],
            order=order,
            lineage=lineage,
            at_us=None if at_ns is None else at_ns // 1_000,
            place=place,
            columns=known.fields,
        )

    def _row(
        self, told: dict[str, Any] | str | None, known: Described
    ) -> tuple[Row, frozenset[str]]:
        """The row's plain values, and the columns that stay as they are."""
        if told is None:
            return {}, _NO_NAMES
        if isinstance(told, str):
            return plain_document(told), _NO_NAMES
        kept = [name for name, value in told.items() if self._is_unchanged(value)]
        columns = known.columns
        if not columns and not kept:
            return told, _NO_NAMES
        row = {
            name: value if value is None or name not in columns else columns[name].plain(value)
            for name, value in told.items()
        }
        for name in kept:
            del row[name]
        return row, frozenset(kept) if kept else _NO_NAMES

    def _is_unchanged(self, value: object) -> bool:
        if type(value) is str:
            return value in self._unchanged
        return type(value) is list and len(value) == 1 and self._is_unchanged(value[0])

    def _key(self, key: bytes) -> Row:
        if key in (NOTHING, b"", b"null"):
            return {}
        known = _UNDESCRIBED
        if key.startswith(_WITH_SCHEMA):
            message = self._described_keys.decode(key)
            known, told = self._described(bytes(message.schema)), message.payload
        else:
            told = self._keys.decode(key)
            if isinstance(told, dict) and told.keys() == {"schema", "payload"}:
                known = self._described(msgspec.json.encode(told["schema"]))
                told = told["payload"]
        if told is None:
            return {}
        if not isinstance(told, dict):
            return {"key": told}
        return self._row(told, known)[0]

    def _table(self, stream: str, source: Mapping[str, Any]) -> str:
        """The name by which somebody wants the table; the stream's where nobody does."""
        if stream in self._tables:
            return stream
        table = source.get("table") or source.get("collection")
        names = [source.get("db"), source.get("schema"), table]
        told = [name for name in names if isinstance(name, str) and name]
        for start in range(len(told)):
            if (name := ".".join(told[start:])) in self._tables:
                return name
        both = f"{source.get('db')}.{table}"
        return both if both in self._tables else stream

    def _described(self, schema: bytes) -> Described:
        if schema == b"null":
            return _UNDESCRIBED
        known = self._schemas.get(schema)
        if known is None:
            if len(self._schemas) >= SCHEMAS_MAX:
                self._schemas.clear()
            known = self._schemas[schema] = _described(schema)
        return known


class _Odd(Exception):
    """Why an entry is refused."""


def _described(schema: bytes) -> Described:
    """The columns of the rows that an embedded schema is of."""
    told = msgspec.json.decode(schema)
    try:
        fields = told.get("fields", [])
        rows = [each for each in fields if each.get("field") in ("after", "before")]
        if rows:
            fields = next((each["fields"] for each in reversed(rows) if "fields" in each), [])
        columns = {each["field"]: column_of(each) for each in fields}
    except (KeyError, TypeError, AttributeError, ValueError):
        raise _Odd("its schema is not as Debezium writes it") from None
    known = {name: column.field for name, column in columns.items() if column.field is not None}
    return Described(columns, known)
