"""What a redacted piece of text is, and how its pseudonym is made."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a value says about people and sites. The names are the ones of ``--keep`` and of the coverage report."""

    PERSON = "person"
    IDENTIFIER = "identifier"
    DATE = "date"
    TEXT = "text"
    AET = "aet"
    IP = "ip"
    HOST = "host"
    UID = "uid"
    RESOURCE = "resource"
    PATH = "path"
    USER = "user"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    SOFTWARE = "software"


#: Kinds that a person may decide to leave in; people, their identifiers and credentials are not among them.
KEEPABLE = frozenset(Kind) - {Kind.PERSON, Kind.IDENTIFIER, Kind.SECRET}


class Action(StrEnum):
    """How a pseudonym is made: the shape that it keeps."""

    WORD = "words"
    NUMBER = "numbers"
    AET = "aets"
    IP = "ips"
    UID = "uids"
    HEX = "hex"
    DATE = "dates"
    TIME = "times"


class Context(NamedTuple):
    """Where a text stands.

    ``free``: text that somebody else than Orthanc and DCMTK worded. ``digits``: numbers with so many digits are
    identifiers until proven otherwise.
    ``value``: the text is a value at a labelled place, all of it is replaced; ``representation`` is the VR then, if
    any. ``charset``: the Specific Character Set of the data set that the text is from. ``place`` is for the report.
    """

    place: str
    free: bool = False
    digits: int = 7
    value: Kind | None = None
    representation: str = ""
    charset: str = ""
