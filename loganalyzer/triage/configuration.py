"""Options of Orthanc in what was posted: whole files, or a few lines of one between sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from loganalyzer.config.commented_json import JsonError, value_at
from loganalyzer.config.document import Configuration, Kind, Modality, Node, modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MODALITIES, _IN_DATABASE = "DicomModalities", "DicomModalitiesInDatabase"
#: Options that say who Orthanc is and whom it knows; their values are no secrets.
_TOLD = frozenset(
    {
        "DicomAet", "DicomPort", "DicomCheckCalledAet", "DicomCheckModalityHost", "DicomServerEnabled",
        "DicomTlsEnabled", "HttpPort", "RemoteAccessAllowed", "AuthenticationEnabled", "DicomAlwaysAllowEcho",
        "DicomAlwaysAllowStore", "DicomAlwaysAllowFind", "DicomAlwaysAllowFindWorklist", "DicomAlwaysAllowGet",
        "DicomAlwaysAllowMove", "DicomAssociationCloseDelay", "StorageDirectory", "IndexDirectory",
        "StrictAetComparison", _IN_DATABASE,
    }
)  # fmt: skip
_SECTIONS = frozenset(
    {
        _MODALITIES, "Plugins", "LuaScripts", "RegisteredUsers", "OrthancPeers", "DicomWeb", "Worklists",
        "PostgreSQL", "MySQL",
    }
)  # fmt: skip
_MEMBER = re.compile(r'"([^"\n]{1,64})"\s{0,200}:\s{0,200}(?=[\[{"\w-])')
#: The same as the Docker images take it (Orthanc Book, “Docker”): ORTHANC__DICOM_AET.
_VARIABLE = re.compile(r"\bORTHANC__(DICOM_[A-Z_]{2,40})\b\"?[ \t]{0,20}[:=][ \t|>']{0,20}\s{0,200}(?=\S)")
#: What a running Orthanc answers of one modality, behind its address.
_RUNNING = re.compile(r"/modalities/([\w.-]{1,64})\b[^{}]{0,120}(?=\{\s{0,100}\"AET\")")
_LONGEST_ENTRY, _LONGEST_SECTION = 2_000, 100_000
_MOST = 3_000
#: Marks of quotes in mails, and the quotation marks of text processors; the text keeps its length.
_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_TYPED = str.maketrans("“”„", '"""')


@dataclass(slots=True)
class PostedOptions:
    """Options with their places, and the modalities by their symbolic names.

    ``whole`` says that a whole configuration was attached; ``sections`` that any part of one was posted.
    """

    options: dict[str, Node] = field(default_factory=dict)
    modalities: dict[str, Modality] = field(default_factory=dict)
    sections: bool = False
    whole: bool = False

    @property
    def found(self) -> bool:
        """Whether any part of a configuration was posted."""
        return bool(self.options or self.modalities or self.sections)

    @property
    def configuration(self) -> Configuration:
        """What was posted, to be held against a log: who posts modalities means that Orthanc reads them there."""
        read_there = Node(Kind.BOOLEAN, "", 0, value=False, name=_IN_DATABASE)
        return Configuration({_IN_DATABASE: read_there, **self.options}, whole=self.whole)

    def value(self, name: str) -> str | None:
        """The value of an option as text."""
        node = self.options.get(name)
        return str(node.value) if node is not None and node.value is not None else None

    def of_aet(self, aet: str | None) -> Modality | None:
        """The modality with an AET, compared as Orthanc does by default."""
        same = (m for m in self.modalities.values() if aet and m.aet and m.aet.strip().upper() == aet.strip().upper())
        return next(same, None)


def options_in(texts: Sequence[tuple[str, str]], *, whole: bool = False) -> PostedOptions:
    """The options that texts show, wherever they stand in them; of each the first counts.

    Each text has a name. What is no JSON is passed over: posts cut, and leave out.
    """
    posted = PostedOptions(whole=whole)
    for name, text in texts:
        plain = _QUOTE.sub(lambda m: " " * len(m[0]), text).translate(_TYPED)
        for option, node in _nodes(plain, name):
            _take(posted, option, node)
    return posted


def _take(posted: PostedOptions, option: str, node: Node | None) -> None:
    if option in _SECTIONS:
        posted.sections = True
    if node is None:
        return
    single = node.kind in (Kind.STRING, Kind.INTEGER, Kind.BOOLEAN)
    if (option in _TOLD and single) or (option == _MODALITIES and node.kind is Kind.OBJECT):
        posted.options.setdefault(option, node)
    elif _is_entry(node):
        posted.modalities.setdefault(option, modality(option, node))


def _is_entry(node: Node) -> bool:
    """Whether a value is an entry of ``DicomModalities``, in its short or its long form."""
    if node.kind is Kind.ARRAY:
        kinds = [item.kind for item in node.items[:3]]
        return kinds[:2] == [Kind.STRING] * 2 and kinds[2:] in ([Kind.INTEGER], [Kind.STRING]) and _is_port(node)
    return node.kind is Kind.OBJECT and {"AET", "Host"} <= set(node.members)


def _is_port(node: Node) -> bool:
    return str(node.items[2].value).isdecimal()


def _nodes(text: str, name: str) -> Iterator[tuple[str, Node | None]]:
    """Each option that a text names, or what looks like an entry of a section, with its value if that can be read."""
    places = [(m.start(), _option_of(m), m.end()) for e in (_MEMBER, _VARIABLE, _RUNNING) for m in e.finditer(text)]
    for _, option, at in sorted(places)[:_MOST]:
        if option in _TOLD or option in _SECTIONS or text[at] in "[{":
            longest = _LONGEST_SECTION if option in _SECTIONS else _LONGEST_ENTRY
            try:
                node = value_at(text[: at + longest], at, name)
            except JsonError:
                yield option, None
            else:
                yield option, replace(node, name=option)


def _option_of(found: re.Match[str]) -> str:
    if found.re is not _VARIABLE:
        return found[1]
    return "".join(part.capitalize() for part in found[1].split("_"))
