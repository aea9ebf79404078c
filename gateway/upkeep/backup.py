"""A backup: a folder that is whole or not there, made of a data folder that may be in use.

It has the layout of a data folder, and beside it what every file of it must be. The catalogue
comes first and the index last: an import that the catalogue knows as done is in the index.
"""

import os
import shutil
from datetime import datetime
from pathlib import Path

from gateway.catalogue.file import copy_catalogue
from gateway.folder import DataFolder
from gateway.upkeep.contents import BackedUpDataset, Contents, described, write_contents
from gateway.upkeep.places import OF_THE_PLACE, catalogue_file, datasets_of, is_there, log_of
from indexer.log.disk import OsDisk
from indexer.model.errors import BadShape
from indexer.store.files import TMP, copy_file, disk_full, sync_folder
from indexer.store.moment import copy_index

ONLY_OWNER = 0o700


def back_up(folder: DataFolder, target: Path, made_at: datetime) -> Contents:
    """Copy everything into ``target``, synced and read again; what it holds.

    A service may be working in the folder. If it fails, nothing is left at ``target``.
    Raises: BadShape, LogCorrupt, Overloaded, DiskFull.
    """
    target = target.absolute()
    building = target.with_name(target.name + TMP)
    _check_places(folder, target, building)
    try:
        building.mkdir(parents=True, mode=ONLY_OWNER)
        _copy_catalogue(folder, building)
        _copy_others(folder, building)
        copied = copy_index(folder.root, building, OsDisk())
        contents = Contents(
            made_at=made_at,
            sequence=copied.sequence,
            datasets=tuple(
                BackedUpDataset(each.dataset, each.sequence, each.records)
                for each in copied.generations
            ),
            files=described(building),
        )
        write_contents(building, contents)
        for path in building.rglob("*/"):
            sync_folder(path)
        building.rename(target)
        sync_folder(target.parent)
    except BaseException as error:
        shutil.rmtree(building, ignore_errors=True)
        if isinstance(error, OSError):
            raise disk_full(error, target.parent) from error
        raise
    return contents


def _check_places(folder: DataFolder, target: Path, building: Path) -> None:
    if not is_there(folder):
        raise BadShape(f"there is nothing to back up in {folder.root}: choose a folder with --data")
    if os.path.lexists(target):
        raise BadShape(f"{target} is there already: choose another name for the backup")
    if building.exists():
        raise BadShape(f"{building} is left of a backup that was interrupted: remove it first")
    if target.resolve().is_relative_to(folder.root.resolve()):
        raise BadShape("a backup within the data folder would go with it: choose another place")


def _copy_catalogue(folder: DataFolder, building: Path) -> None:
    if catalogue_file(folder).exists():
        target = catalogue_file(DataFolder(building))
        target.parent.mkdir(mode=ONLY_OWNER)
        copy_catalogue(catalogue_file(folder), target)


def _copy_others(folder: DataFolder, building: Path) -> None:
    """Whatever else is there, such as rejected rows; what goes meanwhile is not in the backup."""
    known = {path.name for path in (folder.catalogue, datasets_of(folder), log_of(folder))}
    for source in sorted(folder.root.rglob("*")):
        path = source.relative_to(folder.root)
        if path.parts[0] in known or path.parts[0] in OF_THE_PLACE or source.suffix == TMP:
            continue
        if source.is_dir():
            (building / path).mkdir(exist_ok=True)
        elif source.is_file():
            _copy_if_there(source, building / path)


def _copy_if_there(source: Path, target: Path) -> None:
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_file(handle, target)
    finally:
        os.close(handle)
