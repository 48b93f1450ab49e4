"""The labelled places in messages: where the text around a value says what the value is.

Texts are those of Orthanc 1.0.0 to 1.13.0, its plugins, DCMTK 3.6.0 to 3.7.0 and libcurl. AETs can hold anything,
quotes, blanks and `` on IP `` included; therefore the last possible end is taken where the end can be told at all.
What may begin anywhere in a line has a length that no such value exceeds: otherwise a line of beginnings alone would
take time without bound.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from loganalyzer.redact.attributes import attribute_by_keyword, attribute_by_tag, context_of
from loganalyzer.redact.kinds import Context, Kind
from loganalyzer.redact.weblabels import web_places
from loganalyzer.sources.evidence import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[int, int, Context]


class _Label(NamedTuple):
    """``trigger`` must be in the text for ``pattern`` to be tried; its groups hold values of ``kind``."""

    trigger: bytes
    pattern: re.Pattern[bytes]
    context: Context


def _labels(kind: Kind, place: str, *rows: tuple[bytes, bytes]) -> list[_Label]:
    return [_Label(trigger, re.compile(pattern), Context(place, value=kind)) for trigger, pattern in rows]


#: What DCMTK's tools and pynetdicom put before a line that Orthanc prints without anything.
_BEGIN = rb"^(?:" + MARKER + rb")? *"
_QUOTED_END = rb'"(?=$|[:.,;)]| (?:to|on|has|is|in|about|using|and|given|from|with|does|was|for) )'
_AETS = _labels(
    Kind.AET, "AET in a message",
    (b" on IP ", rb"(?:[Ff]rom|[Ww]ith|to|for|remote|invalid) AET (?:\(sanitized: )?(.{0,500})\)? on IP "),
    (b"calling AET ", rb"calling AET (.+)$"),
    (b'AET "', rb'AET "(.{0,500}?)' + _QUOTED_END),
    (b"AET: ", rb'AET: "?(.{1,500}?)"?$'),
    (b" on port: ", rb"with AET (.{0,500}) on port: "),
    (b"emote modality ", rb"[Rr]emote modality (.{1,500}?)(?= to target modality |:?$)"),
    (b"target modality ", rb"target modality (.+)$"),
    (b"odality: ", rb"[Mm]odality: (?!Unable |Cannot |No )(.{1,64})$"),
    (b'odality "', rb'[Mm]odality "(.{0,500}?)' + _QUOTED_END),
    (b"called AET in the request (", rb"in the request \((.{0,500})\)$"),
    (b"DIMSE Warning: (", rb"DIMSE Warning: \((.{0,64}?),(.{0,64}?)\): "),
    (b"iating DICOM association with ", rb"association with (.{1,500}?)(?= for SOPClassUID|$)"),
    (b"Remote AET is ", rb"Remote AET is (.+)$"),
    (b"with AET ", rb'(?:STORE|context) with AET (?!")(.{1,500}?)(?= \(|$)'),
    (b"storage commitment SCP: ", rb"storage commitment SCP: (.+)$"),
    (b"(AET ", rb"\(AET (.{0,500}?)(?=[,)])"),
    (b"Application Name:", _BEGIN + rb"(?:Calling|Called|Responding) Application Name: *(.*[^ ])? *$"),
    (b"Move ", _BEGIN + rb"Move (?:Originator AE Title|Destination) *: (.*[^ ])? *$"),
    (b"unknown AE: ", rb"unknown AE: '?(.{1,500}?)'?$"),
    (b"Association Received", rb"Association Received \(?[^\s:]+: ?(.{0,64}?) -> (.{0,64}?)\)?$"),
    (b"edAET: ", rb"^ *calledAET: (.+)$"),
    (b"ingAET: ", rb"^ *callingAET: (.+)$"),
    (b"AE Title:", rb"^Call(?:ed|ing) AE Title: *(.*[^ ])? *$"),
    (b"->", rb"(?:^|[\s\])])([^\s()<>\[\]]{1,16})->([^\s()<>\[\]]{1,16})\(\d+\)"),
    (b"<-", rb"(?:^|[\s\])])([^\s()<>\[\]]{1,16})<-([^\s()<>\[\]]{1,16})\(\d+\)"),
    (b"(", rb"^((?:(?!->|<-)[^\s()]){1,16})\(\d{1,6}\)(?=:| <<| >>)"),
    (b": A-ASSOCIATE-", rb": A-ASSOCIATE-(?:RQ|AC) (\S{1,16}) (?:<<|>>) (\S{1,16})$"),
    (b"dest=", rb"[\[ ]dest=([^,\]\s]{1,16})"),
    (b" Association ", rb"^(.{1,16}?) (?:->|<-) Association (?:request|accept|reject|release)"),
    (b" -> ", rb"^(\S{1,16}) -> (?:Abort\b|[CN]-[A-Z-]+ re)"),
    (b" <- ", rb"^(\S{1,16}) <- (?:Abort\b|[CN]-[A-Z-]+ re)"),
    (b"ssociation request from ", rb"ssociation request from (.{1,16}) to (.{1,16})$"),
    (b"Connected to ", rb"Connected to (\S{1,16}) in \d+ ?ms"),
)  # fmt: skip
_NAMES = _labels(
    Kind.HOST, "symbolic name, host or server in a message",
    (b"symbolic name: ", rb"symbolic name: (.+)$"),
    (b"eer: ", rb"[Pp]eer: (?!http)(.+)$"),
    (b'eer "', rb'[Pp]eer "(?!http)(.{0,500}?)' + _QUOTED_END),
    (b"erver: ", rb"(?:DICOMweb|Inexistent|using STOW-RS to DICOMweb|DICOMweb) server: (.+)$"),
    (b"DICOMweb server ", rb'DICOMweb server "?(.{1,500}?)"?(?= does not|$| must be)'),
    (b"nexistent server: ", rb"nexistent server: (.+)$"),
    (b" on host ", rb" on host ([^ ]+?)(?=:[0-9a-f]{1,5}(?: |$))"),
    (b"hostname ", rb'hostname "(.{0,500}?)"'),
    (b"hostname (", rb"its hostname \((.{0,500}?)\)"),
    (b"should be ", rb"address should be (\S+) according"),
    (b" was expected)", rb"\((\S+) was expected\)"),
    (b"host name (too long): ", rb"too long\): (.*)$"),
    (b"unknown host: ", rb"unknown host: (\S+)"),
    (b"resolve host", rb"resolve host:? '?([^\s':;,)]+)"),
    (b" to host ", rb" to host ([^\s,:;]+)"),
    (b"Connected to ", rb"Connected to (\S+) \("),
    (b"onnect to ", rb"onnect to (\S+) port"),
    (b"denied connection from ", rb"denied connection from (\S+)"),
    (b"SNI failure", rb"server '(.{0,500}?)', my name is '(.{0,500}?)'"),
    (b"Association Received: ", rb"Association Received: ([^\s:]+)$"),
    (b"Association Received", rb"Association Received \(?([^\s:]+): ?.* -> "),
    (b"Socket[addr=", rb"Socket\[addr=([^,/\]]+)"),
    (b"Initiate connection from ", rb"connection from ([^\s/]+)\S* to (.{1,500}):\d+$"),
    (b"Remote host:", rb"^Remote host: *(.*[^ ])? *$"),
    (b"could not translate host name", rb'host name "(.{0,500}?)"'),
    (b"onnection to server at ", rb'server at "(.{0,500}?)"'),
)  # fmt: skip
_USERS = _labels(
    Kind.USER, "user in a message",
    (b"user '", rb"user '(.{0,500}?)'"),
    (b'user "', rb'user "(.{0,500}?)"'),
    (b'username "', rb'username "(.{0,500}?)"'),
    (b"AUDIT-LOG: ", rb"AUDIT-LOG: (.{1,500}?) / "),
    (b'role "', rb'role "(.{0,500}?)"'),
    (b'database "', rb'database "(.{0,500}?)"'),
    (b"Username: [", _BEGIN + rb"Username: \[(.*)\]$"),
    (b'"RegisteredUsers"', rb'"([^"]{1,200})"\s*:\s*"'),
    (b'"http', rb'"https?://[^"]*"\s*,\s*"([^"]{1,200})"\s*,\s*"'),
    (b"/home/", rb"/home/([^/\s\"']+)"),
    (b"/Users/", rb"/Users/([^/\s\"']+)"),
    (b"\\Users\\", rb"\\Users\\+([^\\\"']+)"),
    (b"\\Documents and Settings\\", rb"Settings\\+([^\\\"']+)"),
)  # fmt: skip
_SECRETS = _labels(
    Kind.SECRET, "password, ticket or certificate",
    (b"Password: [", _BEGIN + rb"(?:Password|Passcode): \[(.*)\]$"),
    (b'"RegisteredUsers"', rb'"\s*:\s*"([^"]{1,200})"'),
    (b'"http', rb'"https?://[^"]*"\s*,\s*"[^"]{1,200}"\s*,\s*"([^"]{1,200})"'),
    (b"SAML", rb"(?i)SAML[ \w]{0,80}: \[(.{0,20000})\]$"),
    (b"JSON Web Token", rb"JSON Web Token[ \w]{0,80}: \[(.{0,20000})\]$"),
    (b"  Subject     : ", rb"/[A-Za-z]+=([^/]+)"),
    (b"  Issued by   : ", rb"/[A-Za-z]+=([^/]+)"),
    (b"Serial no", _BEGIN + rb"Serial no\. +: (.*)$"),
)  # fmt: skip
_TEXTS = _labels(
    Kind.TEXT, "WebDAV path",
    (b"/webdav/", rb"/webdav/(?:by-\w+|uploads)/(.+)$"),
    (b"WebDAV bucket: ", rb"WebDAV bucket: (.+)$"),
    (b"Upload from WebDAV: ", rb"Upload from WebDAV: (.+)$"),
    (b" in WebDAV: ", rb" in WebDAV: (.+)$"),
    (b"not a DICOM file): ", rb"not a DICOM file\): (.+)$"),
)  # fmt: skip
_SOFTWARE = _labels(
    Kind.SOFTWARE, "implementation in an association dump",
    (b"Implementation Version Name:", _BEGIN + rb"(?:Our|Their) Implementation Version Name: *(.*[^ ])? *$"),
    (b"implVersionName: ", rb"^ *implVersionName: (.*[^ ])? *$"),
    (b"Implementation Version: ", rb"^Implementation Version: *(.*[^ ])? *$"),
)  # fmt: skip
_LABELS = [*_AETS, *_NAMES, *_USERS, *_SECRETS, *_TEXTS, *_SOFTWARE]

_TAG_LINE = re.compile(rb"\(([0-9a-fA-F]{4}),([0-9a-fA-F]{4})\)  (\S*?) = (.*)$", re.DOTALL)
_REPLACED = re.compile(rb"^Replace: (\S+) (?:= )?\(([0-9a-fA-F]{4}),([0-9a-fA-F]{4})\) (?:by:|==) (.*)$", re.DOTALL)
_REQUIRED = re.compile(rb"([A-Z][A-Za-z]+)=(.*?)(?=, [A-Z][A-Za-z]+=|\)?$)")
_LUA_FIELD = re.compile(rb"\[([^\[\]]*)\], (?:string|number), (.*)$", re.DOTALL)
_MASKED = b"*** POTENTIAL PHI ***"


def places_of(text: bytes) -> Iterator[Place]:
    """Yield the labelled values of a message as ``(start, end, context)``, in no order; they may overlap."""
    for label in _LABELS:
        if label.trigger in text:
            for match in label.pattern.finditer(text):
                for group in range(1, label.pattern.groups + 1):
                    if match[group]:
                        yield *match.span(group), label.context
    yield from _attribute_places(text)
    yield from web_places(text)


def _attribute_places(text: bytes) -> Iterator[Place]:
    if b") " in text and (match := _TAG_LINE.search(text)) and match[4] != _MASKED:
        tag = (match[1] + match[2]).decode()
        yield *match.span(4), _context(tag, match[3], "attribute of a query at verbose level")
    if text.startswith(b"Replace: ") and (match := _REPLACED.match(text)):
        yield *match.span(4), _context((match[2] + match[3]).decode(), match[1], "attribute replaced by a modification")
    if b"required tags" in text:
        for match in _REQUIRED.finditer(text):
            yield *match.span(2), _context("", match[1], "required tags of a C-STORE")
    if b"], " in text and (match := _LUA_FIELD.search(text)):
        context = _context("", match[1], "field printed by Lua")
        known = attribute_by_keyword(match[1].decode("latin-1")) is not None
        yield *match.span(2), context if known else Context("field printed by Lua", free=True)


def _context(tag: str, keyword: bytes, place: str) -> Context:
    attribute = attribute_by_tag(tag) or attribute_by_keyword(keyword.decode("latin-1"))
    return context_of(attribute, place)
