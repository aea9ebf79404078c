"""A bulk load: typed batches applied in one of five modes."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

import numpy as np

from indexer.api import LoadMode
from indexer.dataset.founding import Each, founded
from indexer.dataset.gathering import Gathering
from indexer.dataset.keys import MISSING
from indexer.dataset.rows import Rows
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets, Written, put, take_out
from indexer.encoding.cells import cells_of_values
from indexer.model.limits import IndexLimits


def load(
    view: DatasetView,
    gathered: Gathering,
    mode: LoadMode,
    *,
    clear_empty: bool,
    targets: Targets,
    now: datetime,
    limits: IndexLimits,
    each: Each = map,
) -> Written:
    """The dataset after the load, and its figures in distinct keys.

    ``insert`` leaves known keys alone, ``update`` unknown ones, ``replace`` removes records the
    batches do not name and clears fields they leave out, ``delete`` removes what they name. The
    first records of a dataset become its shards as they are, a field at a time by ``each``.
    """
    creating = mode not in (LoadMode.UPDATE, LoadMode.DELETE)
    if creating and not view.shards and not view.schema.links:
        return founded(view, gathered, now=now, limits=limits, each=each)
    replacing = mode is LoadMode.REPLACE
    rows = gathered.as_rows(
        view.vocabularies, next_key=view.next_key, with_nulls=clear_empty or replacing
    )
    ordinals = view.order.find(rows.keys)
    known = ordinals != MISSING
    match mode:
        case LoadMode.UPSERT:
            return put(view, rows, targets=targets, now=now, limits=limits)
        case LoadMode.INSERT:
            done = put(view, rows.kept(~known), targets=targets, now=now, limits=limits)
            return replace(done, unchanged=done.unchanged + int(known.sum()))
        case LoadMode.UPDATE:
            done = put(view, rows.kept(known), targets=targets, now=now, limits=limits)
            return replace(done, unchanged=done.unchanged + int((~known).sum()))
        case LoadMode.DELETE:
            return take_out(view, rows.keys, now=now, limits=limits)
        case LoadMode.REPLACE:
            gone = np.isin(view.order.ordinals, ordinals[known], invert=True)
            cut = take_out(view, view.order.keys[gone], now=now, limits=limits)
            done = put(cut.view, _whole(view, rows), targets=targets, now=now, limits=limits)
            return replace(done, deleted=cut.deleted)
        case _:
            assert_never(mode)


def _whole(view: DatasetView, rows: Rows) -> Rows:
    """The rows with null cells for every field they leave out."""
    places = np.arange(len(rows))
    absent = {
        field.name: (
            places,
            cells_of_values(field, [None] * len(rows), view.vocabularies[field.name]),
        )
        for field in view.schema.given
        if field.name not in rows.cells
    }
    return Rows(rows.keys, {**rows.cells, **absent})
