"""Recorded logs with their configurations, each altered for one fault."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from loganalyzer.cli.main import cli
from loganalyzer.config import check
from loganalyzer.config.check import CheckedConfiguration
from loganalyzer.config.options import known_options
from loganalyzer.diagnosis.model import Severity
from loganalyzer.patternbase import load_patterns
from loganalyzer.report.html import render_html
from loganalyzer.report.json import to_json
from loganalyzer.report.markdown import render_markdown
from loganalyzer.report.text import render_text
from loganalyzer.texts import texts
from tests.config.samples import alone, diagnosed, of_code, options_of, written
from tests.knowledge import SAMPLES

HEALTHY = "healthy-store-in-1.13.0-trace"
REFUSED = "calling-aet-unknown-store-1.12.7-trace"


def altered(folder: Path, sample: str, **changes: Any) -> Path:
    return written(folder, options_of(sample) | changes)


def line_of(path: Path, word: str) -> int:
    return next(i for i, line in enumerate(path.read_text().splitlines(), 1) if f'"{word}"' in line)


@pytest.mark.parametrize(
    "sample",
    [HEALTHY, "healthy-tls-in-1.13.0-trace", "healthy-move-in-1.12.7-trace", "healthy-store-in-1.9.1-trace",
     "healthy-move-out-1.13.0-trace"],
)  # fmt: skip
def test_a_healthy_recording_stays_healthy_with_its_own_configuration(sample: str) -> None:
    diagnosis = diagnosed(sample)
    assert diagnosis.verdict == "healthy"
    assert {f.severity for f in diagnosis.findings if f.signature == "configuration"} <= {Severity.NOTICE}


def test_of_all_recorded_configurations_only_those_with_a_wrong_type_are_warned_of() -> None:
    warned = set()
    for path in SAMPLES.glob("*/orthanc.json"):
        if any(f.severity is not Severity.NOTICE for f in CheckedConfiguration.read([path]).with_findings((), (), ())):
            warned.add(path.parent.name.rsplit("-", 2)[0])
    assert warned == {"config-wrong-type", "configuration-wrong-type"}


@pytest.mark.parametrize(
    ("changes", "code", "option", "patch"),
    [
        ({"DicomAett": "X"}, "LA560", "DicomAett", {"op": "move", "from": "/DicomAett", "path": "/DicomAet"}),
        ({"httpport": 1}, "LA560", "httpport", {"op": "move", "from": "/httpport", "path": "/HttpPort"}),
        ({"DicomPort": "4242"}, "LA563", "DicomPort", {"op": "replace", "path": "/DicomPort", "value": 4242}),
        ({"HttpServerEnabled": 0}, "LA563", "HttpServerEnabled",
         {"op": "replace", "path": "/HttpServerEnabled", "value": False}),
        ({"ExecuteLuaEnabled": True}, "LA586", "ExecuteLuaEnabled",
         {"op": "replace", "path": "/ExecuteLuaEnabled", "value": False}),
        ({"RemoteAccessAllowed": True, "AuthenticationEnabled": False}, "LA585", "RemoteAccessAllowed",
         {"op": "replace", "path": "/AuthenticationEnabled", "value": True}),
    ],
)  # fmt: skip
def test_a_wrong_option_is_named_with_its_line_and_a_patch(
    tmp_path: Path, changes: dict[str, Any], code: str, option: str, patch: dict[str, Any]
) -> None:
    path = altered(tmp_path, HEALTHY, **changes)
    (found,) = (f for f in alone(path) if f.code == code)
    assert found.evidence[0].text.startswith(f"orthanc.json:{line_of(path, option)}: ")
    assert found.evidence[0].line == line_of(path, option)
    assert [json.loads(a.suggested or "") for a in found.actions[1:]] == [[patch]]


def test_keys_in_sections_of_plugins_and_unlike_options_are_no_fault(tmp_path: Path) -> None:
    path = altered(tmp_path, HEALTHY, DicomWeb={"Enabel": True}, MyOwnPlugin={"A": 1})
    assert [(f.code, f.severity.value) for f in alone(path)] == [("LA561", "notice")]


def test_options_of_a_later_or_former_version_are_notices(tmp_path: Path) -> None:
    diagnosis = diagnosed(REFUSED, altered(tmp_path, REFUSED, ZipUseUtf8=True, LimitJobs=10))
    found = {f.title: f.severity.value for f in diagnosis.findings if f.code == "LA562"}
    assert found == {
        "Orthanc 1.12.7 does not know the option ZipUseUtf8 yet": "notice",
        "Orthanc 1.12.7 no longer knows the option LimitJobs": "notice",
    }


def test_secrets_reach_no_output(tmp_path: Path) -> None:
    hidden = "S3CRET-WORD"
    path = altered(
        tmp_path, HEALTHY, RegisteredUsers={hidden + "-user": "orthanc"}, RegisterdUsers={"a": hidden},
        Pkcs11={"Pin": hidden}, HttpProxy=[hidden], PostgreSQL={"Password": hidden}, SslCertificate=[hidden],
        Authorisation=hidden, OrthancPeers={"p": ["http://192.0.2.9", "u", hidden]},
    )  # fmt: skip
    diagnosis = diagnosed(HEALTHY, path)
    assert {"LA560", "LA563", "LA587"} <= {f.code for f in diagnosis.findings}
    assert hidden not in to_json(diagnosis)


@pytest.mark.parametrize("misspelt", [False, True])
def test_no_value_of_any_option_of_orthanc_reaches_a_report(tmp_path: Path, misspelt: bool) -> None:
    """Every option of Orthanc's list holds a secret, in the place of numbers and switches, too."""
    hidden = "S3CRET-WORD"
    options: dict[str, Any] = {}
    for name in known_options():
        section, _, member = name.partition(".")
        if section in ("DicomAet", "DicomPort", "HttpPort", "Name", "DicomModalities"):
            continue
        key = section[:-1] + section[-1] * 2 if misspelt else section
        if member:
            held = options.get(key)
            options[key] = (held if isinstance(held, dict) else {}) | {member: [hidden], hidden: hidden}
        elif not isinstance(options.get(key), dict):
            options[key] = hidden
    diagnosis = diagnosed(HEALTHY, altered(tmp_path, HEALTHY, **options))
    assert {f.code for f in diagnosis.findings} & {"LA560", "LA563"}
    reports = (
        to_json(diagnosis),
        render_html(diagnosis),
        render_markdown(diagnosis),
        render_text(diagnosis, verbose=True),
    )
    assert not [report for report in reports if hidden in report]


