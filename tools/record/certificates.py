"""Throw-away TLS certificates, made by openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.record.processes import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

_CONFIGURATION = """\
[ca]
default_ca = this
[this]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
copy_extensions = none
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
[req]
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
CN = unused
[authority]
basicConstraints = critical, CA:TRUE
"""

VALID = ("20250101000000Z", "20491231000000Z")
EXPIRED = ("20200101000000Z", "20210101000000Z")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its private key, both in PEM."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority of its own, in its own folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder / name
        self._folder.mkdir()
        (self._folder / "index.txt").touch()
        self._configuration = self._folder / "openssl.cnf"
        self._configuration.write_text(_CONFIGURATION.format(folder=self._folder), encoding="utf-8")
        self.certificate = self._folder / "ca.pem"
        self._key = self._folder / "ca.key"
        self._openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9000", "-subj", f"/CN={name}"),
            *("-keyout", str(self._key), "-out", str(self.certificate), "-config", str(self._configuration)),
        )

    def issue(self, name: str, validity: tuple[str, str] = VALID) -> Certificate:
        """A certificate for ``name`` (its common name), valid from ``validity[0]`` to ``validity[1]``."""
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request = self._folder / f"{name}.csr"
        self._openssl(
            *("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", str(made.key), "-out", str(request), "-config", str(self._configuration)),
        )
        self._openssl(
            *("ca", "-batch", "-notext", "-config", str(self._configuration)),
            *("-cert", str(self.certificate), "-keyfile", str(self._key)),
            *("-startdate", validity[0], "-enddate", validity[1]),
            *("-in", str(request), "-out", str(made.certificate)),
        )
        return made

    def _openssl(self, *arguments: str) -> None:
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            message = f"openssl {arguments[0]} failed: {done.stderr.strip()}"
            raise RecordingError(message)
