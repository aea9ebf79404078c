"""What an import is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from indexer.api import LoadMode
from indexer.intake.day_order import DayOrder
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import FieldType, Link


@dataclass(frozen=True, slots=True)
class Wishes:
    """One import. ``key`` None means the dataset's key, and generated keys for a new dataset.

    ``stop_at_rejects`` fails the import at that many rejected rows; None never does.
    ``date_order`` is for columns of dates whose values don't tell.
    """

    dataset: DatasetName
    mode: LoadMode = LoadMode.UPSERT
    key: FieldName | None = None
    types: Mapping[str, FieldType] = field(default_factory=dict)
    clear_empty: bool = False
    time_zone: str | None = None
    links: tuple[Link, ...] = ()
    dry_run: bool = False
    stop_at_rejects: int | None = None
    date_order: DayOrder | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived whole. ``owned`` files are removed when their import ends."""

    path: Path
    name: str
    size: int
    owned: bool
