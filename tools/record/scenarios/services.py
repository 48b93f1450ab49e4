"""Services beside storage and query: C-GET, storage commitment, Lua routing, log levels set while Orthanc runs."""

from __future__ import annotations

import contextlib
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, build_role, evt

from tools.record import clients
from tools.record.clients import CT_ROOM
from tools.record.images import CT1, ROOT
from tools.record.peers import DicomPeer
from tools.record.processes import RecordingError, free_port
from tools.record.raw_client import ACCEPTED, require
from tools.record.scenario import HEALTHY, Scenario
from tools.record.scenarios.healthy import STUDY, expect
from tools.record.scenarios.outgoing import failing
from tools.record.sop_classes import STUDY_ROOT_FIND, STUDY_ROOT_GET, VERIFICATION
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from tools.record.lab import Lab

_COMMITMENT = "1.2.840.10008.1.20.1"
_COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"
_SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
_SECONDS = 30
_PYTHON_AUTOROUTE = """\
import json
import orthanc


def on_change(change, level, resource):
    if change == orthanc.ChangeType.NEW_INSTANCE:
        orthanc.RestApiPost("/modalities/archive/store", json.dumps([resource]))


orthanc.RegisterOnChangeCallback(on_change)
"""
_AUTOROUTE = """\
function OnStoredInstance(instanceId, tags, metadata, origin)
  SendToModality(instanceId, 'archive')
end
"""
_AUTOROUTE_BY_REST = """\
function OnStoredInstance(instanceId, tags, metadata, origin)
  RestApiPost('/modalities/archive/store', instanceId)
end
"""


# ---- C-GET


def _get(lab: Lab, **options: Any) -> None:  # noqa: ANN401
    lab.configure(**options)
    lab.start()
    lab.upload(CT1)
    clients.get_in_vain(lab, *STUDY)


def _get_not_allowed(lab: Lab) -> None:
    lab.modality("ct", CT_ROOM, lab.port(), AllowGet=False)
    _get(lab)


def _get_without_role(lab: Lab) -> None:
    """The client forgets to propose that it takes the role of the SCP, and then refuses what comes."""
    lab.modality("ct", CT_ROOM, lab.port())
    lab.start()
    lab.upload(CT1)
    entity = AE(ae_title=CT_ROOM)
    entity.add_requested_context(STUDY_ROOT_GET)
    entity.add_requested_context(CTImageStorage, list(_SYNTAXES))
    asked = entity.associate(LOOPBACK, lab.entrance(), ae_title="ORTHANC")
    wanted = Dataset()
    wanted.QueryRetrieveLevel, wanted.StudyInstanceUID = "STUDY", f"{ROOT}.1"
    for _ in asked.send_c_get(wanted, STUDY_ROOT_GET):
        pass
    asked.release()


def _get_out(fails: bool, lab: Lab) -> None:
    """Orthanc retrieves by C-GET, from 1.12.6 on."""
    if fails:
        port = lab.dicom_peer(DicomPeer((STUDY_ROOT_FIND,), _SYNTAXES))
    else:
        port = clients.query_server(lab, (CT1.write(lab.folder),))
    lab.modality("pacs", "PACS", lab.exit(port))
    lab.start()
    wanted = {"Level": "Study", "Resources": [{"StudyInstanceUID": f"{ROOT}.1"}], "Synchronous": True}
    answer = lab.rest.post("/modalities/pacs/get", wanted)
    if fails:
        failing(answer)
    else:
        expect(answer)


# ---- storage commitment


class _Reports:
    """Takes the reports (N-EVENT-REPORT) of storage commitment."""

    def __init__(self) -> None:
        entity = AE(ae_title=CT_ROOM)
        entity.add_supported_context(_COMMITMENT, list(_SYNTAXES), scu_role=True, scp_role=True)
        self.port = free_port()
        self.came = threading.Event()
        handlers: list[Any] = [(evt.EVT_N_EVENT_REPORT, self._take)]
        entity.start_server((LOOPBACK, self.port), block=False, evt_handlers=handlers)
        self._entity = entity

    def _take(self, _event: evt.Event) -> tuple[int, None]:
        self.came.set()
        return 0x0000, None

    def close(self) -> None:
        """Stop listening."""
        self._entity.shutdown()


