"""Customers in integers: what an expert would hand to an engine to make it fast.

Texts from short lists as codes, the set of tags as four 64-bit masks, money as cents, times as
seconds; no nulls: a login that never was is the smallest number, a missing address is a flag.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.data import names

NO_TIME = -(2**31)
"""Stands for null among the seconds, below every range."""
WORD_BITS = 64
TAG_WORDS = -(-len(names.TAGS) // WORD_BITS)

CODES = {
    "state": names.STATES,
    "country": names.COUNTRIES,
    "city": names.CITIES,
    "plan": names.PLANS,
}
"""The texts of the coded fields, at the places of their codes."""

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int32(), nullable=False),
        pa.field("email_null", pa.bool_(), nullable=False),
        pa.field("state", pa.uint8(), nullable=False),
        pa.field("country", pa.uint8(), nullable=False),
        pa.field("city", pa.uint16(), nullable=False),
        pa.field("plan", pa.uint8(), nullable=False),
        *(pa.field(f"tags_{word}", pa.uint64(), nullable=False) for word in range(TAG_WORDS)),
        pa.field("age", pa.uint8(), nullable=False),
        pa.field("lifetime_value", pa.int32(), nullable=False),
        pa.field("last_login", pa.int32(), nullable=False),
        pa.field("signup", pa.int32(), nullable=False),
        pa.field("consent", pa.bool_(), nullable=False),
    ]
)


def in_integers(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same records in integers."""
    masks = _tag_masks(batch.column("tags"))
    arrays = {
        "id": batch.column("id").cast(pa.int32()),
        "email_null": batch.column("email").is_null(),
        **{name: _codes(batch.column(name), name) for name in CODES},
        **{f"tags_{word}": pa.array(masks[word]) for word in range(TAG_WORDS)},
        "age": batch.column("age").cast(pa.uint8()),
        "lifetime_value": pa.array(_cents(batch.column("lifetime_value"))),
        "last_login": _seconds(batch.column("last_login")),
        "signup": _seconds(batch.column("signup")),
        "consent": batch.column("consent"),
    }
    return pa.RecordBatch.from_arrays([arrays[field.name] for field in SCHEMA], schema=SCHEMA)


def _codes(values: pa.Array, name: str) -> pa.Array:
    assert values.dictionary.to_pylist() == list(CODES[name]), name
    return values.indices.cast(SCHEMA.field(name).type)


def _cents(values: pa.Array) -> npt.NDArray[np.int32]:
    halves = np.frombuffer(values.buffers()[1], np.int64).reshape(-1, 2)
    return halves[values.offset : values.offset + len(values), 0].astype(np.int32)


def _seconds(values: pa.Array) -> pa.Array:
    seconds = values.cast(pa.timestamp("s")).cast(pa.int64())
    return seconds.fill_null(NO_TIME).cast(pa.int32())


def _tag_masks(values: pa.Array) -> list[npt.NDArray[np.uint64]]:
    """One array of masks per word of tags."""
    members = values.flatten().dictionary_encode()
    codes = np.array([names.TAGS.index(text) for text in members.dictionary.to_pylist()], np.uint64)
    held = codes[np.asarray(members.indices)] if len(codes) else codes
    starts = np.zeros(len(values) + 1, np.int64)
    np.cumsum(np.asarray(values.value_lengths()), out=starts[1:])
    bits = np.uint64(1) << (held % np.uint64(WORD_BITS))
    masks = []
    for word in range(TAG_WORDS):
        # A record's tags differ, so its bits add up to their union, and sums modulo 2^64 of
        # everything before it cancel.
        sums = np.zeros(len(held) + 1, np.uint64)
        np.cumsum(np.where(held // np.uint64(WORD_BITS) == word, bits, 0), out=sums[1:])
        masks.append(sums[starts[1:]] - sums[starts[:-1]])
    return masks
