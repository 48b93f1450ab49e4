"""Command lines in posts: DICOM clients of DCMTK, dcm4che and pynetdicom, and curl with Orthanc's REST API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOOL = re.compile(
    r"(?:^|[\s/\\`$>\"'])(?:(?P<service>echo|store|find|move|get)scu|dcmsend)(?:\.exe)?[`\"']?[ \t]+"
    r"(?P<rest>[^\n]{3,600})"
)
_CONTINUED = re.compile(r"[\\^`][ \t]*\n[ \t]*")
#: DCMTK: -aet, -aec, -aem; pynetdicom also with two dashes.
_NAMED = {
    "calling": re.compile(r"(?:^|\s)--?(?:aet|calling-aet)[ =]\"?([^\s\"`]{1,16})"),
    "called": re.compile(r"(?:^|\s)--?(?:aec|called-aet)[ =]\"?([^\s\"`]{1,16})"),
    "destination": re.compile(r"(?:^|\s)--?(?:aem|dest|move-dest(?:ination)?)[ =]\"?([^\s\"`]{1,16})"),
    "destination_port": re.compile(r"(?:^|\s)(?:\+P|--port|--store-port)[ =](\d{1,5})\b"),
}
_PLACE = re.compile(r"(?:^|\s)((?:[A-Za-z0-9][\w.-]{0,80}|\[[0-9a-fA-F:]{2,40}\]))[ \t]+(\d{2,5})(?=\s|$|[`\"'])")
#: dcm4che: -c AET@HOST:PORT, and -b for its own side.
_REMOTE = re.compile(r"(?:^|\s)(?:-c|--connect)[ =]([^\s@\"]{1,16})@([\w.-]{1,80}):(\d{1,5})\b")
_BOUND = re.compile(r"(?:^|\s)(?:-b|--bind)[ =]([^\s@:\"]{1,16})")
_REST = re.compile(
    r"\bcurl\b[^\n]{0,300}?https?://(?:[^\s/@]{0,80}@)?([\w.-]{1,80}):(\d{2,5})/"
    r"(?:modalities|instances|system|tools|queries|studies|jobs|changes|patients|series)\b"
)
_LOCAL = frozenset({"localhost", "127.0.0.1"})
_MOST = 20


@dataclass(frozen=True, slots=True)
class DicomCall:
    """What a client was called with; an empty text is not told. ``text`` is the command line."""

    service: str
    calling: str = ""
    called: str = ""
    host: str = ""
    port: str = ""
    destination: str = ""
    destination_port: str = ""
    text: str = ""


def calls_in(text: str) -> Iterator[DicomCall]:
    """The command lines of DICOM clients in a text; output and sentences that only name a client are none."""
    for count, found in enumerate(_TOOL.finditer(_CONTINUED.sub(" ", text))):
        if count == _MOST:
            return
        rest = found["rest"]
        told = {name: m[1] for name, e in _NAMED.items() if (m := e.search(rest))}
        if remote := _REMOTE.search(rest):
            told |= {"called": remote[1], "host": remote[2], "port": remote[3]}
            if bound := _BOUND.search(rest):
                told["calling"] = bound[1]
        elif place := _PLACE.search(re.sub(r"\s(?:\+P|--?[\w-]+)[ =]\d+\b", " ", rest)):
            told |= {"host": place[1], "port": place[2]}
        if told.get("host") or told.get("called"):
            yield DicomCall(f"C-{(found['service'] or 'store').upper()}", **told, text=found[0].strip())


def rest_api_in(text: str) -> tuple[str, str] | None:
    """Host and port at which a post calls the REST API of Orthanc with curl; None where it does not, or locally."""
    found = next((m for m in _REST.finditer(text) if m[1].casefold() not in _LOCAL), None)
    return (found[1], found[2]) if found is not None else None
