"""Tells what an attached file is good for."""

from __future__ import annotations

import re

from loganalyzer.sources.containers.expand import holds_log
from loganalyzer.triage.message import FileKind, PostedFile

LARGEST_PROSE = 512 << 10
_PICTURES = ("image/", "video/", "audio/")
_PICTURE_NAMES = frozenset(
    ["png", "jpg", "jpeg", "gif", "bmp", "webp", "heic", "tif", "tiff", "svg", "mp4", "mov", "avi", "mkv"]
)
_OTHERS = frozenset(
    ["pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "p7s", "asc", "ics", "vcf", "rtf", "exe", "dll"]
)
_PICTURE_HEADS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
_LONGEST_NAME = 100
_SHOWN = re.compile(r"!\[([^\]\n|]{0,200})[^\]\n]{0,200}\]\(([^)\s]{1,500})")
_OPTION = re.compile(
    rb'"(?:Dicom[A-Z][A-Za-z]+|HttpPort|StorageDirectory|IndexDirectory|Plugins|RegisteredUsers|OrthancPeers)"\s*:'
)


def pictures_in(text: str) -> tuple[PostedFile, ...]:
    """The pictures that a text shows by Markdown or HTML, each once."""
    named = (m[1] or m[2].rsplit("/", 1)[-1] for m in _SHOWN.finditer(text[:LARGEST_PROSE]))
    return tuple(PostedFile(name[:_LONGEST_NAME], FileKind.PICTURE, b"") for name in dict.fromkeys(named))


def posted_file(name: str, data: bytes, kind: str = "") -> PostedFile:
    """An attachment with its kind told from name, bytes and media type; only what is read keeps ``data``."""
    ending = name.lower().rpartition(".")[2]
    if data[128:132] == b"DICM" or ending in ("dcm", "dicom") or kind == "application/dicom":
        return PostedFile(name, FileKind.DICOM, b"")
    if kind.startswith(_PICTURES) or ending in _PICTURE_NAMES or data.startswith(_PICTURE_HEADS):
        return PostedFile(name, FileKind.PICTURE, b"")
    if holds_log(name, data):
        return PostedFile(name, FileKind.LOG, data)
    if ending in _OTHERS or data.startswith(b"%PDF") or kind in ("application/pdf", "application/pgp-signature"):
        return PostedFile(name, FileKind.OTHER, b"")
    if data.lstrip()[:1] in (b"{", b"/") and len(data) < LARGEST_PROSE and _OPTION.search(data):
        return PostedFile(name, FileKind.CONFIGURATION, data)
    return PostedFile(name, FileKind.LOG, data)
