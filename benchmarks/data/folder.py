"""Where the data lies: made once per size, seed and format, then reused by every benchmark."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.data import customers, purchases
from benchmarks.data.comma_separated import write_csv
from benchmarks.data.integers import SCHEMA as INTEGERS_SCHEMA
from benchmarks.data.integers import in_integers

FORMAT = 1
"""Raise it when the same size and seed would give other records; older files stay unused."""
SEED = 7
BLOCK = 1 << 18
"""Records made, and written as one row group, at a time."""

Report = Callable[[str], None]
"""Told in a sentence what is being made."""


@dataclass(frozen=True, slots=True)
class Data:
    """The files of one size and seed below ``root``. A file that is there is whole."""

    root: Path
    rows: int
    report: Report
    seed: int = SEED
    block: int = BLOCK

    @property
    def folder(self) -> Path:
        """One folder per size, seed and format."""
        return self.root / f"rows-{self.rows}-seed-{self.seed}-v{FORMAT}"

    def customers(self) -> Path:
        """Parquet, typed as a person would: texts, decimals, timestamps, lists."""
        return self.made(
            "customers.parquet",
            lambda path: _write(path, customers.SCHEMA, self._customers()),
        )

    def purchases(self) -> Path:
        """Parquet; three purchases a customer."""
        return self.made(
            "purchases.parquet", lambda path: _write(path, purchases.SCHEMA, self._purchases())
        )

    def integers(self) -> Path:
        """Parquet; the customers in the integer form that is kindest to other engines."""
        source = self.customers()
        return self.made(
            "integers.parquet",
            lambda path: _write(
                path, INTEGERS_SCHEMA, (in_integers(batch) for batch in batches(source, self.block))
            ),
        )

    def compared_csv(self) -> Path:
        """CSV; the twelve columns that engines are compared on."""
        return self._csv("compared.csv", self.customers(), customers.COMPARED)

    def customers_csv(self) -> Path:
        """CSV; all of ``customers``."""
        return self._csv("customers.csv", self.customers(), customers.SCHEMA.names)

    def purchases_csv(self) -> Path:
        """CSV; all of ``purchases``."""
        return self._csv("purchases.csv", self.purchases(), purchases.SCHEMA.names)

    def made(self, name: str, make: Callable[[Path], None]) -> Path:
        """The file of this name; made under another name first, so half of one is never seen."""
        path = self.folder / name
        if not path.exists():
            self.report(f"making {name} of {self.rows:,} customers")
            self.folder.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{name}.{os.getpid()}.part")
            try:
                make(part)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
        return path

    def _csv(self, name: str, source: Path, columns: Sequence[str]) -> Path:
        return self.made(name, lambda path: write_csv(path, batches(source, self.block), columns))

    def _customers(self) -> Iterator[pa.RecordBatch]:
        for start in range(0, self.rows, self.block):
            yield customers.customers(
                self.seed, self.rows, start, min(start + self.block, self.rows)
            )

    def _purchases(self) -> Iterator[pa.RecordBatch]:
        total = self.rows * purchases.PER_CUSTOMER
        for start in range(0, total, self.block):
            yield purchases.purchases(self.seed, self.rows, start, min(start + self.block, total))


def batches(path: Path, rows: int) -> Iterator[pa.RecordBatch]:
    """A Parquet file's records, so many at a time."""
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(rows)


def _write(path: Path, schema: pa.Schema, records: Iterator[pa.RecordBatch]) -> None:
    repeating = [
        *(field.name for field in schema if pa.types.is_dictionary(field.type)),
        *(f"{field.name}.list.element" for field in schema if pa.types.is_list(field.type)),
    ]
    with pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, use_dictionary=repeating
    ) as writer:
        for batch in records:
            writer.write_batch(batch)
