"""Definitions as the catalogue keeps them: packed JSON of a condition, packed keys of a list.

Numbers of a condition keep their text, both ways.
"""

import zlib
from collections.abc import Iterator

import msgspec

from evaluator.condition.decode import decode_json
from gateway.segments.segment import Body, Traits
from indexer.model.ids import RecordKey

NOBODY: dict[str, list[object]] = {"any": []}
"""The condition of a list."""
_FAST = 1
_SOURCES = ("all", "any", "not", "where", "sequence", "aggregate")
"""Keys under which a condition holds further parts."""
_JSON = msgspec.json.Encoder(decimal_format="number")


def condition_json(condition: object) -> bytes:
    """A decoded condition as JSON; the text of its numbers is that they were written with."""
    return _JSON.encode(condition)


def same(one: Body, other: Body) -> bool:
    """Whether both are spelled alike; ``true`` is not 1."""
    return one.keys == other.keys and (
        condition_json(one.condition) == condition_json(other.condition)
    )


def packed(body: Body) -> bytes:
    """What is kept of a definition."""
    plain = condition_json(body.condition) if body.keys is None else msgspec.msgpack.encode(
        body.keys
    )  # fmt: skip
    return zlib.compress(plain, _FAST)


def unpacked_condition(data: bytes) -> Body:
    """The definition of a rule."""
    plain = zlib.decompress(data)
    return Body(decode_json(plain, len(plain)))


def unpacked_keys(data: bytes) -> Body:
    """The definition of a list."""
    return Body(NOBODY, _keys(data))


def without(data: bytes, keys: frozenset[RecordKey]) -> tuple[bytes, int] | None:
    """A list without these keys and how many are left; None if it has none of them."""
    held = _keys(data)
    left = tuple(key for key in held if key not in keys)
    return None if len(left) == len(held) else (packed(Body(NOBODY, left)), len(left))


def traits_of(condition: object) -> Traits:
    """What a condition names, muted parts included: they may come back."""
    segments: set[str] = set()
    fields: set[str] = set()
    datasets: set[str] = set()
    for node in _nodes(condition):
        for found, names in (
            (segments, ("segment",)),
            (fields, ("field", "value_field", "order_by")),
            (datasets, ("related",)),
        ):
            found.update(name for key in names if isinstance(name := node.get(key), str))
    return Traits(tuple(sorted(segments)), tuple(sorted(fields)), tuple(sorted(datasets)))


def _nodes(condition: object) -> Iterator[dict[str, object]]:
    left = [condition]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left.extend(node)
        elif isinstance(node, dict):
            yield node
            left.extend(node[key] for key in _SOURCES if key in node)


def _keys(data: bytes) -> tuple[RecordKey, ...]:
    return msgspec.msgpack.decode(zlib.decompress(data), type=tuple[int | str, ...])
