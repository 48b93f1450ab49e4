"""Record one scenario: run it in a fresh folder, then save logs, configuration and truth."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.record.lab import LEVELS, Lab, Orthanc
from tools.record.peers import library_log
from tools.record.processes import RecordingError
from tools.record.scenario import HEALTHY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.record.scenario import Scenario
    from tools.record.truth import Truth

NEUTRAL_FOLDER = "/srv/orthanc"
_MAX_KEY_LINES = 3
_MAX_EVIDENCE = 40
_LIBRARY_LOG = "peer-pynetdicom.log"


@dataclass(frozen=True, slots=True)
class Session:
    """What all recordings of one call share; ``work``: parent of the working folders, None for the usual one."""

    orthanc: Orthanc
    level: str
    out: Path
    usual_ports: bool = True
    work: Path | None = None


def ask_version(command: Sequence[str]) -> Orthanc:
    """The Orthanc behind a command; raises RecordingError when it is none."""
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"cannot run {' '.join(command)}: {error}"
        raise RecordingError(message) from error
    match = re.search(r"Orthanc (\d+\.\d+\.\d+|mainline)", done.stdout + done.stderr)
    if match is None:
        message = f"{' '.join(command)} --version names no version of Orthanc"
        raise RecordingError(message)
    return Orthanc(tuple(command), match[1])


def record(scenario: Scenario, session: Session) -> Path:
    """Provoke the scenario and save it; the folder that was written.

    Raises RecordingError when it could not be provoked. Everything that was started is ended in any case.
    """
    with tempfile.TemporaryDirectory(prefix="record-", dir=session.work) as name:
        folder = Path(name)
        folder.chmod(0o755)
        with contextlib.ExitStack() as stack:
            lab = Lab(session.orthanc, session.level, folder, stack, usual_ports=session.usual_ports)
            with library_log(folder / _LIBRARY_LOG):
                scenario.run(lab)
                stack.close()
        target = session.out / f"{scenario.name}-{session.orthanc.version}-{session.level}"
        _save(scenario, session, lab, target)
    return target


def _save(scenario: Scenario, session: Session, lab: Lab, target: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    names = ["orthanc.log", "orthanc.json", *sorted(path.name for path in lab.folder.glob("peer*") if path.is_file())]
    for name in names:
        source = lab.folder / name
        if source.exists() and (source.stat().st_size or name == "orthanc.log"):
            neutral = source.read_bytes().replace(str(lab.folder).encode(), NEUTRAL_FOLDER.encode())
            (target / name).write_bytes(neutral)
    log = (target / "orthanc.log").read_bytes()
    document = expected(scenario, session, lab, log)
    (target / "expected.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def expected(scenario: Scenario, session: Session, lab: Lab, log: bytes) -> dict[str, Any]:
    """The content of ``expected.json``."""
    lines = log.decode("utf-8", errors="replace").split("\n")
    key_lines, evidence = find_keys(scenario.keys, lines)
    truths = lab.truths()
    for truth in truths:
        named = {**scenario.by_called_aet, **scenario.by_calling_aet}
        own = named.get(truth["called_aet"]) or named.get(truth["calling_aet"]) or scenario.cause
        truth["cause"] = own if truth["ok"] is False and own not in ("several", "healthy") else None
    optional = {
        "what_fails": scenario.what_fails,
        "fix_option": scenario.fix_option,
        "acceptable": list(scenario.acceptable),
        "by_called_aet": dict(scenario.by_called_aet),
        "by_calling_aet": dict(scenario.by_calling_aet),
    }
    return {
        "scenario": scenario.name,
        "cause": scenario.cause,
        **{key: value for key, value in optional.items() if value},
        "description": scenario.description,
        "orthanc_version": session.orthanc.version,
        "log_level": session.level,
        "orthanc_options": list(LEVELS[session.level]),
        "orthanc_aet": lab.configuration["DicomAet"],
        "dicom_port": lab.dicom_port,
        "reproduced": reproduced(scenario, truths, key_lines),
        "associations": truths,
        "key_lines": key_lines,
        "evidence_lines": evidence,
    }


def reproduced(scenario: Scenario, truths: Sequence[Truth], key_lines: Sequence[object]) -> bool:
    """False when everything that was tried worked and the log has nothing to show: this version does not fail."""
    return scenario.cause == HEALTHY or not truths or bool(key_lines) or any(one["ok"] is not True for one in truths)


def find_keys(keys: Sequence[str], lines: Sequence[str]) -> tuple[list[dict[str, Any]], list[int]]:
    """The first line of each key text, and the numbers of all lines that hold one."""
    firsts: dict[str, int] = {}
    evidence: list[int] = []
    for number, line in enumerate(lines, 1):
        held = [key for key in keys if key in line]
        if held:
            evidence.append(number)
        for key in held:
            firsts.setdefault(key, number)
    chosen = sorted({firsts[key] for key in keys if key in firsts})[:_MAX_KEY_LINES]
    return [{"line": number, "text": lines[number - 1].rstrip("\r")} for number in chosen], evidence[:_MAX_EVIDENCE]
