"""Delimiters, headers, formats; and files that can't be read, said clearly."""

import gzip
from pathlib import Path

import pytest

from indexer.intake.intake import open_file
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.model.errors import BadFile, CardinalError, TooLarge
from indexer.model.ids import FieldName
from indexer.model.schema import FieldType
from tests.indexer.intake.reading import TINY_BLOCKS, read_bytes, read_csv

DELIMITED = [
    ("comma", "a,b\n1,2\n", ["a", "b"]),
    ("semicolon", "a;b\n1,5;2,5\n", ["a", "b"]),
    ("tab", "a\tb\n1\t2\n", ["a", "b"]),
    ("pipe", "a|b\n1|2\n", ["a", "b"]),
    ("a comma in the header", "name;amount, in dollars\na;1,5\nb;2,5\n",
     ["name", "amount, in dollars"]),
    ("sets inside", "id,tags\n1,a|b\n2,a|b|c\n", ["id", "tags"]),
    ("delimiters in quotes", 'a,b\n"x;y;z",1\n"x;y;z",2\n', ["a", "b"]),
    ("one column", "name\nAnn\nBob\n", ["name"]),
    ("a mark before the text", "\ufeffid,x\n1,2\n", ["id", "x"]),
    ("spaces around names", " first  name , x\n1,2\n", ["first name", "x"]),
    ("names twice", "a,a,a_2,A\n1,2,3,4\n", ["a", "a_2", "a_2_2", "A"]),
    ("no names", "a,,\n1,2,3\n", ["a", "column_2", "column_3"]),
    ("our own name", "_key,x\n1,2\n", ["key", "x"]),
    ("a quoted name over two lines", '"first\nname",x\n1,2\n', ["first name", "x"]),
    ("blank lines before", "\n\r\na,b\n1,2\n", ["a", "b"]),
    ("a header alone", "a,b", ["a", "b"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names"), [case[1:] for case in DELIMITED], ids=[case[0] for case in DELIMITED]
)
def test_the_delimiter_and_the_names_are_found(folder: Path, text: str, names: list[str]) -> None:
    """Judged by many rows, and fixed where a header is not usable as it is."""
    read = read_csv(folder, text)

    assert names == [field.name for field in read.inferred.fields]
    assert [] == read.rejects
    assert all(names == list(record) for record in read.records)


def test_a_delimiter_is_judged_by_all_rows_of_the_start(folder: Path) -> None:
    """Two rows would say comma."""
    text = "a,b;c\n1,1;1\n" + "1;1\n" * 50

    read = read_csv(folder, text)

    assert ["a,b", "c"] == [field.name for field in read.inferred.fields]


def test_a_label_keeps_the_header_as_written(folder: Path) -> None:
    """The name is for programs, the label for people."""
    read = read_csv(folder, "city,city\nBonn,Rome\n")

    assert [("city", "city"), ("city_2", "city")] == [
        (field.name, field.label) for field in read.inferred.fields
    ]


def test_a_file_of_a_header_alone_has_no_records(folder: Path) -> None:
    """An empty dataset is a dataset."""
    read = read_csv(folder, "id,x\n", IntakeOptions("data.csv", key=FieldName("id")))

    assert ([], FieldType.KEYWORD) == (read.records, read.inferred.key_type)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", b"a\tb,c\n1\t2\n"),
        ("a.TSV.GZ", gzip.compress(b"a\tb,c\n1\t2\n")),
        ("a.jsonl", b'{"a": 1, "b,c": 2}\n'),
        ("unnamed", b'{"a": 1, "b,c": 2}\n'),
        ("unnamed.gz", gzip.compress(b'a,"b,c"\n1,2\n')),
    ],
    ids=["TSV", "packed TSV", "JSON lines", "JSON lines by content", "packed CSV by content"],
)
def test_the_format_is_told_by_content_and_name(folder: Path, name: str, content: bytes) -> None:
    """An ending in capitals counts; gzip is seen by its bytes."""
    read = read_bytes(folder, content, IntakeOptions(name))

    assert [{"a": 1, "b,c": 2}] == read.records


