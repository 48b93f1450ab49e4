"""Small DICOM files with made-up patients, the same in every recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "1.2.826.0.1.3680043.10.1561"
PRIVATE_SOP_CLASS = UID(f"{ROOT}.99.1")
_ROWS = _COLUMNS = 16


@dataclass(frozen=True, slots=True)
class Image:
    """One file to be made; ``number`` tells the instances of the one series apart."""

    name: str
    number: int
    sop_class: UID = CTImageStorage
    transfer_syntax: UID = ExplicitVRLittleEndian
    left_out: tuple[str, ...] = ()
    large: bool = False

    def write(self, folder: Path) -> Path:
        """Write the file into ``folder`` and return its path."""
        path = folder / f"{self.name}.dcm"
        if not path.exists():
            self._dataset().save_as(path, enforce_file_format=True)
        return path

    @property
    def instance_uid(self) -> str:
        """SOP Instance UID of the image."""
        return f"{ROOT}.1.1.{self.number}"

    def _dataset(self) -> Dataset:
        made = Dataset()
        made.file_meta = FileMetaDataset()
        made.file_meta.TransferSyntaxUID = self.transfer_syntax
        made.file_meta.MediaStorageSOPClassUID = self.sop_class
        made.file_meta.MediaStorageSOPInstanceUID = UID(self.instance_uid)
        made.SOPClassUID = self.sop_class
        made.SOPInstanceUID = self.instance_uid
        made.StudyInstanceUID = f"{ROOT}.1"
        made.SeriesInstanceUID = f"{ROOT}.1.1"
        made.PatientName = "DOE^JANE"
        made.PatientID = "P0001"
        made.PatientBirthDate = "19700101"
        made.PatientSex = "F"
        made.StudyDate = "20250102"
        made.StudyTime = "101500"
        made.AccessionNumber = "A0001"
        made.StudyID = "1"
        made.ReferringPhysicianName = ""
        made.SeriesNumber = 1
        made.InstanceNumber = self.number
        made.Modality = "CT"
        self._add_pixels(made)
        for keyword in self.left_out:
            delattr(made, keyword)
        return made

    def _add_pixels(self, made: Dataset) -> None:
        side = 1024 if self.large else _ROWS
        made.SamplesPerPixel = 1
        made.PhotometricInterpretation = "MONOCHROME2"
        made.Rows = made.Columns = side
        made.BitsAllocated = made.BitsStored = 8
        made.HighBit = 7
        made.PixelRepresentation = 0
        if self.transfer_syntax.is_encapsulated:
            # Nothing in these recordings decodes the image, so a fragment that holds none will do.
            made.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
            made["PixelData"].is_undefined_length = True
        else:
            made.PixelData = bytes(range(256)) * (side * side // 256)
        made["PixelData"].VR = "OB"


CT1 = Image("ct1", 1)
CT2 = Image("ct2", 2)
CT_JPEG = Image("ct-jpeg", 4, transfer_syntax=JPEGBaseline8Bit)
CT_J2K = Image("ct-j2k", 5, transfer_syntax=JPEG2000Lossless)
CT_LARGE = Image("ct-large", 6, large=True)
PRIVATE = Image("private", 8, sop_class=PRIVATE_SOP_CLASS)
WITHOUT_SERIES = Image("without-series", 9, left_out=("SeriesInstanceUID",))


def write_worklist(folder: Path) -> Path:
    """A worklist folder with one entry and the lock file that Orthanc's sample plugin asks for."""
    worklists = folder / "worklists"
    worklists.mkdir(exist_ok=True)
    (worklists / "lockfile").touch()
    step = Dataset()
    step.ScheduledStationAETitle = "CT_ROOM2"
    step.ScheduledProcedureStepStartDate = "20250102"
    step.ScheduledProcedureStepStartTime = "101500"
    step.Modality = "CT"
    step.ScheduledProcedureStepID = "S0001"
    entry = Dataset()
    entry.file_meta = FileMetaDataset()
    entry.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    entry.file_meta.MediaStorageSOPClassUID = UID("1.2.276.0.7230010.3.1.0.1")
    entry.file_meta.MediaStorageSOPInstanceUID = UID(f"{ROOT}.2.1")
    entry.PatientName = "DOE^JANE"
    entry.PatientID = "P0001"
    entry.AccessionNumber = "A0001"
    entry.StudyInstanceUID = f"{ROOT}.2"
    entry.RequestedProcedureID = "R0001"
    entry.ScheduledProcedureStepSequence = [step]
    entry.save_as(worklists / "entry.wl", enforce_file_format=True)
    return worklists
