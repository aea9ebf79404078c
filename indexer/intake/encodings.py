"""Which encoding a text file has, and its bytes as UTF-8. Pure, but for what it is given to read.

UTF-16 is told by its mark, or by its zeros. What is no UTF-8 is Windows-1252 if, over the whole
file, more bytes make sense in it than there are characters that make sense in UTF-8. Bytes that
mean nothing stay bytes that are no UTF-8: their rows are rejected later, not the file.
"""

import codecs
from collections.abc import Iterable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.uint32]

ZEROS_MIN = 0.4
"""Text of which so many bytes at odd (or even) places are zero, and no others, is UTF-16."""

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ESCAPED, _ESCAPED_LAST = 0xDC80, 0xDCFF
_NO_BYTE = b"\xff"
"""A byte that no UTF-8 text holds."""
_UNDEFINED = np.array([0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xFF], np.uint32)
"""No characters of Windows-1252, and the one that no language writes on its own or at an end."""
_FIRST_LETTER, _THORN = 0xC0, 0xFE
_BESIDE_WORDS = np.array([ord(each) for each in " \t\r\n,;|\"'.!?"], np.uint32)


class Encoding(StrEnum):
    """The encodings that are read. The values are Python's names of their codecs."""

    UTF_8 = "utf-8"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    WINDOWS_1252 = "cp1252"


NAMES = {
    Encoding.UTF_8: "UTF-8",
    Encoding.UTF_16_LE: "UTF-16",
    Encoding.UTF_16_BE: "UTF-16",
    Encoding.WINDOWS_1252: "Windows-1252",
}
"""What people call them."""


def encoding_of_head(head: bytes) -> Encoding | None:
    """By a file's first bytes; None if they are not UTF-8, and the whole file has to be weighed."""
    if head.startswith(_MARKS):
        return Encoding.UTF_16_LE if head.startswith(codecs.BOM_UTF16_LE) else Encoding.UTF_16_BE
    by_zeros = _by_zeros(np.frombuffer(head[: len(head) & ~1], np.uint8))
    if by_zeros is not None:
        return by_zeros
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    return Encoding.UTF_8


def weighed(chunks: Iterable[bytes]) -> Encoding:
    """UTF-8 or Windows-1252, by all bytes of a file. Cost: several passes over it."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    characters, strangers, sensible = 0, 0, 0
    for chunk in chunks:
        text = decoder.decode(chunk)
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        stray = _stray(points)
        characters += int(((points > 127) & ~stray).sum())
        strangers += int(stray.sum())
        sensible += _sensible(points, np.flatnonzero(stray))
    likely = sensible > characters and 2 * sensible >= strangers
    return Encoding.WINDOWS_1252 if likely else Encoding.UTF_8


class Recoder:
    """Bytes in an encoding, a chunk at a time, as UTF-8."""

    def __init__(self, encoding: Encoding) -> None:
        errors = "surrogateescape" if encoding is Encoding.WINDOWS_1252 else "surrogatepass"
        self._errors = errors
        self._decoder = codecs.getincrementaldecoder(encoding.value)(errors)

    def recode(self, chunk: bytes) -> bytes:
        """As much of what came so far as makes characters."""
        return self._decoder.decode(chunk).encode("utf-8", self._errors)

    def rest(self) -> bytes:
        """What is left at the end: nothing, or half a character."""
        left, _ = self._decoder.getstate()
        return _NO_BYTE if left else b""


def recoded(head: bytes, encoding: Encoding) -> bytes:
    """The start of a text as UTF-8, without the half of a character at its end."""
    return head if encoding is Encoding.UTF_8 else Recoder(encoding).recode(head)


def bad_places(data: bytes) -> NDArray[np.int64]:
    """Where the bytes are that no UTF-8 text has there, and where zeros are. Cost: passes."""
    text = data.decode("utf-8", "surrogateescape")
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    stray = _stray(points)
    sizes = 1 + (points > 0x7F).astype(np.int64) + (points > 0x7FF) + (points > 0xFFFF)
    sizes[stray] = 1
    starts = np.cumsum(sizes) - sizes
    places: NDArray[np.int64] = starts[stray | (points == 0)]
    return places


def _by_zeros(pairs: NDArray[np.uint8]) -> Encoding | None:
    half = len(pairs) // 2
    if not half:
        return None
    even, odd = (int((pairs[first::2] == 0).sum()) for first in (0, 1))
    if not even and odd >= ZEROS_MIN * half:
        return Encoding.UTF_16_LE
    if not odd and even >= ZEROS_MIN * half:
        return Encoding.UTF_16_BE
    return None


def _stray(points: Points) -> NDArray[np.bool_]:
    """Bytes that are no UTF-8, as Python marks them."""
    stray: NDArray[np.bool_] = (points >= _ESCAPED) & (points <= _ESCAPED_LAST)
    return stray


def _sensible(points: Points, places: NDArray[np.int64]) -> int:
    """How many of these bytes are characters that people write where they stand."""
    values = points[places] & 0xFF
    around = np.concatenate((np.array([32], np.uint32), points, np.array([32], np.uint32)))
    before, after = around[places], around[places + 2]
    in_a_word = _is_letter(before) | _is_letter(after)
    alone = np.isin(before, _BESIDE_WORDS) & np.isin(after, _BESIDE_WORDS)
    letter = (values < _FIRST_LETTER) | in_a_word | alone
    thorn = (values != _THORN) | _is_ascii_letter(after)
    return int((letter & thorn & ~np.isin(values, _UNDEFINED)).sum())


def _is_letter(points: Points) -> NDArray[np.bool_]:
    letter: NDArray[np.bool_] = _is_ascii_letter(points) | _stray(points)
    return letter


def _is_ascii_letter(points: Points) -> NDArray[np.bool_]:
    low = points | 32
    letter: NDArray[np.bool_] = (low >= ord("a")) & (low <= ord("z"))
    return letter
