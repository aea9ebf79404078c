"""How many members two sets share: words against words, and offsets against words.

Vectors are written out, as in ``indexer.kernels.overlaps`` and for its reasons; it stands in one
file with what it is made of because numba's disk cache notices changes of no other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, njit, uint64
from numba.core import cgutils

STREAMS = 4
"""Vectors that are read at a time."""
STEP_WORDS = 8 * STREAMS
"""A stretch of words is a multiple of so many."""

_I64 = ir.IntType(64)
_VECTOR = ir.VectorType(_I64, 8)
_VECTOR_BYTES = 64

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""

codegen: Any = cgutils
"""Typed loosely too: it has no types of its own."""


def _unsigned_at(bits: int) -> Callable[..., Any]:
    @intrinsic
    def unsigned_at(_typing: Any, _address: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            loaded = _load(builder, args[0], ir.IntType(bits))
            return loaded if bits == 64 else builder.zext(loaded, _I64)

        return uint64(uint64), generate

    return unsigned_at


word_at = _unsigned_at(64)
offset_at = _unsigned_at(32)
"""The 8 or 4 bytes at an address that is a multiple of as many, widened to 64 bits."""


@intrinsic
def count_shared(_typing: Any, _left: Any, _right: Any, _steps: Any) -> Any:
    """How many bits two stretches of words share; a step is four vectors of each."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        count = _vector_function(builder, "llvm.ctpop.v8i64", _VECTOR)
        total = _vector_function(builder, "llvm.vector.reduce.add.v8i64", _I64)
        sums = [codegen.alloca_once(builder, _VECTOR) for _ in range(STREAMS)]
        for each in sums:
            builder.store(ir.Constant(_VECTOR, [0] * 8), each)
        with codegen.for_range(builder, args[2]) as loop:
            first = builder.mul(loop.index, ir.Constant(_I64, STREAMS * _VECTOR_BYTES))
            for place, each in enumerate(sums):
                at = builder.add(first, ir.Constant(_I64, place * _VECTOR_BYTES))
                left, right = (_load(builder, builder.add(side, at), _VECTOR) for side in args[:2])
                shared = builder.call(count, [builder.and_(left, right)])
                builder.store(builder.add(builder.load(each), shared), each)
        found = [builder.call(total, [builder.load(each)]) for each in sums]
        return builder.add(builder.add(found[0], found[1]), builder.add(found[2], found[3]))

    return uint64(uint64, uint64, uint64), generate


@njit(nogil=True, cache=True)
def shared_members(lefts: Any, rights: Any, words: int) -> Any:
    """Members that two sets share in those shards where at least one of them has words.

    A row a shard: (address of so many words, or 0; address of uint32 offsets; how many offsets).
    """
    total = uint64(0)
    for i in range(lefts.shape[0]):
        if lefts[i, 0] and rights[i, 0]:
            total += count_shared(lefts[i, 0], rights[i, 0], uint64(words // STEP_WORDS))
        elif lefts[i, 0]:
            total += _held(lefts[i, 0], rights[i, 1], rights[i, 2])
        elif rights[i, 0]:
            total += _held(rights[i, 0], lefts[i, 1], lefts[i, 2])
    return np.int64(total)


@njit(nogil=True, cache=True)
def _held(words: Any, offsets: Any, size: Any) -> Any:
    """How many of the offsets have their bit set."""
    total = uint64(0)
    for i in range(size):
        offset = offset_at(offsets + uint64(4) * uint64(i))
        word = word_at(words + ((offset >> uint64(6)) << uint64(3)))
        total += (word >> (offset & uint64(63))) & uint64(1)
    return total


def _vector_function(builder: Any, name: str, gives: Any) -> Any:
    kind = ir.FunctionType(gives, [_VECTOR])
    return codegen.get_or_insert_function(builder.module, kind, name)


def _load(builder: Any, address: Any, kind: Any) -> Any:
    loaded = builder.load(builder.inttoptr(address, kind.as_pointer()))
    loaded.align = 4 if kind == ir.IntType(32) else 8
    return loaded
