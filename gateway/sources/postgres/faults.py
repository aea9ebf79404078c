"""What PostgreSQL says, as what to do about it.

A message of the server is repeated as far as it says what is wrong with the setting-up; it holds
no row of a table, and no password.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import errorcodes

from gateway.sources.api import StreamInterrupted, StreamStopped

_HINTS = {
    errorcodes.INSUFFICIENT_PRIVILEGE: (
        "give its role what it lacks (ALTER ROLE … REPLICATION; to make a publication it must own"
        " the tables, or name one that is there as `publication`)"
    ),
    errorcodes.CONFIGURATION_LIMIT_EXCEEDED: "raise max_replication_slots, or drop old slots",
    errorcodes.UNDEFINED_OBJECT: (
        "the slot or publication is gone, and with it changes that nobody read: remove this source"
        " and add it again with empty_first, which copies the tables anew"
    ),
    errorcodes.OBJECT_NOT_IN_PREREQUISITE_STATE: (
        "the slot can't be read any more, perhaps because it fell behind max_slot_wal_keep_size:"
        " remove this source and add it again with empty_first, which copies the tables anew"
    ),
    errorcodes.UNDEFINED_TABLE: "a table is gone: remove this source, or make the table again",
    errorcodes.UNDEFINED_COLUMN: "a column is gone: open the stream again",
}
"""By SQLSTATE, what stops a stream for good; everything else may pass."""


@contextmanager
def told(where: str) -> Iterator[None]:
    """Raises: StreamInterrupted, StreamStopped in the place of the driver's errors."""
    try:
        yield
    except psycopg2.Error as fault:
        said = fault.diag.message_primary or str(fault).strip().split("\n", maxsplit=1)[0]
        hint = _HINTS.get(fault.pgcode or "")
        if hint is not None:
            raise StreamStopped(f"{where}: {said}; {hint}") from None
        if fault.pgcode == errorcodes.OBJECT_IN_USE:
            said += "; another reader has the slot, or the former one hasn't let go yet"
        raise StreamInterrupted(f"{where}: {said or 'the connection broke'}") from None
