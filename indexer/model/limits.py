"""Every bound of the index, by name. Passed in, so that tests choose small ones."""

from dataclasses import dataclass

SHARD_BITS_MIN = 16
SHARD_BITS_MAX = 22

ORDER_FIELDS_MAX = 8
"""Fields one listing is ordered by."""
SAMPLE_MAX = 10_000
"""Records of one sample."""
BINS_MAX = 1_000
"""Bins of one breakdown."""
KEYS_MAX = 100_000
"""Keys asked about at a time."""
BATCH_ROWS_MAX = 65_536
"""Records in one batch of a stream."""
BATCH_BYTES_MAX = 64 * 2**20
"""Bytes of text in one batch of more than one record."""


@dataclass(frozen=True, slots=True)
class IndexLimits:
    """Hitting a bound raises TooLarge, BadSchema or Overloaded; nothing grows past it."""

    fields_max: int = 2_000
    links_max: int = 32
    datasets_max: int = 1_000
    name_length_max: int = 200
    ordinals_max: int = 2**32 - 1
    changes_per_batch_max: int = 100_000
    repeats_max: int = 10_000
    """Idempotency keys remembered; the one that came first goes first."""
    settled_when_read_max: int = 16_384
    """Records of a dataset so small that a reader makes one view of it and what changed."""
    undos_max: int = 50
    """Loads that can be rolled back, and whose repeats are known; the oldest goes first."""
    undo_bytes_max: int = 4 * 2**30
    """What one load may keep on disk to be rolled back; a larger one can't be."""
    undos_bytes_max: int = 16 * 2**30
    """The same for all loads together; the oldest goes first."""
    reads_waiting_max: int = 2_000
    writes_waiting_max: int = 64
    changes_waiting_max: int = 1_000_000
    """Changes that wait to be applied; a batch that finds so many is refused."""
    overlay_states_max: int = 150_000
    """States beside a view after which another view is made of all, in the background."""
    unsaved_bytes_max: int = 256_000_000
    """So much of the change log is done again after a crash; then snapshots are written."""
    saved_at_end_bytes: int = 1_000_000
    """What of the log no snapshot has is written as one at a clean end if it is more."""
    read_threads: int = 2
    load_threads: int = 2
    """Fields that are made into columns at a time at the end of a load."""
    hot_bytes_max: int = 2_000_000_000
    """Memory for words and sorted orders beside the columns; what was used longest ago goes."""
    result_bytes_max: int = 256_000_000
    """Memory for answers, groups and what was found by reading; what was used longest ago goes."""
    kept_bytes_max: int = 512_000_000
    """Memory for aggregates over related records, kept for every record; as above."""
    bitmaps_per_field_max: int = 16_384
    """A field with more distinct values keeps codes only, and equality scans them."""
