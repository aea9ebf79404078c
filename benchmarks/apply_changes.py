"""How many changes a second does a service take, durably, and what do they cost who asks?

A real ``cardinal serve`` over loopback, its folder on disk. Writers in processes of their own post
batches of 1,000 mixed changes while counts are asked at an even pace, as they were before in
peace; then single changes are acknowledged one at a time, in turns with the disk's own fdatasync.
In the end the service must answer as if exactly what it acknowledged had been applied.
"""

import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import msgspec

from benchmarks.command import Argument, Asked, Benchmark, Result, main, result_hash, table
from benchmarks.contest import SMALL_ROWS
from benchmarks.data.changes import Change, Left
from benchmarks.data.customers import NOW
from benchmarks.posting import Posted, body_of, posted, work_for
from benchmarks.questions import COUNTS, NESTED_COUNT, CountOf
from benchmarks.serving import API, Caller, Service, calling, folder_of, percentile, serving
from benchmarks.survivors import answers_of, expected_of, sample_of

CHANGES = 600_000
BATCH = 1_000
WRITERS = 4
PACE_S = 0.02
"""Between the starts of two counts."""
COUNTED, ACKNOWLEDGED = 500, 500
COUNTED_SMALL, ACKNOWLEDGED_SMALL = 20, 10
"""Of a small dataset: that it runs is all there is to see."""
ASKED = ("equality", "plan in 2 and state in 5", "age between", NESTED_COUNT)
BLOCK = b"\0" * 4_096


def apply_changes(asked: Asked) -> Result:
    """See the module."""
    small = asked.rows < SMALL_ROWS
    size = min(BATCH, asked.own["changes"] // asked.own["writers"])
    work = work_for(asked.seed, asked.rows, asked.own["changes"], size, asked.own["writers"])
    left = work.left()
    with folder_of(asked) as folder, serving(folder) as service, calling(service) as caller:
        asked.report("counting in peace")
        counts = _Counts(caller)
        counts.times(COUNTED_SMALL if small else COUNTED)
        idle = counts.times(COUNTED_SMALL if small else COUNTED)
        asked.report(f"posting {work.changes:,} changes")
        cpu_s = service.cpu_s()
        done, busy = _posted(service, work, counts)
        cpu_s = service.cpu_s() - cpu_s
        asked.report("acknowledging one at a time")
        singles = _singles(asked, ACKNOWLEDGED_SMALL if small else ACKNOWLEDGED, left)
        acks, syncs = _acknowledged(caller, folder, singles)
        keys = sample_of(left, asked.seed)
        found = answers_of(caller, keys)
    expected = expected_of(asked.data.customers(), left, keys)
    return {
        "changes": work.changes,
        "changes_per_s": work.changes / done.seconds,
        "cpu_us_per_change": cpu_s / work.changes * 1e6,
        "batch_p50_ms": statistics.median(done.ack_ms),
        "batch_p99_ms": percentile(done.ack_ms, 0.99),
        "ack_p50_ms": statistics.median(acks),
        "ack_p99_ms": percentile(acks, 0.99),
        "fsync_p50_ms": statistics.median(syncs),
        "fsync_p99_ms": percentile(syncs, 0.99),
        "query_idle_p99_ms": percentile(idle, 0.99),
        "query_p99_ms": percentile(busy, 0.99),
        "query_p99_ratio": percentile(busy, 0.99) / percentile(idle, 0.99),
        "queries": len(busy),
        "answers_agree": found == expected,
        "result_hash": result_hash(expected),
    }


def describe(result: Result) -> Sequence[str]:
    """What was taken, what it cost those who asked, and whether all of it is there."""
    kinds = (("a batch", "batch"), ("one change", "ack"), ("the disk's fdatasync", "fsync"))
    lines = [[name, result[f"{key}_p50_ms"], result[f"{key}_p99_ms"]] for name, key in kinds]
    taken, spent = result["changes_per_s"], result["cpu_us_per_change"]
    busy, idle = result["query_p99_ms"], result["query_idle_p99_ms"]
    return [
        f"{taken:,.0f} changes a second, {spent:.1f} us of processor time each",
        *table(["acknowledged", "p50 ms", "p99 ms"], lines),
        f"counts: p99 {busy:.1f} ms while applying, {idle:.1f} ms in peace",
        f"every acknowledged change is there: {result['answers_agree']}",
    ]


class _Counts:
    """Asks counts in turn, at an even pace, none from memory."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._bodies: Iterator[bytes] = cycle(list(_count_bodies()))
        self._due = time.perf_counter()

    def times(self, number: int) -> list[float]:
        """Milliseconds of so many."""
        return [self.time() for _ in range(number)]

    def time(self) -> float:
        """Milliseconds of one, when its time has come."""
        # A count that was late doesn't make the next ones hurry.
        self._due = max(self._due + PACE_S, time.perf_counter())
        time.sleep(max(0.0, self._due - time.perf_counter()))
        return self._caller.timed(f"{API}/count", next(self._bodies))


def _count_bodies() -> Iterator[bytes]:
    for name in ASKED:
        question = COUNTS[name]
        assert isinstance(question, CountOf)
        yield msgspec.json.encode(
            {
                "condition": question.condition,
                "now": NOW.isoformat(),
                "hints": {"cache": False},
            }
        )


def _posted(service: Service, work: Any, counts: _Counts) -> tuple[Posted, list[float]]:
    busy: list[float] = []
    done = posted(service, work, lambda: busy.append(counts.time()))
    return done, busy


def _singles(asked: Asked, number: int, left: dict[int, Left]) -> list[Change]:
    """Updates of one field of customers, which are noted among what is left."""
    chance = random.Random(asked.seed)
    made: list[Change] = []
    for _ in range(number):
        key, values = chance.randint(1, asked.rows), {"age": chance.randint(20, 90)}
        record = left.setdefault(key, Left())
        record.gone = False
        record.values.update(values)
        made.append({"op": "upsert", "key": key, "values": values})
    return made


def _acknowledged(
    caller: Caller, folder: Path, changes: Sequence[Change]
) -> tuple[list[float], list[float]]:
    """Milliseconds of each change, and of as many writes of a block with an fdatasync."""
    acks, syncs = [], []
    with TemporaryFile(dir=folder) as file:
        for change in changes:
            acks.append(caller.timed(f"{API}/changes", body_of([change])))
            started = time.perf_counter()
            os.write(file.fileno(), BLOCK)
            os.fdatasync(file.fileno())
            syncs.append((time.perf_counter() - started) * 1e3)
    return acks, syncs


BENCHMARK = Benchmark(
    "How many changes a second does a service take, durably?",
    apply_changes,
    describe,
    (
        Argument("changes", CHANGES, "changes posted in all"),
        Argument("writers", WRITERS, "processes that post them"),
    ),
)

if __name__ == "__main__":
    main(BENCHMARK)
