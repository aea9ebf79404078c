"""The plain bytes of a file, unpacked on the way if it is gzip, with a bound on their number."""

import gzip
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from indexer.intake.options import IntakeLimits
from indexer.model.errors import BadFile, TooLarge

_GZIP_MAGIC = b"\x1f\x8b"


class ByteStream:
    """Reads a file from its start. A context manager; ``position`` counts bytes on disk."""

    def __init__(self, path: Path, limits: IntakeLimits) -> None:
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
        """The next ``size`` plain bytes, fewer only at the end.

        Raises: BadFile if the gzip is damaged or cut short; TooLarge if it unpacks to more
        than the limits allow.
        """
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
