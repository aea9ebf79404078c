"""Values of records as JSON, the way API.md writes them."""

from datetime import UTC, datetime, timedelta
from typing import assert_never

from indexer.model.record import Value
from indexer.model.schema import Field, FieldType

Json = bool | int | float | str | list[str] | None

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_json(field: Field, stored: Value) -> Json:
    """A stored value as API.md writes it: decimals and times as text, sets as sorted lists."""
    match stored:
        case None | bool():
            return stored
        case tuple():
            return list(stored)
        case int():
            return _int_to_json(field, stored)
        case float() | str():
            return stored
        case _:
            assert_never(stored)


def rfc3339(moment: datetime) -> str:
    """An aware moment in UTC, with a fraction only where it has one."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0') if '.' in text else text}Z"


def instant_text(microseconds: int) -> str:
    """A stored timestamp of the years 1 to 9999 in RFC 3339."""
    return rfc3339(EPOCH + microseconds * MICROSECOND)


def date_text(days: int) -> str:
    """A stored date of the years 1 to 9999 in ISO 8601."""
    return (EPOCH + timedelta(days=days)).date().isoformat()


def _int_to_json(field: Field, stored: int) -> int | str:
    match field.type:
        case FieldType.DECIMAL:
            sign, digits = "-" if stored < 0 else "", str(abs(stored)).rjust(field.scale + 1, "0")
            cut = len(digits) - field.scale
            return f"{sign}{digits[:cut]}.{digits[cut:]}" if field.scale else f"{sign}{digits}"
        case FieldType.DATE:
            return date_text(stored)
        case FieldType.TIMESTAMP:
            return instant_text(stored)
        case _:
            return stored
