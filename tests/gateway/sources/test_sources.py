"""Sources over HTTP: asked for, refused, listed, removed; no server is needed for that."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.catalogue.catalogue import Catalogue
from gateway.sources import following
from gateway.sources.api import Batch, Setup, Stream
from gateway.sources.debezium.kind import Debezium
from gateway.sources.definition import Definition, Fault
from gateway.sources.following import FAULTS_KEPT_MAX, Patience
from gateway.sources.masked import masked
from tests.gateway.front import PEOPLE, Front, code_of, opened, paths_of, settings_for
from tests.support.listed_stream import ListedStream
from tests.support.patience import eventually

NOWHERE = "redis://:s3cret@127.0.0.1:1/0"
SOURCE = {"name": "shop", "kind": "debezium", "dataset": "people", "settings": {"url": NOWHERE}}


class StubbornStream(ListedStream):
    """Goes on when it is told to stop, once."""

    async def batches(self, after: str | None) -> AsyncIterator[Batch]:
        """See ``Stream``."""
        yield Batch("0")
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()


class Stubborn(Debezium):
    """The kind of it."""

    async def open(self, setup: Setup) -> Stream:
        """See ``Kind``."""
        return StubbornStream([])


async def test_a_source_that_finds_nobody_tries_again(people: Front) -> None:
    """It is made at once; what is wrong is told, with the moment of the next try."""
    created = await people.post("/sources", SOURCE)

    shown = await eventually(lambda: _shown(people), lambda told: told["error"] is not None)

    assert [201, "connecting", None] == [
        created.status_code,
        created.json()["state"],
        shown["position"],
    ]
    assert "Redis at 127.0.0.1:1 does not answer" == shown["error"]
    assert "2025-06-01T12:00:0" in shown["retry_at"]
    assert {"people": "people"} == shown["tables"]
    assert [("interrupted", shown["error"])] == [
        (error["code"], error["message"]) for error in shown["errors"]
    ]


async def test_no_password_leaves_the_catalogue(people: Front) -> None:
    """In no answer, while it is made, listed or shown; given apart or in the URL."""
    body = {**SOURCE, "settings": {"url": NOWHERE, "password": "s3cret"}}

    answers = [await people.post("/sources", body)]
    answers += [await people.get(path) for path in ("/sources", "/sources/shop")]
    answers.append(await people.post("/sources/shop/pause"))

    assert [201, 200, 200, 200] == [answer.status_code for answer in answers]
    assert not [answer for answer in answers if "s3cret" in answer.text]
    hidden = {"url": "redis://:***@127.0.0.1:1/0", "password": "***"}
    assert hidden == answers[0].json()["settings"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"kind": "oracle"}, "/kind"),
        ({"name": "a/b"}, "/name"),
        ({"name": ""}, "/name"),
        ({"dataset": None}, "/tables"),
        ({"tables": {"a": "people"}}, "/tables"),
        ({"dataset": None, "tables": {"a": "people", "b": "people"}}, "/tables"),
        ({"more": 1}, "/more"),
        ({"settings": {}}, "/settings/url"),
        ({"settings": {"url": NOWHERE, "more": 1}}, "/settings/more"),
        ({"settings": {"url": "http://127.0.0.1"}}, "/settings/url"),
        ({"settings": {"url": "redis://127.0.0.1:99999"}}, "/settings/url"),
        ({"settings": {"url": "redis://127.0.0.1?socket_timeout=9"}}, "/settings/url"),
        ({"settings": {"url": NOWHERE, "times": "s"}}, "/settings/times"),
        ({"settings": {"url": NOWHERE, "stream": 7}}, "/settings/stream"),
    ],
)
async def test_what_is_wrong_with_a_source_has_its_place(
    people: Front, change: dict[str, Any], path: str
) -> None:
    """And nothing is made."""
    answer = await people.post("/sources", {**SOURCE, **change})

    assert 422 == answer.status_code, answer.text
    assert path in [place for _, place in paths_of(answer)]
    assert [] == (await people.get("/sources")).json()["items"]
    assert "99999" not in answer.text


async def test_a_dataset_must_be_there_and_have_a_key(people: Front) -> None:
    """Unless it may be made: then the stream tells its key."""
    await people.post("/datasets", {"name": "bare", "key": None, "fields": []})

    unknown = await people.post("/sources", {**SOURCE, "dataset": "nobody"})
    keyless = await people.post("/sources", {**SOURCE, "dataset": "bare"})
    made = await people.post("/sources", {**SOURCE, "dataset": "nobody", "add_fields": True})

    assert [404, "unknown_dataset"] == [unknown.status_code, code_of(unknown)]
    assert [("bad_value", "/dataset")] == paths_of(keyless)
    assert 201 == made.status_code


async def test_a_name_is_given_once(people: Front) -> None:
    """Until its source is gone."""
    await people.post("/sources", SOURCE)

    again = await people.post("/sources", SOURCE)
    kept = await people.client.request("DELETE", "/api/v1/sources/shop")
    gone = await people.client.request("DELETE", "/api/v1/sources/shop?force=true")
    anew = await people.post("/sources", SOURCE)

    assert [409, "source_exists"] == [again.status_code, code_of(again)]
    assert [503, "source_unavailable"] == [kept.status_code, code_of(kept)]
    assert [204, 201] == [gone.status_code, anew.status_code]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/pause"), ("POST", "/resume"), ("DELETE", "")],
)
async def test_an_unknown_source_is_not_found(front: Front, method: str, path: str) -> None:
    """Whatever is asked of it."""
    answer = await front.client.request(method, f"/api/v1/sources/nobody{path}")

    assert [404, "unknown_source"] == [answer.status_code, code_of(answer)]


async def test_sources_are_bounded(tmp_path: Any) -> None:
    """Each is a task and a connection."""
    async with opened(settings_for(tmp_path, sources_max=1)) as front:
        await front.post("/datasets", PEOPLE)
        answers = [await front.post("/sources", {**SOURCE, "name": name}) for name in ("a", "b")]

    assert [201, 413] == [answer.status_code for answer in answers]


async def test_settings_of_another_version_fail_one_source_only(tmp_path: Any) -> None:
    """The service starts, the source says what to do."""
    async with opened(settings_for(tmp_path)) as first:
        first.services.catalogue.sources.add(
            Definition("src_x", "old", "debezium", {"a": "b"}, False, {"uri": "x"}, 0)
        )
        first.services.catalogue.sources.add(
            Definition("src_y", "older", "tape", {"a": "b"}, False, {}, 0)
        )
    async with opened(settings_for(tmp_path)) as second:
        await eventually(lambda: _shown(second, "old"), _has_failed)
        await eventually(lambda: _shown(second, "older"), _has_failed)
        removed = await second.client.request("DELETE", "/api/v1/sources/old")

    assert 204 == removed.status_code


async def test_a_source_stops_though_its_stream_would_not(
    people: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library below may swallow that it is to stop."""
    monkeypatch.setattr(following, "CANCELLED_AGAIN_S", 0.01)
    runner = people.services.sources
    monkeypatch.setattr(runner, "kinds", {"debezium": Stubborn()})

    await people.post("/sources", SOURCE)
    await eventually(lambda: _shown(people), lambda told: told["state"] == "streaming")
    paused = await people.post("/sources/shop/pause")

    assert "paused" == paused.json()["state"]


