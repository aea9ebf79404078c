"""Names for the numbers and strings that identify things.

An ordinal means something only together with its dataset and a sequence number.
"""

from typing import NewType

DatasetName = NewType("DatasetName", str)
FieldName = NewType("FieldName", str)
Ordinal = NewType("Ordinal", int)
"""Position of a record in its dataset: 32 bits, ours, never reused."""
ShardId = NewType("ShardId", int)
"""``ordinal >> shard_bits``."""
SequenceNo = NewType("SequenceNo", int)
"""Number of the last change included; grows by one with every applied batch of a dataset."""

RecordKey = int | str
"""What the owner of the data calls a record."""

KEY_FIELD = FieldName("_key")
"""The name under which conditions and plans speak of a record's key."""
ORDINAL_FIELD = FieldName("_ordinal")
"""The name under which a stream of records is asked for their ordinals."""
