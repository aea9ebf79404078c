"""The live socket: previews over a real connection, tickets, bounds, origins."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from gateway.access import Role
from gateway.gate import Gate
from gateway.previews import Preview, Previews
from gateway.serve import Server, bound, server_config, url_of
from indexer.model.errors import Overloaded
from indexer.model.ids import DatasetName
from tests.gateway.front import API, CALIFORNIA, NOW, Front, opened, settings_for, until

PREVIEW = {"preview": {"id": "p1", "dataset": "people", "condition": CALIFORNIA}}


@asynccontextmanager
async def served(folder: Path, **given: Any) -> AsyncIterator[tuple[Front, str]]:
    """A gateway on a real port, and its WebSocket address."""
    async with opened(settings_for(folder, **given)) as front:
        accepting = asyncio.Event()
        with bound("127.0.0.1", 0, "--port") as listener:
            server = Server(server_config(front.services), accepting.set, front.services.disk)
            running = asyncio.create_task(server.serve([listener]))
            await accepting.wait()
            try:
                yield front, url_of(listener).replace("http", "ws") + API + "/live"
            finally:
                server.should_exit = True
                await running


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[ClientConnection]:
    """A socket to a gateway that has ``people``."""
    async with served(tmp_path, previews_per_socket_max=2, message_bytes_max=10_000) as (
        front,
        url,
    ):
        await front.fill()
        async with connect(url) as socket:
            yield socket


async def test_a_preview_is_answered_with_every_node(live: ClientConnection) -> None:
    """As a count is, with the preview's id."""
    answer = await _ask(live, PREVIEW)

    expected = {"type": "preview", "id": "p1", "count": 2, "total": 3, "per_node": {"": 2},
                "resolved": {}}  # fmt: skip
    assert expected == {name: answer[name] for name in expected}
    assert {"elapsed_ms", "as_of", "now"} == set(answer) - set(expected)


async def test_a_preview_may_choose_its_moment(live: ClientConnection) -> None:
    """And a moment that is none is a problem at its place."""
    asked = PREVIEW["preview"]

    good = await _ask(live, {"preview": {**asked, "now": "2020-01-01T00:00:00Z"}})
    bad = await _ask(live, {"preview": {**asked, "now": "soon"}})

    assert "2020-01-01T00:00:00Z" == good["now"]
    assert [("bad_value", "/preview/now")] == [(p["code"], p["path"]) for p in bad["problems"]]


@pytest.mark.parametrize(
    ("message", "preview_id", "problem"),
    [
        ('{"preview": {"id": "p1", "dataset": "nope", "condition": {"all": []}}}', "p1",
         ("unknown_dataset", "")),
        (json.dumps(PREVIEW).replace("state", "stat"), "p1", ("unknown_field", "")),
        ('{"preview": {"id": "p1", "dataset": "people"}}', "p1",
         ("bad_shape", "/preview/condition")),
        ('{"preview": {"id": 5, "dataset": "people", "condition": {"all": []}}}', None,
         ("bad_shape", "/preview/id")),
        ('{"subscribe": ["everything"]}', None, ("bad_shape", "/preview")),
        ("[]", None, ("bad_shape", "")),
        ("{", None, ("bad_json", "")),
    ],
)  # fmt: skip
async def test_a_fault_is_told_and_the_socket_goes_on(
    live: ClientConnection, message: str, preview_id: str | None, problem: tuple[str, str]
) -> None:
    """With the id where there is one."""
    await live.send(message)
    told = json.loads(await live.recv())
    after = await _ask(live, PREVIEW)

    assert ["problem", preview_id] == [told["type"], told["id"]]
    assert problem in [(one["code"], one["path"]) for one in told["problems"]]
    assert 2 == after["count"]


async def test_a_message_over_the_bound_ends_the_socket(live: ClientConnection) -> None:
    """With the close code for it."""
    await live.send("x" * 20_000)

    with pytest.raises(ConnectionClosed) as closed:
        await live.recv()

    assert closed.value.rcvd is not None
    assert 1009 == closed.value.rcvd.code


async def test_a_ticket_opens_one_socket(tmp_path: Path) -> None:
    """Once; without one there is none; a token needs none."""
    async with served(tmp_path, auth=True) as (front, url):
        bearer = front.token(Role.VIEWER)
        ticket = (await front.post("/live/ticket", headers=bearer)).json()["ticket"]

        async with connect(f"{url}?ticket={ticket}") as socket:
            told = await _ask(socket, PREVIEW)
        refusals = [await _refusal(address) for address in (f"{url}?ticket={ticket}", url)]
        async with connect(url, additional_headers=bearer) as socket:
            again = await _ask(socket, PREVIEW)

    assert ["unknown_dataset"] * 2 == [answer["problems"][0]["code"] for answer in (told, again)]
    assert [401, 401] == refusals


