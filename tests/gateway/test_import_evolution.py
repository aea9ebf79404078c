"""A later file with other columns or wider values: what becomes of the dataset's fields."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.gateway.front import Front

BEFORE = b"id,zip,n,price,seen\n1,10115,1,1.5,2025-01-01\n2,20095,2,2.5,2025-01-02\n"


async def test_new_columns_are_added_and_told(front: Front) -> None:
    """Before the commit, by a dry run; the dataset has them afterwards."""
    await front.load("a", BEFORE, key="id")
    file = b"id,city,n\n1,Bonn,7\n"

    told = await front.load("a", file, dry_run=True)
    before = await _types(front)
    done = await front.load("a", file)

    added = [{"field": "city", "change": "added", "type": "keyword"}]
    assert [added, added] == [told["schema_changes"], done["schema_changes"]]
    assert "city" not in before
    assert "keyword" == (await _types(front))["city"]


async def test_numbers_widen_their_field(front: Front) -> None:
    """Whole ones become decimals, decimals get a scale, exponents make floats; values stay."""
    await front.load("a", BEFORE, key="id")

    told = await front.load("a", b"id,n,price\n3,2.25,1.125\n", dry_run=True)
    done = await front.load("a", b"id,n,price\n3,2.25,1.125\n")
    float_done = await front.load("a", b"id,n\n4,1e-3\n")

    wider = [
        {"field": "n", "change": "widened", "type": "decimal", "was": "int"},
        {"field": "price", "change": "widened", "type": "decimal", "was": "decimal"},
    ]
    assert [wider, wider] == [told["schema_changes"], done["schema_changes"]]
    assert [("n", "float")] == [(c["field"], c["type"]) for c in float_done["schema_changes"]]
    assert {"n": 1.0, "price": "1.500"} == await _values(front, 1, "n", "price")
    assert {"n": 2.25, "price": "1.125"} == await _values(front, 3, "n", "price")
    counted = await front.post(
        "/datasets/a/count", {"condition": {"field": "n", "op": "gte", "value": 1}}
    )
    assert 3 == counted.json()["count"]


async def test_a_column_of_something_else_is_parked(front: Front) -> None:
    """In a field of its own, the old one untouched; the next such file goes there too."""
    await front.load("a", BEFORE, key="id")
    file = b"id,zip\n1,AB1 2CD\n2,10-115\n3,\n"

    told = await front.load("a", file, dry_run=True)
    done = await front.load("a", file)
    again = await front.load("a", b"id,zip\n1,EF3 4GH\n2,20-095\n")

    parked = [
        {"field": "zip (text)", "change": "parked", "type": "keyword", "was": "int", "of": "zip"}
    ]
    assert [parked] * 3 == [
        told["schema_changes"], done["schema_changes"], again["schema_changes"]
    ]  # fmt: skip
    assert [0, 1, 2] == [done["rejected"], done["created"], again["updated"]]
    assert {"zip": 10115, "zip (text)": "EF3 4GH"} == await _values(front, 1, "zip", "zip (text)")
    assert any("'zip (text)'" in note for note in done["notes"])


async def test_a_few_wrong_cells_are_rejected_not_parked(front: Front) -> None:
    """A column changes its type when most of it has another one."""
    await front.load("a", BEFORE, key="id")

    done = await front.load("a", b"id,zip,seen\n1,1,2025-02-01\n2,two,x\n3,3,2025-02-03\n")

    assert [1, [], 1] == [done["rejected"], done["schema_changes"], done["created"]]


async def test_what_would_lose_digits_is_parked_instead(front: Front) -> None:
    """A field keeps each value it holds to the last digit."""
    await front.load("a", b"id,n\n1,123456789012345678\n", key="id")

    done = await front.load("a", b"id,n\n2,0.5\n3,1e5\n")

    assert [("n (float)", "parked")] == [(c["field"], c["change"]) for c in done["schema_changes"]]
    assert {"n": 123456789012345678} == await _values(front, 1, "n")
    assert {"n (float)": 0.5} == await _values(front, 2, "n (float)")


async def test_a_field_that_links_keeps_its_type(front: Front) -> None:
    """Numbers that don't fit are parked beside it."""
    await front.load("a", BEFORE, key="id")
    await front.load("v", b"id,who\n1,1\n", key="id", links=[{"field": "who", "to": "a"}])

    done = await front.load("v", b"id,who\n2,1.5\n")

    assert [("who (decimal)", "parked")] == [
        (c["field"], c["change"]) for c in done["schema_changes"]
    ]
    assert "int" == (await _types(front, "v"))["who"]


async def test_dates_the_other_way_round_fit_their_field(front: Front) -> None:
    """They are no other type, only written differently."""
    await front.load("a", BEFORE, key="id")

    done = await front.load("a", b"id,seen\n1,31/12/2024\n2,1/2/2025\n")

    assert [[], 2] == [done["schema_changes"], done["updated"]]
    assert {"seen": "2025-02-01"} == await _values(front, 2, "seen")


async def test_a_large_file_says_the_same(front: Front) -> None:
    """Read by the compiled readers: one wider value among very many."""
    rows = b"".join(b"%d,%d,2025-01-01,t\n" % (n, n) for n in range(300_000))
    await front.load("a", b"id,n,day,b\n1,1,2025-01-01,true\n", key="id")

    done = await front.load("a", b"id,n,day,b\n" + rows + b"300000,0.5,2025-01-01,f\n")

    assert [("n", "widened"), ("b (text)", "parked")] == [
        (c["field"], c["change"]) for c in done["schema_changes"]
    ]
    assert [300_000, 0] == [done["created"], done["rejected"]]


async def test_json_lines_widen_and_park_too(front: Front) -> None:
    """A number with a point widens; a column of words goes beside."""
    await front.load("a", BEFORE, key="id")
    file = b'{"id": 1, "n": 2.5, "zip": "AB1"}\n{"id": 2, "n": 1, "zip": "CD2"}\n'

    done = await front.load("a", file, name="a.jsonl")

    assert [("n", "widened"), ("zip (text)", "parked")] == [
        (c["field"], c["change"]) for c in done["schema_changes"]
    ]
    assert {"n": "2.5", "zip": 10115, "zip (text)": "AB1"} == await _values(
        front, 1, "n", "zip", "zip (text)"
    )


async def test_parquet_widens_and_parks_too(front: Front) -> None:
    """A column of doubles widens whole numbers; a column of words goes beside."""
    await front.load("a", BEFORE, key="id")
    out = io.BytesIO()
    pq.write_table(pa.table({"id": [1, 2], "n": [2.5, 1.0], "zip": ["AB1", "CD2"]}), out)

    done = await front.load("a", out.getvalue(), name="a.parquet")

    assert [("n", "widened"), ("zip (text)", "parked")] == [
        (c["field"], c["change"]) for c in done["schema_changes"]
    ]
    assert {"n": "2.5", "zip (text)": "AB1"} == await _values(front, 1, "n", "zip (text)")


async def _types(front: Front, name: str = "a") -> dict[str, Any]:
    shown = (await front.get(f"/datasets/{name}")).json()
    return {field["name"]: field["type"] for field in shown["fields"]}


async def _values(front: Front, key: int, *names: str) -> dict[str, Any]:
    shown = (await front.get(f"/datasets/a/records/{key}")).json()
    return {name: shown["values"][name] for name in names}