def _ask_commitment(lab: Lab, instance: str, calling: str = CT_ROOM) -> None:
    """N-ACTION of storage commitment for one instance."""
    entity = AE(ae_title=calling)
    entity.add_requested_context(_COMMITMENT, list(_SYNTAXES))
    asked = entity.associate(LOOPBACK, lab.entrance(), ae_title="ORTHANC")
    if not asked.is_established:
        message = "Orthanc did not accept the association for storage commitment"
        raise RecordingError(message)
    information, reference = Dataset(), Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, instance
    information.TransactionUID = f"{ROOT}.500.1"
    information.ReferencedSOPSequence = [reference]
    with contextlib.suppress(RuntimeError, ValueError):
        asked.send_n_action(information, 1, _COMMITMENT, _COMMITMENT_INSTANCE)
    if asked.is_established:
        asked.release()


def _commitment_in(instance: str, lab: Lab) -> None:
    reports = _Reports()
    lab.modality("ct", CT_ROOM, lab.exit(reports.port))
    lab.start()
    lab.upload(CT1)
    _ask_commitment(lab, instance)
    reports.came.wait(_SECONDS)
    time.sleep(1)
    reports.close()


def _commitment_undeliverable(lab: Lab) -> None:
    port = lab.port()
    lab.modality("ct", CT_ROOM, port)
    lab.start()
    lab.upload(CT1)
    with lab.attempt("tcp-refused", CT_ROOM, port):
        _ask_commitment(lab, CT1.instance_uid)
        time.sleep(2)


def _commitment_of_stranger(lab: Lab) -> None:
    lab.start()
    lab.upload(CT1)
    _ask_commitment(lab, CT1.instance_uid, "STRANGER")
    time.sleep(1)


def _commitment_out_unsupported(lab: Lab) -> None:
    lab.modality("pacs", "PACS", lab.exit(clients.storescp(lab)))
    lab.start()
    wanted = {"DicomInstances": [[CTImageStorage, CT1.instance_uid]], "Timeout": 5}
    failing(lab.rest.post("/modalities/pacs/storage-commitment", wanted))


def _commitment_out(failures: bool, lab: Lab) -> None:
    """Orthanc asks a PACS for storage commitment; the PACS reports on an association of its own."""
    archive = _Archive(lab.entrance(), failures)
    lab.modality("pacs", "PACS", lab.exit(archive.port))
    lab.start()
    expect(
        lab.rest.post("/modalities/pacs/storage-commitment", {"DicomInstances": [[CTImageStorage, CT1.instance_uid]]})
    )
    archive.reported.wait(_SECONDS)
    time.sleep(1)
    archive.close()


class _Archive:
    """Takes requests for storage commitment and reports to Orthanc a moment later."""

    def __init__(self, orthanc: int, failures: bool) -> None:
        self._orthanc = orthanc
        self._failures = failures
        self.reported = threading.Event()
        self.port = free_port()
        self._entity = AE(ae_title="PACS")
        self._entity.add_supported_context(_COMMITMENT, list(_SYNTAXES))
        handlers: list[Any] = [(evt.EVT_N_ACTION, self._take)]
        self._entity.start_server((LOOPBACK, self.port), block=False, evt_handlers=handlers)

    def _take(self, event: evt.Event) -> tuple[int, None]:
        threading.Timer(0.5, self._report, [event.action_information]).start()
        return 0x0000, None

    def _report(self, asked: Dataset) -> None:
        report = Dataset()
        report.TransactionUID = asked.TransactionUID
        instances = list(asked.ReferencedSOPSequence)
        if self._failures:
            for one in instances:
                one.FailureReason = 0x0112
            report.FailedSOPSequence = instances
        else:
            report.ReferencedSOPSequence = instances
        caller = AE(ae_title="PACS")
        caller.add_requested_context(_COMMITMENT, list(_SYNTAXES))
        role = build_role(_COMMITMENT, scu_role=False, scp_role=True)
        association = caller.associate(LOOPBACK, self._orthanc, ae_title="ORTHANC", ext_neg=[role])
        association.send_n_event_report(report, 2 if self._failures else 1, _COMMITMENT, _COMMITMENT_INSTANCE)
        association.release()
        self.reported.set()

    def close(self) -> None:
        """Stop listening."""
        self._entity.shutdown()


