"""How fast the kernels over texts are; what they answer is checked as well."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from indexer.encoding.text_match import SearchLookup, matching_texts
from indexer.encoding.texts import Texts
from indexer.encoding.vocabulary import Vocabulary
from indexer.kernels.search import may_fold
from indexer.model.ids import FieldName
from indexer.plan.nodes import Pattern, Range, TextMatch

NAME = FieldName("email")
SIZE = 20_000
EMAILS = [f"someone.{number:05}@{'ab'[number % 2]}.example.org" for number in range(SIZE)]
MANY = tuple(f"one.{number:05}" for number in range(0, SIZE, 100))
LOOKUPS: list[tuple[SearchLookup, int]] = [
    (TextMatch(NAME, "contains", (".00007@",)), 1),
    (TextMatch(NAME, "contains", MANY), SIZE // 100),
    (TextMatch(NAME, "starts_with", ("someone.1",)), SIZE // 2),
    (TextMatch(NAME, "ends_with", tuple(f"{each}@a.example.org" for each in MANY)), SIZE // 100),
    (TextMatch(NAME, "contains", ("@b",), fold=True), SIZE // 2),
    (Range(NAME, "someone.1", "someone.15", high_open=True), 5_000),
    (Pattern(NAME, r"[05]0@a\.example"), SIZE // 50),
]


@pytest.fixture(scope="module")
def array() -> Any:
    """The e-mails as a load brings them."""
    return pa.array(EMAILS, pa.string())


@pytest.fixture(scope="module")
def words(array: Any) -> Vocabulary:
    """A vocabulary of them."""
    made = Vocabulary()
    made.learn_array(array)
    return made


def test_learning_new_texts(benchmark: Any, array: Any) -> None:
    """Into an empty vocabulary, which grows on the way."""
    codes = benchmark(lambda: Vocabulary().learn_array(array))

    assert list(range(SIZE)) == codes.tolist()


def test_learning_known_texts(benchmark: Any, array: Any, words: Vocabulary) -> None:
    """Each of them is found."""
    codes = benchmark(words.learn_array, array)

    assert list(range(SIZE)) == codes.tolist()


def test_finding_a_list(benchmark: Any, words: Vocabulary) -> None:
    """As a condition with a long list does."""
    codes = benchmark(words.codes_of, EMAILS[::-1])

    assert list(range(SIZE))[::-1] == codes.tolist()


def test_making_the_table_of_a_snapshot(benchmark: Any, words: Vocabulary) -> None:
    """And checking that its texts are texts."""
    again = benchmark(Vocabulary.of, words.texts)

    assert 7 == again.code(EMAILS[7])


def test_copying_texts_out(benchmark: Any, words: Vocabulary) -> None:
    """As an export does."""
    texts = benchmark(words.arrow, np.arange(SIZE, dtype=np.int32)[::-1])

    assert EMAILS[::-1] == texts.to_pylist()


def test_telling_which_texts_fold(benchmark: Any, words: Vocabulary) -> None:
    """None of them."""
    found = np.zeros(SIZE, np.bool_)

    benchmark(may_fold, *words.texts.places, SIZE, found)

    assert not found.any()


@pytest.mark.parametrize(("lookup", "count"), LOOKUPS)
def test_searching_through_all_texts(
    benchmark: Any, lookup: SearchLookup, count: int, words: Vocabulary
) -> None:
    """Each way of searching, nothing remembered."""
    found = benchmark(matching_texts, words.texts, lookup)

    assert count == np.count_nonzero(found)


def test_searching_keys_where_they_lie(benchmark: Any, array: Any) -> None:
    """As Arrow texts, without copying them."""
    found = benchmark(matching_texts, Texts.of(array), LOOKUPS[0][0])

    assert [7] == np.flatnonzero(found).tolist()
