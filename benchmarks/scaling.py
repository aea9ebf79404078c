"""What grows with the number of records, and what doesn't?

Counts of one condition that the index answers from what it stores should not; the nested one may,
at most in proportion. Each size is loaded into an index of its own, with the fields that are asked
about and no others, so that fifty million records fit into 24 GB.
"""

import gc
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.command import Asked, Benchmark, Result, main, result_hash, table
from benchmarks.contest import Rules, contest
from benchmarks.machine import peak_bytes
from benchmarks.ours import LIMITS, Ours
from benchmarks.peers.api import Answer
from benchmarks.questions import SIZES

STEPS = (1_000_000, 10_000_000, 50_000_000)
SMALLER = 10
"""Where no step fits below the rows asked for, a tenth of them is measured too."""
HOT_BYTES_PER_RECORD = 80
"""Room for every form that the questions make fast, as who has so many records would give it."""
RULES = Rules(rounds_min=5, rounds_max=101, seconds_max=1.0)


def scaling(asked: Asked) -> Result:
    """See the module."""
    sizes = sizes_up_to(asked.rows)
    queries: dict[str, dict[str, float]] = {name: {} for name in SIZES}
    answers: dict[str, dict[str, Answer]] = {name: {} for name in SIZES}
    for rows in sizes:
        asked.report(f"loading {rows:,} records")
        hot = max(LIMITS.hot_bytes_max, rows * HOT_BYTES_PER_RECORD)
        limits = replace(LIMITS, hot_bytes_max=hot)
        path = asked.data_of(rows).customers()
        ours = Ours.load_for(SIZES.values(), path, limits=limits)
        ways = {name: ours.ways(question)[0] for name, question in SIZES.items()}
        timed = contest({name: way.run for name, way in ways.items()}, RULES)
        for name, way in ways.items():
            queries[name][str(rows)] = timed[name].wall_ms
            answers[name][str(rows)] = way.ask()
        del ours, ways
        gc.collect()
    growth = sizes[-1] / sizes[0]
    return {
        "queries": queries,
        "size_ratio": growth,
        "time_ratios": {
            name: times[str(sizes[-1])] / times[str(sizes[0])] for name, times in queries.items()
        },
        "answers": answers,
        "peak_gb": peak_bytes() / 1e9,
        "result_hash": result_hash(answers),
    }


def sizes_up_to(rows: int) -> tuple[int, ...]:
    """The sizes measured, ascending; ``rows`` is the last."""
    smaller = tuple(step for step in STEPS if step < rows) or (rows // SMALLER,)
    return (*smaller, rows)


def describe(result: Result) -> Sequence[str]:
    """One line per query, one column per size."""
    queries = result["queries"]
    sizes = list(next(iter(queries.values())))
    lines = [
        [name, *times.values(), result["time_ratios"][name]] for name, times in queries.items()
    ]
    heads = ["milliseconds", *(f"{int(size):,}" for size in sizes), "last ÷ first"]
    return table(heads, lines)


BENCHMARK = Benchmark(
    "What grows with the number of records?",
    scaling,
    describe,
)

if __name__ == "__main__":
    main(BENCHMARK)
