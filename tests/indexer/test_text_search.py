"""Searching texts side by side finds what searching them one by one does."""

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from indexer.encoding.needles import ONE_BY_ONE_MAX, containing
from indexer.encoding.patterns import needed_text
from indexer.encoding.text_match import matching_texts
from indexer.encoding.text_pool import FoldedTexts
from indexer.encoding.texts import Texts
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.ids import FieldName
from indexer.plan.fold import composed, folded, folded_texts
from indexer.plan.nodes import Pattern, TextMatch
from indexer.plan.texts import texts_of
from tests.support.oracle import nfc

NAME = FieldName("name")
MANY = ONE_BY_ONE_MAX + 12
PATTERNS = ["^a", "b$", "a.b", r"\.", "^$", "a|b", "(ab)+$", "[^a]", "a{2,}"]
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

    found = containing(Texts.of(texts_of(held).slice(skipped)), sought)

    assert expected == found.tolist()


@pytest.mark.parametrize("several", [1, MANY])
@pytest.mark.parametrize("before", [0, 1, 55, 58, 59, 63, 64, 65, 121, 128, 65_530, 65_536])
def test_a_needle_over_the_edge_of_a_block_is_found(several: int, before: int) -> None:
    """And one over the edge of two texts is not."""
    sought = ["needle", *(f"other {place}" for place in range(several - 1))]
    held = ["x" * before + "needle", "nee", "dle", "", "needle", "x" * before, "a needle", "need"]

    for after in ([], ["x" * 200]):
        found = containing(Texts.of(texts_of([*held, *after])), sought)

        assert [0, 4, 6] == np.flatnonzero(found).tolist()


def test_a_needle_of_common_bytes_is_found_in_long_texts() -> None:
    """Where every byte looks right at first."""
    held = ["a" * 65_600, "a" * 65_600 + "b", "b" + "a" * 99, "a" * 63 + "ba"]

    assert [1, 3] == np.flatnonzero(containing(Texts.of(texts_of(held)), ["aaab"])).tolist()
    assert [2, 3] == np.flatnonzero(containing(Texts.of(texts_of(held)), ["ba"])).tolist()


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

    assert expected == matching_texts(Texts.of(texts_of(held)), lookup).tolist()


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


def test_a_vocabulary_of_nothing_answers() -> None:
    """No text, no code; the place for null is there."""
    assert [] == Vocabulary().matching(Pattern(NAME, "a")).tolist()
    assert [False] == Vocabulary().matching_table(Pattern(NAME, "a")).tolist()


@given(
    st.lists(st.lists(st.text("aA\u00c4\u00e4\u4e2d", max_size=3), max_size=9), max_size=9),
    st.data(),
)
def test_folded_texts_follow_a_list_that_grows(
    batches: list[list[str]], data: st.DataObject
) -> None:
    """In parts, which stay few; only texts that folding changes are held."""
    held: list[str] = []
    pool = FoldedTexts(lambda: Texts.of(texts_of(held)))
    for batch in batches:
        held += batch
        start = data.draw(st.integers(0, len(held)))
        expected = {
            place: folded(text)
            for place, text in enumerate(held)
            if place >= start and folded(text) != text
        }

        found = list(pool.between(start, len(held)))

        places = [place for part, _ in found for place in part.tolist()]
        texts = [text for _, part in found for text in part.arrow().to_pylist()]
        assert list(expected.items()) == list(zip(places, texts, strict=True))
        assert len(found) <= len(held).bit_length()


@settings(max_examples=200)
@given(st.lists(st.lists(pieces, max_size=9), min_size=1, max_size=4), needles(MANY), st.data())
def test_a_vocabulary_finds_what_python_finds(
    batches: list[list[str]], sought: list[str], data: st.DataObject
) -> None:
    """Folded or not, however it has grown since it was last asked: codes and table agree."""
    fold = data.draw(st.booleans())
    how = data.draw(st.sampled_from(sorted(HOLDS)))
    wanted = tuple(sorted({folded(each) if fold else each for each in sought}))
    lookup = TextMatch(NAME, how, wanted, fold)  # type: ignore[arg-type]
    words = Vocabulary()
    for batch in batches:
        words.learn_array(pa.array(batch, pa.string()))
        texts = words.texts.arrow().to_pylist()
        expected = [
            code
            for code, text in enumerate(texts)
            if any(HOLDS[how](folded(text) if fold else text, each) for each in lookup.texts)
        ]

        table = words.matching_table(lookup)

        assert expected == words.matching(lookup).tolist()
        assert [code in expected for code in range(len(texts) + 1)] == table.tolist()


HOLDS: dict[str, Callable[[str, str], bool]] = {
    "contains": str.__contains__,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "equals": str.__eq__,
}


@given(st.lists(st.text("ab.\0\u00e4", max_size=9), max_size=9), st.sampled_from(PATTERNS))
def test_a_pattern_is_searched_in_each_text_alone(held: list[str], pattern: str) -> None:
    """Anchors are the ends of the text, not those of its neighbours."""
    expected = [bool(re.search(pattern, text)) for text in held]

    found = matching_texts(Texts.of(texts_of(held)), Pattern(NAME, pattern))

    assert expected == found.tolist()


def _codes(*codes: int) -> npt.NDArray[np.int32]:
    return np.array(codes, np.int32)


@pytest.mark.parametrize(
    "pattern, needed",
    [
        (r"@gmail\.com$", "@gmail.com"), ("^anna", "anna"), ("ann?a", None), ("annie*s", "anni"),
        ("abc+def", "def"), ("ab", None), ("abc|def", None), ("(abc)?", None), ("(?i)abc", None),
        ("[abc]def[^]]ghij", "ghij"), (r"\d{3}abc", "abc"), (r"abc\x41", None),
        ("abc.*defg", "defg"),
        (r"[\]]abc", "abc"), ("[[:alpha:]]abc", None), ("abc{2}", None), ("abcd{0,2}", "abc"),
        (r"\Qabc\E", None), ("abc{x", None), ("\u00e4\u00f6\u00fc", "\u00e4\u00f6\u00fc"),
        ("", None),
    ],
)  # fmt: skip
def test_what_a_pattern_needs_is_in_whatever_it_matches(pattern: str, needed: str | None) -> None:
    """Only where that is plain to see."""
    assert needed == needed_text(pattern)


@settings(max_examples=300)
@given(st.data())
def test_a_pattern_finds_the_same_with_and_without_what_it_needs(data: st.DataObject) -> None:
    """Of pieces put together at random, as far as RE2 takes them."""
    parts = ["abc", "a", "b", ".", "[ab]", "[^]a]", r"\.", r"\d", "^", "$", "\u00e4"]
    counts = ["", "", "", "?", "*", "+", "{2}", "{0,1}", "+?"]
    pairs = st.tuples(st.sampled_from(parts), st.sampled_from(counts)).map("".join)
    pattern = "".join(data.draw(st.lists(pairs, max_size=6)))
    held = texts_of(data.draw(st.lists(st.text("abc.1\u00e4", max_size=12), max_size=12)))
    try:
        expected = pc.match_substring_regex(held, pattern).to_pylist()
    except pa.ArrowInvalid:
        reject()

    found = matching_texts(Texts.of(held), Pattern(NAME, pattern))

    assert expected == found.tolist()
