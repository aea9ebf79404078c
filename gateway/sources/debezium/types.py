"""Values as Debezium writes them: by the schema beside them, or by the field they are for.

With a schema each column has a function that makes its values plain: ISO texts for dates and
moments, ``Decimal`` for decimals. Without one, a number for a date is days, and what a number for
a moment or a text for a decimal means must be told.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from evaluator.changes.values import Unfit
from indexer.model.ids import FieldName
from indexer.model.schema import DECIMAL_DIGITS_MAX, Field, FieldType

UNAVAILABLE = "__debezium_unavailable_value"
"""What stands for a large value that did not change, unless the connector has another word."""
Unit = Literal["ms", "us", "ns"]
PER_SECOND: Mapping[Unit, int] = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - these moments name no zone: they are a wall's
_EPOCH_DAY = date(1970, 1, 1)
_FINER = re.compile(r"(\.[0-9]{6})[0-9]+")
_BYTES_MAX = 64
"""Bytes of an unscaled decimal: far more than any field holds."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that its own schema does not explain; refused only where a field wants it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Column:
    """How one column's values are made plain, and the field it would be."""

    plain: Callable[[Any], object]
    field: Field | None


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What values without a schema mean: settings of the source."""

    times: Unit | None = None
    decimals: Literal["text", "bytes"] | None = None


def column_of(schema: Mapping[str, Any]) -> Column:
    """The column that a field of an embedded schema describes."""
    name = FieldName(str(schema.get("field", "")))
    logical, type_ = schema.get("name"), schema.get("type")
    parameters = schema.get("parameters") or {}
    known = _LOGICAL.get(str(logical))
    if known is not None:
        plain, kind = known
        return Column(plain, Field(name, kind) if kind is not None else None)
    if logical == "org.apache.kafka.connect.data.Decimal":
        scale = int(parameters.get("scale", 0))
        return Column(lambda value: scaled(value, scale), _decimal(name, scale))
    if type_ == "array":
        return Column(_same, Field(name, FieldType.SET))
    kind = _PLAIN.get(str(type_))
    return Column(_same, Field(name, kind) if kind is not None else None)


def fit(field: Field, value: object, unsaid: Unsaid) -> object:
    """A plain value, or one without a schema, in the JSON form of a field. Raises: Unfit."""
    if isinstance(value, Unreadable):
        raise Unfit("bad_value", f"the value of '{field.name}' {value.reason}")
    if isinstance(value, dict) and value.keys() == {"scale", "value"}:
        value = _readable(field, _variable(value))
    if type(value) is int:
        return _of_number(field, value, unsaid)
    if isinstance(value, str):
        return _of_text(field, value, unsaid)
    if isinstance(value, list) and field.type is FieldType.SET:
        return [str(each) if type(each) is int else each for each in value if each is not None]
    return value


def _of_number(field: Field, value: int, unsaid: Unsaid) -> object:
    match field.type:
        case FieldType.BOOL if value in (0, 1):
            return bool(value)
        case FieldType.DATE:
            return _readable(field, day_text(value))
        case FieldType.TIMESTAMP:
            if unsaid.times is None:
                raise _untold(field, "times", "ms, us or ns")
            return _readable(field, moment_text(value, unsaid.times))
        case FieldType.KEYWORD | FieldType.TEXT:
            return str(value)
        case _:
            return value


def _of_text(field: Field, value: str, unsaid: Unsaid) -> object:
    match field.type:
        case FieldType.TIMESTAMP:
            return _FINER.sub(r"\1", value)
        case FieldType.DECIMAL:
            if unsaid.decimals is None:
                raise _untold(field, "decimals", "text or bytes")
            if unsaid.decimals == "text":
                return value
            return _readable(field, scaled(value, field.scale))
        case FieldType.SET:
            return _members(value)  # MySQL's own sets
        case _:
            return value


def scaled(value: object, scale: int) -> object:
    """A decimal from its unscaled bytes: big-endian, two's complement, in base64."""
    number = _unscaled(value)
    return number if isinstance(number, Unreadable) else Decimal(number).scaleb(-scale)


def day_text(days: int) -> object:
    """Days since 1970-01-01 as an ISO date."""
    try:
        return (_EPOCH_DAY + timedelta(days=days)).isoformat()
    except OverflowError:
        return _BEYOND


