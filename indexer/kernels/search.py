"""Texts as bytes side by side: searched, compared with bounds and copied out, GIL released.

Memory and texts are told as in ``indexer.kernels.texts``. ``found`` has a byte for each text and
is set to 1 where the text satisfies what is asked; the rest stays as it was.

Several needles come sorted by their bytes, with three tables over the first bytes of a text,
zeros where it has fewer: ``kinds`` says by the first two of them whether no needle, only needles
of GRAM bytes or more, or others too may begin so (NOBODY, LONG, ANY); ``grams`` has a bit for the
hash of the first GRAM bytes of each long needle; ``firsts`` by the first two bytes how many
needles are less. If no needle begins another one, the greatest needle that is not greater than a
text is the only one that may begin it.

It stands in one file with the LLVM operations it is made of, for numba's disk cache.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, int64, njit, types, uint64

LANES = 64
GRAM = 4
GRAM_BITS = 20
NOBODY, LONG, ANY = range(3)
UNBOUND, CLOSED, OPEN = range(3)
"""What a bound is: none, part of the range, not part of it."""

_NONE, _ONE = uint64(0), uint64(1)
_SPREAD = uint64(0x9E3779B1)
_PAIR, _QUAD = uint64(0xFFFF), uint64(0xFFFFFFFF)
_HIGH_BITS, _LOW_BITS = uint64(0x8080808080808080), uint64(0x7F7F7F7F7F7F7F7F)
_FROM_A, _BEYOND_Z = uint64(0x3F3F3F3F3F3F3F3F), uint64(0x2525252525252525)
"""Added to bytes below 128, they set the high bit of those from A on, and from beyond Z on."""

_WORD = ir.IntType(64)

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""


def _pointer(builder: Any, args: Any, kind: Any, scale: int) -> Any:
    at = builder.add(args[0], builder.mul(args[1], ir.Constant(_WORD, scale)))
    return builder.inttoptr(at, kind.as_pointer())


def _loads(bits: int, scale: int, result: Any) -> Callable[..., Any]:
    @intrinsic
    def load(_typing: Any, _address: Any, _place: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            loaded = builder.load(_pointer(builder, args, ir.IntType(bits), scale))
            loaded.align = scale
            return loaded if bits == 64 else builder.zext(loaded, _WORD)

        return result(uint64, int64), generate

    return load


def _stores(bits: int) -> Callable[..., Any]:
    @intrinsic
    def store(_typing: Any, _address: Any, _place: Any, _value: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            kind = ir.IntType(bits)
            narrow = args[2] if bits == 64 else builder.trunc(args[2], kind)
            builder.store(narrow, _pointer(builder, args, kind, 1)).align = 1
            return context.get_dummy_value()

        return types.void(uint64, int64, uint64), generate

    return store


byte_at, put_byte = _loads(8, 1, uint64), _stores(8)
word_at, put_word = _loads(64, 1, uint64), _stores(64)
"""Eight bytes at any place."""
_near, _far = _loads(32, 4, int64), _loads(64, 8, int64)


@intrinsic
def swapped(_typing: Any, _word: Any) -> Any:
    """The word with its bytes in the opposite order."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.bswap(args[0])

    return uint64(uint64), generate


