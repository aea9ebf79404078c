"""What the steps of an answer cost on this machine, and where one way begins to beat another."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Costs:
    """Nanoseconds are measured when a service starts; these are those of the machine it was built
    on. Where they meet was measured there too.
    """

    word_ns: float = 0.55
    """Reading one stream of words, a word of 64 records."""
    patch_ns: float = 1.2
    """Setting or clearing the bit of one record."""
    patch_call_ns: float = 60.0
    """Beginning a list of such records in one shard."""
    code_ns: float = 0.6
    """Looking one record's code up in a table."""
    dense_share: int = 128
    """A value that one record in so many has, or more, is kept as words, a rarer one as offsets."""
    narrow_share: int = 64
    """A range of fewer than one record in so many is written one by one, a wider one from bins."""
    rows_max: int = 4
    """A list of more values is also weighed against one pass over the codes."""
