"""Every bound of the condition language, by name. Passed in, so that tests choose small ones."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConditionLimits:
    """Hitting a bound is a problem of the condition, or TooLarge for its bytes."""

    depth_max: int = 32
    nodes_max: int = 2_000
    values_max: int = 1_000_000
    json_bytes_max: int = 64 * 2**20
    id_chars_max: int = 1_024
    name_comparisons_max: int = 5_000
    """Unknown names of one condition are compared with known ones until this many pairs."""
    pattern_steps_max: int = 50_000
    """All patterns of one condition together unfold to at most about so many steps."""
    segments_deep_max: int = 16
    """Segments that refer to a segment that refers to a segment …"""
    expanded_nodes_max: int = 20_000
    """Nodes with those of every definition that is referred to, as often as it is."""
    expanded_depth_max: int = 64
    """How deep nodes nest, definitions that are referred to included."""
    hops_max: int = 3
    """How deep conditions on related records nest."""
    sequence_steps_max: int = 8
    number_digits_max: int = 1_000
    """Of a number that a sum, an average or a median of ints or decimals is compared with."""
