"""The contract of lookups about other datasets, held by every implementation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from indexer.api import Index
from indexer.model import errors
from indexer.model.hints import Hints
from indexer.model.ids import DatasetName, FieldName
from indexer.model.record import Delete, Upsert
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.plan.nodes import EVERYTHING, Given, Leaf, Lookup, Range, complement
from indexer.plan.program import Program, program_of, to_bytes
from indexer.plan.related import Fold, Followed, Linked, Related, SequenceStep, Tally, Within
from tests.contract.indexes import KINDS, an_index

SHOPS, BUYS = DatasetName("shops"), DatasetName("buys")
ID, SHOP, PAID, AT = map(FieldName, ("id", "shop", "paid", "at"))
SCHEMAS = (
    Schema(SHOPS, ID, FieldType.INT, (Field(PAID, FieldType.INT),)),
    Schema(
        BUYS, ID, FieldType.INT,
        (
            Field(SHOP, FieldType.INT),
            Field(PAID, FieldType.DECIMAL, scale=2),
            Field(AT, FieldType.TIMESTAMP),
        ),
        (Link("shop", SHOP, SHOPS),),
    ),
)  # fmt: skip
ALL = to_bytes(program_of([EVERYTHING]))
DEAR = to_bytes(program_of([Leaf(Range(PAID, 1_000, None))]))


@pytest.fixture(params=KINDS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Index]:
    """Three shops: two buys in the first, one in the second, and one in none that is there."""
    async with an_index(request.param, tmp_path) as made:
        for schema in SCHEMAS:
            await made.create(schema)
        await made.apply(SHOPS, [Upsert(key, {PAID: key}) for key in (1, 2, 3)])
        rows = ((1, 1, 500, 10), (2, 1, 1_500, 20), (3, 2, 3_000, 30), (4, 9, 1, 40))
        await made.apply(
            BUYS, [Upsert(key, {SHOP: shop, PAID: paid, AT: at}) for key, shop, paid, at in rows]
        )
        yield made


async def keys(index: Index, dataset: DatasetName, lookup: Lookup) -> list[object]:
    """Whom it holds for, once the count says as many, with and without what is remembered."""
    program = program_of([Leaf(lookup)])
    page = await index.members(dataset, program, fields=[], limit=9)
    for cache in (True, False):
        counts = await index.count(dataset, program, hints=Hints(cache=cache))
        assert (len(page.records),) == counts.counts
    return [record.key for record in page.records]


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (Tally(1), [1, 2]),
        (Tally(0, 0), [3]),
        (Tally(0, 1), [2, 3]),
        (Tally(2, None), [1]),
        (Tally(3, 1), []),
        (Tally(2**62, None), []),
        (Tally(-(2**62), 2**62), [1, 2, 3]),
        (Fold("sum", PAID, "20", None), [1, 2]),
        (Fold("sum", PAID, "20", None, low_open=True), [2]),
        (Fold("sum", PAID, None, "0"), [3]),
        (Fold("avg", PAID, "10", "10.00"), [1]),
        (Fold("min", PAID, None, 500), [1]),
        (Fold("count_distinct", PAID, 0, 1), [2, 3]),
        (Fold("last", PAID, 1_500, None, order_by=AT), [1, 2]),
    ],
)
async def test_records_are_told_by_those_related_to_them(
    index: Index, measure: Tally | Fold, expected: list[int]
) -> None:
    """Counts, zero included, and functions of a field."""
    assert expected == await keys(index, SHOPS, Related(BUYS, "shop", ALL, measure))


async def test_records_are_told_by_the_one_they_link_to(index: Index) -> None:
    """Which is asked in its own dataset, and may be asked about others itself."""
    busy = program_of([Leaf(Related(BUYS, "shop", ALL, Tally(2)))])

    assert [1, 2, 3] == await keys(index, BUYS, Linked(SHOPS, "shop", ALL))
    assert [1, 2] == await keys(index, BUYS, Linked(SHOPS, "shop", to_bytes(busy)))


async def test_records_are_told_by_what_was_done_one_after_another(index: Index) -> None:
    """Strictly later, and not too late; or by that it was not done."""
    first, soon = SequenceStep(ALL), SequenceStep(DEAR, Within(micros=10))
    late = SequenceStep(DEAR, Within(micros=9))

    assert [1] == await keys(index, SHOPS, Followed(BUYS, "shop", AT, (first, soon)))
    assert [] == await keys(index, SHOPS, Followed(BUYS, "shop", AT, (first, late)))
    absent = Followed(BUYS, "shop", AT, (first, late), absent=True)
    assert [1, 2] == await keys(index, SHOPS, absent)


async def test_answers_follow_changes_on_both_sides(index: Index) -> None:
    """Records that come, change sides or go, and targets that go."""
    twice = Related(BUYS, "shop", ALL, Tally(2))
    linked = Linked(SHOPS, "shop", ALL)
    assert [1] == await keys(index, SHOPS, twice)

    await index.apply(BUYS, [Upsert(1, {SHOP: 2})])
    assert [2] == await keys(index, SHOPS, twice)
    await index.apply(BUYS, [Upsert(5, {SHOP: 3}), Upsert(6, {SHOP: 3}), Delete(3)])
    assert [3] == await keys(index, SHOPS, twice)
    await index.apply(SHOPS, [Delete(3)])
    assert [] == await keys(index, SHOPS, twice)
    assert [1, 2] == await keys(index, BUYS, linked)
    await index.apply(SHOPS, [Upsert(9, {})])
    assert [1, 2, 4] == await keys(index, BUYS, linked)


async def test_results_and_chains_follow_changes_too(index: Index) -> None:
    """What was kept of before is not told of after."""
    spent = Related(BUYS, "shop", ALL, Fold("sum", PAID, "20", None))
    latest = Related(BUYS, "shop", ALL, Fold("last", PAID, 3_000, None, order_by=AT))
    chain = Followed(BUYS, "shop", AT, (SequenceStep(ALL), SequenceStep(DEAR)))

    async def told() -> tuple[list[object], ...]:
        return tuple([await keys(index, SHOPS, each) for each in (spent, latest, chain)])

    assert ([1, 2], [2], [1]) == await told()
    await index.apply(BUYS, [Upsert(3, {PAID: 1_000})])
    assert ([1], [], [1]) == await told()
    await index.apply(BUYS, [Upsert(2, {PAID: 3_500, AT: 5})])
    assert ([1], [], []) == await told()
    await index.apply(BUYS, [Upsert(1, {PAID: 3_000}), Delete(3)])
    assert ([1], [1], [1]) == await told()
    await index.apply(BUYS, [Delete(1)])
    assert ([1], [1], []) == await told()


async def test_how_a_lookup_about_others_came_about_is_told(index: Index) -> None:
    """Its method, and what is remembered the second time."""
    program = program_of([Leaf(Related(BUYS, "shop", ALL, Tally(2)))])

    for _ in range(2):
        (step,) = (await index.explain(SHOPS, program, key=1)).steps
        assert ("related count", 1, 1, True) == (
            step.method, step.estimate, step.actual, step.holds
        )  # fmt: skip


@pytest.mark.parametrize(
    ("lookup", "error"),
    [
        (Related(DatasetName("nobody"), "shop", ALL, Tally(1)), errors.UnknownDataset),
        (Related(BUYS, "nobody", ALL, Tally(1)), errors.UnknownField),
        (Related(SHOPS, "shop", ALL, Tally(1)), errors.UnknownField),
        (Linked(SHOPS, "shop", ALL), errors.UnknownField),
        (Related(BUYS, "shop", b"", Tally(1)), errors.BadShape),
        (Related(BUYS, "shop", b"\xff\x00", Tally(1)), errors.BadShape),
        (Related(BUYS, "shop", to_bytes(Program((), ())), Tally(1)), errors.BadShape),
        (Related(BUYS, "shop", ALL, Fold("sum", FieldName("colour"))), errors.UnknownField),
        (Related(BUYS, "shop", ALL, Fold("sum", AT)), errors.BadShape),
        (Related(BUYS, "shop", ALL, Fold("sum", PAID, "many")), errors.BadShape),
        (Related(BUYS, "shop", ALL, Fold("sum", PAID, "nan")), errors.BadShape),
        (Related(BUYS, "shop", ALL, Fold("min", PAID, "1")), errors.BadShape),
        (Related(BUYS, "shop", ALL, Fold("last", PAID)), errors.BadShape),
        (Related(BUYS, "shop", ALL, Fold("last", PAID, order_by=PAID)), errors.BadShape),
        (Followed(BUYS, "shop", AT, ()), errors.BadShape),
        (Followed(BUYS, "shop", AT, (SequenceStep(ALL),), absent=True), errors.BadShape),
        (Followed(BUYS, "shop", AT, (SequenceStep(ALL),) * 9), errors.BadShape),
        (Followed(BUYS, "shop", PAID, (SequenceStep(ALL),)), errors.BadShape),
        (
            Followed(BUYS, "shop", AT, (SequenceStep(ALL, Within(months=1, zone="x")),)),
            errors.BadShape,
        ),
        (
            Followed(BUYS, "shop", AT, (SequenceStep(ALL, Within(micros=-1)),)),
            errors.BadShape,
        ),
    ],
)
async def test_a_lookup_that_means_nothing_is_refused(
    index: Index, lookup: Lookup, error: type[errors.CardinalError]
) -> None:
    """By name where something is not there, by shape where it can't be."""
    with pytest.raises(error):
        await index.count(SHOPS, program_of([Leaf(lookup)]))


