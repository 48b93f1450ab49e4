"""A configuration with the place of everything in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.config.live import Live

Scalar = str | int | float | bool | None


class Kind(StrEnum):
    """What a value is in JSON; ``variable``: Orthanc will put an environment variable into it."""

    OBJECT = "object"
    ARRAY = "array"
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"
    VARIABLE = "variable"


@dataclass(frozen=True, slots=True)
class Node:
    """A value, and the file and 1-based line where it starts (for a member of an object: where its name stands).

    ``value`` is None for objects, arrays and variables. ``repeated`` names members that the object holds twice.
    """

    kind: Kind
    file: str
    line: int
    value: Scalar = None
    members: dict[str, Node] = field(default_factory=dict)
    items: tuple[Node, ...] = ()
    repeated: tuple[Node, ...] = ()
    name: str = ""

    @property
    def text(self) -> str | None:
        """The value of a string."""
        return self.value if isinstance(self.value, str) else None

    @property
    def number(self) -> int | None:
        """The value of an integer."""
        return self.value if self.kind is Kind.INTEGER and isinstance(self.value, int) else None

    @property
    def flag(self) -> bool | None:
        """The value of a boolean."""
        return self.value if isinstance(self.value, bool) else None

    @property
    def live(self) -> bool:
        """Whether a running Orthanc told it; ``file`` is then the address that was asked."""
        return self.file.startswith(("http://", "https://"))

    @property
    def place(self) -> str:
        """``orthanc.json:12``."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Modality:
    """An entry of ``DicomModalities``, in its short form (an array) or its long form (an object).

    A field is None where the entry lacks it, or where an environment variable gives it.
    """

    name: str
    node: Node
    aet: str | None
    host: str | None
    port: int | None

    def pointer(self, member: str) -> str:
        """The JSON pointer (RFC 6901) of AET, Host or Port."""
        at = str(("AET", "Host", "Port").index(member)) if self.node.kind is Kind.ARRAY else member
        return pointer("DicomModalities", self.name, at)

    def value(self, member: str) -> str | int | None:
        """AET, Host or Port."""
        found: str | int | None = {"AET": self.aet, "Host": self.host, "Port": self.port}[member]
        return found

    def option(self, member: str) -> Node | None:
        """A member of the long form."""
        return self.node.members.get(member)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The options of all files together. ``duplicates`` holds the second and later definitions of an option.

    ``live`` is what running Orthancs told; their options are among ``options`` where no file has them. ``whole`` says
    that every option which is not at its default is there: files were given, and all could be read.
    """

    options: dict[str, Node]
    duplicates: tuple[Node, ...] = ()
    files: tuple[str, ...] = ()
    live: tuple[Live, ...] = ()
    whole: bool = True

    def flag(self, name: str, *, default: bool) -> bool | None:
        """A boolean option; None where its value is no boolean, or is not known."""
        node = self.options.get(name)
        if node is None:
            return default if self.whole else None
        return node.flag

    def modalities(self) -> tuple[Modality, ...]:
        """The modalities in the order of the files."""
        section = self.options.get("DicomModalities")
        return tuple(modality(n, node) for n, node in section.members.items()) if section is not None else ()

    def variables(self) -> Iterator[Node]:
        """The values that an environment variable gives."""
        for node in self.options.values():
            yield from _variables(node)


def pointer(*names: str) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + n.replace("~", "~0").replace("/", "~1") for n in names)


def modality(name: str, node: Node) -> Modality:
    """The entry ``name`` of ``DicomModalities``."""
    if node.kind is Kind.ARRAY:
        parts: list[Node | None] = [*node.items[:3], None, None, None]
    else:
        parts = [node.members.get(n) for n in ("AET", "Host", "Port")]
    aet, host, port = parts[:3]
    return Modality(name, node, aet.text if aet else None, host.text if host else None, port.number if port else None)


def _variables(node: Node) -> Iterator[Node]:
    if node.kind is Kind.VARIABLE:
        yield node
    for child in (*node.members.values(), *node.items):
        yield from _variables(child)
