"""A data folder with the customers of a file in it, saved: ``python -m benchmarks.fill_folder``.

In a process of its own, so that its memory is given back before anything is measured.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pyarrow as pa

from benchmarks.data.customers import NOW
from benchmarks.ours import SCHEMA, SHARD_BITS
from indexer.intake.intake import open_file
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.local import LocalIndex
from indexer.runtime.clock import ManualClock
from indexer.runtime.logging import configure


async def fill(folder: Path, file: Path) -> None:
    """Load the twelve compared fields of the file as one import."""
    clock = ManualClock(NOW)
    index = await LocalIndex.open(folder, shard_bits=SHARD_BITS, clock=clock)
    try:
        await index.create(SCHEMA)
        await index.load(SCHEMA.name, _batches(file))
    finally:
        await index.close()


async def _batches(file: Path) -> AsyncIterator[pa.RecordBatch]:
    options = IntakeOptions(name=file.name, schema=SCHEMA)
    for batch in open_file(file, options, IntakeLimits()).batches(SCHEMA):
        yield batch.records


if __name__ == "__main__":
    configure(level="WARNING", as_json=False)
    asyncio.run(fill(Path(sys.argv[1]), Path(sys.argv[2])))
