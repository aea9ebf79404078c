"""Purchases: three per customer, in the order of time, a few customers buying most of them."""

import numpy as np
import pyarrow as pa

from benchmarks.data import names
from benchmarks.data.arrow import MONEY, TIME, coded, money, texts, times
from benchmarks.data.chance import Chance, skewed, wheel_of
from benchmarks.data.customers import CENTS_MAX, DAY_S, NOW_S

PER_CUSTOMER = 3
SPAN_S = 365 * DAY_S
CUSTOMER_SKEW = 1.5
AMOUNT_LOG_MEAN, AMOUNT_LOG_SPREAD = 3.4, 1.0
SCATTER = 0x9E3779B1
"""A prime, so multiplying by it moves the busy customers apart and keeps each of them one."""

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("customer_id", pa.int64(), nullable=False),
        pa.field("ts", TIME, nullable=False),
        pa.field("amount", MONEY, nullable=False),
        pa.field("category", coded(pa.int8()), nullable=False),
    ]
)

_CATEGORY = wheel_of(skewed(len(names.CATEGORIES)))


def purchases(seed: int, customers: int, start: int, stop: int) -> pa.RecordBatch:
    """Records ``start`` to ``stop - 1`` of the purchases of so many customers."""
    chance = Chance(seed, start, stop)
    places = np.arange(start, stop)
    rank = (chance.uniform("purchase/customer") ** CUSTOMER_SKEW * customers).astype(np.int64)
    along = (places + chance.uniform("purchase/ts")) / (customers * PER_CUSTOMER)
    spent = np.exp(AMOUNT_LOG_MEAN + AMOUNT_LOG_SPREAD * chance.normal("purchase/amount")) * 100
    arrays = {
        "id": pa.array(places + 1),
        "customer_id": pa.array(rank * SCATTER % customers + 1),
        "ts": times(np.minimum(NOW_S - SPAN_S + (along * SPAN_S).astype(np.int64), NOW_S - 1)),
        "amount": money(np.minimum(spent, CENTS_MAX).astype(np.int64)),
        "category": texts(
            chance.spin("purchase/category", _CATEGORY),
            names.CATEGORIES,
            SCHEMA.field("category").type,
        ),
    }
    return pa.RecordBatch.from_arrays([arrays[field.name] for field in SCHEMA], schema=SCHEMA)
