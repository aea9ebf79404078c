"""Short ways to make, change and count segments of people over HTTP."""

import json
from typing import Any

from tests.gateway.front import API, CALIFORNIA, Front

Json = Any
NEW_YORK = {"field": "state", "op": "is", "value": "NY"}


async def make(front: Front, condition: Json = None, **given: Json) -> Json:
    """A new segment's document."""
    body = {"name": "Golden state", "dataset": "people", **given}
    if "keys" not in given:
        body["condition"] = condition or CALIFORNIA
    answer = await front.post("/segments", body)
    assert 201 == answer.status_code, answer.text
    return answer.json()


async def patch(front: Front, segment: Json, **given: Json) -> Any:
    """The answer to an edit of that version."""
    body = {"version": segment["version"], **given}
    return await front.client.patch(f"{API}/segments/{segment['id']}", content=json.dumps(body))


async def count(front: Front, condition: Json) -> int:
    """How many people satisfy a condition."""
    answer = await front.post("/datasets/people/count", {"condition": condition})
    assert 200 == answer.status_code, answer.text
    size: int = answer.json()["count"]
    return size
