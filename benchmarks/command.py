"""What every benchmark's command line shares: its arguments, its data, its last line of JSON."""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.data.folder import SEED, Data
from benchmarks.machine import machine_info
from indexer.runtime.logging import configure

FOLDER_VARIABLE = "CARDINAL_BENCH_DIR"
FOLDER = Path(".bench")
ROWS = 1_000_000
ROWS_MIN = 1_000

Result = dict[str, Any]
"""What a benchmark found, ready for JSON; its keys are those of API.md and more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a benchmark was asked for: how many rows, where data lies, and its own arguments."""

    rows: int
    seed: int
    root: Path
    report: Callable[[str], None]
    own: Mapping[str, Any]

    @property
    def data(self) -> Data:
        """The data of that size."""
        return self.data_of(self.rows)

    def data_of(self, rows: int) -> Data:
        """The data of another size, from the same seed."""
        return Data(self.root, rows, self.report, self.seed)


@dataclass(frozen=True, slots=True)
class Argument:
    """One further argument of a benchmark: a number, or a flag if that is its kind."""

    name: str
    default: int | bool
    help: str

    @property
    def flag(self) -> str:
        """As it is written: ``log_entries`` is ``--log-entries``."""
        return f"--{self.name.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A question, how it is answered, and how its result is told to people, line by line."""

    question: str
    run: Callable[[Asked], Result]
    describe: Callable[[Result], Sequence[str]]
    arguments: Sequence[Argument] = ()


def main(benchmark: Benchmark, argv: Sequence[str] | None = None) -> None:
    """Parse the command line, run, and print: lines for people, and last one line of JSON.

    With ``--json`` that line is all. What is being done meanwhile goes to standard error.
    """
    given = _parsed(benchmark, argv)
    configure(level="WARNING", as_json=False)
    own = {each.name: getattr(given, each.name) for each in benchmark.arguments}
    root = Path(os.environ.get(FOLDER_VARIABLE, FOLDER))
    asked = Asked(given.rows, given.seed, root, _to_stderr, own)
    machine = machine_info()
    result = {"rows": given.rows, **benchmark.run(asked), "machine": machine}
    if not given.json:
        print("\n".join(benchmark.describe(result)), end="\n\n")
    print(json.dumps(result))


def result_hash(answers: Mapping[str, Any]) -> str:
    """A short digest of what was answered: equal on every machine for equal rows and seed."""
    told = json.dumps(answers, sort_keys=True, default=str)
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def table(heads: Sequence[str], lines: Sequence[Sequence[object]]) -> list[str]:
    """Aligned columns, the first to the left and the others to the right."""
    cells = [list(heads), *([_cell(each) for each in line] for line in lines)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(heads))]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]


def _parsed(benchmark: Benchmark, argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=benchmark.question)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"records (default {ROWS:,})")
    parser.add_argument("--seed", type=int, default=SEED, help="other data of the same kind")
    parser.add_argument("--json", action="store_true", help="print nothing but JSON")
    for each in benchmark.arguments:
        if isinstance(each.default, bool):
            parser.add_argument(each.flag, action="store_true", help=each.help)
        else:
            parser.add_argument(each.flag, type=int, default=each.default, help=each.help)
    given = parser.parse_args(argv)
    if given.rows < ROWS_MIN:
        parser.error(f"--rows must be at least {ROWS_MIN:,}")
    return given


def _cell(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "NO"
        case float():
            return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"
        case int():
            return f"{value:,}"
        case None:
            return "-"
        case _:
            return str(value)


def _to_stderr(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
