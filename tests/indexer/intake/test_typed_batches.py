"""Cells to stored form: exact numbers, instants, sets, nulls; and what is rejected."""

import csv
import gzip
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from unicodedata import normalize
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.intake.convert import convert_text
from indexer.intake.intake import open_file
from indexer.intake.numeric import decimals
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.intake.zones import LocalTime
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Schema
from tests.indexer.intake.reading import (
    TINY_BLOCKS,
    plain,
    read_bytes,
    read_csv,
    read_path,
    schema_of,
    utc,
)

T = FieldType
REJECTED = object()

CASES = [
    (T.BOOL, "TrUe", True),
    (T.BOOL, "1", REJECTED),
    (T.INT, "007", 7),
    (T.INT, "+5", 5),
    (T.INT, "-9223372036854775808", -(2**63)),
    (T.INT, "9223372036854775808", REJECTED),
    (T.INT, "99999999999999999999999999", REJECTED),
    (T.INT, "00000000000000000000000012", 12),
    (T.INT, "0x1F", REJECTED),
    (T.INT, "1.0", REJECTED),
    (T.INT, " 1", REJECTED),
    (T.DECIMAL, "1.5", 150),
    (T.DECIMAL, "-0.07", -7),
    (T.DECIMAL, "+1.500000000000000000000", 150),
    (T.DECIMAL, "0001", 100),
    (T.DECIMAL, ".0", 0),
    (T.DECIMAL, "-.500", -50),
    (T.DECIMAL, ".", REJECTED),
    (T.INT, "+0", 0),
    (T.DECIMAL, "1.005", REJECTED),
    (T.DECIMAL, "1e2", REJECTED),
    (T.DECIMAL, "9999999999999999.99", 10**18 - 1),
    (T.DECIMAL, "10000000000000000", REJECTED),
    (T.FLOAT, "+1.5e3", 1500.0),
    (T.FLOAT, "nan", None),
    (T.FLOAT, "inf", REJECTED),
    (T.FLOAT, "1e999", REJECTED),
    (T.DATE, "2024-02-29", date(2024, 2, 29)),
    (T.DATE, "2023-02-29", REJECTED),
    (T.DATE, "1900-02-29", REJECTED),
    (T.DATE, "2024-01-01T00:00", REJECTED),
    (T.TIMESTAMP, "2024-07-01", utc("2024-06-30T22:00:00")),
    (T.TIMESTAMP, "2024-07-01T10:00:00.1234569+05:30", utc("2024-07-01T04:30:00.123456")),
    (T.TIMESTAMP, "2024-07-01 10:00Z", utc("2024-07-01T10:00:00")),
    (T.TIMESTAMP, "2000-02-29T10:00Z", utc("2000-02-29T10:00:00")),
    (T.TIMESTAMP, "2100-02-29T10:00Z", REJECTED),
    (T.TIMESTAMP, "2024-07-01T25:00", REJECTED),
    (T.TIMESTAMP, "0001-01-01T00:00+02:00", REJECTED),
    (T.TIMESTAMP, "0001-01-01T00:00", REJECTED),
    (T.KEYWORD, "e\u0301", "\u00e9"),
    (T.TEXT, "", ""),
    (T.SET, "b|a||b|e\u0301", ["a", "b", "\u00e9"]),
    (T.SET, "", []),
]


@pytest.mark.parametrize(("kind", "cell", "stored"), CASES)
def test_a_cell_is_stored_exactly_or_its_row_is_rejected(
    folder: Path, kind: FieldType, cell: str, stored: object
) -> None:
    """Beside a cell that fits, so both the quick and the careful way are taken."""
    field = Field(FieldName("x"), kind, scale=2)
    schema = Schema(DatasetName("people"), None, None, (field,), (), "Europe/Berlin")
    good = {T.BOOL: "true", T.DATE: "2024-01-01", T.TIMESTAMP: "2024-01-01T00:00Z"}.get(kind, "1")

    alone = read_csv(folder, f'x\n"{cell}"\n', IntakeOptions("data.csv", schema=schema))
    beside = read_csv(folder, f'x\n{good}\n"{cell}"\n', IntakeOptions("data.csv", schema=schema))

    expected = ([], [(2, "x", "wrong_type")]) if stored is REJECTED else ([stored], [])
    assert expected == (alone.column("x"), alone.reasons)
    assert expected[0] == beside.column("x")[1:]


