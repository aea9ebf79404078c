"""Worlds of several datasets that link to each other, itself included, and conditions over them.

Few keys, dangling and null links, records that moved or are gone, values that collide: an index
must show no trace of what was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.support.conditions import Palette
from tests.support.dice import Dice, one_in
from tests.support.oracle import KEY, Asked, Row, Value
from tests.support.oracle_related import Datasets
from tests.support.random_related import random_related
from tests.support.strategies import NOW, VALUES, World

Json = Any

HOPS = 3
CUSTOMERS, PURCHASES, ACCOUNTS = "customers", "purchases", "accounts"
ZONES = ("UTC", "Europe/Berlin", "America/New_York")
SIZES = {ACCOUNTS: 4, CUSTOMERS: 9, PURCHASES: 26}
TYPES: Mapping[str, str] = {
    "active": "bool", "orders": "int", "spent": "decimal", "score": "float", "born": "date",
    "seen": "timestamp", "state": "keyword", "about": "text", "tags": "set",
}  # fmt: skip
FIELDS: Mapping[str, tuple[str, ...]] = {
    ACCOUNTS: ("active", "orders", "state"),
    CUSTOMERS: ("orders", "seen", "state"),
    PURCHASES: tuple(TYPES),
}
LINKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    ACCOUNTS: (),
    CUSTOMERS: (("account", ACCOUNTS), ("boss", CUSTOMERS)),
    PURCHASES: (("buyer", CUSTOMERS), ("payer", CUSTOMERS)),
}
POOL = 5
"""So few values of a field occur in one world, so that they collide."""


@dataclass(frozen=True, slots=True)
class LinkedWorlds:
    """The datasets, each as its own world, those that are linked to first."""

    worlds: tuple[World, ...]

    @property
    def datasets(self) -> Datasets:
        """All of them, for the oracle."""
        named = {world.schema["name"]: world for world in self.worlds}
        return Datasets(
            {name: world.schema for name, world in named.items()},
            {name: world.rows for name, world in named.items()},
            NOW,
        )

    def palette(self, name: str, hops: int = HOPS) -> Palette:
        """Literals of one of them, and conditions on records related with its own."""
        datasets = self.datasets
        palette = Palette(datasets.schemas[name], datasets.rows[name])
        if hops:
            further = {other: self.palette(other, hops - 1) for other in datasets.schemas}
            palette.related = partial(random_related, schemas=datasets.schemas, base=name,
                                      palettes=further)  # fmt: skip
        return palette


def linked_worlds(dice: Dice) -> LinkedWorlds:
    """Accounts, customers and purchases, keyed by ints or by texts."""
    schemas = {name: _schema(dice, name) for name in LINKS}
    keys = {
        name: [f"k{place}" if _type(schemas[name], "id") == "keyword" else place
               for place in range(1, dice.number(1, SIZES[name]) + 1)]
        for name in LINKS
    }  # fmt: skip
    for name, links in LINKS.items():
        for field, to in links:
            schemas[name]["fields"].append({"name": field, "type": _type(schemas[to], "id")})
    worlds = [_world(dice, schemas[name], keys) for name in (ACCOUNTS, CUSTOMERS, PURCHASES)]
    return LinkedWorlds(tuple(worlds))


def _schema(dice: Dice, name: str) -> Json:
    fields: list[Json] = [{"name": "id", "type": dice.pick(("int", "keyword"))}]
    fields += [
        {"name": field, "type": TYPES[field], "scale": 2 if field == "spent" else 0}
        for field in FIELDS[name]
    ]
    links = [{"name": field, "field": field, "to": to} for field, to in LINKS[name]]
    zone = dice.pick(ZONES)
    return {"name": name, "key": "id", "fields": fields, "links": links, "time_zone": zone}


def _type(schema: Json, field: str) -> str:
    return next(str(each["type"]) for each in schema["fields"] if each["name"] == field)


def _world(dice: Dice, schema: Json, keys: Mapping[str, Sequence[Value]]) -> World:
    name = schema["name"]
    pools: dict[str, list[Value]] = {
        field: [None, *(dice.pick(VALUES[field]) for _ in range(POOL))] for field in FIELDS[name]
    }
    for field, to in LINKS[name]:
        # One that is nobody's key dangles.
        nobody: Value = "nobody" if isinstance(keys[to][0], str) else 99
        pools[field] = [None, nobody, *keys[to], *keys[to]]

    def row(key: Value) -> Row:
        return {KEY: key, **{field: dice.pick(pool) for field, pool in pools.items()}}

    rows = [row(key) for key in keys[name]]
    removed = [each for each in rows[1:] if one_in(dice, 6)]
    kept = [each for each in rows if each not in removed]
    former = [row(each[KEY]) for each in kept if one_in(dice, 5)]
    return World(Asked(schema, NOW), tuple(kept), tuple(former), tuple(removed))
