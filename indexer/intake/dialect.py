"""How a delimited file is written: its delimiter, and its header as field names. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from indexer.intake.options import IntakeLimits
from indexer.intake.records import first_record
from indexer.model.errors import BadFile, TooLarge
from indexer.model.ids import KEY_FIELD, FieldName

DELIMITERS = "\t;|,"
"""Candidates, the one least likely to stand inside a cell first."""

_AROUND_HEADER = b"\xef\xbb\xbf\r\n"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's field name, its header as a person wrote it, and what is to be said about it."""

    name: FieldName
    label: str
    remark: str = ""


def find_delimiter(head: bytes, limits: IntakeLimits) -> str:
    """The delimiter that most records agree on with the header; ``,`` if there is one column.

    A delimiter with a space after it in the header ("amount, in dollars") loses to one without.
    """
    scores = {}
    for delimiter in DELIMITERS:
        rows = _first_rows(head, delimiter, limits.sniff_records)
        width = len(rows[0]) if rows else 1
        if width > 1:
            agreeing = sum(len(row) == width for row in rows) / len(rows)
            unpadded = not any(cell.startswith(" ") for cell in rows[0])
            scores[delimiter] = (round(agreeing, 2), unpadded, width)
    return max(scores, key=lambda delimiter: scores[delimiter]) if scores else ","


def read_header(head: bytes, delimiter: str, limits: IntakeLimits) -> tuple[Column, ...]:
    """The columns of the first record. Raises: BadFile, TooLarge."""
    record = first_record(head, delimiter)
    if record is None:
        raise BadFile("the file is empty; it needs a header line with the names of its columns")
    if len(record.encode()) >= limits.sniff_bytes - len(_AROUND_HEADER):
        raise TooLarge(f"the header line is over {limits.sniff_bytes} bytes")
    return name_columns(split_record(record, delimiter), limits)


def name_columns(labels: list[str], limits: IntakeLimits) -> tuple[Column, ...]:
    """Field names for headers: NFC, spaces trimmed and joined, none empty, none twice.

    An empty header is named after its place (``column_3``), a repeated one gets a number
    (``city_2``), and ``_key``, which is ours, becomes ``key``. Raises: BadFile, TooLarge.
    """
    if len(labels) > limits.columns_max:
        raise TooLarge(f"the file has {len(labels)} columns; at most {limits.columns_max} fit")
    taken: set[str] = set()
    columns = []
    for place, label in enumerate(labels, 1):
        written = " ".join(unicodedata.normalize("NFC", label).split())
        name = written or f"column_{place}"
        if len(name) > limits.field_name_max:
            raise BadFile(f"the name of column {place} is over {limits.field_name_max} characters")
        name = _free_name("key" if name == KEY_FIELD else name, taken)
        taken.add(name)
        remark = "" if name == written else f"column {place} is called {name!r}: {_why(written)}"
        columns.append(Column(FieldName(name), label.strip() or name, remark))
    return tuple(columns)


def remarks_on(columns: Sequence[Column], known: Iterable[str]) -> tuple[str, ...]:
    """What a person should be told about these columns, beside the dataset's fields."""
    spelled: dict[str, str] = {name.casefold(): name for name in known}
    remarks = []
    for column in columns:
        if column.remark:
            remarks.append(column.remark)
        twin = spelled.setdefault(column.name.casefold(), column.name)
        if twin != column.name:
            remarks.append(f"{twin!r} and {column.name!r} differ in case only; they are two fields")
    return tuple(remarks)


def split_record(record: str, delimiter: str) -> list[str]:
    """The cells of one record, quotes taken off."""
    mark = re.escape(delimiter)
    cell = re.compile(rf'(?:"((?:[^"]++|"")*+)"?+([^{mark}]*+)|([^{mark}]*+))({mark}|\Z)')
    cells, place = [], 0
    while found := cell.match(record, place):
        quoted, rest, plain, end = found.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"') + rest)
        place = found.end()
        if not end:
            break
    return cells


def _why(written: str) -> str:
    if not written:
        return "it has no name"
    return "its name is ours" if written == KEY_FIELD else "its name is taken"


def _free_name(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _first_rows(head: bytes, delimiter: str, records_max: int) -> list[list[str]]:
    rows: list[list[str]] = []
    text = head.decode(errors="replace").removeprefix("\ufeff")
    mark = re.escape(delimiter)
    record = re.compile(
        rf'(?:(?:"(?:[^"]++|"")*+"?+)?+[^{mark}\r\n]*+{mark})*+'
        rf'(?:"(?:[^"]++|"")*+"?+)?+[^{mark}\r\n]*+(?:\r\n|\r|\n|\Z)'
    )
    place = 0
    while place < len(text) and len(rows) < records_max:
        found = record.match(text, place)
        assert found is not None, place
        if line := found[0].rstrip("\r\n"):
            rows.append(split_record(line, delimiter))
        place = found.end()
    # The head ends anywhere: its last record may be half a record.
    return rows[:-1] if len(rows) > 1 and not text.endswith(("\n", "\r")) else rows