@given(
    cells=st.lists(
        st.none()
        | st.decimals(-(10**12), 10**12, places=4).map(lambda number: f"{number:f}")
        | st.from_regex(r"[+-]?0{0,2}[0-9]{0,20}(\.[0-9]{0,6})?", fullmatch=True),
        max_size=8,
    ),
    scale=st.integers(0, 6),
)
@settings(deadline=None)
def test_decimals_are_exact_or_bad(cells: list[str | None], scale: int) -> None:
    """Against the decimal module; no value is ever rounded."""
    expected = [units(cell, scale) for cell in cells]

    converted = decimals(pa.array(cells, pa.string()), scale)

    assert expected == converted.values.to_pylist()
    bad = [unit is None and cell is not None for unit, cell in zip(expected, cells, strict=True)]
    assert bad == ([False] * len(cells) if converted.bad is None else converted.bad.tolist())


def units(cell: str | None, scale: int) -> int | None:
    """The cell in units of ``10 ** -scale``, if it is a number that has such a form."""
    if cell is None or not any(each.isdigit() for each in cell):
        return None
    value = Decimal(cell).scaleb(scale)
    return int(value) if value == int(value) and abs(value) < 10**18 else None


@given(data=st.data(), kind=st.sampled_from([T.INT, T.FLOAT, T.DATE, T.TIMESTAMP, T.BOOL]))
@settings(deadline=None, max_examples=200)
def test_a_cell_fits_or_not_whatever_stands_beside_it(data: st.DataObject, kind: FieldType) -> None:
    """The whole column at once and each cell alone give the same values and the same misfits."""
    cells = data.draw(st.lists(st.none() | NEAR_VALUES, max_size=6))
    field, zone = Field(FieldName("x"), kind), LocalTime("America/New_York")
    alone = [convert_text(pa.array([cell], pa.string()), field, zone) for cell in cells]

    together = convert_text(pa.array(cells, pa.string()), field, zone)

    bad = [each.bad is not None for each in alone]
    assert bad == ([False] * len(cells) if together.bad is None else together.bad.tolist())
    assert [each.values[0].as_py() for each in alone] == together.values.to_pylist()


NEAR_VALUES = st.one_of(
    st.sampled_from(["true", "False", "nan", "-inf", "1e400", "0x1", "2024-02-30", "2024-01-01"]),
    st.integers(-(2**64), 2**64).map(str),
    st.from_regex(r"[-+]?[0-9]{0,4}\.?[0-9]{0,2}(e[0-9])?", fullmatch=True),
    st.dates().map(str),
    st.datetimes().map(str),
    st.from_regex(
        r"20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9](:[0-6][0-9])?(\.[0-9]{1,8})?"
        r"(Z|[+-][0-2][0-9](:?[0-6][0-9])?)?",
        fullmatch=True,
    ),
)

ALL_DAYS = datetime.fromisoformat("0001-01-03"), datetime.fromisoformat("9999-12-29")
DAYS_OF_NOW = datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-01-01")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "flag": st.none() | st.booleans(),
            "n": st.none() | st.integers(-(2**63), 2**63 - 1),
            "price": st.none() | st.decimals(-(10**9), 10**9, places=2),
            "x": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "day": st.none() | st.dates(),
            "at": st.none() | st.datetimes(*DAYS_OF_NOW),
            "name": st.none()
            | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
            "tags": st.none() | st.frozensets(st.text("abcé", min_size=1, max_size=2), max_size=3),
        }
    ),
    max_size=8,
)
TYPES = {"flag": T.BOOL, "n": T.INT, "price": T.DECIMAL, "x": T.FLOAT, "day": T.DATE,
         "at": T.TIMESTAMP, "name": T.KEYWORD, "tags": T.SET}  # fmt: skip


