"""Signed-in browsers: what the cookie ``cardinal_session`` stands for."""

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.catalogue.database import Database
from gateway.catalogue.secret import Held, issue, microseconds, same, split


class Sessions:
    """The table ``sessions``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, held: Held, *, now: datetime, life_s: int, new_secret: Callable[[], str]
    ) -> str:
        """A new session's text, for the cookie. Ended sessions are removed on the way."""
        made = issue(new_secret)
        ends = microseconds(now + timedelta(seconds=life_s))
        with self._database.write() as connection:
            connection.execute("DELETE FROM sessions WHERE expires_at <= ?", (microseconds(now),))
            connection.execute(
                "INSERT INTO sessions (id, hash, role, name, created_at, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (made.id, made.hash, held.role, held.name, microseconds(now), ends),
            )
        return made.text

    def find(self, text: str, now: datetime) -> Held | None:
        """Whom a cookie stands for; None if it isn't one of ours or has ended."""
        session_id, secret = split(text)
        rows = self._database.read(
            "SELECT hash, role, name FROM sessions WHERE id = ? AND expires_at > ?",
            session_id, microseconds(now),
        )  # fmt: skip
        if not rows or not same(secret, rows[0]["hash"]):
            return None
        return Held(rows[0]["role"], rows[0]["name"])

    def end(self, text: str) -> None:
        """Sign out."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM sessions WHERE id = ?", (split(text)[0],))
