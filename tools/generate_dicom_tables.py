"""Write ``loganalyzer/dicom/tables.json`` from pydicom, pynetdicom and a real DCMTK.

    python -m tools.generate_dicom_tables            write the table
    python -m tools.generate_dicom_tables --check    exit 1 when the committed table is not what would be written
    python -m tools.generate_dicom_tables --dcmdump /path/to/other/dcmdump ...

Sources of the facts:

* UIDs: ``UID_dictionary`` of pydicom (PS3.6 Annex A).
* names in dumps: a file with one UID-valued element per known UID is written and shown by ``dcmdump``, which prints
  ``=Name`` for every UID of DCMTK's dictionary. DCMTK renames entries between releases; ``dcmtk_spellings.json`` holds
  the spellings of 3.6.0 to 3.7.0, and what the real program prints is merged into it and checked against it.
* DIMSE status: ``pynetdicom.status`` (PS3.7 Annex C, PS3.4 by service class).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SPELLINGS = HERE / "dcmtk_spellings.json"
TABLES = HERE.parent / "loganalyzer" / "dicom" / "tables.json"

STATUS_GROUPS = {
    "C-ECHO": "VERIFICATION_SERVICE_CLASS_STATUS",
    "C-STORE": "STORAGE_SERVICE_CLASS_STATUS",
    "C-FIND": "QR_FIND_SERVICE_CLASS_STATUS",
    "C-MOVE": "QR_MOVE_SERVICE_CLASS_STATUS",
    "C-GET": "QR_GET_SERVICE_CLASS_STATUS",
    "N": "STORAGE_COMMITMENT_SERVICE_CLASS_STATUS",
}
"""DIMSE command -> table of pynetdicom; ``N`` stands for all N- services, which Orthanc uses for storage commitment."""

FORMER_STATUS = {"C-STORE": {0xA800: ("Failure", "Refused: SOP Class Not Supported")}}
"""Codes of earlier editions that are still met: DCMTK up to 3.6.4 read 0xA800 so; PS3.7 C.5.7 has 0x0122 for it."""

DUMP_LINE = re.compile(r"\(0008,1150\) UI (?:=(\S+)|\[([0-9.]+)\])")


def uid_table() -> dict[str, list[str]]:
    """UID -> [keyword, name, type]."""
    from pydicom._uid_dict import UID_dictionary

    return {uid: [entry[4], entry[0], entry[1]] for uid, entry in sorted(UID_dictionary.items())}


def storage_classes(uids: dict[str, list[str]]) -> list[str]:
    """SOP classes whose instances travel by C-STORE: pynetdicom's list and the retired ones of the same arc."""
    from pynetdicom.sop_class import _NON_PATIENT_OBJECT_CLASSES, _STORAGE_CLASSES

    retired = {
        uid
        for uid, (_, name, kind) in uids.items()
        if kind == "SOP Class" and "Storage" in name and uid.startswith("1.2.840.10008.5.1.4.1.1.")
    }
    return sorted(retired | {*_STORAGE_CLASSES.values(), *_NON_PATIENT_OBJECT_CLASSES.values()})


def write_uid_file(path: Path, uids: list[str]) -> None:
    """A DICOM file whose only content is a sequence with one item, holding one UID, per given UID."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.sequence import Sequence
    from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    items = []
    for uid in uids:
        item = Dataset()
        item.add_new("ReferencedSOPClassUID", "UI", uid)
        items.append(item)
    dataset = Dataset()
    dataset.ReferencedSOPSequence = Sequence(items)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    dataset.file_meta = meta
    dataset.save_as(path, enforce_file_format=True)


def dumped_names(dcmdump: str, uids: list[str]) -> dict[str, str]:
    """DCMTK name -> UID as the given ``dcmdump`` really prints them; UIDs that it has no name for are left out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "uids.dcm"
        write_uid_file(path, uids)
        done = subprocess.run(
            [dcmdump, "+L", "--search", "0008,1150", "--search-all", str(path)],
            capture_output=True,
            check=True,
            text=True,
        )
    found = [match.groups() for match in DUMP_LINE.finditer(done.stdout)]
    if len(found) != len(uids):
        sys.exit(f"{dcmdump} showed {len(found)} of {len(uids)} UIDs")
    names: dict[str, str] = {}
    for uid, (name, bare) in zip(uids, found, strict=True):
        if name is not None:
            names[name] = uid
        elif bare != uid:
            sys.exit(f"{dcmdump} showed {bare} for {uid}")
    return names


def merged_names(dcmdumps: list[str], uids: dict[str, list[str]]) -> dict[str, str]:
    """All spellings, after every given ``dcmdump`` agreed with the older ones."""
    merged: dict[str, str] = json.loads(SPELLINGS.read_text(encoding="ascii"))
    candidates = sorted({*uids, *merged.values()})
    for dcmdump in dcmdumps:
        for name, uid in dumped_names(dcmdump, candidates).items():
            if merged.setdefault(name, uid) != uid:
                print(f"{dcmdump}: {name} is {uid}, elsewhere {merged[name]}; kept the latter", file=sys.stderr)
    return dict(sorted(merged.items()))


def compress(codes: dict[int, tuple[str, str]]) -> list[list[Any]]:
    """Status codes as rows [first, last, category, text], runs of equal meaning folded."""
    rows: list[list[Any]] = []
    for code, (category, text) in sorted(codes.items()):
        meaning = [category.lower(), text or category]
        if rows and rows[-1][1] == code - 1 and rows[-1][2:] == meaning:
            rows[-1][1] = code
        else:
            rows.append([code, code, *meaning])
    return rows


def status_tables() -> dict[str, list[list[Any]]]:
    """Rows of :func:`compress` by DIMSE command."""
    from pynetdicom import status

    return {
        command: compress({**FORMER_STATUS.get(command, {}), **getattr(status, table)})
        for command, table in STATUS_GROUPS.items()
    }


def render(dcmdumps: list[str]) -> str:
    """The text of the table, one entry per line so that changes can be read."""
    import pydicom
    import pynetdicom

    uids = uid_table()
    document = {
        "made_from": {"pydicom": pydicom.__version__, "pynetdicom": pynetdicom.__version__},
        "uids": uids,
        "storage_classes": storage_classes(uids),
        "dcmtk_names": merged_names(dcmdumps, uids),
        "status": status_tables(),
    }
    text = json.dumps(document, indent=1, ensure_ascii=True)
    # Rows of scalars stand on one line each.
    return re.sub(r"\[\s+((?:[^\[\]{}])+?)\s+\]", lambda m: "[" + re.sub(r",\n\s+", ", ", m[1]) + "]", text) + "\n"


def main() -> int:
    """Exit status 0: written, or as committed; 1: the committed table differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--dcmdump", action="append", metavar="PATH", help="a dcmdump to ask (default: the system's)")
    options = parser.parse_args()
    text = render(options.dcmdump or ["dcmdump"])
    if not options.check:
        TABLES.write_text(text, encoding="ascii")
        return 0
    if TABLES.read_text(encoding="ascii") == text:
        return 0
    print(f"{TABLES.name} is not what {Path(__file__).name} writes; run it without --check", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
