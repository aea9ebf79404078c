"""Customers, their accounts and purchases: schemas whose links go both ways, for conditions."""

from typing import Any

from evaluator.condition.language import Compiled, Surroundings, compile_condition, describe, read
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.plan.nodes import EVERYTHING, Plan
from indexer.plan.program import program_of, to_bytes
from tests.evaluator.condition import asking
from tests.evaluator.condition.asking import LIMITS, NOW

Json = Any

BERLIN = "Europe/Berlin"


def field(name: str, kind: FieldType, scale: int = 0) -> Field:
    """A field without a label."""
    return Field(FieldName(name), kind, scale=scale)


def link(name: str, to: str) -> Link:
    """A link by the field of its name."""
    return Link(name, FieldName(name), DatasetName(to))


def dataset(name: str, fields: tuple[Field, ...], links: tuple[Link, ...], zone: str) -> Schema:
    """A dataset keyed by ints."""
    key = field("id", FieldType.INT)
    return Schema(DatasetName(name), key.name, FieldType.INT, (key, *fields), links, zone)


ACCOUNTS = dataset("accounts", (field("plan", FieldType.KEYWORD),), (), "UTC")
CUSTOMERS = dataset(
    "customers",
    (
        field("state", FieldType.KEYWORD),
        field("account_id", FieldType.INT),
        field("boss", FieldType.INT),
    ),
    (link("account_id", "accounts"), link("boss", "customers")),
    "UTC",
)
PURCHASES = dataset(
    "purchases",
    (
        field("customer_id", FieldType.INT),
        field("amount", FieldType.DECIMAL, 2),
        field("quantity", FieldType.INT),
        field("score", FieldType.FLOAT),
        field("paid", FieldType.BOOL),
        field("kind", FieldType.KEYWORD),
        field("remark", FieldType.TEXT),
        field("tags", FieldType.SET),
        field("day", FieldType.DATE),
        field("at", FieldType.TIMESTAMP),
    ),
    (link("customer_id", "customers"),),
    BERLIN,
)
GIFTS = dataset(
    "gifts",
    (field("giver", FieldType.INT), field("taker", FieldType.INT)),
    (link("giver", "customers"), link("taker", "customers")),
    "UTC",
)
AROUND = Surroundings({each.name: each for each in (ACCOUNTS, CUSTOMERS, PURCHASES, GIFTS)})


def purchases(**keys: Json) -> Json:
    """A condition on related purchases."""
    return {"related": "purchases", **keys}


def function(fn: str, name: str, op: str, value: Json, **keys: Json) -> Json:
    """A condition on an aggregate of purchases."""
    return purchases(aggregate={"fn": fn, "field": name, **keys}, op=op, value=value)


def found(condition: Json, over: Schema = CUSTOMERS) -> list[tuple[str, str]]:
    """The codes and paths of a condition's problems."""
    return asking.found(condition, over, around=AROUND)


def messages(condition: Json, over: Schema = CUSTOMERS) -> list[str]:
    """What its problems say."""
    return asking.messages(condition, over, around=AROUND)


def compiled(condition: Json, over: Schema = CUSTOMERS) -> Compiled:
    """What a valid condition compiles to."""
    return compile_condition(read(condition, over, LIMITS, AROUND), over, NOW, AROUND)


def plan_of(condition: Json, over: Schema = CUSTOMERS) -> Plan:
    """The plan of a valid condition."""
    return compiled(condition, over).plan


def english(condition: Json, over: Schema = CUSTOMERS) -> str:
    """A valid condition in words."""
    return describe(read(condition, over, LIMITS, AROUND).condition, over, AROUND)


def program(plan: Plan = EVERYTHING) -> bytes:
    """A plan over related records as lookups hold it."""
    return to_bytes(program_of([plan]))
