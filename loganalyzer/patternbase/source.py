"""Reads YAML strictly, remembering where everything stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from loganalyzer.patternbase.faults import Fault, PatternError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable


_MAX_FILE = 512 * 1024
#: Where YAML could begin an anchor or an alias; most files have no such place and need not be scanned for them.
_MAYBE_ANCHOR = re.compile(rb"(?:^|[\s,\[{:-])[&*][^\s&*]", re.MULTILINE)


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


def read_yaml(raw: bytes, name: str) -> Mapping:
    """The mapping that a pattern file holds. ``name`` is how faults call the file.

    Raises:
        PatternError: too large, no YAML, a key twice, anchors, or no mapping.
    """
    if len(raw) > _MAX_FILE:
        raise PatternError([Fault(name, 1, 1, f"is larger than {_MAX_FILE // 1024} KiB")])
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if _MAYBE_ANCHOR.search(raw):
            _refuse_anchors(raw, name, loader)
        node = yaml.compose(raw, Loader=loader)
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise PatternError([Fault(name, line, column, f"is no YAML: {e.problem}")]) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as e:
        raise PatternError([Fault(name, 1, 1, f"is no YAML: {e}")]) from None
    if not isinstance(node, yaml.MappingNode):
        raise PatternError([Fault(name, 1, 1, "must hold a mapping")])
    faults: list[Fault] = []
    value = _construct(node, name, faults)
    if faults:
        raise PatternError(faults)
    assert isinstance(value, Mapping)  # noqa: S101 - narrowed above
    return value


def _refuse_anchors(raw: bytes, name: str, loader: Any) -> None:  # noqa: ANN401 - one of two loaders
    for token in yaml.scan(raw, Loader=loader):
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
            mark = token.start_mark
            raise PatternError([Fault(name, mark.line + 1, mark.column + 1, "anchors and aliases are not allowed")])


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
        return _SCALARS.construct_object(node)
    except (yaml.YAMLError, ValueError):
        faults.append(Fault(path, mark.line + 1, mark.column + 1, f"cannot use the value {node.value!r}"))
        return None
