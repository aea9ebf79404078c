"""How a dataset changes: rows put in, records taken out, links followed.

All functions take a view and give a new one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from indexer.dataset.draft import Draft, FindTarget, homes_of
from indexer.dataset.keys import MISSING, KeyArray, Ordinals, key_array
from indexer.dataset.rows import Rows
from indexer.dataset.shard import NO_HOME, Shard
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Mask, mask_of
from indexer.encoding.cells import AnyCells
from indexer.encoding.coded import CodedCells
from indexer.encoding.number import NumberCells
from indexer.encoding.vocabulary import NULL_CODE
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.schema import FieldType, Link

Doubt = Callable[[Ordinals, Mask], tuple[Ordinals, Ordinals]]
"""From a shard's targets, and which of them are alive, to the offsets whose link must be followed
again and what is known of where they point."""


@dataclass(frozen=True)
class Targets:
    """How links are followed: ``find`` has who finds the linked records, by link name.

    ``placing`` names the link that decides in which shard a record lives; None if none does.
    """

    find: Mapping[str, FindTarget]
    placing: str | None


@dataclass(frozen=True)
class Written:
    """The changed dataset and what the rows did, in records."""

    view: DatasetView
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0

    @property
    def touched(self) -> bool:
        """Whether anything is different now."""
        return bool(self.created or self.updated or self.deleted)


def put(
    view: DatasetView, rows: Rows, *, targets: Targets, now: datetime, limits: IndexLimits
) -> Written:
    """Create the rows' records or set the cells they name.

    Cost: proportional to the rows and to the columns they touch.
    """
    draft = Draft(view, limits)
    ordinals = view.order.find(rows.keys)
    fresh = ordinals == MISSING
    changed = _changed(draft, rows, ordinals)
    pointed = _pointed(view, rows, targets)
    if fresh.any():
        ordinals = ordinals.copy()
        ordinals[fresh] = draft.add(
            rows.keys[fresh], _first_homes(view, rows, pointed, targets.placing)[fresh]
        )
    written = fresh | changed
    for name, (places, cells) in rows.cells.items():
        wanted = np.flatnonzero(written[places])
        draft.set(name, ordinals[places[wanted]], cells.pick(wanted))
    draft.compute(ordinals[np.flatnonzero(written)])
    for link, (places, found) in pointed.items():
        draft.point(link, ordinals[places], found)
    if targets.placing is not None and targets.placing in pointed:
        places, found = pointed[targets.placing]
        _move(view, draft, ordinals[places], found)
    created, updated = int(fresh.sum()), int((changed & ~fresh).sum())
    return Written(
        draft.view(now=now, next_key=key_after(view, rows.keys)) if written.any() else view,
        created=created,
        updated=updated,
        unchanged=len(rows) - created - updated,
    )


def take_out(view: DatasetView, keys: KeyArray, *, now: datetime, limits: IndexLimits) -> Written:
    """Remove the records of these distinct keys; keys without a record count as unchanged."""
    ordinals = view.order.find(keys)
    there = ordinals != MISSING
    if not there.any():
        return Written(view, unchanged=len(keys))
    draft = Draft(view, limits)
    draft.remove(keys[there], ordinals[there])
    return Written(
        draft.view(now=now, next_key=view.next_key),
        deleted=int(there.sum()),
        unchanged=len(keys) - int(there.sum()),
    )


def relink(
    view: DatasetView,
    link: Link,
    targets: Targets,
    *,
    alive: Callable[[Ordinals], Mask],
    doubt: Doubt,
    limits: IndexLimits,
) -> DatasetView:
    """Follow a link again after its target dataset changed.

    Only records that ``doubt`` picks are looked at; those of the placing link move to their
    target's shard. Cost: one pass over the link's targets, and finding those that are in doubt.
    """
    draft = Draft(view, limits)
    changed = False
    for shard in view.shards:
        held = shard.targets[link.name]
        offsets, known = doubt(held, alive(held))
        there = _live(shard, offsets)
        offsets, known = offsets[there], known[there]
        found = _found(view, shard, link, offsets, targets)
        other = np.flatnonzero(found != known)
        if len(other):
            changed = True
            ordinals = (shard.id << view.shard_bits) + offsets[other]
            draft.point(link.name, ordinals, found[other])
            if link.name == targets.placing:
                _move(view, draft, ordinals, found[other])
    if not changed:
        return view
    assert view.updated_at is not None, view.schema.name
    return draft.view(now=view.updated_at, next_key=view.next_key)


def link_values(view: DatasetView, field: FieldName, cells: AnyCells) -> tuple[KeyArray, Mask]:
    """A link field's cells as keys of the target, and which of them are not null."""
    if isinstance(cells, NumberCells):
        return cells.numbers.astype(np.int64), cells.filled
    assert isinstance(cells, CodedCells), field
    filled = cells.codes != NULL_CODE
    codes, places = np.unique(cells.codes[filled], return_inverse=True)
    values = key_array(np.full(len(cells), ""), FieldType.KEYWORD)
    values[filled] = key_array(view.vocabularies[field].texts_of(codes), FieldType.KEYWORD)[places]
    return values, filled


