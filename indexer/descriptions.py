"""What is told of datasets: schema, records and figures, all as of one sequence."""

from indexer.api import DatasetInfo
from indexer.dataset.figures import Figures
from indexer.model.ids import DatasetName
from indexer.published import Published


def described(published: Published, figures: Figures) -> tuple[DatasetInfo, ...]:
    """Every dataset, by name."""
    return tuple(description(published, name, figures) for name in sorted(published.datasets))


def description(published: Published, name: DatasetName, figures: Figures) -> DatasetInfo:
    """One dataset. Raises: UnknownDataset."""
    overlay = published.readable(name)
    return DatasetInfo(
        schema=overlay.schema,
        records=overlay.records,
        sequence=published.sequence,
        updated_at=overlay.updated_at,
        fields=figures.of(overlay),
    )