async def test_a_field_inside_is_known_or_refused(index: Index) -> None:
    """The same as outside."""
    inner = program_of([complement(Leaf(Range(FieldName("colour"), 1, 2)))])

    with pytest.raises(errors.UnknownField, match="colour"):
        await index.count(
            SHOPS, program_of([Leaf(Related(BUYS, "shop", to_bytes(inner), Tally(1)))])
        )


async def test_a_lookup_leads_through_so_many_datasets(index: Index) -> None:
    """One more is refused."""

    def through(hops: int) -> Program:
        program = program_of([EVERYTHING])
        for hop in range(hops, 0, -1):
            where = to_bytes(program)
            program = program_of([
                Leaf(Related(BUYS, "shop", where, Tally(1)))
                if hop % 2
                else Leaf(Linked(SHOPS, "shop", where))
            ])  # fmt: skip
        return program

    assert (2,) == (await index.count(SHOPS, through(8))).counts
    with pytest.raises(errors.BadShape, match="at most 8"):
        await index.count(SHOPS, through(9))


async def test_records_are_given_by_the_index_only(index: Index) -> None:
    """Nobody sends what stands for records that were found."""
    where = to_bytes(program_of([Leaf(Given(1))]))

    with pytest.raises(errors.BadShape):
        await index.count(SHOPS, program_of([Leaf(Related(BUYS, "shop", where, Tally(1)))]))
