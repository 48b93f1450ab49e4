"""How a running Orthanc is told of a modality (Orthanc Book, "DICOM networking")."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loganalyzer.config.document import Node

_ENTRY = ("AET", "Host", "Port")
_RESOURCE = "/modalities"


def registering(node: Node, patch: Sequence[Mapping[str, object]]) -> str | None:
    """The command that makes a running Orthanc's modality as ``patch`` wants it; None where it is about no modality.

    ``node`` is the modality, or all of them, as Orthanc told it.
    """
    if not patch or _RESOURCE not in node.file:
        return None
    entry: dict[str, object] = {n: m.value for n, m in node.members.items() if m.value is not None}
    name = node.name
    for operation in patch:
        section, name, *member = (_unescaped(part) for part in str(operation["path"]).split("/")[1:])
        if section != "DicomModalities":
            return None
        value = operation.get("value")
        if member:
            entry[member[0]] = value
        elif isinstance(value, list):
            entry = dict(zip(_ENTRY, value, strict=False))
    address = f"{node.file.partition(_RESOURCE)[0]}{_RESOURCE}/{quote(name, safe='')}"
    return f"curl -X PUT {shlex.quote(address)} -d {shlex.quote(json.dumps(entry, ensure_ascii=False))}"


def _unescaped(part: str) -> str:
    """A part of a JSON pointer (RFC 6901) as it was."""
    return part.replace("~1", "/").replace("~0", "~")
