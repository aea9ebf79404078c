"""The loops that counting is made of, each alone.

``make bench-micro`` times them; a run of the tests only runs them.
"""

import numpy as np
import numpy.typing as npt
from pytest_benchmark.fixture import BenchmarkFixture

from indexer.dataset import fused
from indexer.encoding.needles import containing
from indexer.encoding.number import NumberColumn
from indexer.encoding.ranges import range_form
from indexer.kernels.run import AND_JOINED, COUNT, GROUP, OR_JOINED, SET, run
from indexer.model.ids import FieldName
from indexer.plan.nodes import Range
from indexer.plan.texts import texts_of

RECORDS = 1 << 18
WORDS = RECORDS // 64
STREAMS = 16

Words = npt.NDArray[np.uint64]


def test_sixteen_streams_joined_and_counted(benchmark: BenchmarkFixture) -> None:
    """Any of four, four times over, all of that: as wide as programs get, over one shard."""
    drawn = np.random.default_rng(7)
    streams: Words = drawn.integers(0, 2**64, (STREAMS, WORDS), np.uint64, endpoint=False)
    memory = np.empty((5, WORDS), np.uint64)
    registers = _addresses(memory)
    slots = np.concatenate([_addresses(streams), registers])[None]
    operations = np.array(
        [
            *((GROUP, SET, k, *range(4 * k, 4 * k + 4), OR_JOINED, 0, 0) for k in range(4)),
            (GROUP, SET, 4, *range(STREAMS, STREAMS + 4), AND_JOINED, 0, 0),
            (COUNT, SET, 4, 0, 0, 0, 0, 0, 0, 0),
        ],
        np.int64,
    )
    patches, scans = np.zeros((1, 0, 2), np.uint64), np.zeros((1, 0, 4), np.uint64)
    emitted = np.zeros((1, 0, 1), np.uint64)

    def counted() -> int:
        counts = np.zeros(1, np.int64)
        run(operations, slots, registers, patches, scans, counts, emitted, 0, 1, WORDS)
        return int(counts[0])

    fused.warm()
    found = benchmark(counted)

    any_of_four = np.bitwise_or.reduce(streams.reshape(4, 4, WORDS), axis=1)
    assert int(np.bitwise_count(np.bitwise_and.reduce(any_of_four)).sum()) == found


def test_ends_of_a_range_found_in_a_sorted_order(benchmark: BenchmarkFixture) -> None:
    """Two binary searches, which count a range exactly."""
    numbers = np.random.default_rng(7).integers(0, 10**9, RECORDS)
    form = range_form(NumberColumn(numbers, np.ones(RECORDS, np.bool_)), WORDS)
    lookup = Range(FieldName("spent"), 10**8, 5 * 10**8)

    low, high = benchmark(form.ranks, lookup)

    assert int(((numbers >= 10**8) & (numbers <= 5 * 10**8)).sum()) == high - low


def test_a_range_sorted_and_binned(benchmark: BenchmarkFixture) -> None:
    """What a number column costs once, before the first range over it."""
    numbers = np.random.default_rng(7).permutation(RECORDS)
    column = NumberColumn(numbers, np.ones(RECORDS, np.bool_))

    form = benchmark(range_form, column, WORDS)

    assert (np.arange(RECORDS) == numbers[form.order]).all()


def test_texts_searched_for_a_needle(benchmark: BenchmarkFixture) -> None:
    """One pass over the bytes of all distinct texts."""
    held = [f"customer {place} of the northern branch" for place in range(20_000)]
    texts = texts_of(held)

    found = benchmark(containing, texts, ["777"])

    assert ["777" in text for text in held] == found.tolist()


def _addresses(rows: Words) -> Words:
    return np.array([row.ctypes.data for row in rows], np.uint64)
