"""Events of one dataset's table made into changes, each held against the schema.

No I/O. Keeps the window of orders from batch to batch.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evaluator.changes.fitting import Fitting, fit_key_of, fitting_of
from evaluator.changes.values import Unfit
from gateway.sources.api import Event, Op, Refused
from gateway.sources.window import Stamp, Window
from indexer.model.ids import KEY_FIELD, FieldName, RecordKey
from indexer.model.record import Change, Delete, Upsert, Value
from indexer.model.schema import Field, FieldType, Schema

FitsField = Callable[[Field, object], object]
"""``Stream.fit``."""


@dataclass(slots=True)
class Translated:
    """The changes to apply, in order, and what was left out.

    ``spared`` is not None where the dataset is to be emptied before the changes, but for these.
    """

    changes: list[Change] = field(default_factory=list)
    spared: frozenset[RecordKey] | None = None
    refused: list[Refused] = field(default_factory=list)
    late: int = 0


class Translation:
    """Makes the changes of one dataset, whose schema may grow."""

    def __init__(self, schema: Schema, window: Window) -> None:
        assert schema.key is not None, schema.name
        self._window = window
        self._rows_name_keys = False
        self.take(schema)

    def take(self, schema: Schema) -> None:
        """Go on with this schema. Free if it is the one it has."""
        if getattr(self, "_schema", None) == schema:
            return
        self._schema = schema
        self._fitting: Fitting = fitting_of(schema)
        self._fields: Mapping[str, Field] = {each.name: each for each in schema.columns}

    @property
    def schema(self) -> Schema:
        """The schema it has."""
        return self._schema

    def unknown_columns(self, events: Iterable[Event]) -> dict[str, Event]:
        """Columns that are no fields, each with an event that has it."""
        found: dict[str, Event] = {}
        for event in events:
            for name in event.values.keys() - self._fields.keys():
                if name != self._schema.key:
                    found.setdefault(name, event)
        return found

    def changes(self, events: Sequence[Event], fit: FitsField) -> Translated:
        """What the events come to. Cost: some microseconds a value."""
        made = Translated()
        for event in events:
            try:
                match event.op:
                    case Op.UPSERT:
                        self._upsert(event, fit, made)
                    case Op.DELETE:
                        key = self._key(self._raw_key_of_gone(event), fit)
                        self._delete(key, event, made)
                    case Op.TRUNCATE:
                        made.changes.clear()
                        made.spared = self._window.empty(_stamp(event))
            except Unfit as unfit:
                refused = Refused(event.table, unfit.code, unfit.message, event.place)
                made.refused.append(refused)
        return made

    def _upsert(self, event: Event, fit: FitsField, made: Translated) -> None:
        key = self._key(self._raw_key(event), fit)
        values: dict[FieldName, Value] = {}
        for name, value in event.values.items():
            known = self._fields.get(name)
            if known is not None:
                fitted = None if value is None else fit(known, value)
                values[known.name] = self._fitting.fits[known.name](fitted)
        before = event.old.get(str(self._schema.key))
        if before is not None and (old := self._key(before, fit)) != key:
            self._delete(old, event, made)
        kept = event.kept & self._fields.keys()
        allowed = self._window.upsert(key, _stamp(event), values.keys(), kept)
        if allowed is None:
            made.late += 1
        elif len(allowed) == len(values):
            made.changes.append(Upsert(key, values))
        else:
            names = [FieldName(name) for name in allowed]
            made.changes.append(Upsert(key, {name: values[name] for name in names}))

    def _delete(self, key: RecordKey, event: Event, made: Translated) -> None:
        if self._window.delete(key, _stamp(event)):
            made.changes.append(Delete(key))
        else:
            made.late += 1

    def _key(self, raw: object, fit: FitsField) -> RecordKey:
        key_type = self._schema.key_type
        if raw is None:
            raise _no_key(self._schema)
        if key_type is None:
            key_type = FieldType.KEYWORD if isinstance(raw, str) else FieldType.INT
            self.take(_with_key_type(self._schema, key_type))
        return fit_key_of(key_type)(fit(Field(KEY_FIELD, key_type), raw))

    def _raw_key(self, event: Event) -> object:
        name = str(self._schema.key)
        if name in event.key:
            return event.key[name]
        if name in event.values:
            self._rows_name_keys = True
            return event.values[name]
        return _alone(event, self._schema)

    def _raw_key_of_gone(self, event: Event) -> object:
        name = str(self._schema.key)
        if name in event.key:
            return event.key[name]
        if name in event.old:
            return event.old[name]
        if not event.old and (self._rows_name_keys or name in event.columns):
            raise _no_key(self._schema)
        return _alone(event, self._schema)


def _alone(event: Event, schema: Schema) -> object:
    """The table's own key under another name; several columns are joined into one text."""
    if not event.key:
        raise _no_key(schema)
    if len(event.key) == 1:
        return next(iter(event.key.values()))
    parts = event.key.values()
    if not all(isinstance(part, str | int) for part in parts):
        raise _no_key(schema)
    return "|".join(str(part).replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def _no_key(schema: Schema) -> Unfit:
    return Unfit("no_key", f"the row does not say its '{schema.key}'")


def _with_key_type(schema: Schema, key_type: FieldType) -> Schema:
    return Schema(
        schema.name, schema.key, key_type, schema.fields, schema.links, schema.time_zone,
        schema.clock_offset_s,
    )  # fmt: skip


def _stamp(event: Event) -> Stamp:
    return Stamp(event.order, event.lineage, event.at_us)
