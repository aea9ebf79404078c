"""Decoded JSON to proposed changes, saying what is wrong with its shape, each at its place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from evaluator.changes.proposed import (
    IDEMPOTENCY_KEY_CHARS_MAX,
    Batch,
    Proposed,
    ProposedDelete,
    ProposedUpsert,
)
from indexer.model.errors import BadShape, Problem

FAULTS_MAX = 1_000
"""Faults of one body that are told; a body of millions of faults must not cost as many objects."""


def batch_of(document: object) -> Batch:
    """The batch that a body spells. Raises: BadShape."""
    _refuse(_faults_of_batch(document))
    assert isinstance(document, dict), "a body without faults is an object"
    return Batch([_proposed(each) for each in document["changes"]], document.get("idempotency_key"))


def changes_of(document: object) -> list[Proposed]:
    """The changes of a list that stands alone. Raises: BadShape."""
    _refuse(_faults_of_changes(document, ""))
    assert isinstance(document, list), "changes without faults are a list"
    return [_proposed(each) for each in document]


def check_idempotency_key(key: object) -> None:
    """Raises: BadShape where that can't be one."""
    _refuse(_faults_of_idempotency_key(key))


def _refuse(faults: Iterable[Problem]) -> None:
    problems = tuple(islice(faults, FAULTS_MAX))
    if problems:
        raise BadShape("the body is not as it should be; see the problems", problems=problems)


def _proposed(change: Mapping[str, Any]) -> Proposed:
    if change["op"] == "delete":
        return ProposedDelete(change["key"])
    return ProposedUpsert(change.get("key"), change.get("values", {}))


def _faults_of_batch(document: object) -> Iterator[Problem]:
    if not isinstance(document, dict):
        yield _fault("", _OBJECT)
        return
    if "changes" in document:
        yield from _faults_of_changes(document["changes"], "/changes")
    else:
        yield _fault("/changes", _MISSING)
    yield from _faults_of_idempotency_key(document.get("idempotency_key"))
    yield from _unknown(document, ("changes", "idempotency_key"), "")


def _faults_of_idempotency_key(key: object) -> Iterator[Problem]:
    path = "/idempotency_key"
    if key is None:
        return
    if not isinstance(key, str):
        yield _fault(path, "this must be a string")
    elif not key:
        yield _fault(path, "this must not be empty")
    elif len(key) > IDEMPOTENCY_KEY_CHARS_MAX:
        yield _fault(path, f"this may hold at most {IDEMPOTENCY_KEY_CHARS_MAX} characters")


def _faults_of_changes(changes: object, path: str) -> Iterator[Problem]:
    if not isinstance(changes, list):
        yield _fault(path, "this must be a list")
        return
    for place, change in enumerate(changes):
        yield from _faults_of_change(change, f"{path}/{place}")


def _faults_of_change(change: object, path: str) -> Iterator[Problem]:
    if not isinstance(change, dict):
        yield _fault(path, _OBJECT)
        return
    match change.get("op", _NO_OP):
        case "upsert":
            yield from _faults_of_key(change, path, needed=False)
            if not isinstance(change.get("values", {}), dict):
                yield _fault(f"{path}/values", _OBJECT)
            yield from _unknown(change, ("op", "key", "values"), path)
        case "delete":
            yield from _faults_of_key(change, path, needed=True)
            yield from _unknown(change, ("op", "key"), path)
        case op if op is _NO_OP:
            yield _fault(path, "'op' is missing")
        case _:
            yield _fault(path, "'op' must be one of 'upsert', 'delete'")


def _faults_of_key(change: Mapping[str, Any], path: str, *, needed: bool) -> Iterator[Problem]:
    key = change.get("key")
    if "key" not in change:
        if needed:
            yield _fault(f"{path}/key", _MISSING)
    elif isinstance(key, bool) or (not isinstance(key, int | str) and (needed or key is not None)):
        yield _fault(f"{path}/key", "this must be a whole number")


def _unknown(document: Mapping[str, Any], known: Sequence[str], path: str) -> Iterator[Problem]:
    for name in document:
        if name not in known:
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield _fault(f"{path}/{escaped}", "this name is not known here")


def _fault(path: str, message: str) -> Problem:
    return Problem("bad_shape", path, message)


_NO_OP = object()
_OBJECT, _MISSING = "this must be an object", "this is missing"
