"""Links: who points to whom, and who lives beside whom, whatever comes first."""

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.dataset.keys import MISSING
from indexer.dataset.shard import NO_HOME
from indexer.model.errors import BadSchema
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.record import Delete, Upsert
from indexer.model.schema import Field, FieldType, Link
from indexer.node import Node
from indexer.store.generations import Generations
from tests.indexer.linked import (
    ACCOUNTS,
    BY,
    EMAIL,
    ID,
    OF,
    PEOPLE,
    SALES,
    SHARD_BITS,
    SIZE,
    dataset,
    faults,
    home,
    node_with,
    ordinal,
    put,
    target,
)

TO_PEOPLE = Link("buyer", OF, PEOPLE)
TO_ACCOUNTS = Link("account", OF, ACCOUNTS)
TWELVE = range(1, 13)


def shop() -> Node:
    """Twelve people in three shards; sales link to them."""
    node = node_with(dataset(PEOPLE), dataset(SALES, TO_PEOPLE))
    put(node, PEOPLE, {key: {"size": key} for key in TWELVE})
    return node


def test_a_linked_record_lives_beside_its_target() -> None:
    """A shard of sales holds the sales of one shard of people."""
    node = shop()

    put(node, SALES, {sale: {"of": sale % 12 + 1} for sale in range(30)})

    assert [] == faults(node.published, placed=[SALES])
    assert {0, 1, 2} == {home(node, SALES, sale) for sale in range(30)}


def test_a_dangling_or_null_link_has_no_home() -> None:
    """Both are normal; such records live together."""
    node = shop()

    put(node, SALES, {1: {"of": 99}, 2: {"of": None}, 3: {}})

    assert [NO_HOME] * 3 == [home(node, SALES, sale) for sale in (1, 2, 3)]
    assert [MISSING] * 3 == [target(node, SALES, sale, "buyer") for sale in (1, 2, 3)]


def test_a_target_that_comes_later_adopts_its_records() -> None:
    """They move to it with their keys and values."""
    node = shop()
    put(node, SALES, {1: {"of": 99, "email": "a\0", "size": 7}, 2: {"of": 98}})

    put(node, PEOPLE, {99: {}})

    assert ordinal(node, PEOPLE, 99) >> SHARD_BITS == home(node, SALES, 1)
    assert ordinal(node, PEOPLE, 99) == target(node, SALES, 1, "buyer")
    assert NO_HOME == home(node, SALES, 2)
    record = node.published.view(SALES).record(1)
    assert {EMAIL: "a\0", SIZE: 7, OF: 99, BY: None} == record.values


def test_another_value_moves_a_record_to_another_home() -> None:
    """To its new target, to nowhere, and back."""
    node = shop()
    put(node, SALES, {1: {"of": 1, "size": 5}})

    homes = []
    for buyer in (12, None, 99, 5):
        put(node, SALES, {1: {"of": buyer}})
        assert [] == faults(node.published, placed=[SALES])
        homes.append(home(node, SALES, 1))

    assert [2, NO_HOME, NO_HOME, 1] == homes
    assert node.published.view(SALES).record(1).values[SIZE] == 5


def test_records_of_a_removed_target_wait_for_its_return() -> None:
    """Removing the target leaves them dangling; the same key adopts them again."""
    node = shop()
    put(node, SALES, {sale: {"of": 12, "size": sale} for sale in range(6)})

    node.apply(PEOPLE, [Delete(12)])
    dangling = [target(node, SALES, sale, "buyer") for sale in range(6)]
    put(node, PEOPLE, {12: {}})

    assert [MISSING] * 6 == dangling
    assert [] == faults(node.published, placed=[SALES])
    assert ordinal(node, PEOPLE, 12) >> SHARD_BITS == home(node, SALES, 5)


def test_a_chain_of_links_follows_a_move_to_its_end() -> None:
    """People move beside their account, so their sales move after them."""
    node = node_with(dataset(ACCOUNTS), dataset(PEOPLE, TO_ACCOUNTS), dataset(SALES, TO_PEOPLE))
    put(node, SALES, {sale: {"of": sale % 3} for sale in range(9)})
    put(node, PEOPLE, {person: {"of": person * 4} for person in range(3)})

    put(node, ACCOUNTS, {account: {} for account in range(12)})

    assert [] == faults(node.published, placed=[SALES, PEOPLE])
    assert {0, 1, 2} == {home(node, PEOPLE, person) for person in range(3)}


def test_a_second_link_points_but_does_not_place() -> None:
    """The first one has decided where the record lives."""
    second = Link("seller", BY, ACCOUNTS)
    node = node_with(dataset(PEOPLE), dataset(ACCOUNTS), dataset(SALES, TO_PEOPLE, second))
    put(node, PEOPLE, {key: {} for key in TWELVE})

    put(node, SALES, {1: {"of": 12, "by": 7}, 2: {"by": 7}})
    put(node, ACCOUNTS, {key: {} for key in TWELVE})

    assert [2, NO_HOME] == [home(node, SALES, sale) for sale in (1, 2)]
    expected = ordinal(node, ACCOUNTS, 7)
    assert [expected] * 2 == [target(node, SALES, sale, "seller") for sale in (1, 2)]


