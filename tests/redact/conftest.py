"""What the tests of the redaction share."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
from functools import partial
from pathlib import Path

from loganalyzer.redact.coverage import Coverage
from loganalyzer.redact.keyfile import Key, new_key
from loganalyzer.redact.kinds import Kind
from loganalyzer.redact.redaction import Redaction, Source, restore
from tests.sources.wrapping import WRAPS

PLANTED = Path(__file__).parent / "planted"
FORMS = (
    "compose_stamped", "cri", "docker_json", "docker_stamps", "journal_json", "json_lines", "kubectl", "quote", "syslog",
    "syslog_5424", "crlf",
)  # fmt: skip
"""What logs come in: names of :data:`tests.sources.wrapping.WRAPS`, and the line ends of Windows."""
SECRET = hashlib.sha256(b"tests").digest()


def wrapped(form: str, log: bytes) -> bytes:
    """A log in one of :data:`FORMS`."""
    return log.replace(b"\n", b"\r\n") if form == "crlf" else WRAPS[form](log.split(b"\n")).data


def source_of(data: bytes) -> Source:
    """A log that is held in memory."""
    return partial(io.BytesIO, data)


class Redacted:
    """Some bytes, redacted with a fixed secret."""

    def __init__(self, data: bytes, keep: frozenset[Kind] = frozenset(), key: Key | None = None) -> None:
        self.key = key or new_key(SECRET)
        self.redaction = Redaction(self.key, keep)
        self.coverage: Coverage = self.redaction.learn(source_of(data))
        self.redaction.freeze()
        target = io.BytesIO()
        digests = self.redaction.replace(source_of(data), target, self.coverage)
        self.data = target.getvalue()
        self.redaction.prove(source_of(self.data), self.coverage)
        self.redaction.restorable(source_of(data), source_of(self.data), digests)

    def restored(self) -> tuple[bytes, bool]:
        """The way back."""
        target = io.BytesIO()
        exact = restore(self.key, source_of(self.data), target)
        return target.getvalue(), exact


def planted_log(name: str) -> tuple[bytes, dict[str, str]]:
    """A recording of Orthanc and the values that were planted in it, with their places."""
    log = lzma.decompress((PLANTED / f"{name}.log.xz").read_bytes())
    return log, json.loads(lzma.decompress((PLANTED / f"{name}.json.xz").read_bytes()))


PLANTED_LOGS = sorted(path.name.removesuffix(".log.xz") for path in PLANTED.glob("*.log.xz"))
