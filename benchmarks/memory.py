"""How much memory does a record take, beside the same columns in a Polars frame?

Ours is what the index holds per field. The frame holds the same columns as Polars reads them, with
categories, decimals, timestamps, lists and text. ``polars_integers_*`` is the one that Polars
answers from fastest, codes, masks and integers, with the e-mail addresses as text: less than the
same columns, as it has lost what the codes stand for, and nulls.
``timed_bytes_per_record`` adds what the index keeps to be fast, after every question of
``count_against_peers`` was asked; ``held_bytes_per_record`` is what loading added to the process,
as the system sees it.
"""

import gc
from collections.abc import Sequence
from pathlib import Path

from benchmarks.command import Asked, Benchmark, Result, main, result_hash, table
from benchmarks.data.customers import COMPARED
from benchmarks.machine import held_bytes
from benchmarks.ours import Ours
from benchmarks.peers.frames import pl
from benchmarks.questions import COUNTS


def memory(asked: Asked) -> Result:
    """See the module."""
    loaded, integers = asked.data.customers(), asked.data.integers()
    before = held_bytes()
    ours = Ours.load(loaded)
    gc.collect()
    held = held_bytes() - before
    for question in COUNTS.values():
        ours.ways(question)[0].run()
    fields = {name: size / asked.rows for name, size in ours.field_bytes().items()}
    coded = {name: size / asked.rows for name, size in integer_bytes(loaded, integers).items()}
    theirs = {name: size / asked.rows for name, size in frame_bytes(loaded).items()}
    total, frame = sum(fields.values()), sum(theirs.values())
    timed = total + ours.hot_bytes / asked.rows
    return {
        "bytes_per_record": total,
        "polars_bytes_per_record": frame,
        "polars_integers_bytes_per_record": sum(coded.values()),
        "ratio": total / frame,
        "ratio_to_integers": total / sum(coded.values()),
        "timed_bytes_per_record": timed,
        "timed_ratio": timed / frame,
        "fields": fields,
        "polars_fields": theirs,
        "polars_integers_fields": coded,
        "held_bytes_per_record": held / asked.rows,
        "result_hash": result_hash({"fields": sorted(fields)}),
    }


def frame_bytes(loaded: Path) -> dict[str, int]:
    """Bytes of every compared column as Polars reads it."""
    columns = pl.read_parquet(loaded, columns=list(COMPARED)).get_columns()
    return {column.name: int(column.estimated_size()) for column in columns}


def integer_bytes(loaded: Path, integers: Path) -> dict[str, int]:
    """Bytes of every compared column in the frame of integers."""
    frame = pl.read_parquet(integers).drop("email_null")
    emails = pl.read_parquet(loaded, columns=["email"])
    sizes = dict.fromkeys(COMPARED, 0)
    for column in (*frame.get_columns(), *emails.get_columns()):
        name = "tags" if column.name.startswith("tags_") else column.name
        sizes[name] += int(column.estimated_size())
    return sizes


def describe(result: Result) -> Sequence[str]:
    """One line per field."""
    theirs, coded = result["polars_fields"], result["polars_integers_fields"]
    totals = ("bytes_per_record", "polars_bytes_per_record", "polars_integers_bytes_per_record")
    return table(
        ["bytes per record", "ours", "polars", "polars in integers"],
        [
            *([name, size, theirs[name], coded[name]] for name, size in result["fields"].items()),
            ["all", *(result[key] for key in totals)],
            ["all, as timed", result["timed_bytes_per_record"], None, None],
        ],
    )


BENCHMARK = Benchmark(
    "How much memory does a record take?",
    memory,
    describe,
)

if __name__ == "__main__":
    main(BENCHMARK)
