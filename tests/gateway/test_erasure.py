"""A person is forgotten, as seen from outside: a real service, and every byte of its folder."""

import json
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.catalogue.catalogue import Catalogue
from gateway.compose import new_secret
from gateway.erasure.certificate import Certificate, is_sealed, keyed_digest
from gateway.folder import DataFolder
from indexer.model.ids import DatasetName
from tests.gateway.front import API, Front, code_of, opened, settings_for
from tests.gateway.test_process import ANSWERS_WITHIN_S, Service, served

KEY = "k-wolpertinger"
EMAIL = "Quokka.Vonderschmidt@example.org"
NOTE = "asked about xylophonquark lately"
TAG = "tagzwiebelfisch"
FORMER = "formerly-nachtigallsche"
EMAIL_FOLDED = "vonderschmidt"
MARKS = ("wolpertinger", EMAIL_FOLDED, "Vonderschmidt", "xylophonquark", "zwiebelfisch",
         "nachtigallsche")  # fmt: skip
FIELDS = [
    {"name": "id", "type": "keyword"},
    {"name": "email", "type": "keyword", "pii": "email"},
    {"name": "note", "type": "text"},
    {"name": "tags", "type": "set"},
    {"name": "age", "type": "int"},
]
OTHERS = 40
POLLS_MAX = 100_000
PERSON = {"email": EMAIL, "note": NOTE, "tags": ["all", TAG], "age": 97}


class User:
    """Somebody who asks a running service."""

    def __init__(self, service: Service, client: httpx2.Client) -> None:
        self.service, self.client = service, client

    def ask(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Any question, with a JSON body."""
        return self.client.request(method, path, content=json.dumps(body) if body else None)

    def upsert(self, key: str, values: object) -> dict[str, Any]:
        """Set some values of one record."""
        change = {"op": "upsert", "key": key, "values": values}
        answer = self.ask("POST", "/datasets/people/changes", {"changes": [change]})
        return dict(answer.json())

    def load(self, text: str) -> dict[str, Any]:
        """Import a CSV file and wait for its end."""
        options = json.dumps({"key": "id", "types": {"age": "int", "tags": "set"}})
        answer = self.client.post("/datasets/people/imports", files={"file": ("p.csv", text)},
                                  data={"options": options})  # fmt: skip
        return self.until(f"/imports/{answer.json()['id']}")

    def until(self, path: str) -> dict[str, Any]:
        """A job once it has ended."""
        for _ in range(POLLS_MAX):
            seen = dict(self.ask("GET", path).json())
            if seen["state"] not in ("queued", "running"):
                return seen
            time.sleep(0)
        raise AssertionError(f"{path} is still {seen['state']}")

    def total(self) -> int:
        """How many people there are."""
        answer = self.ask("POST", "/datasets/people/count", {"condition": {"all": []}})
        return int(answer.json()["total"])

    def members(self) -> list[Any]:
        """Everybody but the person, whole."""
        fields = ["email", "note", "tags", "age"]
        body = {"condition": {"all": []}, "fields": fields, "limit": 1_000}
        items = self.ask("POST", "/datasets/people/members", body).json()["items"]
        return [item for item in items if item["key"] != KEY]

    def erase(self) -> str:
        """Ask for the person to be forgotten; the job."""
        answer = self.ask("DELETE", f"/datasets/people/records/{KEY}?erase=true")
        assert 202 == answer.status_code, answer.text
        return str(answer.json()["id"])


@contextmanager
def serving(folder: Path) -> Iterator[User]:
    """A service over a folder, and somebody who asks it."""
    with served(folder, "--no-auth") as service:
        where = f"{service.facts['http']}/api/v1"
        with httpx2.Client(base_url=where, timeout=ANSWERS_WITHIN_S) as client:
            yield User(service, client)


def rows(*more: str) -> str:
    """A CSV file of others, with these lines in the middle."""
    lines = [f"p{n:03},o{n}@example.com,note {n},all|t{n},{n}" for n in range(OTHERS)]
    return "\n".join(["id,email,note,tags,age", *lines[:20], *more, *lines[20:], ""])


def fill(folder: Path) -> list[Any]:
    """People come by file and by changes, over two lives of a service; the others, at the end."""
    with serving(folder) as user:
        user.ask("POST", "/datasets", {"name": "people", "key": "id", "fields": FIELDS})
        done = user.load(rows(f"{KEY},{FORMER}@example.net,{NOTE},all|{TAG},97",
                              f"{KEY},{EMAIL},{NOTE},all,no number"))  # fmt: skip
        assert ["succeeded", OTHERS + 1, 1] == [
            done[name] for name in ("state", "created", "rejected")
        ]
        user.service.end(signal.SIGTERM)
    with serving(folder) as user:
        assert 1 == user.upsert(KEY, PERSON)["applied"]
        user.upsert("p001", {"note": "changed"})
        others = user.members()
        assert OTHERS + 1 == user.total()
        assert {*MARKS} - {EMAIL_FOLDED} == {*holding(folder / "data")}
        user.service.process.kill()
    return others


def holding(folder: Path) -> list[str]:
    """The marks that any file holds, in any usual encoding; names of files count too."""
    found = []
    for path in folder.rglob("*"):
        data = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        for mark in MARKS:
            spellings = [mark.encode(one) for one in ("utf-8", "utf-16-le", "utf-16-be")]
            if any(spelling in data for spelling in spellings):
                found.append(mark)
    return found


@pytest.fixture(scope="module")
def folder_of_people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """A service's folder after a kill, and who is in it beside the person."""
    folder = tmp_path_factory.mktemp("people")
    return folder, fill(folder)


def test_a_person_is_forgotten(folder_of_people: tuple[Path, list[Any]], tmp_path: Path) -> None:
    """No byte is left in any file, the others are as they were, and there is no way back."""
    folder, others = folder_of_people
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)

    with serving(tmp_path) as user:
        job = user.erase()
        gone = user.ask("GET", f"/datasets/people/records/{KEY}").status_code
        total = user.total()
        done = user.until(f"/erasures/{job}")
        left = holding(tmp_path / "data")
        after = user.members()
        by_change = user.upsert(KEY, {"age": 1})["rejected"]
        by_address = user.upsert("other", {"email": EMAIL.upper()})["rejected"]
        by_file = user.load(
            f"id,email,note,tags,age\n{KEY},x@example.com,n,a,1\nq,{EMAIL.lower()},n,a,1\n"
        )
        left_later = holding(tmp_path / "data")
        user.service.end(signal.SIGTERM)
    left_at_the_end = holding(tmp_path / "data")
    with serving(tmp_path) as user:
        again = user.members()
        lifted = user.ask("DELETE", f"/suppressions/{job}").status_code
        back = user.upsert(KEY, {"age": 1})["applied"]
        listed = user.ask("GET", "/erasures").json()["items"]

    assert [404, OTHERS, "succeeded", []] == [gone, total, done["state"], left]
    assert [others, others] == [after, again]
    assert ["suppressed", "suppressed"] == [by_change[0]["code"], by_address[0]["code"]]
    assert [2, 0, 0] == [by_file[name] for name in ("rejected", "created", "deleted")]
    assert [[], []] == [left_later, left_at_the_end]
    assert [204, 1, [done]] == [lifted, back, listed]
    assert_certified(tmp_path / "data", job)


