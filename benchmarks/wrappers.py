"""What peeling costs: each wrapper beside the clean log, in one run.

    python -m benchmarks.wrappers [--megabytes N] [--level trace verbose …] [--wrapper NAME …] [--rounds N]

The same grown log is diagnosed clean and in each wrapper (those of the metamorphic tests in
``tests/sources/wrapping.py``). ``s`` are seconds of the processor of the whole program; ``cost`` is the time beyond
that of the clean log, the median of the rounds, each of which runs both one after the other; ``size`` is how many bytes
the wrapper makes of one. Of two containers interleaved, both are diagnosed: they are compared with both clean logs,
given at once.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.__main__ import MEGABYTE, ROOT, cost_of, program
from benchmarks.grow import recordings, write_grown
from tests.sources.wrapping import WRAPS, compose_interleaved

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION = "1.12.7"
_INTERLEAVED = "interleaved"


def wrapped(lines: list[bytes], wrapper: str) -> bytes:
    """The log in a wrapper; interleaved with its second half, as that of another container."""
    if wrapper == _INTERLEAVED:
        return compose_interleaved(lines, lines[len(lines) // 2 :]).data
    return WRAPS[wrapper](lines).data


def seconds(*logs: Path) -> float:
    """What a diagnosis takes."""
    out = logs[0].with_suffix(".json")
    return cost_of(program("diagnose", "--format", "json", "-o", str(out), *map(str, logs))).seconds


def rows(chosen: argparse.Namespace, folder: Path) -> Iterator[str]:
    """The lines of the table, as they are measured."""
    for level in chosen.level:
        clean, log = folder / "clean.log", folder / "wrapped.log"
        with clean.open("wb") as out:
            write_grown(recordings(ROOT / "sample_logs", _VERSION, level), int(chosen.megabytes * MEGABYTE), out)
        # Most wrappers cannot carry bytes that are no UTF-8.
        text = clean.read_bytes().decode("utf-8", "replace").encode()
        clean.write_bytes(text)
        lines = text.split(b"\n")[:-1]
        other = folder / "other.log"
        other.write_bytes(b"\n".join(lines[len(lines) // 2 :]) + b"\n")
        for wrapper in chosen.wrapper or [*(name for name in WRAPS if name != "plain"), _INTERLEAVED]:
            log.write_bytes(wrapped(lines, wrapper))
            cleans = (clean, other) if wrapper == _INTERLEAVED else (clean,)
            pairs = [(seconds(*cleans), seconds(log)) for _ in range(chosen.rounds)]
            before, after = median(one for one, _ in pairs), median(other for _, other in pairs)
            cost = median(other / one - 1 for one, other in pairs)
            size = log.stat().st_size / len(text)
            yield f"{level:8} {wrapper:22} {size:5.1f} {before:6.2f} {after:6.2f} {cost:+7.0%}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.wrappers", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--megabytes", type=float, default=30)
    parser.add_argument("--level", nargs="+", default=["trace", "verbose"])
    parser.add_argument("--wrapper", nargs="+", choices=[*WRAPS, _INTERLEAVED])
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    print(f"{'level':8} {'wrapper':22} {'size':>5} {'clean':>6} {'s':>6} {'cost':>7}")
    with tempfile.TemporaryDirectory(prefix="loganalyzer-benchmarks-") as folder:
        for row in rows(chosen, Path(folder)):
            print(row)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
