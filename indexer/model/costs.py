"""What the steps of an answer cost on this machine, in nanoseconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Costs:
    """Measured when a service starts; these are those of the machine it was built on."""

    word_ns: float = 0.55
    """Reading one stream of words, a word of 64 records."""
    patch_ns: float = 1.2
    """Setting or clearing the bit of one record."""
    patch_call_ns: float = 60.0
    """Beginning a list of such records in one shard."""
    code_ns: float = 0.6
    """Looking one record's code up in a table."""
