"""Turns a message into a template: what changes from line to line becomes a placeholder.

The rules know the shape of values, not their meaning, and take rather too much than too little: a name of a person, of
a site or of a machine must not stay in what somebody sends to others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from loganalyzer.events.template import TemplateError, compile_template

#: Words in capitals that name things of the trade, not of a site.
_TRADE = frozenset({
    "AE", "AET", "ACSE", "API", "ASCII", "BMP", "CA", "CPU", "CR", "CRC", "CT", "DCMTK", "DICOM", "DICOMDIR",
    "DICOMWEB", "DIMSE", "DNS", "DUL", "ERROR", "GB", "GDCM", "GET", "GMT", "HTML", "HTTP", "HTTPS", "ICU", "ID",
    "IDS", "IO", "IP", "IPC", "JPEG", "JSON", "KB", "LDAP", "MB", "MD", "MIME", "MPPS", "MR", "MTU", "MWL", "NULL",
    "ODBC", "OK", "OR", "OS", "OT", "PACS", "PATCH", "PDF", "PDU", "PDV", "PEM", "PHI", "PID", "PIN", "PNG",
    "POST", "PUT", "QIDO", "RAM", "RAW", "RC", "REST", "RFC", "RLE", "RQ", "RS", "RSP", "RT", "SAX", "SC", "SCP",
    "SCU", "SDK", "SHA", "SMTP", "SOP", "SQL", "SR", "SSH", "SSL", "STOW", "TCP", "TLS", "TS", "TTL", "UDP", "UID",
    "UIDS", "UN", "UNIX", "URI", "URIS", "URL", "URLS", "US", "UTC", "UTF", "VM", "VR", "WADO", "WARNING", "XML",
    "XSD", "ZIP", "DELETE", "AND", "NOT", "THE", "TODO", "AWS", "INTERNAL",
})  # fmt: skip
_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_ORTHANC_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{8}){4}"
_DOMAINS = "local|lan|internal|corp|home|com|org|net|edu|gov|de|fr|be|uk|eu|io"
#: Name of the placeholder, the shape, and what stands in for the value in a sample; the first that fits is taken.
_SHAPES: tuple[tuple[str, str, str], ...] = (
    ("uuid", _UUID, "3f2b8c1e-6d0a-4f57-9b1c-2a7d5e8f9012"),
    ("resource", _ORTHANC_ID, "ba62a29f-ec5914a7-298c4cb7-0bc7e958-0a60298f"),
    ("url", r"(?:https?|ftp|wss?)://[^\s\"'<>)\]]+", "http://192.0.2.9/path"),
    ("mail", r"[\w.+-]+@[\w-]+\.[\w.-]+", "somebody@example.org"),
    ("quoted", r"\"[^\"]*\"", '"VALUE"'),
    ("quoted", r"(?<![\w])'[^']*'", "'VALUE'"),
    ("tag", r"\([0-9a-fA-F]{4},[0-9a-fA-F]{4}\)", "(0010,0020)"),
    ("uid", r"\d+(?:\.\d+){4,}", "1.2.826.0.1.3680043.10.9999.1"),
    ("peer_ip", r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", "192.0.2.7"),
    ("time", r"\b\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\b", "10:20:30"),
    ("peer_ip", r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])", "2001:db8::7"),
    ("path", r"(?:[A-Za-z]:\\|\\\\)[^\s\"'<>|]+", "C:\\Orthanc\\file"),
    ("path", r"(?<![\w/])(?:\.{0,2}/)[\w.@%+~-]+(?:/[\w.@%+~-]*)*", "/var/lib/orthanc/file"),
    ("version", r"\b\d+\.\d+\.\d+\b", "1.2.3"),
    ("date", r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?", "2026-01-02"),
    ("code", r"\b0x[0-9a-fA-F]+\b", "0x1"),
    ("name", r"[^\s\^\"']*\w\^[^\s\"']*", "DOE^JANE"),
    ("id", r"\b(?=\w*\d)(?=\w*[a-f])[0-9a-f]{6,}\b", "0a1b2c3d"),
    ("number", r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", "3"),
    ("host", rf"\b(?:[a-zA-Z][\w-]*\.)+(?:{_DOMAINS})\b", "host.example.org"),
    ("word", r"\b[\w-]*\d[\w-]*\b", "X1"),
    ("name", r"\b[A-Z][A-Z_]{2,}(?:[ _][A-Z_]{2,})*\b", "SITE"),
)  # fmt: skip
_ANY = re.compile("|".join(f"(?P<s{i}>{shape})" for i, (_, shape, _) in enumerate(_SHAPES)))
_AFTER_AET = re.compile(r"\b(AET|AETitle|AE title)s?[:=]? +$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message: fixed text, or what changes, with a placeholder's name and a fictional value."""

    text: str
    name: str = ""
    stand_in: str = ""


