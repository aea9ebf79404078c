"""Segments as API.md writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from evaluator.values import instant_text
from gateway.errors import problem_json
from gateway.segments.form import condition_json
from gateway.segments.segment import Body, Segment, Version
from indexer.model.errors import Problem

BROKEN = "broken"
"""The status of a segment that can't be evaluated any more."""


@dataclass(frozen=True, slots=True)
class Sized:
    """How many members there are as of a sequence; or none, and why they can't be counted."""

    size: int | None
    as_of: int | None
    problems: tuple[Problem, ...] = ()


def segment_document(
    segment: Segment, sized: Sized, using: Sequence[Segment], body: Body | None = None
) -> dict[str, object]:
    """A segment, with its definition if that is given: a list's is told by its number of keys."""
    document: dict[str, object] = {
        "id": segment.id, "version": segment.version, "name": segment.name,
        "dataset": segment.dataset, "kind": segment.kind.value,
        "description": segment.description, "tags": segment.tags, "owner": segment.owner,
        "live": segment.live, "size": sized.size, "as_of": sized.as_of,
        "status": BROKEN if sized.problems else segment.status.value,
        "fields": segment.traits.fields,
        "uses": segment.traits.segments,
        "used_by": [{"id": each.id, "name": each.name} for each in using],
        "created_at": instant_text(segment.created_us),
        "modified_at": instant_text(segment.modified_us),
    }  # fmt: skip
    if sized.problems:
        document["problems"] = [problem_json(each) for each in sized.problems]
    return document if body is None else {**document, **definition_document(body)}


def definition_document(body: Body) -> Mapping[str, object]:
    """A condition with its numbers as they were written; of a list how many keys it has."""
    if body.keys is not None:
        return {"key_count": len(body.keys)}
    return {"condition": msgspec.Raw(condition_json(body.condition))}


def version_document(version: Version, body: Body | None = None) -> dict[str, object]:
    """A version: who made it when, and how many members it had then."""
    document: dict[str, object] = {
        "version": version.number, "created_at": instant_text(version.created_us),
        "author": version.author, "note": version.note, "size": version.size,
        "as_of": version.as_of,
    }  # fmt: skip
    if version.keys is not None:
        document["key_count"] = version.keys
    return document if body is None else {**document, **definition_document(body)}
