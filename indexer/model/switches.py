"""Optimisations that can be turned off, so that tests compare answers with and without them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switches:
    """All on unless a test or a person looking for a fault says otherwise."""

    fused: bool = True
    """Count with the kernel over words; off: bitmap by bitmap, shard by shard."""
    ranges: bool = True
    """Answer ranges from sorted orders and bins; off: compare every number."""
    sparing: bool = True
    """Skip blocks of zeros; off: read every word."""
    threads: bool = True
    """Share the shards of a large question between two threads."""
    prepared: bool = True
    """Keep a program ready to run: where its words lie, not what they say."""
    leaf_results: bool = True
    """Remember what was found by reading a column."""
    sub_trees: bool = True
    """Remember the words of a group that is asked again."""
    answers: bool = True
    """Remember counts."""
    kept: bool = True
    """Keep for every record the aggregate over its related ones that is asked for again."""
    rules_off: frozenset[str] = frozenset()
    """Names of the rules of ``indexer.plan.rules`` that leave plans as they are."""
