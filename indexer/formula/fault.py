"""What is wrong with a formula, and where."""

from collections.abc import Iterable
from difflib import get_close_matches

from indexer.model.errors import Problem

SYNTAX, TYPE = "formula_syntax", "formula_type"
"""The codes: it can't be read, and it can be read but means nothing."""


class FormulaFault(Exception):
    """Raised and caught inside this package. ``position`` counts characters from 0."""

    def __init__(self, code: str, position: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.position = position
        self.message = message

    def problem(self, path: str) -> Problem:
        """As a problem at this path. The sentence counts characters from 1, as people do."""
        where = f"{self.message} (at character {self.position + 1})"
        return Problem(self.code, path, where, position=self.position)


def hint(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` where a known name is close to this one, else nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""
