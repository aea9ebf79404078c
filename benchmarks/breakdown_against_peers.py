"""How fast are a segment's keys and the counts by value among its members?

Beside the engines of ``count_against_peers`` and by its rules. ``ratio_to_count`` holds the slower
of keys and a breakdown by 50 states against merely counting the same segment.
"""

from collections.abc import Sequence

from benchmarks.command import Asked, Benchmark, Result, main, result_hash
from benchmarks.contest import Rules, contest
from benchmarks.count_against_peers import lines_of
from benchmarks.machine import Memory
from benchmarks.match import against_peers, speedup
from benchmarks.ours import Ours, OursFromJson
from benchmarks.questions import BREAKDOWNS, COUNTS, NESTED_COUNT, WITHIN_COUNT_RATIO

RATIO_RULES = Rules(rounds_min=5, rounds_max=15, seconds_max=2.0)


def breakdown_against_peers(asked: Asked) -> Result:
    """See the module."""
    ours = Ours.load(asked.data.customers())
    ratios = _ratios(ours)
    found = against_peers(asked, ours, OursFromJson(ours), BREAKDOWNS)
    return {
        "queries": found.queries,
        "speedup_geomean": speedup(found.queries),
        "speedup_geomean_reworded": speedup(found.queries, reworded=True),
        "ratio_to_count": max(ratios.values()),
        "ratios": ratios,
        "answers_agree": all(each["answers_agree"] for each in found.queries.values()),
        "result_hash": result_hash(found.answers),
    }


def describe(result: Result) -> Sequence[str]:
    """The table, and the headlines under it."""
    ratios = ", ".join(f"{name} {ratio:.2f}" for name, ratio in result["ratios"].items())
    return [
        *lines_of(result["queries"]),
        "",
        f"fastest peer ÷ ours, geometric mean: {result['speedup_geomean']:.2f}",
        f"times the segment's count: {ratios}",
    ]


def _ratios(ours: Ours) -> dict[str, float]:
    """In turns, the caches emptied before each."""
    memory = Memory()
    asked = {NESTED_COUNT: COUNTS[NESTED_COUNT]}
    asked |= {name: BREAKDOWNS[name] for name in WITHIN_COUNT_RATIO}
    contestants = {}
    for name, question in asked.items():
        contestants[f"before {name}"] = memory.read
        contestants[name] = ours.ways(question)[0].run
    timed = contest(contestants, RATIO_RULES)
    count = timed[NESTED_COUNT].wall_ms
    return {name: timed[name].wall_ms / count for name in WITHIN_COUNT_RATIO}


BENCHMARK = Benchmark(
    "How fast are keys and counts by value?",
    breakdown_against_peers,
    describe,
)

if __name__ == "__main__":
    main(BENCHMARK)
