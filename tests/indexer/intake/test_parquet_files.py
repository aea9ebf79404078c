"""Parquet: types taken as they are, exact values, clear refusals."""

import decimal
import gzip
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.model.errors import BadFile
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Schema
from tests.indexer.intake.reading import Read, read_path, utc

T = FieldType
D = decimal.Decimal
NOON_MS = int(utc("2024-07-01T12:00").timestamp()) * 1000

OWN = [
    (pa.array([True, None]), T.BOOL, [True, None]),
    (pa.array([1, -1], pa.int8()), T.INT, [1, -1]),
    (pa.array([1, 2**63 - 1], pa.uint64()), T.INT, [1, 2**63 - 1]),
    (pa.array([1.5, float("nan")], pa.float32()), T.FLOAT, [1.5, None]),
    (pa.array([D("1.50"), D("-0.07")], pa.decimal128(10, 2)), T.DECIMAL, [150, -7]),
    (pa.array([D("1.5"), None], pa.decimal128(30, 1)), T.DECIMAL, [15, None]),
    (pa.array([D("2.5"), None], pa.decimal256(60, 1)), T.DECIMAL, [25, None]),
    (pa.array([date(2024, 2, 29), None]), T.DATE, [date(2024, 2, 29), None]),
    (pa.array([date(2024, 2, 29), None], pa.date64()), T.DATE, [date(2024, 2, 29), None]),
    (pa.array([-1, None], pa.timestamp("ns", "UTC")), T.TIMESTAMP,
     [utc("1969-12-31T23:59:59.999999"), None]),
    (pa.array([NOON_MS, None], pa.timestamp("ms")), T.TIMESTAMP,
     [utc("2024-07-01T10:00:00"), None]),
    (pa.array([NOON_MS * 1000, None], pa.timestamp("us", "Asia/Tokyo")),
     T.TIMESTAMP, [utc("2024-07-01T12:00:00"), None]),
    (pa.array(["e\u0301", None]), T.KEYWORD, ["\u00e9", None]),
    (pa.array(["a", ""], pa.large_string()), T.KEYWORD, ["a", ""]),
    (pa.array(["a", "a"]).dictionary_encode(), T.KEYWORD, ["a", "a"]),
    (pa.nulls(2), T.KEYWORD, [None, None]),
    (pa.array([["b", "a", "b", None], None]), T.SET, [["a", "b"], None]),
    (pa.array([[], ["e\u0301"]], pa.large_list(pa.string())), T.SET, [[], ["\u00e9"]]),
]  # fmt: skip


@pytest.mark.parametrize(("values", "kind", "stored"), OWN)
def test_a_column_keeps_its_own_type(
    folder: Path, values: pa.Array, kind: FieldType, stored: list[object]
) -> None:
    """Naive timestamps are local, finer ones are rounded down, NaN is null."""
    read = read_parquet(folder, {"x": values}, IntakeOptions("a", time_zone="Europe/Berlin"))

    assert {"x": kind} == read.types
    assert (stored, []) == (read.column("x"), read.rejects)


MISFITS = [
    (pa.array([1, 2**63], pa.uint64()), 2),
    (pa.array([D("1"), D(10**18)], pa.decimal128(30, 0)), 2),
    (pa.array([0, 2**40], pa.timestamp("s", "UTC")), 2),
    (pa.array([0, -(2**30)], pa.date32()), 2),
]


@pytest.mark.parametrize(("values", "row"), MISFITS)
def test_a_value_that_cannot_be_stored_rejects_its_row(
    folder: Path, values: pa.Array, row: int
) -> None:
    """Never wrapped, never rounded."""
    read = read_parquet(folder, {"x": values})

    assert ([(row, "x", "wrong_type")], 1) == (read.reasons, len(read.records))


