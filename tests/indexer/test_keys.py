"""Keys in few bytes and their order without a copy: held against a dict, however they came."""

import struct
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from indexer.dataset.keys import MISSING, IntKeys, Keys, TextKeys, key_array, keys_of, same
from indexer.dataset.order import KeyOrder
from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import KEY_FIELD
from indexer.model.schema import FieldType
from indexer.plan.nodes import Equals, OneOf, Range
from indexer.store.arrays import key_bytes, keys_from

BITS = 2
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
INTS = st.one_of(
    st.integers(-4, 20), st.integers(INT64_MIN, INT64_MAX), st.sampled_from((INT64_MIN, INT64_MAX))
)
TEXTS = st.text("abü", max_size=3)


@given(st.lists(st.lists(INTS, max_size=5), max_size=5))
def test_int_keys_are_what_was_put_in(parts: list[list[int]]) -> None:
    """In any order, in any steps."""
    keys = IntKeys(0)
    for part in parts:
        keys = keys.extended(key_array(part, FieldType.INT))

    everything = [key for part in parts for key in part]
    assert everything == keys.all().tolist()
    assert everything[::-1] == keys.at(np.arange(len(everything))[::-1]).tolist()
    rising = all(one < next_ for one, next_ in pairwise(everything))
    assert rising == keys.ascends
    again = keys_from(key_bytes(keys), FieldType.INT, len(everything), "keys")
    assert everything == again.all().tolist()


@pytest.mark.parametrize(
    ("first", "step"), [(1, 1), (-5, 7), (INT64_MIN, 2**62), (INT64_MAX - 3, 1)]
)
def test_a_progression_takes_no_lanes(first: int, step: int) -> None:
    """However it grows; the first key that breaks it gives all of them lanes."""
    keys = IntKeys(0)
    for number in range(3):
        keys = keys.extended(key_array([first + step * number], FieldType.INT))

    assert keys.lanes is None
    assert [first, first + step, first + 2 * step] == keys.all().tolist()
    broken = keys.extended(key_array([first], FieldType.INT))
    assert broken.lanes is not None
    assert [*keys.all().tolist(), first] == broken.all().tolist()


@given(st.lists(INTS, unique=True), st.lists(INTS), st.booleans())
def test_ranks_count_the_keys_before(held: list[int], sought: list[int], after: bool) -> None:
    """Before the first, between, at and beyond the last one."""
    held.sort()
    sought = [*sought, *held]

    ranks = keys_of(key_array(held, FieldType.INT)).ranks(
        key_array(sought, FieldType.INT), after=after
    )

    expected = [sum(key < one or (after and key == one) for key in held) for one in sought]
    assert expected == ranks.tolist()


@st.composite
def histories(draw: Any) -> tuple[FieldType, list[tuple[bool, list[Any]]]]:
    """Keys added, in batches that often ascend, and keys removed."""
    type_ = draw(st.sampled_from((FieldType.INT, FieldType.KEYWORD)))
    one = INTS if type_ is FieldType.INT else TEXTS
    rising = draw(st.booleans())
    batch = st.lists(one, unique=True, max_size=6)
    batches = draw(st.lists(st.tuples(st.booleans(), batch), max_size=6))
    if rising:
        pool = iter(sorted({key for _, keys in batches for key in keys}))
        batches = [(adds, [key for _, key in zip(keys, pool, strict=False)])
                   for adds, keys in batches]  # fmt: skip
    return type_, batches


@given(histories(), st.data())
def test_an_order_knows_who_lives_under_which_key(
    history: tuple[FieldType, list[tuple[bool, list[Any]]]], data: st.DataObject
) -> None:
    """Whatever came, went and came again."""
    type_, batches = history
    shards: list[Keys] = []
    order = KeyOrder(type_, BITS)
    known: dict[Any, int] = {}
    ever: list[Any] = []
    for adds, keys in batches:
        if adds:
            fresh = [key for key in keys if key not in known]
            ordinals = []
            for key in fresh:
                room = [at for at, held in enumerate(shards) if len(held) < 1 << BITS]
                shard = data.draw(st.sampled_from([*room, len(shards)]))
                if shard == len(shards):
                    shards.append(keys_of(key_array([], type_)))
                ordinals.append((shard << BITS) + len(shards[shard]))
                shards[shard] = shards[shard].extended(key_array([key], type_))
            known.update(zip(fresh, ordinals, strict=True))
            order = order.added(shards, key_array(fresh, type_), np.array(ordinals, np.int64))
        else:
            gone = [key for key in keys if key in known]
            ordinals = [known.pop(key) for key in gone]
            order = order.removed(key_array(gone, type_), np.array(ordinals, np.int64))
        ever += keys

    live = [BitMap(at & 3 for at in known.values() if at >> BITS == shard)
            for shard in range(len(shards))]  # fmt: skip
    for each in (order, KeyOrder.of(type_, BITS, shards, live)):
        agrees(each, known, ever)


