"""Which fields the columns of a SQLite table would be: by how they are declared and what they hold.

The first copy looks at all that is there, in pages, and lets SQLite do the reading.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.sources.sqlite.file import Key, SqliteFile
from gateway.sources.sqlite.table import SqlColumn, SqlTable, quoted
from indexer.model.ids import FieldName
from indexer.model.schema import DECIMAL_DIGITS_MAX, Field, FieldType

SURVEY_ROWS = 20_000
"""Rows of one look: a reader may hold up a writer for as long."""
_FACTS = 8
_FACT_COLUMNS_MAX = 150
"""Columns asked about in one statement: eight results of each stay below SQLite's bound."""
_SCALE = re.compile(r"(?:DECIMAL|NUMERIC|DEC|MONEY)\s*\(\s*\d+\s*,\s*(\d+)\s*\)", re.IGNORECASE)


@dataclass(slots=True)
class _Seen:
    """What a column holds: rows by kind of value, and what fits all values of that kind."""

    integers: int = 0
    reals: int = 0
    texts: int = 0
    blobs: int = 0
    least: int | None = None
    greatest: int | None = None
    days: int = 0
    moments: int = 0

    def add(self, facts: tuple[object, ...]) -> None:
        numbers = [fact if isinstance(fact, int) else None for fact in facts]
        self.integers += numbers[0] or 0
        self.reals += numbers[1] or 0
        self.texts += numbers[2] or 0
        self.blobs += numbers[3] or 0
        self.least = min((n for n in (self.least, numbers[4]) if n is not None), default=None)
        self.greatest = max((n for n in (self.greatest, numbers[5]) if n is not None), default=None)
        self.days += numbers[6] or 0
        self.moments += numbers[7] or 0

    @property
    def empty(self) -> bool:
        return not (self.integers or self.reals or self.texts or self.blobs)

    @property
    def is_flag(self) -> bool:
        return self.least in (0, 1) and self.greatest in (0, 1)


def survey(file: SqliteFile, table: SqlTable) -> Mapping[str, Field]:
    """The fields of a table by all that it holds now. Blobs make none.

    Cost: one reading of the table, in pages. Raises: StreamInterrupted.
    """
    seen = {column.name: _Seen() for column in table.columns}
    after: Key | None = None
    while True:
        last = file.last_key(table, after, SURVEY_ROWS)
        for start in range(0, len(table.columns), _FACT_COLUMNS_MAX):
            some = table.columns[start : start + _FACT_COLUMNS_MAX]
            facts = file.ask(*_question(table, some, after, last))
            for place, column in enumerate(some):
                seen[column.name].add(facts[place * _FACTS : (place + 1) * _FACTS])
        if last is None:
            return _fields(table, seen)
        after = last


def declared_fields(table: SqlTable) -> Mapping[str, Field]:
    """The fields of a table by its declaration alone. Blobs make none."""
    return _fields(table, {column.name: _Seen() for column in table.columns})


def _fields(table: SqlTable, seen: Mapping[str, _Seen]) -> Mapping[str, Field]:
    made = ((column, _type(column, seen[column.name])) for column in table.columns)
    return {
        column.name: Field(FieldName(column.name), kind, scale=scale)
        for column, (kind, scale) in ((column, found) for column, found in made if found)
    }


def _type(column: SqlColumn, seen: _Seen) -> tuple[FieldType, int] | None:
    """Type and scale; None for a column of blobs."""
    if seen.blobs and not (seen.integers or seen.reals or seen.texts):
        return None
    if seen.empty:
        return _declared_type(column)
    if seen.texts or seen.blobs:
        mixed = seen.integers or seen.reals or seen.blobs
        return (FieldType.KEYWORD if mixed else _text_type(seen)), 0
    if seen.reals:
        scale = _declared_scale(column)
        return (FieldType.FLOAT, 0) if scale is None else (FieldType.DECIMAL, scale)
    declared = _declared_type(column)
    if declared is not None and declared[0] in (FieldType.DECIMAL, FieldType.FLOAT):
        return declared
    if "BOOL" in column.declared.upper() and seen.is_flag:
        return FieldType.BOOL, 0
    return FieldType.INT, 0


def _text_type(seen: _Seen) -> FieldType:
    if seen.days == seen.texts:
        return FieldType.DATE
    return FieldType.TIMESTAMP if seen.moments == seen.texts else FieldType.KEYWORD


def _declared_type(column: SqlColumn) -> tuple[FieldType, int] | None:
    upper = column.declared.upper()
    if "BLOB" in upper:
        return None
    if "BOOL" in upper:
        return FieldType.BOOL, 0
    if upper == "DATE":
        return FieldType.DATE, 0
    if "DATETIME" in upper or "TIMESTAMP" in upper:
        return FieldType.TIMESTAMP, 0
    scale = _declared_scale(column)
    if scale is not None:
        return FieldType.DECIMAL, scale
    kinds = {"integer": FieldType.INT, "real": FieldType.FLOAT}
    return kinds.get(column.affinity, FieldType.KEYWORD), 0


def _declared_scale(column: SqlColumn) -> int | None:
    found = _SCALE.search(column.declared)
    return min(int(found[1]), DECIMAL_DIGITS_MAX) if found else None


def _question(
    table: SqlTable, columns: tuple[SqlColumn, ...], after: Key | None, last: Key | None
) -> tuple[str, Key]:
    """Facts of each column over the rows after one key, up to another."""
    key = ", ".join(quoted(name) for name in table.key)
    marks = ", ".join("?" * len(table.key))
    conditions = ["1"]
    conditions += [f"({key}) > ({marks})"] if after is not None else []
    conditions += [f"({key}) <= ({marks})"] if last is not None else []
    facts = ", ".join(_facts(column) for column in columns)
    return (
        f"SELECT {facts} FROM {quoted(table.name)} WHERE {' AND '.join(conditions)}",  # noqa: S608
        (*(after or ()), *(last or ())),
    )


def _facts(column: SqlColumn) -> str:
    """Eight results, in the order of ``_Seen``; those that can't matter are not asked for."""
    name = quoted(column.name)
    kinds = [f"sum(typeof({name}) = '{kind}')" for kind in ("integer", "real", "text", "blob")]
    ends = ["NULL", "NULL"]
    if "BOOL" in column.declared.upper():
        whole = f"CASE WHEN typeof({name}) = 'integer' THEN {name} END"
        ends = [f"min({whole})", f"max({whole})"]
    if column.affinity in ("integer", "real"):
        return ", ".join((*kinds, *ends, "0", "0"))
    day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
    time = f"{day}[T ][0-9][0-9]:[0-9][0-9]*"
    # SQLite reads the 30th of February as the 1st of March: a day that exists stays itself.
    exists = f"date(substr({name}, 1, 10), '+0 days') IS substr({name}, 1, 10)"
    is_text = f"typeof({name}) = 'text'"
    is_moment = f"{name} GLOB '{day}' OR {name} GLOB '{time}' AND datetime({name}) IS NOT NULL"
    return ", ".join((
        *kinds,
        *ends,
        f"sum({is_text} AND {name} GLOB '{day}' AND {exists})",
        f"sum({is_text} AND {name} GLOB '{day}*' AND {exists} AND ({is_moment}))",
    ))  # fmt: skip
