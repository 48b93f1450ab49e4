"""Orthanc does not start, or starts without something."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

from tools.record import clients
from tools.record.images import CT1, CT_LARGE
from tools.record.processes import RecordingError, free_port
from tools.record.scenario import HEALTHY, Scenario
from tools.record.scenarios.healthy import expect

if TYPE_CHECKING:
    from pathlib import Path

    from tools.record.lab import Lab

_STOPPING = "Uncaught exception, stopping now"


def _dicom_port_in_use(lab: Lab) -> None:
    with socket.create_server(("", lab.dicom_port)):
        lab.start_in_vain()


def _http_port_in_use(lab: Lab) -> None:
    with socket.create_server(("", lab.http_port)):
        lab.start_in_vain()


def _syntax_error(lab: Lab) -> None:
    path = lab.write_configuration()
    path.write_text(path.read_text(encoding="utf-8").replace(",", "", 1), encoding="utf-8")
    lab.start_in_vain(path)


def _file_missing(lab: Lab) -> None:
    lab.start_in_vain(lab.folder / "nosuch.json")


def _wrong_type(lab: Lab) -> None:
    lab.configure(DicomPort="4242")
    lab.start_in_vain()


def _aet_too_long(lab: Lab) -> None:
    lab.configure(DicomAet="ORTHANC_OF_THE_HOSPITAL")
    lab.start_in_vain()


def _duplicate_option(lab: Lab) -> None:
    folder = lab.folder / "configuration"
    folder.mkdir()
    shutil.copy(lab.write_configuration(), folder / "1.json")
    (folder / "2.json").write_text('{ "DicomPort": 4243 }\n', encoding="utf-8")
    lab.start_in_vain(folder)


def _lua_syntax(lab: Lab) -> None:
    script = lab.folder / "rules.lua"
    script.write_text(
        "function OnStoredInstance(instanceId, tags, metadata\n  print('stored')\nend\n", encoding="utf-8"
    )
    lab.configure(LuaScripts=[str(script)])
    lab.start_in_vain()


def _lua_runtime(lab: Lab) -> None:
    script = lab.folder / "rules.lua"
    script.write_text(
        "function OnStoredInstance(instanceId, tags, metadata)\n  local x = nothing.field\nend\n", encoding="utf-8"
    )
    lab.start(LuaScripts=[str(script)])
    clients.store(lab, CT1.write(lab.folder))
    time.sleep(1)


def _lua_heart_beat(lab: Lab) -> None:
    """The periodic callback fails, and with it the process: nothing catches the exception in its thread."""
    script = lab.folder / "rules.lua"
    script.write_text("function OnHeartBeat()\n  error('the RIS does not answer')\nend\n", encoding="utf-8")
    child = lab.start(LuaScripts=[str(script)], LuaHeartBeatPeriod=1)
    child.wait(30)


def _ingest_transcoding(lab: Lab) -> None:
    lab.configure(IngestTranscoding="1.2.840.10008.1.2.4.99")
    lab.start_in_vain()


def _tag_unknown(lab: Lab) -> None:
    lab.configure(Dictionary={"0014-zzzz": ["DA", "ValidationExpiryDate", 1, 1]})
    lab.start_in_vain()


def _https_certificate(lab: Lab) -> None:
    certificate = lab.folder / "https.pem"
    certificate.write_text("no certificate\n", encoding="utf-8")
    lab.configure(SslEnabled=True, SslCertificate=str(certificate))
    lab.start_in_vain()


def _lua_missing(lab: Lab) -> None:
    lab.configure(LuaScripts=[str(lab.folder / "nosuch.lua")])
    lab.start_in_vain()


def _plugin_missing(lab: Lab) -> None:
    lab.configure(Plugins=["/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so"])
    child = lab.launch(lab.write_configuration())
    try:
        child.wait_listening([lab.http_port])
    except RecordingError:
        return
    time.sleep(0.5)


def _no_plugin(lab: Lab) -> None:
    plugin = lab.folder / "plugin.so"
    plugin.write_text("no library\n", encoding="utf-8")
    lab.configure(Plugins=[str(plugin)])
    lab.start_in_vain()


def _database_locked(lab: Lab) -> None:
    """Two Orthancs on one index; the log is the second one's."""
    first_ports = {"DicomPort": free_port(), "HttpPort": free_port()}
    path = lab.write_configuration()
    second = path.read_bytes()
    lab.configure(**first_ports)
    first = lab.write_configuration().rename(lab.folder / "first.json")
    path.write_bytes(second)
    other = lab.launch(first, lab.folder / "peer-orthanc.log", ())
    other.wait_listening(tuple(first_ports.values()))
    lab.configure(DicomPort=lab.dicom_port, HttpPort=lab.http_port)
    lab.start_in_vain(path)
    other.stop()


