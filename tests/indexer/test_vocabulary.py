"""A vocabulary against a dict: texts get codes in order of first appearance and keep them."""

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.encoding import texts as texts_module
from indexer.encoding import vocabulary as vocabulary_module
from indexer.encoding.texts import Texts
from indexer.encoding.vocabulary import NULL_CODE, Vocabulary
from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import FieldName
from indexer.plan.nodes import Equals, OneOf, Range

NAME = FieldName("name")
LONG = "x" * 65_537
KINDS = [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())]

some_text = st.one_of(
    st.text("ab\0\u00e4\u4e2d\U0001f600", max_size=20),
    st.sampled_from(["", "\0", "a" * 7, "a" * 8, "a" * 15, "a" * 16, "a" * 17, LONG, LONG + "y"]),
    st.integers(0, 500).map(str),
)
some_batches = st.lists(st.lists(st.one_of(st.none(), some_text), max_size=60), max_size=6)


def learnt(known: dict[str, int], batch: list[str | None]) -> list[int]:
    """What a dict makes of the texts."""
    return [NULL_CODE if text is None else known.setdefault(text, len(known)) for text in batch]


def array_of(batch: list[str | None], kind: Any, skipped: int) -> Any:
    """The texts in an array that starts ``skipped`` places into its memory."""
    whole = pa.array([*(["skipped"] * skipped), *batch], pa.string())
    encoded = whole.dictionary_encode() if pa.types.is_dictionary(kind) else whole.cast(kind)
    return encoded.slice(skipped)


@settings(max_examples=200)
@given(some_batches, st.sampled_from(KINDS[:2]), st.integers(0, 9))
def test_codes_are_given_in_order_of_appearance(
    batches: list[list[str | None]], kind: Any, skipped: int
) -> None:
    """Whatever the texts, in batches of any form, and every way back gives them again."""
    known: dict[str, int] = {}
    words = Vocabulary()
    for batch in batches:
        expected = learnt(known, batch)

        codes = words.learn_array(array_of(batch, kind, skipped))

        assert expected == codes.tolist()
        assert batch == words.texts_of(codes) == words.arrow(codes).to_pylist()
        assert list(known) == words.texts.arrow().to_pylist()
        assert len(known) == len(words)
    asked = [*known, "never learnt", "skipped" * 9]
    assert [known.get(text, NULL_CODE) for text in asked] == words.codes_of(asked).tolist()
    assert all(words.text(code) == text for text, code in known.items())


@given(some_batches, st.integers(0, 9))
def test_a_dictionary_is_learnt_as_its_texts(batches: list[list[str | None]], skipped: int) -> None:
    """Nulls too, in a slice too."""
    words = Vocabulary()
    for batch in batches:
        codes = words.learn_array(array_of(batch, KINDS[2], skipped))

        assert batch == words.texts_of(codes)


@settings(max_examples=100)
@given(some_batches)
def test_a_snapshot_gives_the_same_vocabulary(batches: list[list[str | None]]) -> None:
    """And it goes on growing."""
    words, known = Vocabulary(), dict[str, int]()
    for batch in batches:
        learnt(known, batch)
        words.learn_array(pa.array(batch, pa.string()))
        texts = words.texts
        frozen = np.frombuffer(texts.data.tobytes(), np.uint8)

        words = Vocabulary.of(Texts(frozen, np.frombuffer(texts.starts.tobytes(), np.int32)))

        assert list(known) == words.texts.arrow().to_pylist()
        assert list(known.values()) == words.codes_of(list(known)).tolist()


@given(some_batches)
def test_texts_beyond_two_gigabytes_have_wider_starts(batches: list[list[str | None]]) -> None:
    """The bound made small; whoever holds the narrow ones keeps them."""
    with pytest.MonkeyPatch.context() as small:
        for module in (texts_module, vocabulary_module):
            small.setattr(module, "NARROW_BYTES_MAX", 40)
        known: dict[str, int] = {}
        words, older = Vocabulary(), Texts(np.zeros(0, np.uint8), np.zeros(1, np.int32))
        for batch in batches:
            before = older.arrow().to_pylist()
            codes = words.learn_array(pa.array(batch, pa.string()))

            assert learnt(known, batch) == codes.tolist()
            assert list(known) == words.texts.arrow().to_pylist()
            assert before == older.arrow().to_pylist()
            assert words.texts.wide or words.texts.starts[-1] <= 40
            older = words.texts


