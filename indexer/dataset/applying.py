"""Changes put over a view: their records' states before and after.

All functions take an overlay and give a new one. Nothing here costs more in a large dataset than
in a small one, but for finding keys.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from indexer.dataset.draft import homes_of
from indexer.dataset.keys import MISSING, KeyArray, Ordinals, fits, key_array
from indexer.dataset.netting import keyed, net_of
from indexer.dataset.overlay import GONE, Overlay
from indexer.dataset.places import Places, Room
from indexer.dataset.shard import NO_HOME
from indexer.dataset.states import Batch
from indexer.dataset.write import Targets, link_values
from indexer.encoding.bits import Mask
from indexer.encoding.cells import AnyCells, cells_of_values, joined_cells, unlike
from indexer.model.ids import KEY_FIELD, FieldName, RecordKey
from indexer.model.limits import IndexLimits
from indexer.model.record import Change, Delete, Record, Upsert
from indexer.model.schema import FieldType

_NO_KEY: Mapping[FieldType, RecordKey] = {FieldType.INT: 0, FieldType.KEYWORD: ""}

Named = Mapping[FieldName, tuple[Ordinals, AnyCells]]
"""By field: the places of the changes that name it, and its cells there."""


@dataclass(frozen=True)
class Changed:
    """The overlay with the changes, and what they did, counted in changes.

    ``newcomers`` are the keys of records that got an ordinal: who links to them, by key or by the
    ordinal they had before, has to look again.
    """

    overlay: Overlay
    counted: Counter[str]
    newcomers: KeyArray

    @property
    def touched(self) -> bool:
        """Whether anything is different now."""
        return any(self.counted[what] for what in ("created", "updated", "deleted"))


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
    Raises: TooLarge when ordinals or generated keys run out.
    """
    changes, next_key = keyed(changes, overlay.next_key)

    def read(keys: list[RecordKey], fields: list[FieldName]) -> list[Record | None]:
        ordinals = overlay.find_keys(keys)
        known = ordinals != MISSING
        found = iter(overlay.read(ordinals[known], fields))
        return [next(found) if there else None for there in known.tolist()]

    net = net_of(changes, read)
    step = _Step(overlay, targets, limits)
    done, counted = step.take(net.first, net.folded)
    newcomers = step.newcomers
    if net.second:
        step = _Step(done, targets, limits)
        done, _ = step.take(net.second, 0)
        newcomers = np.concatenate((newcomers, step.newcomers))
    counted += net.counted
    done = replace(done, next_key=next_key)
    result = Changed(done, counted, newcomers)
    return replace(result, overlay=replace(done, updated_at=now)) if result.touched else result


