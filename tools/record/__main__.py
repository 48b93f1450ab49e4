"""Command line of the recorder."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.record.lab import LEVELS
from tools.record.processes import RecordingError
from tools.record.recording import Session, ask_version, record
from tools.record.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from tools.record.scenario import Scenario


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.record", description="Record sample logs of a real Orthanc.")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="names, or regular expressions for names")
    parser.add_argument("--list", action="store_true", help="list the scenarios and their causes")
    parser.add_argument("--all", action="store_true", help="record every scenario")
    parser.add_argument("--orthanc", default="Orthanc", metavar="COMMAND", help="the Orthanc to record")
    parser.add_argument("--level", choices=LEVELS, default="trace", help="log level (default: %(default)s)")
    parser.add_argument("--free-ports", action="store_true", help="use free ports instead of 4242, 8042 and 11112")
    parser.add_argument("--work", type=Path, help="parent of the working folders, for an Orthanc in a chroot")
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="where the recordings go")
    return parser


def _chosen(patterns: list[str], everything: bool) -> list[Scenario]:
    if everything:
        return list(SCENARIOS)
    found = []
    for pattern in patterns:
        matching = [scenario for scenario in SCENARIOS if re.fullmatch(pattern, scenario.name)]
        if not matching:
            message = f"no scenario is called {pattern}; --list shows them"
            raise RecordingError(message)
        found += matching
    return found


def _left_out(scenario: Scenario, session: Session) -> str | None:
    if session.orthanc.number and session.orthanc.number < scenario.minimum:
        return f"needs Orthanc {'.'.join(map(str, scenario.minimum))}"
    if scenario.needs_root and os.geteuid() != 0:
        return "needs root"
    return None


def _record_all(scenarios: Iterable[Scenario], session: Session) -> int:
    failures = 0
    for scenario in scenarios:
        reason = _left_out(scenario, session)
        if reason is not None:
            print(f"{scenario.name}: left out, {reason}", flush=True)
            continue
        try:
            print(f"{scenario.name}: {record(scenario, session).name}", flush=True)
        except (RecordingError, OSError) as error:
            failures += 1
            print(f"{scenario.name}: FAILED, {error}", file=sys.stderr, flush=True)
    return 1 if failures else 0


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main() -> int:
    """Exit status 0: all recorded; 1: some could not be provoked; 2: wrong usage."""
    parser = _parser()
    options = parser.parse_args()
    if options.list:
        for scenario in SCENARIOS:
            print(f"{scenario.name:40s} {scenario.cause:36s} {scenario.description}")
        return 0
    if options.out is None or not (options.scenarios or options.all):
        parser.error("name scenarios (or --all) and the output folder with -o, or use --list")
    # Python's usual death by SIGTERM would leave Orthanc and the peers behind.
    signal.signal(signal.SIGTERM, _end)
    try:
        session = Session(
            ask_version(shlex.split(options.orthanc)), options.level, options.out, not options.free_ports, options.work
        )
        return _record_all(_chosen(options.scenarios, options.all), session)
    except RecordingError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
