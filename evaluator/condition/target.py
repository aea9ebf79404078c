"""What the literals of a leaf are compared with: a field, and zones that give times a meaning."""

from zoneinfo import ZoneInfo

import msgspec

from evaluator.condition.local_time import LocalTime, zone_named
from indexer.model.ids import KEY_FIELD
from indexer.model.schema import Field, Schema

UTC_NAME = "UTC"


class Target(msgspec.Struct, frozen=True):
    """A field and two zones: ``local`` for bare dates, ``home`` for instants without a zone.

    ``undecided`` is a key whose type no record has decided yet.
    """

    field: Field
    local: LocalTime
    home: LocalTime
    undecided: bool


def home_of(schema: Schema) -> LocalTime:
    """The dataset's zone, else UTC."""
    return LocalTime(ZoneInfo(schema.time_zone or UTC_NAME))


def target_of(field: Field, zone: str | None, schema: Schema, home: LocalTime) -> Target | None:
    """The target of a leaf on ``field`` that names ``zone``; None if there is no such zone."""
    undecided = is_undecided(field, schema)
    if zone is None:
        return Target(field, home, home, undecided)
    named = zone_named(zone)
    return None if named is None else Target(field, LocalTime(named), home, undecided)


def is_undecided(field: Field, schema: Schema) -> bool:
    """Whether this is a key whose type no record has decided yet."""
    return field.name == KEY_FIELD and schema.key_type is None