LINES = b"".join(b"%d\n" % (number * 7919 % 10_007) for number in range(900))
SMALL = IntakeLimits(
    block_bytes=64, sniff_bytes=512, columns_max=4, field_name_max=10, record_bytes_max=200,
    gzip_ratio_max=10, gzip_grace_bytes=1_000, file_bytes_max=5_000,
)  # fmt: skip
UNREADABLE: list[tuple[str, str, bytes, type[CardinalError], str]] = [
    ("empty", "a.csv", b"", BadFile, "empty"),
    ("only blank lines", "a.csv", b"\n\n", BadFile, "empty"),
    ("an empty gzip", "a.csv.gz", gzip.compress(b""), BadFile, "empty"),
    ("binary", "a.csv", b"\x7fELF\0\0\1", BadFile, "not text"),
    ("binary below a line", "a.csv", b"a,b\n" + bytes(range(1, 9)) * 9, BadFile, "not text"),
    ("a header of no text", "a.csv", b"a,\xff\n1,2\n", BadFile, "header"),
    ("a workbook", "a.csv", b"PK\x03\x04" + b"\0" * 99, BadFile, "zip archive"),
    ("gzip in gzip", "a.csv.gz", gzip.compress(gzip.compress(b"a\n1\n")), BadFile, "gzip inside"),
    ("a database", "a.csv", b"SQLite format 3\0" + b"\1" * 99, BadFile, "SQLite"),
    ("a cut gzip", "a.csv.gz", gzip.compress(b"a\n" + LINES, mtime=0)[:-300], BadFile, "cut short"),
    ("a damaged gzip", "a.csv.gz", gzip.compress(b"a,b\n1,2\n")[:-8] + b"12345678", BadFile,
     "damaged"),
    ("a gzip bomb", "a.csv.gz", gzip.compress(b"a\n" + b"1\n" * 2_400), TooLarge, "10 times"),
    ("too much", "a.csv", b"a\n" + b"1\n" * 2_500, TooLarge, "5000"),
    ("too many columns", "a.csv", b"a,b,c,d,e\n", TooLarge, "5 columns"),
    ("a long name", "a.csv", b"a,bbbbbbbbbbbbbbb\n", BadFile, "column 2"),
    ("a long header", "a.csv", b"a" * 600 + b",b\n", TooLarge, "header"),
    ("a quote never closed", "a.csv", b'a,b\n1,2\n1,"' + b"x\n" * 200, TooLarge, "line 3 "),
    ("no key", "a.csv", b"a,b\n1,2\n", BadFile, "'id'"),
    ("not Parquet", "a.parquet", b"a,b\n1,2\n", BadFile, "not a Parquet"),
    ("cut Parquet", "a.parquet", b"PAR1" + b"\0" * 50, BadFile, "damaged"),
    ("no objects", "a.jsonl", b"[1]\n[2]\n", BadFile, "no JSON objects"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [case[1:] for case in UNREADABLE],
    ids=[case[0] for case in UNREADABLE],
)
def test_a_file_that_cannot_be_read_says_why(
    folder: Path, name: str, content: bytes, error: type[CardinalError], says: str
) -> None:
    """One of the two errors, naming the line or the limit."""
    options = IntakeOptions(name, key=FieldName("id") if says == "'id'" else None)

    with pytest.raises(error, match=says):
        read_bytes(folder, content, options, SMALL)


def test_a_very_long_cell_rejects_its_row_only(folder: Path) -> None:
    """The row before and the row after stay."""
    limits = IntakeLimits(cell_bytes_max=10)

    read = read_bytes(folder, b"a\nx\n" + b"y" * 11 + b"\nz\n", IntakeOptions("a.csv"), limits)

    assert (["x", "z"], [(3, "a", "too_long")]) == (read.column("a"), read.reasons)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (IntakeOptions("a.csv", types={"zip": FieldType.INT}), "'zip'"),
        (IntakeOptions("a.csv", separators={"zip": ";"}), "'zip'"),
        (
            IntakeOptions("a.csv", key=FieldName("a"), types={"a": FieldType.DATE}),
            "int or keyword",
        ),
        (IntakeOptions("a.csv", time_zone="Mars/Olympus"), "time zone"),
        (IntakeOptions("a.csv", time_zone="../etc/passwd"), "time zone"),
    ],
)
def test_options_that_do_not_fit_the_file_are_refused(
    folder: Path, options: IntakeOptions, says: str
) -> None:
    """Before a record is read."""
    with pytest.raises(BadFile, match=says):
        read_csv(folder, "a,b\n1,2\n", options)


def test_opening_reads_only_the_start(folder: Path) -> None:
    """What is wrong later on is found later on."""
    path = folder / "late.csv"
    path.write_bytes(b"a\n" + b"x\n" * 100 + b"\xff\n")

    source = open_file(path, IntakeOptions("late.csv"), TINY_BLOCKS)

    assert 204 == source.total_bytes
