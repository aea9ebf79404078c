"""The bytes of a batch of changes, as JSON, to proposed changes."""

from decimal import Decimal

import msgspec

from evaluator.changes.proposed import IDEMPOTENCY_KEY_CHARS_MAX, Batch
from evaluator.changes.shape import batch_of, changes_of
from evaluator.condition.decode import check_parts, decode_json
from indexer.model.errors import TooLarge

PARTS_MAX = 500_000
"""Objects and lists of one body: two for a change, and one for each set of it."""


def read_batch(body: bytes, *, bytes_max: int, changes_max: int) -> Batch:
    """The batch of ``{"changes": [...], "idempotency_key"?}``. Numbers keep their text.

    Cost: about half a microsecond a change where nothing is wrong with any.
    Raises: BadBody, TooLarge, BadShape with every fault.
    """
    batch = _plain(body, bytes_max)
    if batch is None:
        batch = batch_of(decode_json(body, bytes_max, PARTS_MAX))
    return _within(batch, changes_max)


def read_changes(body: bytes, *, bytes_max: int, changes_max: int) -> Batch:
    """Likewise, where the changes may also stand alone, as a list. Raises: see ``read_batch``."""
    if not body.lstrip(_SPACE).startswith(b"["):
        return read_batch(body, bytes_max=bytes_max, changes_max=changes_max)
    return _within(Batch(changes_of(decode_json(body, bytes_max, PARTS_MAX))), changes_max)


def _plain(body: bytes, bytes_max: int) -> Batch | None:
    """The batch if nothing at all is unusual about it. Raises: BadBody where it has many parts."""
    if len(body) > bytes_max:
        return None
    check_parts(body, PARTS_MAX)
    try:
        # A decoder isn't safe to share between threads.
        batch = msgspec.json.Decoder(Batch, float_hook=Decimal).decode(body)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    key = batch.idempotency_key
    return batch if key is None or 1 <= len(key) <= IDEMPOTENCY_KEY_CHARS_MAX else None


def _within(batch: Batch, changes_max: int) -> Batch:
    if len(batch.changes) > changes_max:
        raise TooLarge(f"send at most {changes_max} changes at once")
    return batch


_SPACE = b" \t\r\n"
