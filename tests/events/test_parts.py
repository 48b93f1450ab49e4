"""A log that is read in parts, by others and ahead, gives what one reader finds, wherever it is cut."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loganalyzer.dialects.views import view_in_parts, views_of
from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.events.parts import Part, PartsReader, Standing, parts_of, read_part
from loganalyzer.sources.opening import open_logs
from tests.knowledge import SAMPLES, catalogue, patterns

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from loganalyzer.dialects.views import View
    from loganalyzer.events.parts import PartRead
    from loganalyzer.sources.stream import Log

NAMES = (
    "healthy-find-in-1.13.0-trace", "healthy-log-like-values-1.12.7-trace", "healthy-store-in-1.9.1-trace",
    "new-year-1.10.1-trace", "dst-change-1.12.7-trace", "called-aet-mismatch-1.12.7-trace",
    "connection-refused-echo-1.13.0-verbose", "move-destination-unknown-1.10.1-default",
)  # fmt: skip
STAMPED = re.compile(rb"\n(?=[EWITF]\d{4} \d\d:\d\d:\d\d\.\d{6} )")


class Aside:
    """Helpers that work here, with a catalogue of their own; what ``lost`` names never comes back."""

    def __init__(self, part_size: int, lost: frozenset[int] = frozenset()) -> None:
        self.part_size = part_size
        self.lost = lost

    def read(self, parts: Sequence[Part]) -> Generator[PartRead | None]:
        for number, part in enumerate(parts):
            yield None if number in self.lost else read_part(part, _other_catalogue())


@lru_cache(maxsize=1)
def _other_catalogue() -> EventCatalogue:
    return EventCatalogue(patterns().events)


def opened(path: Path) -> Log:
    return next(open_logs([path]))


def seen(log: Log, view: View) -> dict[str, Any]:
    """All that a view and the state of its log tell."""
    events = list(view.events())
    return {"events": events, "counts": asdict(view.counts), "state": asdict(log.state), "product": view.product}


def whole(path: Path) -> dict[str, Any]:
    log = opened(path)
    (view,) = views_of(log.blocks(), catalogue(), log.year)
    return seen(log, view)


@lru_cache
def sample(name: str) -> dict[str, Any]:
    return whole(SAMPLES / name / "orthanc.log")


def in_parts(path: Path, helpers: Aside) -> dict[str, Any]:
    log = opened(path)
    view = view_in_parts(log, helpers, catalogue())
    assert view is not None
    return seen(log, view)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(NAMES), size=st.integers(300, 3000), lost=st.frozensets(st.integers(0, 9), max_size=3))
def test_the_same_whatever_the_size_of_the_parts(name: str, size: int, lost: frozenset[int]) -> None:
    path = SAMPLES / name / "orthanc.log"
    log = opened(path)
    assert log.plain is not None
    if log.plain.size >= 2 * size and len(parts_of(log.plain, size, log.year, catalogue())) > 1:
        assert in_parts(path, Aside(size, lost)) == sample(name)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_the_same_at_any_record_and_with_any_guess(name: str, data: st.DataObject) -> None:
    """Also inside of dumps and of values that look like records, and where the guess about a part is wrong."""
    path = SAMPLES / name / "orthanc.log"
    log = opened(path)
    assert log.plain is not None
    places = [m.end() for m in STAMPED.finditer(path.read_bytes())]
    cuts = [0, *sorted(data.draw(st.sets(st.sampled_from(places), min_size=1, max_size=8))), None]
    guesses = st.builds(Standing, st.sampled_from((2025, 2026)), st.sampled_from((None, "01", "11", "12")))
    first = Standing(log.year or 2000, None)
    parts = [
        Part(log.plain, start or 0, end, data.draw(guesses) if start else first) for start, end in pairwise(cuts)
    ]  # fmt: skip
    reader = PartsReader(log, parts, Aside(1), catalogue())
    events = list(reader.events())
    assert {"events": events, "counts": asdict(reader.counts), "state": asdict(log.state)} == {
        key: value for key, value in sample(name).items() if key != "product"
    }


def test_what_was_wrong_with_the_text_is_told_once_with_its_lines(tmp_path: Path) -> None:
    data = (SAMPLES / NAMES[0] / "orthanc.log").read_bytes().replace(b"\n", b"\r\n")
    half = data.index(b"\n", len(data) // 2) + 1
    path = tmp_path / "orthanc.log"
    path.write_bytes(data[:half] + b"\0" * 700 + b"x" * 1_100_000 + b"\r\n" + data[half:] + b"y" * 1_100_000)
    told = in_parts(path, Aside(2000))
    assert told == whole(path)
    assert len(told["state"]["problems"]) == 2


@pytest.mark.parametrize("fate", ["replaced", "shortened"])
def test_a_file_that_changes_meanwhile_is_told(tmp_path: Path, fate: str) -> None:
    path = tmp_path / "orthanc.log"
    data = (SAMPLES / NAMES[0] / "orthanc.log").read_bytes()
    path.write_bytes(data)
    log = opened(path)
    view = view_in_parts(log, Aside(2000), catalogue())
    assert view is not None
    events = view.events()
    first = next(events)
    if fate == "replaced":
        path.rename(tmp_path / "orthanc.log.1")
        path.write_bytes(data)
        assert [first, *events] == sample(NAMES[0])["events"]
        assert not log.state.problems
    else:
        path.write_bytes(data[:2500])
        assert len([first, *events]) < len(sample(NAMES[0])["events"])
        assert [p.what for p in log.state.problems] == [
            f"the file became shorter while it was read: {log.state.bytes} of {len(data)} bytes were there"
        ]


def test_its_hash_is_that_of_the_file() -> None:
    path = SAMPLES / NAMES[1] / "orthanc.log"
    assert in_parts(path, Aside(1500))["state"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_is_not_plainly_orthancs_own_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "compose.log"
    lines = (SAMPLES / NAMES[0] / "orthanc.log").read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(b"orthanc-1  | " + line for line in lines))
    assert view_in_parts(opened(path), Aside(1000), catalogue()) is None
