"""A data folder that is made once and copied for whoever works on it."""

import shutil
from pathlib import Path

import pytest

from gateway.folder import DataFolder
from gateway.upkeep.backup import back_up
from tests.gateway.front import NOW
from tests.gateway.upkeep.folders import loaded


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder and a backup of it."""
    place = tmp_path_factory.mktemp("upkeep")
    data = loaded(place / "data")
    back_up(DataFolder(data), place / "backup", NOW)
    return place


@pytest.fixture
def data(made_once: Path, tmp_path: Path) -> Path:
    """A data folder of three people."""
    return shutil.copytree(made_once / "data", tmp_path / "data")


@pytest.fixture
def backup(made_once: Path, tmp_path: Path) -> Path:
    """A backup of one."""
    return shutil.copytree(made_once / "backup", tmp_path / "backup")
