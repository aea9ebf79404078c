"""What somebody asked for when they made a source, and what went wrong with it since."""

from typing import Any

import msgspec

from indexer.model.ids import DatasetName


class Definition(msgspec.Struct, frozen=True):
    """A source as it was made. ``settings`` are the kind's own and may hold a password."""

    id: str
    name: str
    kind: str
    tables: dict[str, str]
    """Tables of the other side, each with its dataset."""
    add_fields: bool
    settings: dict[str, Any]
    created_us: int
    paused: bool = False

    @property
    def datasets(self) -> dict[str, DatasetName]:
        """Each table's dataset."""
        return {table: DatasetName(name) for table, name in self.tables.items()}


class Fault(msgspec.Struct, frozen=True):
    """An event that was left out, or why the stream broke off. Never a value of a row."""

    at_us: int
    code: str
    message: str
    table: str = ""
    place: str = ""
