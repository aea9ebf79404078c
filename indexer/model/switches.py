"""Optimisations that can be turned off, so that tests compare answers with and without them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switches:
    """All on unless a test or a person looking for a fault says otherwise."""

    fused: bool = True
    """Count with the kernel over words; off: bitmap by bitmap, shard by shard."""
