"""Which format a file has, by its content first, then by what is asked, then by its name. Pure."""

from indexer.intake.options import FileFormat, IntakeOptions
from indexer.model.errors import BadFile

_PARQUET_MAGIC = b"PAR1"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"
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


def format_of(head: bytes, options: IntakeOptions) -> FileFormat:
    """The format of a file that starts with ``head`` (unpacked). Raises: BadFile."""
    if not head:
        raise BadFile("the file is empty")
    if head.startswith(_PARQUET_MAGIC):
        return FileFormat.PARQUET
    wished = options.format or _by_name(options.name)
    if wished is FileFormat.PARQUET:
        raise BadFile("this is not a Parquet file, or it is damaged at its start")
    if head.startswith(_UTF16_BOMS):
        raise BadFile("the file is UTF-16 text; save it as UTF-8")
    if b"\0" in head:
        raise BadFile("the file is not text; CSV, TSV, JSON lines and Parquet can be read")
    if wished is None:
        starts_like_json = head.removeprefix(_BOM).lstrip().startswith(b"{")
        return FileFormat.JSON_LINES if starts_like_json else FileFormat.CSV
    return wished


def _by_name(name: str) -> FileFormat | None:
    low = name.lower().removesuffix(".gz")
    return next((kind for ending, kind in _ENDINGS.items() if low.endswith(ending)), None)
