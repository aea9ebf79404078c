"""A folder for the files that intake's tests read."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder per module, so that a property may write a file per example."""
    return tmp_path_factory.mktemp("intake")
