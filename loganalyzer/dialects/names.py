"""UIDs by the names that toolkits print: DCMTK's words, the standard's names with small differences, keywords."""

from __future__ import annotations

from functools import cache, lru_cache

from loganalyzer.dicom import uid_of
from loganalyzer.dicom.tables import tables

#: What fo-dicom and older name tables append to, or spell otherwise than, the names of PS3.6.
_ADDED = (": Default Transfer Syntax for DICOM", "(Retired)", "(Image Compression)", "(Image Compression Only)")


@lru_cache(maxsize=4096)
def uid_from_name(name: str) -> str:
    """The bare UID behind a printed name or UID; a name that is not known comes back as it is.

    Two SOP classes share a name where the standard replaced one by the other (Ultrasound Image Storage); the newer one
    is meant then.
    """
    bare = name.strip().removeprefix("=").strip()
    if not bare or bare[0].isdigit():
        return bare.split(" ")[0]
    found = uid_of(bare)
    if found != bare:
        return found
    for added in _ADDED:
        bare = bare.replace(added, "")
    return _by_name().get(_folded(bare), name.strip().removeprefix("="))


@cache
def _by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for uid, entry in sorted(tables().uids.items(), key=lambda item: [int(n) for n in item[0].split(".")]):
        names[_folded(entry.name)] = uid
    return names


def _folded(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