class _Step:
    """One batch of changes to distinct keys."""

    def __init__(self, overlay: Overlay, targets: Targets, limits: IndexLimits) -> None:
        self._overlay = overlay
        self._targets = targets
        self._limits = limits
        self._type = overlay.schema.key_type or FieldType.INT
        self.newcomers: KeyArray = key_array([], self._type)

    def take(self, changes: Sequence[Change], counted: int) -> tuple[Overlay, Counter[str]]:
        """The overlay after the changes, and what the first ``counted`` of them did."""
        upserts = [place for place, change in enumerate(changes) if isinstance(change, Upsert)]
        deletes = [place for place, change in enumerate(changes) if isinstance(change, Delete)]
        # No record can have a key that is not of the type; removing it changes nothing.
        keys = key_array([self._fitting(change) for change in changes], self._type)
        there = np.array([fits(change.key, self._type) for change in changes], np.bool_)
        ordinals = np.where(there, self._overlay.find(keys), MISSING)
        there = ordinals != MISSING
        named = self._named([changes[place] for place in upserts])
        written, told = np.array(upserts, np.int64), Counter[str]()
        known = there[written]
        other = self._other(named, ordinals[written], known)
        gone = np.array([place for place in deletes if there[place]], np.int64)
        for name, places in (
            ("created", written[~known]),
            ("updated", written[known & other]),
            ("deleted", gone),
        ):
            told[name] = int((places < counted).sum())
        told["unchanged"] = counted - told.total()
        wanted = np.flatnonzero(~known | other)
        if not len(wanted) and not len(gone):
            return self._overlay, told
        batch = self._became(keys[written], ordinals[written], known, named, wanted)
        return self._with(batch, ordinals[gone]), told

    def _fitting(self, change: Change) -> RecordKey | None:
        held = isinstance(change, Upsert) or fits(change.key, self._type)
        return change.key if held else _NO_KEY[self._type]

    def _named(self, upserts: Sequence[Any]) -> Named:
        places: dict[FieldName, list[int]] = {}
        values: dict[FieldName, list[Any]] = {}
        for place, upsert in enumerate(upserts):
            for name, value in upsert.values.items():
                held = values.get(name)
                if held is None:
                    places[name], values[name] = [place], [value]
                else:
                    places[name].append(place)
                    held.append(value)
        for name in values:
            self._overlay.base.known_field(name)
        vocabularies = self._overlay.base.vocabularies
        return {
            field.name: (
                np.array(places[field.name], np.int64),
                cells_of_values(field, values[field.name], vocabularies[field.name]),
            )
            for field in self._overlay.schema.columns
            if field.name in values
        }

    def _other(self, named: Named, ordinals: Ordinals, known: Mask) -> Mask:
        """Which of the known records get a value that they do not have."""
        other = np.zeros(len(ordinals), np.bool_)
        for name, (places, cells) in named.items():
            mine = np.flatnonzero(known[places])
            if len(mine):
                held = self._overlay.cells(name, ordinals[places[mine]])
                found = unlike(held, cells.pick(mine))
                other[places[mine[found]]] = True
        return other

    def _became(
        self, keys: KeyArray, ordinals: Ordinals, known: Mask, named: Named, wanted: Ordinals
    ) -> Batch:
        """The whole new states of the wanted changes; the ordinals of new records are MISSING."""
        old = wanted[known[wanted]]
        held = self._overlay.batch(ordinals[old]) if len(old) else None
        # Where each wanted change finds its old state among ``held``; new ones find the blank.
        begin = np.full(len(wanted), len(old), np.int64)
        begin[known[wanted]] = np.arange(len(old))
        place = np.full(len(keys), MISSING, np.int64)
        place[wanted] = np.arange(len(wanted))
        cells: dict[FieldName, AnyCells] = {}
        for field in self._overlay.schema.columns:
            blank = cells_of_values(field, [None], self._overlay.base.vocabularies[field.name])
            parts = [blank] if held is None else [held.cells[field.name], blank]
            source = begin
            if field.name in named:
                places, new = named[field.name]
                kept = np.flatnonzero(place[places] != MISSING)
                source = begin.copy()
                source[place[places[kept]]] = len(old) + 1 + kept
                parts.append(new)
            cells[field.name] = joined_cells(parts).pick(source)
        targets = self._pointed(keys, named, held, begin, place, wanted)
        return Batch(keys[wanted], ordinals[wanted], cells, targets)

    def _pointed(
        self,
        keys: KeyArray,
        named: Named,
        held: Batch | None,
        begin: Ordinals,
        place: Ordinals,
        wanted: Ordinals,
    ) -> dict[str, Ordinals]:
        targets: dict[str, Ordinals] = {}
        base = self._overlay.base
        for link in base.schema.links:
            before = np.array([], np.int64) if held is None else held.targets[link.name]
            pointed = np.append(before, MISSING)[begin]
            find = self._targets.find[link.name]
            if link.field in named:
                places, cells = named[link.field]
                kept = np.flatnonzero(place[places] != MISSING)
                if len(kept):
                    values, filled = link_values(base, link.field, cells.pick(kept))
                    pointed[place[places[kept]]] = np.where(filled, find(values), MISSING)
            elif base.known_field(link.field) == KEY_FIELD:
                pointed = find(keys[wanted])
            targets[link.name] = pointed
        return targets

    def _with(self, batch: Batch, gone: Ordinals) -> Overlay:
        """The overlay with these new states, and without those that are gone."""
        overlay = self._overlay
        old = batch.ordinals != MISSING
        homes, stays = np.full(len(batch), NO_HOME, np.int64), old.copy()
        if self._targets.placing is not None:
            homes = homes_of(batch.targets[self._targets.placing], overlay.base.shard_bits)
            stays[old] = overlay.homes_of(batch.ordinals[old]) == homes[old]
        leaving = np.concatenate((gone, batch.ordinals[old & ~stays]))
        left = np.concatenate((batch.ordinals[stays], leaving))
        room = Room(overlay.sizes, overlay.homes, overlay.base.shard_bits, self._limits)
        ordinals = batch.ordinals.copy()
        ordinals[~stays] = room.take(homes[~stays], overlay.schema.name)
        self.newcomers = batch.keys[~stays]
        after = overlay.after
        numbers = np.arange(len(after), len(after) + len(batch))
        places = Places(overlay.ordinals, overlay.states)
        places = places.put(ordinals, numbers).put(leaving, np.full(len(leaving), GONE))
        was = overlay.batch(left) if len(left) else None
        created = overlay.created
        if len(leaving):
            assert was is not None, "those that leave were there"
            created = created.without(was.keys[int(stays.sum()) :])
        if len(batch):
            after = after.added(replace(batch, ordinals=ordinals))
        return replace(
            overlay,
            before=overlay.before if was is None else overlay.before.added(was),
            after=after,
            ordinals=places.ordinals,
            states=places.states,
            created=created.added(self.newcomers, ordinals[~stays]),
            sizes=tuple(room.sizes),
            homes=tuple(room.homes),
            records=overlay.records + int((~old).sum()) - len(gone),
        )
