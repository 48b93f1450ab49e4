"""What Orthanc, its plugins and DCMTK can print, as data: ``patterns/vocabulary/*.jsonl``.

Facts from the sources of Orthanc 1.0.0 to 1.13.0, of its plugins and of DCMTK 3.6.0 to 3.7.0: the text with a name in
braces for each part that changes, the level, the file, and the first and the last release. Nothing of it is read when a
log is diagnosed.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from loganalyzer.patternbase.folders import patterns_folder

if TYPE_CHECKING:
    from pathlib import Path

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
#: What stands in for a placeholder, by a part of its name; the first that fits.
_VALUES = (
    ("aet", "PEER1"), ("ip", "192.0.2.7"), ("port", "104"), ("status", "a700"), ("commandfield", "0040"),
    ("code", "12"), ("count", "3"), ("size", "512"), ("length", "64"), ("number", "5"), ("version", "1.9.7"),
    ("level", "Study"), ("url", "http://192.0.2.9/x"), ("uri", "/studies/1"), ("path", "/var/lib/x/file"),
    ("uid", "1.2.826.0.1.5"), ("uuid", "ba62a29f-0001"), ("os_error", "Broken pipe"), ("sock", "12"), ("line", "3"),
    ("column", "9"), ("type", "47"), ("index", "2"),
)  # fmt: skip


def rows(name: str, folder: Path | None = None) -> list[dict[str, Any]]:
    """The rows of one file of the vocabulary, ``orthanc`` for ``orthanc.jsonl``.

    Raises:
        FileNotFoundError: this installation has no vocabulary.
    """
    path = (folder or patterns_folder() / "vocabulary") / f"{name}.jsonl"
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def render(text: str) -> str:
    """A text as it may stand in a log: each placeholder replaced by something plausible."""

    def value(m: re.Match[str]) -> str:
        if "|" in m[1]:
            return m[1].split("|")[0].replace("<", "").replace(">", "")
        name = m[1].lower()
        return next((v for word, v in _VALUES if word in name), "something")

    return _PLACEHOLDER.sub(value, text.replace("<port>", "8042"))
