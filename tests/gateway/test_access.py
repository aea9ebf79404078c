"""Who may do what: roles, tokens, sign-in, origins. The matrix comes from the route table."""

from datetime import timedelta

import pytest
from fastapi.routing import APIRoute

from gateway.access import SESSION_COOKIE, Role
from gateway.app import role_of, routes
from gateway.serve import sign_in_ticket
from indexer.runtime.clock import ManualClock
from tests.gateway.front import API, HOME, NOW, Front, code_of

ROUTES = [(path, route) for path, route in routes() if isinstance(route, APIRoute)]
GUARDED = [
    (method, path, needed.role)
    for path, route in ROUTES
    if (needed := role_of(route)) is not None
    for method in sorted(route.methods or ())
]
OPEN = {"/livez", "/healthz", "/readyz", "/signin", "/docs", "/{path}"}
FOREIGN = {"Origin": "https://evil.test"}


def test_only_these_routes_are_open_to_everybody() -> None:
    """A new route must say what it needs."""
    found = {path for path, route in routes() if role_of(route) is None}

    assert OPEN == found


@pytest.mark.parametrize(("method", "path", "needed"), GUARDED)
async def test_a_route_asks_for_its_role(
    guarded: Front, method: str, path: str, needed: Role
) -> None:
    """Nobody is 401, a lower role 403, its role and those above go on."""
    nobody = (await guarded.client.request(method, path)).status_code
    statuses: dict[Role, int] = {}
    for role in Role:
        headers = guarded.token(role)
        statuses[role] = (await guarded.client.request(method, path, headers=headers)).status_code

    assert 401 == nobody
    refused = {role for role, status in statuses.items() if status in (401, 403)}
    assert {role for role in Role if role < needed} == refused


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Bearer a.b", "Basic YTpi", f"Bearer {'x' * 9_000}", "Bearer é.é"],
)
async def test_what_is_no_token_signs_nobody_in(guarded: Front, header: str) -> None:
    """Whatever it looks like."""
    raw = [(b"authorization", header.encode())]

    answer = await guarded.client.get(f"{API}/session", headers=raw)

    assert [401, "not_signed_in"] == [answer.status_code, code_of(answer)]
    assert "Bearer" == answer.headers["www-authenticate"]


async def test_a_token_with_another_secret_is_none(guarded: Front) -> None:
    """The id alone opens nothing."""
    headers = guarded.token(Role.ADMIN)
    forged = headers["Authorization"][:-1] + "!"

    answer = await guarded.get("/session", headers={"Authorization": forged})

    assert 401 == answer.status_code


async def test_a_session_says_who_is_asking(guarded: Front) -> None:
    """Role and name of the token's bearer."""
    answer = await guarded.get("/session", headers=guarded.token(Role.ANALYST))

    assert {"auth": True, "role": "analyst", "name": "somebody"} == answer.json()


async def test_nobody_has_to_sign_in_without_auth(front: Front) -> None:
    """Everybody is the local administrator."""
    answer = await front.get("/session")

    assert {"auth": False, "role": "admin", "name": "local"} == answer.json()


async def test_a_link_signs_in_once(guarded: Front) -> None:
    """It sets a cookie that scripts can't read, and goes home; a second use is refused kindly."""
    link = _sign_in_link(guarded)

    first = await guarded.client.get(link)
    second = await guarded.client.get(link)

    cookie = first.headers["set-cookie"]
    assert [303, "/"] == [first.status_code, first.headers["location"]]
    assert all(word in cookie for word in (SESSION_COOKIE, "HttpOnly", "SameSite=strict"))
    assert 200 == (await guarded.get("/session")).status_code
    assert 401 == second.status_code
    assert "cardinal token link" in second.text


async def test_a_link_ends_with_its_time(guarded: Front) -> None:
    """A late one is refused, like one that never was."""
    link = _sign_in_link(guarded)
    clock = guarded.services.clock
    assert isinstance(clock, ManualClock)
    clock.set(NOW + timedelta(seconds=guarded.services.settings.ticket_s))

    answers = [await guarded.client.get(link), await guarded.client.get("/signin?ticket=a.b")]

    assert [401, 401] == [answer.status_code for answer in answers]


async def test_a_sign_in_ends_with_its_time(guarded: Front) -> None:
    """The cookie is worth nothing afterwards."""
    await guarded.client.get(_sign_in_link(guarded))
    clock = guarded.services.clock
    assert isinstance(clock, ManualClock)
    clock.set(NOW + timedelta(seconds=guarded.services.settings.session_s))

    answer = await guarded.get("/session")

    assert 401 == answer.status_code


async def test_signing_out_forgets_the_browser(guarded: Front) -> None:
    """Also for somebody who kept the cookie."""
    await guarded.client.get(_sign_in_link(guarded))
    kept = guarded.client.cookies[SESSION_COOKIE]

    answer = await guarded.client.delete(f"{API}/session", headers={"Origin": HOME})

    again = await guarded.get("/session", headers={"Cookie": f"{SESSION_COOKIE}={kept}"})
    assert [204, 401] == [answer.status_code, again.status_code]


async def test_a_change_by_cookie_must_come_from_our_page(guarded: Front) -> None:
    """No Origin, no change; reading needs none; a token needs none."""
    await guarded.client.get(_sign_in_link(guarded))
    ticket = f"{API}/live/ticket"

    answers = [
        await guarded.client.post(ticket),
        await guarded.client.post(ticket, headers={"Origin": HOME}),
        await guarded.client.get(f"{API}/datasets"),
        await guarded.client.post(ticket, headers=guarded.token(Role.VIEWER)),
    ]

    assert [403, 200, 200, 200] == [answer.status_code for answer in answers]
    assert "foreign_origin" == code_of(answers[0])


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://127.0.0.1:99", "x"])
@pytest.mark.parametrize("path", ["/", "/livez", f"{API}/datasets", "/nowhere"])
async def test_a_foreign_origin_is_always_refused(front: Front, origin: str, path: str) -> None:
    """Whatever is asked, also without sign-in."""
    answer = await front.client.get(path, headers={"Origin": origin})

    assert [403, "foreign_origin"] == [answer.status_code, code_of(answer)]


async def test_our_own_origin_is_welcome(front: Front) -> None:
    """On whichever name of this machine."""
    hosts = ("127.0.0.1:81", "localhost", "[::1]:9")

    answers = [
        await front.get("/session", headers={"Host": host, "Origin": f"http://{host}"})
        for host in hosts
    ]

    assert [200, 200, 200] == [answer.status_code for answer in answers]


async def test_a_foreign_name_for_this_machine_is_refused(front: Front) -> None:
    """Without sign-in, a page that resolves to us would otherwise pass for ours."""
    host = {"Host": "evil.test", "Origin": "http://evil.test"}

    answer = await front.get("/datasets", headers=host)

    assert [403, "foreign_origin"] == [answer.status_code, code_of(answer)]


async def test_secrets_are_kept_as_hashes(guarded: Front) -> None:
    """Nothing in the catalogue's files opens anything."""
    headers = guarded.token(Role.ADMIN)
    await guarded.client.get(_sign_in_link(guarded))
    shown = [headers["Authorization"].split(".")[1], guarded.client.cookies[SESSION_COOKIE]]

    kept = b"".join(
        path.read_bytes() for path in (guarded.services.settings.data / "catalogue").iterdir()
    )

    assert [False, False] == [text.split(".")[-1].encode() in kept for text in shown]


def _sign_in_link(front: Front) -> str:
    return f"/signin?ticket={sign_in_ticket(front.services)}"