def test_a_link_to_a_field_follows_the_field() -> None:
    """Who has the value now is pointed to; who gave it up is not."""
    by_mail = Link("buyer", EMAIL, PEOPLE, EMAIL)
    node = node_with(dataset(PEOPLE), dataset(SALES, by_mail))
    put(node, PEOPLE, {key: {"email": f"m{key}"} for key in TWELVE})
    put(node, SALES, {1: {"email": "m1"}, 2: {"email": "m12"}, 3: {"email": "new"}})

    put(node, PEOPLE, {1: {"email": "new"}, 12: {"email": None}})

    assert [] == faults(node.published, placed=[SALES])
    targets = [target(node, SALES, sale, "buyer") for sale in (1, 2, 3)]
    assert [MISSING, MISSING, ordinal(node, PEOPLE, 1)] == targets


def test_a_change_beside_the_linked_field_leaves_links_alone() -> None:
    """The linking dataset keeps its very view."""
    by_mail = Link("buyer", EMAIL, PEOPLE, EMAIL)
    node = node_with(dataset(PEOPLE), dataset(SALES, by_mail))
    put(node, PEOPLE, {1: {"email": "a"}})
    put(node, SALES, {1: {"email": "a"}})
    before = node.published.view(SALES)

    put(node, PEOPLE, {1: {"size": 3}})

    assert before is node.published.view(SALES)


@pytest.mark.parametrize("to_field", ["nothing", "size", "flag", "ratio", "tags"])
def test_a_link_to_a_field_that_cannot_be_linked_to_dangles(to_field: str) -> None:
    """A field that is not there, or of a type that no link value has, names no record."""
    people = dataset(PEOPLE)
    others = (
        Field(FieldName("flag"), FieldType.BOOL),
        Field(FieldName("ratio"), FieldType.FLOAT),
        Field(FieldName("tags"), FieldType.SET),
    )
    link = Link("buyer", EMAIL, PEOPLE, FieldName(to_field))
    node = node_with(replace(people, fields=(*people.fields, *others)), dataset(SALES, link))

    put(node, PEOPLE, {1: {"flag": True, "ratio": 1.0, "tags": ("True",), "size": 1}})
    put(node, SALES, {1: {"email": "True"}, 2: {"email": "1"}})

    assert [MISSING] * 2 == [target(node, SALES, sale, "buyer") for sale in (1, 2)]


def test_a_whole_number_does_not_name_a_fraction() -> None:
    """The 1 of a link is neither 1.5 nor 0.01."""
    people = dataset(PEOPLE)
    others = (
        Field(FieldName("ratio"), FieldType.FLOAT),
        Field(FieldName("price"), FieldType.DECIMAL, scale=2),
    )
    links = tuple(Link(name, OF, PEOPLE, FieldName(name)) for name in ("ratio", "price"))
    node = node_with(replace(people, fields=(*people.fields, *others)), dataset(SALES, *links))
    put(node, PEOPLE, {1: {"ratio": 1.5, "price": 1}})

    put(node, SALES, {1: {"of": 1}})

    assert [MISSING] * 2 == [target(node, SALES, 1, name) for name in ("ratio", "price")]


@pytest.mark.parametrize(
    ("key_type", "link_type"),
    [(FieldType.INT, FieldType.KEYWORD), (FieldType.KEYWORD, FieldType.INT)],
)
def test_a_value_of_another_type_names_no_record(key_type: FieldType, link_type: FieldType) -> None:
    """The text 1 is not the number 1."""
    people = dataset(PEOPLE, key_type=key_type)
    node = node_with(people, dataset(SALES, TO_PEOPLE, link_type=link_type))
    keys: tuple[int | str, int | str] = (1, "1") if key_type is FieldType.INT else ("1", 1)

    put(node, PEOPLE, {keys[0]: {}})
    put(node, SALES, {1: {"of": keys[1]}})

    assert MISSING == target(node, SALES, 1, "buyer")


@pytest.mark.parametrize("field", [ID, KEY_FIELD])
def test_a_record_may_link_by_its_own_key(field: FieldName) -> None:
    """One record about each person: the key is the link, under either of its names."""
    node = node_with(dataset(PEOPLE), dataset(SALES, Link("buyer", field, PEOPLE)))

    put(node, SALES, {key: {} for key in (1, 12, 99)})
    put(node, PEOPLE, {key: {} for key in TWELVE})

    assert [0, 2, NO_HOME] == [home(node, SALES, key) for key in (1, 12, 99)]
    assert ordinal(node, PEOPLE, 12) == target(node, SALES, 12, "buyer")


