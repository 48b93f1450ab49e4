"""Measures the whole program as a process, beside references in the same run.

    python -m benchmarks [--megabytes 30] [--version 1.12.7] [--level trace …] [--wrapper plain …] [--format json …]
                         [--recordings healthy] [--searchkit] [--keep DIR]

Each case is a log grown from recorded ones. Seconds are those of the processor (user and system), so that a busy
machine disturbs little; the peak is the largest resident set. References: ``wc -l``; ``rg -j1 -c`` with the fixed texts
that the program itself looks for; with ``--searchkit``, canonical's searchkit with the patterns as expressions, on a
piece of the log, because it needs minutes for a megabyte.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.grow import recordings, write_grown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[1]
MEGABYTE = 1_000_000
_SEARCHED = MEGABYTE // 5
_START_UP = (("--help", ["--help"]), ("1 MB as text", ["diagnose"]), ("1 MB as HTML", ["diagnose", "--format", "html"]))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: seconds of the processor, peak memory in bytes."""

    seconds: float
    peak: int


def cost_of(command: Sequence[str], stdin: Path | None = None) -> Cost:
    """Runs a command to its end. Exit statuses up to 4 are answers (``grep``: nothing found, loganalyzer: failures)."""
    with open(stdin or os.devnull, "rb") as source:  # noqa: PTH123 -- a device, too
        process = subprocess.Popen(
            command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
        )
        _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in range(5):
        raise SystemExit(f"{' '.join(command)}: {os.waitstatus_to_exitcode(status)}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def program(*arguments: str) -> list[str]:
    """The command that runs loganalyzer as it is installed for this Python."""
    return [sys.executable, "-m", "loganalyzer", *arguments]


def wrapped(log: Path, wrapper: str) -> Path:
    """The log in a wrapper: itself (``plain``), as docker compose prints it (``compose``), or compressed (``gzip``)."""
    target = log.with_suffix(f".{wrapper}")
    if wrapper == "plain":
        return log
    with log.open("rb") as source:
        if wrapper == "gzip":
            with gzip.open(target, "wb", compresslevel=6) as packed:
                shutil.copyfileobj(source, packed)
        else:
            with target.open("wb") as out:
                out.writelines(b"orthanc-1  | " + line for line in source)
    return target


def texts_file(folder: Path) -> Path:
    """A file with the fixed texts that the program looks for, one per line, as ripgrep takes them."""
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.patternbase import load_patterns

    texts = {text.strip(b"\n") for text in EventCatalogue(load_patterns().events).texts} - {b""}
    path = folder / "texts"
    path.write_bytes(b"\n".join(sorted(texts)) + b"\n")
    return path


def searchkit_rate(log: Path, folder: Path) -> float | None:
    """Megabytes per second of searchkit; None where it is not installed."""
    try:
        import searchkit  # noqa: F401 -- whether it is there
    except ImportError:
        return None
    piece = folder / "piece.log"
    with log.open("rb") as source:
        piece.write_bytes(source.read(_SEARCHED))
    cost = cost_of([sys.executable, "-m", "benchmarks.with_searchkit", str(piece)])
    return piece.stat().st_size / MEGABYTE / cost.seconds


def rows(chosen: argparse.Namespace, folder: Path) -> Iterator[str]:
    """The lines of the table, as they are measured."""
    rg, texts = shutil.which("rg"), texts_file(folder)
    names = ("s", "MB/s", "klines/s", "peak MB", "x wc", "x rg", "searchkit")
    yield f"{'case':34} {'MB':>6} " + " ".join(f"{name:>9}" for name in names)
    for level in chosen.level:
        sources = recordings(ROOT / "sample_logs", chosen.version, level, chosen.recordings)
        if not sources:
            yield f"{level}: no recordings of {chosen.version}"
            continue
        log = folder / f"{chosen.version}-{level}.log"
        with log.open("wb") as out:
            write_grown(sources, int(chosen.megabytes * MEGABYTE), out)
        size = log.stat().st_size / MEGABYTE
        with log.open("rb") as source:
            lines = sum(chunk.count(b"\n") for chunk in iter(lambda: source.read(1 << 20), b""))
        counted = cost_of(["wc", "-l", str(log)]).seconds
        found = cost_of([rg, "-j1", "-c", "-a", "-F", "-f", str(texts), str(log)]).seconds if rg else None
        searched = searchkit_rate(log, folder) if chosen.searchkit else None
        for wrapper in chosen.wrapper:
            path = wrapped(log, wrapper)
            for form in chosen.format:
                cost = cost_of(program("diagnose", "--format", form, "-o", str(folder / f"out.{form}"), str(path)))
                rate = size / cost.seconds
                figures = (
                    f"{cost.seconds:.2f}",
                    f"{rate:.1f}",
                    f"{lines / cost.seconds / 1000:.0f}",
                    f"{cost.peak / MEGABYTE:.0f}",
                    f"{cost.seconds / counted:.0f}" if counted else "-",
                    f"{cost.seconds / found:.1f}" if found else "-",
                    f"{rate / searched:.0f} x" if searched else "-",
                )
                case = f"{chosen.version} {level} {wrapper} {form}"
                yield f"{case:34} {size:6.0f} " + " ".join(f"{figure:>9}" for figure in figures)
            if path != log:
                path.unlink()
        log.unlink()


def start_up(chosen: argparse.Namespace, folder: Path) -> Iterator[str]:
    """What a person waits for on small logs: the best of three, seconds of the processor."""
    log = folder / "small.log"
    with log.open("wb") as out:
        write_grown(recordings(ROOT / "sample_logs", chosen.version, "trace"), MEGABYTE, out)
    for name, arguments in _START_UP:
        command = program(*arguments, *([str(log), "-o", str(folder / "out")] if arguments[0] == "diagnose" else []))
        yield f"{name:34} {min(cost_of(command).seconds for _ in range(3)):14.2f}"


def main() -> None:
    """Measures what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--megabytes", type=float, default=30)
    parser.add_argument("--version", default="1.12.7")
    parser.add_argument("--level", nargs="+", default=["trace", "verbose", "default"])
    parser.add_argument("--wrapper", nargs="+", default=["plain"], choices=["plain", "compose", "gzip"])
    parser.add_argument("--format", nargs="+", default=["json"], choices=["text", "json", "html", "markdown"])
    parser.add_argument("--recordings", default="", help="what the names of the recordings begin with, as healthy")
    parser.add_argument("--searchkit", action="store_true")
    parser.add_argument(
        "--keep", type=Path, help="a folder for the logs, which needs room for them; else a temporary one"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="loganalyzer-benchmarks-", dir=chosen.keep) as folder:
        for line in (*start_up(chosen, Path(folder)), ""):
            print(line, flush=True)
        for line in rows(chosen, Path(folder)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
