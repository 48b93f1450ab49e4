"""Files whose bytes were read before, under this name or another: what was read of them is written again, not read.

A log that was rotated, moved or copied gets the rows of its content under its own name, as if it had been read.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loganalyzer.scan.file_rows import file_id
from loganalyzer.scan.inputs import Input, sha256_of
from loganalyzer.scan.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa

    from loganalyzer.scan.settings import Settings
    from loganalyzer.scan.store import Reading, Store


class Known:
    """What the dataset holds already. ``gone`` are files that were found under another name, and are away."""

    def __init__(self, readings: Iterable[Reading], settings: Settings) -> None:
        self._settings = settings
        self.keys: set[str] = set()
        self.gone: set[str] = set()
        self._by_content: dict[str, list[Reading]] = defaultdict(list)
        self._content_of: dict[str, str | None] = {}
        self._sizes: set[int] = set()
        self._failed: set[str] = set()
        self._stamped: dict[tuple[int | None, str], set[str]] = defaultdict(set)
        for r in readings:
            if r.version is not None:
                self._stamped[r.size, r.version].add(r.input)
            if r.status == "failed":
                self._failed.add(r.input)
            if r.key is None:
                continue
            self.keys.add(r.key)
            self._content_of[r.key] = r.content
            if r.content is not None and r.size is not None:
                self._by_content[r.content].append(r)
                self._sizes.add(r.size)

    def reading_of(self, one: Input) -> list[Reading]:
        """The rows of ``files`` of one earlier reading of these bytes; none when there was none."""
        found = next((self._by_content[c] for c in self._contents(one) if c in self._by_content), [])
        self.gone.update(r.input for r in found if not os.path.lexists(r.input))
        return [r for r in found if (r.set_id, r.input, r.key) == (found[0].set_id, found[0].input, found[0].key)]

    def mended(self, paths: Iterable[str], current: Mapping[str, str]) -> None:
        """Add to ``gone`` what failed before and is not met any more at ``paths``: nothing of it is worth keeping."""
        named = [Input(path, 0, "").name for path in paths]
        below = tuple(f"{name.rstrip('/')}/" for name in named)
        self.gone |= {one for one in self._failed - current.keys() if one in named or one.startswith(below)}

    def spelled_anew(self, inputs: Iterable[Input]) -> None:
        """Add to ``gone`` what is one of ``inputs`` by another path: ``logs``, ``./logs`` and a link are one folder."""
        for one in inputs:
            for other in self._stamped.get((one.size, one.version), set()) - {one.name}:
                if not one.remote and _is_same(other, one.location):
                    self.gone.add(other)

    def has_other_bytes(self, one: Input, key: str) -> bool:
        """Whether a file that seems to be unchanged has other bytes than when it was read."""
        was = self._content_of.get(key)
        return was is not None and was not in self._contents(one)

    def _contents(self, one: Input) -> list[str]:
        """The names that the bytes of a file may have: those of a log that is read alone, and of one of several."""
        if one.remote or one.size not in self._sizes:
            return []
        try:
            with one.open() as file:
                sha256 = sha256_of(file)
        except OSError:
            return []  # whoever reads it says what is wrong
        return [] if one.changed() else [self._settings.content(one, sha256, alone=alone) for alone in (True, False)]


def _is_same(path: str, other: str) -> bool:
    try:
        return os.path.samefile(path, other)  # noqa: PTH121 -- of names that may be none
    except (OSError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class _Move:
    """A file, its key, and the rows of ``files`` of an earlier reading of its bytes."""

    one: Input
    key: str
    reading: list[Reading]

    def name(self, file: str) -> str:
        """The new name of a log."""
        return self.one.name + file.removeprefix(self.reading[0].input)

    def ids(self) -> Iterator[tuple[str, str]]:
        """Old identifiers with the new ones: those that reading it again would give."""
        numbers: Counter[str] = Counter()
        for r in self.reading:
            name = self.name(r.file)
            numbers[name] += 1
            yield r.file_id, file_id(self.one, name, self.key, numbers[name])


class Moves:
    """Collects files of known content, and writes their rows set by set."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._wanted: dict[tuple[str, int], list[_Move]] = defaultdict(list)
        self._times: Counter[str] = Counter()

    def add(self, one: Input, key: str, reading: list[Reading]) -> None:
        """Takes a file, its key, and what :meth:`Known.reading_of` says of it."""
        first = reading[0]
        self._wanted[first.set_id, self._times[first.file_id]].append(_Move(one, key, reading))
        self._times[first.file_id] += 1

    def write(self, store: Store) -> None:
        """Put the rows and pages in place. Raises ``StoreError``."""
        for (set_id, _), wanted in self._wanted.items():
            moves = {new: move for move in wanted for _, new in move.ids()}
            ids = dict(pair for move in wanted for pair in move.ids())
            pages = {new: page for old, new in ids.items() if (page := store.page(old)) is not None}
            store.add({name: self._renamed(store.rows(name, set_id, ids), moves) for name in TABLES}, pages)

    def _renamed(self, pieces: Iterable[pa.Table], moves: dict[str, _Move]) -> Iterator[pa.Table]:
        import pyarrow as pa

        for was in pieces:
            of_rows = [moves[new] for new in was["file_id"].to_pylist()]
            names = [m.name(file) for m, file in zip(of_rows, was["file"].to_pylist(), strict=True)]
            piece = was
            columns: dict[str, list[str] | list[str | None]] = {
                "file": names,
                "server": [self._settings.server(m.one, name) for m, name in zip(of_rows, names, strict=True)],
                "input": [m.one.name for m in of_rows],
                "key": [m.key for m in of_rows],
                "input_version": [m.one.version for m in of_rows],
            }
            for name, values in columns.items():
                place = piece.schema.get_field_index(name)
                if place >= 0:
                    piece = piece.set_column(place, piece.schema.field(name), pa.array(values, pa.string()))
            yield piece
