"""Which DICOM attributes hold values that identify (PS3.15 Annex E, Table E.1-1), by tag and by keyword."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from loganalyzer.redact.kinds import Context, Kind

#: Value representations (PS3.5 Section 6.2) whose values always identify, listed in the profile or not.
_IDENTIFYING = {
    "PN": Kind.PERSON, "UI": Kind.UID, "AE": Kind.AET,
    "DA": Kind.DATE, "DT": Kind.DATE, "TM": Kind.DATE, "AS": Kind.DATE,
    "UR": Kind.TEXT, "UN": Kind.TEXT, "OB": Kind.TEXT, "OW": Kind.TEXT, "OD": Kind.TEXT, "OF": Kind.TEXT,
    "OL": Kind.TEXT, "OV": Kind.TEXT,
}  # fmt: skip
#: Representations that hold free text; outside of the profile their words are judged one by one.
_SPEAKING = frozenset({"LO", "LT", "SH", "ST", "UC", "UT", "??"})
_IDENTIFIER = re.compile(r"(?:IDs?|Numbers?|Identifiers?|Serial|Telecom\w*|Address|Code|Value|Label)$")
_HEX_TAG = re.compile(r"[0-9a-f]{8}")


class Attribute(NamedTuple):
    """An attribute of the table; ``profiled``: listed in the basic confidentiality profile."""

    keyword: str
    representation: str
    profiled: bool


class _Tables(NamedTuple):
    by_tag: dict[str, Attribute]
    by_keyword: dict[str, Attribute]
    repeating: re.Pattern[str]
    harmless: frozenset[str]


@cache
def _tables() -> _Tables:
    document = json.loads(files(__package__).joinpath("attributes.json").read_bytes())
    by_tag = {tag: Attribute(row[0], row[1], profiled=True) for tag, row in document["profile"].items()}
    by_tag |= {tag: Attribute(row[0], row[1], profiled=False) for tag, row in document["by_representation"].items()}
    by_keyword = {attribute.keyword: attribute for attribute in by_tag.values()}
    return _Tables(
        by_tag, by_keyword, re.compile("|".join(document["repeating"])), frozenset(document["harmless"].split())
    )


def attribute_by_tag(tag: str) -> Attribute | None:
    """The attribute of a tag written as eight hexadecimal digits, with or without a comma; None when it is harmless.

    Private attributes (odd group) and attributes of repeating groups that the profile lists are returned too.
    """
    tag = tag.replace(",", "").replace("-", "").lower()
    if not _HEX_TAG.fullmatch(tag):
        return None
    known = _tables()
    if tag in known.by_tag:
        return known.by_tag[tag]
    if int(tag[:4], 16) % 2:
        return Attribute("PrivateAttribute", "UN", profiled=True)
    return Attribute("RepeatingAttribute", "UN", profiled=True) if known.repeating.fullmatch(tag) else None


def is_tag(digits: str) -> bool:
    """Whether eight hexadecimal digits are the tag of an attribute that PS3.6 knows."""
    known = _tables()
    return digits.lower() in known.by_tag or digits.lower() in known.harmless


def attribute_by_keyword(keyword: str) -> Attribute | None:
    """The attribute of a keyword, in the standard's or in DCMTK's spelling; None when it is unknown or harmless."""
    by_keyword = _tables().by_keyword
    return by_keyword.get(keyword) or by_keyword.get(keyword.removeprefix("RETIRED_"))


def context_of(attribute: Attribute | None, place: str, representation: str = "", charset: str = "") -> Context:
    """How the value of an attribute is to be treated.

    ``representation`` is the one that stands beside the value in the log, if any; it counts where the tag is unknown.
    """
    shown = representation if representation not in {"", "UN", "??"} else ""
    vr = shown or (attribute.representation if attribute else representation)
    kind = _IDENTIFYING.get(vr)
    if kind is None and attribute is not None and attribute.profiled:
        kind = Kind.IDENTIFIER if _IDENTIFIER.search(attribute.keyword) else Kind.TEXT
    if kind is not None:
        return Context(place, value=kind, representation=vr, charset=charset)
    return Context(place, free=vr in _SPEAKING, charset=charset)