@given(rows=ROWS, ending=st.sampled_from(["\n", "\r\n", "\r"]), delimiter=st.sampled_from(",;\t|"))
@settings(deadline=None)
def test_records_written_by_the_csv_module_are_read_back(
    folder: Path, rows: list[dict[str, object]], ending: str, delimiter: str
) -> None:
    """Any values, any delimiter, any line end."""
    fields = tuple(Field(FieldName(name), kind, scale=2) for name, kind in TYPES.items())
    schema = Schema(DatasetName("people"), None, None, fields)
    content = written(rows, ending, delimiter)

    read = read_bytes(folder, content.encode(), IntakeOptions("data.csv", schema=schema))

    assert [] == read.rejects
    assert [{name: stored(value) for name, value in row.items()} for row in rows] == read.records


def written(rows: list[dict[str, object]], ending: str, delimiter: str) -> str:
    """A file with every value quoted and nulls bare, so that empty text and null differ."""
    lines = [delimiter.join(TYPES)]
    for row in rows:
        cells = (as_written(row[name]) for name in TYPES)
        lines.append(delimiter.join("" if cell is None else quoted(cell) for cell in cells))
    return ending.join([*lines, ""])


def quoted(cell: str) -> str:
    """The cell as the csv module quotes it."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow([cell])
    return out.getvalue()


def as_written(value: object) -> str | None:
    """How a person would write the value."""
    match value:
        case None:
            return None
        case frozenset():
            return "|".join(sorted(value, reverse=True))
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def stored(value: object) -> object:
    """What a record should hold for the value."""
    match value:
        case Decimal():
            return int(value * 100)
        case frozenset():
            return sorted({normalize("NFC", member) for member in value})
        case str():
            return normalize("NFC", value)
        case datetime():
            return value.replace(tzinfo=UTC)
        case _:
            return value


def test_an_empty_cell_is_null_and_a_quoted_one_is_empty_text(folder: Path) -> None:
    """And no other word is null."""
    read = read_csv(folder, 'a,b\n,""\nNULL,NA\n')

    assert [{"a": None, "b": ""}, {"a": "NULL", "b": "NA"}] == read.records


def test_rows_of_another_width_are_rejected_with_line_and_text(folder: Path) -> None:
    """Lines are those of the file, blank and quoted ones counted."""
    read = read_csv(folder, 'a,b\n"x\r\ny",1\n\n1\n1,2,"3\n4"\n5,6\nz,"open\n')

    assert [
        (5, None, "too_few_columns: 1 instead of 2", "1"),
        (6, None, "too_many_columns: 3 instead of 2", '1,2,"3\n4"'),
        (9, None, "open_quote: a quote is never closed", 'z,"open\n'),
    ] == [(each.line, each.column, each.reason, each.raw) for each in read.rejects]
    assert ["x\r\ny", "5"] == read.column("a")


def test_a_row_without_a_key_is_rejected(folder: Path) -> None:
    """Null and empty text alike: neither could be asked for again."""
    options = IntakeOptions("data.csv", key=FieldName("id"))

    read = read_csv(folder, 'x,id\n1,a\n2,\n3,""\n', options)

    assert [{"_key": "a", "x": 1}] == read.records
    assert [(3, "id", "no_key"), (4, "id", "no_key")] == read.reasons


def test_one_row_is_rejected_once_for_its_first_fault(folder: Path) -> None:
    """The key's fault first, then those of the fields in schema order."""
    types = {"a": T.INT, "b": T.INT}

    read = read_csv(folder, "a,b\nx,y\n1,y\n", IntakeOptions("data.csv", types=types))

    assert [(2, "a", "wrong_type"), (3, "b", "wrong_type")] == read.reasons


def test_rejects_beyond_the_limit_are_only_counted(folder: Path) -> None:
    """A file of nothing but faults needs no memory."""
    limits = IntakeLimits(block_bytes=16, rejects_max=3)
    options = IntakeOptions("data.csv", types={"a": T.INT})

    read = read_bytes(folder, b"a\n" + b"x\n" * 20, options, limits)

    assert (3, 20) == (len(read.rejects), read.rejected)


