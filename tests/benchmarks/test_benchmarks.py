"""Every benchmark runs small, prints one line of JSON last, and has the keys of API.md."""

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import BENCHMARKS, report
from benchmarks.command import FOLDER_VARIABLE, main
from benchmarks.data.folder import Data
from benchmarks.questions import (
    BREAKDOWNS,
    COUNTS,
    NESTED,
    SIZES,
    WITHIN_COUNT_RATIO,
    BreakdownOf,
    KeysOf,
)
from benchmarks.related_questions import QUESTIONS
from benchmarks.scaling import sizes_up_to
from tests.benchmarks.small import ROWS
from tests.repo.sources import ROOT

pytestmark = pytest.mark.xdist_group("benchmarks")

Result = dict[str, Any]
Run = Callable[[str], Result]

QUERY = {
    "ours_ms", "ours_from_json_ms", "polars_ms", "duckdb_ms", "clickhouse_ms", "answers_agree",
}  # fmt: skip
KEYS = {
    "count_against_peers": {"queries", "speedup_geomean", "roofline_ratio"},
    "breakdown_against_peers": {"queries", "speedup_geomean", "ratio_to_count"},
    "related_against_peers": {"queries", "speedup_geomean"},
    "overlap_matrix": {
        "seconds", "pyroaring_seconds", "one_against_all_ms", "pair_ms", "answers_agree",
    },
    "import_against_peers": {"ours_s", "duckdb_s", "peak_gb", "rows_per_s"},
    "memory": {"bytes_per_record", "polars_bytes_per_record", "fields"},
    "scaling": {"queries"},
    "apply_changes": {"changes_per_s", "ack_p50_ms", "ack_p99_ms", "query_p99_ratio"},
}  # fmt: skip
"""What API.md promises of each."""
FURTHER = {
    "overlap_matrix": ["--segments", "30", "--threads", "2"],
    "apply_changes": ["--changes", "600", "--writers", "2"],
}


@pytest.fixture(scope="module")
def run(root: Path) -> Run:
    """Runs a benchmark's command line, once, and gives what it printed last."""

    @cache
    def printed(name: str) -> Result:
        benchmark = import_module(f"benchmarks.{name}").BENCHMARK
        with pytest.MonkeyPatch.context() as patch, io.StringIO() as out:
            patch.setenv(FOLDER_VARIABLE, str(root))
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                main(benchmark, ["--rows", str(ROWS), "--json", *FURTHER.get(name, [])])
            lines = out.getvalue().splitlines()
        result: Result = json.loads(lines[-1])
        return result

    return printed


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs_small(name: str, run: Run) -> None:
    """From its command line to its last line, all answers equal."""
    result = run(name)

    assert KEYS[name] <= result.keys()
    assert ROWS == result["rows"]
    assert result.get("answers_agree", True) is True
    assert 16 == len(result["result_hash"])


@pytest.mark.parametrize(
    ("name", "questions"),
    [("count_against_peers", COUNTS), ("breakdown_against_peers", BREAKDOWNS)],
)
def test_every_question_is_timed_for_every_engine(
    name: str, questions: dict[str, Any], run: Run
) -> None:
    """No engine sits out a question, and each answer is compared."""
    queries = run(name)["queries"]

    assert list(questions) == list(queries)
    assert all(each.keys() >= QUERY for each in queries.values())
    assert all(each["answers_agree"] for each in queries.values())
    assert all(each[key] > 0 for each in queries.values() for key in QUERY - {"answers_agree"})


def test_every_question_about_purchases_is_timed_for_every_engine(run: Run) -> None:
    """Ours warm and cold, and with what is kept; each answer is compared."""
    queries = run("related_against_peers")["queries"]
    keys = {"warm_ms", "cold_ms", "kept_ms", "polars_ms", "duckdb_ms", "clickhouse_ms"}

    assert list(QUESTIONS) == list(queries)
    assert all(each["answers_agree"] for each in queries.values())
    assert all(each[key] > 0 for each in queries.values() for key in keys)


def test_every_field_is_weighed(run: Run) -> None:
    """Ours and theirs, field by field, and their sums."""
    found = run("memory")

    assert found["fields"].keys() == found["polars_fields"].keys()
    assert all(size > 0 for size in found["fields"].values())
    assert found["fields"].keys() == found["polars_integers_fields"].keys()
    for total, fields in (
        ("bytes_per_record", "fields"),
        ("polars_bytes_per_record", "polars_fields"),
        ("polars_integers_bytes_per_record", "polars_integers_fields"),
    ):
        assert found[total] == pytest.approx(sum(found[fields].values()))


def test_every_size_is_asked_everything(run: Run) -> None:
    """Times by rows, one for each size."""
    queries = run("scaling")["queries"]

    assert SIZES.keys() == queries.keys()
    assert all(["300", "3000"] == list(times) for times in queries.values())


def test_sizes_grow_by_steps_up_to_the_rows_asked_for() -> None:
    """One, ten and fifty million where they fit."""
    assert (1_000_000, 10_000_000, 50_000_000) == sizes_up_to(50_000_000)
    assert (1_000_000, 10_000_000) == sizes_up_to(10_000_000)
    assert (100_000, 1_000_000) == sizes_up_to(1_000_000)


def test_keys_and_states_are_held_against_the_count_of_the_same_segment() -> None:
    """Or the ratio would mean nothing."""
    expected = [KeysOf(NESTED), BreakdownOf(NESTED, "state")]

    assert expected == [BREAKDOWNS[name] for name in WITHIN_COUNT_RATIO]


def test_the_report_tells_every_result(run: Run) -> None:
    """One page for people, made from the same JSON."""
    page = report(ROWS, {name: run(name) for name in BENCHMARKS})

    assert all(f"## {name}\n" in page for name in BENCHMARKS)
    assert all(run(name)["result_hash"] in page for name in BENCHMARKS)


def test_a_benchmark_starts_by_itself(root: Path, data: Data) -> None:
    """As a person runs it: one object on the last line, and nothing else that looks like one."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.demo_large", "--rows", str(ROWS), "--csv", "--json"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={FOLDER_VARIABLE: str(root), "PATH": ""},
    )

    files = json.loads(done.stdout.splitlines()[-1])["files"]

    assert str(data.folder / "customers.csv") in files["customers"]
    assert all(Path(path).is_file() for paths in files.values() for path in paths)


def test_people_are_told_before_the_line_of_json(
    root: Path, data: Data, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who asks for nothing else sees a table, and a program still finds its line."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(root))
    data.purchases()

    main(import_module("benchmarks.demo_large").BENCHMARK, ["--rows", str(ROWS)])

    *told, last = capsys.readouterr().out.splitlines()
    assert any("cardinal load" in line for line in told)
    assert ROWS == json.loads(last)["rows"]


def test_too_few_rows_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Below a thousand there is nothing to see, and some values would not occur."""
    benchmark = import_module("benchmarks.memory").BENCHMARK

    with pytest.raises(SystemExit):
        main(benchmark, ["--rows", "10"])

    assert "--rows must be at least 1,000" in capsys.readouterr().err
