"""Text without regard to case: full Unicode case folding, then NFC.

Folding is the same for every language: ``ß`` and ``SS`` become ``ss``, ``İ`` becomes ``i`` and a
dot above. Folding can take a composed letter apart, so its result is composed again.
"""

from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

import pyarrow as pa
import pyarrow.compute as pc

_SEPARATOR = "\0"
"""Neither folded nor composed with anything."""


def folded(text: str) -> str:
    """The form of a text in NFC that is compared where case does not matter."""
    return text.lower() if text.isascii() else normalize("NFC", text.casefold())


def composed(texts: Sequence[str]) -> list[str]:
    """The texts in NFC. Cost: one call for all of them, unless one holds a NUL."""
    parts = normalize("NFC", _SEPARATOR.join(texts)).split(_SEPARATOR) if texts else []
    return parts if len(parts) == len(texts) else [normalize("NFC", text) for text in texts]


def folded_texts(texts: Any) -> Any:
    """The same for a large_string array. Cost: one pass; no Python step per text but where a
    text outside ASCII holds a NUL.
    """
    lower = pc.ascii_lower(texts)
    wide = pc.invert(pc.string_is_ascii(texts))
    if not pc.any(wide).as_py():
        return lower
    return pc.replace_with_mask(lower, wide, _folded_wide(texts.filter(wide)))


def _folded_wide(texts: Any) -> Any:
    held = texts.to_pylist()
    # One long text is folded and composed in two calls, whatever the number of texts.
    parts = normalize("NFC", _SEPARATOR.join(held).casefold()).split(_SEPARATOR)
    if len(parts) != len(held):
        parts = [folded(text) for text in held]
    return pa.array(parts, pa.large_string())
