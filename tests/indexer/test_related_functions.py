"""Functions and sequences of related records through the index, where keys are texts."""

from collections.abc import Sequence

import pytest

from indexer.dataset.engine import Engine
from indexer.dataset.fused_reading import FusedReading
from indexer.dataset.present import presents
from indexer.dataset.reading import PlainReading, Reading
from indexer.hot import HotForms
from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.record import Delete, Upsert
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.node import Node
from indexer.plan.nodes import EVERYTHING, Equals, Leaf, Lookup
from indexer.plan.program import program_of, to_bytes
from indexer.plan.related import Fold, Followed, Related, SequenceStep, Within
from tests.indexer.linked import node_with

PEOPLE, VISITS = DatasetName("people"), DatasetName("visits")
ID, WHO, DAY, PAGE = map(FieldName, ("id", "who", "day", "page"))
SCHEMAS = (
    Schema(PEOPLE, ID, FieldType.KEYWORD, (Field(WHO, FieldType.KEYWORD),)),
    Schema(
        VISITS, ID, FieldType.KEYWORD,
        (Field(WHO, FieldType.KEYWORD), Field(DAY, FieldType.DATE), Field(PAGE, FieldType.KEYWORD)),
        (Link("who", WHO, PEOPLE),),
        time_zone="Europe/Berlin",
    ),
)  # fmt: skip
VISITED = (
    ("é", "p3", 10, "home"), ("z", "p3", 10, "cart"), ("b", "p3", 11, "pay"),
    ("ab", "p9", 7, "cart"), ("aa", "p9", 7, "home"), ("q", "p9", None, "pay"),
    ("r", None, 1, "pay"), ("s", "nobody", 1, "pay"),
)  # fmt: skip
ALL = to_bytes(program_of([EVERYTHING]))


@pytest.fixture(params=["settled", "changed"])
def node(request: pytest.FixtureRequest) -> Node:
    """Ten people in shards of four, visits of two of them; told at once, or put right later."""
    node = node_with(*SCHEMAS)
    node.apply(PEOPLE, [Upsert(f"p{place}", {}) for place in range(10)])
    if request.param == "changed":
        wrong = [Upsert(key, {WHO: "p1", DAY: 3, PAGE: "exit"}) for key, *_ in VISITED]
        node.apply(VISITS, [*wrong, Upsert("t", {WHO: "p5", DAY: 1, PAGE: "pay"})])
        node.published = node.published.with_views(node.published.views())
        node.apply(VISITS, [Delete("t")])
    node.apply(
        VISITS, [Upsert(key, {WHO: who, DAY: day, PAGE: page}) for key, who, day, page in VISITED]
    )
    if request.param == "settled":
        node.published = node.published.with_views(node.published.views())
    return node


def readings() -> Sequence[Reading]:
    """Without and with kernels."""
    return PlainReading(), FusedReading(Engine(HotForms(1 << 24)))


def who(node: Node, lookup: Lookup) -> list[RecordKey]:
    """For whom it holds, whoever reads it."""
    program = program_of([Leaf(lookup)])
    told = []
    for reading in readings():
        present = presents(node.published.overlay, reading, reading)(PEOPLE, 0)
        records, _ = present.page(program, fields=[], limit=99, after=None, order=[])
        told.append([record.key for record in records])
    assert told[0] == told[1]
    return told[0]


def by(function: Fold) -> Related:
    """People by a function of all their visits."""
    return Related(VISITS, "who", ALL, function)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (Fold("first", PAGE, "cart", "cart", order_by=DAY), ["p3"]),
        (Fold("first", PAGE, "home", "home", order_by=DAY), ["p9"]),
        (Fold("last", PAGE, "pay", "pay", order_by=DAY), ["p3"]),
        (Fold("last", PAGE, "cart", "cart", order_by=DAY), ["p9"]),
        (Fold("min", ID, "b", "b"), ["p3"]),
        (Fold("max", ID, "é", None), ["p3"]),
        (Fold("max", ID, None, None), ["p3", "p9"]),
        (Fold("count_distinct", PAGE, 3, 3), ["p3", "p9"]),
        (Fold("count_distinct", DAY, 1, 1), ["p9"]),
        (Fold("count_distinct", ID, 4, None), []),
        (Fold("max", DAY, 8, None), ["p3"]),
    ],
)
def test_records_at_one_time_go_by_key(node: Node, measure: Fold, expected: list[str]) -> None:
    """By its bytes; and the key is a field like any."""
    assert expected == who(node, by(measure))


def test_days_follow_each_other_from_midnight_to_midnight(node: Node) -> None:
    """A day less a microsecond is too short, and visits of one day do not follow each other."""
    cart, pay, home = (
        to_bytes(program_of([Leaf(Equals(PAGE, page))])) for page in ("cart", "pay", "home")
    )
    day = 86_400_000_000

    told = [
        who(node, Followed(VISITS, "who", DAY, (SequenceStep(first), SequenceStep(then, within))))
        for first, then, within in (
            (cart, pay, Within(micros=day)),
            (cart, pay, Within(micros=day - 1)),
            (home, cart, None),
            (ALL, pay, Within(months=1, zone="Europe/Berlin")),
        )
    ]

    assert [["p3"], [], [], ["p3"]] == told


def test_a_visit_that_nothing_followed_is_found(node: Node) -> None:
    """A visit without a day takes no part, neither as the first nor as the one that follows."""
    cart, pay = (to_bytes(program_of([Leaf(Equals(PAGE, page))])) for page in ("cart", "pay"))
    steps = SequenceStep(cart), SequenceStep(pay)

    assert ["p9"] == who(node, Followed(VISITS, "who", DAY, steps, absent=True))
