"""Errors: one table, one shape, nothing repeated, nothing forgotten."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from gateway.app import create_app
from gateway.errors import STATUS_OF, response_of
from gateway.pages import WebFiles
from indexer.model.errors import CardinalError, Overloaded, leaves
from tests.gateway.front import API, CALIFORNIA, HOME, Front, code_of, opened, settings_for

SECRET = "very-secret-value"


def test_every_leaf_of_the_error_tree_has_a_status() -> None:
    """And nothing else has."""
    assert set(leaves()) == set(STATUS_OF)


@pytest.mark.parametrize("leaf", leaves())
def test_an_error_becomes_its_status_and_the_one_body(leaf: type[CardinalError]) -> None:
    """503 says when to come back, 401 how to sign in."""
    answer = response_of(leaf("do this"))

    assert STATUS_OF[leaf] == answer.status_code
    assert (answer.status_code == 503) == ("retry-after" in answer.headers)
    assert (answer.status_code == 401) == ("www-authenticate" in answer.headers)
    assert f'{{"error":{{"code":"{leaf.code}"'.encode() in bytes(answer.body)


def test_the_time_to_come_back_is_the_errors_own() -> None:
    """In whole seconds, at least one."""
    answers = [response_of(Overloaded("x", retry_after_s=wait)) for wait in (0.1, 30)]

    assert ["1", "30"] == [answer.headers["retry-after"] for answer in answers]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_an_unknown_api_route_is_not_found(front: Front, method: str) -> None:
    """In the error shape, whatever the method."""
    answer = await front.client.request(method, f"{API}/nowhere")

    assert [404, "unknown_route"] == [answer.status_code, code_of(answer)]


async def test_a_wrong_method_names_the_right_ones(front: Front) -> None:
    """405 with Allow."""
    answer = await front.client.request("DELETE", f"{API}/datasets")

    assert [405, "method_not_allowed"] == [answer.status_code, code_of(answer)]
    assert answer.headers["allow"]


async def test_a_bad_parameter_has_the_one_shape(people: Front) -> None:
    """Query parameters too."""
    answer = await people.get("/datasets", params={"limit": "many"})

    assert [422, "bad_shape"] == [answer.status_code, code_of(answer)]
    assert "many" not in answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/datasets/people/count", {"condition": {**CALIFORNIA, "value": [SECRET]}}),
        ("/datasets/people/count", {"condition": {"field": "vip", "op": "is", "value": SECRET}}),
        ("/datasets/people/count", {"condition": CALIFORNIA, "now": SECRET}),
        ("/datasets/people/count", {"condition": CALIFORNIA, "per_node": SECRET}),
        ("/datasets/people/changes", {"changes": [{"op": SECRET, "key": SECRET}]}),
        ("/datasets/people/changes",
         {"changes": [{"op": "upsert", "key": 1, "values": {"spent": SECRET}}]}),
        ("/datasets", {"name": "x", "key": None, "fields": [{"name": "a", "type": SECRET}]}),
        ("/datasets", {"name": "x", "key": None, "fields": [], "time_zone": SECRET}),
    ],
)  # fmt: skip
async def test_a_value_is_never_repeated(people: Front, path: str, body: object) -> None:
    """Not in a message, not in a path."""
    answer = await people.post(path, body)

    assert "error" in answer.text or "rejected" in answer.text
    assert SECRET not in answer.text


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Front]:
    """A gateway with small bounds."""
    bounds = {"body_bytes_max": 100, "condition_bytes_max": 200, "changes_max": 1}
    async with opened(settings_for(tmp_path, **bounds)) as opening:
        yield opening


async def test_a_declared_length_over_the_bound_is_refused(small: Front) -> None:
    """Before anything is read."""
    answer = await small.post("/datasets", {"name": "x" * 100})

    assert [413, "too_large"] == [answer.status_code, code_of(answer)]


async def test_a_streamed_body_over_the_bound_is_refused(small: Front) -> None:
    """Also when no length was declared."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b" " * 50

    answer = await small.client.post(f"{API}/datasets/x/count", content=chunks())

    assert [413, "too_large"] == [answer.status_code, code_of(answer)]


async def test_a_condition_has_a_bound_of_its_own(small: Front) -> None:
    """Larger than an ordinary body's."""
    answer = await small.post("/datasets/x/count", {"condition": {}, "now": "x" * 120})

    assert 422 == answer.status_code


async def test_too_many_changes_are_refused(small: Front) -> None:
    """As too large, not as wrong."""
    changes = [{"op": "delete", "key": 1}, {"op": "delete", "key": 2}]

    answer = await small.post("/datasets/x/changes", {"changes": changes})

    assert [413, "too_large"] == [answer.status_code, code_of(answer)]


async def test_an_encoded_body_is_refused(front: Front) -> None:
    """What is small on the wire may be large inside."""
    answer = await front.post("/datasets/x/count", {}, headers={"Content-Encoding": "gzip"})

    assert [400, "bad_json"] == [answer.status_code, code_of(answer)]


async def test_deep_json_is_a_problem_and_no_crash(front: Front) -> None:
    """However deep."""
    deep = b'{"condition": ' + b'{"not": ' * 100_000 + b"1" + b"}" * 100_000 + b"}"

    answer = await front.client.post(f"{API}/datasets/x/count", content=deep)

    assert 400 <= answer.status_code < 500
    assert len(answer.content) < 4_000


async def test_a_mistake_of_ours_says_nothing_but_an_id(
    front: Front, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log has the same id, once; the answer has no trace of what broke."""
    broken = replace(front.services, clock=None)  # type: ignore[arg-type]  # a mistake of ours
    transport = httpx2.ASGITransport(app=create_app(broken, WebFiles()))

    async with httpx2.AsyncClient(transport=transport, base_url=HOME) as client:
        answer = await client.get(f"{API}/clock")

    message = answer.json()["error"]["message"]
    reference = message.rsplit(" ", 1)[1]
    assert [500, "internal"] == [answer.status_code, code_of(answer)]
    assert 1 == "".join(capsys.readouterr()).count(reference)
    assert "Error" not in message
