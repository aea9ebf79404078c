"""API tokens: made by ``cardinal token create``, shown once, looked up by every request."""

from collections.abc import Callable
from datetime import datetime

from gateway.catalogue.database import Database
from gateway.catalogue.secret import Held, issue, microseconds, same, split

USE_NOTED_EVERY_US = 60_000_000
"""A token's last use is written at most this often, so that reading stays reading."""


class Tokens:
    """The table ``tokens``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, *, role: str, name: str, now: datetime, new_secret: Callable[[], str]) -> str:
        """A new token's text; it can't be shown again."""
        made = issue(new_secret)
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO tokens (id, hash, role, name, created_at) VALUES (?, ?, ?, ?, ?)",
                (made.id, made.hash, role, name, microseconds(now)),
            )
        return made.text

    def find(self, text: str, now: datetime) -> Held | None:
        """Whom a token stands for; None if it isn't one."""
        token_id, secret = split(text)
        rows = self._database.read(
            "SELECT hash, role, name, last_used_at FROM tokens WHERE id = ?", token_id
        )
        if not rows or not same(secret, rows[0]["hash"]):
            return None
        moment = microseconds(now)
        if abs(moment - (rows[0]["last_used_at"] or 0)) >= USE_NOTED_EVERY_US:
            with self._database.write() as connection:
                connection.execute(
                    "UPDATE tokens SET last_used_at = ? WHERE id = ?", (moment, token_id)
                )
        return Held(rows[0]["role"], rows[0]["name"])