def test_a_catalogue_keeps_the_last_faults_of_each_source(tmp_path: Any) -> None:
    """Newest first; those of a source that is gone are gone too."""
    catalogue = Catalogue.open(tmp_path)
    sources = catalogue.sources
    for name in ("a", "b"):
        sources.add(Definition(f"src_{name}", name, "debezium", {"t": "d"}, False, {}, 0))
    faults = [Fault(number, "bad_value", "no") for number in range(FAULTS_KEPT_MAX + 50)]

    sources.add_faults("src_a", faults[:120], kept_max=FAULTS_KEPT_MAX)
    sources.add_faults("src_a", faults[120:], kept_max=FAULTS_KEPT_MAX)
    sources.add_faults("src_b", faults[:1], kept_max=FAULTS_KEPT_MAX)
    kept = sources.faults("src_a")
    sources.remove("src_a")
    left = [len(sources.faults(name)) for name in ("src_a", "src_b")]
    catalogue.close()

    assert [each.at_us for each in faults[:49:-1]] == [each.at_us for each in kept]
    assert [0, 1] == left


def test_waiting_grows_and_ends() -> None:
    """Twice as long after each try, up to a bound, more or less a quarter."""
    least, most = Patience(1.0, 60.0, lambda: 0.0), Patience(1.0, 60.0, lambda: 1.0)

    waits = [(least.wait_s(tries), most.wait_s(tries)) for tries in (0, 1, 10, 10**6)]

    assert [(0.75, 1.25), (1.5, 2.5), (45.0, 75.0), (45.0, 75.0)] == waits


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host:1/0", "redis://host:1/0"),
        ("redis://ada:pw@host/0", "redis://ada:***@host/0"),
        ("redis://:p:w@x@host", "redis://:***@host"),
        ("postgresql://ada@host/db?password=pw", "postgresql://ada@host/db?***"),
        ("redis://[bad:pw@host", "***"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    """However it is written."""
    assert {"url": shown, "token": "***", "n": 1} == masked({"url": url, "token": "pw", "n": 1})


def test_debezium_settings_say_what_they_are() -> None:
    """Every field that needs it has a description for the API's page."""
    silent = [
        name for name, field in Debezium.settings.model_fields.items()
        if name != "password" and not field.description
    ]  # fmt: skip

    assert [] == silent


def _has_failed(told: dict[str, Any]) -> bool:
    return told["state"] == "failed" and "make the source anew" in told["error"]


async def _shown(front: Front, name: str = "shop") -> dict[str, Any]:
    answer: dict[str, Any] = (await front.get(f"/sources/{name}")).json()
    return answer
