"""How fast are customers told by what they bought, beside the engines a person would pick instead?

The same customers and three times as many purchases in one process, asked in turns. ``warm_ms`` is
ours with nothing kept between questions but the index's own orders; ``kept_ms`` with the aggregate
of every customer kept, so that a threshold is held against it; ``cold_ms`` is the first question
ever, when no order is made yet. Peers hold integers and have two threads, as ours has.
"""

import time
from collections.abc import Sequence
from functools import partial
from math import exp, log
from typing import Any

from benchmarks.command import Asked, Benchmark, Result, main, result_hash, table
from benchmarks.contest import contest, rules_for
from benchmarks.ours_related import AGGREGATES_KEPT, NOTHING_KEPT, OursRelated
from benchmarks.peers.related import (
    ClickHousePurchases,
    DuckPurchases,
    PolarsPurchases,
    RelatedPeer,
)
from benchmarks.related_questions import QUESTIONS, RelatedQuestion

PEERS = ("polars", "duckdb", "clickhouse")
KEPT_AFTER = 2
"""Questions after which an aggregate is kept."""


def related_against_peers(asked: Asked) -> Result:
    """See the module."""
    customers, purchases = asked.data.customers(), asked.data.purchases()
    asked.report("loading customers and purchases")
    ours = OursRelated.load(customers, purchases)
    peers: tuple[RelatedPeer, ...] = (
        PolarsPurchases(purchases),
        DuckPurchases(purchases),
        ClickHousePurchases(purchases),
    )
    queries, answers = {}, {}
    for name, question in QUESTIONS.items():
        asked.report(f"in turns: {name}")
        answers[name], queries[name] = _asked(asked, ours, peers, question)
    for peer in peers:
        peer.close()
    ours.close()
    return {
        "queries": queries,
        "speedup_geomean": _speedup(queries, "warm_ms"),
        "speedup_geomean_kept": _speedup(queries, "kept_ms"),
        "answers_agree": all(each["answers_agree"] for each in queries.values()),
        "result_hash": result_hash(answers),
    }


def describe(result: Result) -> Sequence[str]:
    """The table, and the headline under it."""
    keys = ("warm_ms", "kept_ms", "cold_ms", *(f"{peer}_ms" for peer in PEERS), "answers_agree")
    heads = ["milliseconds", *(key.removesuffix("_ms").replace("_", " ") for key in keys)]
    lines = [[name, *(each[key] for key in keys)] for name, each in result["queries"].items()]
    ahead = (
        f"fastest peer ÷ ours, geometric mean: {result['speedup_geomean']:.2f}"
        f" ({result['speedup_geomean_kept']:.2f} where aggregates are kept)"
    )
    return [*table(heads, lines), "", ahead]


def _asked(
    asked: Asked, ours: OursRelated, peers: Sequence[RelatedPeer], question: RelatedQuestion
) -> tuple[int, dict[str, Any]]:
    """The count, and the times of all."""
    program = ours.program(question.condition)
    fresh, warm, kept = ours.fresh(), ours.ready(NOTHING_KEPT), ours.ready(AGGREGATES_KEPT)
    started = time.perf_counter()
    count = fresh.count(program)
    cold_ms = (time.perf_counter() - started) * 1e3
    ours.settle(fresh, warm, kept)
    same = [kept.count(program) == count for _ in range(KEPT_AFTER)]
    same += [peer.ask(question) == count for peer in peers]
    timed = contest(
        {
            "warm": lambda: warm.count(program),
            "kept": lambda: kept.count(program),
            **{peer.name: partial(peer.ask, question) for peer in peers},
        },
        rules_for(asked.rows),
    )
    times = {f"{name}_ms": timing.wall_ms for name, timing in timed.items()}
    agree = all(same) and warm.count(program) == count == kept.count(program)
    return count, {**times, "cold_ms": cold_ms, "answers_agree": agree}


def _speedup(queries: dict[str, Any], ours: str) -> float:
    logs = [
        log(min(each[f"{peer}_ms"] for peer in PEERS) / each[ours]) for each in queries.values()
    ]
    return exp(sum(logs) / len(logs))


BENCHMARK = Benchmark(
    "How fast are customers told by what they bought, beside other engines?",
    related_against_peers,
    describe,
)

if __name__ == "__main__":
    main(BENCHMARK)
