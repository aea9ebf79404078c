"""Certificates for a test: an authority, and whom it signs. Made by the machine's ``openssl``."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, PEM."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates for 127.0.0.1."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.certificate, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        _openssl(
            "req", "-x509", *CURVE, "-days", "2", "-subj", f"/CN={name}",
            "-keyout", self._key, "-out", self.certificate,
        )  # fmt: skip

    def signed(self, name: str, *, days: int = 2) -> Pair:
        """A certificate for that many days from now; fewer than none for one that is over."""
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request, extra = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extra.write_text("subjectAltName=IP:127.0.0.1\n")
        _openssl("req", *CURVE, "-subj", f"/CN={name}", "-keyout", pair.key, "-out", request)
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key,
            "-CAcreateserial", "-days", days, "-extfile", extra, "-out", pair.certificate,
        )  # fmt: skip
        return pair


def _openssl(*words: object) -> None:
    done = subprocess.run(
        ["openssl", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
