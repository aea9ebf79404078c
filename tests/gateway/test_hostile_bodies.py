"""Bodies nobody meant to send: always a 4xx in the one shape, or an honest answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.front import API, CALIFORNIA, PEOPLE, Front, code_of, opened, settings_for

ROUTES = (
    "/datasets", "/datasets/people/changes", "/datasets/people/count",
    "/datasets/people/members", "/datasets/people/describe",
)  # fmt: skip
SEEDS: tuple[Any, ...] = (
    {**PEOPLE, "name": "other"},
    {"changes": [{"op": "upsert", "key": 9, "values": {"spent": "1.5", "tags": ["a"]}}]},
    {"condition": {"all": [CALIFORNIA, {"not": CALIFORNIA}]}, "per_node": True, "hints": {}},
    {"condition": CALIFORNIA, "fields": ["state"], "limit": 2, "cursor": None},
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@st.composite
def twisted(draw: st.DrawFn) -> Any:
    """A good body with one part replaced, dropped or added."""
    body = json.loads(json.dumps(draw(st.sampled_from(SEEDS))))
    place = body
    while isinstance(place, dict | list) and place and draw(st.booleans()):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key]:
            place[key] = draw(JSON)
            return body
        place = place[key]
    if isinstance(place, dict):
        place[draw(st.text(max_size=8))] = draw(JSON)
    else:
        place.append(draw(JSON))
    return body


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(ROUTES), body=twisted())
async def test_a_twisted_body_is_never_our_fault(people: Front, path: str, body: Any) -> None:
    """Whatever was changed in it."""
    answer = await people.post(path, body)

    assert answer.status_code < 500
    assert answer.status_code < 400 or code_of(answer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(ROUTES), body=st.binary(max_size=40))
async def test_noise_is_never_our_fault(people: Front, path: str, body: bytes) -> None:
    """Bytes of any kind."""
    answer = await people.client.post(API + path, content=body)

    assert 400 <= answer.status_code < 500
    assert code_of(answer)


async def test_a_body_that_stops_arriving_is_given_up(tmp_path: Path) -> None:
    """After the longest pause that is allowed."""

    async def stalling() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with opened(settings_for(tmp_path, receive_timeout_s=0.01)) as front:
        answer = await front.client.post(f"{API}/datasets", content=stalling())

    assert [400, "bad_json"] == [answer.status_code, code_of(answer)]
