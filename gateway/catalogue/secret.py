"""Secrets that are shown once and kept as a hash: ``id.secret``.

The id finds the row, the hash is compared in constant time.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ID_LENGTH = 16
SECRET_LENGTH_MAX = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Held:
    """Whom a secret stands for."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A new secret: ``text`` for its owner, ``id`` and ``hash`` for the catalogue."""

    id: str
    text: str
    hash: bytes


def issue(new_secret: Callable[[], str]) -> Issued:
    """A fresh secret."""
    row_id, secret = new_secret()[:ID_LENGTH], new_secret()
    return Issued(row_id, f"{row_id}.{secret}", digest(secret))


def split(text: str) -> tuple[str, str]:
    """The id and the secret of what somebody showed; empty where it can't be one of ours."""
    if len(text) > SECRET_LENGTH_MAX:
        return "", ""
    row_id, _, secret = text.partition(".")
    return row_id, secret


def digest(secret: str) -> bytes:
    """What is kept of a secret. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def same(secret: str, kept: bytes) -> bool:
    """Whether the secret is the kept one, in constant time."""
    return hmac.compare_digest(digest(secret), kept)


def microseconds(moment: datetime) -> int:
    """An aware moment as microseconds since 1970-01-01T00:00Z."""
    return (moment - _EPOCH) // _MICROSECOND