# ---- others


def _python_routing(lab: Lab) -> None:
    """A Python script sends whatever comes in to an archive that is down, and does not catch the exception."""
    port = lab.port()
    script = lab.folder / "route.py"
    script.write_text(_PYTHON_AUTOROUTE, encoding="ascii")
    lab.modality("archive", "ARCHIVE", port)
    lab.start(Plugins=["/usr/share/orthanc/plugins/libOrthancPython.so"], PythonScript=str(script))
    with lab.attempt("tcp-refused", "ARCHIVE", port):
        clients.store(lab, CT1.write(lab.folder))
        time.sleep(2)


def _lua_routing(code: str, lab: Lab) -> None:
    """A Lua script sends whatever comes in to an archive that is down."""
    port = lab.port()
    script = lab.folder / "route.lua"
    script.write_text(code, encoding="ascii")
    lab.modality("archive", "ARCHIVE", port)
    lab.start(LuaScripts=[str(script)])
    with lab.attempt("tcp-refused", "ARCHIVE", port):
        clients.store(lab, CT1.write(lab.folder))
        time.sleep(2)


def _lua_routing_works(lab: Lab) -> None:
    """A Lua script sends an image to an archive; Orthanc keeps that association open until it stops."""
    script = lab.folder / "route.lua"
    script.write_text(_AUTOROUTE, encoding="ascii")
    lab.modality("archive", "ARCHIVE", lab.exit(clients.storescp(lab, aet="ARCHIVE")))
    lab.start(LuaScripts=[str(script)])
    clients.store(lab, CT1.write(lab.folder))
    time.sleep(2)


def _level_set_at_run_time(lab: Lab) -> None:
    """The level is raised, a client is turned away, and the level is lowered again."""
    lab.start(DicomCheckCalledAet=True)
    expect(lab.rest.call("PUT", "/tools/log-level", b"trace"))
    clients.echo(lab)
    clients.echo(lab, aec="OTHER", fails=True)
    expect(lab.rest.call("PUT", "/tools/log-level", b"default"))


def _killed_mid_store(lab: Lab) -> None:
    """Orthanc is killed while an image comes in: the log simply ends."""
    child = lab.start()
    clients.echo(lab)
    client = lab.raw_client()
    require(client.associate(CT_ROOM, "ORTHANC", [CTImageStorage, VERIFICATION]), ACCEPTED)
    client.begin_store(CTImageStorage, CT1.instance_uid, CT1.write(lab.folder).read_bytes()[400:2400])
    time.sleep(0.5)
    child.kill()
    time.sleep(0.5)


