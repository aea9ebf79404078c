"""A batch of changes and the view it makes, for those who want no overlay."""

from collections.abc import Sequence
from datetime import datetime

from indexer.dataset.applying import changed
from indexer.dataset.netting import counted
from indexer.dataset.overlay import Overlay
from indexer.dataset.settling import settled
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets, Written
from indexer.model.limits import IndexLimits
from indexer.model.record import Change


def apply_changes(
    view: DatasetView,
    changes: Sequence[Change],
    *,
    targets: Targets,
    now: datetime,
    limits: IndexLimits,
) -> Written:
    """Apply checked changes in order. Counts are of changes, not of records.

    Cost: a copy of every column that changes.
    """
    done = changed(Overlay.over(view), changes, targets=targets, now=now, limits=limits)
    return Written(settled(done.overlay, limits), **counted(done.outcomes))
