"""How long after it was killed does a service answer again?

A data folder with one snapshot of the customers and ``--log-entries`` changes after it, posted in
batches over HTTP; then the process is killed as by a power cut and started anew, a few times. Every
time it must answer as if exactly what it acknowledged had been applied.
"""

import statistics
import time
from collections.abc import Sequence

from benchmarks.command import Argument, Asked, Benchmark, Result, main, result_hash
from benchmarks.contest import SMALL_ROWS
from benchmarks.posting import posted, work_for
from benchmarks.serving import calling, folder_of, serving
from benchmarks.survivors import answers_of, expected_of, sample_of

LOG_ENTRIES = 100_000
BATCH = 1_000
WRITERS = 2
WATCH_S = 0.05
"""Between two looks whether the writers are done."""
STARTS, STARTS_SMALL = 3, 1


def restart(asked: Asked) -> Result:
    """See the module."""
    entries = asked.own["log_entries"]
    work = work_for(asked.seed, asked.rows, entries, min(BATCH, entries // WRITERS), WRITERS)
    left = work.left()
    keys = sample_of(left, asked.seed)
    found, ready = [], []
    with folder_of(asked) as folder:
        with serving(folder) as service:
            asked.report(f"posting {work.changes:,} changes")
            posted(service, work, lambda: time.sleep(WATCH_S))
            service.kill()
        for turn in range(STARTS_SMALL if asked.rows < SMALL_ROWS else STARTS):
            asked.report(f"starting anew, round {turn + 1}")
            with serving(folder) as service, calling(service) as caller:
                ready.append(service.ready_s)
                found.append(answers_of(caller, keys))
                service.kill()
    expected = expected_of(asked.data.customers(), left, keys)
    return {
        "log_entries": work.changes,
        "ready_s": statistics.median(ready),
        "ready_max_s": max(ready),
        "answers_agree": all(each == expected for each in found),
        "result_hash": result_hash(expected),
    }


def describe(result: Result) -> Sequence[str]:
    """Seconds, and whether all is there."""
    return [
        f"ready after {result['ready_s']:.2f} s with {result['log_entries']:,} changes in the log",
        f"every acknowledged change is there: {result['answers_agree']}",
    ]


BENCHMARK = Benchmark(
    "How long after it was killed does a service answer again?",
    restart,
    describe,
    (Argument("log_entries", LOG_ENTRIES, "changes after the snapshot"),),
)

if __name__ == "__main__":
    main(BENCHMARK)
