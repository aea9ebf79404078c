"""How long does the exact overlap of every pair of many stored segments take?

``seconds`` is ours on ``--threads``; ``pyroaring_seconds`` the same pairs one by one, on one
thread, from a timed sample of them. ``pair_ms`` is one pair of medium segments, beside the
least it can cost: one pass over both as plain words (``pass_ms``).
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from benchmarks.command import Argument, Asked, Benchmark, Result, main, result_hash, table
from benchmarks.contest import Rules, contest
from benchmarks.data.chance import Chance, Words
from benchmarks.data.segments import segment_words
from benchmarks.machine import and_count
from benchmarks.ours import SHARD_BITS
from indexer.dataset.overlap import StoredSet, one_against_all, shared
from indexer.encoding.bits import bitmap_of_mask
from indexer.overlap import overlap_matrix

SEGMENTS, THREADS = 1_000, 1
SAMPLE_PAIRS = 4_000
PAIR_SHARES = (0.04, 0.06)
"""Shares of the timed pair: where roaring is at its slowest."""
Segment = Sequence[BitMap]
"""The members of a stored segment, one bitmap of offsets per shard."""
PAIR_RULES = Rules(rounds_min=5, rounds_max=200, seconds_max=2.0)


def measure_overlap(asked: Asked) -> Result:
    """See the module."""
    count, threads = asked.own["segments"], asked.own["threads"]
    asked.report(f"making {count:,} segments of {asked.rows:,} records")
    whole: list[BitMap] = []
    segments: list[Segment] = []
    for words in segment_words(asked.seed, asked.rows, count):
        segments.append(_by_shard(words))
        whole.append(_joined(segments[-1]))
    pairs = _sample(asked.seed, count)
    pyroaring_s, expected = _pairwise(whole, pairs)
    asked.report("the whole matrix")
    started = time.perf_counter()
    matrix = overlap_matrix(segments, threads=threads)
    seconds = time.perf_counter() - started
    middle = int(np.argsort([len(each) for each in whole])[count // 2])
    hot = [StoredSet.of(segment, SHARD_BITS) for segment in segments]
    one = contest({"one": lambda: one_against_all(hot[middle], hot)}, Rules())
    pair = _pair(asked)
    agree = expected == [int(matrix[i, j]) for i, j in pairs]
    agree &= one_against_all(hot[middle], hot) == matrix[middle].tolist()
    return {
        "segments": count,
        "threads": threads,
        "seconds": seconds,
        "pyroaring_seconds": pyroaring_s / len(pairs) * count * (count + 1) / 2,
        "pyroaring_pairs_timed": len(pairs),
        "speedup": pyroaring_s / len(pairs) * count * (count + 1) / 2 / seconds,
        "one_against_all_ms": one["one"].wall_ms,
        **pair,
        "answers_agree": bool(agree and pair["pair_agrees"]),
        "result_hash": result_hash({"matrix": int(matrix.sum()), "pair": pair["pair_shared"]}),
    }


def describe(result: Result) -> Sequence[str]:
    """The headlines."""
    return table(
        [f"{result['segments']:,} segments", "ours", "plain pass", "pyroaring"],
        [
            [
                f"every pair, {result['threads']} thread(s), s",
                result["seconds"],
                None,
                result["pyroaring_seconds"],
            ],
            ["one against all, ms", result["one_against_all_ms"], None, None],
            ["one pair, ms", result["pair_ms"], result["pass_ms"], result["pair_pyroaring_ms"]],
            ["answers agree", result["answers_agree"], None, None],
        ],
    )


def _pair(asked: Asked) -> dict[str, Any]:
    left, right = _drawn(asked, "left"), _drawn(asked, "right")
    parts = _by_shard(left), _by_shard(right)
    plain = _joined(parts[0]), _joined(parts[1])
    ours = tuple(StoredSet.of(each, SHARD_BITS) for each in parts)
    timed = contest(
        {
            "ours": lambda: shared(*ours),
            "pass": lambda: and_count(left, right),
            "pyroaring": lambda: plain[0].intersection_cardinality(plain[1]),
        },
        PAIR_RULES,
    )
    expected = int(and_count(left, right))
    return {
        "pair_ms": timed["ours"].wall_ms,
        "pass_ms": timed["pass"].wall_ms,
        "pair_pyroaring_ms": timed["pyroaring"].wall_ms,
        "pair_ratio": timed["ours"].wall_ms / timed["pass"].wall_ms,
        "pair_shared": expected,
        "pair_agrees": shared(*ours) == expected,
    }


def _drawn(asked: Asked, side: str) -> Words:
    share = PAIR_SHARES[side == "right"]
    mask = Chance(asked.seed, 0, asked.rows).happens(f"pair/{side}", share)
    packed = np.packbits(mask, bitorder="little")
    return np.frombuffer(packed.tobytes().ljust(-(-asked.rows // 64) * 8, b"\0"), np.uint64)


def _by_shard(words: Words) -> Segment:
    size = (1 << SHARD_BITS) // 64
    return [
        bitmap_of_mask(_mask(words[start : start + size])) for start in range(0, len(words), size)
    ]


def _joined(segment: Segment) -> BitMap:
    return BitMap.union(*(part.shift(place << SHARD_BITS) for place, part in enumerate(segment)))


def _mask(words: Words) -> npt.NDArray[np.bool_]:
    return np.unpackbits(words.view(np.uint8), bitorder="little").view(np.bool_)


def _sample(seed: int, count: int) -> list[tuple[int, int]]:
    chance = Chance(seed, 0, min(SAMPLE_PAIRS, count * (count + 1) // 2))
    sides = ((chance.uniform(f"sample/{side}") * count).astype(int).tolist() for side in ("i", "j"))
    return list(zip(*sides, strict=True))


def _pairwise(whole: Sequence[BitMap], pairs: Sequence[tuple[int, int]]) -> tuple[float, list[int]]:
    started = time.perf_counter()
    found = [whole[i].intersection_cardinality(whole[j]) for i, j in pairs]
    return time.perf_counter() - started, found


BENCHMARK = Benchmark(
    "How long does the overlap of every pair of segments take?",
    measure_overlap,
    describe,
    (
        Argument("segments", SEGMENTS, "stored segments"),
        Argument("threads", THREADS, "threads of ours"),
    ),
)

if __name__ == "__main__":
    main(BENCHMARK)
