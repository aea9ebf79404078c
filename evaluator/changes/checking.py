"""Proposed changes held against the schema: the good ones in stored form, the bad ones named."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from evaluator.changes.fitting import Fitting, fit_key_of
from evaluator.changes.proposed import Proposed, ProposedUpsert
from evaluator.changes.values import Unfit, key_from_json
from indexer.model.ids import FieldName, RecordKey
from indexer.model.record import Change, Delete, Upsert, Value
from indexer.model.schema import FieldType


@dataclass(frozen=True, slots=True)
class Rejected:
    """A change that can't be applied: its place among the proposed, and why."""

    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The changes to apply, in order, and those left out."""

    changes: tuple[Change, ...]
    rejected: tuple[Rejected, ...]


def check(proposed: Sequence[Proposed], fitting: Fitting) -> Checked:
    """Sort the good from the bad. While no key type is decided, the first good key decides.

    Cost: about a microsecond a change where its values are plainly written.
    """
    schema, fits = fitting.schema, fitting.fits
    key_type = schema.key_type if schema.key is not None else FieldType.INT
    fit_key = fit_key_of(key_type)
    good: list[Change] = []
    bad: list[Rejected] = []
    for index, change in enumerate(proposed):
        try:
            if type(change) is ProposedUpsert:
                has_key = change.key is not None or schema.key is not None
                key = fit_key(change.key) if has_key else None
                try:
                    values = {name: fits[name](value) for name, value in change.values.items()}
                except KeyError:
                    # A name that is no column: unknown, or the key's own.
                    values = _values(change.values, key, key_type, fitting)
                good.append(Upsert(key, values))
            else:
                key = fit_key(change.key)
                good.append(Delete(key))
        except Unfit as unfit:
            bad.append(Rejected(index, unfit.code, unfit.message))
            continue
        if key_type is None:
            key_type = FieldType.INT if isinstance(key, int) else FieldType.KEYWORD
            fit_key = fit_key_of(key_type)
    return Checked(tuple(good), tuple(bad))


def without(checked: Checked, places: Collection[int], code: str, message: str) -> Checked:
    """With the good changes at these places left out too, for another reason."""
    if not places:
        return checked
    bad = {one.index for one in checked.rejected}
    total = len(checked.changes) + len(bad)
    indices = [index for index in range(total) if index not in bad]
    left_out = [Rejected(indices[place], code, message) for place in places]
    kept = [change for place, change in enumerate(checked.changes) if place not in places]
    rejected = sorted((*checked.rejected, *left_out), key=lambda one: one.index)
    return Checked(tuple(kept), tuple(rejected))


def _values(
    values: Mapping[FieldName, object],
    key: RecordKey | None,
    key_type: FieldType | None,
    fitting: Fitting,
) -> dict[FieldName, Value]:
    schema = fitting.schema
    fit: dict[FieldName, Value] = {}
    for name, value in values.items():
        if name in fitting.fits:
            fit[name] = fitting.fits[name](value)
        elif schema.key is None or name != schema.key:
            raise Unfit("unknown_field", f"{schema.name} has no such field")
        elif key_from_json(value, key_type) != key:
            raise Unfit("bad_value", f"'{name}' is the record's key and can't be changed")
    return fit
