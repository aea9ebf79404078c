"""What imports left in files of an erased record: rejected rows and uploads, found by its texts."""

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path


def without_traces(files: Iterable[Path], texts: Sequence[str]) -> int:
    """Take the rows that hold one of these texts as a whole word out of rejects files; how many
    files were looked through.

    The header and the numbers of lines are not looked at. A file is replaced whole. One that is
    no CSV in UTF-8 goes, if any of the texts are in it.
    Raises: OSError.
    """
    looked_at = 0
    found = _words(texts)
    for file in files:
        looked_at += 1
        data = file.read_bytes()
        if not found.search(data.decode("utf-8", "replace")):
            continue
        try:
            rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
        except (UnicodeDecodeError, csv.Error):
            file.unlink()
            continue
        out = io.StringIO(newline="")
        csv.writer(out).writerows(
            row
            for place, row in enumerate(rows)
            if place == 0 or not any(found.search(cell) for cell in row[1:])
        )
        _replace(file, out.getvalue().encode())
    return looked_at


def _replace(file: Path, data: bytes) -> None:
    """A reader sees the old one or the new one; after a power cut there is only the new one."""
    building = file.with_name(f"{file.name}.tmp")
    with building.open("wb") as target:
        target.write(data)
        target.flush()
        os.fsync(target.fileno())
    building.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _words(texts: Sequence[str]) -> re.Pattern[str]:
    # A cell holds a row as it stood in a file, quoted in its own way.
    spellings = {spelling for text in texts if text for spelling in (text, text.replace('"', '""'))}
    if not spellings:
        return re.compile(r"(?!)")
    either = "|".join(map(re.escape, sorted(spellings, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")