@pytest.mark.parametrize("questions", [0, 20])
def test_a_killed_erasure_goes_on(
    folder_of_people: tuple[Path, list[Any]], tmp_path: Path, questions: int
) -> None:
    """Whenever the process ended, the next one finishes what was accepted."""
    folder, others = folder_of_people
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)

    with serving(tmp_path) as user:
        job = user.erase()
        for _ in range(questions):
            user.ask("GET", f"/erasures/{job}")
        user.service.process.kill()
    with serving(tmp_path) as user:
        total = user.total()
        done = user.until(f"/erasures/{job}")
        left = holding(tmp_path / "data")
        after = user.members()

    assert [OTHERS, "succeeded", [], others] == [total, done["state"], left, after]
    assert_certified(tmp_path / "data", job)


async def test_an_older_copy_of_the_data_brings_nobody_back(tmp_path: Path) -> None:
    """Before anybody is answered, who was erased since is erased again."""
    data, older = tmp_path / "data", tmp_path / "older"
    async with opened(settings_for(data)) as front:
        await front.fill()
    shutil.copytree(data, older)
    async with opened(settings_for(data)) as front:
        begun = await front.client.delete(f"{API}/datasets/people/records/2?erase=true")
        await front.ended_erasure(begun.json()["id"])
    for part in ("datasets", "log"):
        shutil.rmtree(data / part)
        shutil.copytree(older / part, data / part)

    async with opened(settings_for(data)) as front:
        found = await front.get("/datasets/people/records/2")
        others = await front.get("/datasets/people/records/3")
        jobs = (await front.get("/erasures")).json()["items"]
        await front.ended_erasure(jobs[0]["id"])
        await front.ended_erasure(jobs[1]["id"])

    assert [404, 200, 2] == [found.status_code, others.status_code, len(jobs)]


async def test_a_plain_delete_is_a_change(people: Front) -> None:
    """The record can come back; one that is not there is told."""
    answers = [await people.client.delete(f"{API}/datasets/people/records/{key}") for key in (2, 2)]
    back = await people.post(
        "/datasets/people/changes", {"changes": [{"op": "upsert", "key": 2, "values": {}}]}
    )
    unknown = [
        await people.get("/erasures/er_none"),
        await people.client.delete(f"{API}/suppressions/er_none"),
    ]

    assert [204, 404, 1] == [*(one.status_code for one in answers), back.json()["applied"]]
    assert ["unknown_erasure", "unknown_suppression"] == [code_of(one) for one in unknown]


def assert_certified(folder: Path, job: str) -> None:
    """The certificate is this folder's, says who was erased to who knows the key, and is whole."""
    catalogue = Catalogue.open(DataFolder(folder).catalogue)
    certificate = catalogue.erasures.find(job).certificate
    secret = catalogue.erasures.secret(new_secret)
    catalogue.close()

    assert isinstance(certificate, Certificate)
    assert is_sealed(certificate, secret)
    assert keyed_digest(secret, "key", DatasetName("people"), KEY) == certificate.key_digest
    assert 2 == len(certificate.generations)
