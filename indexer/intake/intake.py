"""The front page of intake: open a file, ask what is in it, read it as typed batches.

    source = open_file(path, IntakeOptions(name="people.csv", key="id"), IntakeLimits())
    inferred = source.infer()            # fields, key, key type: from the whole file
    for batch in source.batches(schema): # records in stored form, rejects, progress
        ...

It knows what text and Parquet look like, and nothing of where records go.
"""

from pathlib import Path

from indexer.intake.delimited import DelimitedFile
from indexer.intake.encodings import recoded
from indexer.intake.formats import format_of, is_parquet
from indexer.intake.json_lines import JsonLinesFile
from indexer.intake.options import FileFormat, IntakeLimits, IntakeOptions
from indexer.intake.outcome import Source
from indexer.intake.parquet import ParquetFile
from indexer.intake.stream import encoding_of, head_of


def open_file(path: Path, options: IntakeOptions, limits: IntakeLimits) -> Source:
    """A file ready to be read. Reads its start (and a Parquet file's end); all of it in doubt.

    Raises: BadFile if it is empty, of no format we know, or has no usable header; TooLarge.
    """
    head = head_of(path, limits)
    if is_parquet(head, options):
        return ParquetFile(path, options, limits)
    encoding = encoding_of(path, head, limits)
    head = recoded(head, encoding)
    match format_of(head, options):
        case FileFormat.JSON_LINES:
            return JsonLinesFile(path, options, limits, encoding)
        case FileFormat.TSV:
            return DelimitedFile(path, head, options, limits, encoding, delimiter="\t")
        case _:
            return DelimitedFile(path, head, options, limits, encoding)
