"""Decoded JSON to the condition tree, and every problem of its shape.

Knows CONDITIONS.md's keys and limits, no dataset: whether a field exists or takes a value is
``check``'s part. What is muted is not looked into.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evaluator.condition.leaf import NODE_KEYS, read_leaf
from evaluator.condition.limits import ConditionLimits
from evaluator.condition.related_parse import read_related
from evaluator.condition.segments import read_segment
from evaluator.condition.tree import AllOf, AnyOf, Condition, Muted, Node, Not, Unread
from indexer.model.errors import Problem

KINDS = ("all", "any", "not", "field", "segment", "related")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree, with Unread for nodes that couldn't be read, and the problems of its shape."""

    condition: Condition
    problems: tuple[Problem, ...]


def parse(data: object, limits: ConditionLimits) -> Parsed:
    """Read a condition. Never raises, whatever ``data`` is, and looks no further than the limits.

    The problems come in no particular order.
    """
    reader = _Reader(limits)
    condition = reader.read(data, "", 1)
    return Parsed(condition, tuple(reader.problems))


@dataclass(slots=True)
class _Reader:
    """Reads nodes from the root down; recursion ends at ``limits.depth_max``."""

    limits: ConditionLimits
    problems: list[Problem] = field(default_factory=list)
    nodes: int = 1
    """Nodes found so far, read or not yet."""

    def read(self, data: object, path: str, depth: int) -> Condition:
        """One node and all below it."""
        if not isinstance(data, dict):
            return self._refuse(Node(path, None, None), "bad_shape", "a condition is an object")
        if data.get("muted") is True:
            return Muted(path, _text(data.get("id")), _text(data.get("note")))
        node = self._read_head(data, path)
        if depth > self.limits.depth_max:
            message = f"conditions nest at most {self.limits.depth_max} deep"
            return self._refuse(node, "too_deep", message)
        match [kind for kind in KINDS if kind in data]:
            case ["field"]:
                leaf, problems = read_leaf(data, node, self.limits)
                self.problems += problems
                return leaf
            case ["not"]:
                return self._read_not(data, node, depth)
            case ["all" | "any" as kind]:
                return self._read_group(data, node, kind, depth)
            case ["segment"]:
                reference, found = read_segment(data, node)
                self.problems += found
                return reference
            case ["related"]:
                return self._read_related(data, node, depth)
            case _:
                message = f"a condition has exactly one of the keys {', '.join(map(repr, KINDS))}"
                return self._refuse(node, "bad_shape", message)

    def _read_not(self, data: Mapping[str, object], node: Node, depth: int) -> Condition:
        self._check_keys(data, node, "not")
        if not self._has_room_for(1):
            return Unread(node.path, node.id, node.note, None)
        child = self.read(data["not"], f"{node.path}/not", depth + 1)
        return Not(node.path, node.id, node.note, child)

    def _read_group(
        self, data: Mapping[str, object], node: Node, kind: str, depth: int
    ) -> Condition:
        self._check_keys(data, node, kind)
        items = data[kind]
        if not isinstance(items, list):
            return self._refuse(node, "bad_shape", f"'{kind}' takes a list of conditions")
        if not self._has_room_for(len(items)):
            return Unread(node.path, node.id, node.note, None)
        prefix = f"{node.path}/{kind}/"
        children = tuple(
            self.read(item, f"{prefix}{index}", depth + 1) for index, item in enumerate(items)
        )
        group = AllOf if kind == "all" else AnyOf
        return group(node.path, node.id, node.note, children)

    def _read_related(self, data: Mapping[str, object], node: Node, depth: int) -> Condition:
        if self.nodes > self.limits.nodes_max:
            # There are too many already, and each of these may hold some more.
            return Unread(node.path, node.id, node.note, None)

        def inside(where: object, path: str) -> Condition:
            if not self._has_room_for(1):
                return Unread(path, None, None, None)
            return self.read(where, path, depth + 1)

        test, problems = read_related(data, node, self.limits, inside)
        self.problems += problems
        return test

    def _has_room_for(self, nodes: int) -> bool:
        """Count nodes before any of them is read; the first one too many is reported, once."""
        had_room = self.nodes <= self.limits.nodes_max
        self.nodes += nodes
        has_room = self.nodes <= self.limits.nodes_max
        if had_room and not has_room:
            message = f"a condition has at most {self.limits.nodes_max:,} nodes"
            self._report(Node("", None, None), "too_many_nodes", message)
        return has_room

    def _read_head(self, data: Mapping[str, object], path: str) -> Node:
        """The keys that every node may have; a wrong one is reported and left out."""
        if NODE_KEYS.isdisjoint(data):
            return Node(path, None, None)
        node = Node(path, _text(data.get("id")), _text(data.get("note")))
        if node.id is not None and len(node.id) > self.limits.id_chars_max:
            node = Node(path, None, node.note)
            message = f"an 'id' has at most {self.limits.id_chars_max:,} characters"
            self._report(node, "bad_value", message)
        for key in ("id", "note"):
            if key in data and not isinstance(data[key], str):
                self._report(node, "wrong_type", f"'{key}' is a text")
        if data.get("muted", False) is not False:
            self._report(node, "wrong_type", "'muted' is true or false")
        return node

    def _check_keys(self, data: Mapping[str, object], node: Node, kind: str) -> None:
        if any(key != kind and key not in NODE_KEYS for key in data):
            message = f"beside '{kind}' there can be only 'id', 'note' and 'muted'"
            self._report(node, "bad_shape", message)

    def _refuse(self, node: Node, code: str, message: str) -> Unread:
        self._report(node, code, message)
        return Unread(node.path, node.id, node.note, None)

    def _report(self, node: Node, code: str, message: str) -> None:
        self.problems.append(Problem(code, node.path, message, node.id))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
