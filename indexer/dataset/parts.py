"""Some records of a dataset, in the views in which they stand."""

from dataclasses import dataclass

from indexer.dataset.keys import Ordinals
from indexer.dataset.members import Members
from indexer.dataset.view import DatasetView


@dataclass(frozen=True)
class Part:
    """Records of one view; ``ordinals`` tells what it has at its places, None for the places."""

    view: DatasetView
    members: Members
    ordinals: Ordinals | None = None


Parts = tuple[Part, ...]
"""At least one; all views have one schema and one vocabulary a field, no record is in two."""


def size_of(parts: Parts) -> int:
    """How many records."""
    return sum(len(part.members) for part in parts)


def any_view(parts: Parts) -> DatasetView:
    """A view that has shards, if one of them does."""
    return next((part.view for part in parts if part.view.shards), parts[0].view)
