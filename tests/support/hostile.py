"""Good bodies of every kind, and what becomes of them in bad hands. Chance comes from a dice."""

import json
import random
from collections.abc import Mapping
from typing import Any

Json = Any

CALIFORNIA = {"field": "state", "op": "is", "value": "CA"}
WEEK = {"amount": 7, "unit": "day"}
LEAVES: tuple[Mapping[str, Json], ...] = (
    {"field": "state", "op": "in", "value": ["CA", "NY"], "nulls": "exclude"},
    {"field": "state", "op": "contains", "value": ["c"], "case_sensitive": False},
    {"field": "state", "op": "matches", "value": "(C|N)[A-Y]+$"},
    {"field": "state", "op": "is", "value_field": "tags"},
    {"field": "spent", "op": "between", "value": ["1.5", 30]},
    {"field": "score", "op": "gt", "value": 1e3},
    {"field": "tags", "op": "has_any", "value": ["a", "b"]},
    {"field": "tags", "op": "size_gte", "value": 2},
    {"field": "born", "op": "before", "value": "2000-02-29"},
    {"field": "born", "op": "anniversary_in_next", "value": WEEK, "calendar": True},
    {"field": "seen", "op": "in_last", "value": {"amount": 2, "unit": "month"}, "tz": "Asia/Tokyo"},
    {"field": "seen", "op": "in_next", "value": {"amount": 1, "unit": "week"}, "calendar": True},
    {"field": "seen", "op": "more_than_ago", "value": WEEK},
    {"field": "seen", "op": "between_ago", "value": {"from": 30, "to": 7, "unit": "day"}},
    {"field": "seen", "op": "on", "value": "2025-05-30"},
    {"field": "seen", "op": "weekday_in", "value": ["mon", "sun"]},
    {"field": "seen", "op": "hour_between", "value": [22, 6]},
    {"field": "seen", "op": "this", "value": "quarter"},
    {"field": "_key", "op": "gte", "value": 2},
    {"op": "sample", "value": {"percent": 12.5, "salt": "x"}},
)
"""One of every shape; an operator of another name is just one more thing that may be wrong."""
RELATED: tuple[Mapping[str, Json], ...] = (
    {"related": "purchases", "via": "person", "count": {"op": "gte", "value": 2}},
    {
        "related": "purchases", "where": {"field": "price", "op": "gt", "value": 5},
        "aggregate": {"fn": "sum", "field": "price"}, "op": "gt", "value": "10.5",
    },
    {
        "related": "purchases", "aggregate": {"fn": "last", "field": "price", "order_by": "at"},
        "op": "lte", "value": 9,
    },
    {
        "related": "purchases", "order_by": "at",
        "sequence": [
            {"where": {"field": "price", "op": "gt", "value": 1}},
            {"where": {"all": []}, "within": WEEK, "absent": True},
        ],
    },
    {"related": "purchases", "where": {"related": "people", "where": CALIFORNIA}},
)  # fmt: skip
CONDITIONS: tuple[Json, ...] = (
    *LEAVES,
    *RELATED,
    {"segment": "sg_west"},
    {"segment": "sg_west", "version": 1},
    {"all": [CALIFORNIA, {"not": {"any": [LEAVES[4], LEAVES[10]]}}, {"muted": True, **LEAVES[6]}]},
    {"any": [RELATED[0], {"segment": "sg_west"}, {"not": RELATED[3]}]},
)
FORMULAS = (
    "spent / 3 + coalesce(score, 0)",
    "if(spent >= 100, 'gold', if(is_null(spent), 'none', upper(state) || '!'))",
    "days_between(born, date_trunc('month', seen)) % 7",
    "count(purchases) + sum(purchases.price)",
    "substr(state, 1, 1) in ('C', 'N') and not starts_with(state, 'NY')",
)
NASTY: tuple[Json, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 2**64, 10**300, 10**4_000, 0.5, 1e308,
    -0.0, float("nan"), float("inf"), "", " ", "a" * 5_000, "\0", "\ud800", "\u202eabc",
    "\U0001f600", "e\u0301", "0001-01-01", "9999-12-31T23:59:59Z", "2025-02-31", "2025-03-30T02:30",
    "(a+)+$", "((a{1000}){1000}){10}", "[", "../../etc", "Nowhere/Land", [], [[]], {}, {"all": []},
    {"not": {}}, [None], {"": ""}, {"amount": 10**9, "unit": "day"}, {"amount": -1, "unit": "year"},
    {"from": 0, "to": 10**12, "unit": "hour"}, "1/0", "((((1))))", "sum(purchases.purchases)",
)  # fmt: skip
DEEP = 120


def mutated(body: Json, dice: random.Random) -> bytes:
    """The body as JSON, with one or two things changed in its parts, or in its bytes."""
    body = json.loads(json.dumps(body))
    for _ in range(dice.randint(1, 2)):
        body = _changed(body, dice)
    data = json.dumps(body, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    while dice.random() < 0.15:
        data = _torn(data, dice)
    return data


def _changed(body: Json, dice: random.Random) -> Json:
    """Walk to some part of it, and put something else there."""
    if isinstance(body, dict) and body and dice.random() < 0.8:
        key = dice.choice(list(body))
        match dice.randrange(8):
            case 0:
                del body[key]
            case 1:
                body[dice.choice(["op", "field", "value", "all", "related", key.upper(), ""])] = (
                    body[key]
                )
            case 2:
                other = dice.choice(list(body))
                body[other] = body.pop(key)
            case _:
                body[key] = _changed(body[key], dice)
        return body
    if isinstance(body, list) and body and dice.random() < 0.8:
        place = dice.randrange(len(body))
        match dice.randrange(6):
            case 0:
                del body[place]
            case 1:
                body += [body[place]] * dice.choice([1, 2, 300])
            case _:
                body[place] = _changed(body[place], dice)
        return body
    match dice.randrange(6):
        case 0:
            return [body]
        case 1:
            for _ in range(dice.choice([2, 33, DEEP])):
                body = {dice.choice(["not", "where"]): body}
            return body
        case 2:
            return json.loads(json.dumps(dice.choice(CONDITIONS)))
        case _:
            return dice.choice(NASTY)


def _torn(data: bytes, dice: random.Random) -> bytes:
    """One place of the bytes: others there, fewer, more, or the same again."""
    place = dice.randrange(len(data) + 1)
    match dice.randrange(4):
        case 0:
            return data[:place]
        case 1:
            return data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]
        case 2:
            return (
                data[:place] + dice.choice([b"{", b"[", b'"', b",", b"\xff", b"1e"]) + data[place:]
            )
        case _:
            return data[:place] + data[dice.randrange(len(data) + 1) :]
