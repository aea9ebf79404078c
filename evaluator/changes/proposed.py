"""Changes as decoded JSON, of the right shape and not yet held against a schema."""

from typing import Any

import msgspec

from indexer.model.ids import FieldName, RecordKey

IDEMPOTENCY_KEY_CHARS_MAX = 200


class ProposedUpsert(
    msgspec.Struct, frozen=True, gc=False, tag_field="op", tag="upsert", forbid_unknown_fields=True
):
    """Create a record or set the named values of it; null clears."""

    key: RecordKey | None = None
    values: dict[FieldName, Any] = {}


class ProposedDelete(
    msgspec.Struct, frozen=True, gc=False, tag_field="op", tag="delete", forbid_unknown_fields=True
):
    """Remove a record."""

    key: RecordKey


Proposed = ProposedUpsert | ProposedDelete


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Changes to apply together, in order. A key says that a repeat is the same batch."""

    changes: list[Proposed]
    idempotency_key: str | None = None
