from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[bytes]]

PATTERN = """\
schema: 1
about: A site's own message.
signatures:
  - code: SITE1
    name: site-started
    cause: {cause}
    title: This site's Orthanc was started
    severity: notice
    confidence: certain
    when: {{event: run.started}}
"""


def test_every_command_has_help(run: Run) -> None:
    from loganalyzer.cli.main import COMMANDS

    listed = run("--help").stdout.decode()
    for name, (_, _, text) in COMMANDS.items():
        assert f"  {name}" in listed
        assert text.split()[0] in listed
        done = run(name, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(f"Usage: loganalyzer {name} ".encode())


def test_version(run: Run) -> None:
    from loganalyzer import __version__

    assert run("--version").stdout.decode() == f"loganalyzer, version {__version__}\n"


def test_year(run: Run, failing: Path) -> None:
    (log,) = json.loads(run("diagnose", "--year", "2019", "--format", "json", failing).stdout)["logs"]
    assert log["first_time"].startswith("2019-")
    assert log["year_from"] == "option"


def test_input_format(tmp_path: Path, run: Run, failing: Path) -> None:
    wrapped = tmp_path / "quoted.log"
    wrapped.write_bytes(b"".join(b"> " + line for line in failing.read_bytes().splitlines(keepends=True)))
    clean = json.loads(run("diagnose", "--format", "json", failing).stdout)
    for chosen in ((), ("--input-format", "quote")):
        done = json.loads(run("diagnose", "--format", "json", *chosen, wrapped).stdout)
        assert [finding["code"] for finding in done["findings"]] == [finding["code"] for finding in clean["findings"]]
        assert done["logs"][0]["wrapper"] == "quote"
    plain = json.loads(run("diagnose", "--format", "json", "--input-format", "plain", wrapped).stdout)
    assert plain["logs"][0]["wrapper"] == "plain"


def test_a_limit_is_named_and_can_be_changed(tmp_path: Path, run: Run, failing: Path) -> None:
    packed = tmp_path / "logs.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("first.txt", "")
        archive.write(failing, "orthanc.log")
    done = run("diagnose", packed, "--limit", "max_members=1")
    assert done.returncode == 3
    assert b"(max_members)" in done.stderr
    done = run("diagnose", packed, "--limit", "max_members=2", "--limit", "max_depth=1")
    assert done.returncode == 1


class TestPatterns:
    def test_further_folders(self, tmp_path: Path, run: Run, healthy: Path) -> None:
        for number, cause in enumerate(("called-aet-mismatch", "peer-aborted")):
            folder = tmp_path / str(number)
            folder.mkdir()
            text = PATTERN.format(cause=cause).replace("SITE1", f"SITE{number}").replace("site-", f"site{number}-")
            (folder / "site.yaml").write_text(text)
        done = run("diagnose", "--format", "json", healthy, "--patterns", tmp_path / "0", "--patterns", tmp_path / "1")
        assert done.stderr == b""
        found = {finding["code"] for finding in json.loads(done.stdout)["findings"]}
        assert {"SITE0", "SITE1"} <= found

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            (PATTERN.format(cause="called-aet-mismach"), "did you mean 'called-aet-mismatch'?"),
            (PATTERN.format(cause="peer-aborted").replace("severity", "severty"), "did you mean 'severity'?"),
            ("schema: 1\nevents: [\n", "is no YAML"),
            ("- a\n", "must hold a mapping"),
        ],
    )
    def test_faults_are_told_with_their_place(
        self, tmp_path: Path, run: Run, healthy: Path, text: str, complaint: str
    ) -> None:
        (tmp_path / "site.yaml").write_text(text)
        done = run("diagnose", healthy, "--patterns", tmp_path)
        assert (done.returncode, done.stdout) == (2, b"")
        told = done.stderr.decode()
        assert complaint in told
        assert f"{tmp_path.name}/site.yaml:" in told
        assert "Traceback" not in told
