"""The parts of a data folder as files, without what works in it."""

from pathlib import Path

from gateway.catalogue.catalogue import FILE_NAME
from gateway.folder import DataFolder
from indexer.store.folder import LOCK, RESTORING
from indexer.store.guard import BALLAST
from indexer.store.places import DATASETS, LOG

OF_THE_PLACE = (LOCK, BALLAST, RESTORING)
"""What belongs to the place and not to the data: it is not carried elsewhere."""


def datasets_of(folder: DataFolder) -> Path:
    """Where the generations of every dataset are."""
    return folder.root / DATASETS


def log_of(folder: DataFolder) -> Path:
    """Where the change log is."""
    return folder.root / LOG


def catalogue_file(folder: DataFolder) -> Path:
    """The catalogue's file; SQLite keeps others beside it."""
    return folder.catalogue / FILE_NAME


def is_there(folder: DataFolder) -> bool:
    """Whether a Cardinal has worked in it."""
    return datasets_of(folder).is_dir() or folder.catalogue.is_dir()
