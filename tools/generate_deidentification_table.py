"""Write the table of DICOM attributes that the redaction knows by tag and by keyword.

In: ``confidentiality_profile_attributes.json`` of the ``dicom-standard`` project (innolitics/dicom-standard, MIT),
which is PS3.15 Annex E, Table E.1-1 taken from the standard's own DocBook; keywords and value representations come
from pydicom's copy of PS3.6.

Out: ``loganalyzer/redact/attributes.json``::

    {"source": …,
     "profile": {"00100010": ["PatientName", "PN", "Z"], …},     tag: keyword, VR, action of the basic profile
     "repeating": ["50..….", "60..4000", …],                     tags of repeating groups, as regular expressions
     "by_representation": {"00080018": ["SOPInstanceUID", "UI"], …},   attributes outside of the profile whose VR can
                                                                 hold names, free text, dates or identifiers
     "harmless": "00080060 …"}                                   tags of all other attributes of PS3.6

Usage: generate_deidentification_table.py CONFIDENTIALITY_PROFILE_JSON [-o loganalyzer/redact/attributes.json] [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from pydicom import datadict

DEFAULT_OUTPUT = Path("loganalyzer/redact/attributes.json")
SPEAKING_REPRESENTATIONS = frozenset(
    {"AE", "AS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UN", "UR", "UT"}
)
PLAIN_TAG = re.compile(r"[0-9a-f]{8}")
REPEATING_TAG = re.compile(r"[0-9a-fx]{8}")


def profile_rows(published: Path) -> tuple[dict[str, list[str]], list[str]]:
    """Return the rows of Table E.1-1: plain tags with keyword, VR and action; tags of repeating groups."""
    plain: dict[str, list[str]] = {}
    repeating: list[str] = []
    for row in json.loads(published.read_text(encoding="utf-8")):
        tag = row["id"].lower()
        if PLAIN_TAG.fullmatch(tag):
            entry = datadict.get_entry(int(tag, 16))
            plain[tag] = [entry[4], entry[0].split(" ")[0], row["basicProfile"]]
        elif REPEATING_TAG.fullmatch(tag):
            repeating.append(tag.replace("x", "."))
        elif not tag.startswith("ggggeeee"):
            sys.exit(f"unknown form of a tag: {tag}")
    return plain, repeating


def other_rows(profile: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the attributes of PS3.6 outside of the profile whose value representation can hold anything."""
    rows = {}
    for number, (representation, _, _, _, keyword) in datadict.DicomDictionary.items():
        tag = f"{number:08x}"
        first = representation.split(" ")[0]
        if tag not in profile and keyword and first in SPEAKING_REPRESENTATIONS and number >> 16 > 0x0002:
            rows[tag] = [keyword, first]
    return rows


def table(published: Path) -> str:
    """Return the JSON text of the table."""
    profile, repeating = profile_rows(published)
    others = other_rows(profile)
    harmless = sorted(
        f"{number:08x}" for number in datadict.DicomDictionary if f"{number:08x}" not in {**profile, **others}
    )
    document = {
        "source": "PS3.15 Annex E, Table E.1-1; PS3.6",
        "profile": dict(sorted(profile.items())),
        "repeating": sorted(repeating),
        "by_representation": dict(sorted(others.items())),
        "harmless": " ".join(harmless),
    }
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return text.replace("],", "],\n").replace('{"0', '{\n"0') + "\n"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("published", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_OUTPUT)
    parser.add_argument("--check", action="store_true", help="fail when the committed table is another")
    arguments = parser.parse_args()
    text = table(arguments.published)
    if arguments.check:
        if arguments.output.read_text(encoding="ascii") != text:
            sys.exit(f"{arguments.output} is not what the published table gives")
        return
    arguments.output.write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
