"""Where a change stands in its database's log, from the ``source`` block of its event."""

import re
from collections.abc import Mapping

from gateway.sources.api import Order

_FILE_NUMBER = re.compile(r"\.([0-9]+)$")
_LSN_PARTS = re.compile(r"[0-9a-fA-F]+")


def order_of(source: Mapping[str, object]) -> tuple[Order, str]:
    """The order and the log it is of; the moment where the database tells nothing better.

    PostgreSQL: the LSN. MySQL and MariaDB: file, position and row, in the log of one server. SQL
    Server: LSN of commit and change. Oracle: SCN. MongoDB: time and ordinal.
    """
    match source.get("connector"):
        case "mysql" | "mariadb":
            return _of_binary_log(source)
        case "sqlserver":
            commit, change = _hexadecimal(source, "commit_lsn"), _hexadecimal(source, "change_lsn")
            if commit and change:
                return (*commit, *change, _whole(source, "event_serial_no") or 0), ""
        case "oracle":
            scn = _whole(source, "scn")
            if scn is not None:
                return (scn, _whole(source, "ssn") or 0), ""
        case "mongodb":
            return (_whole(source, "ts_ms") or 0, _whole(source, "ord") or 0), ""
        case _:
            lsn = _whole(source, "lsn")
            if lsn is not None:
                return (lsn,), ""
    at = time_ns(source)
    return ((at,) if at is not None else ()), ""


def time_ns(source: Mapping[str, object]) -> int | None:
    """When the database did it, as exactly as it is told."""
    for name, factor in (("ts_ns", 1), ("ts_us", 1_000), ("ts_ms", 1_000_000)):
        at = _whole(source, name)
        if at is not None:
            return at * factor
    return None


def _of_binary_log(source: Mapping[str, object]) -> tuple[Order, str]:
    file, position = source.get("file"), _whole(source, "pos")
    number = _FILE_NUMBER.search(file) if isinstance(file, str) else None
    if number is None or position is None:
        at = time_ns(source)
        return ((at,) if at is not None else ()), ""
    # After a failover another server's files begin anew.
    log = f"server {_whole(source, 'server_id') or 0}"
    return (int(number[1]), position, _whole(source, "row") or 0), log


def _whole(source: Mapping[str, object], name: str) -> int | None:
    value = source.get(name)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 40:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _hexadecimal(source: Mapping[str, object], name: str) -> Order:
    value = source.get(name)
    return (
        tuple(int(part, 16) for part in _LSN_PARTS.findall(value)) if isinstance(value, str) else ()
    )
