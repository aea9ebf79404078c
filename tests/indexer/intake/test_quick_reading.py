"""Compiled readers against the careful way: the same records and rejects, whatever the text."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.intake.assemble import targets_of
from indexer.intake.intake import open_file
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.intake.outcome import Reject, TypedBatch
from indexer.intake.quick import QuickReader, warm_reading
from indexer.intake.zones import LocalTime
from indexer.model.errors import CardinalError
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Schema
from tests.indexer.intake.reading import plain

CAREFUL = 1 << 60
"""No file is this large, so that none is read quickly."""
FIELDS = tuple(
    Field(FieldName(type_.value), type_, scale=2 if type_ is FieldType.DECIMAL else 0)
    for type_ in FieldType
)
SCHEMA = Schema(DatasetName("people"), FieldName("id"), FieldType.INT, FIELDS)
HEADER = ",".join(["id", *(field.name for field in FIELDS)])

PLAIN = {
    FieldType.BOOL: ("true", "false", ""),
    FieldType.INT: ("0", "-0", "7", "-12", "007", "999999999999999999", ""),
    FieldType.DECIMAL: ("0.5", "-.25", "3.", "12", "1.20", "-0.01", "9999999999999999.99", ""),
    FieldType.FLOAT: ("0.1", "-2.5", "3.", ".5", "123456789012345", "0.000001", "-0", ""),
    FieldType.DATE: ("2024-02-29", "0001-01-01", "9999-12-31", "1969-12-31", "1900-02-28", ""),
    FieldType.TIMESTAMP: (
        "2025-05-31T10:00:00", "2025-05-31 23:59", "1969-12-31T23:59:59.999999",
        "2025-01-01", "2025-06-01T00:00:00.5", "",
    ),
    FieldType.KEYWORD: ("a", "b c", "ü", "u\u0308", '""', "don't", ""),
    FieldType.TEXT: ("long " * 9, "x", "é", '"in, quotes"', '"over\nlines"', ""),
    FieldType.SET: ("a|b", "b|a|b", "|", "a||c", "ü|u\u0308|z", '""', ""),
}  # fmt: skip
ODD = {
    FieldType.BOOL: ("TRUE", "yes", " true", "1"),
    FieldType.INT: ("+5", "1.0", "9999999999999999999", "x", "-", "1 ", "0x1F", "--1"),
    FieldType.DECIMAL: ("0.125", "1e3", "+1.5", ".", "-", "12345678901234567.8", "1.2.3", '""'),
    FieldType.FLOAT: ("1e5", "NaN", "inf", "-", ".", "1234567890123456.7", "1.2.3", "5e400"),
    FieldType.DATE: ("2023-02-29", "0000-01-01", "2025-1-1", "2025-13-01", "2025-05-31T10", "x"),
    FieldType.TIMESTAMP: (
        "2025-05-31T10:00:00Z", "2025-05-31T24:00", "2025-05-31T10", "2025-05-31T10:00:00.1234567",
        "2025-05-31T10:60", "2025-05-31T10:00:00+02:00", "2025-05-31X10:00", "2025-05-31T10:00.5",
        "2025-05-31T1:00", "2025-05-31T10:00:", "2025-05-31T10:00:00.",
    ),
    FieldType.KEYWORD: ('"a""b"', 'st"ray', '"x"y', "\t"),
    FieldType.TEXT: ('"un', '"a\r\nb"', "mid\rdle", '"cr\rin"'),
    FieldType.SET: ('"a""|b"', 'a|"b"'),
}  # fmt: skip


@st.composite
def rows(draw: Any) -> str:
    """A record, mostly plain; now and then with an odd cell or of another width."""
    odd = draw(st.integers(0, 9)) == 0
    cells = [draw(st.sampled_from(("1", "2", "3", "40", "" if odd else "5")))]
    for field in FIELDS:
        pool = PLAIN[field.type]
        cells.append(draw(st.sampled_from((*pool, *ODD[field.type]) if odd else pool)))
    if odd and draw(st.booleans()):
        cells = cells[: draw(st.integers(1, len(cells)))] + ["more"] * draw(st.integers(0, 12))
    return ",".join(cells)


def read(path: Path, limits: IntakeLimits, zone: str) -> tuple[list[Any], list[Reject], int, str]:
    """Records, rejects, how many were rejected, and the error that ended it."""
    options = IntakeOptions("data.csv", schema=SCHEMA, time_zone=zone)
    batches: list[TypedBatch] = []
    error = ""
    try:
        for batch in open_file(path, options, limits).batches(SCHEMA):
            batch.records.validate(full=True)
            batches.append(batch)
    except CardinalError as fault:
        error = fault.message
    records = [record for batch in batches for record in plain(batch.records)]
    rejects = [reject for batch in batches for reject in batch.rejects]
    return records, rejects, sum(batch.rejected for batch in batches), error


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.lists(rows(), max_size=12),
    end=st.sampled_from(("\n", "\r\n", "")),
    between=st.sampled_from(("\n", "\n", "\r\n", "\n\n", "\r")),
    block=st.sampled_from((40, 100, 1_000, 1 << 20)),
    threads=st.integers(1, 3),
    zone=st.sampled_from(("UTC", "Europe/Berlin")),
)
def test_quick_and_careful_reading_agree(
    tmp_path: Path, body: list[str], end: str, between: str, block: int, threads: int, zone: str
) -> None:
    """Records in order, rejects with line, column, reason and row, and errors."""
    path = tmp_path / "data.csv"
    path.write_bytes((between.join([HEADER, *body]) + end).encode())

    def limits(quick_bytes_min: int) -> IntakeLimits:
        return IntakeLimits(
            block_bytes=block, typing_threads=threads, quick_bytes_min=quick_bytes_min
        )

    assert read(path, limits(CAREFUL), zone) == read(path, limits(0), zone)


def quick_reader(fields: tuple[Field, ...], cell_bytes_max: int = 100) -> QuickReader:
    """A reader of these columns."""
    schema = Schema(DatasetName("people"), None, FieldType.INT, fields)
    targets = targets_of([field.name for field in fields], schema)
    return QuickReader(",", len(fields), targets, LocalTime("UTC"), cell_bytes_max)


def quickly(type_: FieldType, cells: tuple[str, ...]) -> pa.Array | None:
    """A column of these cells, None if one is not plain. A second column keeps empty rows."""
    one = Field(FieldName("one"), type_, scale=2 if type_ is FieldType.DECIMAL else 0)
    reader = quick_reader((one, Field(FieldName("two"), FieldType.INT)))
    data = "".join(f"{cell},1\n" for cell in cells).encode()
    found = reader.find(data, False)
    if found is None:
        return None
    records = reader.read(data, found)
    return None if records is None else records.column("one")


@pytest.mark.parametrize("type_", FieldType)
def test_plain_cells_need_no_care(type_: FieldType) -> None:
    """So that the property above does not hold only because nothing is read quickly."""
    found = quickly(type_, PLAIN[type_])

    assert found is not None
    assert len(PLAIN[type_]) == len(found)


@pytest.mark.parametrize(
    ("type_", "cell"), [(type_, cell) for type_ in FieldType for cell in ODD[type_]]
)
def test_odd_cells_are_left_to_care_or_read_alike(
    tmp_path: Path, type_: FieldType, cell: str
) -> None:
    """One by one, behind a plain one."""
    one = Field(FieldName("one"), type_, scale=2 if type_ is FieldType.DECIMAL else 0)
    schema = Schema(DatasetName("people"), None, FieldType.INT, (one,))
    path = tmp_path / "data.csv"
    path.write_text(f"one,two\n{PLAIN[type_][0]},1\n{cell},1\n", encoding="utf-8", newline="")
    options = IntakeOptions("data.csv", schema=schema)

    def read_with(quick_bytes_min: int) -> list[Any]:
        limits = IntakeLimits(quick_bytes_min=quick_bytes_min)
        return [
            (plain(batch.records), batch.rejects)
            for batch in open_file(path, options, limits).batches(schema)
        ]

    assert read_with(CAREFUL) == read_with(0)


def test_texts_that_repeat_come_as_a_dictionary_others_do_not() -> None:
    """The first block decides for those that come after it."""
    repeats = "".join(f"{number % 7},a\n" for number in range(5_000)).encode()
    unlike = "".join(f"{number},a\n" for number in range(5_000)).encode()
    fields = (Field(FieldName("one"), FieldType.KEYWORD), Field(FieldName("two"), FieldType.TEXT))
    reader = quick_reader(fields)
    kinds = []

    for data in (repeats, unlike, repeats):
        found = reader.find(data, True)
        assert found is not None
        records = reader.read(data, found)
        assert records is not None
        kinds.append(pa.types.is_dictionary(records.column("one").type))
        expected = [line.split(",")[0] for line in data.decode().splitlines()]
        assert expected == records.column("one").to_pylist()

    assert [True, False, False] == kinds


@pytest.mark.parametrize(("length", "fits"), [(99, True), (100, True), (101, False)])
def test_a_long_cell_is_left_to_care(length: int, fits: bool) -> None:
    """It rejects its row there."""
    reader = quick_reader((Field(FieldName("one"), FieldType.TEXT),))
    data = b"x" * length + b"\n"

    found = reader.find(data, True)

    assert found is not None
    assert fits == (reader.read(data, found) is not None)


def test_readers_can_be_warmed() -> None:
    """Twice does no harm."""
    warm_reading()
    warm_reading()
