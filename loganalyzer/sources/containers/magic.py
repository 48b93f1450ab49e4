"""Tells what a file is from its first bytes, never from its name."""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass

from loganalyzer.sources.evidence import headers

HEAD_SIZE = 4096

_COMPRESSED = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x50\x2a\x4d\x18", "zstd"),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_FOREIGN = (
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; extract it and give the files, or pack them as zip"),
    (0, b"Rar!\x1a\x07", "a RAR archive; extract it and give the files, or pack them as zip"),
    (0, b"\x04\x22\x4d\x18", "an LZ4 file; extract it first"),
    (0, b"\x1f\x9d", "a file of the old compress program; extract it first"),
    (0, b"LPKSHHRH", "a binary journal of systemd; export it with journalctl -o export"),
    (0, b"ElfFile\x00", "a binary event log of Windows; export it as text"),
    (0, b"SQLite format 3\x00", "an SQLite database"),
    (128, b"DICM", "a DICOM file"),
    (0, b"\x89PNG\r\n", "an image; the text of the log is needed"),
    (0, b"\xff\xd8\xff", "an image; the text of the log is needed"),
    (0, b"GIF8", "an image; the text of the log is needed"),
    (0, b"II*\x00", "an image; the text of the log is needed"),
    (0, b"MM\x00*", "an image; the text of the log is needed"),
    (8, b"WEBP", "an image; the text of the log is needed"),
    (0, b"%PDF-", "a PDF document; the text of the log is needed"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document or an Outlook message; the text of the log is needed"),
    (0, b"{\\rtf", "a formatted document (RTF); the plain text of the log is needed"),
    (0, b"\x7fELF", "a program"),
    (0, b"\xd4\xc3\xb2\xa1", "a network capture"),
    (0, b"\xa1\xb2\xc3\xd4", "a network capture"),
    (0, b"\x0a\x0d\x0d\x0a", "a network capture"),
)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BINARY_SHARE = 0.1
_NUL_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Kind:
    """``form``: ``empty``, ``text``, ``zip``, ``tar``, a compression, or ``foreign``, which ``what`` then describes."""

    form: str
    what: str = ""
    damaged: bool = False
    """Whether it is so little known that it may be a log that was damaged."""


def kind_of(head: bytes) -> Kind:
    """Return what a file is of which ``head`` holds the first ``HEAD_SIZE`` bytes."""
    if not head:
        return Kind("empty")
    for magic, form in _COMPRESSED:
        if head.startswith(magic):
            return Kind(form)
    if head.startswith(_ZIP):
        return Kind("zip")
    for offset, magic, what in _FOREIGN:
        if head.startswith(magic, offset):
            return Kind("foreign", what)
    if _is_tar(head):
        return Kind("tar")
    return Kind("text") if _is_text(head) else Kind("foreign", "a binary file", damaged=True)


def _is_tar(head: bytes) -> bool:
    if len(head) < tarfile.BLOCKSIZE:
        return False
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def _is_text(head: bytes) -> bool:
    """Return whether the bytes may be text: in any encoding, also with the NUL bytes of a truncated log file."""
    if head.startswith(_BOMS) or headers(head):
        return True
    solid = head.translate(None, b"\0")
    if len(_CONTROLS.findall(solid)) > _BINARY_SHARE * max(len(solid), 1):
        return False
    nuls = 1 - len(solid) / len(head)
    return nuls < _NUL_SHARE or not solid or _lies_in_every_other_byte(head)


def _lies_in_every_other_byte(head: bytes) -> bool:
    """Return whether the text may be UTF-16, or follows a run of NUL bytes."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return min(even, odd) < 0.2 * max(even, odd) or b"\0" not in head.lstrip(b"\0")
