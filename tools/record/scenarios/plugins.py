"""Plugins of Debian that refuse to start, or whose server is away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.record.processes import RecordingError
from tools.record.scenario import Scenario
from tools.record.scenarios.healthy import WORKLIST_PLUGIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.record.lab import Lab

_FOLDER = "/usr/share/orthanc/plugins"


def _in_vain(plugin: str, **options: Any) -> Callable[[Lab], None]:  # noqa: ANN401
    """Orthanc with a plugin; whether it gives up or starts without it is for the log to tell."""

    def run(lab: Lab) -> None:
        lab.configure(Plugins=[f"{_FOLDER}/{plugin}"], **options)
        child = lab.launch(lab.write_configuration())
        try:
            child.wait_listening([lab.http_port], 40)
        except RecordingError:
            if child.exit_status is None:
                child.stop()

    return run


def _python(text: str, name: str) -> Callable[[Lab], None]:
    def run(lab: Lab) -> None:
        script = lab.folder / name
        script.write_text(text, encoding="ascii")
        _in_vain("libOrthancPython.so", PythonScript=str(script))(lab)

    return run


def _library_missing(lab: Lab) -> None:
    """A plugin that was built for another system: it names a version of JsonCpp that is not installed."""
    plugin = lab.folder / "libModalityWorklists.so"
    plugin.write_bytes(re.sub(rb"libjsoncpp\.so\.\d\d", b"libjsoncpp.so.99", Path(WORKLIST_PLUGIN).read_bytes()))
    lab.configure(Plugins=[str(plugin)])
    lab.start_in_vain()


_SERVER = {"EnableIndex": True, "EnableStorage": False, "Host": "127.0.0.1", "Database": "orthanc"}
_LOGIN = {"Username": "orthanc", "Password": "orthanc", "MaximumConnectionRetries": 1}
_POSTGRESQL = {**_SERVER, **_LOGIN, "Port": 5499, "EnableSsl": False}
_MYSQL = {**_SERVER, **_LOGIN, "Port": 3399}

SCENARIOS = (
    Scenario(
        "plugin-lacks-library",
        "plugin-load-failure",
        "A plugin needs a shared library that is not installed.",
        _library_missing,
        ("cannot open shared object file", "Uncaught exception, stopping now"),
        "start-up",
        "the plugin for this system, or install its libraries",
    ),
    Scenario(
        "postgresql-away",
        "database-unavailable",
        "The index is in PostgreSQL, and no server listens.",
        _in_vain("libOrthancPostgreSQLIndex.so", PostgreSQL=_POSTGRESQL),
        ("PostgreSQL", "database"),
        "start-up",
        "PostgreSQL.Host, PostgreSQL.Port, or start the server",
    ),
    Scenario(
        "mysql-away",
        "database-unavailable",
        "The index is in MySQL, and no server listens.",
        _in_vain("libOrthancMySQLIndex.so", MySQL=_MYSQL),
        ("MySQL", "database"),
        "start-up",
        "MySQL.Host, MySQL.Port, or start the server",
    ),
    Scenario(
        "postgresql-unconfigured",
        "plugin-initialization-failure",
        "The PostgreSQL plugin is loaded with a section that lacks what it needs.",
        _in_vain("libOrthancPostgreSQLIndex.so", PostgreSQL={"EnableIndex": True, "Port": "many"}),
        ("PostgreSQL", "Bad", "plugin"),
        "start-up",
        "PostgreSQL",
        acceptable=("plugin-initialization-failure", "configuration-bad-value", "database-unavailable"),
    ),
    Scenario(
        "python-syntax-error",
        "python-plugin-exception",
        "A Python plugin's script does not parse.",
        _python("import orthanc\ndef broken(:\n    pass\n", "broken.py"),
        ("installation of the Python script", "SyntaxError"),
        "start-up",
        "PythonScript",
    ),
    Scenario(
        "python-exception",
        "python-plugin-exception",
        "A Python plugin's script raises when it is loaded.",
        _python("import orthanc\nraise RuntimeError('no licence found')\n", "raising.py"),
        ("installation of the Python script", "RuntimeError"),
        "start-up",
        "PythonScript",
    ),
    Scenario(
        "python-script-missing",
        "python-plugin-exception",
        "The script of the Python plugin does not exist.",
        _in_vain("libOrthancPython.so", PythonScript="/srv/nowhere.py"),
        ("nowhere.py", "Python"),
        "start-up",
        "PythonScript",
        acceptable=("python-plugin-exception", "configuration-file-missing", "plugin-initialization-failure"),
    ),
    Scenario(
        "dicomweb-bad-root",
        "configuration-bad-value",
        "DicomWeb.Root is a number.",
        _in_vain("libOrthancDicomWeb.so", DicomWeb={"Enable": True, "Root": 7}),
        ("DicomWeb", "Bad"),
        "start-up",
        "DicomWeb.Root",
        acceptable=("configuration-bad-value", "plugin-initialization-failure"),
    ),
)