@intrinsic
def lowest(_typing: Any, _word: Any) -> Any:
    """Place of the lowest set bit of a word that is not 0."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return int64(uint64), generate


@intrinsic
def lanes_equal(_typing: Any, _address: Any, _place: Any, _byte: Any) -> Any:
    """Bit i tells whether byte i of the 64 from this place on is that one."""
    lane, index = ir.IntType(8), ir.IntType(32)
    vector = ir.VectorType(lane, LANES)

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        loaded = builder.load(_pointer(builder, args, vector, 1))
        loaded.align = 1
        none = ir.Constant(vector, ir.Undefined)
        first = builder.insert_element(none, builder.trunc(args[2], lane), ir.Constant(index, 0))
        zeros = ir.Constant(ir.VectorType(index, LANES), [0] * LANES)
        everywhere = builder.shuffle_vector(first, none, zeros)
        return builder.bitcast(builder.icmp_unsigned("==", loaded, everywhere), _WORD)

    return uint64(uint64, int64, uint64), generate


@njit(nogil=True, cache=True)
def start_at(starts: Any, wide: Any, place: Any) -> Any:
    """Where text ``place`` begins."""
    return _far(starts, place) if wide else _near(starts, place)


@njit(nogil=True, cache=True)
def equal(one: Any, at: Any, other: Any, place: Any, size: Any) -> Any:
    """Whether ``size`` bytes are the same."""
    i = 0
    while i + 8 <= size:
        if word_at(one, at + i) != word_at(other, place + i):
            return False
        i += 8
    while i < size:
        if byte_at(one, at + i) != byte_at(other, place + i):
            return False
        i += 1
    return True


@njit(nogil=True, cache=True)
def owner(starts: Any, wide: Any, count: Any, text: Any, place: Any) -> Any:
    """The text that has the byte at this place, which is not before text ``text``."""
    if start_at(starts, wide, text + 1) > place:
        return text
    low, step = text + 1, 1
    while low + step < count and start_at(starts, wide, low + step) <= place:
        low += step
        step *= 2
    high = min(low + step, count)
    while high - low > 1:
        middle = (low + high) >> 1
        if start_at(starts, wide, middle) <= place:
            low = middle
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def contain(
    data: Any, starts: Any, wide: Any, count: Any, needle: Any, size: Any, rare: Any, other: Any,
    found: Any,
) -> None:  # fmt: skip
    """Texts that contain the needle, told apart by its bytes ``rare`` and ``other`` first."""
    place, end = start_at(starts, wide, 0), start_at(starts, wide, count)
    one, two = byte_at(needle, rare), byte_at(needle, other)
    last, safe, text = end - size, end - size - LANES, 0
    while place <= last:
        held = _NONE
        if place < safe:
            held = lanes_equal(data, place + rare, one) & lanes_equal(data, place + other, two)
        else:
            for i in range(min(LANES, last + 1 - place)):
                same = byte_at(data, place + i + rare) == one
                if same and byte_at(data, place + i + other) == two:
                    held |= _ONE << uint64(i)
        after = place + LANES
        while held:
            at = place + lowest(held)
            held &= held - _ONE
            if not equal(data, at, needle, 0, size):
                continue
            text = owner(starts, wide, count, text, at)
            stop = start_at(starts, wide, text + 1)
            if at + size <= stop:
                found[text] = 1
                # Nothing more is to be learnt of this text.
                after = max(after, stop)
                over = stop - place
                held &= (~_NONE << uint64(over)) if over < LANES else _NONE
        place = after


@njit(nogil=True, cache=True)
def begin_word(data: Any, place: Any, stop: Any, backward: Any) -> Any:
    """The first GRAM bytes of a text, or its last ones backwards; zeros where it has fewer."""
    if stop - place >= 8:
        if backward:
            return swapped(word_at(data, stop - 8)) & _QUAD
        return word_at(data, place) & _QUAD
    word = _NONE
    for i in range(min(GRAM, stop - place)):
        word |= byte_at(data, stop - 1 - i if backward else place + i) << uint64(8 * i)
    return word


@njit(nogil=True, cache=True)
def may_begin(kinds: Any, grams: Any, word: Any) -> Any:
    """Whether any needle may begin with these GRAM bytes."""
    kind = kinds[word & _PAIR]
    if kind == NOBODY:
        return False
    if kind == ANY:
        return True
    slot = ((word * _SPREAD) & _QUAD) >> uint64(32 - GRAM_BITS)
    return (grams[slot >> uint64(3)] >> (slot & uint64(7))) & 1 != 0


@njit(nogil=True, cache=True)
def order(
    data: Any, place: Any, stop: Any, backward: Any, needles: Any, begin: Any, size: Any
) -> Any:
    """How many first bytes text and needle share, and whether the needle is not greater."""
    length = stop - place
    i, both = 0, min(size, length)
    while i + 8 <= both:
        mine = swapped(word_at(data, stop - 8 - i)) if backward else word_at(data, place + i)
        its = word_at(needles, begin + i)
        if mine != its:
            return i + (lowest(mine ^ its) >> 3), swapped(its) < swapped(mine)
        i += 8
    while i < both:
        mine, its = (
            byte_at(data, stop - 1 - i if backward else place + i),
            byte_at(needles, begin + i),
        )
        if mine != its:
            return i, its < mine
        i += 1
    return both, size <= length


@njit(nogil=True, cache=True)
def nearest(
    data: Any, place: Any, stop: Any, backward: Any, word: Any, needles: Any, needle_starts: Any,
    firsts: Any, whole: Any,
) -> Any:  # fmt: skip
    """Whether the greatest needle that is not greater than the text begins it, or is it."""
    pair = int64((word & uint64(0xFF)) << uint64(8) | (word >> uint64(8)) & uint64(0xFF))
    # Below the needles that share two bytes may stand one that has but one byte.
    low, high = max(firsts[pair] - 1, 0), firsts[pair + 1]
    best, shared = -1, 0
    while low < high:
        middle = (low + high) >> 1
        begin = needle_starts[middle]
        same, not_greater = order(
            data, place, stop, backward, needles, begin, needle_starts[middle + 1] - begin
        )
        if not_greater:
            low, best, shared = middle + 1, middle, same
        else:
            high = middle
    if best < 0:
        return False
    size = needle_starts[best + 1] - needle_starts[best]
    return shared == size and (not whole or size == stop - place)


@njit(nogil=True, cache=True)
def contain_any(
    data: Any, starts: Any, wide: Any, count: Any, needles: Any, needle_starts: Any, kinds: Any,
    grams: Any, firsts: Any, found: Any,
) -> None:  # fmt: skip
    """Texts that contain any of the needles, none of which is empty or begins another."""
    place, end = start_at(starts, wide, 0), start_at(starts, wide, count)
    text = 0
    while place < end:
        if place + 8 <= end:
            word = word_at(data, place) & _QUAD
        else:
            word = begin_word(data, place, min(place + GRAM, end), False)
        if may_begin(kinds, grams, word):
            text = owner(starts, wide, count, text, place)
            stop = start_at(starts, wide, text + 1)
            # Bytes beyond the text may have spoken for a needle, never against one.
            if nearest(
                data, place, stop, False, begin_word(data, place, min(place + GRAM, stop), False),
                needles, needle_starts, firsts, False,
            ):  # fmt: skip
                found[text] = 1
                place = stop
                continue
        place += 1


@njit(nogil=True, cache=True)
def begin(
    data: Any, starts: Any, wide: Any, count: Any, needle: Any, size: Any, backward: Any,
    whole: Any, found: Any,
) -> None:  # fmt: skip
    """Texts that begin with the needle, end with it if ``backward``, or are it if ``whole``."""
    stop = start_at(starts, wide, 0)
    for text in range(count):
        place, stop = stop, start_at(starts, wide, text + 1)
        length = stop - place
        if length == size or (length > size and not whole):
            found[text] |= equal(data, stop - size if backward else place, needle, 0, size)


@njit(nogil=True, cache=True)
def begin_any(
    data: Any, starts: Any, wide: Any, count: Any, needles: Any, needle_starts: Any, kinds: Any,
    grams: Any, firsts: Any, backward: Any, whole: Any, found: Any,
) -> None:  # fmt: skip
    """Texts that begin with any of the needles, or are one if ``whole``.

    ``backward`` reads the texts from their ends; the needles are turned around already.
    """
    stop = start_at(starts, wide, 0)
    for text in range(count):
        place, stop = stop, start_at(starts, wide, text + 1)
        if place == stop:
            continue
        word = begin_word(data, place, stop, backward)
        if may_begin(kinds, grams, word) and nearest(
            data, place, stop, backward, word, needles, needle_starts, firsts, whole
        ):
            found[text] = 1


@njit(nogil=True, cache=True)
def _beyond(
    data: Any, place: Any, size: Any, head: Any, bound: Any, length: Any, bound_head: Any
) -> Any:
    """-1, 0 or 1 as the text is less than the bound, equal, or greater; heads are told apart."""
    if head != bound_head:
        return 1 if head > bound_head else -1
    for i in range(min(8, size, length), min(size, length)):
        mine, its = byte_at(data, place + i), byte_at(bound, i)
        if mine != its:
            return 1 if mine > its else -1
    return 0 if size == length else 1 if size > length else -1


@njit(nogil=True, cache=True)
def head_of(data: Any, place: Any, size: Any) -> Any:
    """The first eight bytes, zeros where there are fewer, as a number ordered as they are."""
    if size >= 8:
        return swapped(word_at(data, place))
    word = _NONE
    for i in range(size):
        word |= byte_at(data, place + i) << uint64(56 - 8 * i)
    return word


@njit(nogil=True, cache=True)
def lie_within(
    data: Any, starts: Any, wide: Any, count: Any, low: Any, low_size: Any, low_bound: Any,
    high: Any, high_size: Any, high_bound: Any, found: Any,
) -> None:  # fmt: skip
    """Texts within a range of bytes; a bound is UNBOUND, CLOSED or OPEN."""
    low_head, high_head = head_of(low, 0, low_size), head_of(high, 0, high_size)
    stop = start_at(starts, wide, 0)
    for text in range(count):
        place, stop = stop, start_at(starts, wide, text + 1)
        head = head_of(data, place, stop - place)
        if low_bound != UNBOUND:
            side = _beyond(data, place, stop - place, head, low, low_size, low_head)
            if side < 0 or (side == 0 and low_bound == OPEN):
                continue
        if high_bound != UNBOUND:
            side = _beyond(data, place, stop - place, head, high, high_size, high_head)
            if side > 0 or (side == 0 and high_bound == OPEN):
                continue
        found[text] = 1


@njit(nogil=True, cache=True)
def may_fold(data: Any, starts: Any, wide: Any, count: Any, found: Any) -> None:
    """Texts with a capital letter of ASCII or anything outside ASCII."""
    stop = start_at(starts, wide, 0)
    for text in range(count):
        place, stop = stop, start_at(starts, wide, text + 1)
        marks = _NONE
        while place + 8 <= stop:
            word = word_at(data, place)
            low = word & _LOW_BITS
            marks |= word | ((low + _FROM_A) & ~(low + _BEYOND_Z))
            place += 8
        while place < stop:
            byte = byte_at(data, place)
            if byte >= 128 or 65 <= byte <= 90:
                marks = _HIGH_BITS
            place += 1
        if marks & _HIGH_BITS:
            found[text] = 1
