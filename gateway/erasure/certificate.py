"""What is said of an erasure when nothing is left, sealed so that nobody can write one."""

import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from indexer.model.ids import DatasetName, RecordKey


class Certificate(msgspec.Struct, frozen=True):
    """What was erased when. ``digest`` is over all the rest, keyed with the folder's secret.

    ``key_digest`` is known by who knows the key and holds the folder. ``generations`` are all
    that the disk had of the dataset then. ``files_checked`` were looked through for the record,
    beside those that the index wrote anew.
    """

    dataset: DatasetName
    key_digest: str
    erased_at: int
    completed_at: int
    sequence: int
    generations: Sequence[str]
    log_frames_rewritten: int
    files_checked: int
    digest: str = ""


class Erasure(msgspec.Struct, frozen=True):
    """An erasure; without a certificate it is still being done. Times in microseconds."""

    id: str
    dataset: DatasetName
    key_digest: str
    created_at: int
    record_key: RecordKey | None = None
    traces: Sequence[str] = ()
    certificate: Certificate | None = None


def keyed_digest(secret: bytes, *parts: str) -> str:
    """The digest of some texts that only who holds the secret can make."""
    return hmac.digest(secret, msgspec.json.encode(parts), hashlib.sha256).hex()


def sealed(certificate: Certificate, secret: bytes) -> Certificate:
    """The certificate with its digest."""
    return msgspec.structs.replace(certificate, digest=_digest_of(certificate, secret))


def is_sealed(certificate: Certificate, secret: bytes) -> bool:
    """Whether it was written with this secret and not changed since."""
    return hmac.compare_digest(certificate.digest, _digest_of(certificate, secret))


def _digest_of(certificate: Certificate, secret: bytes) -> str:
    bare = msgspec.structs.replace(certificate, digest="")
    return keyed_digest(secret, "certificate", msgspec.json.encode(bare).decode())
