"""Records that change: batches of changes, and plain rows that had the same happen to them."""

from collections.abc import Mapping, Sequence

from indexer.model.record import Change, Delete
from tests.support.building import key_of, upsert
from tests.support.conditions import Json
from tests.support.dice import Dice, one_in
from tests.support.oracle import KEY, Row, Value

BATCH_MAX = 12
"""Changes at a time."""


class Living:
    """Records of up to so many int keys, few enough that changes meet again and again."""

    def __init__(
        self, schema: Json, pools: Mapping[str, Sequence[Value]], dice: Dice, keys: int
    ) -> None:
        self._schema, self._pools, self._dice, self._keys = schema, pools, dice, keys
        self._rows: dict[int, Row] = {}

    @property
    def rows(self) -> list[Row]:
        """The records as they are now."""
        return list(self._rows.values())

    def everybody(self) -> list[Change]:
        """A record for every key."""
        return [self._changed(key, list(self._pools)) for key in range(self._keys)]

    def batch(self) -> list[Change]:
        """Some changes, several of one record among them; they have happened to the rows."""
        return [self._one() for _ in range(self._dice.number(1, BATCH_MAX))]

    def _one(self) -> Change:
        key = self._dice.number(0, self._keys - 1)
        held = self._rows.get(key)
        if held is not None and one_in(self._dice, 4):
            del self._rows[key]
            return Delete(key_of(held))
        few = [self._dice.pick(list(self._pools)) for _ in range(self._dice.number(1, 3))]
        return self._changed(key, few)

    def _changed(self, key: int, fields: Sequence[str]) -> Change:
        values = {name: self._dice.pick(self._pools[name]) for name in fields}
        nobody: Row = {KEY: key, **dict.fromkeys(self._pools)}
        self._rows[key] = {**self._rows.get(key, nobody), **values}
        return upsert(self._schema, {KEY: key, **values}, keyed=True)
