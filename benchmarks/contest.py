"""Times contestants in turns, so that each meets the caches and the noise the others leave."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

ROUNDS_MIN, ROUNDS_MAX = 5, 31
SECONDS_MAX = 1.0
"""A contestant that has used so much of a contest sits out, after its least number of rounds."""
SLOW_SECONDS = 4.0
"""One whose rounds are that slow sits out before it too."""

SMALL_ROWS, SMALL_ROUNDS = 100_000, 3
"""Below so many records nothing is measured but that it runs."""

Contestant = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a contest may take, and whether each has one more round first that is not timed."""

    rounds_min: int = ROUNDS_MIN
    rounds_max: int = ROUNDS_MAX
    seconds_max: float = SECONDS_MAX
    warm_up: bool = True


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians over the rounds: of time on the wall, and of all threads' time on processors."""

    wall_ms: float
    cpu_ms: float
    rounds: int


def rules_for(rows: int) -> Rules:
    """What is worth its time at that many records."""
    return Rules() if rows >= SMALL_ROWS else Rules(SMALL_ROUNDS, SMALL_ROUNDS)


def contest(contestants: Mapping[str, Contestant], rules: Rules) -> dict[str, Timing]:
    """Time A, B, C, A, B, C, ... by name."""
    laps: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    used = dict.fromkeys(contestants, 0.0)
    with undisturbed():
        for run in contestants.values() if rules.warm_up else ():
            run()
        for turn in range(rules.rounds_max):
            playing = [name for name in contestants if _plays(turn, used[name], rules)]
            for name in playing:
                laps[name].append(_lap(contestants[name]))
                used[name] += laps[name][-1][0]
            if not playing:
                break
    return {
        name: Timing(
            wall_ms=statistics.median(wall for wall, _ in each) * 1e3,
            cpu_ms=statistics.median(cpu for _, cpu in each) * 1e3,
            rounds=len(each),
        )
        for name, each in laps.items()
    }


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without the garbage collector, whose turn would fall on anybody."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _plays(turn: int, used: float, rules: Rules) -> bool:
    if not turn:
        return True
    return used < rules.seconds_max or (turn < rules.rounds_min and used < SLOW_SECONDS)


def _lap(run: Contestant) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu
