"""Two fields of one record compared: which question says it to the index."""

from evaluator.condition.bind import Sibling
from evaluator.condition.entry import TIMES
from evaluator.condition.target import Target
from evaluator.condition.tree import FieldTest
from indexer.plan.nodes import NOTHING, Compare, Leaf, Plan


def compared(leaf: FieldTest, target: Target, sibling: Sibling) -> Plan:
    """Records whose field compares with their other field as the leaf says.

    One way to say it: ``a > b`` is asked as ``b < a``, equality by name.
    """
    if target.undecided or sibling.undecided:
        # There are no records yet.
        return NOTHING
    ours, other = target.field, sibling.field
    is_mixed = ours.type is not other.type and ours.type in TIMES
    zone = target.local.zone.key if is_mixed else ""
    first, second = ours.name, other.name
    match leaf.operator.negates or leaf.operator.key:
        case "is":
            first, second = sorted((first, second))
            return Leaf(Compare(first, "=", second, leaf.folds, zone))
        case "lt":
            return Leaf(Compare(first, "<", second, leaf.folds, zone))
        case "lte":
            return Leaf(Compare(first, "<=", second, leaf.folds, zone))
        case "gt":
            return Leaf(Compare(second, "<", first, leaf.folds, zone))
        case "gte":
            return Leaf(Compare(second, "<=", first, leaf.folds, zone))
        case key:
            raise AssertionError(f"{leaf.path}: '{key}' compares no fields")
