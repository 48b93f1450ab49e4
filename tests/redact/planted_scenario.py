"""Runs a real Orthanc on the loopback interface and makes it log planted values in every place that is known.

``record(folder, …)`` leaves ``orthanc.log`` (the bytes that Orthanc wrote to standard error) and ``planted.json`` (value ->
place) in the folder. As a program it records the logs that are committed beside the tests:
``python tests/redact/planted_scenario.py FOLDER [--root CHROOT]``.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from planted_places import speak_more_dicom, speak_more_rest
from planting import ALPHABETS, Planter, dataset, worklist_item
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import UserIdentityNegotiation
from pynetdicom.sop_class import (
    CTImageStorage,
    ModalityWorklistInformationFind,
    PatientRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

LUA = """
stored = 0
function OnStoredInstance(instanceId, tags, metadata, origin)
  stored = stored + 1
  print('stored patient ' .. tostring(tags['PatientName']) .. ' born ' .. tostring(tags['PatientBirthDate']) .. ' id ' .. tostring(tags['PatientID']))
  if stored > 4 then
    tags = {PatientName=tags['PatientName'], InstitutionName=tags['InstitutionName'], StudyDate=tags['StudyDate'], StudyTime=tags['StudyTime']}
  end
  PrintRecursive(tags)
  print(DumpJson(tags))
  if stored > 4 then return end
  print(DumpJson(ParseJson(RestApiGet('/instances/' .. instanceId .. '/tags'))))
end
function IncomingHttpRequestFilter(method, uri, ip, username, httpHeaders)
  print('filter ' .. method .. ' ' .. uri .. ' from ' .. ip .. ' user ' .. username)
  return true
end
function OnStableStudy(studyId, tags, metadata)
  error('cannot route study of ' .. tostring(tags['PatientName']))
end
"""

PYTHON = """
import json, orthanc
def on_rest(output, uri, **request):
    orthanc.LogWarning('python saw ' + uri + ' ' + json.dumps(request.get('get', {})))
    raise ValueError('no route for ' + json.dumps(request.get('headers', {})))
orthanc.RegisterRestCallback('/planted/(.*)', on_rest)
"""


@dataclass(frozen=True)
class Site:
    """The names of the site under test."""

    folder: Path
    root: Path
    http_port: int
    dicom_port: int
    peer_port: int
    names: dict[str, str]

    def inside(self, name: str) -> str:
        """The path of a file in the folder as Orthanc sees it."""
        return str(Path("/") / (self.folder / name).relative_to(self.root))


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def site_names(planter: Planter) -> dict[str, str]:
    """Planted names of machines, modalities, accounts."""
    lower = (
        "modality",
        "gone",
        "peer",
        "server",
        "user",
        "plainhost",
        "host",
        "folder",
        "worklists",
        "script",
        "metadata",
    )
    upper = ("called", "store_aet", "gone_aet", "client")
    names = {key: planter.word(f"site/{key}").lower() for key in lower}
    planter.values.update({value: f"site/{key}" for key, value in names.items()})
    names |= {key: planter.word(f"site/{key}", prefix="AE") for key in upper}
    names |= {
        key: planter.word(f"site/{key}", prefix="pw")
        for key in (
            "password",
            "peer_password",
            "dimse_password",
            "cookie",
            "bearer",
            "header",
            "dimse_user",
            "agent",
            "query",
        )
    }
    return names


def configuration(site: Site, *, deidentify: bool, plugins: list[str]) -> dict[str, object]:
    """Orthanc's configuration."""
    names = site.names
    return {
        "Name": names["host"], "StorageDirectory": site.inside(names["folder"]),
        "IndexDirectory": site.inside(names["folder"]), "HttpPort": site.http_port, "DicomPort": site.dicom_port,
        "DicomAet": names["called"], "RemoteAccessAllowed": True, "AuthenticationEnabled": True,
        "RegisteredUsers": {names["user"]: names["password"]}, "DeidentifyLogs": deidentify, "HttpVerbose": True,
        "HttpTimeout": 2, "DicomScuTimeout": 2, "DicomScpTimeout": 5, "StableAge": 1, "ExecuteLuaEnabled": True,
        "StrictAetComparison": False, "DicomCheckCalledAet": False, "DicomAlwaysAllowFind": True, "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True, "DicomAlwaysAllowFindWorklist": True, "WebDavEnabled": True, "SaveJobs": False,
        "UserMetadata": {names["metadata"]: 4321}, "LogExportedResources": True, "SynchronousCMove": True,
        "LuaScripts": [site.inside(names["script"] + ".lua")], "PythonScript": site.inside(names["script"] + ".py"),
        "Plugins": plugins, "Worklists": {"Enable": True, "Database": site.inside(names["worklists"])},
        "DicomModalities": {
            names["modality"]: [names["store_aet"], "127.0.0.1", site.peer_port],
            names["gone"]: [names["gone_aet"], f"{names['plainhost']}.invalid", 11112],
        },
        "OrthancPeers": {names["peer"]: [f"http://127.0.0.1:{site.peer_port + 1}/{names['query']}/", names["user"], names["peer_password"]]},
        "DicomWeb": {"Enable": True, "Servers": {names["server"]: [
            f"http://127.0.0.1:{site.http_port}/dicom-web/", names["user"], names["password"]]}},
    }  # fmt: skip


