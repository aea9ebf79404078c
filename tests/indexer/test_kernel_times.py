"""The loops that counting is made of, each alone.

``make bench-micro`` times them; a run of the tests only runs them.
"""

import numpy as np
import numpy.typing as npt
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from indexer.dataset.folds import Matching, fold
from indexer.encoding.number import NumberCells, NumberColumn
from indexer.encoding.ranges import range_form
from indexer.kernels.machine import AND, SET, SOURCES, TALLY_AND
from indexer.kernels.ranks import ranks
from indexer.kernels.run import GROUP, PATCH_WIDTH, SCAN_WIDTH, WHOLE_INVERTED, run
from indexer.plan.related import FoldName

RECORDS = 1 << 18
WORDS = RECORDS // 64
STREAMS = 16

Words = npt.NDArray[np.uint64]


def test_sixteen_streams_joined_and_counted(benchmark: BenchmarkFixture) -> None:
    """Any of four, four times over, all of that: as wide as programs get, over one shard."""
    drawn = np.random.default_rng(7)
    streams: Words = drawn.integers(0, 2**64, (STREAMS, WORDS), np.uint64, endpoint=False)
    register = np.empty((1, WORDS), np.uint64)
    registers, slots = _addresses(register), _addresses(streams)[:, None]
    union = (1 << SOURCES) - 1 | WHOLE_INVERTED
    operations = np.array(
        [
            (GROUP, SET, 0, *range(SOURCES), union, 0),
            *((GROUP, AND, 0, *range(k, k + SOURCES), union, 0) for k in (4, 8)),
            (GROUP, TALLY_AND, 0, *range(12, 12 + SOURCES), union, 0),
        ],
        np.int64,
    )
    patches = np.zeros((0, 1, PATCH_WIDTH), np.uint64)
    scans = np.zeros((0, 1, SCAN_WIDTH), np.uint64)
    emitted = np.zeros(0, np.uint64)

    def counted() -> int:
        counts = np.zeros(1, np.int64)
        run(
            operations, slots, registers, patches, scans, counts, emitted, 0, 1, WORDS,
            True,
        )  # fmt: skip
        return int(counts[0])

    found = benchmark(counted)

    any_of_four = np.bitwise_or.reduce(streams.reshape(4, 4, WORDS), axis=1)
    assert int(np.bitwise_count(np.bitwise_and.reduce(any_of_four)).sum()) == found


def test_ends_of_a_range_found_in_a_sorted_order(benchmark: BenchmarkFixture) -> None:
    """Two binary searches, which count a range exactly."""
    numbers = np.random.default_rng(7).integers(0, 10**9, RECORDS)
    form = range_form(_column(numbers), WORDS)
    table = form.row[None]
    found = np.zeros((1, 2), np.int64)

    total = benchmark(ranks, table, 10**8, False, 5 * 10**8, True, found)

    # The form's own slice of its order, which the table points to, says the same.
    low, high = found[0].tolist()
    held = numbers[form.order[low:high]]
    assert int(((numbers >= 10**8) & (numbers <= 5 * 10**8)).sum()) == total == len(held)


def test_a_range_sorted_and_binned(benchmark: BenchmarkFixture) -> None:
    """What a number column costs once, before the first range over it."""
    numbers = np.random.default_rng(7).permutation(RECORDS)

    form = benchmark(range_form, _column(numbers), WORDS)

    assert (np.arange(RECORDS) == numbers[form.order]).all()


@pytest.mark.parametrize("function", ["sum", "median"])
@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_a_function_of_each_targets_records(
    benchmark: BenchmarkFixture, function: FoldName, kind: type[np.generic]
) -> None:
    """Three records a target, near each other but in no order, as those of a shard are."""
    drawn = np.random.default_rng(7)
    owners = np.sort(drawn.integers(0, RECORDS // 3, RECORDS)) ^ drawn.integers(0, 64, RECORDS)
    numbers = drawn.integers(1, 10**6, RECORDS).astype(kind)
    cells = NumberCells(numbers, np.ones(RECORDS, np.bool_))
    targets = int(owners.max()) + 1

    found = benchmark(fold, function, Matching(owners, targets, cells))

    assert bool((np.bincount(owners, minlength=targets) > 0)[found.values > 0].all())


def _addresses(rows: Words) -> Words:
    return np.array([row.ctypes.data for row in rows], np.uint64)


def _column(numbers: npt.NDArray[np.int64]) -> NumberColumn:
    return NumberColumn.of(NumberCells(numbers, np.ones(len(numbers), np.bool_)))
