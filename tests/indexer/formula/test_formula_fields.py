"""Formula fields of a dataset: whatever happens to it, they are what their formulas say."""

import shutil
from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.api import LoadMode
from indexer.formula.fields import formulas_of
from indexer.model.errors import BadSchema, UnknownField
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Delete, Origin, Upsert, Value
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.node import Node
from indexer.plan.nodes import Equals, Leaf, Range
from indexer.plan.program import program_of
from indexer.runtime.clock import ManualClock
from indexer.store.undo_files import UndoFiles
from tests.indexer.linked import NOW, node_with
from tests.support.formulas import value_of

PEOPLE = DatasetName("people")
ROUNDS = 25
A, B, T, AT, FILLED, TIER = map(FieldName, ("a", "b", "t", "at", "filled", "tier"))
GIVEN = (
    Field(A, FieldType.INT),
    Field(B, FieldType.DECIMAL, scale=2),
    Field(T, FieldType.KEYWORD),
    Field(AT, FieldType.TIMESTAMP),
)
FORMULAS = {
    "average": "b / a",
    "tier": "if(average > 1, 'gold ' || t, if(is_null(b), 'none', 'silver'))",
    "filled": "coalesce(a, 0)",
    "long": "length(t) > 1 or is_null(t)",
    "born": "year(at)",
    "day": "date_trunc('day', at)",
    "start": "substr(upper(t), 1, 2)",
    "half": "to_text(b) || '/2'",
    "own": "_key % 2 + 0.5",
}


def schema(*names: str, zone: str = "UTC") -> Schema:
    """The given fields and some formulas, which come first."""
    formulas = tuple(
        Field(FieldName(name), FieldType.BOOL, formula=FORMULAS[name]) for name in names
    )
    return Schema(PEOPLE, FieldName("id"), FieldType.INT, (*formulas, *GIVEN), time_zone=zone)


def check(node: Node) -> None:
    """Every formula field of every record is what reading the record gives."""
    view = node.published.view(PEOPLE)
    for key in view.order.keys.tolist():
        values: dict[FieldName, Value] = {**view.record(key).values, KEY_FIELD: key}
        for formula in formulas_of(view.schema):
            name = formula.field.name
            expected = value_of(formula.tree, values, view.schema.time_zone)
            assert expected == values[name], name


VALUES: Mapping[FieldName, st.SearchStrategy[Value]] = {
    A: st.none() | st.integers(-3, 3),
    B: st.none() | st.integers(-500, 500),
    T: st.none() | st.sampled_from(["", "a", "straße", "b c"]),
    AT: st.none() | st.integers(1_735_600_000, 1_767_300_000).map(lambda at: at * 1_000_000),
}
PARTIAL = st.fixed_dictionaries({}, optional=dict(VALUES))
KEYS = st.integers(1, 9)
CHANGES = st.lists(
    st.one_of(
        st.builds(Upsert, KEYS, PARTIAL), st.builds(Upsert, KEYS, PARTIAL), st.builds(Delete, KEYS)
    ),
    max_size=6,
)
ARROW = {A: pa.int64(), B: pa.int64(), T: pa.string(), AT: pa.timestamp("us")}


@st.composite
def files(draw: st.DrawFn) -> pa.RecordBatch:
    """A file of some of the fields."""
    names = draw(st.lists(st.sampled_from(list(VALUES)), unique=True))
    keys = draw(st.lists(KEYS, max_size=6))
    columns = {name: [draw(VALUES[name]) for _ in keys] for name in names}
    arrays = {name: pa.array(values, ARROW[name]) for name, values in columns.items()}
    return pa.RecordBatch.from_pydict({KEY_FIELD: pa.array(keys, pa.int64()), **arrays})


