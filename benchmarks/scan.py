"""How fast and how small a scan is, beside ``rg -c`` with the same texts, ``wc -l`` and searchkit in the same run.

    python -m benchmarks.scan [--megabytes N …] [--levels trace verbose] [--files N]

For each level an archive of ``--files`` grown logs is scanned by one worker and by two; MB/s are per second of the
processor, so that other work of the machine does not count, and per second of the clock for the speed-up. ``peak`` is
that of the largest process of the scan. The last column is the time per byte against the smallest size: 1.00 is linear.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.__main__ import MEGABYTE, ROOT, Cost, cost_of, program, searchkit_rate, texts_file
from benchmarks.grow import recordings, write_grown

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION = "1.12.7"
_TURNS_APART = 100_000  # no two files have a turn in common: what is known by its bytes is not read again


@dataclass(frozen=True, slots=True)
class Figures:
    """A scan: what its processes took together, and seconds of the clock."""

    cost: Cost
    clock: float


def archive_of(folder: Path, level: str, megabytes: int, files: int) -> Path:
    """A folder with ``files`` grown logs that have ``megabytes`` together."""
    archive = folder / f"{level}-{megabytes}"
    archive.mkdir()
    sources = recordings(ROOT / "sample_logs", _VERSION, level)
    for number in range(files):
        with (archive / f"orthanc-{number}.log").open("wb") as log:
            write_grown(sources, megabytes * MEGABYTE // files, log, first=number * _TURNS_APART)
    return archive


def scanned(archive: Path, workers: int) -> Figures:
    """Scan ``archive`` into a dataset of its own."""
    out = archive.with_name("out")
    begin = time.perf_counter()
    cost = cost_of(program("scan", str(archive), "-o", str(out), "--workers", str(workers), "--quiet"))
    clock = time.perf_counter() - begin
    shutil.rmtree(out)
    return Figures(cost, clock)


def reference(command: list[str], logs: list[Path], size: float) -> float:
    """Megabytes per second of the processor of another program."""
    return size / max(cost_of([*command, *map(str, logs)]).seconds, 0.001)


def rows(chosen: argparse.Namespace, folder: Path) -> Iterator[str]:
    """A line of the table for each level and size."""
    texts = texts_file(folder)
    for level in chosen.levels:
        smallest = None
        for megabytes in chosen.megabytes:
            archive = archive_of(folder, level, megabytes, chosen.files)
            logs = sorted(archive.iterdir())
            size = sum(log.stat().st_size for log in logs) / MEGABYTE
            one, two = scanned(archive, 1), scanned(archive, 2)
            per_byte = one.cost.seconds / size
            smallest = smallest or per_byte
            rate = size / one.cost.seconds
            searched = searchkit_rate(logs[0], folder)
            ripgrep = reference(["rg", "-j1", "-c", "-F", "-f", str(texts)], logs, size)
            cells = (
                f"{level:7}", f"{size:6.0f}", f"{rate:6.1f}", f"{one.clock / two.clock:5.2f}",
                f"{max(one.cost.peak, two.cost.peak) / MEGABYTE:5.0f}", f"{two.cost.peak / MEGABYTE:5.0f}",
                f"{ripgrep / rate:6.2f}", f"{reference(['wc', '-l'], logs, size) / rate:6.1f}",
                f"{rate / searched:6.1f}" if searched else "     –", f"{per_byte / smallest:5.2f}",
            )  # fmt: skip
            yield " | ".join(cells)
            shutil.rmtree(archive)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", nargs="+", type=int, default=[100, 1000, 5000])
    parser.add_argument("--levels", nargs="+", default=["trace", "verbose"])
    parser.add_argument("--files", type=int, default=4)
    chosen = parser.parse_args()
    print("level   |     MB |   MB/s | 2 : 1 | peak1 | peak2 | rg : it | wc : it | it : searchkit | linear")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        for row in rows(chosen, Path(folder)):
            print(row)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
