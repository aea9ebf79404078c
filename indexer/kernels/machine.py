"""Operations of the machine that numba has no name for, on words at addresses.

Vectors are of eight words, a line of cache; where the machine's are shorter, LLVM splits them.
numba's disk cache does not see a change here: ``indexer.kernels.run`` holds this file's digest, so
that it changes too.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, types, uint64
from numba.core import cgutils

SET, AND, OR, ANDNOT, TALLY, TALLY_AND = range(6)
"""What is done to the target of a join, see ``indexer.kernels.run``."""
SOURCES = 4
LINE_WORDS = 8
STEP_WORDS = 64
"""Words that one step joins: eight lines of each source."""
AHEAD_BYTES = 1_024
"""From a line that is read to the one that is asked for; measured to be enough."""
LANES = 64
_LINE = ir.VectorType(ir.IntType(64), LINE_WORDS)

unpack: Callable[..., Any] = cgutils.unpack_tuple
get_or_insert: Callable[..., Any] = cgutils.get_or_insert_function
tuple_of: Callable[..., Any] = types.UniTuple
intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""


@intrinsic
def popcount(_typing: Any, _word: Any) -> Any:
    """Number of set bits of a uint64."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return uint64(uint64), generate


def _load(bits: int) -> Callable[..., Any]:
    @intrinsic
    def load(_typing: Any, _address: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            loaded = builder.load(builder.inttoptr(args[0], ir.IntType(bits).as_pointer()))
            loaded.align = bits // 8
            return builder.zext(loaded, ir.IntType(64)) if bits < 64 else loaded

        return uint64(uint64), generate

    return load


word_at, offset_at = _load(64), _load(32)
"""The uint64, or the uint32 widened, at an aligned address."""


@intrinsic
def store_word(_typing: Any, _address: Any, _word: Any) -> Any:
    """Put a uint64 at an 8-byte aligned address."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        builder.store(args[1], pointer).align = 8
        return _context.get_dummy_value()

    return types.void(uint64, uint64), generate


def _step(mode: int, *, ahead: bool) -> Callable[..., Any]:
    """Joins 64 words in vectors of eight; not 0 if any is set then, a tally's members."""

    @intrinsic
    def step(_typing: Any, _t: Any, _a: Any, _b: Any, _c: Any, _d: Any, _x: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            return _joined(builder, args, mode, ahead=ahead)

        masks = tuple_of(uint64, SOURCES + 1)
        return uint64(uint64, uint64, uint64, uint64, uint64, masks), generate

    return step


def _joined(builder: Any, args: Any, mode: int, *, ahead: bool) -> Any:
    target, sources = args[0], args[1:5]
    x = [_everywhere(builder, mask) for mask in unpack(builder, args[5])]
    count: Any = get_or_insert(builder.module, ir.FunctionType(_LINE, [_LINE]), "llvm.ctpop.v8i64")
    found = ir.Constant(_LINE, [0] * LINE_WORDS)
    for offset in range(0, 8 * STEP_WORDS, 8 * LINE_WORDS):
        if ahead:
            _ask_for(builder, sources, offset + AHEAD_BYTES)
        held = [_line_at(builder, source, offset) for source in sources]
        joined = builder.xor(held[0], x[0])
        for part, mask in zip(held[1:], x[1:], strict=False):
            joined = builder.and_(joined, builder.xor(part, mask))
        joined = builder.xor(joined, x[SOURCES])
        if mode in (AND, TALLY_AND):
            joined = builder.and_(joined, _line_at(builder, target, offset))
        if mode == OR:
            joined = builder.or_(joined, _line_at(builder, target, offset))
        if mode in (TALLY, TALLY_AND):
            found = builder.add(found, builder.call(count, [joined]))
            continue
        builder.store(joined, _moved(builder, target, offset, _LINE)).align = 8
        found = builder.or_(found, joined)
    return _reduced(builder, found, add=mode in (TALLY, TALLY_AND))


def _moved(builder: Any, address: Any, offset: int, kind: Any) -> Any:
    moved = builder.add(address, ir.Constant(ir.IntType(64), offset))
    return builder.inttoptr(moved, kind.as_pointer())


def _line_at(builder: Any, address: Any, offset: int) -> Any:
    loaded = builder.load(_moved(builder, address, offset, _LINE))
    loaded.align = 8
    return loaded


def _ask_for(builder: Any, sources: Any, offset: int) -> None:
    """Ask for the lines that far from each source, which need not exist."""
    byte, number = ir.IntType(8), ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [byte.as_pointer(), *[number] * 3])
    ask = builder.module.declare_intrinsic("llvm.prefetch", [byte.as_pointer()], kind)
    read, far, data = (ir.Constant(number, value) for value in (0, 2, 1))
    for source in sources:
        builder.call(ask, [_moved(builder, source, offset, byte), read, far, data])


def _everywhere(builder: Any, value: Any, line: Any = None) -> Any:
    """A vector of eight words, or of that type, with the value in every place."""
    line, number = line or _LINE, ir.IntType(32)
    first = builder.insert_element(ir.Constant(line, ir.Undefined), value, ir.Constant(number, 0))
    zeros = ir.Constant(ir.VectorType(number, line.count), [0] * line.count)
    return builder.shuffle_vector(first, ir.Constant(line, ir.Undefined), zeros)


def _reduced(builder: Any, line: Any, *, add: bool) -> Any:
    parts = [builder.extract_element(line, ir.Constant(ir.IntType(32), k)) for k in range(8)]
    total = parts[0]
    for part in parts[1:]:
        total = builder.add(total, part) if add else builder.or_(total, part)
    return total


join_set, join_and, join_or = (_step(mode, ahead=True) for mode in (SET, AND, OR))
join_tally, join_tally_and = (_step(mode, ahead=True) for mode in (TALLY, TALLY_AND))
near_set, near_and, near_or = (_step(mode, ahead=False) for mode in (SET, AND, OR))
near_tally, near_tally_and = (_step(mode, ahead=False) for mode in (TALLY, TALLY_AND))
"""``(target, s0, s1, s2, s3, (x0, x1, x2, x3, x4))``; the near ones ask for no lines ahead."""


def _within(bits: int) -> Callable[..., Any]:
    @intrinsic
    def within(_typing: Any, _address: Any, _low: Any, _span: Any) -> Any:
        lane = ir.IntType(bits)
        vector = ir.VectorType(lane, LANES)

        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            loaded = builder.load(builder.inttoptr(args[0], vector.as_pointer()))
            loaded.align = bits // 8
            low, span = (builder.trunc(each, lane) if bits < 64 else each for each in args[1:])
            # (value - low) <= span, unsigned: one comparison for both ends.
            moved = builder.sub(loaded, _everywhere(builder, low, vector))
            held = builder.icmp_unsigned("<=", moved, _everywhere(builder, span, vector))
            return builder.bitcast(held, ir.IntType(64))

        return uint64(uint64, uint64, uint64), generate

    return within


within_8 = _within(8)
within_16 = _within(16)
within_32 = _within(32)
within_64 = _within(64)
"""Bit i tells whether ``low <= lane i <= low + span``, unsigned, for the 64 lanes at an address."""
