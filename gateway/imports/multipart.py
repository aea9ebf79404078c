"""A file on its way in: multipart straight to disk, bounded, never whole in memory."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.imports.wishes import Upload
from indexer.model.errors import BadBody, BadShape, DiskFull, Problem, TooLarge

FILE_PART, OPTIONS_PART = "file", "options"
OPTIONS_BYTES_MAX = 1_000_000
FLUSH_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """Both parts of an import's body. Without an ``options`` part they are an empty object."""

    upload: Upload
    options: bytes


async def receive(
    chunks: AsyncIterator[bytes], *, content_type: str, path: Path, bytes_max: int
) -> Received:
    """Write the part ``file`` to ``path`` and keep the part ``options``.

    Nothing stays at ``path`` if it fails. Raises: BadBody, BadShape, TooLarge, DiskFull.
    """
    kind, settings = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not settings.get(b"boundary"):
        raise BadBody("send multipart/form-data with the parts 'file' and 'options'")
    try:
        with _Parts(path, bytes_max) as parts:
            await _fill(parts, chunks, settings[b"boundary"])
            return parts.received()
    except BaseException as fault:
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - a moment's work, and the loop is ours
        if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull("the disk is full; free some space and send it again") from fault
        if isinstance(fault, FormParserError):
            raise BadBody("this is not multipart/form-data as RFC 7578 has it") from None
        raise


async def _fill(parts: "_Parts", chunks: AsyncIterator[bytes], boundary: bytes) -> None:
    parser = MultipartParser(boundary, callbacks={
        "on_part_begin": parts.begin,
        "on_header_field": parts.header_name,
        "on_header_value": parts.header_value,
        "on_header_end": parts.header_end,
        "on_headers_finished": parts.headers_end,
        "on_part_data": parts.data,
        "on_end": parts.end,
    })  # fmt: skip
    async for chunk in chunks:
        parser.write(chunk)
        if len(parts.unwritten) >= FLUSH_BYTES:
            await asyncio.to_thread(parts.flush)
    parser.finalize()
    if not parts.whole:
        raise BadBody("the body ends early; send it again")
    await asyncio.to_thread(parts.sync)


@dataclass
class _Parts:
    """The parser's callbacks, and what they have gathered."""

    path: Path
    bytes_max: int
    unwritten: bytearray = field(default_factory=bytearray)
    options: bytearray = field(default_factory=bytearray)
    seen: list[str] = field(default_factory=list)
    file_name: str = ""
    size: int = 0
    whole: bool = False
    _name: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _disposition: bytes = b""
    _file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._file = self.path.open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._file is not None
        self._file.close()

    def begin(self) -> None:
        self._disposition = b""

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def headers_end(self) -> None:
        _, settings = parse_options_header(self._disposition)
        name = settings.get(b"name", b"").decode("utf-8", "replace")
        if name not in (FILE_PART, OPTIONS_PART) or name in self.seen:
            problem = Problem("bad_shape", "", "the parts are 'file' and 'options', each once")
            raise BadShape("this import has a part too many", problems=(problem,))
        self.seen.append(name)
        if name == FILE_PART:
            self.file_name = settings.get(b"filename", b"").decode("utf-8", "replace")

    def data(self, data: bytes, start: int, end: int) -> None:
        if self.seen[-1] == OPTIONS_PART:
            self.options += data[start:end]
            if len(self.options) > OPTIONS_BYTES_MAX:
                raise TooLarge(f"options may hold at most {OPTIONS_BYTES_MAX} bytes")
            return
        self.size += end - start
        if self.size > self.bytes_max:
            raise TooLarge(f"a file may hold at most {self.bytes_max} bytes; split it")
        self.unwritten += data[start:end]

    def end(self) -> None:
        self.whole = True

    def flush(self) -> None:
        assert self._file is not None
        self._file.write(self.unwritten)
        self.unwritten = bytearray()

    def sync(self) -> None:
        """Have all of the file on disk: what is accepted survives a power cut."""
        self.flush()
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())

    def received(self) -> Received:
        if FILE_PART not in self.seen:
            problem = Problem("bad_shape", "/file", "this part is missing")
            raise BadShape("this import has no file", problems=(problem,))
        upload = Upload(self.path, self.file_name, self.size, owned=True)
        return Received(upload, bytes(self.options or b"{}"))
