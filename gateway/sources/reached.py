"""How far a source was read and what came of it, in the form that is kept with its changes.

The text is a position to the index, which keeps it in the same durable step as the changes: so
neither an effect nor its count is ever lost or doubled.
"""

from collections.abc import Mapping

import msgspec


class Counts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of the events of a source since it was made."""

    events: int = 0
    applied: int = 0
    """Changes that were handed to the index; a few events come to none or to several."""
    rejected: int = 0
    late: int = 0
    """Older than what had been applied already."""
    ignored: int = 0
    """Of tables that nobody asked for."""

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Counts(*(mine + theirs for mine, theirs in pairs))


class Reached(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stream's position; the counts of everything up to it, or of one dataset's part of it."""

    position: str
    counts: Counts = Counts()


def to_text(reached: Reached) -> str:
    """What the index keeps as a position."""
    return msgspec.json.encode(reached).decode()


def from_text(text: str) -> Reached:
    """Back again. Raises: ValueError."""
    return msgspec.json.decode(text, type=Reached)


def of_source(source_id: str, positions: Mapping[str, str]) -> Reached | None:
    """Where the source's last batch that was applied whole ended; None at its beginning."""
    text = positions.get(source_id)
    return None if text is None else from_text(text)


def of_part(source_id: str, dataset: str, positions: Mapping[str, str]) -> Reached | None:
    """Where the last part for this dataset ended that was not the end of its batch."""
    text = positions.get(part_name(source_id, dataset))
    return None if text is None else from_text(text)


def part_name(source_id: str, dataset: str) -> str:
    """The name under which the index keeps the position of a part."""
    return f"{source_id}/{dataset}"
