"""The keys of a list as somebody sends them, in stored form."""

from collections.abc import Sequence

from evaluator.changes.values import Unfit, key_from_json
from evaluator.condition.number import INT64_MAX, INT64_MIN
from indexer.model.errors import BadShape, Problem
from indexer.model.ids import RecordKey
from indexer.model.schema import FieldType, Schema

PROBLEMS_MAX = 100
"""So many wrong keys are told; then the rest isn't looked at."""


def known_keys(keys: Sequence[object], schema: Schema, keys_max: int) -> tuple[RecordKey, ...]:
    """The keys in order, each once. Cost: up to a few microseconds a key.

    Raises: BadShape with a problem for each that can't be a key there, and for too many.
    """
    if len(keys) > keys_max:
        message = f"a list has at most {keys_max:,} keys"
        raise BadShape(message, problems=(Problem("too_many_values", "/keys", message),))
    types = set(map(type, keys))
    if types == {int} and schema.key_type is FieldType.INT:
        whole = {key for key in keys if isinstance(key, int)}
        if min(whole) >= INT64_MIN and max(whole) <= INT64_MAX:
            return tuple(sorted(whole))
    if types == {str} and schema.key_type is FieldType.KEYWORD:
        texts = {key for key in keys if isinstance(key, str)}
        if all(map(str.isascii, texts)):
            return tuple(sorted(texts))
    return _one_by_one(keys, schema)


def _one_by_one(keys: Sequence[object], schema: Schema) -> tuple[RecordKey, ...]:
    found: set[RecordKey] = set()
    problems: list[Problem] = []
    for place, key in enumerate(keys):
        try:
            found.add(key_from_json(key, schema.key_type))
        except Unfit as unfit:
            problems.append(Problem(unfit.code, f"/keys/{place}", unfit.message))
            if len(problems) == PROBLEMS_MAX:
                break
    if problems:
        message = "some keys can't be keys of this dataset; see the problems"
        raise BadShape(message, problems=tuple(problems))
    return tuple(sorted(found, key=lambda key: (isinstance(key, str), key)))
