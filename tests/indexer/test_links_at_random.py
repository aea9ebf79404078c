"""Whatever links to whatever, and whatever changes: every link points where its value says."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.model.ids import DatasetName
from indexer.model.record import Change, Delete, Upsert
from indexer.model.schema import Link
from indexer.node import Node
from tests.indexer.linked import (
    ACCOUNTS,
    BY,
    EMAIL,
    OF,
    PEOPLE,
    SALES,
    SIZE,
    dataset,
    faults,
    node_with,
)

NAMES = (ACCOUNTS, PEOPLE, SALES)
KEYS = st.integers(0, 9)
WORLDS = 100

Batch = tuple[DatasetName, list[Change]]


def links() -> st.SearchStrategy[tuple[Link, ...]]:
    """Up to two links to any dataset, by its key or by one of its fields."""
    ends = st.one_of(
        st.tuples(st.sampled_from((OF, BY)), st.sampled_from((None, SIZE))),
        st.just((EMAIL, EMAIL)),
    )
    link = st.builds(
        lambda ends, to: Link(f"{ends[0]}-{to}-{ends[1]}", ends[0], to, ends[1]),
        ends,
        st.sampled_from(NAMES),
    )
    return st.lists(link, max_size=2, unique_by=lambda each: each.name).map(tuple)


def changes() -> st.SearchStrategy[Change]:
    """One record that comes, goes or points somewhere else."""
    values = st.fixed_dictionaries(
        {},
        optional={
            OF: st.none() | KEYS,
            BY: st.none() | KEYS,
            SIZE: st.none() | KEYS,
            EMAIL: st.none() | st.sampled_from(("", "a", "a\0")),
        },
    )
    return st.one_of(st.builds(Delete, KEYS), st.builds(Upsert, KEYS, values))


def batches() -> st.SearchStrategy[list[Batch]]:
    """Batches of changes to any of the datasets."""
    batch = st.tuples(st.sampled_from(NAMES), st.lists(changes(), min_size=1, max_size=12))
    return st.lists(batch, min_size=1, max_size=8)


@given(declared=st.tuples(links(), links(), links()), batches=batches())
@settings(max_examples=WORLDS)
def test_every_link_is_true_after_every_batch(
    declared: tuple[tuple[Link, ...], ...], batches: list[Batch]
) -> None:
    """Circles and links to oneself among them; placed records live beside their targets."""
    node = node_with(*(dataset(name, *own) for name, own in zip(NAMES, declared, strict=True)))
    placed = placed_among(declared)

    for name, batch in batches:
        node.apply(name, batch)

        assert [] == faults(node.published, placed=placed)


@given(declared=st.tuples(links(), links(), links()), batches=batches())
@settings(max_examples=WORLDS)
def test_links_declared_late_are_as_true_as_early_ones(
    declared: tuple[tuple[Link, ...], ...], batches: list[Batch]
) -> None:
    """The records were there first."""
    late = node_with(*(dataset(name) for name in NAMES))
    for name, batch in batches:
        late.apply(name, batch)

    for name, own in zip(NAMES, declared, strict=True):
        late.alter(dataset(name, *own))

    assert [] == faults(late.published, placed=placed_among(declared))
    for name, batch in batches[:1]:
        late.apply(name, batch)
        assert [] == faults(late.published, placed=[])


@given(batches=batches())
@settings(max_examples=WORLDS)
def test_no_ordinal_is_given_out_twice(batches: list[Batch]) -> None:
    """However often records move; so a bitmap of one moment never means others later."""
    node = node_with(dataset(ACCOUNTS), dataset(PEOPLE, Link("a", OF, ACCOUNTS)), dataset(SALES))
    owners: dict[tuple[str, int], object] = {}

    for name, batch in batches:
        node.apply(name, batch)

        for place, key in places_of(node):
            assert key == owners.setdefault(place, key)


def places_of(node: Node) -> list[tuple[tuple[str, int], object]]:
    """Each dataset's ordinals in use, live or not, with the key that got them."""
    return [
        ((view.schema.name, (shard.id << view.shard_bits) + offset), key)
        for view in node.published.datasets.values()
        for shard in view.shards
        for offset, key in enumerate(shard.keys.all().tolist())
    ]


def placed_among(declared: Sequence[tuple[Link, ...]]) -> list[DatasetName]:
    """Datasets with a link whose first links never lead back to them."""
    first = {name: own[0].to for name, own in zip(NAMES, declared, strict=True) if own}
    placed = []
    for name in NAMES:
        chain = [name]
        while chain[-1] in first and len(chain) <= len(NAMES):
            chain.append(first[chain[-1]])
        if name in first and name not in chain[1:]:
            placed.append(name)
    return placed


def test_the_test_knows_a_circle() -> None:
    """Its own reading of who is placed: a chain, a circle, and somebody before a circle."""
    to = {name: (Link("x", OF, name),) for name in NAMES}

    assert [PEOPLE, SALES] == placed_among(((), to[ACCOUNTS], to[PEOPLE]))
    assert [SALES] == placed_among((to[PEOPLE], to[ACCOUNTS], to[PEOPLE]))
    assert [] == placed_among((to[ACCOUNTS], (), ()))
