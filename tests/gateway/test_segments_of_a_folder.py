"""A Python client over a data folder finds the segments that a service kept there."""

from pathlib import Path

import pytest

from evaluator.client import Cardinal
from gateway.segments.folder import segments_in
from indexer.model.errors import UnknownSegment
from tests.gateway.front import CALIFORNIA, opened, settings_for


async def test_a_folder_has_its_segments(tmp_path: Path) -> None:
    """Once the service has let it go; without its catalogue there are none."""
    settings = settings_for(tmp_path)
    async with opened(settings) as front:
        await front.fill()
        body = {"name": "West", "dataset": "people", "condition": CALIFORNIA}
        made = (await front.post("/segments", body)).json()

    with (
        segments_in(settings.data) as segments,
        Cardinal(settings.data, segments=segments) as cardinal,
    ):
        segment = cardinal.segment(made["id"])
        members = len(segment)
    with Cardinal(settings.data) as alone, pytest.raises(UnknownSegment):
        alone.segment(made["id"])

    assert ("West", made["size"]) == (segment.name, members)
