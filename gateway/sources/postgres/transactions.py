"""From the plugin's messages to events, transaction by transaction. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.sources.api import BATCH_EVENTS_MAX, Batch, Event, Op, Row
from gateway.sources.postgres.messages import (
    UNCHANGED,
    Begin,
    Commit,
    Delete,
    Insert,
    Message,
    Other,
    Relation,
    Truncate,
    Tuple,
    Update,
)
from gateway.sources.postgres.position import Position
from gateway.sources.postgres.types import ColumnForm, fields_of
from indexer.model.schema import Field

BATCH_FULL = 1_000
"""Whole transactions are put together until their events are so many."""

FormOf = Callable[[str, int, int], ColumnForm]
"""A column's form by its name, type and modifier."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A table that is followed. ``key`` is its primary key, if it has one."""

    asked: str
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    """A table as its last Relation message described it."""

    table: Followed
    forms: tuple[ColumnForm, ...]
    columns: Mapping[str, Field]
    identity: tuple[int, ...]
    """Places of the columns that an old row tells."""


@dataclass(slots=True)
class Transactions:
    """Collects messages; ``take`` them in order, and ``give`` a batch whenever there is one.

    ``position`` is where the stream was left: what it includes of the first transaction is not
    given again.
    """

    tables: Mapping[tuple[str, str], Followed]
    form_of: FormOf
    position: Position
    _shapes: dict[int, _Shape | None] = field(default_factory=dict)
    _events: list[Event] = field(default_factory=list)
    _given: int = 0
    _skip: int = 0
    _at_us: int | None = None
    _open: bool = False

    def __post_init__(self) -> None:
        self._skip = self.position.part

    @property
    def ripe(self) -> bool:
        """Whether a batch must be taken before the next message."""
        full = BATCH_FULL if not self._open else BATCH_EVENTS_MAX
        return len(self._events) >= full

    @property
    def between(self) -> bool:
        """Whether no transaction is open."""
        return not self._open

    @property
    def holds(self) -> bool:
        """Whether there is something to give."""
        return bool(self._events)

    def give(self) -> Batch:
        """What was collected, and how far that is."""
        batch = Batch(self.position.text(), self._events)
        self._events = []
        return batch

    def take(self, message: Message) -> None:
        """The next message."""
        match message:
            case Begin():
                self._open, self._at_us, self._given = True, message.at_us, 0
            case Commit():
                self._open, self._skip = False, 0
                self.position = Position(self.position.copy, 0, message.end_lsn)
            case Relation():
                self._shapes[message.oid] = self._shape(message)
            case Insert():
                self._upsert(message.relation, message.new, None)
            case Update():
                self._upsert(message.relation, message.new, message.old)
            case Delete():
                self._delete(message.relation, message.old)
            case Truncate():
                self._truncate(message.relations)
            case Other():
                pass

    def _shape(self, relation: Relation) -> _Shape | None:
        table = self.tables.get((relation.schema, relation.name))
        if table is None:
            return None
        forms = tuple(
            self.form_of(column.name, column.type_oid, column.modifier)
            for column in relation.columns
        )
        identity = tuple(place for place, one in enumerate(relation.columns) if one.in_key)
        if relation.identity == "f":
            identity = tuple(range(len(forms)))
        return _Shape(table, forms, fields_of(forms), identity)

    def _upsert(self, relation: int, new: Tuple, old: Tuple | None) -> None:
        shape = self._shapes.get(relation)
        if shape is None:
            return
        values, kept = _values(shape, new)
        told = {} if old is None else _old(shape, old)
        # What is stored beside a row and part of a full identity is known from the old row.
        known = {name: told[name] for name in kept if name in told}
        self._add(Event(
            shape.table.asked, Op.UPSERT, key=_key(shape, {**values, **known}),
            values={**values, **known}, kept=frozenset(kept - known.keys()), old=told,
            at_us=self._at_us, columns=shape.columns,
        ))  # fmt: skip

    def _delete(self, relation: int, old: Tuple) -> None:
        shape = self._shapes.get(relation)
        if shape is None:
            return
        told = _old(shape, old)
        key = _key(shape, told)
        # Nothing but the key is no picture of the row: a record of another key can't be found.
        self._add(Event(
            shape.table.asked, Op.DELETE, key=key, old={} if told == key else told,
            at_us=self._at_us, columns=shape.columns,
        ))  # fmt: skip

    def _truncate(self, relations: tuple[int, ...]) -> None:
        for relation in relations:
            shape = self._shapes.get(relation)
            if shape is not None:
                self._add(Event(shape.table.asked, Op.TRUNCATE, at_us=self._at_us))

    def _add(self, event: Event) -> None:
        """Collect an event, unless it is of the part that was applied before a restart."""
        self._given += 1
        if self._given <= self._skip:
            return
        self._events.append(event)
        if len(self._events) >= BATCH_EVENTS_MAX:
            self.position = Position(self.position.copy, 0, self.position.lsn, self._given)


def _values(shape: _Shape, cells: Tuple) -> tuple[dict[str, object], set[str]]:
    """The values of the columns that have a field, and those that are kept unsaid."""
    values: dict[str, object] = {}
    kept = set()
    for form, cell in zip(shape.forms, cells, strict=True):
        if form.field is None:
            continue
        if isinstance(cell, bytes):
            values[form.name] = form.read(cell.decode())
        elif cell is None:
            values[form.name] = None
        else:
            kept.add(form.name)
    return values, kept


def _old(shape: _Shape, cells: Tuple) -> Row:
    """The values of the identity of what a row was."""
    row: dict[str, object] = {}
    for place in shape.identity:
        form, cell = shape.forms[place], cells[place]
        if form.field is not None and cell is not UNCHANGED:
            row[form.name] = form.read(cell.decode()) if isinstance(cell, bytes) else None
    return row


def _key(shape: _Shape, row: Mapping[str, object]) -> Row:
    return {name: row[name] for name in shape.table.key if name in row}