def key_after(view: DatasetView, keys: KeyArray) -> int:
    """The next key to be generated once there are records of these keys."""
    if view.schema.key_type is not FieldType.INT or not len(keys):
        return view.next_key
    return max(view.next_key, int(keys.max()) + 1)


def _changed(draft: Draft, rows: Rows, ordinals: Ordinals) -> Any:
    changed = np.zeros(len(rows), np.bool_)
    for name, (places, cells) in rows.cells.items():
        known = np.flatnonzero(ordinals[places] != MISSING)
        other = draft.differs(name, ordinals[places[known]], cells.pick(known))
        changed[places[known[other]]] = True
    return changed


def _pointed(
    view: DatasetView, rows: Rows, targets: Targets
) -> dict[str, tuple[Ordinals, Ordinals]]:
    """By link: the rows that name a value for it, and the ordinal it points to."""
    pointed: dict[str, tuple[Ordinals, Ordinals]] = {}
    for link in view.schema.links:
        if link.field in rows.cells:
            places, cells = rows.cells[link.field]
            values, filled = link_values(view, link.field, cells)
            pointed[link.name] = places, np.where(filled, targets.find[link.name](values), MISSING)
        elif view.known_field(link.field) == KEY_FIELD:
            pointed[link.name] = np.arange(len(rows)), targets.find[link.name](rows.keys)
    return pointed


def _first_homes(
    view: DatasetView,
    rows: Rows,
    pointed: Mapping[str, tuple[Ordinals, Ordinals]],
    placing: str | None,
) -> Ordinals:
    homes = np.full(len(rows), NO_HOME, np.int64)
    if placing is not None and placing in pointed:
        places, found = pointed[placing]
        homes[places] = homes_of(found, view.shard_bits)
    return homes


def _found(
    view: DatasetView, shard: Shard, link: Link, offsets: Ordinals, targets: Targets
) -> Ordinals:
    """What the records at these offsets should point to."""
    find = targets.find[link.name]
    field = view.known_field(link.field)
    if field == KEY_FIELD:
        return find(shard.keys.at(offsets))
    values, filled = link_values(view, field, shard.columns[field].cells(offsets))
    return np.where(filled, find(values), MISSING)


def _move(view: DatasetView, draft: Draft, ordinals: Ordinals, found: Ordinals) -> None:
    homes = homes_of(found, view.shard_bits)
    astray = np.flatnonzero(draft.homes(ordinals) != homes)
    if len(astray):
        draft.move(ordinals[astray], homes[astray])


def _live(shard: Shard, offsets: Ordinals) -> Any:
    return mask_of(shard.live, shard.size)[offsets]
