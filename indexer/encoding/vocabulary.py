"""The distinct texts of one field, each with a code.

Codes are dense, in order of first appearance, shared by all shards of a dataset and never
reused. A vocabulary only grows, so a reader that holds an older view never meets a code it can't
read.

Kept are the texts' UTF-8 bytes side by side and a hash table of codes: 10 to 13 bytes a text
beside its own. The writer appends behind what readers know; whatever has no more room is
replaced by a roomier copy, so what a reader holds stays as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from indexer.encoding.answers import Answer
from indexer.encoding.bits import Mask
from indexer.encoding.column import ValueLookup
from indexer.encoding.text_match import TextLookup
from indexer.encoding.text_pool import TextPool
from indexer.encoding.texts import NARROW_BYTES_MAX, Bytes, Codes, Starts, Texts
from indexer.kernels.texts import UNKNOWN, fill, find, learn
from indexer.model.errors import SnapshotCorrupt
from indexer.model.ids import FieldName
from indexer.plan.nodes import Equals, OneOf, Range, TextMatch

NULL_CODE = UNKNOWN

LOAD_MAX = 0.75
"""Part of its slots that a table may fill before a larger one is made."""
GROWTH_MIN, GROWTH_MAX = 1.5, 16.0
"""How many times its size anything becomes that has no more room."""
SPARE = 17 / 16
"""How much more room is made than a load seems to need, for the texts that come after it."""
TEXTS_MIN, BYTES_MIN = 12, 128
"""What there is room for at first."""

TRIM = 4
"""A table is made smaller when it has so many slots for each text that it should have room for."""

Slots = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class _Held:
    """What is known: of heap and starts the first part, the rest is room."""

    heap: Bytes
    starts: Starts
    table: Slots
    size: int

    @classmethod
    def empty(cls) -> "_Held":
        return cls(
            np.empty(BYTES_MIN, np.uint8), np.zeros(TEXTS_MIN + 1, np.int32), _table(TEXTS_MIN), 0
        )

    @property
    def used(self) -> int:
        return int(self.starts[self.size])

    @property
    def texts(self) -> Texts:
        return Texts(self.heap[: self.used], self.starts[: self.size + 1])

    @property
    def room(self) -> tuple[int, int]:
        """Texts and bytes there is room for."""
        texts = min(int(len(self.table) * LOAD_MAX), len(self.starts) - 1)
        most = len(self.heap) if self.starts.itemsize == 8 else NARROW_BYTES_MAX
        return texts, min(len(self.heap), most)

    @property
    def places(self) -> tuple[int, int, int, int, int, bool]:
        """What the kernels are told of table, heap and starts."""
        return (
            self.table.ctypes.data, len(self.table), _code_bits(self.table),
            self.heap.ctypes.data, self.starts.ctypes.data, self.starts.itemsize == 8,
        )  # fmt: skip

    def roomier(self, texts: int, size: int) -> "_Held":
        """The same with room for so many texts and bytes."""
        held = self
        if size > self.room[1]:
            dtype = np.int32 if size <= NARROW_BYTES_MAX else np.int64
            heap = np.empty(size, np.uint8)
            heap[: self.used] = self.heap[: self.used]
            held = replace(held, heap=heap, starts=self.starts.astype(dtype, copy=False))
        if texts >= len(self.starts):
            starts = np.empty(texts + 1, held.starts.dtype)
            starts[: self.size + 1] = held.starts[: self.size + 1]
            held = replace(held, starts=starts)
        return held.indexed(texts) if texts > int(len(self.table) * LOAD_MAX) else held

    def indexed(self, texts: int) -> "_Held":
        """With a new table that has room for so many texts. Raises: ValueError for repeats."""
        held = replace(self, table=_table(texts))
        if fill(*held.places, self.size):
            raise ValueError("a text comes twice")
        return held


class Vocabulary:
    """Text ↔ code. One writer; any number of readers."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._held = _Held.empty()
        self.pool = TextPool(lambda: self._held.texts)
        given = list(texts)
        if given:
            self.learn_array(pa.array(given, pa.large_string()))

    def __len__(self) -> int:
        return self._held.size

    @property
    def nbytes(self) -> int:
        """Bytes of the texts, their starts and the table; room never written to takes none."""
        held = self._held
        return held.texts.nbytes + held.table.nbytes

    @property
    def texts(self) -> Texts:
        """All texts, at the place of their codes."""
        return self._held.texts

    @classmethod
    def of(cls, texts: Texts) -> "Vocabulary":
        """The vocabulary of these texts, which it keeps. Cost: one pass to make the table.

        Raises: SnapshotCorrupt when they are no texts side by side, or one comes twice.
        """
        made = cls()
        try:
            if texts.starts[0] != 0 or texts.starts[-1] != len(texts.data):
                raise ValueError("there are bytes that belong to no text")
            texts.arrow().validate(full=True)
            held = _Held(texts.data, texts.starts, _table(0), len(texts))
            made._held = held.indexed(max(len(texts), TEXTS_MIN))
        except (ValueError, IndexError) as error:
            raise SnapshotCorrupt("the texts of a vocabulary do not fit each other") from error
        return made

    def without(self, dead: Codes) -> "Vocabulary":
        """One with the same codes that knows nothing of the texts of these.

        In their place are others that name the code and nothing else. They are texts like any:
        whoever sends one gets its code, and what no record has is found in no record. Cost: a
        copy, unless there is nothing new to forget.
        """
        held = self._held.texts
        marks = _marks(dead, 0)
        if not len(dead) or held.taken(dead).equals(marks):
            return self
        whole = held.taken(np.arange(len(self), dtype=np.int32))
        mask = np.zeros(len(self), np.bool_)
        mask[dead] = True
        turn = 0
        # A live text that looks like a mark is somebody's joke, but must stay the only one.
        while len(clash := self.codes_of(marks.to_pylist())) and (~mask[clash[clash >= 0]]).any():
            turn += 1
            marks = _marks(dead, turn)
        copied = Texts.of(pc.replace_with_mask(whole, mask, marks)).narrowed()
        return Vocabulary.of(Texts(copied.data[: copied.starts[-1]].copy(), copied.starts))

    def text(self, code: int) -> str:
        """The text of a code that was given out."""
        return self._held.texts.text(code)

    def texts_of(self, codes: Any) -> list[Any]:
        """Their texts; None for NULL_CODE. Cost: one pass, and one Python object a text."""
        return list(self.arrow(codes).to_pylist())

    def arrow(self, codes: Any) -> Any:
        """The same as a large_string array. Cost: one pass, no Python object."""
        return self._held.texts.taken(codes)

    def code(self, text: str) -> int:
        """The text's code, or NULL_CODE when no record ever had it."""
        return int(self.codes_of([text])[0])

    def codes_of(self, texts: Sequence[str]) -> Codes:
        """The code of each text, NULL_CODE where no record ever had it."""
        given = Texts.of(pa.array(texts, pa.large_string()))
        codes = np.empty(len(given), np.int32)
        held = self._held
        find(*held.places, held.size, *given.places, 0, codes)
        return codes

    def learn(self, text: str) -> int:
        """The text's code, a new one if need be. Only the writer calls it."""
        return int(self.learn_array(pa.array([text], pa.large_string()))[0])

    def learn_array(self, array: Any) -> Codes:
        """Codes of a string, large_string or dictionary array, new ones if need be; null is
        NULL_CODE. Only the writer calls it. Cost: one pass over the bytes.
        """
        if pa.types.is_dictionary(array.type):
            known = np.append(self.learn_array(array.dictionary), np.int32(NULL_CODE))
            places = np.asarray(array.indices.cast(pa.int64()).fill_null(len(known) - 1))
            codes: Codes = known[places]
            return codes
        given = Texts.of(array)
        valid = np.asarray(array.is_valid()) if array.null_count else np.empty(0, np.bool_)
        address = valid.ctypes.data if len(valid) else 0
        found = np.empty(len(given), np.int32)
        before, done = self._held.size, 0
        while True:
            held = self._held
            done, size = learn(
                *held.places, held.room, *given.places, address, found, done, held.size
            )
            self._held = held = replace(held, size=size)
            if done == len(found):
                self._trim()
                return found
            share = (size - before) / done if done else 0.0
            self._make_room(given.between(done, len(given)), share)

    def answer(self, lookup: ValueLookup | TextLookup) -> Answer:
        """The texts that satisfy the lookup, as codes or as a table. Remembered if it costs."""
        if isinstance(lookup, Equals):
            code = self.code(str(lookup.value))
            return Answer(len(self), np.array([code] * (code != NULL_CODE), np.int32))
        if isinstance(lookup, OneOf):
            return self.pool.remembered(lookup, lambda _, size: self._any_of(lookup, size))
        return self.pool.answer(lookup)

    def matching(self, lookup: ValueLookup | TextLookup) -> Codes:
        """Codes of the texts that satisfy the lookup, ascending."""
        return self.answer(lookup).codes

    def matching_table(self, lookup: ValueLookup | TextLookup) -> Mask:
        """True at the codes of the texts that satisfy the lookup; NULL_CODE reads the last
        place, which is False.
        """
        return self.answer(lookup).table

    def _any_of(self, lookup: OneOf, size: int) -> Answer:
        values: Sequence[Any] = lookup.values
        if values and type(values[0]) is not str:
            values = [str(value) for value in values]
        codes = self.codes_of(values)
        # Texts beyond those that are asked about may have been learnt just now.
        return Answer(size, np.sort(codes[(codes != NULL_CODE) & (codes < size)]))

    def _make_room(self, rest: Texts, share: float) -> None:
        """Room for the first text of the rest and, if ``share`` of them are new, for the others."""
        held = self._held
        texts, size = held.room
        if held.size >= texts:
            texts = _grown(held.size, 1, share * len(rest))
        begin, end, last = (int(rest.starts[place]) for place in (0, 1, -1))
        if held.used + end - begin > size:
            size = _grown(held.used, end - begin, share * (last - begin))
        self._held = held.roomier(texts, size)

    def _trim(self) -> None:
        """A table that was made for many more texts than came is made smaller."""
        held = self._held
        wanted = _grown(max(held.size, TEXTS_MIN), 1, 0.0)
        if len(held.table) > TRIM * wanted:
            self._held = held.indexed(wanted)


def warm_texts() -> None:
    """Have the kernels over texts compiled, or read from numba's cache."""
    words, name, several = Vocabulary(["a", "B"]), FieldName("warm"), tuple("abcdefghi")
    words.arrow(words.learn_array(pa.array(["a", None], pa.string())))
    for sought in (several[:1], several):
        words.answer(TextMatch(name, "contains", sought, fold=True))
        words.answer(TextMatch(name, "ends_with", sought))
    words.answer(Range(name, low="a"))
    words.answer(OneOf(name, several))
    Vocabulary.of(words.texts)


def _grown(now: int, needed: int, expected: float) -> int:
    return int(max(now + needed, now * GROWTH_MIN, min((now + expected) * SPARE, now * GROWTH_MAX)))


def _marks(codes: Codes, turn: int) -> Any:
    """What stands in the place of forgotten texts: a NUL, the code, and which try it is."""
    return pa.array([f"\0{code:x}.{turn:x}" for code in codes.tolist()], pa.large_string())


def _table(texts: int) -> Slots:
    return np.zeros(int(texts / LOAD_MAX) + 2, np.uint32)


def _code_bits(table: Slots) -> int:
    """Bits that hold any code plus 1: there are fewer texts than slots."""
    return len(table).bit_length()
