"""The conversations: real programs with many ways of logging, against a real Orthanc or a peer that misbehaves."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from tools.record.images import CT1, CT2, CT_JPEG, ROOT, Image
from tools.record.peers import DicomPeer, SocketPeer, aborting, silent
from tools.record.processes import Child, free_port
from tools.record.wire import LOOPBACK, Tap

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.record.lab import Lab
    from tools.record.wire import Connection

_SECONDS = 60
_STUDY = f"{ROOT}.1"

_LOG4CPLUS = """\
log4cplus.rootLogger = {level}, console
log4cplus.appender.console = log4cplus::ConsoleAppender
log4cplus.appender.console.logToStdErr = true
log4cplus.appender.console.layout = log4cplus::PatternLayout
log4cplus.appender.console.layout.ConversionPattern = {pattern}
"""
#: Of DCMTK's own ``logger.cfg`` and ``filelog.cfg``.
_STAMPED = "%D{%Y-%m-%d %H:%M:%S.%q} %5p: %m%n"
_NAMED = "%D{%Y-%m-%d %H:%M:%S.%q} %5p - %-8c{1} - %m%n"
_CLOCK = "%D{%H:%M:%S} %5p: %m%n"

_PYTHON = """\
import logging, sys
from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, debug_logger
from pynetdicom.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelFind, Verification
FORMAT = sys.argv[1]
if FORMAT == "debug_logger":
    debug_logger()
else:
    logging.basicConfig(format=FORMAT, level=logging.DEBUG, stream=sys.stderr)
port, calling, called, files = int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:]
ae = AE(ae_title=calling)
ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 3
for sop_class in (Verification, StudyRootQueryRetrieveInformationModelFind, CTImageStorage):
    ae.add_requested_context(sop_class)
association = ae.associate("127.0.0.1", port, ae_title=called)
if association.is_established:
    association.send_c_echo()
    for file in files:
        association.send_c_store(dcmread(file))
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID, keys.PatientID = "STUDY", "", ""
    for _ in association.send_c_find(keys, StudyRootQueryRetrieveInformationModelFind):
        pass
    if association.is_established:
        association.release()
"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """``run`` talks; ``cause`` is what this log can tell of what went wrong, ``healthy`` if nothing did.

    ``server``: the log is that of the side that is asked for associations.
    """

    name: str
    product: str
    cause: str
    run: Callable[[Stage], None]
    server: bool = False


class Stage:
    """What a conversation needs: an Orthanc, relays, and a place for its log."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.log = lab.folder / "peer.log"
        self.taps: list[Tap] = []

    def orthanc(self, **options: object) -> int:
        """Start Orthanc; the port to call."""
        self.lab.start(**options)
        return self.relay(self.lab.dicom_port)

    def knowing_client(self) -> int:
        """Start an Orthanc that knows CT_ROOM2; the port to call."""
        self.lab.modality("ct", "CT_ROOM2", free_port())
        return self.orthanc()

    def relay(self, port: int) -> int:
        """The port of a relay to ``port``."""
        tap = Tap((LOOPBACK, port))
        self.taps.append(tap)
        return tap.port

    def said(self) -> list[Connection]:
        """Close the relays; what went over them."""
        for tap in self.taps:
            tap.close()
        return [connection for tap in self.taps for connection in tap.connections]

    def say(self, *command: str) -> None:
        """Run a client; its output is the log."""
        Child(command, self.log, self.lab.folder).wait(_SECONDS)

    def layout(self, pattern: str, level: str = "DEBUG") -> tuple[str, ...]:
        """The option that gives a tool of DCMTK another layout."""
        path = self.lab.folder / "log4cplus.cfg"
        path.write_text(_LOG4CPLUS.format(pattern=pattern, level=level), encoding="ascii")
        return ("--log-config", str(path))

    def python(self, layout: str, port: int, calling: str, called: str, *files: str) -> None:
        """A client of pynetdicom."""
        self.say(sys.executable, "-c", _PYTHON, layout, str(port), calling, called, *files)

    def file(self, image: Image = CT1) -> str:
        """A DICOM file."""
        return str(image.write(self.lab.folder))