COERCED = [
    (pa.array([1, 2]), Field(FieldName("x"), T.DECIMAL, scale=2), [100, 200]),
    (pa.array([1, 2]), Field(FieldName("x"), T.KEYWORD), ["1", "2"]),
    (pa.array([1.0, 2.5, None]), Field(FieldName("x"), T.INT), [1, None]),
    (pa.array([0.1, 2.0]), Field(FieldName("x"), T.DECIMAL, scale=1), [1, 20]),
    (pa.array([D("1.50")]), Field(FieldName("x"), T.DECIMAL, scale=1), [15]),
    (pa.array(["5", "x"]), Field(FieldName("x"), T.INT), [5]),
    (pa.array(["b;a"]), Field(FieldName("x"), T.SET, separator=";"), [["a", "b"]]),
    (pa.array([date(2024, 1, 1)]), Field(FieldName("x"), T.TIMESTAMP), [utc("2024-01-01")]),
    (pa.array(["a"]), Field(FieldName("x"), T.TEXT), ["a"]),
]


@pytest.mark.parametrize(("values", "field", "stored"), COERCED)
def test_a_column_moves_to_the_type_the_dataset_has(
    folder: Path, values: pa.Array, field: Field, stored: list[object]
) -> None:
    """Where the values fit exactly; other rows are rejected."""
    schema = Schema(DatasetName("people"), None, None, (field,))

    read = read_parquet(folder, {"x": values}, IntakeOptions("a", schema=schema))

    assert stored == read.column("x")
    assert len(values) - len(stored) == read.rejected


@pytest.mark.parametrize(
    "values",
    [
        pa.array([{"a": 1}]),
        pa.array([b"x"]),
        pa.array([[1]]),
        pa.array([1], pa.duration("s")),
        pa.array([D("1")], pa.decimal128(38, 20)),
    ],
)
def test_a_type_that_is_not_ours_is_refused_by_name(folder: Path, values: pa.Array) -> None:
    """The message says which column."""
    with pytest.raises(BadFile, match="'odd'"):
        read_parquet(folder, {"odd": values})


def test_text_that_is_not_utf_8_is_refused_by_name(folder: Path) -> None:
    """A writer may have put anything into a string column."""
    broken = pa.array([b"\xff"], pa.binary()).view(pa.string())

    with pytest.raises(BadFile, match="'odd'"):
        read_parquet(folder, {"odd": broken})


def test_records_come_in_blocks_with_rows_for_lines(folder: Path) -> None:
    """Keys first; a row without one is named by its number in the file."""
    columns = {"x": pa.array(list("abcdefgh")), "id": pa.array([1, 2, 3, 4, None, 6, 7, 8])}

    read = read_parquet(folder, columns, IntakeOptions("a", key=FieldName("id")))

    assert [1, 2, 3, 4, 6, 7, 8] == read.column("_key")
    assert [(5, "id", "no_key", "e,")] == [
        (each.line, each.column, each.reason.split(":")[0], each.raw) for each in read.rejects
    ]


def test_a_packed_parquet_file_is_unpacked_first(folder: Path) -> None:
    """Parquet is read from its end."""
    path = folder / "plain.parquet"
    pq.write_table(pa.table({"x": [1, 2]}), path)
    packed = folder / "a.parquet.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))

    read = read_path(packed, IntakeOptions("a.parquet.gz"))

    assert [1, 2] == read.column("x")


def test_a_declared_decimal_takes_the_scale_its_text_has(folder: Path) -> None:
    """Text columns are read through once for it."""
    columns = {"x": pa.array(["1.5", "2.255"])}

    read = read_parquet(folder, columns, IntakeOptions("a", types={"x": T.DECIMAL}))

    assert (3, [1500, 2255]) == (read.inferred.fields[0].scale, read.column("x"))


def test_a_cut_parquet_file_is_refused(folder: Path) -> None:
    """Its end holds the table of contents."""
    path = folder / "cut.parquet"
    pq.write_table(pa.table({"x": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(BadFile, match="damaged"):
        read_path(path, IntakeOptions("cut.parquet"))


def read_parquet(
    folder: Path, columns: dict[str, pa.Array], options: IntakeOptions | None = None
) -> Read:
    """A Parquet file of these columns."""
    path = folder / "a.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=5)
    limits = IntakeLimits(block_rows=2)
    return read_path(path, options or IntakeOptions("a.parquet"), limits)
