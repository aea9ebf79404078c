"""Runs every benchmark, each from a clean start, and writes what they found to REPORT.md."""

import argparse
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.command import ROWS

BENCHMARKS = (
    "count_against_peers",
    "breakdown_against_peers",
    "related_against_peers",
    "overlap_matrix",
    "import_against_peers",
    "memory",
    "scaling",
    "apply_changes",
)
REPORT = Path(__file__).with_name("REPORT.md")


def main() -> None:
    """Stops at the first benchmark that fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"records (default {ROWS:,})")
    rows = parser.parse_args().rows
    results = {name: run(name, rows) for name in BENCHMARKS}
    REPORT.write_text(report(rows, results))
    print(f"wrote {REPORT}")


def run(name: str, rows: int) -> dict[str, Any]:
    """One benchmark in a process of its own; its last line is its result."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--rows", str(rows), "--json"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def report(rows: int, results: dict[str, dict[str, Any]]) -> str:
    """The results as one page."""
    machine = next(iter(results.values()))["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    hardware = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB"
    parts = [
        f"# Benchmarks at {rows:,} records\n",
        f"{hardware}; Python {machine['python']}; {packages}.\n",
        "Medians of interleaved rounds in one process; see each module for what is compared.\n",
    ]
    for name, result in results.items():
        module = import_module(f"benchmarks.{name}")
        title = (module.__doc__ or name).splitlines()[0]
        lines = "\n".join(module.BENCHMARK.describe(result))
        parts.append(f"## {name}\n\n{title}\n\n```text\n{lines}\n```\n")
        parts.append(f"Result hash `{result['result_hash']}`, load {machine['load']}.\n")
    return "\n".join(parts)


if __name__ == "__main__":
    main()
