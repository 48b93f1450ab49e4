"""Reads YAML strictly, remembering where everything stands."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MAX_FILE = 512 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a pattern file, with its place (1-based line and column)."""

    path: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.text}"


class PatternError(ValueError):
    """Pattern files that cannot be used; ``faults`` holds every fault found, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class Mapping(dict[str, Any]):
    """A mapping that knows the line and column of each of its keys."""

    def __init__(self, path: str, line: int, column: int) -> None:
        super().__init__()
        self.path, self.line, self.column = path, line, column
        self.marks: dict[str, tuple[int, int]] = {}

    def fault(self, key: str | None, text: str) -> Fault:
        """A fault at ``key``, or at the mapping itself."""
        line, column = self.marks.get(key or "", (self.line, self.column))
        return Fault(self.path, line, column, text)

    def unknown_keys(self, known: Iterable[str]) -> list[Fault]:
        """A fault for each key that is not one of ``known``, with the nearest one that is."""
        known = tuple(known)
        return [self.fault(k, f"unknown key {k!r}{did_you_mean(k, known)}") for k in self if k not in known]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` for the nearest known word, else nothing."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def read_yaml(path: Path, name: str) -> Mapping:
    """The mapping that a pattern file holds. ``name`` is how faults call the file.

    Raises:
        PatternError: not readable, too large, no YAML, a key twice, anchors, or no mapping.
    """
    try:
        raw = path.read_bytes()
    except OSError as e:
        raise PatternError([Fault(name, 1, 1, f"cannot be read: {e.strerror}")]) from None
    if len(raw) > _MAX_FILE:
        raise PatternError([Fault(name, 1, 1, f"is larger than {_MAX_FILE // 1024} KiB")])
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for token in yaml.scan(raw, Loader=loader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                mark = token.start_mark
                raise PatternError([Fault(name, mark.line + 1, mark.column + 1, "anchors and aliases are not allowed")])
        node = yaml.compose(raw, Loader=loader)
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise PatternError([Fault(name, line, column, f"is no YAML: {e.problem}")]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise PatternError([Fault(name, 1, 1, f"is no YAML: {e}")]) from None
    if not isinstance(node, yaml.MappingNode):
        raise PatternError([Fault(name, 1, 1, "must hold a mapping")])
    faults: list[Fault] = []
    value = _construct(node, name, faults)
    if faults:
        raise PatternError(faults)
    assert isinstance(value, Mapping)  # noqa: S101 - narrowed above
    return value


_SCALARS = yaml.SafeLoader("")


def _construct(node: yaml.Node, path: str, faults: list[Fault]) -> object:
    mark = node.start_mark
    if isinstance(node, yaml.MappingNode):
        mapping = Mapping(path, mark.line + 1, mark.column + 1)
        for key_node, value_node in node.value:
            key, at = str(key_node.value), key_node.start_mark
            if key in mapping:
                faults.append(Fault(path, at.line + 1, at.column + 1, f"the key {key!r} stands twice"))
            mapping.marks[key] = (at.line + 1, at.column + 1)
            mapping[key] = _construct(value_node, path, faults)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_construct(n, path, faults) for n in node.value]
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value
    try:
        return _SCALARS.construct_object(node)  # type: ignore[no-untyped-call]
    except yaml.YAMLError:
        faults.append(Fault(path, mark.line + 1, mark.column + 1, f"cannot use the value {node.value!r}"))
        return None
