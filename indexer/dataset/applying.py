"""Changes put over a view: their records' states before and after.

All functions take an overlay and give a new one. Nothing here costs more in a large dataset than
in a small one, but for finding keys.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from indexer.dataset.draft import homes_of
from indexer.dataset.keys import MISSING, KeyArray, Ordinals, fits, key_array
from indexer.dataset.netting import (
    CREATED,
    DELETED,
    UNCHANGED,
    UPDATED,
    Outcomes,
    keyed,
    net_of,
)
from indexer.dataset.overlay import GONE, Overlay
from indexer.dataset.places import Places, Room
from indexer.dataset.shard import NO_HOME
from indexer.dataset.states import Batch
from indexer.dataset.write import Targets, link_values
from indexer.encoding.bits import Mask
from indexer.encoding.cells import AnyCells, cells_of_values, joined_cells, unlike
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.errors import UnknownField
from indexer.model.ids import KEY_FIELD, FieldName, RecordKey
from indexer.model.limits import IndexLimits
from indexer.model.record import Change, Delete, Record, Upsert, Value
from indexer.model.schema import FieldType

_NO_KEY: Mapping[FieldType, RecordKey] = {FieldType.INT: 0, FieldType.KEYWORD: ""}

_NOBODY = np.array([], np.int64)
_NO_TEXTS = Vocabulary()
"""Null is the same in every vocabulary."""

Named = Mapping[FieldName, tuple[Ordinals, AnyCells]]
"""By field: the places of the changes that name it, and its cells there."""


@dataclass(frozen=True)
class Changed:
    """The overlay with the changes, and what each of them did.

    ``newcomers`` are the keys of records that got an ordinal: who links to them, by key or by the
    ordinal they had before, has to look again.
    """

    overlay: Overlay
    outcomes: Outcomes
    newcomers: KeyArray

    @property
    def touched(self) -> bool:
        """Whether anything is different now."""
        return bool(self.outcomes.any())


def changed(
    overlay: Overlay,
    changes: Sequence[Change],
    *,
    targets: Targets,
    now: datetime,
    limits: IndexLimits,
) -> Changed:
    """Apply checked changes in order.

    Cost: a Python step per change and value, a vectorised one per field and shard touched.
    Raises: TooLarge when ordinals or generated keys run out, UnknownField.
    """
    changes, next_key = keyed(changes, overlay.next_key)

    def read(keys: list[RecordKey], fields: list[FieldName]) -> list[Record | None]:
        ordinals = overlay.find_keys(keys)
        known = ordinals != MISSING
        found = iter(overlay.read(ordinals[known], fields))
        return [next(found) if there else None for there in known.tolist()]

    net = net_of(changes, read)
    step = _Step(overlay, net.first, targets, limits)
    done, newcomers = step.done, step.newcomers
    outcomes = np.zeros(len(changes), np.uint8)
    outcomes[net.single] = step.outcomes[: len(net.single)]
    outcomes[net.several] = net.outcomes
    if net.second:
        step = _Step(done, net.second, targets, limits)
        done, newcomers = step.done, np.concatenate((newcomers, step.newcomers))
    result = Changed(replace(done, next_key=next_key), outcomes, newcomers)
    if not result.touched:
        return result
    return replace(result, overlay=replace(result.overlay, updated_at=now))


class _Step:
    """One batch of changes to distinct keys, done when it is made. All arrays are by change."""

    def __init__(
        self, overlay: Overlay, changes: Sequence[Change], targets: Targets, limits: IndexLimits
    ) -> None:
        self._overlay = overlay
        self._targets = targets
        self._limits = limits
        type_ = overlay.schema.key_type or FieldType.INT
        self.newcomers: KeyArray = key_array([], type_)
        self.done = overlay
        self._keys, ordinals = _found(overlay, changes, type_)
        self._ordinals = ordinals
        there = ordinals != MISSING
        known = np.flatnonzero(there)
        self._there = there
        # The states of all that are there, and where each change finds its own.
        self._held = overlay.batch(ordinals[known]) if len(known) else None
        self._at = np.full(len(changes), len(known), np.int64)
        self._at[known] = np.arange(len(known))
        puts = np.array([type(change) is Upsert for change in changes], np.bool_)
        named = self._named(changes)
        other = self._other(named)
        self.outcomes = np.where(
            puts, np.where(there, np.where(other, UPDATED, UNCHANGED), CREATED),
            np.where(there, DELETED, UNCHANGED),
        ).astype(np.uint8)  # fmt: skip
        wanted = np.flatnonzero(puts & (self.outcomes != UNCHANGED))
        gone = np.flatnonzero(self.outcomes == DELETED)
        if len(wanted) or len(gone):
            self.done = self._with(self._became(named, wanted), wanted, gone)

    def _named(self, changes: Sequence[Change]) -> Named:
        places: dict[FieldName, list[int]] = {}
        values: dict[FieldName, list[Value]] = {}
        for place, change in enumerate(changes):
            if isinstance(change, Delete):
                continue
            for name, value in change.values.items():
                held = values.get(name)
                if held is None:
                    places[name], values[name] = [place], [value]
                else:
                    places[name].append(place)
                    held.append(value)
        computed = self._overlay.base.formulas.names
        for name in values:
            self._overlay.base.known_field(name)
            if name in computed:
                raise UnknownField(f"field {name!r} is computed by its formula: it takes no values")
        vocabularies = self._overlay.base.vocabularies
        return {
            field.name: (
                np.array(places[field.name], np.int64),
                cells_of_values(field, values[field.name], vocabularies[field.name]),
            )
            for field in self._overlay.schema.columns
            if field.name in values
        }

    def _other(self, named: Named) -> Mask:
        """Which changes give a record that is there a value that it does not have."""
        other = np.zeros(len(self._keys), np.bool_)
        if self._held is None:
            return other
        for name, (places, cells) in named.items():
            mine = np.flatnonzero(self._there[places])
            if len(mine):
                held = self._held.cells[name].pick(self._at[places[mine]])
                found = unlike(held, cells.pick(mine))
                other[places[mine[found]]] = True
        return other

    def _became(self, named: Named, wanted: Ordinals) -> Batch:
        """The whole new states of the wanted changes; the ordinals of new records are MISSING."""
        held, begin = self._held, self._at[wanted]
        size = 0 if held is None else len(held)
        place = np.full(len(self._keys), MISSING, np.int64)
        place[wanted] = np.arange(len(wanted))
        cells: dict[FieldName, AnyCells] = {}
        for field in self._overlay.schema.given:
            # New records find the blank, which comes after what is held.
            parts = [] if held is None else [held.cells[field.name]]
            parts.append(cells_of_values(field, [None], _NO_TEXTS))
            source = begin
            if field.name in named:
                places, new = named[field.name]
                kept = np.flatnonzero(place[places] != MISSING)
                source = begin.copy()
                source[place[places[kept]]] = size + 1 + kept
                parts.append(new)
            cells[field.name] = joined_cells(parts).pick(source)
        base = self._overlay.base
        if base.formulas:
            keys, vocabularies = self._keys[wanted], base.vocabularies
            cells.update(base.formulas.cells(cells.__getitem__, keys, vocabularies))
        targets = self._pointed(named, place, wanted)
        return Batch(self._keys[wanted], self._ordinals[wanted], cells, targets)

    def _pointed(self, named: Named, place: Ordinals, wanted: Ordinals) -> dict[str, Ordinals]:
        targets: dict[str, Ordinals] = {}
        base = self._overlay.base
        for link in base.schema.links:
            before = _NOBODY if self._held is None else self._held.targets[link.name]
            pointed = np.append(before, MISSING)[self._at[wanted]]
            find = self._targets.find[link.name]
            if link.field in named:
                places, cells = named[link.field]
                kept = np.flatnonzero(place[places] != MISSING)
                if len(kept):
                    values, filled = link_values(base, link.field, cells.pick(kept))
                    pointed[place[places[kept]]] = np.where(filled, find(values), MISSING)
            elif base.known_field(link.field) == KEY_FIELD:
                pointed = find(self._keys[wanted])
            targets[link.name] = pointed
        return targets

    def _with(self, batch: Batch, wanted: Ordinals, gone: Ordinals) -> Overlay:
        """The overlay with these new states, and without those that are gone."""
        overlay = self._overlay
        old = self._there[wanted]
        homes, stays = np.full(len(batch), NO_HOME, np.int64), old.copy()
        if self._targets.placing is not None:
            homes = homes_of(batch.targets[self._targets.placing], overlay.base.shard_bits)
            stays[old] = overlay.homes_of(batch.ordinals[old]) == homes[old]
        leaving = np.concatenate((gone, wanted[old & ~stays]))
        room = Room(overlay.sizes, overlay.homes, overlay.base.shard_bits, self._limits)
        ordinals = batch.ordinals.copy()
        ordinals[~stays] = room.take(homes[~stays], overlay.schema.name)
        self.newcomers = batch.keys[~stays]
        numbers = np.arange(len(overlay.after), len(overlay.after) + len(batch))
        places = Places(overlay.ordinals, overlay.states).put(
            np.concatenate((ordinals, self._ordinals[leaving])),
            np.concatenate((numbers, np.full(len(leaving), GONE))),
        )
        before = overlay.before
        if self._held is not None:
            left = self._at[np.concatenate((wanted[stays], leaving))]
            before = before.added(self._held.pick(left)) if len(left) else before
        after = overlay.after.added(replace(batch, ordinals=ordinals)) if len(batch) else None
        created = overlay.created.without(self._keys[leaving])
        return replace(
            overlay,
            before=before,
            after=after or overlay.after,
            ordinals=places.ordinals,
            states=places.states,
            created=created.added(self.newcomers, ordinals[~stays]),
            sizes=tuple(room.sizes),
            homes=tuple(room.homes),
            records=overlay.records + int((~old).sum()) - len(gone),
        )


def _found(
    overlay: Overlay, changes: Sequence[Change], type_: FieldType
) -> tuple[KeyArray, Ordinals]:
    """The key of each change, and the ordinal of its record, MISSING where there is none."""
    keys: list[Any] = [change.key for change in changes]
    if type_ is not FieldType.INT or set(map(type, keys)) == {int}:
        with suppress(OverflowError, TypeError):
            array = key_array(keys, type_)
            return array, overlay.find(array)
    # A removal may name what no record can be called; it changes nothing.
    fitting = np.array([fits(key, type_) for key in keys], np.bool_)
    array = key_array(
        [
            key if held or isinstance(change, Upsert) else _NO_KEY[type_]
            for key, held, change in zip(keys, fitting.tolist(), changes, strict=True)
        ],
        type_,
    )
    return array, np.where(fitting, overlay.find(array), MISSING)
