"""Which format a file has, by its content first, then by what is asked, then by its name. Pure."""

from indexer.intake.options import FileFormat, IntakeOptions
from indexer.model.errors import BadFile

_PARQUET_MAGIC = b"PAR1"
_BOM = b"\xef\xbb\xbf"
_ARCHIVES = (
    (b"PK\x03\x04", "a zip archive, or a workbook"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "gzip inside gzip"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"\xd0\xcf\x11\xe0", "an old workbook or document"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3\0", "an SQLite database"),
)
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1a\x1b"))
_CONTROLS_FEW = 8
"""So few control characters are mistakes in a text; more than one byte in this many are not."""
_CONTROLS_SHARE = 100
_ENDINGS = {
    ".csv": FileFormat.CSV,
    ".txt": FileFormat.CSV,
    ".tsv": FileFormat.TSV,
    ".tab": FileFormat.TSV,
    ".jsonl": FileFormat.JSON_LINES,
    ".ndjson": FileFormat.JSON_LINES,
    ".json": FileFormat.JSON_LINES,
    ".parquet": FileFormat.PARQUET,
    ".pq": FileFormat.PARQUET,
}


def is_parquet(head: bytes, options: IntakeOptions) -> bool:
    """Whether a file that starts with ``head`` (unpacked) is Parquet.

    Raises: BadFile for one that is said to be, for an archive in the file, and an empty file.
    """
    if not head:
        raise BadFile("the file is empty")
    if head.startswith(_PARQUET_MAGIC):
        return True
    for magic, what in _ARCHIVES:
        if head.startswith(magic):
            raise BadFile(f"the file is {what}; upload the CSV, JSON lines or Parquet in it")
    if (options.format or _by_name(options.name)) is FileFormat.PARQUET:
        raise BadFile("this is not a Parquet file, or it is damaged at its start")
    return False


def format_of(head: bytes, options: IntakeOptions) -> FileFormat:
    """The format of a text that starts with ``head``, as UTF-8. Raises: BadFile."""
    text = head.removeprefix(_BOM)
    if _is_binary(text):
        raise BadFile("the file is not text; CSV, TSV, JSON lines and Parquet can be read")
    wished = options.format or _by_name(options.name)
    if wished is None:
        return FileFormat.JSON_LINES if text.lstrip().startswith(b"{") else FileFormat.CSV
    return wished


def _is_binary(text: bytes) -> bool:
    """Whether control characters stand in its first line, or are many."""
    found = len(text) - len(text.translate(None, _CONTROLS))
    if not found:
        return False
    first = text.lstrip(b"\r\n").split(b"\n", 1)[0].split(b"\r", 1)[0]
    in_first = len(first) - len(first.translate(None, _CONTROLS))
    return bool(in_first) or found > max(_CONTROLS_FEW, len(text) // _CONTROLS_SHARE)


def _by_name(name: str) -> FileFormat | None:
    low = name.lower().removesuffix(".gz")
    return next((kind for ending, kind in _ENDINGS.items() if low.endswith(ending)), None)
