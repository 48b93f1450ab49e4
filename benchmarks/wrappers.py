"""What peeling costs: each wrapper beside the clean log, in one run.

    python -m benchmarks.wrappers [--megabytes N] [--level trace verbose …] [--wrapper NAME …] [--rounds N]

The same grown log is diagnosed clean and in each wrapper (those of the metamorphic tests in
``tests/sources/wrapping.py``), in turn, ``--rounds`` times. ``s`` are the seconds of the processor of the whole program
that the fastest round took: what disturbs a round makes it slower, never faster. ``cost`` is the time beyond that of
the clean log, marked where it is more than the 30 % that are allowed; ``size`` is how many bytes the wrapper makes of
one. Of two containers interleaved, both are diagnosed: they are compared with both clean logs, given at once. On a busy
machine, ``chrt -f 50`` before the command keeps other work off.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.__main__ import MEGABYTE, ROOT, cost_of, program
from benchmarks.grow import recordings, write_grown
from tests.sources.wrapping import WRAPS, compose_interleaved

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION = "1.12.7"
_INTERLEAVED = "interleaved"
_ALLOWED = 0.30


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
            before, after = map(min, zip(*pairs, strict=True))
            cost = after / before - 1
            size = log.stat().st_size / len(text)
            mark = " *" if cost > _ALLOWED else ""
            yield f"{level:8} {wrapper:22} {size:5.1f} {before:6.2f} {after:6.2f} {cost:+7.0%}{mark}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.wrappers", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--megabytes", type=float, default=30)
    parser.add_argument("--level", nargs="+", default=["trace", "verbose"])
    parser.add_argument("--wrapper", nargs="+", choices=[*WRAPS, _INTERLEAVED])
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    print(f"{'level':8} {'wrapper':22} {'size':>5} {'clean':>6} {'s':>6} {'cost':>7}")
    with tempfile.TemporaryDirectory(prefix="loganalyzer-benchmarks-") as folder:
        for row in rows(chosen, Path(folder)):
            print(row)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