def moment_text(count: int, unit: Unit) -> object:
    """Units since 1970-01-01T00:00 as what a clock on the wall shows, down to a microsecond."""
    try:
        return (_EPOCH + timedelta(microseconds=count * 1_000_000 // PER_SECOND[unit])).isoformat()
    except OverflowError:
        return _BEYOND


def _same(value: object) -> object:
    return value


def _day(value: object) -> object:
    return day_text(value) if type(value) is int else Unreadable("is no number of days")


def _moment(unit: Unit) -> Callable[[object], object]:
    def plain(value: object) -> object:
        return moment_text(value, unit) if type(value) is int else Unreadable("is no moment")

    return plain


def _members(value: object) -> object:
    return [each for each in value.split(",") if each] if isinstance(value, str) else value


def _bits(value: object) -> object:
    data = _decoded(value)
    return data if isinstance(data, Unreadable) else int.from_bytes(data, "little")


def _variable(value: object) -> object:
    if not isinstance(value, dict) or type(value.get("scale")) is not int:
        return Unreadable("is no decimal")
    scale = value["scale"]
    if abs(scale) > DECIMAL_DIGITS_MAX * 10:
        return Unreadable("has too many digits")
    return scaled(value.get("value"), scale)


def _shape(_: object) -> object:
    return Unreadable("is a shape")


def _unscaled(value: object) -> int | Unreadable:
    data = _decoded(value)
    if isinstance(data, Unreadable):
        return data
    return int.from_bytes(data, "big", signed=True)


def _decoded(value: object) -> bytes | Unreadable:
    if not isinstance(value, str):
        return Unreadable("is no base64")
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return Unreadable("is no base64")
    return data if len(data) <= _BYTES_MAX else Unreadable("has too many digits")


def _decimal(name: FieldName, scale: int) -> Field | None:
    if 0 <= scale <= DECIMAL_DIGITS_MAX:
        return Field(name, FieldType.DECIMAL, scale=scale)
    return None


def _readable(field: Field, value: object) -> object:
    if isinstance(value, Unreadable):
        raise Unfit("bad_value", f"the value of '{field.name}' {value.reason}")
    return value


def _untold(field: Field, setting: str, choices: str) -> Unfit:
    return Unfit(
        "unclear", f"'{field.name}' comes without a schema: say in the settings what {setting}"
        f" are, {choices}",
    )  # fmt: skip


_BEYOND = Unreadable("is beyond the years 1 to 9999")
_PLAIN: Mapping[str, FieldType] = {
    "boolean": FieldType.BOOL,
    "int8": FieldType.INT, "int16": FieldType.INT, "int32": FieldType.INT, "int64": FieldType.INT,
    "float": FieldType.FLOAT, "double": FieldType.FLOAT,
    "float32": FieldType.FLOAT, "float64": FieldType.FLOAT,
    "string": FieldType.KEYWORD,
}  # fmt: skip
_LOGICAL: Mapping[str, tuple[Callable[[Any], object], FieldType | None]] = {
    "io.debezium.time.Date": (_day, FieldType.DATE),
    "org.apache.kafka.connect.data.Date": (_day, FieldType.DATE),
    "io.debezium.time.Timestamp": (_moment("ms"), FieldType.TIMESTAMP),
    "org.apache.kafka.connect.data.Timestamp": (_moment("ms"), FieldType.TIMESTAMP),
    "io.debezium.time.MicroTimestamp": (_moment("us"), FieldType.TIMESTAMP),
    "io.debezium.time.NanoTimestamp": (_moment("ns"), FieldType.TIMESTAMP),
    "io.debezium.time.ZonedTimestamp": (_same, FieldType.TIMESTAMP),
    "io.debezium.time.IsoTimestamp": (_same, FieldType.TIMESTAMP),
    "io.debezium.time.IsoDate": (_same, FieldType.DATE),
    "io.debezium.data.VariableScaleDecimal": (_variable, FieldType.FLOAT),
    "io.debezium.data.EnumSet": (_members, FieldType.SET),
    "io.debezium.data.Bits": (_bits, FieldType.INT),
    "io.debezium.data.geometry.Point": (_shape, None),
    "io.debezium.data.geometry.Geometry": (_shape, None),
    "io.debezium.data.geometry.Geography": (_shape, None),
}