def agrees(order: KeyOrder, known: dict[Any, int], ever: list[Any]) -> None:
    """The order answers as the dict does."""
    ranked = sorted(known, key=lambda key: key.encode() if isinstance(key, str) else key)
    assert len(known) == len(order)
    assert ranked == order.keys.tolist()
    assert [known[key] for key in ranked] == order.ordinals.tolist()
    found = order.find(key_array(ever, order.type)).tolist()
    assert [known.get(key, MISSING) for key in ever] == found
    for key in ever[:3]:
        assert known.get(key, MISSING) == order.find(key_array([key], order.type))[0]
        after = order.after(key)
        rest = [at for at in order.between(after, order.places).tolist() if at in known.values()]
        above = [each for each in ranked if rank(each) > rank(key)]
        assert [known[each] for each in above] == rest
        for lookup, expected in (
            (Equals(KEY_FIELD, key), [key] if key in known else []),
            (OneOf(KEY_FIELD, (key,)), [key] if key in known else []),
            (Range(KEY_FIELD, low=key, low_open=True), above),
            (Range(KEY_FIELD, high=key, high_open=True),
             [each for each in ranked if rank(each) < rank(key)]),
        ):  # fmt: skip
            ordinals = sorted(known[each] for each in expected)
            assert ordinals == sorted(order.matching(lookup).tolist())
            assert len(ordinals) == order.count(lookup)
            for shard in range(len(order.shards)):
                mine = [at & 3 for at in ordinals if at >> BITS == shard]
                assert mine == sorted(order.offsets(lookup, shard).tolist())


@pytest.mark.parametrize("far", [2**63, 10**30])
def test_bounds_beyond_64_bits_are_beyond_every_key(far: int) -> None:
    """A range that begins there has nobody, one that ends there has all."""
    order = KeyOrder.of(FieldType.INT, BITS, [keys_of(np.array([3, 1]))], [BitMap([0, 1])])

    for lookup, expected in (
        (Range(KEY_FIELD, low=-far - 1, high=2), [1]),
        (Range(KEY_FIELD, low=2, high=far, high_open=True), [0]),
        (Range(KEY_FIELD, low=-far - 1, high=far), [0, 1]),
        (Range(KEY_FIELD, low=far), []),
        (Range(KEY_FIELD, high=-far - 1), []),
    ):
        assert expected == sorted(order.matching(lookup).tolist())
        assert len(expected) == order.count(lookup)


def rank(key: Any) -> Any:
    """What keys are compared by."""
    return key.encode() if isinstance(key, str) else key


def test_many_keys_are_found_by_sorting_and_few_by_halving() -> None:
    """Both ways give the same ordinals."""
    keys = np.random.default_rng(7).permutation(5_000) * 3
    shards = [keys_of(keys)]
    live = [BitMap(range(5_000))]
    order = KeyOrder.of(FieldType.INT, 13, shards, live)
    sought = np.arange(-1, 15_001)

    many = order.find(sought)
    few = np.concatenate([order.find(sought[start : start + 50]) for start in range(0, 500, 50)])

    assert order.ranked is not None
    place = {key: at for at, key in enumerate(keys.tolist())}
    assert [place.get(one, MISSING) for one in sought.tolist()] == many.tolist()
    assert many[:500].tolist() == few.tolist()


@pytest.mark.parametrize("type_", [FieldType.INT, FieldType.KEYWORD])
@pytest.mark.parametrize("after", [False, True])
def test_a_few_dozen_keys_have_the_ranks_that_one_has(type_: FieldType, *, after: bool) -> None:
    """Between, before, beyond and at every kind of place among thousands."""
    numbers = np.random.default_rng(7).permutation(5_000) * 2
    keys = key_array([f"{each:05}" for each in numbers] if type_ != "int" else numbers, type_)
    order = KeyOrder.of(type_, 13, [keys_of(keys)], [BitMap(range(5_000))])
    asked = [-1, 0, 1, 511, 512, 513, 9_997, 9_998, 9_999, *range(4_000, 4_040)]
    sought = key_array([f"{each:05}" for each in asked] if type_ != "int" else asked, type_)

    together = order._ranks(sought, after=after)
    alone = [int(order._ranks(sought[at : at + 1], after=after)[0]) for at in range(len(sought))]

    assert alone == together.tolist()


def test_thousands_of_the_dead_are_passed_over() -> None:
    """When many ordinals are asked about, the dead are looked at all at once."""
    order = KeyOrder.of(
        FieldType.INT, 13, [keys_of(np.arange(5_000))], [BitMap(range(0, 5_000, 2))]
    )

    assert order.ranked is None
    assert list(range(0, 5_000, 2)) == order.ordinals.tolist()
    assert 2_500 == len(order)


@pytest.mark.parametrize(
    "data", [b"", bytes(16), b"\1".ljust(8, b"\0") + b"\1".ljust(8, b"\0") + b"\5uint8\0"]
)
def test_keys_that_do_not_fit_their_shard_are_told(data: bytes) -> None:
    """No unit, too few of them."""
    with pytest.raises((SnapshotCorrupt, struct.error)):
        keys_from(data, FieldType.INT, 3, "keys")


def test_texts_are_counted_too() -> None:
    """A list of another length than the shard is refused."""
    data = key_bytes(TextKeys(key_array(["a", "b"], FieldType.KEYWORD)))

    with pytest.raises(SnapshotCorrupt):
        keys_from(data, FieldType.KEYWORD, 3, "keys")


def test_texts_that_differ_after_a_nul_are_two_keys() -> None:
    """Numpy takes them for one, so what is found is looked at again."""
    known = key_array(["a\0b", "c"], FieldType.KEYWORD)
    sought = key_array(["a\0c", "c"], FieldType.KEYWORD)

    assert [False, True] == same(known, sought).tolist()
    assert [True, True] == same(known, known).tolist()
