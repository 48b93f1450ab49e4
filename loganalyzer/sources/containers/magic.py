"""Tells what a file is from its first bytes, never from its name."""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass

from loganalyzer.sources.evidence import headers

#: The header of a mail that went through several servers has thousands of bytes.
HEAD_SIZE = 1 << 14

_COMPRESSED = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x50\x2a\x4d\x18", "zstd"),
)
_DOCUMENTS = ((b"{\\rtf", "rtf"), (b"%PDF-", "pdf"))
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
    (0, b"\x89PNG\r\n", "an image; copy the log as text, or give the file that it is in"),
    (0, b"\xff\xd8\xff", "an image; copy the log as text, or give the file that it is in"),
    (0, b"GIF8", "an image; copy the log as text, or give the file that it is in"),
    (0, b"II*\x00", "an image; copy the log as text, or give the file that it is in"),
    (0, b"MM\x00*", "an image; copy the log as text, or give the file that it is in"),
    (8, b"WEBP", "an image; copy the log as text, or give the file that it is in"),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Office document or an Outlook message (.msg); save it as plain text, and its attachments as files",
    ),
    (0, b"b0VIM ", "a swap file of vim; open the log in vim, and save it (:recover, :w)"),
    (0, b"\x7fELF", "a program"),
    (0, b"\xd4\xc3\xb2\xa1", "a network capture"),
    (0, b"\xa1\xb2\xc3\xd4", "a network capture"),
    (0, b"\x0a\x0d\x0d\x0a", "a network capture"),
)
#: What zip archives are by one of their members: documents of office programs whose text is not read.
OFFICE = {
    "xl/workbook.bin": "a binary Excel workbook; save it as .xlsx, or the sheet as CSV",
    "ppt/presentation.xml": "a PowerPoint presentation; save the text of the log as a text file",
}
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BINARY_SHARE = 0.1
_FIELD = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,60}):|[ \t]\S")
_FIELDS = frozenset(
    b"from to cc subject date message-id received return-path mime-version content-type delivered-to reply-to "
    b"in-reply-to references list-id sender content-transfer-encoding x-mailer dkim-signature".split()
)
_CODED = re.compile(
    rb"(?im)^Content-(?:Transfer-Encoding:\s*(?:quoted-printable|base64)|Type:\s*(?:multipart/|text/html))"
)
_FEWEST_FIELDS = 2
_NUL_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Kind:
    """``form``: ``empty``, ``text``, a compression, a container (``mail``, ``zip`` …), or ``foreign``: see ``what``."""

    form: str
    what: str = ""
    damaged: bool = False
    """Whether it is so little known that it may be a log that was damaged."""


def kind_of(head: bytes) -> Kind:
    """Return what a file is of which ``head`` holds the first ``HEAD_SIZE`` bytes."""
    if not head:
        return Kind("empty")
    for magic, form in _COMPRESSED + _DOCUMENTS:
        if head.startswith(magic):
            return Kind(form)
    if head.startswith(_ZIP):
        return Kind("zip")
    for offset, magic, what in _FOREIGN:
        if head.startswith(magic, offset):
            return Kind("foreign", what)
    if _is_tar(head):
        return Kind("tar")
    if is_coded_mail(head):
        return Kind("mail")
    return Kind("text") if _is_text(head) else Kind("foreign", "a binary file", damaged=True)


def known_fields(head: bytes) -> int:
    """How many fields of a mail's header (RFC 5322, section 2.2) a text begins with."""
    known = 0
    for at, line in enumerate(head.lstrip(b"\r\n").splitlines()):
        field = _FIELD.match(line)
        if field is None or (at == 0 and field[1] is None):
            break
        known += (field[1] or b"").lower() in _FIELDS
    return known


def is_coded_mail(head: bytes) -> bool:
    """Whether a file is a mail whose text does not stand in it as it is."""
    fields = re.split(rb"\r?\n\r?\n", head.lstrip(b"\r\n"), maxsplit=1)[0]
    return known_fields(head) >= _FEWEST_FIELDS and _CODED.search(fields) is not None


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
