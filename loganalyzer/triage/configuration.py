"""Options of Orthanc in what was posted: whole files, or a few lines of one between sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: Options that say who Orthanc is and whom it knows; their values are no secrets.
_TOLD = re.compile(
    r'"(DicomAet|DicomPort|DicomCheckCalledAet|DicomCheckModalityHost|DicomServerEnabled|DicomTlsEnabled|HttpPort|'
    r"RemoteAccessAllowed|AuthenticationEnabled|DicomAlwaysAllow[A-Za-z]{2,30}|DicomAssociationCloseDelay|"
    r'StorageDirectory|IndexDirectory)"\s*:\s*("[^"\n]{0,200}"|true|false|-?\d{1,9})'
)
_MODALITY = re.compile(
    r'"([^"\n]{1,64})"\s*:\s*\[\s*"([^"\n]{1,64})"\s*,\s*"([^"\n]{1,253})"\s*,\s*(\d{1,5})\s*(?:,\s*"([^"\n]{0,64})"\s*)?\]'
)
_ENTRY = re.compile(r'"([^"\n]{1,64})"\s*:\s*\{([^{}]{10,1500})\}')
_SECTION = re.compile(
    r'"(?:DicomModalities|Plugins|LuaScripts|RegisteredUsers|OrthancPeers|DicomWeb|Worklists|PostgreSQL|MySQL)"\s*:\s*[\[{]'
)


@dataclass(frozen=True, slots=True)
class PostedModality:
    """An entry of ``DicomModalities``."""

    name: str
    aet: str
    host: str
    port: str
    manufacturer: str = ""


@dataclass(slots=True)
class PostedOptions:
    """Options with their values as they are written, and the modalities; ``quotes`` are the texts they stand in."""

    values: dict[str, str] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)
    modalities: list[PostedModality] = field(default_factory=list)
    sections: bool = False

    @property
    def found(self) -> bool:
        """Whether any part of a configuration was posted."""
        return bool(self.values or self.modalities or self.sections)


def options_in(text: str) -> PostedOptions:
    """The options that a text shows, wherever they stand in it; the first value of each counts."""
    options = PostedOptions(sections=_SECTION.search(text) is not None)
    for m in _TOLD.finditer(text):
        if m[1] not in options.values:
            options.values[m[1]] = m[2].strip('"')
            options.quotes[m[1]] = m[0]
    for m in _MODALITY.finditer(text):
        options.modalities.append(PostedModality(m[1], m[2], m[3], m[4], m[5] or ""))
    for m in _ENTRY.finditer(text):
        aet, host, port = (_member(m[2], name) for name in ("AET", "Host", "Port"))
        if aet and host:
            options.modalities.append(PostedModality(m[1], aet, host, port, _member(m[2], "Manufacturer")))
    return options


def _member(text: str, name: str) -> str:
    found = re.search(rf'"{name}"\s*:\s*"?([^",}}\n]{{1,253}})', text)
    return found[1].strip() if found else ""
