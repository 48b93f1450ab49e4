"""Keeps the runs that README.md shows true: python -m tools.refresh_readme [--check].

A comment ``<!-- run: COMMAND -->`` before a block of text says which run the block shows. The run takes place in a
folder that holds a sample log as ``Orthanc.log``. ``python -`` runs the Python block before it.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
SAMPLE = ROOT / "sample_logs" / "called-aet-mismatch-1.10.1-trace" / "orthanc.log"
_RECORDED = 1795446000
"""Seconds since 1970 of a moment in the year the sample was recorded in; a log's year is told by its file's time."""
_BLOCK = re.compile(r"<!-- run: (?P<command>[^\n]+) -->\n+```text\n.*?^```$", re.DOTALL | re.MULTILINE)
_PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def refreshed(text: str) -> str:
    """Return ``text`` with every run as it is today."""
    return _BLOCK.sub(lambda block: _run(block, text), text)


def _run(block: re.Match[str], text: str) -> str:
    command = block["command"]
    given = _PROGRAM.findall(text, 0, block.start())[-1] if command == "python -" else ""
    name, *arguments = shlex.split(command)
    program = {"loganalyzer": [sys.executable, "-m", "loganalyzer"], "python": [sys.executable]}[name]
    plain = {key: value for key, value in os.environ.items() if key not in ("FORCE_COLOR", "PYTHONIOENCODING")}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "Orthanc.log"
        shutil.copy(SAMPLE, log)
        os.utime(log, (_RECORDED, _RECORDED))
        done = subprocess.run(
            [*program, *arguments],
            cwd=folder,
            env={**plain, "PYTHONPATH": str(ROOT)},
            input=given,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    if done.stderr:
        message = f"{command}: {done.stderr}"
        raise SystemExit(message)
    shown = done.stdout if command == "python -" else f"$ {command}\n{done.stdout}"
    return f"<!-- run: {command} -->\n\n```text\n{shown.rstrip()}\n```"


def main() -> None:
    """Rewrite the README, or with ``--check`` only say whether it is true."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 if something would change")
    check: bool = parser.parse_args().check
    before = README.read_text(encoding="utf-8")
    after = refreshed(before)
    if check:
        sys.exit(before != after)
    README.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
