"""What readers see of a node: every dataset at one sequence. Never changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

from indexer.dataset.overlay import Overlay
from indexer.dataset.settling import settled
from indexer.dataset.view import DatasetView
from indexer.model.errors import UnknownDataset
from indexer.model.ids import DatasetName, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.schema import Schema


@dataclass(frozen=True)
class Published:
    """Datasets as views, and what changed in some of them since theirs were made.

    ``positions``: how far each source of changes was read.
    """

    sequence: SequenceNo
    datasets: Mapping[DatasetName, DatasetView]
    overlays: Mapping[DatasetName, Overlay] = field(default_factory=dict)
    positions: Mapping[str, str] = field(default_factory=dict)
    limits: IndexLimits = field(default_factory=IndexLimits)
    _settled: dict[DatasetName, DatasetView] = field(default_factory=dict)

    def base(self, name: DatasetName) -> DatasetView:
        """The view as it was before the latest changes. Raises: UnknownDataset."""
        view = self.datasets.get(name)
        if view is None:
            raise UnknownDataset(f"there is no dataset {name!r}")
        return view

    def schemas(self) -> tuple[Schema, ...]:
        """The schema of every dataset, by name."""
        return tuple(view.schema for _, view in sorted(self.datasets.items()))

    def overlay(self, name: DatasetName) -> Overlay:
        """The view and what changed since. Raises: UnknownDataset."""
        return self.overlays.get(name) or Overlay.over(self.base(name))

    def readable(self, name: DatasetName) -> Overlay:
        """What to read: a small dataset is cheaper to read as one view. Raises: UnknownDataset."""
        overlay = self.overlays.get(name)
        if overlay is None:
            return Overlay.over(self.base(name))
        small = overlay.base.records + overlay.weight <= self.limits.settled_when_read_max
        return Overlay.over(self.view(name)) if small else overlay

    def view(self, name: DatasetName) -> DatasetView:
        """The dataset in one view, with all changes. Raises: UnknownDataset.

        Cost: none without changes; else, the first time, a copy of what changed.
        """
        overlay = self.overlays.get(name)
        if overlay is None:
            return self.base(name)
        view = self._settled.get(name)
        if view is None:
            view = self._settled.setdefault(name, settled(overlay, self.limits))
        return view

    def views(self) -> dict[DatasetName, DatasetView]:
        """Every dataset in one view."""
        return {name: self.view(name) for name in self.datasets}

    def with_views(self, views: Mapping[DatasetName, DatasetView]) -> Self:
        """With these views in the place of what there is of their names."""
        overlays = {name: held for name, held in self.overlays.items() if name not in views}
        return replace(
            self,
            datasets=MappingProxyType({**self.datasets, **views}),
            overlays=MappingProxyType(overlays),
            _settled={},
        )

    def with_overlay(self, name: DatasetName, overlay: Overlay) -> Self:
        """With these changes over the dataset, and their base in its place."""
        return replace(
            self,
            datasets=MappingProxyType({**self.datasets, name: overlay.base}),
            overlays=MappingProxyType({**self.overlays, name: overlay}),
            _settled={},
        )

    def followers(self, name: DatasetName) -> Iterable[DatasetName]:
        """The datasets that link to this one."""
        return [
            other
            for other, view in self.datasets.items()
            if any(link.to == name for link in view.schema.links)
        ]