def _aets(aet: str = "CT_ROOM2", aec: str = "ORTHANC") -> tuple[str, ...]:
    return ("-aet", aet, "-aec", aec)


def send(stage: Stage) -> None:
    """Two objects are stored into Orthanc."""
    port = stage.orthanc()
    stage.say("storescu", "-v", "-R", *_aets(), LOOPBACK, str(port), stage.file(), stage.file(CT2))


def send_to_wrong_title(stage: Stage) -> None:
    """Orthanc, which looks at the called AET, is called by another one."""
    port = stage.orthanc(DicomCheckCalledAet=True)
    stage.say("storescu", "-R", *_aets(aec="WRONG_AET"), LOOPBACK, str(port), stage.file())


def ask_for_studies(stage: Stage, calling: str, *options: str) -> None:
    """C-FIND."""
    port = stage.orthanc()
    keys = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID")
    stage.say("findscu", *options, *_aets(calling), *keys, LOOPBACK, str(port))


def be_stored_to(stage: Stage, *options: str) -> None:
    """Orthanc asks storescp whether it is there, and stores into it."""
    port = free_port()
    server = Child(("storescp", *options, "-aet", "PACS", "--ignore", str(port)), stage.log, stage.lab.folder)
    _store_from_orthanc(stage, server, port, echo=True)


def _store_from_orthanc(stage: Stage, server: Child, port: int, *, echo: bool = False) -> None:
    server.wait_listening([port])
    stage.lab.modality("pacs", "PACS", stage.relay(port))
    stage.lab.start()
    identifier = stage.lab.upload()
    if echo:
        stage.lab.rest.post("/modalities/pacs/echo", {})
    stage.lab.rest.post("/modalities/pacs/store", identifier)
    time.sleep(0.5)
    server.stop()


def _storescu_default_rejected(stage: Stage) -> None:
    port = stage.orthanc(DicomCheckCalledAet=True)
    stage.say("storescu", *_aets(aec="WRONG_AET"), LOOPBACK, str(port), stage.file())


def _echoscu_trace(stage: Stage) -> None:
    port = stage.orthanc()
    stage.say("echoscu", "--log-level", "trace", *_aets(), LOOPBACK, str(port))


def _findscu_trace_aborted(stage: Stage) -> None:
    ask_for_studies(stage, "STRANGER", "--log-level", "trace")


def _storescu_stamped_rejected(stage: Stage) -> None:
    port = stage.orthanc(DicomCheckCalledAet=True)
    stage.say("storescu", *stage.layout(_STAMPED), "-R", *_aets(aec="WRONG_AET"), LOOPBACK, str(port), stage.file())


def _findscu_named_aborted(stage: Stage) -> None:
    ask_for_studies(stage, "STRANGER", *stage.layout(_NAMED))


def _storescu_clock(stage: Stage) -> None:
    port = stage.orthanc()
    stage.say("storescu", *stage.layout(_CLOCK, "INFO"), "-R", *_aets(), LOOPBACK, str(port), stage.file())


def _movescu_verbose(stage: Stage) -> None:
    port = stage.knowing_client()
    stage.lab.upload()
    keys = ("-S", "-aem", "NOWHERE", "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={_STUDY}")
    stage.say("movescu", "-v", *_aets(), *keys, LOOPBACK, str(port))


def _getscu_verbose(stage: Stage) -> None:
    port = stage.knowing_client()
    stage.lab.upload()
    keys = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={_STUDY}")
    stage.say("getscu", "-v", *_aets(), *keys, LOOPBACK, str(port))


