"""Ours and every peer on the same questions: timed in turns, every answer compared."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Any

from benchmarks.command import Asked
from benchmarks.contest import Rules, Timing, contest, rules_for
from benchmarks.peers.api import Answer, Engine, Way
from benchmarks.peers.clickhouse_engine import ClickHouseEngine
from benchmarks.peers.duckdb_engine import DuckEngine
from benchmarks.peers.numpy_engine import NumpyAnswers
from benchmarks.peers.polars_engine import PolarsEngine
from benchmarks.questions import Question

PEERS = ("polars", "duckdb", "clickhouse")
LOADED_RULES = Rules(rounds_min=1, rounds_max=5, seconds_max=0.5, warm_up=False)
"""Comparing the answer has warmed it up, and some take seconds."""

Queries = dict[str, dict[str, Any]]
Opened = Callable[[], Engine]


@dataclass(frozen=True, slots=True)
class Found:
    """Times by question, and the answers that numpy gave."""

    queries: Queries
    answers: dict[str, Answer]


def against_peers(
    asked: Asked, ours: Engine, from_json: Engine, questions: Mapping[str, Question]
) -> Found:
    """Ask all of them everything; ``from_json`` is ours too, but reads conditions when asked.

    Over integers they take turns with ours. The types that a person would load come after, one
    engine at a time, so that no more than needed is in memory.
    """
    data = asked.data
    expected = NumpyAnswers(data.integers())
    answers = {name: expected.answer(question) for name, question in questions.items()}
    del expected
    queries = _integers(asked, (ours, from_json), questions, answers)
    for opened in _loaded(asked):
        engine = opened()
        for name, question in questions.items():
            asked.report(f"{engine.name} as loaded: {name}")
            way = engine.ways(question)[0]
            queries[name]["answers_agree"] &= way.ask() == answers[name]
            timing = contest({way.how: way.run}, LOADED_RULES)[way.how]
            queries[name][f"{engine.name}_loaded_ms"] = timing.wall_ms
        engine.close()
        gc.collect()
    return Found(queries, answers)


def speedup(queries: Queries, *, reworded: bool = False) -> float:
    """The fastest peer's time over ours, as the geometric mean of all queries."""
    logs = [log(_fastest(each, reworded=reworded) / each["ours_ms"]) for each in queries.values()]
    return exp(sum(logs) / len(logs))


def _fastest(query: Mapping[str, Any], *, reworded: bool) -> float:
    times = [query[f"{peer}_ms"] for peer in PEERS]
    if reworded:
        times += [query[key] for peer in PEERS if (key := f"{peer}_reworded_ms") in query]
    return float(min(times))


def _integers(
    asked: Asked,
    ours: tuple[Engine, Engine],
    questions: Mapping[str, Question],
    answers: Mapping[str, Answer],
) -> Queries:
    path = asked.data.integers()
    asked.report("loading integers into the peers")
    peers: tuple[Engine, ...] = (
        PolarsEngine.in_integers(path),
        DuckEngine.in_integers(path),
        ClickHouseEngine.in_integers(path),
    )
    # Somebody else's turn lies between both of ours: neither finds the caches warm from the other.
    engines = (ours[0], peers[0], ours[1], *peers[1:])
    queries: Queries = {}
    for name, question in questions.items():
        asked.report(f"in turns: {name}")
        ways = {engine.name: engine.ways(question) for engine in engines}
        agreed = all(way.ask() == answers[name] for each in ways.values() for way in each)
        queries[name] = _times(ways, rules_for(asked.rows)) | {"answers_agree": agreed}
    for engine in peers:
        engine.close()
    return queries


def _times(ways: Mapping[str, tuple[Way, ...]], rules: Rules) -> dict[str, Any]:
    """Plain wordings as ``NAME_ms`` and ``NAME_cpu_ms``, the best other one as reworded."""
    timed = contest(
        {f"{name}/{way.how}": way.run for name, each in ways.items() for way in each}, rules
    )
    times: dict[str, Any] = {}
    for name, (plain, *others) in ways.items():
        timing = timed[f"{name}/{plain.how}"]
        times |= {f"{name}_ms": timing.wall_ms, f"{name}_cpu_ms": timing.cpu_ms}
        if others:
            times |= _reworded(name, {way.how: timed[f"{name}/{way.how}"] for way in others})
    return times


def _reworded(name: str, timed: Mapping[str, Timing]) -> dict[str, Any]:
    best = min(timed, key=lambda how: timed[how].wall_ms)
    return {f"{name}_reworded": best, f"{name}_reworded_ms": timed[best].wall_ms}


def _loaded(asked: Asked) -> tuple[Opened, ...]:
    path = asked.data.customers()
    return (
        lambda: PolarsEngine.as_loaded(path),
        lambda: DuckEngine.as_loaded(path),
        lambda: ClickHouseEngine.as_loaded(path),
    )
