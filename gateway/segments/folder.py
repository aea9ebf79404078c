"""The segments of a data folder, for a client that works on the folder itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.catalogue.catalogue import Catalogue
from gateway.folder import DataFolder
from gateway.segments.kept import KeptSegments
from gateway.segments.limits import SegmentLimits


@contextmanager
def segments_in(folder: str | Path) -> Iterator[KeptSegments]:
    """What ``evaluator.client.Cardinal(folder, segments=…)`` is given, while it is used.

    The folder's catalogue is made where there is none. Raises: SnapshotCorrupt.
    """
    catalogue = Catalogue.open(DataFolder(Path(folder)).catalogue)
    try:
        yield KeptSegments(catalogue.segments, SegmentLimits())
    finally:
        catalogue.close()
