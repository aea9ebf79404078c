"""Conditions on a segment: their shape, their plan, their English."""

from collections.abc import Callable, Mapping

from evaluator.condition import lookups
from evaluator.condition.checked import Checked, Referenced
from evaluator.condition.surroundings import Definition
from evaluator.condition.tree import Node, SegmentTest, Unread
from indexer.model.errors import Problem
from indexer.model.ids import KEY_FIELD, RecordKey
from indexer.model.schema import FieldType, Schema
from indexer.plan.nodes import NOTHING, Plan

KEYS = frozenset({"segment", "version", "id", "note", "muted"})
NAME_SHOWN = 60
"""A longer name is cut to this many characters."""


def read_segment(
    data: Mapping[str, object], node: Node
) -> tuple[SegmentTest | Unread, tuple[Problem, ...]]:
    """The reference that ``data`` spells and the problems of its shape; Unread if there are any."""
    found: list[tuple[str, str]] = []
    segment, version = data["segment"], data.get("version")
    if not data.keys() <= KEYS:
        found.append(("bad_shape", "beside 'segment' there can be only 'version'"))
    if not isinstance(segment, str):
        found.append(("wrong_type", "'segment' is the id of a segment"))
    if "version" in data and (isinstance(version, bool) or not isinstance(version, int)):
        found.append(("wrong_type", "a 'version' is a whole number"))
    if found:
        problems = tuple(Problem(code, node.path, message, node.id) for code, message in found)
        return Unread(node.path, node.id, node.note, None), problems
    assert isinstance(segment, str), node.path
    pinned = version if isinstance(version, int) else None
    return SegmentTest(node.path, node.id, node.note, segment, pinned), ()


def plan_of(
    referenced: Referenced, schema: Schema, compile_checked: Callable[[Checked], Plan]
) -> Plan:
    """The plan of what a reference stands for; a rule's is made by ``compile_checked``."""
    if referenced.checked is not None:
        return compile_checked(referenced.checked)
    return _of_keys(referenced.definition.keys or (), schema)


def english(test: SegmentTest, definition: Definition) -> str:
    """``is in segment 'VIPs'``; a pinned version is named."""
    of_version = "" if test.version is None else f"version {test.version} of "
    return f"is in {of_version}segment {shown(definition)}"


def shown(definition: Definition) -> str:
    """A segment's name as people are told it."""
    name = definition.name
    cut = name if len(name) <= NAME_SHOWN else name[: NAME_SHOWN - 1] + "…"
    return f"'{cut}'"


def _of_keys(keys: tuple[RecordKey, ...], schema: Schema) -> Plan:
    """Records with one of the keys, as far as they can be keys here."""
    field = schema.field(KEY_FIELD)
    assert field is not None, schema.name
    if schema.key_type is None:
        # There are no records yet.
        return NOTHING
    kind = int if schema.key_type is FieldType.INT else str
    if any(type(key) is not kind for key in keys):
        keys = tuple(key for key in keys if type(key) is kind)
    return lookups.any_of(field, keys)
