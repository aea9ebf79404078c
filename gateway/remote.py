"""A running service, asked over HTTP: what ``--connect ADDRESS`` does. Blocking."""

import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from gateway.app import PREFIX
from gateway.imports.progress import ENDED, Progress
from indexer.model.errors import BadFile, BadShape, CardinalError, NodeUnavailable, Problem, leaves

POLL_S = 0.2
ANSWER_S = 600.0
CHUNK_BYTES = 1 << 20
BOUNDARY = "cardinal-part-9f1c6a52d0b84e7b"
JSON = "application/json"


class Remote:
    """One service. An address without a scheme is taken as HTTP."""

    def __init__(self, address: str, token: str | None) -> None:
        self._address = address
        self._where = urlsplit(address if "://" in address else f"http://{address}")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def count(self, dataset: str, body: Mapping[str, object]) -> dict[str, Any]:
        """The answer of ``POST /datasets/{name}/count``. Raises what the service says."""
        return self._question("count", dataset, body)

    def explain(self, dataset: str, body: Mapping[str, object]) -> dict[str, Any]:
        """The answer of ``POST /datasets/{name}/explain``. Raises what the service says."""
        return self._question("explain", dataset, body)

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The answer of any route below the prefix. Raises what the service says."""
        data = None if body is None else msgspec.json.encode(body)
        return self._ask(method, path, data, {} if body is None else {"Content-Type": JSON})

    def fetch(self, path: str) -> bytes:
        """The bytes of a route that answers with no JSON. Raises what the service says."""
        status, body = self._exchange("GET", path, None, {})
        if status >= 400:
            raise _told(_document(self._address, body))
        return body

    def erase(self, dataset: str, key: str) -> dict[str, Any]:
        """Have a record forgotten and follow the job to its end. Raises what the service says."""
        path = f"/datasets/{quote(dataset, safe='')}/records/{quote(key, safe='')}?erase=true"
        accepted = self._ask("DELETE", path, None, {})
        while True:
            answer = self._ask("GET", f"/erasures/{accepted['id']}", None, {})
            if answer["certificate"] is not None:
                return answer
            time.sleep(POLL_S)

    def load(
        self,
        dataset: str,
        file: Path,
        options: Mapping[str, object],
        show: Callable[[Progress], None],
    ) -> Progress:
        """Hand in a file and follow its import to the end. Raises what the service says."""
        head, tail = _envelope(file.name, msgspec.json.encode(options))
        try:
            size = len(head) + file.stat().st_size + len(tail)
        except OSError as fault:
            raise BadFile(f"{file} can't be read: {fault.strerror}") from fault
        headers = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Content-Length": str(size),
        }
        path = f"/datasets/{quote(dataset, safe='')}/imports"
        accepted = self._ask("POST", path, _chunks(head, file, tail), headers)
        while True:
            answer = self._ask("GET", f"/imports/{accepted['id']}", None, {})
            progress = msgspec.convert(answer, Progress)
            show(progress)
            if progress.state in ENDED:
                return progress
            time.sleep(POLL_S)

    def _question(self, verb: str, dataset: str, body: Mapping[str, object]) -> dict[str, Any]:
        path = f"/datasets/{quote(dataset, safe='')}/{verb}"
        return self._ask("POST", path, msgspec.json.encode(body), {"Content-Type": JSON})

    def _ask(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None, headers: dict[str, str]
    ) -> dict[str, Any]:
        status, data = self._exchange(method, path, body, headers)
        document = _document(self._address, data)
        if status >= 400:
            raise _told(document)
        return document

    def _exchange(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        connection = self._connected()
        try:
            connection.request(method, PREFIX + path, body, {**self._headers, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException):
            raise _nobody(self._address) from None
        finally:
            connection.close()

    def _connected(self) -> HTTPConnection:
        try:
            kinds: dict[str, type[HTTPConnection]] = {
                "http": HTTPConnection,
                "https": HTTPSConnection,
            }
            kind = kinds[self._where.scheme]
            return kind(self._where.hostname or "", self._where.port, timeout=ANSWER_S)
        except (KeyError, ValueError, HTTPException):
            raise BadShape(f"{self._address} is no address: write http://HOST:PORT") from None


def _document(address: str, body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except msgspec.DecodeError:
        raise _nobody(address) from None


def _nobody(address: str) -> NodeUnavailable:
    message = f"no Cardinal answers at {address}: check the address, or start one"
    return NodeUnavailable(message)


def _envelope(name: str, options: bytes) -> tuple[bytes, bytes]:
    """What stands before and after the file in a multipart body."""
    shown = quote(name, safe=" .-_()")
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="options"\r\n'
        f"Content-Type: {JSON}\r\n\r\n{options.decode()}\r\n"
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


def _chunks(head: bytes, file: Path, tail: bytes) -> Iterator[bytes]:
    yield head
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
    yield tail


def _told(document: Mapping[str, Any]) -> CardinalError:
    """The service's error as one of ours."""
    detail = document.get("error", {})
    problems = tuple(
        Problem(one["code"], one["path"], one["message"], one.get("id"))
        for one in detail.get("problems", ())
    )
    leaf = {leaf.code: leaf for leaf in leaves()}.get(detail.get("code"), NodeUnavailable)
    return leaf(str(detail.get("message", "the service refused")), problems=problems)
