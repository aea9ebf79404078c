"""Whom a client trusts, and who it is, over TLS."""

from dataclasses import dataclass
from pathlib import Path

from indexer.model.errors import BadShape


@dataclass(frozen=True, slots=True)
class Trust:
    """Files in PEM form. ``ca`` None trusts whom the machine trusts; the pair is for mutual TLS."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def read(self) -> tuple[bytes | None, bytes | None, bytes | None]:
        """Authority, key and certificate. Raises: BadShape."""
        return _bytes(self.ca), _bytes(self.key), _bytes(self.certificate)


def _bytes(path: Path | None) -> bytes | None:
    try:
        return None if path is None else Path(path).read_bytes()
    except OSError as fault:
        raise BadShape(f"{path} can't be read: {fault.strerror}") from fault