def test_texts_that_share_slots_and_tags_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table so full and small that nearly every text meets another one."""
    monkeypatch.setattr(vocabulary_module, "LOAD_MAX", 0.99)
    texts = [str(number) for number in range(20_000)]
    words = Vocabulary(["first"])

    codes = words.learn_array(pa.array(texts, pa.string()))

    assert list(range(1, len(texts) + 1)) == codes.tolist()
    assert codes.tolist() == words.codes_of(texts).tolist()
    assert not (words.codes_of([f"-{text}" for text in texts]) != NULL_CODE).any()


@pytest.mark.parametrize("size", [0, 1, 11, 12, 13, 127, 128, 129, 192, 193, 65_535, 65_537])
def test_a_load_of_any_size_is_learnt(size: int) -> None:
    """At the edges of a block and of what there is room for; once more it gives the same codes."""
    array = pa.array(range(size)).cast(pa.string())
    words = Vocabulary()

    codes = words.learn_array(array)

    assert list(range(size)) == codes.tolist() == words.learn_array(array).tolist()


def test_room_that_was_not_needed_is_given_back() -> None:
    """A load that begins with distinct texts and goes on with the same ones."""
    words = Vocabulary()

    words.learn_array(pa.array([*map(str, range(2_000)), *["again"] * 200_000], pa.string()))

    assert 2_001 == len(words)
    assert words.nbytes < 2_001 * 4 * 16


def test_an_email_costs_its_bytes_and_little_more() -> None:
    """A start and a slot or two for each."""
    array = pa.array([f"somebody.{number}@example.org" for number in range(50_000)], pa.string())
    words = Vocabulary()

    words.learn_array(array)

    assert words.nbytes - array.buffers()[2].size <= 12 * len(array)


def test_a_reader_sees_at_least_what_its_view_knows() -> None:
    """While the writer learns on, in another thread: codes and texts of before stay found."""
    words = Vocabulary(["0"])
    done = threading.Event()
    faults: list[str] = []

    def read() -> None:
        while not done.is_set():
            known = len(words)
            texts = [str(code) for code in range(0, known, max(1, known // 50))]
            codes = words.codes_of(texts).tolist()
            if codes != [int(text) for text in texts] or texts != words.texts_of(codes):
                faults.append(str(known))

    reader = threading.Thread(target=read)
    reader.start()
    for first in range(1, 100_000, 777):
        words.learn_array(pa.array(range(first, first + 777)).cast(pa.string()))
    done.set()
    reader.join()

    assert [] == faults


def wrong_start(starts: list[int]) -> list[int]:
    """The first text does not begin at the first byte."""
    return [1, *starts[1:]]


def wrong_end(starts: list[int]) -> list[int]:
    """The last text ends beyond the bytes."""
    return [*starts[:-1], starts[-1] + 1]


def not_ascending(starts: list[int]) -> list[int]:
    """A text ends before it begins."""
    return [starts[0], starts[2], starts[1], starts[3]]


def in_a_letter(starts: list[int]) -> list[int]:
    """A text ends between the two bytes of one letter."""
    return [starts[0], starts[1] - 1, *starts[2:]]


def repeated(starts: list[int]) -> list[int]:
    """The empty text comes twice."""
    return [*starts, starts[-1], starts[-1]]


def none_at_all(_starts: list[int]) -> list[int]:
    """Not even where the first text would begin."""
    return []


@pytest.mark.parametrize("width", [np.int32, np.int64])
@pytest.mark.parametrize(
    "damage", [wrong_start, wrong_end, not_ascending, in_a_letter, repeated, none_at_all]
)
def test_texts_that_do_not_fit_each_other_are_corrupt(
    damage: Callable[[list[int]], list[int]], width: Any
) -> None:
    """Their digest may be right and their writer wrong."""
    data = np.frombuffer("\u00e4bcd".encode(), np.uint8)
    starts = [0, 2, 4, 5]

    assert ["\u00e4", "bc", "d"] == Vocabulary.of(
        Texts(data, np.array(starts, width))
    ).texts.arrow().to_pylist()
    with pytest.raises(SnapshotCorrupt):
        Vocabulary.of(Texts(data, np.array(damage(starts), width)))


@given(st.lists(some_text, unique=True, max_size=20), st.lists(some_text, max_size=20))
def test_lists_and_ranges_are_looked_up_as_python_does(held: list[str], asked: list[str]) -> None:
    """Before and after the vocabulary has grown."""
    words = Vocabulary(held[::2])
    sought = tuple(sorted(set(asked)))
    lookups: list[Equals | OneOf | Range] = [
        OneOf(NAME, sought),
        *(Equals(NAME, text) for text in asked[:2]),
        *(
            Range(NAME, low, high, place % 2 == 0, place % 2 == 1)
            for place, (low, high) in enumerate(pairwise([None, *asked, None]))
        ),
    ]
    for texts in (held[::2], [*held[::2], *held[1::2]]):
        words.learn_array(pa.array(texts, pa.string()))
        for lookup in lookups:
            expected = [code for code, text in enumerate(texts) if holds(lookup, text)]

            assert expected == words.matching(lookup).tolist(), lookup
            assert [*(c in expected for c in range(len(texts))), False] == (
                words.matching_table(lookup).tolist()
            )


def holds(lookup: Equals | OneOf | Range, text: str) -> bool:
    """Whether the lookup holds for the text."""
    match lookup:
        case Equals(value=value):
            return text == value
        case OneOf(values=values):
            return text in values
        case Range(low=low, high=high, low_open=low_open, high_open=high_open):
            low_side = low is None or (str(low) < text if low_open else str(low) <= text)
            return low_side and (
                high is None or (text < str(high) if high_open else text <= str(high))
            )