def _storage_below_file(lab: Lab) -> None:
    (lab.folder / "storage").write_text("a file, not a folder\n", encoding="utf-8")
    lab.start_in_vain()


def _storage_area_below_file(lab: Lab) -> None:
    (lab.folder / "file").write_text("a file, not a folder\n", encoding="utf-8")
    lab.configure(IndexDirectory=str(lab.folder / "index"), StorageDirectory=str(lab.folder / "file" / "storage"))
    lab.start_in_vain()


def _storage_read_only(lab: Lab) -> None:
    """The storage area is on a file system that is mounted read-only; the index is elsewhere."""
    storage = lab.folder / "storage"
    storage.mkdir()
    _run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(storage))
    try:
        child = lab.launch(_with_index_elsewhere(lab))
        child.wait_listening([lab.http_port, lab.dicom_port])
        clients.store(lab, CT1.write(lab.folder), fails=None, options=("-R", "-td", "5"))
        child.stop()
    finally:
        _run("umount", "-l", str(storage))


def _disk_full(lab: Lab) -> None:
    """The storage area is on a file system of 1 MB; the index is elsewhere."""
    storage = lab.folder / "storage"
    storage.mkdir()
    _run("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(storage))
    try:
        child = lab.launch(_with_index_elsewhere(lab))
        child.wait_listening([lab.http_port, lab.dicom_port])
        clients.store(lab, CT_LARGE.write(lab.folder), fails=None)
        child.stop()
    finally:
        _run("umount", "-l", str(storage))


def _with_index_elsewhere(lab: Lab) -> Path:
    lab.configure(IndexDirectory=str(lab.folder / "index"), StorageCompression=False)
    return lab.write_configuration()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = f"{' '.join(command)} failed: {done.stderr.strip()}"
        raise RecordingError(message)


def _dicom_disabled(lab: Lab) -> None:
    lab.start(DicomServerEnabled=False)
    expect(lab.rest.get("/system"))


def _restarted(lab: Lab) -> None:
    """The same log goes on after a stop, then after a crash."""
    first = lab.start()
    clients.echo(lab)
    first.stop()
    second = lab.start()
    clients.echo(lab)
    second.kill()
    lab.start()
    clients.echo(lab)


def _refuses(name: str, cause: str, description: str, run: object, keys: tuple[str, ...], fix: str) -> Scenario:
    return Scenario(name, cause, description, run, (*keys, _STOPPING), "startup", fix)  # type: ignore[arg-type]


SCENARIOS = (
    _refuses(
        "dicom-port-in-use",
        "dicom-port-in-use",
        "Another process listens on DicomPort.",
        _dicom_port_in_use,
        ("TCP port of the DICOM server is privileged or already in use",),
        "DicomPort, or stop the other process",
    ),
    _refuses(
        "http-port-in-use",
        "http-port-in-use",
        "Another process listens on HttpPort.",
        _http_port_in_use,
        ("TCP port of the HTTP server is privileged or already in use",),
        "HttpPort, or stop the other process",
    ),
    _refuses(
        "configuration-syntax-error",
        "configuration-syntax-error",
        "A comma is missing in the configuration file.",
        _syntax_error,
        ("does not follow the JSON syntax", "Cannot parse JSON"),
        "the configuration file",
    ),
    _refuses(
        "configuration-file-missing",
        "configuration-file-missing",
        "The configuration file does not exist.",
        _file_missing,
        ("Inexistent path to configuration",),
        "the command line",
    ),
    _refuses(
        "configuration-wrong-type",
        "configuration-bad-value",
        "DicomPort is a string.",
        _wrong_type,
        ("must be an integer",),
        "DicomPort",
    ),
    _refuses(
        "configuration-aet-too-long",
        "configuration-bad-value",
        "DicomAet is longer than 16 characters.",
        _aet_too_long,
        ("application entity title",),
        "DicomAet",
    ),
    _refuses(
        "configuration-duplicate-option",
        "configuration-duplicate-option",
        "Two files of the configuration folder hold DicomPort.",
        _duplicate_option,
        ("different configuration files",),
        "the configuration folder",
    ),
    _refuses(
        "lua-syntax-error",
        "lua-script-error",
        "A Lua script does not parse.",
        _lua_syntax,
        ("Cannot execute a Lua command",),
        "LuaScripts",
    ),
    Scenario(
        "lua-runtime-error",
        "lua-script-error",
        "A Lua callback fails while an image is stored.",
        _lua_runtime,
        ("Error while executing Lua script", "Cannot execute a Lua command"),
        "Lua callback",
        "LuaScripts",
    ),
    Scenario(
        "lua-heart-beat-fails",
        "lua-script-error",
        "The Lua callback OnHeartBeat fails, and Orthanc dies of it.",
        _lua_heart_beat,
        ("Cannot execute a Lua command", "terminate called"),
        "Lua callback",
        "LuaScripts",
        minimum=(1, 11, 1),
    ),
    _refuses(
        "configuration-ingest-transcoding",
        "configuration-bad-value",
        "IngestTranscoding names no transfer syntax.",
        _ingest_transcoding,
        ("Unknown transfer syntax for ingest transcoding",),
        "IngestTranscoding",
    ),
    _refuses(
        "configuration-tag-unknown",
        "configuration-bad-value",
        "An entry of Dictionary is not for a tag.",
        _tag_unknown,
        ("Unknown DICOM tag",),
        "Dictionary",
    ),
    _refuses(
        "https-certificate-damaged",
        "tls-configuration",
        "The file of SslCertificate holds no certificate.",
        _https_certificate,
        ("OpenSSL error", "Cannot initialize SSL encryption"),
        "SslCertificate",
    ),
    _refuses(
        "lua-script-missing",
        "lua-script-error",
        "A Lua script does not exist.",
        _lua_missing,
        ("regular file", "nosuch.lua"),
        "LuaScripts",
    ),
    _refuses(
        "plugin-missing",
        "plugin-load-failure",
        "A plugin's file does not exist.",
        _plugin_missing,
        ("Inexistent path to plugins",),
        "Plugins",
    ),
    _refuses(
        "plugin-not-a-library",
        "plugin-load-failure",
        "A plugin's file is no shared library.",
        _no_plugin,
        ("dlopen", "shared library"),
        "Plugins",
    ),
    _refuses(
        "database-locked",
        "database-locked",
        "Another Orthanc uses the same index.",
        _database_locked,
        ("database is locked",),
        "IndexDirectory",
    ),
    _refuses(
        "storage-below-file",
        "storage-permission",
        "StorageDirectory is a regular file, so no folder can be made there.",
        _storage_below_file,
        ("is not a directory", "Unable to open the database", "not a directory"),
        "StorageDirectory",
    ),
    _refuses(
        "storage-area-below-file",
        "storage-permission",
        "StorageDirectory lies below a regular file; the index is elsewhere.",
        _storage_area_below_file,
        ("Uncaught exception, stopping now",),
        "StorageDirectory",
    ),
    Scenario(
        "storage-read-only",
        "storage-read-only",
        "The storage area is mounted read-only.",
        _storage_read_only,
        ("Read-only file system", "Error while accessing the filesystem", "Exception while storing DICOM"),
        "C-STORE",
        "StorageDirectory",
        needs_root=True,
    ),
    Scenario(
        "disk-full",
        "disk-full",
        "The file system of the storage area is full.",
        _disk_full,
        ("No space left", "Cannot write to file", "Exception while storing DICOM"),
        "C-STORE",
        "StorageDirectory",
        needs_root=True,
    ),
    Scenario(
        "dicom-server-disabled",
        "dicom-server-disabled",
        "DicomServerEnabled is false.",
        _dicom_disabled,
        ("The DICOM server is disabled",),
        "association",
        "DicomServerEnabled",
    ),
    Scenario(
        "healthy-restarted",
        HEALTHY,
        "Orthanc is stopped, started, killed and started again, all in one log.",
        _restarted,
    ),
)
