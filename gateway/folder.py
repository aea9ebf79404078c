"""Where things lie in a data folder, beside what the index keeps there."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataFolder:
    """One data folder: the index's own files, the catalogue, imports."""

    root: Path

    @property
    def catalogue(self) -> Path:
        """The folder of the catalogue's file."""
        return self.root / "catalogue"

    @property
    def imports(self) -> Path:
        """Uploads on their way in, and rejected rows."""
        return self.root / "imports"
