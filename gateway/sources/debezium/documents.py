"""MongoDB's documents in Extended JSON, made plain: the top level's names with their values."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from gateway.sources.debezium.types import Unreadable, moment_text

_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def plain_document(text: str) -> dict[str, object]:
    """The fields of a document. Nested ones stay unreadable. Raises: msgspec.DecodeError."""
    return {name: _plain(value) for name, value in _DECODER.decode(text).items()}


def plain_key(text: str) -> object:
    """An ``_id`` as the key of a change tells it, which is JSON in a text."""
    try:
        return _plain(msgspec.json.decode(text))
    except msgspec.DecodeError:
        return text


def _plain(value: Any) -> object:
    match value:
        case {"$oid": str(told)} if len(value) == 1:
            return told
        case {"$numberLong": str(told)} | {"$numberInt": str(told)} if len(value) == 1:
            return int(told) if told.lstrip("-").isdecimal() else _ODD
        case {"$numberDecimal": str(told)} | {"$numberDouble": str(told)} if len(value) == 1:
            return _number(told)
        case {"$date": int(told)} if len(value) == 1:
            return _moment(told)
        case {"$date": str(told)} if len(value) == 1:
            return told
        case {"$date": Mapping() as told} if len(value) == 1:
            count = _plain(told)
            return _moment(count) if isinstance(count, int) else _ODD
        case dict():
            return _ODD
        case list():
            return [_plain(member) for member in value]
        case _:
            return value


def _moment(count: int) -> object:
    text = moment_text(count, "ms")
    return f"{text}Z" if isinstance(text, str) else text


def _number(text: str) -> object:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return _ODD
    return number if number.is_finite() else _ODD


_ODD = Unreadable("is a document of its own")
