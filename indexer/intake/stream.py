"""The plain bytes of a file, unpacked and as UTF-8 on the way, with a bound on their number."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from indexer.intake.encodings import Encoding, Recoder, encoding_of_head, weighed
from indexer.intake.options import IntakeLimits
from indexer.model.errors import BadFile, TooLarge

_GZIP_MAGIC = b"\x1f\x8b"


class ByteStream:
    """Reads a file from its start. A context manager; ``position`` counts bytes on disk.

    Without an encoding the bytes come as they are. ``watch`` is told of the place before each read.
    """

    def __init__(
        self,
        path: Path,
        limits: IntakeLimits,
        encoding: Encoding = Encoding.UTF_8,
        watch: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._watch = watch
        self._path = path
        self._recoder = None if encoding is Encoding.UTF_8 else Recoder(encoding)
        self._weighed = False
        self._raw: BinaryIO = path.open("rb")
        self._packed = self._raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        self._raw.seek(0)
        self._plain = gzip.GzipFile(fileobj=self._raw) if self._packed else self._raw
        self._unpacked = 0
        self._limits = limits

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._plain.close()
        self._raw.close()

    @property
    def position(self) -> int:
        """Bytes of the file consumed so far, as they lie on disk."""
        return self._raw.tell()

    @property
    def packed(self) -> bool:
        """Whether the file is gzip."""
        return self._packed

    def read(self, size: int) -> bytes:
        """The next ``size`` plain bytes as UTF-8, none only at the end.

        Raises: BadFile if the gzip is damaged or cut short; TooLarge if it unpacks to more
        than the limits allow; what ``watch`` raises.
        """
        self._watch(self.position)
        while data := self._read(size):
            if self._recoder is None:
                return data
            if text := self._recoder.recode(data):
                return text
        rest, self._recoder = self._recoder.rest() if self._recoder else b"", None
        return rest

    def otherwise(self) -> Recoder | None:
        """What reads the file from here on, if it is no UTF-8 but, as a whole, Windows-1252.

        Cost: the first time all of the file is read.
        """
        if self._recoder is not None or self._weighed:
            return None
        self._weighed = True
        with ByteStream(self._path, self._limits) as whole:
            encoding = weighed(_chunks(whole, self._limits.sniff_bytes))
        if encoding is Encoding.UTF_8:
            return None
        self._recoder = Recoder(encoding)
        return Recoder(encoding)

    def _read(self, size: int) -> bytes:
        try:
            data = self._plain.read(size)
        except EOFError:
            raise BadFile("the gzip file is cut short; pack or upload it again") from None
        except (zlib.error, gzip.BadGzipFile):
            raise BadFile("the gzip file is damaged; pack or upload it again") from None
        self._unpacked += len(data)
        self._check_size()
        return data

    def _check_size(self) -> None:
        limits = self._limits
        if self._unpacked > limits.file_bytes_max:
            raise TooLarge(f"the file holds more than {limits.file_bytes_max} bytes; split it")
        allowed = limits.gzip_grace_bytes + limits.gzip_ratio_max * self.position
        if self._packed and self._unpacked > allowed:
            raise TooLarge(
                f"the gzip file unpacks to more than {limits.gzip_ratio_max} times its size;"
                " upload it unpacked"
            )


def head_of(path: Path, limits: IntakeLimits) -> bytes:
    """The first ``sniff_bytes`` plain bytes of a file."""
    with ByteStream(path, limits) as stream:
        return stream.read(limits.sniff_bytes)


def encoding_of(path: Path, head: bytes, limits: IntakeLimits) -> Encoding:
    """The encoding of a text file that starts with ``head``; all of it is read only in doubt."""
    encoding = encoding_of_head(head)
    if encoding is not None:
        return encoding
    with ByteStream(path, limits) as stream:
        return weighed(_chunks(stream, limits.sniff_bytes))


def _chunks(stream: ByteStream, size: int) -> Iterator[bytes]:
    while chunk := stream.read(size):
        yield chunk
