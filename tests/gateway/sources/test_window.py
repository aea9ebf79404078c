"""Changes that arrive late or twice: the newest of a key decides, value by value."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.sources.api import BEFORE_ALL, Event
from gateway.sources.translation import Translation
from gateway.sources.window import Stamp, Window
from indexer.model.ids import DatasetName, FieldName
from indexer.model.record import Upsert
from indexer.model.schema import Field, FieldType, Schema
from tests.support.histories import COLUMNS, Rows, arrivals, histories, outcome

PEOPLE = Schema(
    DatasetName("people"),
    FieldName("id"),
    FieldType.INT,
    tuple(Field(FieldName(name), FieldType.KEYWORD) for name in COLUMNS),
)


@given(data=st.data())
def test_what_arrives_late_or_twice_changes_nothing(data: st.DataObject) -> None:
    """As if every change had come once and in its order, also where columns were left out."""
    history = data.draw(histories())
    arrived = data.draw(arrivals(history))

    assert outcome(history) == _applied(arrived)


@given(data=st.data())
def test_a_window_read_back_is_as_good_as_one_that_was_kept(data: st.DataObject) -> None:
    """A restart between any two events: what was applied shortly before is read again first."""
    history = data.draw(histories())
    arrived = data.draw(arrivals(history))
    cut = data.draw(st.integers(0, len(arrived)))

    whole = _applied(arrived)

    assert whole == _applied(arrived[cut:], before=_applied(arrived[:cut]), recent=arrived[:cut])


def test_a_row_of_the_snapshot_never_wins() -> None:
    """It says what was there before; a change that came first stays."""
    window = Window()
    window.upsert(1, Stamp((500,), "server 1", 7), ["state"], ["note"])

    late = window.upsert(1, Stamp(BEFORE_ALL), ["state", "note"], [])

    assert ["note"] == late


def test_a_row_of_the_snapshot_loses_to_any_change() -> None:
    """Though the log's position was noted after the change was."""
    window = Window()
    window.upsert(1, Stamp(BEFORE_ALL), ["state"], [])

    assert ["state"] == window.upsert(1, Stamp((3,)), ["state"], [])


def test_orders_of_two_logs_say_nothing_of_each_other() -> None:
    """After a failover another server's log begins with small numbers."""
    window = Window()
    window.upsert(1, Stamp((42, 900), "server 1", 10), ["state"], [])

    assert ["state"] == window.upsert(1, Stamp((1, 4), "server 2", 11), ["state"], [])


def test_a_log_that_begins_anew_goes_on_with_its_time() -> None:
    """A database that was moved has smaller positions and later moments."""
    window = Window()
    window.upsert(1, Stamp((900,), at_us=10), ["state"], [])

    assert ["state"] == window.upsert(1, Stamp((5,), at_us=11), ["state"], [])
    assert window.upsert(1, Stamp((4,), at_us=9), ["state"], []) is None


def test_of_two_late_changes_the_newer_sets_what_was_left_out() -> None:
    """In whichever order those two come."""
    window = Window()
    window.upsert(1, Stamp((3,)), ["state"], ["note"])

    assert ["note"] == window.upsert(1, Stamp((2,)), ["state", "note"], [])
    assert window.upsert(1, Stamp((1,)), ["state", "note"], []) is None


def test_a_removal_that_comes_late_removes_nothing() -> None:
    """The row was made again since."""
    window = Window()
    window.upsert(1, Stamp((9,)), ["state"], [])

    assert not window.delete(1, Stamp((8,)))
    assert window.delete(1, Stamp((10,)))
    assert window.upsert(1, Stamp((9,)), ["state"], []) is None


def test_emptying_a_table_spares_what_came_after() -> None:
    """And what came before it stays out when it arrives at last."""
    window = Window()
    window.upsert(1, Stamp((5,)), ["state"], [])
    window.upsert(2, Stamp((9,)), ["state"], [])

    spared = window.empty(Stamp((7,)))

    assert {2} == spared
    assert window.upsert(3, Stamp((6,)), ["state"], []) is None


def test_a_window_forgets_what_changed_longest_ago() -> None:
    """It is bounded; what has no order is never remembered."""
    window = Window(keys_max=2)
    for key in (1, 2, 1, 3):
        window.upsert(key, Stamp((9,)), ["state"], [])
    window.upsert(4, Stamp(()), ["state"], [])

    assert [None, ["state"]] == [window.upsert(key, Stamp((1,)), ["state"], []) for key in (1, 2)]


def _applied(
    events: list[Event], before: Rows | None = None, recent: list[Event] | None = None
) -> Rows:
    """What the changes leave that the events come to."""
    translation = Translation(PEOPLE, Window())
    translation.changes(recent or [], lambda _, value: value)
    rows: Rows = {key: dict(row) for key, row in (before or {}).items()}
    for change in translation.changes(events, lambda _, value: value).changes:
        assert isinstance(change.key, int), change
        if isinstance(change, Upsert):
            empty: dict[str, object] = dict.fromkeys(COLUMNS)
            told = {str(name): value for name, value in change.values.items()}
            rows[change.key] = {**empty, **rows.get(change.key, {}), **told}
        else:
            rows.pop(change.key, None)
    return rows
