"""The files of a configuration, merged as Orthanc merges them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from loganalyzer.config.commented_json import JsonError, parse
from loganalyzer.config.document import Configuration, Kind, Node
from loganalyzer.config.live import Live, ask, is_live
from loganalyzer.sources.block import Problem
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_BYTES = 4_000_000
"""The longest configuration file that is read; Orthanc's own, with all comments, has about 50,000 bytes."""


class _UnusableError(Exception):
    """One sentence, and the place."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(what)
        self.problem = Problem(where, what)


def read_configuration(
    paths: Sequence[str | Path], names: Mapping[Path, str] | None = None
) -> tuple[Configuration, tuple[Problem, ...]]:
    """The configuration in files, folders and running Orthancs, and what could not be read; nothing is raised.

    ``names`` tells under which name a file is to be shown where that is not its own. Of a folder, the files whose names
    end in ``.json`` count, in the order of their names, not those of folders in it. An option or section that two files
    define is a duplicate: Orthanc refuses to start. The address of an Orthanc (``http://localhost:8042``) is asked over
    the network.
    """
    options: dict[str, Node] = {}
    duplicates: list[Node] = []
    files: list[str] = []
    problems: list[Problem] = []
    for path in _files([Path(p) for p in paths if not is_live(p)], problems):
        shown = (names or {}).get(path, path.name)
        try:
            root = _root(path, shown)
        except _UnusableError as unusable:
            problems.append(unusable.problem)
            continue
        files.append(shown)
        duplicates += root.repeated
        for name, node in root.members.items():
            if name in options:
                duplicates.append(node)
            else:
                options[name] = node
    live = _told([str(p) for p in paths if is_live(p)], problems)
    for one in live:
        options = one.options | options
    whole = bool(files) and not problems
    return Configuration(options, tuple(duplicates), tuple(files), live, whole=whole), tuple(problems)


def _told(urls: Sequence[str], problems: list[Problem]) -> tuple[Live, ...]:
    answers = [ask(url) for url in urls]
    problems += [problem for _, problem in answers if problem is not None]
    return tuple(live for live, _ in answers if live is not None)


def _files(paths: Sequence[Path], problems: list[Problem]) -> Iterator[Path]:
    for path in paths:
        try:
            if not path.is_dir():
                yield path
                continue
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() == ".json" and p.is_file())
        except OSError as error:
            problems.append(Problem(str(path), f"the configuration cannot be read: {reason(error)}"))
            continue
        if not inside:
            problems.append(Problem(str(path), "is a folder without a file whose name ends in .json"))
        yield from inside


def _root(path: Path, name: str) -> Node:
    text = _text(path, name)
    if not text.strip():
        raise _UnusableError(name, "is no configuration of Orthanc: the file is empty")
    try:
        root = parse(text, name)
    except JsonError as error:
        raise _UnusableError(f"{name}:{error.line}", f"is no JSON: {error.what}") from None
    if root.kind is not Kind.OBJECT:
        raise _UnusableError(name, "is no configuration of Orthanc: it holds no options between { and }")
    return root


def _text(path: Path, name: str) -> str:
    try:
        if not path.is_file():
            what = "is neither a file nor a folder" if path.exists() else "does not exist"
            raise _UnusableError(str(path), f"the configuration cannot be read: it {what}")
        with path.open("rb") as source:
            data = source.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _UnusableError(str(path), f"the configuration cannot be read: {reason(error)}") from None
    if len(data) > MAX_BYTES:
        raise _UnusableError(name, f"is no configuration of Orthanc: it has more than {MAX_BYTES // 1_000_000} MB")
    if b"\0" in data:
        raise _UnusableError(name, "is no configuration of Orthanc: it is no text (it holds NUL bytes)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _UnusableError(f"{name}:{line}", "is no text in UTF-8") from None
