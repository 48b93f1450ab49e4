"""Archives as other programs pack them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping

DATED = 1732366399
"""When what is packed here was written, in seconds since 1970: in 2024."""


def zipped(members: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 11, 23, 12, 0, 0)), data, method)
    return out.getvalue()


def tarred(members: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), DATED
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()