@given(data=st.data())
@settings(max_examples=ROUNDS, deadline=None)
def test_formula_fields_follow_their_records(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Through changes, loads of any mode, new formulas, other zones, snapshots and restarts."""
    folder = tmp_path_factory.mktemp("formulas")
    names = data.draw(st.lists(st.sampled_from(["average", "filled", "own"]), unique=True))
    node = node_with(schema(*names), folder=folder)
    for _ in range(data.draw(st.integers(1, 7))):
        step = data.draw(st.sampled_from(["change", "change", "load", "alter", "save", "restart"]))
        now = node.published.base(PEOPLE).schema
        if step == "change":
            node.apply(PEOPLE, data.draw(CHANGES))
        elif step == "load":
            node.load(
                PEOPLE,
                [data.draw(files())],
                mode=data.draw(st.sampled_from(LoadMode)),
                clear_empty=data.draw(st.booleans()),
            )
        elif step == "alter":
            held = [field.name for field in now.fields if field.formula is not None]
            more = set(data.draw(st.lists(st.sampled_from(list(FORMULAS)), max_size=4)))
            more |= {"average"} if "tier" in more else set()
            zone = data.draw(st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo"]))
            node.alter(schema(*held, *sorted(more - set(held)), zone=zone))
        elif step == "save":
            node.save()
        else:
            before = records(node)
            node = node_with(folder=folder)
            assert before == records(node)
        check(node)
    shutil.rmtree(folder)


def records(node: Node) -> list[object]:
    """All records as they are."""
    view = node.published.view(PEOPLE)
    return [view.record(key) for key in view.order.keys.tolist()]


@given(files(), files(), st.sampled_from(LoadMode))
@settings(max_examples=15, deadline=None)
def test_a_load_that_is_rolled_back_takes_its_formula_values_along(
    tmp_path_factory: pytest.TempPathFactory,
    first: pa.RecordBatch,
    second: pa.RecordBatch,
    mode: LoadMode,
) -> None:
    """They are computed from what is put back, also where somebody changed a part since."""
    folder = tmp_path_factory.mktemp("undo")
    undos = UndoFiles(folder, IndexLimits())
    node = Node(
        keeping=None, undos=undos, shard_bits=2, clock=ManualClock(NOW), limits=IndexLimits()
    )
    node.create(schema(*FORMULAS))
    node.load(PEOPLE, [first], mode=LoadMode.UPSERT, clear_empty=False)
    before = records(node)
    node.load(PEOPLE, [second], mode=mode, clear_empty=True, origin=Origin("load"))

    node.roll_back(PEOPLE, "load")

    assert before == records(node)
    check(node)
    shutil.rmtree(folder)


def test_a_wider_source_gives_its_formulas_other_types() -> None:
    """An int that becomes a decimal makes a sum one, with the same values and more to come."""
    node = node_with(replace(schema("filled"), fields=(*schema("filled").fields[:2],)))
    node.apply(PEOPLE, [Upsert(1, {A: 2}), Upsert(2, {})])
    wide = Field(A, FieldType.DECIMAL, scale=1)
    batch = pa.RecordBatch.from_pydict({KEY_FIELD: pa.array([3]), A: pa.array([25])})
    under = replace(node.published.base(PEOPLE).schema, fields=(schema("filled").fields[0], wide))

    gathered = node.gathering(PEOPLE, under)
    gathered.take(batch)
    node.load_gathered(PEOPLE, gathered, mode=LoadMode.UPSERT, clear_empty=False, schema=under)

    found = node.published.view(PEOPLE)
    assert (FieldType.DECIMAL, 1) == (found.schema.fields[0].type, found.schema.fields[0].scale)
    assert [20, 0, 25] == [found.record(key).values[FILLED] for key in (1, 2, 3)]


def test_a_formula_may_be_another_one() -> None:
    """Its values are computed anew, whatever type they have by now."""
    node = node_with(schema("tier", "average"))
    node.apply(PEOPLE, [Upsert(1, {A: 1, B: 300, T: "x"})])
    tier = replace(schema("tier").fields[0], formula="average * 2")

    node.alter(replace(schema("tier", "average"), fields=(tier, *schema("average").fields)))

    field = node.published.base(PEOPLE).schema.fields[0]
    assert (FieldType.DECIMAL, 6) == (field.type, field.scale)
    assert 6_000_000 == node.published.view(PEOPLE).record(1).values[TIER]


def test_a_formula_field_takes_no_values() -> None:
    """A change that names one is refused as a whole."""
    node = node_with(schema("filled"))

    with pytest.raises(UnknownField, match="computed by its formula"):
        node.apply(PEOPLE, [Upsert(1, {FieldName("filled"): 3})])

    assert 0 == node.published.view(PEOPLE).records


def test_a_field_cannot_become_a_formula_nor_lose_one() -> None:
    """What somebody gave is not replaced by something computed."""
    node = node_with(schema("filled"))
    plain = replace(schema("filled").fields[0], formula=None, type=FieldType.INT)
    computed = Field(A, FieldType.INT, formula="1")

    for fields in ((plain, *GIVEN), (schema("filled").fields[0], computed, *GIVEN[1:])):
        with pytest.raises(BadSchema):
            node.alter(replace(schema("filled"), fields=fields))


def test_a_link_leads_through_no_formula() -> None:
    """Whom a record belongs to is given, not computed."""
    link = Link("filled", FieldName("filled"), PEOPLE)

    with pytest.raises(BadSchema) as caught:
        node_with(replace(schema("filled"), links=(link,)))

    assert ["/links/0/field"] == [problem.path for problem in caught.value.problems]


def test_a_formula_field_is_asked_like_any_other() -> None:
    """Over records that were loaded and records that changed since."""
    node = node_with(schema("average", "tier"))
    rows = pa.RecordBatch.from_pydict(
        {
            KEY_FIELD: pa.array([1, 2, 3]),
            A: pa.array([1, 2, 0]),
            B: pa.array([250, 100, 7]),
            T: pa.array(["x", "y", "z"]),
        }
    )
    node.load(PEOPLE, [rows], mode=LoadMode.UPSERT, clear_empty=False)
    node.apply(PEOPLE, [Upsert(2, {B: 500})])
    plans = [
        Leaf(Equals(FieldName("tier"), "gold y")),
        Leaf(Range(FieldName("average"), low=2_500_000, high=2_500_000)),
    ]

    view = node.published.view(PEOPLE)

    assert [1, 2] == view.counts(program_of(plans))


def test_a_wider_field_of_related_records_gives_their_sum_another_type() -> None:
    """Also where nothing else about the dataset that sums it changes."""
    buys = DatasetName("buys")
    of, paid = map(FieldName, ("of", "paid"))
    fields = (Field(of, FieldType.INT), Field(paid, FieldType.INT))
    link = Link("of", of, PEOPLE)
    node = node_with(
        Schema(PEOPLE, FieldName("id"), FieldType.INT, ()),
        Schema(buys, FieldName("id"), FieldType.INT, fields, (link,)),
    )
    total = Field(FieldName("total"), FieldType.BOOL, formula="sum(buys.paid)")
    summing = node.alter(replace(node.published.base(PEOPLE).schema, fields=(total,)))
    wide = replace(fields[1], type=FieldType.DECIMAL, scale=2)

    node.alter(replace(node.published.base(buys).schema, fields=(fields[0], wide)))

    after = node.published.base(PEOPLE).schema.fields[0]
    assert (FieldType.INT, 0) == (summing.fields[0].type, summing.fields[0].scale)
    assert (FieldType.DECIMAL, 2) == (after.type, after.scale)
