"""How conditions meet: the plans that count it, and the answer put together. Asks nobody."""

from collections.abc import Mapping, Sequence
from itertools import combinations, product

from evaluator.api import REGIONS_MAX, Overlap
from indexer.model.ids import SequenceNo
from indexer.plan.nodes import And, Minus, Or, Plan


def plans_of(conditions: Sequence[Plan]) -> tuple[Plan, ...]:
    """What to count, all in one program: the sizes, then every pair, then every region."""
    pairs = (And((one, other)) for one, other in combinations(conditions, 2))
    regions = (_region(conditions, name) for name in region_names(len(conditions)))
    return (*conditions, *pairs, *regions)


def overlap_of(conditions: int, counts: Sequence[int], as_of: SequenceNo) -> Overlap:
    """The overlap of so many conditions, from the counts of ``plans_of``, in their order."""
    every = range(conditions)
    pairs = list(combinations(every, 2))
    names = region_names(conditions)
    assert len(counts) == conditions + len(pairs) + len(names), len(counts)
    both = {(place, place): counts[place] for place in every}
    for (one, other), count in zip(pairs, counts[conditions:], strict=False):
        both[one, other] = both[other, one] = count
    regions = dict(zip(names, counts[len(counts) - len(names) :], strict=True))
    return Overlap(
        sizes=tuple(counts[:conditions]),
        intersections=tuple(tuple(both[one, other] for other in every) for one in every),
        jaccard=tuple(tuple(_jaccard(both, one, other) for other in every) for one in every),
        regions=regions if conditions <= REGIONS_MAX else None,
        as_of=as_of,
    )


def region_names(conditions: int) -> tuple[str, ...]:
    """``"01"``, ``"10"``, ``"11"``: all but that of no condition; none for too many conditions."""
    if conditions > REGIONS_MAX:
        return ()
    return tuple("".join(bits) for bits in product("01", repeat=conditions) if "1" in bits)


def _region(conditions: Sequence[Plan], name: str) -> Plan:
    """The records of exactly the conditions whose bit is set."""
    inside, outside = (
        tuple(plan for plan, bit in zip(conditions, name, strict=True) if bit == wanted)
        for wanted in "10"
    )
    return Minus(And(inside), Or(outside)) if outside else And(inside)


def _jaccard(both: Mapping[tuple[int, int], int], one: int, other: int) -> float:
    either = both[one, one] + both[other, other] - both[one, other]
    return both[one, other] / either if either else 0.0
