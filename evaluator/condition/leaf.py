"""A leaf's JSON to a FieldTest: its keys, its operator, its options and the shape of its value.

Whether the field exists, and whether a literal suits its type, is ``check``'s part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluator.condition.entry import CALENDAR_SHAPES, Operator, ValueShape
from evaluator.condition.limits import ConditionLimits
from evaluator.condition.literal import Fault
from evaluator.condition.operators import BY_KEY
from evaluator.condition.share import Share, read_share
from evaluator.condition.time_values import READERS, TimeValue
from evaluator.condition.tree import FieldTest, Many, Node, One, Operand, Other, Span, Unread
from evaluator.condition.wording import did_you_mean, quoted
from indexer.model.errors import Problem

OPTIONS = frozenset({"nulls", "tz", "calendar", "case_sensitive", "value_field"})
NODE_KEYS = frozenset({"id", "note", "muted"})
"""The keys that every node may have."""
KEYS = frozenset({"field", "op", "value"}) | OPTIONS | NODE_KEYS


def read_leaf(
    data: Mapping[str, object], node: Node, limits: ConditionLimits
) -> tuple[FieldTest | Unread, list[Problem]]:
    """The leaf that ``data`` spells and the problems of its shape; Unread if there are any."""
    reader = _LeafReader(data, node, limits)
    if not data.keys() <= KEYS:
        stray = next(key for key in data if key not in KEYS)
        hint = did_you_mean(str(stray), sorted(KEYS))
        reader.report("bad_shape", f"a condition on a field has no such key{hint}")
    name, operator = reader.field_name(), reader.operator()
    if operator is None or name is None:
        return Unread(node.path, node.id, node.note, name), reader.problems
    operand = reader.operand(operator)
    excludes_nulls, calendar, zone, case_sensitive = False, False, None, None
    if not OPTIONS.isdisjoint(data):
        excludes_nulls, calendar = reader.excludes_nulls(operator), reader.calendar(operator)
        zone, case_sensitive = reader.zone(), reader.case_sensitive(operator)
    if reader.problems:
        return Unread(node.path, node.id, node.note, name), reader.problems
    leaf = FieldTest(
        node.path,
        node.id,
        node.note,
        name,
        operator,
        operand,
        excludes_nulls,
        zone,
        calendar,
        case_sensitive,
    )
    return leaf, reader.problems


def read_comparison(
    data: Mapping[str, object], allowed: Sequence[str], node: Node, limits: ConditionLimits
) -> tuple[Operator, Operand] | list[Problem]:
    """The ``op``, one of those allowed, and the ``value`` in ``data``; or what is wrong with them.

    Reads no other key.
    """
    said = {key: data[key] for key in ("op", "value") if key in data}
    reader = _LeafReader(said, node, limits)
    operator = reader.operator()
    if operator is None:
        return reader.problems
    if operator.key not in allowed:
        message = f"'{operator.key}' is not for this: use one of {', '.join(allowed)}"
        reader.report("operator_not_for_type", message)
        return reader.problems
    operand = reader.operand(operator)
    return reader.problems or (operator, operand)


@dataclass(slots=True)
class _LeafReader:
    """Reads one key at a time; what is wrong goes to ``problems`` and reads as its default."""

    data: Mapping[str, object]
    node: Node
    limits: ConditionLimits
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, message: str) -> None:
        self.problems.append(Problem(code, self.node.path, message, self.node.id))

    def field_name(self) -> str | None:
        name = self.data["field"]
        if isinstance(name, str):
            return name
        self.report("bad_shape", "'field' is the name of a field")
        return None

    def operator(self) -> Operator | None:
        key = self.data.get("op")
        if not isinstance(key, str):
            self.report("bad_shape", "'op' is missing or is not the name of an operator")
            return None
        operator = BY_KEY.get(key)
        if operator is None:
            shown = quoted(key) or "this"
            hint = did_you_mean(key, BY_KEY)
            self.report("unknown_operator", f"{shown} is not an operator{hint}")
        return operator

    def operand(self, operator: Operator) -> Operand:
        key = operator.key
        if "value_field" in self.data:
            return self._other(operator)
        if operator.value is ValueShape.NONE:
            if "value" in self.data:
                self.report("bad_shape", f"'{key}' takes no value")
            return None
        if "value" not in self.data:
            self.report("bad_shape", f"'{key}' needs a 'value'")
            return None
        value = self.data["value"]
        match operator.value:
            case ValueShape.ONE:
                return One(value)
            case ValueShape.RANGE:
                return self._span(value, key)
            case ValueShape.LIST:
                return self._many(value, operator)
            case ValueShape.SAMPLE:
                read: Share | TimeValue | Fault | None = read_share(value)
            case shape:
                read = READERS[shape](value) if self._is_short(value) else None
        if isinstance(read, Fault):
            self.report(read.code, f"'{key}' {read.message}")
            return None
        return read

    def excludes_nulls(self, operator: Operator) -> bool:
        if "nulls" not in self.data:
            return False
        if not operator.may_exclude_nulls:
            self.report("bad_shape", f"'nulls' has no meaning with '{operator.key}'")
        elif not isinstance(self.data["nulls"], str):
            self.report("wrong_type", "'nulls' is a text")
        elif self.data["nulls"] != "exclude":
            self.report("bad_value", "'nulls' can only be 'exclude'")
        return True

    def calendar(self, operator: Operator) -> bool:
        calendar = self._flag("calendar")
        if calendar is not None and operator.value not in CALENDAR_SHAPES:
            self.report("bad_shape", f"'calendar' has no meaning with '{operator.key}'")
        return calendar is True

    def zone(self) -> str | None:
        zone = self.data.get("tz")
        if "tz" not in self.data or isinstance(zone, str):
            return zone if isinstance(zone, str) else None
        self.report("wrong_type", "'tz' is the name of a time zone")
        return None

    def case_sensitive(self, operator: Operator) -> bool | None:
        sensitive = self._flag("case_sensitive")
        if sensitive is not None and not operator.folds:
            self.report("bad_shape", f"'case_sensitive' has no meaning with '{operator.key}'")
        return sensitive

    def _flag(self, key: str) -> bool | None:
        flag = self.data.get(key)
        if key not in self.data or isinstance(flag, bool):
            return flag if isinstance(flag, bool) else None
        self.report("wrong_type", f"'{key}' is true or false")
        return None

    def _other(self, operator: Operator) -> Operand:
        name = self.data["value_field"]
        if not operator.compares_fields:
            self.report("bad_shape", f"'value_field' has no meaning with '{operator.key}'")
        elif "value" in self.data:
            self.report("bad_shape", "there is a 'value' or a 'value_field', not both")
        elif isinstance(name, str):
            return Other(name)
        else:
            self.report("bad_shape", "'value_field' is the name of a field")
        return None

    def _many(self, value: object, operator: Operator) -> Operand:
        if not isinstance(value, list):
            if operator.takes_one:
                return Many((value,))
            self.report("wrong_type", f"'{operator.key}' takes a list of values")
            return None
        return Many(tuple(value)) if self._is_short(value) else None

    def _is_short(self, value: object) -> bool:
        if isinstance(value, list) and len(value) > self.limits.values_max:
            message = f"a list has at most {self.limits.values_max:,} values"
            self.report("too_many_values", message)
            return False
        return True

    def _span(self, value: object, key: str) -> Operand:
        if not isinstance(value, list):
            self.report("wrong_type", f"'{key}' takes [low, high]")
        elif len(value) == 2:
            return Span(value[0], value[1])
        else:
            self.report("bad_shape", f"'{key}' takes two values, [low, high]")
        return None
