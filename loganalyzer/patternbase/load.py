"""From pattern files to :class:`PatternBase`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loganalyzer.patternbase.base import PatternBase
from loganalyzer.patternbase.cache import content_key, read_cached, write_cached
from loganalyzer.patternbase.faults import Fault, PatternError
from loganalyzer.patternbase.folders import cache_folder, patterns_folder, user_patterns_folder
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PatternBase", "PatternError", "load_all_patterns", "load_patterns", "patterns_folder"]

#: What a wheel brings instead of making it at the first start.
PREBUILT = "prebuilt.json"
_MAX_FILES = 5000


def load_patterns(
    *folders: Path | str, builtin: bool = True, strict: bool = False, samples: bool = False
) -> PatternBase:
    """Loads the program's own patterns, and those of ``folders`` (folders or single files) after them.

    What was loaded once without a fault is kept (see :mod:`loganalyzer.patternbase.cache`) and taken from there until a
    file changes. ``samples`` and ``strict`` read the files again: the first gives each pattern its sample lines, with
    the second a signature that names a cause or an event that nobody defines is a fault, as for ``patterns check``;
    otherwise it is left out, so that one bad line does not take the rest away.

    Raises:
        PatternError: with every fault of every file.
    """
    if "" in folders:  # pathlib takes it for the folder of this process
        raise PatternError([Fault("''", 1, 1, "is neither a folder nor a file")])
    sources = ([patterns_folder()] if builtin else []) + [Path(f) for f in folders]
    files = _files(sources)
    names = [str(f) for f in sources]
    if samples:
        return _read(files, names, strict=strict)
    if strict:
        return _without_samples(_read(files, names, strict=True))
    key = content_key((name, content) for name, content in files)
    if builtin and not folders:
        base = read_cached(patterns_folder() / PREBUILT, names, key)
        if base is not None:
            return base
    cache = cache_folder()
    if cache is None:
        return _without_samples(_read(files, names, strict=False))
    path = cache / f"patterns-{key}.json"
    base = read_cached(path, names, key)
    if base is None:
        base = _without_samples(_read(files, names, strict=False))
        write_cached(path, base, key)
    return base


def load_all_patterns(*folders: Path | str, strict: bool = False, samples: bool = False) -> PatternBase:
    """As :func:`load_patterns`, with the patterns of this user before ``folders``."""
    own = user_patterns_folder()
    return load_patterns(*([own] if own else []), *folders, strict=strict, samples=samples)


def _without_samples(base: PatternBase) -> PatternBase:
    return replace(base, events=tuple(replace(e, samples=()) if e.samples else e for e in base.events))


def prebuild(path: Path) -> None:
    """Writes what :func:`load_patterns` makes of the program's own patterns, for a wheel."""
    files = _files([patterns_folder()])
    write_cached(path, _without_samples(_read(files, [], strict=True)), content_key(files))


def _files(sources: Sequence[Path]) -> list[tuple[str, bytes]]:
    """The names, as faults call them, and the contents of all pattern files, each file once."""
    faults: list[Fault] = []
    files: list[tuple[str, bytes]] = []
    seen: set[Path] = set()
    found = [(source, _paths(source)) for source in sources]
    alone = {source.resolve() for source, paths in found if paths and paths[0] == source.resolve()}
    for source, paths in found:
        if not paths:
            what = "is neither a folder nor a file" if paths is None else "holds no pattern (*.yaml)"
            faults.append(Fault(str(source), 1, 1, what))
            continue
        single = paths[0] == source.resolve()
        root = source.resolve().parent.parent if single else source.parent
        for path in paths:
            place = path.resolve()
            if place in seen or (place in alone and not single):
                continue
            seen.add(place)
            name = path.relative_to(root).as_posix()
            try:
                files.append((name, path.read_bytes()))
            except OSError as error:
                faults.append(Fault(name, 1, 1, f"cannot be read: {reason(error)}"))
            if len(files) > _MAX_FILES:
                raise PatternError([Fault(str(source), 1, 1, f"holds more than {_MAX_FILES} files")])
    if faults:
        raise PatternError(faults)
    return files


def _paths(source: Path) -> list[Path] | None:
    """The file that a source is, or those in the folder; None where it is neither."""
    try:
        if source.is_file():
            return [source.resolve()]
        return sorted(source.rglob("*.yaml")) if source.is_dir() else None
    except OSError:  # no name that this system takes
        return None


def _read(files: Sequence[tuple[str, bytes]], folders: Sequence[str], *, strict: bool) -> PatternBase:
    from loganalyzer.patternbase.reading import read_files

    return read_files(files, folders, strict=strict)
