"""SQL text cut into its statements, with their lines. Pure but for the stream it reads."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from indexer.intake.options import IntakeLimits
from indexer.intake.stream import ByteStream
from indexer.model.errors import BadFile, TooLarge

_SPACE = rb"(?:\s|--[^\n]*+(?:\n|\Z)|/\*(?:[^*]|\*(?!/))*+\*/)*+"
_NAME = (
    rb"(?:\"(?:[^\"]|\"\")*+\"|'(?:[^']|'')*+'|`(?:[^`]|``)*+`|\[[^\]]*+\]"
    rb"|[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+)"
)
_TABLE = rb"(?:main\s*\.\s*)?(" + _NAME + rb")(?!\s*\.)"
_STATEMENT = re.compile(
    rb"(?:[^;'\"`\[/-]++|'[^']*+'|\"[^\"]*+\"|`[^`]*+`|\[[^\]]*+\]"
    rb"|--[^\n]*+\n|/\*(?:[^*]|\*(?!/))*+\*/|-(?!-)|/(?!\*))*+;"
)
"""A doubled quote is two texts side by side here, which end at the same place."""
_LEADING = re.compile(_SPACE)
_TRIGGER = re.compile(rb"CREATE\s+(?:TEMP(?:ORARY)?\s+)?TRIGGER\b", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"


class Verb(Enum):
    """What a statement does, as far as it matters."""

    INSERT = auto()
    CREATE = auto()
    CREATE_VIRTUAL = auto()
    CHANGE = auto()
    """Anything else that would change a table or its rows."""
    ROLLBACK = auto()
    OTHER = auto()


_VERBS = (
    (Verb.INSERT, rb"(?:INSERT(?:\s+OR\s+\w+)?|REPLACE)\s+INTO\s+" + _TABLE),
    (Verb.CREATE_VIRTUAL, rb"CREATE\s+VIRTUAL\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _TABLE),
    (Verb.CREATE, rb"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _TABLE),
    (Verb.CHANGE, rb"(?:DELETE\s+FROM|UPDATE(?:\s+OR\s+\w+)?|ALTER\s+TABLE)\s+" + _TABLE),
    (Verb.ROLLBACK, rb"(ROLLBACK)\b"),
)
_PATTERNS = tuple((verb, re.compile(pattern, re.IGNORECASE)) for verb, pattern in _VERBS)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without what stands before it, and the line on which it begins."""

    line: int
    text: bytes

    def meaning(self) -> tuple[Verb, str]:
        """What it does, and to which table; that is empty where none matters."""
        for verb, pattern in _PATTERNS:
            found = pattern.match(self.text)
            if found is not None:
                return verb, _plain(found[1].decode(errors="replace"))
        return Verb.OTHER, ""


def cut_statements(stream: ByteStream, limits: IntakeLimits) -> Iterator[Statement]:
    """All statements of a file. Memory: a block and the longest statement.

    Raises: BadFile if it ends inside of one; TooLarge for one over ``record_bytes_max``.
    """
    line, trigger = 1, b""
    for text in _cut(stream, limits):
        leading = 0 if trigger else _leading(text)
        begins = line + text.count(b"\n", 0, leading)
        line += text.count(b"\n")
        if trigger or _TRIGGER.match(text, leading):
            # Its body holds whole statements of its own, which are not for us.
            trigger += text
            if len(trigger) > limits.record_bytes_max:
                raise TooLarge(f"the trigger before line {line} never ends")
            if sqlite3.complete_statement(trigger.decode(errors="replace")):
                trigger = b""
            continue
        yield Statement(begins, text[leading:])


def _cut(stream: ByteStream, limits: IntakeLimits) -> Iterator[bytes]:
    carry, line, first = b"", 1, True
    while True:
        chunk = stream.read(limits.block_bytes)
        data = carry + (chunk or b"\n")
        if first:
            data, first = data.removeprefix(_BOM), False
        place = 0
        while (found := _STATEMENT.match(data, place)) is not None:
            yield found[0]
            place = found.end()
        line += data.count(b"\n", 0, place)
        carry = data[place:]
        if not chunk:
            break
        if len(carry) > limits.record_bytes_max:
            line += carry.count(b"\n", 0, _leading(carry))
            raise TooLarge(
                f"the statement on line {line} is over {limits.record_bytes_max} bytes; is one of"
                " its quotes never closed?"
            )
    if len(carry) > _leading(carry):
        line += carry.count(b"\n", 0, _leading(carry))
        raise BadFile(
            f"the export ends inside of the statement on line {line}: it is cut short, or a quote"
            " is never closed; export it again"
        )


def _leading(text: bytes) -> int:
    found = _LEADING.match(text)
    return found.end() if found is not None else 0


def _plain(name: str) -> str:
    """The name that an identifier of SQL means."""
    mark = name[0]
    if mark == "[":
        return name[1:-1]
    return name[1:-1].replace(mark * 2, mark) if mark in "\"'`" else name