def test_a_dataset_may_link_to_itself() -> None:
    """Whoever was referred by whom: in any order, to oneself, in a circle."""
    node = node_with(dataset(PEOPLE, Link("referred", OF, PEOPLE)))

    put(node, PEOPLE, {1: {"of": 1}, 2: {"of": 3}, 3: {"of": 2}, 4: {"of": 5}})
    put(node, PEOPLE, {5: {"of": 1}, 6: {"of": 4}})
    node.apply(PEOPLE, [Delete(2), Upsert(2, {OF: 3})])

    assert [] == faults(node.published, placed=[])
    assert [1, 2, 3, 4, 5, 6] == node.published.view(PEOPLE).order.keys.tolist()


def test_two_datasets_may_link_to_each_other() -> None:
    """Neither chases the other; a third one still lives beside them."""
    node = node_with(
        dataset(ACCOUNTS, Link("owner", OF, PEOPLE)),
        dataset(PEOPLE, TO_ACCOUNTS),
        dataset(SALES, TO_PEOPLE),
    )

    put(node, SALES, {key: {"of": key} for key in range(9)})
    put(node, PEOPLE, {key: {"of": key} for key in range(9)})
    put(node, ACCOUNTS, {key: {"of": key} for key in range(9)})
    put(node, PEOPLE, {key: {"of": 8 - key} for key in range(9)})

    assert [] == faults(node.published, placed=[SALES])


def test_a_new_link_is_followed_at_once() -> None:
    """Records move beside their targets, and those that link to them follow."""
    node = node_with(dataset(ACCOUNTS), dataset(PEOPLE), dataset(SALES, TO_PEOPLE))
    put(node, ACCOUNTS, {key: {} for key in TWELVE})
    put(node, PEOPLE, {key: {"of": 13 - key} for key in TWELVE})
    put(node, SALES, {key: {"of": key} for key in TWELVE})

    node.alter(dataset(PEOPLE, TO_ACCOUNTS))

    assert [] == faults(node.published, placed=[SALES, PEOPLE])


def test_a_link_that_closes_a_circle_moves_nobody_for_ever() -> None:
    """From then on neither of the two is placed by the other."""
    node = node_with(dataset(ACCOUNTS), dataset(PEOPLE, TO_ACCOUNTS))
    put(node, ACCOUNTS, {key: {"of": key} for key in TWELVE})
    put(node, PEOPLE, {key: {"of": key} for key in TWELVE})

    node.alter(dataset(ACCOUNTS, Link("owner", OF, PEOPLE)))
    put(node, PEOPLE, {key: {"of": 13 - key} for key in TWELVE})

    assert [] == faults(node.published, placed=[])


def test_a_link_may_be_added_but_not_changed() -> None:
    """What points somewhere now would have to be found again, and records live by it."""
    node = shop()
    changed = [
        dataset(SALES),
        dataset(SALES, replace(TO_PEOPLE, to=ACCOUNTS)),
        dataset(SALES, replace(TO_PEOPLE, field=BY)),
        dataset(SALES, replace(TO_PEOPLE, to_field=EMAIL)),
        dataset(SALES, Link("seller", BY, PEOPLE), TO_PEOPLE),
    ]

    for schema in changed:
        with pytest.raises(BadSchema):
            node.alter(schema)

    assert dataset(SALES, TO_PEOPLE) == node.published.view(SALES).schema


@pytest.mark.parametrize("key", ["a", "a\0", "a\0b"])
def test_a_record_may_point_to_itself_from_the_start(key: str) -> None:
    """Whatever its key is like."""
    to_itself = Link("same", OF, PEOPLE)
    schema = dataset(PEOPLE, to_itself, key_type=FieldType.KEYWORD, link_type=FieldType.KEYWORD)
    node = node_with(schema)

    put(node, PEOPLE, {key: {"of": key}})

    assert 0 == target(node, PEOPLE, key, "same")


def test_links_are_true_after_a_stop_between_two_files(tmp_path: Path) -> None:
    """Each dataset has its own newest generation; their links are checked when they are read."""
    store = Generations(tmp_path)
    node = node_with(dataset(PEOPLE), dataset(SALES, TO_PEOPLE), folder=tmp_path)
    put(node, PEOPLE, {key: {} for key in TWELVE})
    node.save()
    put(node, PEOPLE, {99: {}, 98: {}, 97: {}})
    put(node, SALES, {1: {"of": 99}, 2: {"of": 1}})
    store.write(node.published.view(SALES), node.published.sequence)

    again = node_with(folder=tmp_path)
    after_the_stop = faults(again.published, placed=[SALES])
    put(again, PEOPLE, {key: {} for key in (50, 99)})

    assert [] == after_the_stop
    assert [] == faults(again.published, placed=[SALES])


def test_a_folder_keeps_the_shard_size_it_began_with(tmp_path: Path) -> None:
    """A new dataset beside old ones gets theirs, else homes would name other shards."""
    node = node_with(dataset(PEOPLE), folder=tmp_path)
    put(node, PEOPLE, {key: {} for key in TWELVE})
    node.save()

    again = node_with(folder=tmp_path)
    again._shard_bits = SHARD_BITS + 3
    again.recover()
    again.create(dataset(SALES, TO_PEOPLE))
    put(again, SALES, {key: {"of": key} for key in TWELVE})

    assert [] == faults(again.published, placed=[SALES])
