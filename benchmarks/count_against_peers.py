"""How fast is counting a segment, beside the engines a person would pick instead?

The same customers in one process, asked in turns, so that every engine finds the caches as the
others leave them; ours on one thread, theirs on two. ``*_ms`` is the plain wording over integers,
``*_reworded_ms`` the fastest other wording we know, ``*_loaded_ms`` the plain one over the types a
person would load. ``ours_ms`` runs from the compiled program, as Polars does from expressions made
before; ``ours_from_json_ms`` reads and compiles the condition too, as the SQL engines parse theirs.
``roofline_ratio`` holds the nested count, alone and with cold caches, against
reading its bytes at the memory's speed.
"""

import statistics
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.command import Asked, Benchmark, Result, main, result_hash, table
from benchmarks.contest import undisturbed
from benchmarks.machine import Memory
from benchmarks.match import against_peers, speedup
from benchmarks.ours import Ours, OursFromJson
from benchmarks.questions import COUNTS, NESTED, NESTED_COUNT

ROOFLINE_ROUNDS = 15


def count_against_peers(asked: Asked) -> Result:
    """See the module."""
    ours = Ours.load(asked.data.customers())
    roofline = _roofline(ours)
    found = against_peers(asked, ours, OursFromJson(ours), COUNTS)
    queries = found.queries
    return {
        "queries": queries,
        "speedup_geomean": speedup(queries),
        "speedup_geomean_reworded": speedup(queries, reworded=True),
        **roofline,
        "answers_agree": all(each["answers_agree"] for each in queries.values()),
        "result_hash": result_hash(found.answers),
    }


def describe(result: Result) -> Sequence[str]:
    """The table, and the headlines under it."""
    ahead = (
        f"fastest peer ÷ ours, geometric mean: {result['speedup_geomean']:.2f}"
        f" ({result['speedup_geomean_reworded']:.2f} with their fastest wordings)"
    )
    limit = (
        f"{NESTED_COUNT}: {result['roofline_ratio']:.2f} × reading its"
        f" {result['nested_bytes'] / 1e6:.1f} MB at {result['bandwidth_gb_s']:.1f} GB/s"
    )
    return [*lines_of(result["queries"]), "", ahead, limit]


def lines_of(queries: dict[str, Any]) -> list[str]:
    """Queries as a table."""
    keys = (
        "ours_ms", "ours_from_json_ms", "polars_ms", "duckdb_ms", "clickhouse_ms",
        "polars_reworded_ms", "duckdb_reworded_ms", "clickhouse_reworded_ms", "polars_loaded_ms",
        "duckdb_loaded_ms", "clickhouse_loaded_ms", "answers_agree",
    )  # fmt: skip
    heads = ["milliseconds", *(key.removesuffix("_ms").replace("_", " ") for key in keys)]
    return table(
        heads, [[name, *(each.get(key) for key in keys)] for name, each in queries.items()]
    )


def _roofline(ours: Ours) -> dict[str, float]:
    """The nested count alone, its caches emptied before each round."""
    memory = Memory()
    (way,) = ours.ways(COUNTS[NESTED_COUNT])
    way.run()
    speeds, seconds = [], []
    with undisturbed():
        for _ in range(ROOFLINE_ROUNDS):
            speeds.append(memory.read())
            started = time.perf_counter()
            way.run()
            seconds.append(time.perf_counter() - started)
    touched, bandwidth = ours.bytes_read(NESTED), statistics.median(speeds)
    alone = statistics.median(seconds)
    return {
        "roofline_ratio": alone / (touched / bandwidth),
        "nested_alone_ms": alone * 1e3,
        "nested_bytes": touched,
        "bandwidth_gb_s": bandwidth / 1e9,
    }


BENCHMARK = Benchmark(
    "How fast is counting, beside other engines?",
    count_against_peers,
    describe,
)

if __name__ == "__main__":
    main(BENCHMARK)
