"""UIDs and their names (PS3.6 Annex A), in the standard's and in DCMTK's words."""

from __future__ import annotations

from loganalyzer.dicom.tables import tables


def uid_of(name: str) -> str:
    """The bare UID that a log shows as ``=Name`` (data set and association dumps), ``Name`` (DIMSE dumps) or as itself.

    DCMTK's dictionary names of 3.6.0 to 3.7.0 and the standard's keywords are known; anything else comes back as it is,
    without the equals sign.
    """
    bare = name.strip().removeprefix("=")
    if not bare or bare[0].isdigit():
        return bare
    known = tables()
    return known.dcmtk_names.get(bare) or known.uid_by_keyword.get(bare, bare)


def uid_name(uid: str) -> str:
    """The standard's name of a UID (``CT Image Storage``), else DCMTK's name, else the UID itself."""
    known = tables()
    entry = known.uids.get(uid)
    return entry.name if entry is not None else known.dcmtk_name_by_uid.get(uid, uid)


def uid_keyword(uid: str) -> str:
    """The standard's keyword of a UID (``CTImageStorage``), else DCMTK's name, else the UID itself."""
    known = tables()
    entry = known.uids.get(uid)
    return (entry.keyword if entry is not None else "") or known.dcmtk_name_by_uid.get(uid, uid)


def is_transfer_syntax(uid: str) -> bool:
    """Whether the standard lists the UID as a transfer syntax; private ones are not known."""
    entry = tables().uids.get(uid)
    return entry is not None and entry.kind == "Transfer Syntax"


def is_storage_class(uid: str) -> bool:
    """Whether instances of this SOP class travel by C-STORE (PS3.4 Annexes B and GG); private classes are not known."""
    return uid in tables().storage_classes
