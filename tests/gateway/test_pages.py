"""What a browser and a machine that watches are given."""

import json
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

import gateway.ui
from gateway import openapi
from gateway.app import create_app, routes
from gateway.pages import WebFiles
from indexer.runtime.clock import SystemClock
from tests.gateway.front import HOME, Front, code_of, opened, paths_of, settings_for


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built UI of two files."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>Cardinal</title>")
    (folder / "assets" / "app-1a2b.js").write_text("'use strict';" * 200)
    return folder


async def test_every_page_is_the_front_page(tmp_path: Path, dist: Path) -> None:
    """The UI has its own addresses; they are asked for anew each time."""
    async with opened(settings_for(tmp_path / "data"), dist) as front:
        answers = [await front.client.get(path) for path in ("/", "/segments/7", "/a/b.c")]
        head = await front.client.head("/")

    assert ["<title>Cardinal</title>"] * 3 == [answer.text for answer in answers]
    assert {"no-cache"} == {answer.headers["cache-control"] for answer in answers}
    assert 200 == head.status_code


async def test_assets_are_kept_for_ever(tmp_path: Path, dist: Path) -> None:
    """They carry a hash in their names, and travel packed; a missing one is missing."""
    async with opened(settings_for(tmp_path / "data"), dist) as front:
        there = await front.client.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip"})
        gone = await front.client.get("/assets/app-0000.js")

    assert "immutable" in there.headers["cache-control"]
    assert "gzip" == there.headers["content-encoding"]
    assert [404, "unknown_route"] == [gone.status_code, code_of(gone)]


async def test_nothing_outside_of_the_ui_is_served(tmp_path: Path, dist: Path) -> None:
    """However the address is written."""
    (tmp_path / "secret.txt").write_text("secret")
    async with opened(settings_for(tmp_path / "data"), dist) as front:
        answers = [
            await front.client.get(path)
            for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt")
        ]

    assert all("secret" not in answer.text for answer in answers)


async def test_a_ui_that_is_not_built_says_what_to_do(front: Front) -> None:
    """Instead of an empty page."""
    answer = await front.client.get("/")

    assert 503 == answer.status_code
    assert "make setup" in answer.text


async def test_pages_keep_other_sites_out(front: Front) -> None:
    """No frames, no foreign scripts, no sniffing."""
    headers = (await front.client.get("/docs")).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "nosniff" == headers["x-content-type-options"]


@pytest.mark.parametrize(
    ("path", "status"), [("/livez", "alive"), ("/healthz", "alive"), ("/readyz", "ready")]
)
async def test_watchers_need_no_sign_in(guarded: Front, path: str, status: str) -> None:
    """One word each."""
    answer = await guarded.client.get(path)

    assert [200, status] == [answer.status_code, answer.json()["status"]]


async def test_figures_are_by_route_and_never_by_name(people: Front) -> None:
    """A label's values are bounded."""
    await people.get("/datasets/people")
    await people.client.get("/some/page")

    text = (await people.client.get("/metrics")).text

    line = 'cardinal_requests_total{method="GET",route="/datasets/{name}",status="200"} 1.0'
    assert line in text
    assert "people" not in text
    assert "some" not in text


async def test_a_manual_clock_stands_where_it_is_put(front: Front) -> None:
    """Every dataset follows."""
    await front.post("/datasets", {"name": "a", "key": None, "fields": [], "clock_offset_s": 60})

    await front.client.put("/api/v1/clock", json={"now": "2030-01-01T00:00:00+01:00"})

    dataset = (await front.get("/datasets/a")).json()
    assert "2029-12-31T23:00:00Z" == (await front.get("/clock")).json()["now"]
    assert "2029-12-31T23:01:00Z" == dataset["now"]


async def test_the_machines_clock_does_not_move(front: Front) -> None:
    """Asking is allowed, moving isn't."""
    machine = replace(front.services, clock=SystemClock())
    transport = httpx2.ASGITransport(app=create_app(machine, WebFiles()))

    async with httpx2.AsyncClient(transport=transport, base_url=HOME) as client:
        put = await client.put("/api/v1/clock", json={"now": "2030-01-01T00:00:00Z"})
        shown = await client.get("/api/v1/clock")

    assert [403, "not_allowed", 200] == [put.status_code, code_of(put), shown.status_code]


async def test_a_clock_takes_only_moments(front: Front) -> None:
    """With a zone."""
    put = await front.client.put("/api/v1/clock", json={"now": "2030-01-01T00:00:00"})

    assert [("bad_value", "/now")] == paths_of(put)


async def test_the_documentation_names_every_route(front: Front) -> None:
    """The page and the file; nothing is fetched from elsewhere."""
    page = (await front.client.get("/docs")).text
    file = (await front.client.get("/openapi.json")).json()

    documented = {path for path, route in routes() if getattr(route, "include_in_schema", False)}
    assert set(file["paths"]) == documented
    assert all(path.replace("&", "&amp;") in page for path in documented)
    assert "https://" not in page


def test_every_reference_of_the_openapi_file_leads_somewhere() -> None:
    """A body that a route reads by itself is documented too."""
    text = openapi.text()

    schemas = json.loads(text)["components"]["schemas"]
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert set() == named - set(schemas)
    assert "manager" == json.loads(text)["paths"]["/api/v1/datasets"]["post"]["x-role"]


def test_the_committed_openapi_file_is_fresh() -> None:
    """Else run ``python -m gateway.openapi > gateway/ui/openapi.json``."""
    committed = Path(gateway.ui.__file__).parent / "openapi.json"

    assert openapi.text() == committed.read_text("utf-8")