def _dcmsend_verbose(stage: Stage) -> None:
    port = stage.orthanc()
    stage.say("dcmsend", "-v", *_aets(), LOOPBACK, str(port), stage.file(), stage.file(CT2))


def _storescu_cannot_convert(stage: Stage) -> None:
    port = stage.orthanc()
    stage.say("storescu", *_aets(), LOOPBACK, str(port), stage.file(CT_JPEG))


def _echoscu_refused(stage: Stage) -> None:
    stage.say("echoscu", "-v", *_aets(), LOOPBACK, str(free_port()))


def _echoscu_unknown_host(stage: Stage) -> None:
    stage.say("echoscu", "-v", *_aets(), "no-such-host.invalid", "4242")


def _echoscu_silence(stage: Stage) -> None:
    peer = SocketPeer(silent)
    port = stage.relay(peer.port)
    stage.say("echoscu", "-v", "-ta", "2", *_aets(), LOOPBACK, str(port))
    peer.close()


def _storescu_unanswered(stage: Stage) -> None:
    peer = DicomPeer((CTImageStorage,), (ExplicitVRLittleEndian,), stall=True)
    port = stage.relay(peer.port)
    stage.say("storescu", "-v", "-td", "2", "-R", *_aets(aec="PACS"), LOOPBACK, str(port), stage.file())
    peer.close()


def _storescu_out_of_resources(stage: Stage) -> None:
    peer = DicomPeer((CTImageStorage,), (ExplicitVRLittleEndian,), status=0xA700)
    port = stage.relay(peer.port)
    stage.say("storescu", "-v", "-R", *_aets(aec="PACS"), LOOPBACK, str(port), stage.file())
    peer.close()


def _python_formats(
    layout: str, calling: str = "CT_ROOM2", called: str = "ORTHANC", **options: object
) -> Callable[[Stage], None]:
    def run(stage: Stage) -> None:
        if calling == "CT_ROOM2":
            stage.lab.modality("ct", "CT_ROOM2", free_port())
        port = stage.orthanc(**options)
        stage.python(layout, port, calling, called, stage.file())

    return run


def _python_refused(stage: Stage) -> None:
    stage.python("%(levelname)s:%(name)s:%(message)s", free_port(), "CT_ROOM2", "ORTHANC")


def _python_silence(stage: Stage) -> None:
    peer = SocketPeer(silent)
    port = stage.relay(peer.port)
    stage.python("%(asctime)s %(levelname)-8s [%(name)s] %(message)s", port, "CT_ROOM2", "ORTHANC")
    peer.close()


def _python_aborted(stage: Stage) -> None:
    peer = SocketPeer(aborting)
    port = stage.relay(peer.port)
    stage.python("debug_logger", port, "CT_ROOM2", "ORTHANC")
    peer.close()


def _python_unanswered(stage: Stage) -> None:
    peer = DicomPeer((CTImageStorage,), (ExplicitVRLittleEndian,), stall=True)
    port = stage.relay(peer.port)
    stage.python("debug_logger", port, "CT_ROOM2", "PACS")
    peer.close()


def _python_application(program: str, *options: str, aet: str = "CT_ROOM2") -> Callable[[Stage], None]:
    def run(stage: Stage) -> None:
        port = stage.knowing_client()
        stage.lab.upload()
        files = (stage.file(),) if program == "storescu" else ()
        stage.say(sys.executable, "-m", "pynetdicom", program, *options, *_aets(aet), LOOPBACK, str(port), *files)

    return run


def _python_application_rejected(stage: Stage) -> None:
    port = stage.orthanc(DicomCheckCalledAet=True)
    stage.say(sys.executable, "-m", "pynetdicom", "echoscu", *_aets(aec="WRONG_AET"), LOOPBACK, str(port))


def _storescp_serving(stage: Stage) -> None:
    be_stored_to(stage, "-v")


