"""The messages of PostgreSQL's ``pgoutput`` plugin, version 1, as bytes and as values.

Pure. A value of a row is the bytes of its text, None for null, or ``UNCHANGED`` for one that is
stored beside its row and was not touched, so that the server doesn't send it.
"""

from dataclasses import dataclass
from struct import Struct
from struct import error as struct_error
from typing import Final

_2000_US = 946_684_800_000_000
"""PostgreSQL counts microseconds from 2000-01-01T00:00Z."""
_BEGIN = Struct(">QqI")
_COMMIT = Struct(">BQQq")
_OID = Struct(">I")
_COUNT = Struct(">H")
_LENGTH = Struct(">I")
_COLUMN = Struct(">Ii")
_TRUNCATE = Struct(">IB")


class Unchanged:
    """The type of ``UNCHANGED``."""

    __slots__ = ()


UNCHANGED: Final = Unchanged()
Cell = bytes | None | Unchanged
Tuple = tuple[Cell, ...]


class BadMessage(ValueError):
    """Bytes that are no message of this protocol."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A transaction's first message. ``lsn`` is that of its commit."""

    lsn: int
    at_us: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A transaction's last message; whoever has read it goes on at ``end_lsn``."""

    lsn: int
    end_lsn: int


@dataclass(frozen=True, slots=True)
class RelationColumn:
    """``in_key``: part of the table's replica identity."""

    name: str
    type_oid: int
    modifier: int
    in_key: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """What a table looks like, before its first row and whenever it was altered.

    ``identity``: ``d`` its primary key, ``i`` an index, ``f`` all columns, ``n`` nothing.
    """

    oid: int
    schema: str
    name: str
    identity: str
    columns: tuple[RelationColumn, ...]


@dataclass(frozen=True, slots=True)
class Insert:
    """A row that is new."""

    relation: int
    new: Tuple


@dataclass(frozen=True, slots=True)
class Update:
    """A row that changed. ``old`` is None where its identity stayed and is not ``full``."""

    relation: int
    old: Tuple | None
    new: Tuple


@dataclass(frozen=True, slots=True)
class Delete:
    """A row that is gone; of ``old`` only the identity is filled, unless that is all columns."""

    relation: int
    old: Tuple


@dataclass(frozen=True, slots=True)
class Truncate:
    """Tables that were emptied."""

    relations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """A message that changes nothing here: an origin, a type, an application's own."""

    kind: str


Message = Begin | Commit | Relation | Insert | Update | Delete | Truncate | Other


def decode(data: bytes) -> Message:
    """One message. Raises: BadMessage."""
    kind = data[:1]
    try:
        match kind:
            case b"I":
                return _insert(data)
            case b"U":
                return _update(data)
            case b"D":
                return Delete(_OID.unpack_from(data, 1)[0], _tuple(data, 6)[0])
            case b"B":
                lsn, at_us, _ = _BEGIN.unpack_from(data, 1)
                return Begin(lsn, at_us + _2000_US)
            case b"C":
                _, lsn, end_lsn, _ = _COMMIT.unpack_from(data, 1)
                return Commit(lsn, end_lsn)
            case b"R":
                return _relation(data)
            case b"T":
                count, _ = _TRUNCATE.unpack_from(data, 1)
                start = 1 + _TRUNCATE.size
                oids = [_OID.unpack_from(data, start + 4 * place)[0] for place in range(count)]
                return Truncate(tuple(oids))
            case b"O" | b"Y" | b"M":
                return Other(kind.decode())
            case _:
                raise BadMessage(f"there is no message {kind!r} in this protocol")
    except BadMessage:
        raise
    except (IndexError, ValueError, OverflowError, struct_error) as fault:
        raise BadMessage(f"a message {kind!r} is cut short or damaged") from fault


def lsn_text(lsn: int) -> str:
    """As PostgreSQL writes a place in its log.

    >>> lsn_text(0x16B374848)
    '1/6B374848'
    """
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def lsn_from(text: str) -> int:
    """The way back. Raises: ValueError.

    >>> lsn_from("1/6B374848") == 0x16B374848
    True
    """
    high, low = text.split("/")
    return (int(high, 16) << 32) | int(low, 16)


def _insert(data: bytes) -> Insert:
    return Insert(_OID.unpack_from(data, 1)[0], _tuple(data, 6)[0])


def _update(data: bytes) -> Update:
    relation, place = _OID.unpack_from(data, 1)[0], 5
    old = None
    if data[place : place + 1] in (b"K", b"O"):
        old, place = _tuple(data, place + 1)
    if data[place : place + 1] != b"N":
        raise BadMessage("an update has no new row")
    return Update(relation, old, _tuple(data, place + 1)[0])


def _relation(data: bytes) -> Relation:
    oid = _OID.unpack_from(data, 1)[0]
    schema, place = _text(data, 5)
    name, place = _text(data, place)
    identity = chr(data[place])
    (count,) = _COUNT.unpack_from(data, place + 1)
    place += 1 + _COUNT.size
    columns = []
    for _ in range(count):
        in_key = data[place] & 1 == 1
        column, place = _text(data, place + 1)
        type_oid, modifier = _COLUMN.unpack_from(data, place)
        place += _COLUMN.size
        columns.append(RelationColumn(column, type_oid, modifier, in_key))
    return Relation(oid, schema or "pg_catalog", name, identity, tuple(columns))


def _text(data: bytes, start: int) -> tuple[str, int]:
    end = data.index(0, start)
    return data[start:end].decode(), end + 1


def _tuple(data: bytes, place: int) -> tuple[Tuple, int]:
    (count,) = _COUNT.unpack_from(data, place)
    place += _COUNT.size
    cells: list[Cell] = []
    for _ in range(count):
        kind = data[place]
        place += 1
        if kind == 0x74:  # t: text
            (length,) = _LENGTH.unpack_from(data, place)
            place += _LENGTH.size
            end = place + length
            if end > len(data):
                raise BadMessage("a value is longer than its message")
            cells.append(data[place:end])
            place = end
        elif kind == 0x6E:  # n: null
            cells.append(None)
        elif kind == 0x75:  # u: unchanged
            cells.append(UNCHANGED)
        else:
            raise BadMessage("a value of a kind that was not asked for")
    return tuple(cells), place
