"""How long does a CSV file of twelve declared columns take until it can be asked?

Each import runs in a process of its own, in turns with DuckDB's ``CREATE TABLE AS read_csv`` over
the same file, and ends with a count that all must agree on. ``inferred_s`` is ours without declared
types, which reads the whole file first to find them.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.command import Asked, Benchmark, Result, main, result_hash, table
from benchmarks.contest import SMALL_ROWS
from benchmarks.import_once import IMPORTS

LARGE_ROWS = 5_000_000
"""From so many rows on, two rounds have to do."""


def import_against_peers(asked: Asked) -> Result:
    """See the module."""
    path = asked.data.compared_csv()
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in IMPORTS}
    for turn in range(_rounds(asked.rows)):
        for name in IMPORTS:
            asked.report(f"importing, round {turn + 1}: {name}")
            runs[name].append(_run(name, path))
    seconds = {
        name: statistics.median(run["seconds"] for run in each) for name, each in runs.items()
    }
    peaks = {name: max(run["peak_gb"] for run in each) for name, each in runs.items()}
    answers = {name: [run["count"], run["rows"]] for name, each in runs.items() for run in each}
    return {
        "ours_s": seconds["ours"],
        "duckdb_s": seconds["duckdb"],
        "inferred_s": seconds["inferred"],
        "peak_gb": peaks["ours"],
        "inferred_peak_gb": peaks["inferred"],
        "duckdb_peak_gb": peaks["duckdb"],
        "rows_per_s": asked.rows / seconds["ours"],
        "ratio": seconds["ours"] / seconds["duckdb"],
        "inferred_ratio": seconds["inferred"] / seconds["ours"],
        "csv_bytes": path.stat().st_size,
        "answers_agree": all(each == answers["duckdb"] for each in answers.values()),
        "result_hash": result_hash({"import": answers["duckdb"]}),
    }


def describe(result: Result) -> Sequence[str]:
    """One line per import."""
    return [
        *table(
            ["import", "seconds", "peak GB"],
            [
                ["ours, declared types", result["ours_s"], result["peak_gb"]],
                ["ours, inferred types", result["inferred_s"], result["inferred_peak_gb"]],
                ["DuckDB, declared types", result["duckdb_s"], result["duckdb_peak_gb"]],
            ],
        ),
        f"{result['rows_per_s']:,.0f} records a second; answers agree: {result['answers_agree']}",
    ]


def _rounds(rows: int) -> int:
    if rows < SMALL_ROWS:
        return 1
    return 3 if rows < LARGE_ROWS else 2


def _run(name: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_once", name, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


BENCHMARK = Benchmark(
    "How long does importing a CSV file take?",
    import_against_peers,
    describe,
)

if __name__ == "__main__":
    main(BENCHMARK)
