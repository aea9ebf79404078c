"""Random histories of a table, what they leave behind, and the ways in which they may arrive."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from gateway.sources.api import Event, Op

COLUMNS = ("state", "city", "note")
VALUES = ("a", "b", "c", None)
KEYS = (1, 2, 3)
MOVES_MAX = 4
"""How far an entry may slip."""

Rows = dict[int, dict[str, object]]


@st.composite
def histories(draw: st.DrawFn, *, table: str = "people", most: int = 30) -> list[Event]:
    """Changes as a database makes them, in order: rows are made, changed, removed, made again.

    A change may leave out columns that it did not touch.
    """
    rows: Rows = {}
    events: list[Event] = []
    steps = st.tuples(st.sampled_from(KEYS), st.sampled_from(["put", "put", "put", "remove"]))
    for number, (key, what) in enumerate(draw(st.lists(steps, max_size=most)), start=1):
        if key in rows and what == "remove":
            del rows[key]
            events.append(_event(table, Op.DELETE, key, {}, frozenset(), number))
            continue
        known = key in rows
        values: dict[str, object] = {column: draw(st.sampled_from(VALUES)) for column in COLUMNS}
        kept = frozenset(draw(st.sets(st.sampled_from(COLUMNS)))) if known else frozenset()
        told = {column: value for column, value in values.items() if column not in kept}
        rows[key] = {**rows.get(key, {}), **told}
        events.append(_event(table, Op.UPSERT, key, told, kept, number))
    return events


def outcome(events: Sequence[Event]) -> Rows:
    """The rows that a history leaves, read in its order."""
    rows: Rows = {}
    for event in events:
        key = event.key["id"]
        assert isinstance(key, int), key
        if event.op is Op.DELETE:
            rows.pop(key, None)
        else:
            told = {name: value for name, value in event.values.items() if name in COLUMNS}
            rows[key] = {**rows.get(key, dict.fromkeys(COLUMNS)), **told}
    return rows


@st.composite
def arrivals(draw: st.DrawFn, events: Sequence[Event]) -> list[Event]:
    """The same events, some of them later than they should be and some of them twice."""
    places = [
        (number + draw(st.integers(0, MOVES_MAX)), number, event)
        for number, event in enumerate(events)
    ]
    again = draw(st.lists(st.sampled_from(places), max_size=5)) if places else []
    places += [(place + MOVES_MAX, number, event) for place, number, event in again]
    return [event for _, _, event in sorted(places, key=lambda each: each[:2])]


def _event(
    table: str, op: Op, key: int, values: Mapping[str, object], kept: frozenset[str], number: int
) -> Event:
    told = {"id": key, **values} if op is Op.UPSERT else {}
    return Event(table, op, {"id": key}, told, kept, order=(number,), at_us=number)
