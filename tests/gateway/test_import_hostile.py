"""Files that mean harm end in a sentence, quickly, and in little memory."""

import gzip
import io
import os
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.gateway.front import Front

MEGABYTE = 1 << 20
GROWTH_MAX = 200 * MEGABYTE
SENTENCE_MAX = 300


def _zip(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def _packed(head: bytes, block: bytes, times: int, level: int = 1) -> bytes:
    """A gzip of the block, many times over, made in little memory."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=level) as packed:
        packed.write(head)
        for _ in range(times):
            packed.write(block)
    return out.getvalue()


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


HOSTILE: list[tuple[str, str, Callable[[], bytes], str]] = [
    ("a bomb of rows", "a.csv.gz", lambda: _packed(b"id\n", b"1\n" * MEGABYTE, 99, 6), "times its"),
    ("a bomb of zeros", "a.csv", lambda: _packed(b"", b"\0" * MEGABYTE, 300), "not text"),
    ("a cell of a gigabyte", "a.csv.gz", lambda: _packed(b"id\n", b"x" * MEGABYTE, 1_024),
     "line 2"),
    ("a quoted cell of a gigabyte", "a.csv.gz",
     lambda: _packed(b'id\n"', b"x\n" * (MEGABYTE // 2), 1_024), "line 2"),
    ("a large plain cell", "a.csv", lambda: b"id\n" + b"x" * (40 * MEGABYTE), "line 2"),
    ("a header of a gigabyte", "a.csv.gz", lambda: _packed(b"", b"x" * MEGABYTE, 1_024), "header"),
    ("a million columns", "a.csv", lambda: b",".join([b"a"] * 1_000_000) + b"\n", "header"),
    ("many columns", "a.csv", lambda: b",".join([b"a"] * 400_000) + b"\n", "400000 columns"),
    ("a million fields", "a.jsonl",
     lambda: b"".join(b'{"f%d": 1}\n' % n for n in range(1_000_000)), "fields"),
    ("many columns of Parquet", "a.parquet",
     lambda: _parquet(pa.table({f"c{n}": [1] for n in range(3_000)})), "3000 columns"),
    ("nested JSON", "a.jsonl", lambda: b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
     "no JSON objects"),
    ("gzip in gzip", "a.csv.gz", lambda: gzip.compress(gzip.compress(b"id\n1\n")), "gzip inside"),
    ("zip in zip", "a.zip", lambda: _zip({"a.zip": _zip({"a.csv": b"0" * MEGABYTE})}), "zip"),
    ("a zip with a path", "a.csv", lambda: _zip({"../../etc/passwd": b"id\n1\n"}), "zip"),
    ("a zip in gzip", "a.csv.gz", lambda: gzip.compress(_zip({"a.csv": b"id\n1\n"})), "zip"),
    ("nothing", "a.csv", lambda: b"", "empty"),
    ("nothing in gzip", "a.csv.gz", lambda: gzip.compress(b""), "empty"),
    ("random bytes", "a.csv", lambda: os.urandom(MEGABYTE), "not text"),
    ("a picture", "a.csv", lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 9,
     "text"),
    ("a cut gzip", "a.csv.gz", lambda: gzip.compress(os.urandom(9_999).hex().encode())[:-99],
     "cut short"),
    ("a gzip with a wrong sum", "a.csv.gz", lambda: gzip.compress(b"id\n1\n")[:-8] + b"\1" * 8,
     "damaged"),
    ("bytes after a gzip", "a.csv.gz", lambda: gzip.compress(b"id\n1\n") + b"junk", "damaged"),
    ("junk called Parquet", "a.parquet", lambda: os.urandom(9_999), "not a Parquet"),
    ("junk that begins like Parquet", "a.csv", lambda: b"PAR1" + os.urandom(9_999), "damaged"),
    ("cut Parquet", "a.parquet", lambda: _parquet(pa.table({"id": [1, 2]}))[:-20], "damaged"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "made", "says"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE]
)
async def test_a_hostile_file_ends_in_a_sentence(
    front: Front, name: str, made: Callable[[], bytes], says: str
) -> None:
    """No dataset, no file left behind, no more memory than a few blocks."""
    file = made()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    done = await front.load("a", file, name=name)

    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert ["failed", True] == [done["state"], says in done["error"]], done["error"]
    assert len(done["error"]) <= SENTENCE_MAX
    assert "our side" not in done["error"]
    assert grown < GROWTH_MAX + 2 * len(file)
    assert 404 == (await front.get("/datasets/a")).status_code
    assert [] == list((front.services.settings.data / "imports" / "uploads").iterdir())


@pytest.mark.parametrize(
    "name", ["../../a.csv", "/etc/passwd", "..\\..\\a.csv", "a\0b.csv", "x" * 5_000 + ".csv", ""]
)
async def test_a_file_name_is_no_path(front: Front, tmp_path: Path, name: str) -> None:
    """It tells the format, and nothing is ever written under it."""
    before = sorted(path.name for path in tmp_path.parent.iterdir())

    answer = await front.hand_in("a", b"id\n1\n", name=name, key="id")

    assert answer.status_code in (202, 400, 422)
    if answer.status_code == 202:
        assert "succeeded" == (await front.ended(answer.json()["id"]))["state"]
    assert before == sorted(path.name for path in tmp_path.parent.iterdir())


async def test_a_header_alone_makes_an_empty_dataset(front: Front) -> None:
    """With its fields, for records to come."""
    done = await front.load("a", b"id,name\n", key="id")

    shown = (await front.get("/datasets/a")).json()
    assert ["succeeded", 0, 0] == [done["state"], done["rows"], shown["records"]]
    assert ["id", "name"] == [field["name"] for field in shown["fields"]]


async def test_long_cells_reject_their_rows(front: Front) -> None:
    """The rows around them are loaded; what is kept of the raw rows is bounded."""
    rows = [b"%d,%s" % (n, b"x" * (2 * MEGABYTE) if n % 2 else b"x") for n in range(10)]

    done = await front.load("a", b"id,x\n" + b"\n".join(rows) + b"\n", key="id")

    assert ["succeeded", 5, 5] == [done["state"], done["created"], done["rejected"]]
