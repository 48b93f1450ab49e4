"""Fuzzes with atheris, which is installed for this alone: ``python -m tests.fuzz diagnose --seconds 600``.

Without a name, all targets take turns. What breaks a promise is kept in the folder of findings, one file for each place
in the code; the run goes on. Figures are printed at the end, and appended to ``figures.jsonl`` there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

SECONDS_PER_RUN = 20.0


class TooSlowError(Exception):
    """An input took more processor time than any of its size may take."""


class Findings:
    """Keeps one input for each place in the code that failed."""

    def __init__(self, folder: Path, target: str) -> None:
        self.folder = folder
        self.target = target
        self.runs = 0
        self.places: dict[str, int] = {}

    def note(self, fault: BaseException, data: bytes) -> None:
        frames = traceback.extract_tb(fault.__traceback__)
        place = next((f for f in reversed(frames) if "loganalyzer/" in f.filename), frames[-1])
        own = frames[-1] if isinstance(fault, AssertionError) else place
        name = f"{type(fault).__name__}-{Path(own.filename).stem}-{own.lineno}"
        known = self.places.get(name, 0)
        self.places[name] = known + 1
        digest = hashlib.sha256(data).hexdigest()[:8]
        path = self.folder / self.target
        path.mkdir(parents=True, exist_ok=True)
        shown = next(path.glob(f"{name}-*.bin"), None)
        if shown is None or shown.stat().st_size > len(data):
            if shown is not None:
                shown.unlink()
                shown.with_suffix(".txt").unlink(missing_ok=True)
            kept = path / f"{name}-{digest}.bin"
            kept.write_bytes(data)
            kept.with_suffix(".txt").write_text("".join(traceback.format_exception(fault))[-6000:])


def _too_slow(*_: object) -> None:
    raise TooSlowError


def fuzz(name: str, seconds: int, folder: Path) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["loganalyzer"]):
        from tests.fuzz import targets
    from tests.fuzz.mutation import mutated

    target = targets.TARGETS[name]
    seeds = target.seeds()
    others = [*targets.excerpts(), *seeds]
    findings = Findings(folder, name)
    signal.signal(signal.SIGVTALRM, _too_slow)
    begun = time.monotonic()

    def report() -> None:
        spent = time.monotonic() - begun
        figures = {"target": name, "executions": findings.runs, "seconds": round(spent), "findings": findings.places}
        with (folder / "figures.jsonl").open("a") as file:
            file.write(json.dumps(figures) + "\n")
        print(json.dumps(figures), flush=True)

    def run(data: bytes) -> None:
        findings.runs += 1
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_PER_RUN)
        try:
            target.run(data)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is noted
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            findings.note(fault, data)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if time.monotonic() - begun > seconds:
            report()
            os._exit(0)

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.05 or not data:
            data = chance.choice(seeds)
        if chance.random() < 0.3:
            return bytes(atheris.Mutate(data, size))[:size]
        return mutated(data, chance, others)[:size]

    corpus = folder / f"corpus-{name}"
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    atheris.Setup(
        [sys.argv[0], str(corpus), "-max_len=60000", "-timeout=100000", f"-artifact_prefix={folder}/", "-rss_limit_mb=4096", "-print_final_stats=0", "-verbosity=0"],
        run, custom_mutator=mutate,
    )  # fmt: skip
    atheris.Fuzz()


def main() -> None:
    """Fuzz one target, or all of them in turn, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", nargs="?")
    parser.add_argument("--seconds", type=int, default=300, help="for each target")
    parser.add_argument("--findings", type=Path, default=Path("/tmp/loganalyzer-fuzz"))
    arguments = parser.parse_args()
    arguments.findings.mkdir(parents=True, exist_ok=True)
    if arguments.target:
        fuzz(arguments.target, arguments.seconds, arguments.findings)
    from tests.fuzz.targets import TARGETS

    for name in TARGETS:
        command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(arguments.seconds)]
        subprocess.run([*command, "--findings", str(arguments.findings)], check=False)


if __name__ == "__main__":
    main()
