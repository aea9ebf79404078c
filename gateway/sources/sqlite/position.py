"""How far a SQLite file was read: its place in the outbox, and the copy that is under way."""

import msgspec

Ranked = tuple[tuple[int, int, str], ...]


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """Entries up to ``seq`` are applied to the tables in ``done``, which tells their shape.

    While ``copying`` a table, its rows up to the key ``after`` are. ``copies`` counts how often
    copying began, so that a position of an older file is never taken for a newer one.
    """

    seq: int
    copies: int = 0
    done: dict[str, int] = {}
    copying: str | None = None
    after: tuple[int | str, ...] | None = None

    def includes(self, other: "Position") -> bool:
        """Whether who has read up to here has read up to there."""
        return _progress(self) >= _progress(other)

    def text(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


def read_position(text: str) -> Position | None:
    """The way back; None if it isn't one of ours."""
    try:
        return msgspec.json.decode(text, type=Position)
    except msgspec.DecodeError:
        return None


def _progress(position: Position) -> tuple[int, int, int, bool, Ranked]:
    after = tuple(_ranked(value) for value in position.after or ())
    copying = position.copying is not None
    return position.copies, position.seq, len(position.done), copying, after


def _ranked(value: int | str) -> tuple[int, int, str]:
    """In SQLite's order: numbers before texts."""
    return (1, 0, value) if isinstance(value, str) else (0, value, "")
