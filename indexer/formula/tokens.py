"""A formula's text, cut into tokens that know where they stand."""

import re
from dataclasses import dataclass
from enum import StrEnum

from indexer.formula.fault import SYNTAX, FormulaFault

CHARS_MAX = 4_000
"""Characters of one formula."""
TOKENS_MAX = 2_000
"""Tokens of one formula."""


class Mark(StrEnum):
    """The kinds of tokens."""

    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    QUOTED = "quoted name"
    WORD = "word"
    SIGN = "sign"
    END = "end"


WORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})
"""Names that are part of the language, in any case; a field called so is written in quotes."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula. ``text`` is what it says: without quotes, words in lower case."""

    mark: Mark
    text: str
    position: int


_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | '(?P<text>(?:[^']|'')*)'
    | "(?P<quoted>(?:[^"]|"")*)"
    | (?P<name>[^\W\d]\w*)
    | (?P<sign>\|\||!=|<=|>=|[-+*/%=<>(),.])""",
    re.VERBOSE,
)
_HINTS = {
    "'": "this text has no closing quote; a quote inside a text is written twice",
    '"': "this name has no closing quote",
    "!": "write 'not', or '!=' for unequal",
    "&": "write 'and'",
    "|": "write 'or', or '||' to join texts",
}


def tokens_of(text: str) -> list[Token]:
    """All tokens, the last of which is an END. Raises: FormulaFault.

    Cost: linear.
    """
    if len(text) > CHARS_MAX:
        raise FormulaFault(SYNTAX, CHARS_MAX, f"a formula has at most {CHARS_MAX:,} characters")
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if len(tokens) >= TOKENS_MAX:
            raise FormulaFault(SYNTAX, position, f"a formula has at most {TOKENS_MAX:,} parts")
        found = _TOKEN.match(text, position)
        if found is None:
            message = _HINTS.get(text[position], "this character has no meaning here")
            raise FormulaFault(SYNTAX, position, message)
        if found.lastgroup != "space":
            tokens.append(_token(found, position))
        position = found.end()
    return [*tokens, Token(Mark.END, "", len(text))]


def _token(found: re.Match[str], position: int) -> Token:
    text = found[found.lastgroup or 0]
    match found.lastgroup:
        case "number":
            return Token(Mark.NUMBER, text, position)
        case "text":
            return Token(Mark.TEXT, _encodable(text.replace("''", "'"), position), position)
        case "quoted":
            return Token(Mark.QUOTED, _encodable(text.replace('""', '"'), position), position)
        case "name":
            word = text.lower()
            is_word = word in WORDS
            return Token(Mark.WORD if is_word else Mark.NAME, word if is_word else text, position)
        case _:
            return Token(Mark.SIGN, text, position)


def _encodable(text: str, position: int) -> str:
    """The text, if it is one: half a surrogate pair is in no field."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FormulaFault(SYNTAX, position, "this is no valid Unicode text") from None
    return text
