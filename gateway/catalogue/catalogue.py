"""The catalogue: its file and its tables."""

from dataclasses import dataclass
from pathlib import Path

from gateway.catalogue.database import Database
from gateway.catalogue.erasures import Erasures
from gateway.catalogue.imports import Imports
from gateway.catalogue.segments import Segments
from gateway.catalogue.sessions import Sessions
from gateway.catalogue.sources import Sources
from gateway.catalogue.suppressions import Suppressions
from gateway.catalogue.tickets import Tickets
from gateway.catalogue.tokens import Tokens

FILE_NAME = "catalogue.sqlite"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One object per table family, over one file that other processes may open too."""

    database: Database
    tokens: Tokens
    sessions: Sessions
    tickets: Tickets
    imports: Imports
    sources: Sources
    erasures: Erasures
    suppressions: Suppressions
    segments: Segments

    @classmethod
    def open(cls, folder: Path) -> "Catalogue":
        """The catalogue of a data folder, made if it isn't there. Raises: SnapshotCorrupt."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = Database.open(folder / FILE_NAME)
        return cls(
            database, Tokens(database), Sessions(database), Tickets(database), Imports(database),
            Sources(database),
            Erasures(database), Suppressions(database), Segments(database),
        )  # fmt: skip

    def close(self) -> None:
        """Close the file."""
        self.database.close()