def test_an_existing_dataset_gives_its_types_and_gains_new_fields(folder: Path) -> None:
    """Fields the file lacks are absent from its batches, so they keep their values."""
    own = (Field(FieldName("zip"), T.KEYWORD), Field(FieldName("price"), T.DECIMAL, scale=3),
           Field(FieldName("gone"), T.INT))  # fmt: skip
    schema = Schema(DatasetName("people"), FieldName("id"), T.INT, own)
    path = folder / "more.csv"
    path.write_text("new,price,zip,id\n7,1.5,02139,1\n")
    options = IntakeOptions("more.csv", schema=schema, types={"price": T.FLOAT})
    source = open_file(path, options, TINY_BLOCKS)

    inferred = source.infer()
    batch = next(source.batches(schema)).records

    assert ["int", "decimal", "keyword", "int"] == [field.type for field in inferred.fields]
    assert own[1] == inferred.fields[1]
    assert ["_key", "zip", "price"] == batch.schema.names
    assert [{"_key": 1, "zip": "02139", "price": 1500}] == batch.to_pylist()


def test_a_file_may_be_packed_in_several_pieces(folder: Path) -> None:
    """Files joined end to end are one file; progress counts packed bytes."""
    path = folder / "packed.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n"))

    read = read_path(path, IntakeOptions("packed.csv.gz"))

    assert [{"a": 1, "b": 2}, {"a": 3, "b": 4}] == read.records


def test_a_local_time_is_that_of_the_options_then_of_the_dataset(folder: Path) -> None:
    """An import may say that its file was written elsewhere."""
    text = "at\n2024-01-01T12:00\n"
    inferred = read_csv(folder, text).inferred
    path = folder / "data.csv"
    tokyo = IntakeOptions("data.csv", time_zone="Asia/Tokyo")

    own = next(
        open_file(path, IntakeOptions("data.csv"), TINY_BLOCKS).batches(
            schema_of(inferred, "Europe/Berlin")
        )
    )
    other = next(open_file(path, tokyo, TINY_BLOCKS).batches(schema_of(inferred, "Europe/Berlin")))

    assert [utc("2024-01-01T11:00:00")] == [record["at"] for record in plain(own.records)]
    assert [utc("2024-01-01T03:00:00")] == [record["at"] for record in plain(other.records)]


ZONES = ["Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Pacific/Apia", "UTC",
         "Asia/Kathmandu", "Africa/Casablanca", "Australia/Lord_Howe"]  # fmt: skip


@given(
    locals_=st.lists(st.datetimes(*ALL_DAYS), min_size=1),
    zone=st.sampled_from(ZONES),
)
@settings(deadline=None)
def test_local_times_move_to_utc_like_zoneinfo_moves_them(
    locals_: list[datetime], zone: str
) -> None:
    """``fold=0`` is our rule: skipped times go forward, doubled ones are the first."""
    epoch = datetime.fromisoformat("1970-01-01")
    micros = np.array([(each - epoch) // timedelta(microseconds=1) for each in locals_], np.int64)
    expected = [
        each.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None) for each in locals_
    ]

    utc = LocalTime(zone).to_utc(micros)

    assert expected == [epoch + timedelta(microseconds=int(each)) for each in utc]


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        ("Europe/Berlin", "2024-03-31T01:59:59", "2024-03-31T00:59:59"),
        ("Europe/Berlin", "2024-03-31T02:30", "2024-03-31T01:30"),
        ("Europe/Berlin", "2024-03-31T02:59:59.5", "2024-03-31T01:59:59.500"),
        ("Europe/Berlin", "2024-03-31T03:00", "2024-03-31T01:00"),
        ("Europe/Berlin", "2024-10-27T02:59:59", "2024-10-27T00:59:59"),
        ("Europe/Berlin", "2024-10-27T02:30", "2024-10-27T00:30"),
        ("Europe/Berlin", "2024-10-27T03:00", "2024-10-27T02:00"),
        ("America/Sao_Paulo", "2018-11-04T00:30", "2018-11-04T03:30"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00"),
        ("Australia/Lord_Howe", "2024-10-06T02:15", "2024-10-05T15:45"),
    ],
)
def test_a_clock_change_is_read_by_the_contract(
    folder: Path, zone: str, local: str, instant: str
) -> None:
    """02:30 in an hour's gap is 03:30; 02:30 that occurs twice is the first."""
    read = read_csv(folder, f"at\n{local}\n", IntakeOptions("data.csv", time_zone=zone))

    assert [utc(instant)] == read.column("at")
