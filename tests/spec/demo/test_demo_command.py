"""The example of the README, typed as a person would."""

import asyncio
import json
import sys
from pathlib import Path

from tests.repo.sources import ROOT
from tests.support.duck import Table

MIDDLE = {
    "all": [
        {"field": "income", "op": "in", "value": ["75-99K", "100-124K"]},
        {"field": "age", "op": "is", "value": "45-54"},
    ]
}
CARDINAL = (sys.executable, "-c", "from gateway.cli import main; main()")


async def test_the_command_line_counts_what_duckdb_counts(
    demo_folder: Path, parquet: dict[str, Table]
) -> None:
    """Households of middle age with a good income, straight from the data folder."""
    (expected,) = parquet["households"].count([MIDDLE])

    count = await cardinal("count", "households", json.dumps(MIDDLE), "--json", folder=demo_folder)

    assert expected > 0
    assert expected == count["count"]
    assert parquet["households"].count([{"all": []}]) == [count["total"]]


async def test_the_command_line_counts_every_node(
    demo_folder: Path, parquet: dict[str, Table]
) -> None:
    """What the builder shows beside each condition."""
    whole, income, age = parquet["households"].count([MIDDLE, *MIDDLE["all"]])

    count = await cardinal(
        "count", "households", json.dumps(MIDDLE), "--per-node", "--json", folder=demo_folder
    )

    assert {"": whole, "/all/0": income, "/all/1": age} == count["per_node"]


async def cardinal(*words: str, folder: Path) -> dict[str, object]:
    """What a verb of the command line prints as JSON."""
    process = await asyncio.create_subprocess_exec(
        *CARDINAL, *words, "--data", str(folder), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    answer: dict[str, object] = json.loads(printed)
    return answer
