"""Searching texts side by side finds what searching them one by one does."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.encoding.needles import BLOCK, ONE_BY_ONE_MAX, containing
from indexer.encoding.text_match import matching_texts
from indexer.encoding.text_pool import TextPool
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.ids import FieldName
from indexer.plan.fold import composed, folded, folded_texts
from indexer.plan.nodes import Pattern, TextMatch
from indexer.plan.texts import Following, texts_of
from tests.support.oracle import nfc

NAME = FieldName("name")
MANY = ONE_BY_ONE_MAX + 12
pieces = st.text("ab\0\u00e4\u00df\u4e2d\U0001f600", max_size=7)
texts = st.lists(pieces, max_size=20)


def needles(most: int) -> st.SearchStrategy[list[str]]:
    """Some texts to look for, none of them empty."""
    return st.lists(pieces.filter(bool), min_size=1, max_size=most, unique=True)


@settings(max_examples=300)
@given(texts, st.one_of(needles(3), needles(MANY)), st.integers(0, 3))
def test_a_text_contains_what_python_finds_in_it(
    held: list[str], sought: list[str], skipped: int
) -> None:
    """Few needles and many, in a slice of an array too."""
    expected = [any(each in text for each in sought) for text in held[skipped:]]

    found = containing(texts_of(held).slice(skipped), sought)

    assert expected == found.tolist()


@pytest.mark.parametrize("several", [1, MANY])
def test_a_needle_over_the_edge_of_a_block_is_found(several: int) -> None:
    """And one over the edge of two texts is not."""
    sought = ["needle", *(f"other {place}" for place in range(several - 1))]
    held = ["x" * (BLOCK - 3) + "needle", "nee", "dle", "", "needle", "x" * BLOCK, "a needle"]

    found = containing(texts_of(held), sought)

    assert [True, False, False, False, True, False, True] == found.tolist()


@settings(max_examples=300)
@given(texts, needles(MANY), st.sampled_from(["equals", "starts_with", "ends_with"]))
def test_a_text_begins_and_ends_as_python_says(
    held: list[str], sought: list[str], how: str
) -> None:
    """Whatever lengths the pieces have."""
    ways = {"equals": sought.__contains__}
    expected = [
        ways[how](text) if how in ways else any(getattr(text, _PYTHON[how])(s) for s in sought)
        for text in held
    ]
    lookup = TextMatch(NAME, how, tuple(sorted(sought)))  # type: ignore[arg-type]

    assert expected == matching_texts(texts_of(held), lookup).tolist()


_PYTHON = {"starts_with": "startswith", "ends_with": "endswith"}


@settings(max_examples=300)
@given(st.lists(st.text(max_size=6).map(nfc), max_size=8))
def test_texts_fold_together_as_they_do_alone(held: list[str]) -> None:
    """NUL is the separator inside, so texts that hold one take another way."""
    assert [nfc(text.casefold()) for text in held] == [folded(text) for text in held]
    assert [folded(text) for text in held] == folded_texts(texts_of(held)).to_pylist()


@settings(max_examples=300)
@given(st.lists(st.text("aA\u0301\u030a\0\u00e5", max_size=4), max_size=8))
def test_texts_compose_together_as_they_do_alone(held: list[str]) -> None:
    """A mark at the start of one does not join the letter before it in another."""
    assert [nfc(text) for text in held] == composed(held)


@pytest.mark.parametrize(
    "one, other",
    [
        ("Stra\u00dfe", "STRASSE"), ("\u1e9e", "ss"), ("\u0130", "i\u0307"), ("\ufb00", "FF"),
        ("\u03c2", "\u03a3"), ("\u01f0", "J\u030c"), ("\u0390", "\u1fd3"), ("\u212a", "k"),
        ("A\u030a", "\u00e5"),
    ],
)  # fmt: skip
def test_letters_that_differ_by_case_fold_to_one_text(one: str, other: str) -> None:
    """Full folding, in every language alike: the dotless i stays another letter."""
    assert folded(nfc(one)) == folded(nfc(other))
    assert folded("I") != folded("\u0131")


def test_a_pool_looks_only_at_what_is_new() -> None:
    """An answer stays true for the texts it was given over."""
    words = Vocabulary(["anna", "ben", "Hanna"])
    lookup, pattern = TextMatch(NAME, "contains", ("ann",), fold=True), Pattern(NAME, "^a")

    first = words.matching(lookup).tolist()
    codes = [words.learn(text) for text in ("carl", "ANNE", "ada")]

    assert [0, 2] == first
    assert [3, 4, 5] == codes
    assert [0, 2, 4] == words.matching(lookup).tolist()
    assert [0, 5] == words.matching(pattern).tolist()
    assert ["ANNE", "anna"] == words.pool.take(_codes(4, 0), fold=False).to_pylist()
    assert ["anne", "anna"] == words.pool.take(_codes(4, 0), fold=True).to_pylist()


def test_a_pool_of_nothing_answers() -> None:
    """No text, no code."""
    assert [] == TextPool([]).matching(Pattern(NAME, "a")).tolist()


@given(st.lists(st.integers(1, 9), max_size=30), st.data())
def test_parts_that_follow_a_list_are_its_items_in_order(
    grown: list[int], data: st.DataObject
) -> None:
    """However it grew; the parts stay few."""
    items: list[int] = []
    following = Following(lambda start, end: pa.array(items[start:end]))
    for size in grown:
        items += range(len(items), len(items) + size)
        start = data.draw(st.integers(0, len(items)))

        parts = following.between(start, len(items))

        assert items[start:] == [item for part in parts for item in part.to_pylist()]
        assert len(parts) <= len(items).bit_length()


def _codes(*codes: int) -> "pa.Array":
    return pa.array(codes, pa.int32())