def _python_serving(stage: Stage) -> None:
    port = free_port()
    command = (sys.executable, "-m", "pynetdicom", "storescp", "-d", "-aet", "PACS", "--ignore", str(port))
    _store_from_orthanc(stage, Child(command, stage.log, stage.lab.folder), port)


_FIND = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID=", "-k", "StudyInstanceUID=")
CONVERSATIONS = (
    Conversation("storescu-verbose", "dcmtk", "healthy", send),
    Conversation("storescu-default-called-aet", "dcmtk", "called-aet-mismatch", _storescu_default_rejected),
    Conversation("echoscu-trace", "dcmtk", "healthy", _echoscu_trace),
    Conversation("findscu-trace-calling-aet", "dcmtk", "calling-aet-unknown", _findscu_trace_aborted),
    Conversation("storescu-log4cplus-called-aet", "dcmtk", "called-aet-mismatch", _storescu_stamped_rejected),
    Conversation("findscu-filelog-calling-aet", "dcmtk", "calling-aet-unknown", _findscu_named_aborted),
    Conversation("storescu-log4cplus-clock", "dcmtk", "healthy", _storescu_clock),
    Conversation("movescu-verbose-destination", "dcmtk", "peer-move-status-failure", _movescu_verbose),
    Conversation("getscu-verbose", "dcmtk", "healthy", _getscu_verbose),
    Conversation("dcmsend-verbose", "dcmtk", "healthy", _dcmsend_verbose),
    Conversation("storescu-default-cannot-convert", "dcmtk", "client-gives-up", _storescu_cannot_convert),
    Conversation("echoscu-verbose-refused", "dcmtk", "connection-refused", _echoscu_refused),
    Conversation("echoscu-verbose-unknown-host", "dcmtk", "hostname-unknown", _echoscu_unknown_host),
    Conversation("echoscu-verbose-silence", "dcmtk", "association-timeout", _echoscu_silence),
    Conversation("storescu-verbose-unanswered", "dcmtk", "dimse-timeout", _storescu_unanswered),
    Conversation("storescu-verbose-refused-object", "dcmtk", "peer-store-status-failure", _storescu_out_of_resources),
    Conversation("storescp-verbose", "dcmtk", "healthy", _storescp_serving, server=True),
    Conversation(
        "pynetdicom-asctime", "pynetdicom", "healthy",
        _python_formats("%(asctime)s - %(name)s - %(levelname)s - %(message)s"),
    ),
    Conversation("pynetdicom-basicconfig-calling-aet", "pynetdicom", "calling-aet-unknown",
                 _python_formats("%(levelname)s:%(name)s:%(message)s", "STRANGER")),
    Conversation("pynetdicom-debug-called-aet", "pynetdicom", "called-aet-mismatch",
                 _python_formats("debug_logger", called="WRONG_AET", DicomCheckCalledAet=True)),
    Conversation("pynetdicom-basicconfig-refused", "pynetdicom", "connection-refused", _python_refused),
    Conversation("pynetdicom-asctime-silence", "pynetdicom", "association-timeout", _python_silence),
    Conversation("pynetdicom-debug-aborted", "pynetdicom", "peer-aborted", _python_aborted),
    Conversation("pynetdicom-debug-unanswered", "pynetdicom", "dimse-timeout", _python_unanswered),
    Conversation("pynetdicom-app-echoscu", "pynetdicom", "healthy", _python_application("echoscu", "-v")),
    Conversation("pynetdicom-app-storescu", "pynetdicom", "healthy", _python_application("storescu", "-d", "-cx")),
    Conversation("pynetdicom-app-findscu", "pynetdicom", "healthy", _python_application("findscu", "-v", *_FIND)),
    Conversation("pynetdicom-app-default-called-aet", "pynetdicom", "called-aet-mismatch",
                 _python_application_rejected),
    Conversation("pynetdicom-app-storescp", "pynetdicom", "healthy", _python_serving, server=True),
)  # fmt: skip
