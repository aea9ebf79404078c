"""Every bomb of the fixed list, over HTTP: refused in the one shape, or answered where it is valid.

The list grows and never shrinks. What stops arriving, and connections, are in
``test_hostile_bodies`` and ``test_process``; files are in ``test_import_hostile``.
"""

import gzip
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.front import API, CALIFORNIA, Front, code_of, opened, settings_for

COUNT, MEMBERS = "/datasets/people/count", "/datasets/people/members"
CHECK, FIELDS, SEGMENTS = "/datasets/people/formulas/check", "/datasets/people", "/segments"
CHANGES = "/datasets/people/changes"
CHAIN_MAX = 1_000


def condition(node: object) -> bytes:
    """A body that asks about it."""
    return json.dumps({"condition": node}).encode()


def leaf(field: str, op: str, value: object) -> bytes:
    """A body that asks about one leaf."""
    return condition({"field": field, "op": op, "value": value})


def raw(value: str, field: str = "score", op: str = "gt") -> bytes:
    """A body with a value as it is written."""
    return b'{"condition": {"field": "%s", "op": "%s", "value": %s}}' % (
        field.encode(), op.encode(), value.encode(),
    )  # fmt: skip


def nested(depth: int, word: str = "not") -> bytes:
    """So many groups inside each other."""
    opening, closing = (b'{"not": ', b"}") if word == "not" else (b'{"all": [', b"]}")
    return b'{"condition": ' + opening * depth + b'{"all": []}' + closing * depth + b"}"


def formula(text: str) -> bytes:
    """A body that has a formula checked."""
    return json.dumps({"formula": text}).encode()