async def test_a_sign_in_ticket_opens_no_socket(tmp_path: Path) -> None:
    """Each kind of ticket is for one thing."""
    async with served(tmp_path, auth=True) as (front, _):
        bearer = front.token(Role.VIEWER)
        ticket = (await front.post("/live/ticket", headers=bearer)).json()["ticket"]

        answer = await front.client.get(f"/signin?ticket={ticket}")

    assert 401 == answer.status_code


async def test_a_foreign_page_opens_no_socket(tmp_path: Path) -> None:
    """Not even where nobody signs in."""
    async with served(tmp_path) as (_, url):
        refusal = await _refusal(url, origin="https://evil.test")

    assert 403 == refusal


async def test_sockets_have_a_bound(tmp_path: Path) -> None:
    """One too many is told to come back; an ended one makes room."""
    async with served(tmp_path, sockets_max=1) as (front, url):
        async with connect(url) as socket:
            await _ask(socket, PREVIEW)
            refusal = await _refusal(url)
        await until(lambda: not front.services.sockets.inside)
        async with connect(url) as socket:
            again = await _ask(socket, PREVIEW)

    assert [503, "problem"] == [refusal, again["type"]]


async def test_only_the_latest_question_is_evaluated(people: Front) -> None:
    """What came while a preview waited for its turn is never asked, but for the last."""
    sent: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    gate = Gate(inside_max=1, waiting_max=4, wait_s=60)
    previews = _previews(people, gate, sent)

    async with gate.enter():
        for second in range(50):
            previews.ask(_question("p1", second))
            await asyncio.sleep(0)
    answer = await sent.get()
    previews.ask(_question("p1", 55))
    later = await sent.get()
    await previews.close()

    assert ["2025-06-01T12:00:49Z", "2025-06-01T12:00:55Z"] == [answer["now"], later["now"]]
    assert sent.empty()


async def test_a_newer_question_waits_for_the_one_in_flight(people: Front) -> None:
    """Nothing is in flight twice for one id, and the newest is always answered."""
    sent: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    gate = Gate(inside_max=4, waiting_max=4, wait_s=60)
    previews = _previews(people, gate, sent)

    previews.ask(_question("p1", 1))
    await until(lambda: gate.inside == 1)
    for second in range(2, 30):
        previews.ask(_question("p1", second))
    inside = gate.inside
    answers = [await sent.get(), await sent.get()]
    await previews.close()

    assert 1 == inside
    assert ["2025-06-01T12:00:01Z", "2025-06-01T12:00:29Z"] == [one["now"] for one in answers]
    assert sent.empty()


async def test_preview_ids_of_a_socket_have_a_bound(people: Front) -> None:
    """One too many is refused; a known id isn't."""
    gate = Gate(inside_max=1, waiting_max=4, wait_s=60)
    previews = _previews(people, gate, asyncio.Queue())

    async with gate.enter():
        for name in ("a", "b"):
            previews.ask(_question(name, 1))
        with pytest.raises(Overloaded):
            previews.ask(_question("c", 1))
        previews.ask(_question("a", 2))
        await previews.close()


async def test_a_preview_that_never_gets_its_turn_is_told(people: Front) -> None:
    """And may be asked again."""
    sent: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    gate = Gate(inside_max=1, waiting_max=0, wait_s=60)
    previews = _previews(people, gate, sent)

    async with gate.enter():
        previews.ask(_question("p1", 1))
        told = await sent.get()
    previews.ask(_question("p1", 2))
    again = await sent.get()
    await previews.close()

    assert ["problem", "preview"] == [told["type"], again["type"]]


def _previews(front: Front, gate: Gate, sent: "asyncio.Queue[dict[str, object]]") -> Previews:
    return Previews(
        evaluator=front.services.evaluator,
        gate=gate,
        send=sent.put,
        ids_max=2,
        answered=lambda _: None,
        new_reference=front.services.new_secret,
    )


def _question(preview_id: str, second: int) -> Preview:
    return Preview(preview_id, DatasetName("people"), CALIFORNIA, NOW.replace(second=second))


async def _ask(socket: ClientConnection, message: object) -> dict[str, Any]:
    await socket.send(json.dumps(message))
    answer: dict[str, Any] = json.loads(await socket.recv())
    return answer


async def _refusal(url: str, origin: str | None = None) -> int:
    """The status with which a socket is refused."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, origin=None if origin is None else Origin(origin)):
            pass
    return refused.value.response.status_code
