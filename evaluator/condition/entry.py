"""What an entry of the operator table says. The entries themselves stand in ``operators``."""

from dataclasses import dataclass
from enum import StrEnum

from indexer.model.schema import FieldType


class ValueShape(StrEnum):
    """What stands under ``"value"``."""

    ONE = "one"
    LIST = "list"
    RANGE = "range"
    NONE = "none"
    WINDOW = "window"
    AGO_SPAN = "ago_span"
    PERIOD = "period"
    ANNIVERSARY = "anniversary"
    WEEKDAYS = "weekdays"
    HOURS = "hours"
    SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator of CONDITIONS.md.

    ``english`` is its sentence with ``{}`` for the value; ``english_one`` is used instead for a
    list of one value, ``english_time`` for dates and timestamps, ``english_instant`` for a value
    that is an instant and no bare date. ``joiner`` stands before the last of several values.
    ``literal`` is the type of its values where it is not the field's. ``takes_one``: a value
    alone stands for a list of it. ``folds``: ``case_sensitive`` may be said of text.
    ``is_pattern``: the value is a pattern, not a text. ``compares_fields``: ``value_field`` may
    stand for ``value``. ``whole_day``: a bare date means the whole local day, not its midnight.
    ``of_key``: for the record key only, whatever its type; ``types`` is empty then, so that no
    menu offers it for a field.
    """

    key: str
    label: str
    help: str
    types: tuple[FieldType, ...]
    value: ValueShape
    english: str
    english_one: str = ""
    english_time: str = ""
    english_instant: str = ""
    joiner: str = "or"
    negates: str | None = None
    literal: FieldType | None = None
    takes_one: bool = False
    folds: bool = False
    is_pattern: bool = False
    compares_fields: bool = False
    whole_day: bool = False
    of_key: bool = False

    @property
    def negative(self) -> bool:
        """Holds for records with no value, too."""
        return self.negates is not None

    @property
    def may_exclude_nulls(self) -> bool:
        """Whether ``"nulls": "exclude"`` makes sense: negative, and about a value."""
        return self.negative and self.value is not ValueShape.NONE

    @property
    def options(self) -> tuple[str, ...]:
        """The keys beside ``value`` that may be said with it, for some field at least."""
        said = {
            "case_sensitive": self.folds,
            "nulls": self.may_exclude_nulls,
            "value_field": self.compares_fields,
            "tz": self.value is not ValueShape.NONE and bool({*self.types} & {*TIMES}),
            "calendar": self.value in CALENDAR_SHAPES,
        }
        return tuple(key for key, is_meant in said.items() if is_meant)


CALENDAR_SHAPES = frozenset({ValueShape.WINDOW, ValueShape.AGO_SPAN})
"""Shapes of values that may be counted in whole units of the calendar."""

ANY_TYPE = tuple(FieldType)
SETS = (FieldType.SET,)
SINGLE = tuple(kind for kind in FieldType if kind is not FieldType.SET)
TEXTS = (FieldType.KEYWORD, FieldType.TEXT)
TIMES = (FieldType.DATE, FieldType.TIMESTAMP)
ORDERED = (FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT, *TIMES, FieldType.KEYWORD)
