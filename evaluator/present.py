"""What "now" is for a dataset when nobody says. Knows no conditions."""

from datetime import UTC, datetime, timedelta

from indexer.model.schema import Schema
from indexer.runtime.clock import Clock


def dataset_now(schema: Schema, clock: Clock) -> datetime:
    """The dataset's own present: the clock, shifted by the dataset's offset."""
    return clock.now().astimezone(UTC) + timedelta(seconds=schema.clock_offset_s)
