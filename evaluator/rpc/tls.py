"""TLS of the gRPC port: who we are, and whom we trust."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import grpc

from indexer.model.errors import BadShape


@dataclass(frozen=True, slots=True)
class Identity:
    """Files in PEM form. With a ``client_ca``, callers need a certificate that it signed."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def credentials(identity: Identity) -> grpc.ServerCredentials:
    """Read anew at every handshake, so that certificates change without a restart.

    Files that can't be read any more leave those in place that were. Raises: BadShape where they
    can't be read now.
    """
    first = _configuration(identity)

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        try:
            return _configuration(identity)
        except BadShape:
            return None

    made: Callable[..., grpc.ServerCredentials] = grpc.dynamic_ssl_server_credentials
    return made(first, fetch, require_client_authentication=identity.client_ca is not None)


def _configuration(identity: Identity) -> grpc.ServerCertificateConfiguration:
    pair = (_read(identity.key), _read(identity.certificate))
    trusted = None if identity.client_ca is None else _read(identity.client_ca)
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=trusted)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise BadShape(f"{path} can't be read: {fault.strerror}") from fault
