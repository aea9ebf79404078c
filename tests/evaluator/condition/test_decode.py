"""Bytes to decoded JSON: the text of numbers survives, and nothing hostile does."""

import json
from decimal import Decimal

import pytest

from evaluator.condition.decode import PARTS_MAX, decode_json
from indexer.model.errors import BadBody, TooLarge

BOUND = 1_000_000


@pytest.mark.parametrize(
    "text, value",
    [
        ("9007199254740993", 9007199254740993),
        ("1" * 4_000, int("1" * 4_000)),
        ("-0", 0),
        ("1.50", Decimal("1.50")),
        ("1e2", Decimal("1E+2")),
        ("0.1000000000000000000000000000001", Decimal("0.1000000000000000000000000000001")),
        ('"A\\u030a\\ud83d\\ude00"', "A\u030a\U0001f600"),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ("[true, null]", [True, None]),
    ],
)
def test_json_is_decoded_without_losing_digits(text: str, value: object) -> None:
    """Ints of any size, decimals as written, the last of two equal keys."""
    decoded = decode_json(text.encode(), BOUND)

    assert value == decoded
    assert type(value) is type(decoded)
    assert str(value) == str(decoded)


@pytest.mark.parametrize("text", ["1e99999999999999999999", "-1e99999999999999999999"])
def test_an_exponent_beyond_all_bounds_is_still_a_number(text: str) -> None:
    """It is further out than anything a field stores, on its own side."""
    number = decode_json(text, BOUND)

    assert isinstance(number, Decimal)
    assert abs(number) > 10**400
    assert text.startswith("-") == number.is_signed()


def test_an_exponent_below_all_bounds_is_not_zero() -> None:
    """``gt 1e-99999999999999999999`` leaves zero out; zero with any exponent is zero."""
    tiny, zero = (decode_json(f"{x}e-99999999999999999999", BOUND) for x in ("3", "0.0"))

    assert isinstance(tiny, Decimal)
    assert 0 < tiny < Decimal("1E-400")
    assert Decimal(0) == zero


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1,]",
        b"nul",
        b"1 2",
        b"01",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b'"\\ud800"',
        b'["\\udc00", 1]',
        b'{"\\ud800x": 1}',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\x00"',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b"\x1f\x8b\x08\x00",
        b"9" * 5_000,
        b"-" + b"9" * 5_000,
    ],
)
def test_what_is_no_json_is_refused_without_repeating_it(body: bytes) -> None:
    """One error for all of it, that quotes nothing and names no byte of the body."""
    with pytest.raises(BadBody) as refused:
        decode_json(body, BOUND)

    assert "bad_json" == refused.value.code
    assert refused.value.message in {
        "this is not JSON",
        "a whole number in the JSON has too many digits",
    }


@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"all":[', b"]}"), (b'{"a":', b"}")])
def test_json_nested_without_end_is_refused(opening: bytes, closing: bytes) -> None:
    """A hundred thousand levels neither crash nor take a stack with them."""
    bomb = opening * 100_000 + b"1" + closing * 100_000

    with pytest.raises(BadBody) as refused:
        decode_json(bomb, 10 * BOUND)

    assert ["too_deep"] == [problem.code for problem in refused.value.problems]


def test_a_text_that_is_no_unicode_is_refused() -> None:
    """A program may hand over half a character."""
    with pytest.raises(BadBody):
        decode_json('"\ud800"', BOUND)


def test_json_over_the_bound_is_not_looked_at() -> None:
    """The bound is exact, and checked before anything is read."""
    with pytest.raises(TooLarge):
        decode_json(b"[" * 11, 10)

    assert [1, 2, 345] == decode_json(b"[1,2, 345]", 10)


@pytest.mark.parametrize("part", ["[]", "{}", '{"a": [1]}', '"\\\\", [{}]', '"\\"[", []'])
def test_json_of_very_many_parts_is_refused(part: str) -> None:
    """Before it is decoded: a part costs far more than its bytes."""
    many = f"[{','.join([part] * PARTS_MAX)}]"

    with pytest.raises(BadBody) as refused:
        decode_json(many, len(many))

    assert ["too_many_nodes"] == [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize("text", ["[{", "\\\\[{", '\\"[', "\\\\\\\\\\\\[{\\\\"])
def test_brackets_inside_of_texts_are_no_parts(text: str) -> None:
    """However they are escaped, and over many windows."""
    many = f"[{','.join([json.dumps(text)] * PARTS_MAX * 5)}]"

    assert [text] * PARTS_MAX * 5 == decode_json(many, len(many))
