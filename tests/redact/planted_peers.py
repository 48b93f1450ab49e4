"""Makes DCMTK's tools and pynetdicom log planted values, in the layouts that they are run with.

``record_peers(folder, seed)`` leaves ``*.peer.log`` in the folder and returns the planted values with their places.
"""

from __future__ import annotations

import json
import logging
import subprocess
from pathlib import Path

from planted_scenario import Site, configuration, free_port, orthanc, plugins_of, site_names, speak_dicom
from planting import ALPHABETS, Planter, dataset, worklist_item
from pydicom.dataset import Dataset

LEVELS = {"verbose": ["-v"], "debug": ["-d"], "trace": ["--log-level", "trace"]}
QUERIES = {
    "studies": ("-S", "QueryRetrieveLevel=STUDY", "PatientName=*", "PatientID", "StudyInstanceUID", "StudyDescription", "StudyDate",
                "ReferringPhysicianName", "PatientBirthDate", "OtherPatientIDs", "PatientComments"),
    "worklist": ("-W", "PatientName=*", "PatientID", "AccessionNumber", "RequestedProcedureDescription", "MedicalAlerts", "PatientBirthDate"),
}  # fmt: skip
LAYOUTS = {
    "letter": "%(levelname).1s: %(message)s",
    "asctime": "%(asctime)s - %(name)s - %(levelname)s - %(message)s",
    "basic": logging.BASIC_FORMAT,
}


def record_peers(folder: Path, seed: int) -> dict[str, str]:
    """Run everything once; see the module."""
    planter = Planter(seed)
    site = Site(folder, Path("/"), free_port(), free_port(), free_port(), site_names(planter))
    for name in (site.names["folder"], site.names["worklists"]):
        (folder / name).mkdir()
    worklists = [name for name in plugins_of() if "Worklists" in name]
    options = configuration(site, deidentify=False, plugins=worklists)
    (folder / "orthanc.json").write_text(json.dumps({**options, "LuaScripts": []}))
    for number, charset in enumerate(ALPHABETS):
        item = worklist_item(planter, charset, f"worklist {charset}")
        item.save_as(
            folder / site.names["worklists"] / f"{planter.word('wl file')}{number}.wl", enforce_file_format=True
        )
    objects = [dataset(planter, charset, f"object {charset}") for charset in list(ALPHABETS)[:6]]
    files = []
    for made in objects[:3]:
        files.append(str(folder / f"{planter.word('file')}.dcm"))
        made.save_as(files[-1], enforce_file_format=True)
    with orthanc(["Orthanc"], site, "verbose"):
        for level, options_of_level in LEVELS.items():
            _run_tools(site, level, options_of_level, files, str(objects[0].StudyInstanceUID))
        for layout, form in LAYOUTS.items():
            _log_pynetdicom(site, layout, form, objects, planter)
    return planter.values


def _run_tools(site: Site, level: str, options: list[str], files: list[str], study: str) -> None:
    names = site.names
    titles = ["-aet", names["client"], "-aec", names["called"]]
    where = ["127.0.0.1", str(site.dicom_port)]
    received = site.folder / "received"
    received.mkdir(exist_ok=True)
    wanted = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}"]
    calls = {
        "storescu": [*titles, *where, *files],
        "dcmsend": [*titles, *where, *files],
        "movescu": [*titles, "-aem", names["store_aet"], *wanted, *where],
        "getscu": [*titles, "-od", str(received), *wanted, *where],
        "echoscu": [*titles, *where],
    }
    for name, (model, *keys) in QUERIES.items():
        calls[f"findscu {name}"] = [model, *titles, *(part for key in keys for part in ("-k", key)), *where]
    for name, arguments in calls.items():
        with (site.folder / f"{name} {level}.peer.log").open("wb") as log:
            subprocess.run([name.split()[0], *options, *arguments], stdout=log, stderr=log, timeout=60, check=False)


def _log_pynetdicom(site: Site, layout: str, form: str, objects: list[Dataset], planter: Planter) -> None:
    """An application's log: that of pynetdicom, and what the application says of data sets itself."""
    logger = logging.getLogger("pynetdicom")
    handler = logging.FileHandler(site.folder / f"pynetdicom {layout}.peer.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter(form))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        speak_dicom(site, objects[:2], planter)
        for made in objects:
            logger.info("received %s of %r", made.PatientName, made.PatientID)
            logger.debug(str(made))
    finally:
        logger.removeHandler(handler)
        handler.close()
        logger.setLevel(logging.WARNING)
