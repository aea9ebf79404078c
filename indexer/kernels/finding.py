"""Where the cells of delimited text stand: one pass over its bytes.

It knows plain records only and gives up at others (see ``indexer.kernels.cells``).
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, njit, uint64

GIVEN_UP = -1
DONE = 3
"""Figures that ``find_cells`` gives."""

_LF, _CR, _QUOTE = 10, 13, 34
_WORD = 8
_EACH, _TOPS = uint64(0x0101010101010101), uint64(0x8080808080808080)
_BITS_TO_BYTES, _NONE = uint64(3), uint64(0)
_LF_WORD, _CR_WORD = uint64(_LF), uint64(_CR)

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""


@intrinsic
def _word_at(_typing: Any, _address: Any) -> Any:
    """The eight bytes at an address, the first one lowest."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        loaded = builder.load(builder.inttoptr(args[0], ir.IntType(64).as_pointer()))
        loaded.align = 1
        return loaded

    return uint64(uint64), generate


@intrinsic
def _trailing_zeros(_typing: Any, _word: Any) -> Any:
    """Place of the lowest set bit of a uint64 that is not 0."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return uint64(uint64), generate


@njit(nogil=True, cache=True)
def find_cells(
    data: Any, delimiter: int, final: bool, slots: Any, starts: Any, ends: Any, done: Any
) -> bool:
    """Put the bounds of every cell of column c into ``starts[slots[c]]`` and ``ends``.

    A slot of -1 is for a column that nobody wants. ``done`` gets the rows, the bytes and the
    lines of all whole records; the last one needs no line feed if the text is ``final``. Gives
    up (False) at a row of another width, a doubled quote, what stands behind a closing quote,
    and a carriage return that is not before a line feed.
    """
    width, size = slots.size, data.size
    base, delimiters = uint64(data.ctypes.data), _EACH * uint64(delimiter)
    at, row, lines, column = 0, 0, 0, 0
    done[:] = 0
    while at < size:
        if column == 0 and data[at] <= _CR:
            blank = _line_break(data, at)
            if blank > 0:
                at += blank
                lines += 1
                done[1], done[2] = at, lines
                continue
        start = end = at
        if data[at] == _QUOTE:
            start, end, at, inside = _quoted_cell(data, at, delimiter)
            lines += inside
        else:
            at = end = _plain_end(data, base, at, delimiter, delimiters)
        if at == GIVEN_UP or column == width:
            return False
        if slots[column] >= 0:
            starts[slots[column], row] = start
            ends[slots[column], row] = end
        column += 1
        if at < size and data[at] == delimiter:
            at += 1
            if at == size and final:
                return False
            continue
        broken = _line_break(data, at) if at < size else 0
        if broken == 0 and not final:
            # A carriage return may be half of a line break only where the text is cut.
            if at + 1 < size:
                return False
            break
        if column != width or at > size or (broken == 0 and at < size):
            return False
        at += broken
        lines += 1
        column = 0
        row += 1
        done[0], done[1], done[2] = row, at, lines
    return True


@njit(nogil=True, cache=True)
def _plain_end(data: Any, base: Any, at: int, delimiter: int, delimiters: Any) -> int:
    """The next place of a delimiter or line break; the text's end if there is none.

    Eight bytes at a time: the lowest byte that is zero, once a byte sought is taken away from
    all, has its top bit set in ``gone`` (H. Warren, Hacker's Delight, 2012, 6-1).
    """
    size = data.size
    while at + _WORD <= size:
        word = _word_at(base + uint64(at))
        one, two, three = word ^ delimiters, word ^ (_EACH * _LF_WORD), word ^ (_EACH * _CR_WORD)
        gone = ((one - _EACH) & ~one) | ((two - _EACH) & ~two) | ((three - _EACH) & ~three)
        gone &= _TOPS
        if gone != _NONE:
            return at + int(_trailing_zeros(gone) >> _BITS_TO_BYTES)
        at += _WORD
    while at < size and not _ends_cell(data[at], delimiter):
        at += 1
    return at


@njit(nogil=True, cache=True)
def _quoted_cell(data: Any, at: int, delimiter: int) -> tuple[int, int, int, int]:
    """The bounds of what is in the quotes that start there, the place behind, the lines inside.

    The place is beyond the text where a quote is not closed, GIVEN_UP where the cell is odd.
    """
    start, size, lines = at + 1, data.size, 0
    at = start
    while at < size and data[at] != _QUOTE:
        if data[at] == _LF:
            lines += 1
        elif data[at] == _CR and _line_break(data, at) == 0:
            return start, start, GIVEN_UP, lines
        at += 1
    if at + 1 < size and not _ends_cell(data[at + 1], delimiter):
        return start, start, GIVEN_UP, lines
    return start, at if at > start else start - 1, at + 1, lines


@njit(nogil=True, cache=True, inline="always")
def _ends_cell(byte: int, delimiter: int) -> bool:
    return byte == delimiter or byte == _LF or byte == _CR  # noqa: PLR1714 - it is compiled


@njit(nogil=True, cache=True)
def _line_break(data: Any, at: int) -> int:
    """Bytes of the line feed, alone or after a carriage return, that stands there; 0 for none."""
    if data[at] == _LF:
        return 1
    return 2 if data[at] == _CR and at + 1 < data.size and data[at + 1] == _LF else 0
