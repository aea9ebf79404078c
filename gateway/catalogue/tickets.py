"""One-time tickets: sign-in links, and the live socket's."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from gateway.catalogue.database import Database
from gateway.catalogue.secret import Held, issue, microseconds, same, split

Purpose = Literal["signin", "live"]


class Tickets:
    """The table ``tickets``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        held: Held,
        *,
        purpose: Purpose,
        now: datetime,
        life_s: int,
        new_secret: Callable[[], str],
    ) -> str:
        """A new ticket's text. Expired ones are removed on the way."""
        made = issue(new_secret)
        ends = microseconds(now + timedelta(seconds=life_s))
        with self._database.write() as connection:
            connection.execute("DELETE FROM tickets WHERE expires_at <= ?", (microseconds(now),))
            connection.execute(
                "INSERT INTO tickets (id, hash, purpose, role, name, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (made.id, made.hash, purpose, held.role, held.name, ends),
            )
        return made.text

    def redeem(self, text: str, *, purpose: Purpose, now: datetime) -> Held | None:
        """Use a ticket up; None if it isn't one, has expired or was used before."""
        ticket_id, secret = split(text)
        with self._database.write() as connection:
            row = connection.execute(
                "SELECT hash, role, name FROM tickets"
                " WHERE id = ? AND purpose = ? AND expires_at > ?",
                (ticket_id, purpose, microseconds(now)),
            ).fetchone()
            if row is None or not same(secret, row["hash"]):
                return None
            connection.execute("DELETE FROM tickets WHERE id = ?", (ticket_id,))
        return Held(row["role"], row["name"])
