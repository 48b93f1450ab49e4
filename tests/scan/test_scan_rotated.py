"""Rotated logs of a server: what goes on behind a rotation is one thing, however the logs are read."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from loganalyzer.patternbase import load_patterns
from loganalyzer.scan import open_dataset
from loganalyzer.scan.run import Account
from loganalyzer.scan.run import scan as run
from loganalyzer.scan.settings import Settings, fingerprint
from loganalyzer.sources.names import gone_on
from tests.knowledge import diagnosed
from tests.scan.conftest import InProcess, content, recorded

if TYPE_CHECKING:
    from pathlib import Path

BUSY = recorded("busy-hundreds-1.12.7-verbose")
CUTS = 2000, 4000
TOLD = ("direction", "calling_aet", "called_aet", "peer_ip", "start", "established", "end", "outcome", "ended_by")


def pieces() -> list[bytes]:
    lines = BUSY.read_bytes().splitlines(keepends=True)
    return [b"".join(lines[a:b]) for a, b in zip((0, *CUTS), (*CUTS, None), strict=True)]


def told(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """What is told of each association, whatever log it is in."""
    return sorted(tuple(str(row[name]) for name in (*TOLD, "operations", "failed_operations")) for row in rows)


def scanned(archive: Path, out: Path) -> Account:
    return run([str(archive)], out, Settings(fingerprint(load_patterns()), year=2026), InProcess())


@pytest.mark.parametrize(
    "names", [("o.log.2.gz", "o.log.1", "o.log"), ("o.log-20240130", "o.log-20240131.gz", "o.log")]
)
def test_associations_go_on_behind_a_rotation(names: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    for name, piece in zip(names, pieces(), strict=True):
        (tmp_path / "site" / name).write_bytes(gzip.compress(piece) if name.endswith("gz") else piece)
    scanned(tmp_path / "site", tmp_path / "out")
    shutil.copyfile(BUSY, tmp_path / "whole.log")
    scanned(tmp_path / "whole.log", tmp_path / "whole")
    divided, whole = (
        open_dataset(tmp_path / name).arrow("associations").to_table().to_pylist() for name in ("out", "whole")
    )
    assert told(divided) == told(whole)
    assert {row["outcome"] for row in divided} == {str(a.outcome) for a in diagnosed(BUSY).associations}
    ends = dict(zip(names, (piece.count(b"\n") for piece in pieces()), strict=True))
    for row in divided:
        last = ends[row["file"].rpartition("/")[2]]
        assert 1 <= row["start_line"] <= last
        assert row["end_line"] is None or row["start_line"] <= row["end_line"] <= last
    going_on = [a for a in whole if any(a["start_line"] <= cut < a["end_line"] for cut in CUTS)]
    assert sum(row["end_line"] is None for row in divided) == len(going_on) > 5
    assert not any("in the log" in row for row in open_dataset(tmp_path / "out").files()["reason"].fillna(""))


def test_a_rotation_reads_what_it_touches(tmp_path: Path) -> None:
    """The next day all have other names, the last but one is compressed, and a new log goes on."""
    place, out = tmp_path / "archive" / "site", tmp_path / "out"
    place.mkdir(parents=True)
    first, second, third = pieces()
    quiet = recorded("healthy-echo-in-1.12.7-trace").read_bytes()
    (place / "o.log.2").write_bytes(quiet)
    (place / "o.log.1").write_bytes(first)
    (place / "o.log").write_bytes(second)
    assert scanned(tmp_path / "archive", out).known == 0
    assert scanned(tmp_path / "archive", out).known == 3
    (place / "o.log.2").rename(place / "o.log.3")
    (place / "o.log.1").rename(place / "o.log.2")
    (place / "o.log").rename(place / "o.log.1")
    (place / "o.log").write_bytes(third)
    assert scanned(tmp_path / "archive", out).known == 2  # the log that nothing comes after or before, and the first
    scanned(tmp_path / "archive", tmp_path / "fresh")
    assert content(out) == content(tmp_path / "fresh")
    (place / "o.log").write_bytes(third + quiet)
    assert scanned(tmp_path / "archive", out).known == 2


def test_which_logs_go_on_in_which() -> None:
    names = [
        "a/o.log", "a/o.log.1", "a/o.log.2.gz", "a/o.log.4.gz", "b/o.log", "b/p.log.1", "b/p.log", "c/1.log", "c/2.log",
        "d/o.log-20240101.gz", "d/o.log-20240102", "d/o.log", "e/Orthanc.log.20240101-000000.1",
        "e/Orthanc.log.20240102-000000.1",
    ]  # fmt: skip
    assert sorted(gone_on(names)) == [
        ("a/o.log.1", "a/o.log"), ("a/o.log.2.gz", "a/o.log.1"), ("b/p.log.1", "b/p.log"),
        ("d/o.log-20240101.gz", "d/o.log-20240102"), ("d/o.log-20240102", "d/o.log"),
    ]  # fmt: skip