BOMBS: Mapping[str, tuple[str, bytes]] = {
    **{f"{depth} deep": (COUNT, nested(depth)) for depth in (33, 100, 101, 500, 10**4, 10**5)},
    **{f"{depth} lists": (COUNT, nested(depth, "all")) for depth in (33, 100, 500, 10**5)},
    "a million wide": (COUNT, condition({"all": [{"all": []}] * 10**6})),
    "a billion days": (COUNT, leaf("seen", "in_last", {"amount": 10**9, "unit": "day"})),
    "a billion years": (COUNT, leaf("seen", "in_next", {"amount": 10**9, "unit": "year"})),
    "not a number": (COUNT, raw("NaN")),
    "infinity": (COUNT, raw("Infinity")),
    "beyond doubles": (COUNT, raw("1e999")),
    "beyond all": (COUNT, raw("1e999999999")),
    "5,000 digits": (COUNT, raw("9" * 5_000)),
    "half a letter": (COUNT, raw('"\\ud800"', "state", "is")),
    "an override": (COUNT, raw('"\u202eabc"', "state", "is")),
    "true for 1": (COUNT, raw("true")),
    "one key twice": (COUNT, b'{"condition": {"all": []}, "condition": {"any": []}}'),
    "UTF-16": (COUNT, condition(CALIFORNIA).decode().encode("utf-16")),
    "a byte order mark": (COUNT, b"\xef\xbb\xbf" + condition(CALIFORNIA)),
    "packed": (COUNT, gzip.compress(condition(CALIFORNIA))),
    "nothing": (COUNT, b""),
    "another shape": (COUNT, b"[[]]"),
    "slow for some": (COUNT, leaf("state", "matches", "(a+)+$")),
    "a large pattern": (COUNT, leaf("state", "matches", "((a{1000}){1000}){10}")),
    "no pattern": (COUNT, leaf("state", "matches", "(" * 5_000)),
    "the year 1": (COUNT, leaf("born", "before", "0001-01-01")),
    "the year 9999": (COUNT, leaf("seen", "after", "9999-12-31T23:59:59.999999Z")),
    "the year 10,000": (COUNT, leaf("born", "after", "10000-01-01")),
    "31 February": (COUNT, leaf("born", "on", "2025-02-31")),
    "a skipped hour": (COUNT, leaf("seen", "after", "2025-03-30T02:30:00")),
    "no zone": (COUNT, b'{"condition": {"all": []}, "now": "9999-12-31T23:59:59-14:00"}'),
    "a forged cursor": (MEMBERS, b'{"condition": {"all": []}, "cursor": "AAAA"}'),
    "a long cursor": (MEMBERS, b'{"condition": {"all": []}, "cursor": "%s"}' % (b"A" * 10**5)),
    "negative": (MEMBERS, b'{"condition": {"all": []}, "limit": -1}'),
    "somebody else": (COUNT, b'{"condition": {"all": []}, "tenant": "other", "user": "admin"}'),
    "relatives for ever": (
        COUNT,
        b'{"condition": ' + b'{"related": "people", "where": ' * 500 + b"{}" + b"}" * 501,
    ),
    "a long sequence": (
        COUNT, condition({"related": "people", "sequence": [{"where": {"all": []}}] * 10**5}),
    ),
    "100,000 parentheses": (CHECK, formula("(" * 10**5 + "1" + ")" * 10**5)),
    "100,000 signs": (CHECK, formula("-" * 10**5 + "1")),
    "a long sum": (CHECK, formula("+".join(["spent"] * 10**5))),
    "division by nothing": (CHECK, formula("spent / 0 + 1 % 0")),
    "a long text": (CHECK, formula("'" + "a" * 10**6 + "'")),
    "an open text": (CHECK, formula("'" + "\\" * 999)),
    "ifs for ever": (CHECK, formula("if(true, " * 5_000)),
    "10^300 in a formula": (CHECK, formula("9" * 4_000 + " * " + "9" * 4_000)),
    "powers of concat": (CHECK, formula("concat(" * 300 + "state" + ",state)" * 300)),
    "changes without end": (CHANGES, b'{"changes": [' + b'{"op": 1},' * 600_000 + b"1]}"),
    "a value without end": (
        CHANGES,
        b'{"changes": [{"op": "upsert", "key": 1, "values": {"tags": [' + b"[]," * 600_000
        + b"1]}}]}",
    ),
    "deep changes": (CHANGES, b'{"changes": ' + b"[" * 10**6),
    "no segment": (COUNT, condition({"segment": "\0"})),
    "a version beyond": (COUNT, condition({"segment": "sg_x", "version": 10**30})),
    "a list of lists": (
        SEGMENTS, json.dumps({"name": "x", "dataset": "people", "keys": [[1]] * 10**5}).encode(),
    ),
    "a list of the wrong kind": (
        SEGMENTS, b'{"name": "x", "dataset": "people", "keys": ["\\u0000", 1e400, {}]}',
    ),
    "a name that is long": (
        SEGMENTS, json.dumps({"name": "n" * 10**6, "dataset": "people", "condition": {}}).encode(),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    """People, for all of it."""
    folder: Path = tmp_path_factory.mktemp("bombs")
    async with opened(settings_for(folder)) as front:
        await front.fill()
        yield front


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_refused_or_answered(shop: Front, name: str) -> None:
    """Never a 5xx, and always in the shape of an error if it is one."""
    path, body = BOMBS[name]

    answer = await shop.client.post(API + path, content=body)

    assert answer.status_code < 500, answer.text
    assert answer.status_code < 400 or code_of(answer)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=x"])
async def test_another_content_type_changes_nothing(shop: Front, kind: str) -> None:
    """The bytes decide: JSON is JSON, and XML is none."""
    headers = {"Content-Type": kind}

    good = await shop.client.post(API + COUNT, content=condition(CALIFORNIA), headers=headers)
    bad = await shop.client.post(API + COUNT, content=b"<a/>", headers=headers)

    assert good.status_code in {200, 400, 415}
    assert 400 <= bad.status_code < 500


async def test_a_million_values_are_answered_and_more_are_not(shop: Front) -> None:
    """Within the bound of the language; three million are over it, and so is a body of 70 MB."""
    many = leaf("_key", "in", list(range(10**6)))

    answer = await shop.client.post(API + COUNT, content=many)
    over = await shop.client.post(API + COUNT, content=leaf("_key", "in", [1] * 3_000_000))
    large = await shop.client.post(API + COUNT, content=b'{"condition": "' + b"a" * 70_000_000)

    assert [200, 3] == [answer.status_code, answer.json()["count"]]
    assert 400 <= over.status_code < 500
    assert 413 == large.status_code


async def test_segments_that_refer_to_each_other_for_ever_are_refused(front: Front) -> None:
    """Itself, in a circle, and in a chain that is longer than allowed."""
    await front.fill()
    ids = [await _made(front, CALIFORNIA)]
    for _ in range(CHAIN_MAX):
        body = {"name": f"s{len(ids)}", "dataset": "people", "condition": {"segment": ids[-1]}}
        answer = await front.post("/segments", body)
        if answer.status_code >= 400:
            break
        ids.append(answer.json()["id"])
    itself = await _patched(front, ids[0], {"segment": ids[0]})
    circle = await _patched(front, ids[0], {"not": {"segment": ids[-1]}})
    counted = await front.post(COUNT, {"condition": {"segment": ids[-1]}})

    assert len(ids) <= CHAIN_MAX or 200 == counted.status_code
    assert [422, 422] == [itself.status_code, circle.status_code]
    assert 200 == counted.status_code


async def _made(front: Front, told: Any) -> str:
    answer = await front.post("/segments", {"name": "s", "dataset": "people", "condition": told})
    made: str = answer.json()["id"]
    return made


async def _patched(front: Front, segment: str, told: Any) -> Any:
    return await front.patch(f"/segments/{segment}", {"version": 1, "condition": told})