@pytest.mark.parametrize(
    ("modalities", "code", "patch"),
    [
        ({}, "LA572", [{"op": "add", "path": "/DicomModalities/ctscanner9", "value": ["CTSCANNER9", "127.0.0.1", 104]}]),
        ({"c~t/1": ["CTSCANER9", "127.0.0.1", 104]}, "LA570",
         [{"op": "replace", "path": "/DicomModalities/c~0t~11/0", "value": "CTSCANNER9"}]),
        ({"CTSCANNER9": {"AET": "room2", "Host": "127.0.0.1", "Port": 104}}, "LA571",
         [{"op": "replace", "path": "/DicomModalities/CTSCANNER9/AET", "value": "CTSCANNER9"}]),
    ],
)  # fmt: skip
def test_a_refused_caller_is_looked_for_in_the_modalities(
    tmp_path: Path, modalities: dict[str, Any], code: str, patch: list[dict[str, Any]]
) -> None:
    diagnosis = diagnosed(REFUSED, altered(tmp_path, REFUSED, DicomModalities=modalities))
    found = of_code(diagnosis, code)
    assert (found.cause, found.severity, len(found.associations)) == ("calling-aet-unknown", "warning", 1)
    assert json.loads(found.actions[1].suggested or "") == patch
    assert diagnosis.findings[0].code == "LA110"
    assert diagnosis.headline == diagnosed(REFUSED).headline


def test_modalities_in_the_database_are_not_missed(tmp_path: Path) -> None:
    diagnosis = diagnosed(REFUSED, altered(tmp_path, REFUSED, DicomModalities={}, DicomModalitiesInDatabase=True))
    assert not [f for f in diagnosis.findings if f.code == "LA572"]


@pytest.mark.parametrize(
    ("sample", "code", "cause"),
    [
        ("modality-not-allowed-find-1.13.0-trace", "LA583", "modality-not-allowed"),
        ("modality-wrong-host-1.13.0-trace", "LA578", "modality-wrong-host"),
        ("connection-refused-echo-1.13.0-trace", "LA579", "connection-refused"),
        ("tls-plain-client-to-tls-server-1.13.0-trace", "LA581", "tls-plain-client-to-tls-server"),
        ("called-aet-mismatch-1.13.0-trace", "LA573", "called-aet-mismatch"),
    ],
)
def test_a_failure_is_led_back_to_the_line_of_the_configuration(sample: str, code: str, cause: str) -> None:
    diagnosis = diagnosed(sample)
    assert of_code(diagnosis, code).cause == cause
    assert diagnosis.findings[0].signature != "configuration"


def test_a_configuration_that_is_not_the_one_in_use_is_told(tmp_path: Path) -> None:
    path = altered(tmp_path, HEALTHY, DicomAet="ARCHIVE", DicomPort=104, DicomTlsEnabled=True)
    codes = {f.code for f in diagnosed(HEALTHY, path).findings}
    assert {"LA574", "LA575", "LA577"} <= codes


def test_the_command_names_file_and_line_and_a_bad_configuration_is_incomplete(tmp_path: Path) -> None:
    log = str(SAMPLES / REFUSED / "orthanc.log")
    good = CliRunner().invoke(cli, ["diagnose", log, "-v", "--config", str(SAMPLES / REFUSED / "orthanc.json")])
    assert good.exit_code == 1
    assert "warning[LA572]" in good.output
    assert "--> orthanc.json:" in good.output
    bad = CliRunner().invoke(cli, ["diagnose", log, "--config", str(tmp_path)])
    assert bad.exit_code == 4
    assert "without a file whose name ends in .json" in " ".join(bad.output.split())


def test_no_code_of_the_configuration_is_one_of_the_patterns() -> None:
    sources = Path(check.__file__).parent.glob("*.py")
    codes = {code for source in sources for code in re.findall(r'"(LA\d{3})"', source.read_text(encoding="utf-8"))}
    page = (SAMPLES.parent / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert codes == set(re.findall(r"LA\d{3}", page))
    assert codes == {name for name in texts().section("configuration") if name.startswith("LA")}
    assert not codes & {s.code for s in load_patterns().signatures}
