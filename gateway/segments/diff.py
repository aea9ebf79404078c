"""Two versions of a segment compared, condition by condition."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from evaluator.api import Evaluator
from gateway.segments.form import condition_json
from gateway.segments.kept import KeptSegments
from gateway.segments.segment import Body, Segment
from indexer.model.errors import BadCondition

GROUPS = ("all", "any")


@dataclass(frozen=True, slots=True)
class Part:
    """A condition of one version that the other one hasn't, by its JSON Pointer."""

    path: str
    condition: object


def parts_gone(one: object, other: object, path: str = "") -> Iterator[Part]:
    """The conditions in ``one`` that ``other`` hasn't at the same group, outermost first.

    Groups of a kind are compared by their children, whatever their order; anything else is one
    condition. Options of a group, such as a note, are not looked at.
    """
    kinds = [kind for kind in (*GROUPS, "not") if _has(one, kind) and _has(other, kind)]
    if len(kinds) != 1:
        if condition_json(one) != condition_json(other):
            yield Part(path, one)
        return
    (kind,) = kinds
    mine, theirs = _child(one, kind), _child(other, kind)
    if kind == "not" or not isinstance(mine, list) or not isinstance(theirs, list):
        yield from parts_gone(mine, theirs, f"{path}/{kind}")
        return
    left = [condition_json(each) for each in theirs]
    unmatched: list[tuple[int, object]] = []
    for place, child in enumerate(mine):
        spelled = condition_json(child)
        if spelled in left:
            left.remove(spelled)
        else:
            unmatched.append((place, child))
    rest = [each for each in theirs if condition_json(each) in left]
    for place, child in unmatched:
        twin = next((each for each in rest if _kind(each) == _kind(child) is not None), None)
        if twin is None:
            yield Part(f"{path}/{kind}/{place}", child)
        else:
            rest.remove(twin)
            yield from parts_gone(child, twin, f"{path}/{kind}/{place}")


async def diff_document(
    segment: Segment, a: int, b: int, kept: KeptSegments, evaluator: Evaluator
) -> dict[str, object]:
    """A diff as API.md has it. Sizes are of now; null where a version can't be evaluated any more.

    Raises: UnknownVersion.
    """
    before, after = kept.body(segment, a), kept.body(segment, b)
    document: dict[str, object] = {
        "from": {"version": a, "size": await _size(segment, a, evaluator)},
        "to": {"version": b, "size": await _size(segment, b, evaluator)},
    }
    if before.keys is not None or after.keys is not None:
        return {**document, "added": [], "removed": [], **_keys_document(before, after)}
    for name, one, other in (("removed", before, after), ("added", after, before)):
        gone = list(parts_gone(one.condition, other.condition))
        document[name] = [await _part_document(segment, part, evaluator) for part in gone]
    return document


async def _size(segment: Segment, number: int, evaluator: Evaluator) -> int | None:
    try:
        condition = {"segment": segment.id, "version": number}
        return (await evaluator.count(segment.dataset, condition)).count
    except BadCondition:
        return None


async def _part_document(segment: Segment, part: Part, evaluator: Evaluator) -> dict[str, object]:
    try:
        text = await evaluator.describe(segment.dataset, part.condition)
    except BadCondition:
        text = None
    return {
        "path": part.path,
        "condition": msgspec.Raw(condition_json(part.condition)),
        "text": text,
    }


def _keys_document(before: Body, after: Body) -> dict[str, object]:
    # Counted, not told: who may see a diff may not see records.
    was, now = set(before.keys or ()), set(after.keys or ())
    return {"keys_added": len(now - was), "keys_removed": len(was - now)}


def _has(condition: object, kind: str) -> bool:
    return isinstance(condition, dict) and kind in condition


def _child(condition: object, kind: str) -> object:
    assert isinstance(condition, dict), kind
    return condition[kind]


def _kind(condition: object) -> str | None:
    """The kind of a group, whose children can be compared."""
    return next((kind for kind in (*GROUPS, "not") if _has(condition, kind)), None)
