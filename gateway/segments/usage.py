"""Which segments use which, and what a dataset's new data touches."""

from collections.abc import Iterable

from gateway.segments.segment import Segment
from indexer.model.ids import DatasetName


def used_by(segments: Iterable[Segment]) -> dict[str, list[Segment]]:
    """By id the segments whose definition refers to it, by name; ids nobody uses are left out."""
    using: dict[str, list[Segment]] = {}
    for each in sorted(segments, key=lambda segment: (segment.name, segment.id)):
        for used in each.traits.segments:
            using.setdefault(used, []).append(each)
    return using


def touched_by(dataset: DatasetName, segments: Iterable[Segment]) -> tuple[str, ...]:
    """The ids of the segments whose members depend on records of a dataset, sorted."""
    held = list(segments)
    using = used_by(held)
    found = {each.id for each in held if each.dataset == dataset or dataset in each.traits.datasets}
    left = list(found)
    while left:
        further = {each.id for each in using.get(left.pop(), ())} - found
        found |= further
        left += further
    return tuple(sorted(found))