SCENARIOS = (
    Scenario(
        "get-by-stranger",
        "calling-aet-unknown",
        "C-GET from an AET that is not in DicomModalities.",
        _get,
        ("DICOM authorization rejected", "Rejected Get request"),
        "C-GET",
        "DicomModalities, DicomAlwaysAllowGet",
    ),
    Scenario(
        "get-without-role",
        "peer-store-status-failure",
        "C-GET without the role of the SCP: the client refuses the C-STOREs that come back.",
        _get_without_role,
        ("C-GET SCP: Store Failed", "Store Request Failed"),
        "C-GET",
        "at the client",
        acceptable=("peer-store-status-failure", "client-gives-up", "move-suboperation-failed"),
    ),
    Scenario(
        "modality-not-allowed-get",
        "modality-not-allowed",
        "The AET is in DicomModalities with AllowGet false.",
        _get_not_allowed,
        ("DICOM authorization rejected", "Rejected Get request"),
        "C-GET",
        "DicomModalities.ct.AllowGet",
        acceptable=("modality-not-allowed", "calling-aet-unknown"),
    ),
    Scenario("healthy-get-out", HEALTHY, "C-GET from Orthanc to a PACS.", partial(_get_out, False), minimum=(1, 12, 6)),
    Scenario(
        "get-not-supported-out",
        "unsupported-sop-class",
        "The peer does not serve C-GET.",
        partial(_get_out, True),
        ("C-GET", "No acceptable presentation context"),
        "C-GET",
        "at the peer",
        minimum=(1, 12, 6),
    ),
    Scenario(
        "healthy-commitment-in",
        HEALTHY,
        "A modality asks for storage commitment and gets its report.",
        partial(_commitment_in, CT1.instance_uid),
    ),
    Scenario(
        "commitment-of-missing-instance",
        "storage-commitment-failed",
        "Storage commitment of an instance that Orthanc does not have.",
        partial(_commitment_in, f"{ROOT}.9.9.9"),
        ("Storage commitment SCP job: ", "1 failures"),
        "N-ACTION",
        "at the modality: send the instance again",
    ),
    Scenario(
        "commitment-report-refused",
        "storage-commitment-report-undeliverable",
        "Nothing listens where the modality should take the report.",
        _commitment_undeliverable,
        ("Error in the network protocol", "Connection refused"),
        "N-EVENT-REPORT",
        "DicomModalities.ct (host, port)",
        acceptable=("storage-commitment-report-undeliverable", "connection-refused"),
    ),
    Scenario(
        "commitment-of-stranger",
        "calling-aet-unknown",
        "Storage commitment for an AET that is not in DicomModalities.",
        _commitment_of_stranger,
        ("Unknown modality for AET", "DICOM authorization rejected", "storage commitment"),
        "N-ACTION",
        "DicomModalities",
        acceptable=("calling-aet-unknown", "storage-commitment-failed"),
    ),
    Scenario(
        "commitment-not-supported-out",
        "unsupported-sop-class",
        "The peer does not serve storage commitment.",
        _commitment_out_unsupported,
        ("No acceptable presentation context", "Error in the network protocol"),
        "N-ACTION",
        "at the peer",
        acceptable=("unsupported-sop-class", "storage-commitment-failed"),
    ),
    Scenario(
        "commitment-refused-by-peer",
        "storage-commitment-failed",
        "A PACS takes Orthanc's request and reports that it does not hold the instance (0x0112).",
        partial(_commitment_out, True),
        ("(failure 1/1)",),
        "N-EVENT-REPORT",
        "send the instance again",
    ),
    Scenario(
        "healthy-commitment-out",
        HEALTHY,
        "A PACS commits to an instance on Orthanc's request.",
        partial(_commitment_out, False),
    ),
    Scenario(
        "python-routing-refused",
        "connection-refused",
        "A Python script sends every image to an archive that is down.",
        _python_routing,
        ("Connection refused", "Error in the network protocol"),
        "C-STORE",
        "DicomModalities.archive (host, port), or start the archive",
    ),
    Scenario(
        "lua-routing-refused",
        "connection-refused",
        "A Lua script sends every image to an archive that is down.",
        partial(_lua_routing, _AUTOROUTE),
        ("Connection refused", "Error in the network protocol"),
        "C-STORE",
        "DicomModalities.archive (host, port), or start the archive",
    ),
    Scenario(
        "lua-rest-call-refused",
        "connection-refused",
        "A Lua script sends every image by the REST API to an archive that is down.",
        partial(_lua_routing, _AUTOROUTE_BY_REST),
        ("Connection refused", "Error in the network protocol"),
        "C-STORE",
        "DicomModalities.archive (host, port), or start the archive",
    ),
    Scenario(
        "level-set-at-run-time",
        "called-aet-mismatch",
        "The log level is raised by REST, a client calls the wrong AET, the level is lowered.",
        _level_set_at_run_time,
        ("bad called AET",),
        "C-ECHO",
        "the called AET at the modality",
    ),
    Scenario("healthy-lua-routing", HEALTHY, "A Lua script sends what comes in to an archive.", _lua_routing_works),
    Scenario("healthy-killed-mid-store", HEALTHY, "Orthanc is killed while an image comes in.", _killed_mid_store),
)
