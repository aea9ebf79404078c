"""Every bound of segments, by name. Passed in, so that tests choose small ones."""

from dataclasses import dataclass

NAME_CHARS_MAX = 200
DESCRIPTION_CHARS_MAX = 10_000
TAGS_MAX = 50
TAG_CHARS_MAX = 100
NOTE_CHARS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class SegmentLimits:
    """Hitting a bound raises TooLarge, or is a problem of the body."""

    segments_max: int = 10_000
    versions_max: int = 1_000
    """Versions of one segment."""
    keys_max: int = 1_000_000
    """Keys in one list."""
    definition_bytes_max: int = 256_000_000
    """Memory for definitions; what was used longest ago is read again when it is needed."""
