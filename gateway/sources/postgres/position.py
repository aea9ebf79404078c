"""How far a PostgreSQL database was read: a place in its log, or in the first copy."""

import msgspec


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """All transactions before ``lsn`` are applied, and ``part`` events of the next one.

    While a copy is under way, ``lsn`` is 0 and ``rows`` are copied by the ``copy``-th one begun.
    """

    copy: int = 1
    rows: int = 0
    lsn: int = 0
    part: int = 0

    @property
    def copying(self) -> bool:
        """Whether the copy hasn't ended: it can only be begun again."""
        return self.lsn == 0

    def includes(self, other: "Position") -> bool:
        """Whether who has read up to here has read up to there."""
        return _progress(self) >= _progress(other)

    def text(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


def read_position(text: str | None) -> Position | None:
    """The way back; None if it isn't one of ours."""
    try:
        return None if text is None else msgspec.json.decode(text, type=Position)
    except msgspec.DecodeError:
        return None


def _progress(position: Position) -> tuple[int, int, int, int]:
    return position.copy, position.lsn, position.part, position.rows
