"""Makes customers and purchases of any size for people to play with, and says how to load them."""

from collections.abc import Sequence

from benchmarks.command import Argument, Asked, Benchmark, Result, main
from benchmarks.data.customers import NOW


def demo_large(asked: Asked) -> Result:
    """The pair as Parquet, and with ``--csv`` as CSV too."""
    data = asked.data
    files = {"customers": [data.customers()], "purchases": [data.purchases()]}
    if asked.own["csv"]:
        files["customers"].append(data.customers_csv())
        files["purchases"].append(data.purchases_csv())
    return {
        "now": NOW.isoformat(),
        "files": {name: [str(path) for path in paths] for name, paths in files.items()},
    }


def describe(result: Result) -> Sequence[str]:
    """The files, and the commands that load them."""
    commands = [
        f"  .venv/bin/cardinal load {paths[0]} --into {name} --key id"
        for name, paths in result["files"].items()
    ]
    files = [f"  {path}" for paths in result["files"].values() for path in paths]
    return [
        *files,
        f"The data ends at {result['now']}: ask with that as now. To load it:",
        *commands,
    ]


BENCHMARK = Benchmark(
    "Make customers and purchases of any size.",
    demo_large,
    describe,
    (Argument("csv", default=False, help="write CSV beside the Parquet files"),),
)

if __name__ == "__main__":
    main(BENCHMARK)