def parts_of(message: str) -> list[Part]:
    """The pieces of a message, in order."""
    parts: list[Part] = []
    at = 0
    for m in _ANY.finditer(message):
        index = int(str(m.lastgroup)[1:])
        name, _, stand_in = _SHAPES[index]
        if (name == "name" and "^" not in m[0] and all(w in _TRADE for w in re.split(r"[ _]", m[0]))) or not m[0]:
            continue
        if m.start() > at:
            parts.append(Part(message[at : m.start()]))
        before = message[: m.start()]
        if name == "quoted":
            parts += [Part(m[0][0]), Part(m[0][1:-1], _quoted_name(before), stand_in[1:-1]), Part(m[0][-1])]
        else:
            is_aet = name in ("name", "word") and _AFTER_AET.search(before)
            parts.append(Part(m[0], "aet" if is_aet else name, stand_in))
        at = m.end()
    if at < len(message):
        parts.append(Part(message[at:]))
    return _joined([p for p in parts if p.text or p.name])


def _quoted_name(before: str) -> str:
    if _AFTER_AET.search(before):
        return "aet"
    return "path" if re.search(r"\b(?:file|path|folder|directory)\W*$", before, re.IGNORECASE) else "value"


def _joined(parts: list[Part]) -> list[Part]:
    """Fixed parts that touch become one; of placeholders that touch, or have only a sign between, the first remains."""
    joined: list[Part] = []
    for part in parts:
        if joined and not part.name and not joined[-1].name:
            joined[-1] = Part(joined[-1].text + part.text)
        elif joined and part.name and joined[-1].name:
            joined[-1] = Part(joined[-1].text + part.text, joined[-1].name, joined[-1].stand_in)
        else:
            joined.append(part)
    return joined


def template_of(message: str) -> str:
    """The message as a template with anonymous placeholders: what the same message has in common."""
    return "".join("{}" if p.name else _escaped(p.text) for p in parts_of(message))


def draft_of(message: str) -> tuple[str, str]:
    """A template with named placeholders, and the message with fictional values in their places.

    Raises:
        TemplateError: nothing of the message is fixed.
    """
    used: dict[str, int] = {}
    template, sample = "", ""
    for part in parts_of(message):
        if not part.name:
            template += _escaped(part.text)
            sample += part.text
            continue
        used[part.name] = used.get(part.name, 0) + 1
        name = part.name if used[part.name] == 1 else f"{part.name}_{used[part.name]}"
        template += f"{{{name}}}"
        sample += part.stand_in
    if not any(c.isalpha() for c in re.sub(r"\{\w*\}", "", template)):
        raise TemplateError(f"nothing is fixed in {message!r}; name a line with words of its own")
    compile_template(template)
    return template, sample


def _escaped(text: str) -> str:
    """Braces of the message itself would be read as placeholders: what stands in them may be anything."""
    return re.sub(r"\{\w*(?::[^{}]*)?\}", "{}", text) if "{" in text else text
