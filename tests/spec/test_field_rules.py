"""CONDITIONS.md on text, set sizes, two fields of a record, and samples, as a table."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from evaluator.api import Evaluator
from evaluator.condition.decode import decode_json
from indexer.model.ids import DatasetName
from tests.spec.test_rules import JSON_BYTES_MAX, MEMBERS_MAX, leaf
from tests.support.building import evaluator_over, index_of
from tests.support.oracle import KEY, Asked, Row, Value
from tests.support.strategies import World
from tests.support.wire import to_json

NOW = datetime(2025, 3, 31, 12, 0, tzinfo=UTC)
BUYERS = DatasetName("buyers")
EVERYBODY = "ann bob cid dee eve"
SCHEMA = {
    "name": BUYERS,
    "key": "id",
    "time_zone": "Europe/Berlin",
    "fields": [
        {"name": "id", "type": "keyword"},
        {"name": "mail", "type": "keyword"},
        {"name": "note", "type": "text"},
        {"name": "orders", "type": "int"},
        {"name": "spent", "type": "decimal", "scale": 2},
        {"name": "limit", "type": "decimal", "scale": 4},
        {"name": "score", "type": "float"},
        {"name": "vip", "type": "bool"},
        {"name": "asked", "type": "bool"},
        {"name": "born", "type": "date"},
        {"name": "seen", "type": "timestamp"},
        {"name": "tags", "type": "set"},
    ],
}


def buyer(key: str, **values: Value) -> Row:
    """A record whose other fields are null."""
    fields: Any = SCHEMA["fields"]
    return {**{each["name"]: None for each in fields[1:]}, KEY: key, **values}


ROWS = (
    buyer(
        "ann", mail="ann@mail.example", note="Straße 7", orders=2**53 + 1, spent=Decimal("10.50"),
        limit=Decimal("10.5000"), score=2.0**53, vip=True, asked=True, born=date(2025, 3, 30),
        seen=datetime(2025, 3, 29, 23, 0, tzinfo=UTC), tags=frozenset("ab"),
    ),
    buyer(
        "bob", mail="BOB@MAIL.example", note="STRASSE 7", orders=10, spent=Decimal("10.51"),
        limit=Decimal("10.5099"), score=0.1, vip=True, asked=False, born=date(2025, 3, 31),
        seen=datetime(2025, 3, 30, 22, 0, tzinfo=UTC), tags=frozenset("a"),
    ),
    buyer(
        "cid", mail="", note="", orders=-1, spent=Decimal("0.10"), limit=Decimal("0.1001"),
        score=-1.0, tags=frozenset(),
    ),
    buyer(
        "dee", mail="A\u030asa@x.example", note="line\nA\u030asa@x.example", orders=0, score=-0.0,
        born=date(2025, 4, 1), seen=datetime(2025, 3, 31, 21, 59, 59, tzinfo=UTC),
        tags=frozenset(("a", "b", "c")),
    ),
    buyer("eve"),
)  # fmt: skip

LOWER = {"case_sensitive": False}
NO_NULLS = {"nulls": "exclude"}

RULES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("contains finds a part", leaf("mail", "contains", "mail"), "ann"),
    ("by case unless told otherwise", leaf("mail", "contains", "mail", **LOWER), "ann bob"),
    ("any of several parts", leaf("mail", "contains", ["ann", "BOB"]), "ann bob"),
    ("contains nothing of a list", leaf("mail", "contains", []), ""),
    ("the empty text is in every text", leaf("mail", "contains", ""), "ann bob cid dee"),
    ("and at its start", leaf("mail", "starts_with", ["", "x"]), "ann bob cid dee"),
    ("and at its end", leaf("mail", "ends_with", ""), "ann bob cid dee"),
    ("not_contains finds null", leaf("mail", "not_contains", "@"), "cid eve"),
    ("but not when told", leaf("mail", "not_contains", "@", **NO_NULLS), "cid"),
    ("not_contains none of a list", leaf("mail", "not_contains", ["ann", "BOB"]), "cid dee eve"),
    ("starts_with looks at the start", leaf("mail", "starts_with", "ann"), "ann"),
    ("not_starts_with is the complement", leaf("mail", "not_starts_with", ["ann", "B"]),
     "cid dee eve"),
    ("ends_with looks at the end", leaf("mail", "ends_with", ".example"), "ann bob dee"),
    ("not_ends_with finds null", leaf("mail", "not_ends_with", "e"), "cid eve"),
    ("parts are composed", leaf("mail", "starts_with", "\u00c5"), "dee"),
    ("a bare letter is no part of a composed one", leaf("mail", "starts_with", "A"), ""),
    ("folding is full", leaf("note", "is", "strasse 7", **LOWER), "ann bob"),
    ("from either side", leaf("note", "starts_with", "stra\u00dfe", **LOWER), "ann bob"),
    ("in a list", leaf("note", "in", ["STRA\u1e9eE 7", "x"], **LOWER), "ann bob"),
    ("is_not without regard to case", leaf("note", "is_not", "strasse 7", **LOWER), "cid dee eve"),
    ("not_in without regard to case", leaf("note", "not_in", ["strasse 7"], **LOWER, **NO_NULLS),
     "cid dee"),
    ("a pattern is found anywhere", leaf("mail", "matches", "[ab]@"), "dee"),
    ("anchored when it says so", leaf("mail", "matches", "^ann@"), "ann"),
    ("a pattern ignores case on request", leaf("mail", "matches", "^[ab].*@mail", **LOWER),
     "ann bob"),
    ("the end is the end of the text", leaf("note", "matches", "line$"), ""),
    ("a dot is no line break", leaf("note", "matches", "line.\u00c5"), ""),
    ("the empty pattern finds every text", leaf("note", "matches", ""), "ann bob cid dee"),
    ("not_matches finds null", leaf("mail", "not_matches", "@"), "cid eve"),
    ("empty is zero-length", leaf("note", "is_empty"), "cid"),
    ("null is not empty, nor not empty", leaf("note", "is_not_empty"), "ann bob dee"),
    ("a set can be empty", leaf("tags", "is_empty"), "cid"),
    ("or not", leaf("tags", "is_not_empty"), "ann bob dee"),
    ("exactly these members", leaf("tags", "is_exactly", ["b", "a", "a"]), "ann"),
    ("exactly none", leaf("tags", "is_exactly", []), "cid"),
    ("a member nobody has", leaf("tags", "is_exactly", ["a", "z"]), ""),
    ("size is a number of members", leaf("tags", "size_is", 2), "ann"),
    ("null has no size", leaf("tags", "size_lt", 2), "bob cid"),
    ("more than", leaf("tags", "size_gt", 1), "ann dee"),
    ("at least", leaf("tags", "size_gte", 1), "ann bob dee"),
    ("at most", leaf("tags", "size_lte", "1.5"), "bob cid"),
    ("no set has half a member", leaf("tags", "size_is", Decimal("1.5")), ""),
    ("every set has 0 or more", leaf("tags", "size_gte", 0), "ann bob cid dee"),
    ("decimals of two scales", leaf("spent", "is", value_field="limit"), "ann"),
    ("their order", leaf("spent", "gt", value_field="limit"), "bob"),
    ("turned around", leaf("limit", "gte", value_field="spent"), "ann cid"),
    ("an int and a double, exactly", leaf("orders", "gt", value_field="score"), "ann bob"),
    ("minus zero is zero here too", leaf("orders", "is", value_field="score"), "cid dee"),
    ("null on the other side is null", leaf("spent", "is_not", value_field="limit"),
     "bob cid dee eve"),
    ("and left out when told", leaf("spent", "is_not", value_field="limit", **NO_NULLS),
     "bob cid"),
    ("two bools", leaf("vip", "is", value_field="asked"), "ann"),
    ("two texts", leaf("mail", "lt", value_field="note"), "bob"),
    ("equal without regard to case", leaf("mail", "is", value_field="note", **LOWER), "cid"),
    ("a date is its local midnight", leaf("born", "is", value_field="seen"), "ann bob"),
    ("or that of another zone", leaf("born", "gt", value_field="seen", tz="UTC"), "ann bob dee"),
    ("a time before a date", leaf("seen", "lt", value_field="born"), "dee"),
    ("a field with itself", leaf("orders", "gte", value_field="orders"), "ann bob cid dee"),
    ("the key with a field", leaf("_key", "lt", value_field="mail"), "ann dee"),
    ("the key can be searched", leaf("_key", "contains", ["e", "b"]), "bob dee eve"),
    ("by its name, without case", leaf("id", "ends_with", "B", **LOWER), "bob"),
    ("by a pattern", leaf("_key", "matches", "^[a-c]"), "ann bob cid"),
    ("everybody is in a full sample", leaf("_key", "sample", {"from": 0, "to": 100, "salt": "x"}),
     EVERYBODY),
    ("nobody in an empty one", leaf("_key", "sample", {"from": 30, "to": 30, "salt": "x"}), ""),
    ("nor in one that is turned around", leaf("_key", "sample", {"from": 60, "to": 40}), ""),
    ("the first half of a draw", leaf("_key", "sample", {"from": 0, "to": 50, "salt": ""}),
     "ann bob dee eve"),
    ("the other half", leaf("_key", "sample", {"from": 50, "to": 100}), "cid"),
    ("another salt draws others", leaf("id", "sample", {"from": 0, "to": 50, "salt": "b"}),
     "cid"),
)  # fmt: skip


@pytest.fixture(scope="module")
async def buyers() -> AsyncIterator[Evaluator]:
    """An evaluator over the buyers."""
    index = await index_of(World(Asked(SCHEMA, NOW), ROWS))
    yield evaluator_over(index, NOW)
    await index.close()


@pytest.mark.parametrize(("condition", "found"), [r[1:] for r in RULES], ids=[r[0] for r in RULES])
async def test_a_condition_finds_whom_it_says(
    buyers: Evaluator, condition: dict[str, Any], found: str
) -> None:
    """Each row of the table is a sentence of CONDITIONS.md."""
    decoded = decode_json(to_json(condition), JSON_BYTES_MAX)

    page = await buyers.members(BUYERS, decoded, fields=[], limit=MEMBERS_MAX)

    assert found.split() == [record.key for record in page.records]