class Client:
    """A REST client that sends what it is told."""

    def __init__(self, site: Site) -> None:
        self.site = site
        pair = f"{site.names['user']}:{site.names['password']}".encode()
        self.basic = "Basic " + base64.b64encode(pair).decode()

    def call(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> bytes:
        """Answer's body; an HTTP error is no error here."""
        connection = http.client.HTTPConnection("127.0.0.1", self.site.http_port, timeout=30)
        sent = {"Authorization": self.basic, **{key.replace("_", "-"): value for key, value in headers.items()}}
        connection.request(method, path, body.encode() if isinstance(body, str) else body, sent)
        with suppress(OSError, http.client.HTTPException):
            return connection.getresponse().read()
        return b""

    def post(self, path: str, document: object) -> bytes:
        """POST as JSON."""
        return self.call("POST", path, json.dumps(document))

    def lua(self, script: str) -> bytes:
        """Run a script."""
        return self.call("POST", "/tools/execute-script", script)


@contextmanager
def orthanc(command: list[str], site: Site, level: str) -> Iterator[None]:
    """A running Orthanc whose standard error goes to ``orthanc.log``."""
    with (site.folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([*command, f"--{level}", site.inside("orthanc.json")], stdout=log, stderr=log)
        try:
            _wait(site.http_port, process)
            yield
        finally:
            time.sleep(2)
            process.terminate()
            process.wait(timeout=60)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("Orthanc has ended early")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("Orthanc does not listen")


def speak_dicom(site: Site, objects: list[Dataset], planter: Planter) -> None:
    """C-STORE, C-FIND, worklist, C-MOVE, C-GET and C-ECHO from a client with a planted AET, user and password."""
    names = site.names
    entity = AE(ae_title=names["client"])
    entity.dimse_timeout = 10  # Orthanc leaves some answers out; it gives up itself after half of that
    for context in (
        Verification, CTImageStorage, PatientRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelFind,
        StudyRootQueryRetrieveInformationModelMove, StudyRootQueryRetrieveInformationModelGet, ModalityWorklistInformationFind,
    ):  # fmt: skip
        entity.add_requested_context(context)
    identity = UserIdentityNegotiation()
    identity.user_identity_type = 2
    identity.primary_field = names["dimse_user"].encode()
    identity.secondary_field = names["dimse_password"].encode()

    def association() -> Association:
        """One that is open; Orthanc may have aborted the last one."""
        if not opened or not opened[-1].is_established:
            opened.append(entity.associate("127.0.0.1", site.dicom_port, ae_title=names["called"], ext_neg=[identity]))
        return opened[-1]

    opened: list[Association] = []
    association().send_c_echo()
    for made in objects:
        association().send_c_store(made, originator_aet=names["store_aet"], originator_id=7)
    for query, model in queries(objects, planter):
        list(association().send_c_find(query, model))
    for made in objects[:2]:
        wanted = Dataset()
        wanted.QueryRetrieveLevel = "STUDY"
        wanted.StudyInstanceUID = made.StudyInstanceUID
        for target in (names["store_aet"], planter.word("unknown move destination", prefix="AE")):
            list(association().send_c_move(wanted, target, StudyRootQueryRetrieveInformationModelMove))
        list(association().send_c_get(wanted, StudyRootQueryRetrieveInformationModelGet))
    association().release()
    rejected = AE(ae_title=planter.word("second client", prefix="AE"))
    rejected.add_requested_context(Verification)
    second = rejected.associate("127.0.0.1", site.dicom_port, ae_title=planter.word("other called AET", prefix="AE"))
    if second.is_established:
        second.send_c_echo()
        second.release()


def queries(objects: list[Dataset], planter: Planter) -> Iterator[tuple[Dataset, str]]:
    """C-FIND requests at all levels, worklist ones included, with stored and with strange values."""
    returned = ("PatientName", "PatientID", "PatientBirthDate", "StudyDescription", "AccessionNumber", "ReferringPhysicianName",
                "InstitutionName", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "OtherPatientIDs", "RequestingPhysician",
                "PatientComments", "MedicalAlerts", "PatientAddress", "NameOfPhysiciansReadingStudy", "RequestAttributesSequence")  # fmt: skip
    for made in objects:
        for level in ("PATIENT", "STUDY", "SERIES", "IMAGE"):
            query = Dataset()
            query.SpecificCharacterSet = made.SpecificCharacterSet
            query.QueryRetrieveLevel = level
            for keyword in returned:
                setattr(query, keyword, None)
            if level != "PATIENT":
                query.StudyInstanceUID = made.StudyInstanceUID
            if level in {"SERIES", "IMAGE"}:
                query.SeriesInstanceUID = made.SeriesInstanceUID
                query.SeriesDescription = None
                query.DeviceSerialNumber = None
                query.StationName = None
                query.OperatorsName = None
            if level == "IMAGE":
                query.SOPInstanceUID = made.SOPInstanceUID
            query.PatientName = str(made.PatientName).split("^")[0] + "*"
            query.PatientID = made.PatientID
            yield (
                query,
                PatientRootQueryRetrieveInformationModelFind
                if level == "PATIENT"
                else StudyRootQueryRetrieveInformationModelFind,
            )
    for charset in ALPHABETS:
        strange = worklist_item(planter, charset, f"worklist query {charset}")
        del strange.file_meta
        yield strange, ModalityWorklistInformationFind
        strange = worklist_item(planter, charset, f"study query {charset}")
        del strange.file_meta, strange.ScheduledProcedureStepSequence
        strange.QueryRetrieveLevel = "STUDY"
        strange.InstitutionAddress = planter.word("two lines") + "\n" + planter.word("two lines")
        yield strange, StudyRootQueryRetrieveInformationModelFind
    everything = dataset(planter, "ISO_IR 100", "query of everything")
    del everything.file_meta
    everything.QueryRetrieveLevel = "IMAGE"
    yield everything, StudyRootQueryRetrieveInformationModelFind
    empty = worklist_item(planter, "ISO_IR 6", "worklist all")
    del empty.file_meta
    for element in list(empty):
        if element.VR != "SQ" and element.keyword != "SpecificCharacterSet":
            setattr(empty, element.keyword, None)
    for element in list(empty.ScheduledProcedureStepSequence[0]):
        setattr(empty.ScheduledProcedureStepSequence[0], element.keyword, None)
    yield empty, ModalityWorklistInformationFind


def speak_rest(site: Site, client: Client, objects: list[Dataset], planter: Planter) -> None:
    """REST, DICOMweb, WebDAV, Lua and HTTP client requests with planted values."""
    names = site.names
    made = objects[0]
    name, patient, study = str(made.PatientName), made.PatientID, str(made.StudyInstanceUID)
    for identifier in (patient, study, str(made.SOPInstanceUID), planter.word("tools/lookup")):
        client.call("POST", "/tools/lookup", identifier)
    client.post("/tools/find", {"Level": "Study", "Query": {"PatientName": name, "PatientID": patient}, "Expand": True})
    client.post("/tools/find", {"Level": planter.word("find level"), "Query": {planter.word("find tag"): patient}})
    for word in (
        planter.word("404"),
        quote(planter.word("404 latin", "äöüé")),
        planter.word("404") + "%20" + planter.word("404"),
    ):
        client.call("GET", f"/{word}?{planter.word('404 key')}={planter.word('404 value')}")
        client.call("GET", f"/patients/{word}/studies")
        client.call("DELETE", f"/modalities/{word}")
    client.call(
        "GET",
        f"/{planter.word('forged line')}%0AW1123 10:00:00.000000 main.cpp:1] Orthanc version: 9.9 {planter.word('forged')}".replace(
            " ", "%20"
        ),
    )
    for path in (
        "by-patients",
        f"by-patients/{quote(patient + ' - ' + name)}",
        f"by-dates/{planter.date('webdav')}",
        "by-uids/" + study,
        f"uploads/{planter.word('webdav')}.dcm",
    ):
        client.call("PROPFIND", f"/webdav/{path}", Depth="1")
    client.call("PUT", f"/webdav/uploads/{planter.word('webdav upload')}.dcm", b"nothing")
    client.call(
        "GET",
        "/system",
        Cookie=f"session={names['cookie']}",
        X_Forwarded_For="203.0.113.77",
        X_Custom_Token=names["header"],
        Referer=f"https://{planter.word('referer').lower()}.example/{quote(name)}",
        User_Agent=f"{names['agent']}/1.0",
    )
    client.call(
        "GET", "/system", Authorization=f"Bearer {names['bearer']}.{base64.b64encode(patient.encode()).decode()}.x"
    )
    for modality in (names["modality"], names["gone"], planter.word("no modality").lower()):
        client.post(f"/modalities/{modality}/echo", {})
        client.post(
            f"/modalities/{modality}/query",
            {"Level": "Study", "Query": {"PatientName": name, "PatientID": patient, "StudyDate": "19700101-"}},
        )
        client.post(f"/modalities/{modality}/find-worklist", {"PatientName": name})
        client.post(f"/modalities/{modality}/store", list(json.loads(client.call("GET", "/instances")))[:2])
        client.post(
            f"/modalities/{modality}/move",
            {"Level": "Study", "Resources": [{"StudyInstanceUID": study}], "TargetAet": names["store_aet"]},
        )
        client.post(
            f"/modalities/{modality}/storage-commitment",
            {"DicomInstances": [[CTImageStorage, str(made.SOPInstanceUID)]]},
        )
    instance = json.loads(client.call("GET", "/instances"))[0]
    for path in (
        "simplified-tags",
        "tags",
        "content/0010-0010",
        f"content/{planter.word('content')}",
        "metadata/" + names["metadata"],
    ):
        client.call("GET", f"/instances/{instance}/{path}")
    client.post(
        f"/instances/{instance}/modify",
        {
            "Replace": {"PatientName": planter.name("modify", "äöü"), "PatientID": planter.word("modify")},
            "Remove": ["StudyDescription"],
            "Force": True,
        },
    )
    client.post(
        f"/instances/{instance}/anonymize",
        {"Replace": {"PatientName": planter.name("anonymize")}, "Keep": ["StudyDescription"]},
    )
    client.post(
        "/tools/create-dicom",
        {"Tags": {"PatientName": planter.name("create-dicom"), planter.word("bad tag"): planter.word("bad value")}},
    )
    client.call(
        "PUT", f"/instances/{instance}/metadata/{planter.word('metadata name')}", planter.word("metadata value")
    )
    client.post(f"/peers/{names['peer']}/store", [instance])
    client.post(f"/peers/{planter.word('no peer')}/store", [instance])
    client.call("POST", "/instances", b"not DICOM " + planter.word("upload").encode())
    client.call("GET", f"/planted/{planter.word('python')}?patient={quote(name)}", X_Patient=patient)
    latin = quote(str(objects[1].PatientName))
    for path in (
        f"studies?PatientName={quote(name)}&PatientID={patient}&limit=3",
        f"studies?PatientName={latin}&includefield=00081030",
        f"studies/{study}/series?00080060=CT",
        f"studies/{study}/metadata",
        f"studies?StudyDate={planter.date('QIDO')}",
        f"studies/{study}/series/{made.SeriesInstanceUID}/instances/{made.SOPInstanceUID}/frames/1",
        f"studies?{planter.word('QIDO key')}=1",
    ):
        client.call("GET", f"/dicom-web/{path}", Accept="application/dicom+json")
    client.call(
        "GET",
        f"/wado?requestType=WADO&studyUID={study}&seriesUID={made.SeriesInstanceUID}&objectUID={planter.uid('WADO')}",
    )
    client.post(
        f"/dicom-web/servers/{names['server']}/get",
        {"Uri": "/studies", "Arguments": {"PatientName": name, "PatientID": patient}},
    )
    client.post(f"/dicom-web/servers/{names['server']}/qido", {"Uri": "/studies", "Arguments": {"00100020": patient}})
    client.post(f"/dicom-web/servers/{planter.word('no server')}/get", {"Uri": "/studies"})
    speak_lua(client, names, name, patient, planter)


def speak_lua(client: Client, names: dict[str, str], name: str, patient: str, planter: Planter) -> None:
    """Lua scripts that print and that call URLs."""
    client.lua(f"print('{planter.word('lua print')} {patient} {name}')")
    client.lua(
        f"PrintRecursive({{PatientName='{name}', Nested={{'{planter.word('lua nested')}', {planter.number('lua number')}}}}})"
    )
    client.lua(f"error('{planter.word('lua error')}')")
    client.lua(f"local {planter.word('lua syntax')} = = 1")
    closed = free_port()
    client.lua(
        f"HttpGet('http://{names['user']}:{planter.word('url password', prefix='pw')}@127.0.0.1:{closed}/{planter.word('lua url')}?token={planter.word('url token')}')"
    )
    client.lua(
        f"SetHttpCredentials('{names['user']}', '{names['password']}') HttpGet('http://127.0.0.1:{client.site.http_port}/{planter.word('lua url')}?id={patient}')"
    )
    client.lua(
        f"HttpPost('http://{planter.word('host').lower()}.invalid/{planter.word('lua url')}', '{planter.word('lua body')}', {{['X-Key']='{planter.word('lua header')}'}})"
    )


def record(
    folder: Path,
    *,
    root: Path = Path("/"),
    command: list[str],
    level: str,
    deidentify: bool,
    plugins: list[str],
    seed: int,
) -> None:
    """Run everything once; see the module."""
    planter = Planter(seed)
    site = Site(folder, root, free_port(), free_port(), free_port(), site_names(planter))
    for name in (site.names["folder"], site.names["worklists"]):
        (folder / name).mkdir()
    (folder / f"{site.names['script']}.lua").write_text(LUA)
    (folder / f"{site.names['script']}.py").write_text(PYTHON)
    (folder / "orthanc.json").write_text(
        json.dumps(configuration(site, deidentify=deidentify, plugins=plugins), indent=1)
    )
    for number, charset in enumerate(ALPHABETS):
        item = worklist_item(planter, charset, f"worklist {charset}")
        item.save_as(
            folder / site.names["worklists"] / f"{planter.word('wl file')}{number}.wl", enforce_file_format=True
        )
    (folder / site.names["worklists"] / f"{planter.word('wl broken')}.wl").write_bytes(b"broken")
    objects = [dataset(planter, charset, f"object {charset}") for charset in ("ISO_IR 6", *list(ALPHABETS)[1:])]
    receiver = AE(ae_title=site.names["store_aet"])
    receiver.add_supported_context(CTImageStorage)
    receiver.add_supported_context(Verification)
    receiver.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    handlers = [(evt.EVT_C_STORE, lambda _event: 0xA700), (evt.EVT_C_FIND, _answers(objects))]
    server = receiver.start_server(("127.0.0.1", site.peer_port), block=False, evt_handlers=handlers)
    try:
        with orthanc(command, site, level):
            speak_dicom(site, objects, planter)
            speak_more_dicom(site, planter)
            speak_rest(site, Client(site), objects, planter)
            speak_more_rest(site, Client(site), objects, planter)
    finally:
        server.shutdown()
    planted = {value: place for value, place in planter.values.items() if value}
    (folder / "planted.json").write_text(json.dumps(planted, indent=0, ensure_ascii=True))


def _answers(objects: list[Dataset]) -> object:
    def handle(event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        for made in objects[:4]:
            answer = Dataset()
            answer.SpecificCharacterSet = made.SpecificCharacterSet
            answer.PatientName = made.PatientName
            answer.PatientID = made.PatientID
            answer.StudyInstanceUID = made.StudyInstanceUID
            answer.StudyDescription = made.StudyDescription
            answer.QueryRetrieveLevel = "STUDY"
            yield 0xFF00, answer
        yield 0x0000, None

    return handle


def plugins_of(root: str = "/") -> list[str]:
    """The plugins that are installed."""
    folder = Path(root, "usr/share/orthanc/plugins")
    return [f"/usr/share/orthanc/plugins/{name}" for name in ("libModalityWorklists.so", "libOrthancDicomWeb.so", "libOrthancPython.so")
            if (folder / name).exists()]  # fmt: skip


def main() -> None:
    """Record one log."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--root", default="/")
    parser.add_argument("--level", default="trace")
    parser.add_argument("--deidentify", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = Path(arguments.root, arguments.folder.relative_to("/")) if arguments.root != "/" else arguments.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = ["Orthanc"] if arguments.root == "/" else ["chroot", arguments.root, "/usr/sbin/Orthanc"]
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    record(
        folder,
        root=Path(arguments.root),
        command=command,
        level=arguments.level,
        deidentify=arguments.deidentify,
        plugins=plugins_of(arguments.root),
        seed=arguments.seed,
    )


if __name__ == "__main__":
    main()
