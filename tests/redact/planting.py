"""Makes DICOM objects, queries, URLs and accounts whose every identifying value is unique and known."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

ATTRIBUTES = json.loads((Path(__file__).parents[2] / "loganalyzer/redact/attributes.json").read_text())

#: Specific Character Set -> letters that it can hold beside ASCII.
ALPHABETS = {
    "ISO_IR 6": "",
    "ISO_IR 100": "äöüßéèçñøåÄÖÉ",
    "ISO_IR 101": "ąćęłńśźżőű",
    "ISO_IR 144": "абвгдежзиклмнопрстуфхцчшщыэюяБГДЖ",
    "ISO_IR 126": "αβγδεζηθικλμνξοπρστυφχψω",
    "ISO_IR 127": "ابتثجحخدذرزسشصضطظعغفقكلمنهو",
    "ISO_IR 138": "אבגדהוזחטיכלמנסעפצקרשת",
    "ISO_IR 148": "çğıöşüÇĞİÖŞÜ",
    "ISO_IR 166": "กขคงจฉชซญดตถทนบปผฝพฟภมยรลวศษสหอฮ",
    "ISO_IR 192": "ñçøжщλωאב中村山田太郎金",
    "GB18030": "王小东李明张伟刘洋陈静杨丽赵强黄磊周军吴敏",
    "ISO 2022 IR 87": "山田太郎鈴木花子佐藤高橋伊渡辺中村小林",
    "ISO 2022 IR 149": "김희중이박최정강조윤장임한오서신권황안송",
}


@dataclass
class Planter:
    """Gives out values that occur nowhere else and remembers them."""

    seed: int
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def _new(self, value: str, place: str) -> str:
        self.values[value] = place
        return value

    def word(self, place: str, letters: str = "", *, prefix: str = "Q") -> str:
        """A pronounceable word of nobody, with some letters of an alphabet in it."""
        syllables = "".join(self._random.choice("bdfgklmnprstvz") + self._random.choice("aeiou") for _ in range(4))
        special = "".join(self._random.choice(letters) for _ in range(3)) if letters else ""
        word = prefix + syllables.upper() + special
        return self.word(place, letters, prefix=prefix) if word in self.values else self._new(word, place)

    def number(self, place: str, digits: int = 9) -> str:
        """A decimal number without a leading zero."""
        return self._new(str(self._random.randrange(10 ** (digits - 1), 10**digits)), place)

    def date(self, place: str) -> str:
        """A date as DA writes it."""
        for _ in range(1000):
            value = f"{self._random.randrange(1901, 1990)}{self._random.randrange(1, 13):02}{self._random.randrange(1, 29):02}"
            if value not in self.values:
                return self._new(value, place)
        raise RuntimeError("no date is left")

    def uid(self, place: str) -> str:
        """A UID below a root that nobody uses."""
        return self._new(
            f"1.3.6.1.4.1.99999.{self._random.randrange(10**11, 10**12)}.{self._random.randrange(9)}", place
        )

    def name(self, place: str, letters: str = "") -> str:
        """A person's name with two components."""
        return f"{self.word(place, letters)}^{self.word(place, letters)}"

    def value(self, representation: str, place: str, letters: str = "") -> Any:  # noqa: C901 - one line a representation
        """A value that the representation allows."""
        if representation == "PN":
            return self.name(place, letters)
        if representation in {"LO", "SH", "ST", "LT", "UT", "UC"}:
            return self.word(place, letters, prefix="T")
        if representation == "UI":
            return self.uid(place)
        if representation == "DA":
            return self.date(place)
        if representation == "TM":
            return f"{self._random.randrange(24):02}{self._random.randrange(60):02}{self._random.randrange(60):02}"
        if representation == "DT":
            return self.date(place) + f"{self._random.randrange(24):02}{self._random.randrange(60):02}11"
        if representation == "AE":
            return self.word(place, prefix="AE")
        if representation == "CS":
            return self.word(place, prefix="CS")
        if representation == "UR":
            return f"https://{self.word(place).lower()}.example/{self.word(place)}"
        if representation in {"OB", "UN"}:
            return self.word(place, letters).encode("utf-8").ljust(16, b"\0")
        if representation == "AS":
            return f"{self._random.randrange(100):03}Y"
        if representation in {"DS", "IS"}:
            return self.number(place)
        return self._random.randrange(1000)


def dataset(planter: Planter, charset: str, place: str) -> Dataset:
    """A CT image in which every attribute of the confidentiality profile holds a planted value."""
    letters = ALPHABETS[charset]
    made = Dataset()
    made.SpecificCharacterSet = ["", charset] if charset.startswith("ISO 2022") else charset
    for tag, (keyword, representation, _) in ATTRIBUTES["profile"].items():
        number = int(tag, 16)
        if number >> 16 in {0x0000, 0x0002, 0x0004, 0xFFFA, 0xFFFC, 0x5400} or representation == "SQ":
            continue
        made.add_new(number, representation, planter.value(representation, f"{place}/{keyword}", letters))
    made.SOPClassUID = CTImageStorage
    made.Modality = "CT"
    made.PatientSex = "O"
    made.InstanceNumber = "1"
    made.OtherPatientIDs = [planter.word(f"{place}/OtherPatientIDs"), planter.number(f"{place}/OtherPatientIDs")]
    made.OtherPatientNames = [planter.name(f"{place}/OtherPatientNames", letters) for _ in range(2)]
    made.PatientID = planter.number(f"{place}/PatientID", 10)
    made.ReferencedStudySequence = Sequence([_referenced(planter, place, letters) for _ in range(2)])
    made.RequestAttributesSequence = Sequence([_request(planter, place, letters)])
    block = made.private_block(0x0019, planter.word(f"{place}/private creator"), create=True)
    block.add_new(0x01, "LO", planter.word(f"{place}/private", letters))
    block.add_new(0x02, "UN", planter.word(f"{place}/private UN").encode().ljust(16, b" "))
    made.remove_private_tags() if charset == "ISO_IR 6" else None
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = CTImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    return made


def _referenced(planter: Planter, place: str, letters: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = CTImageStorage
    item.ReferencedSOPInstanceUID = planter.uid(f"{place}/ReferencedStudySequence")
    item.StudyDescription = planter.word(f"{place}/ReferencedStudySequence", letters)
    return item


def _request(planter: Planter, place: str, letters: str) -> Dataset:
    item = Dataset()
    item.RequestedProcedureID = planter.word(f"{place}/RequestAttributesSequence")
    item.RequestedProcedureDescription = planter.word(f"{place}/RequestAttributesSequence", letters)
    item.ReferringPhysicianIdentificationSequence = Sequence([Dataset()])
    item.ReferringPhysicianIdentificationSequence[0].InstitutionName = planter.word(f"{place}/nested", letters)
    return item


def worklist_item(planter: Planter, charset: str, place: str) -> Dataset:
    """A scheduled procedure step as a ``.wl`` file of the worklist plugin holds it."""
    letters = ALPHABETS[charset]
    item = Dataset()
    item.SpecificCharacterSet = ["", charset] if charset.startswith("ISO 2022") else charset
    for keyword in (
        "AccessionNumber",
        "ReferringPhysicianName",
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "MedicalAlerts",
        "Allergies",
        "StudyInstanceUID",
        "RequestingPhysician",
        "RequestedProcedureDescription",
        "AdmissionID",
    ):
        representation = representation_of(keyword)
        setattr(item, keyword, planter.value(representation, f"{place}/{keyword}", letters))
    item.PatientSex = "F"
    step = Dataset()
    step.Modality = "MR"
    step.ScheduledStationAETitle = planter.value("AE", f"{place}/ScheduledStationAETitle")
    step.ScheduledProcedureStepStartDate = planter.date(f"{place}/ScheduledProcedureStepStartDate")
    step.ScheduledProcedureStepStartTime = "101500"
    step.ScheduledPerformingPhysicianName = planter.name(f"{place}/ScheduledPerformingPhysicianName", letters)
    step.ScheduledProcedureStepDescription = planter.word(f"{place}/ScheduledProcedureStepDescription", letters)
    step.ScheduledProcedureStepID = planter.word(f"{place}/ScheduledProcedureStepID")
    step.ScheduledStationName = planter.word(f"{place}/ScheduledStationName")
    item.ScheduledProcedureStepSequence = Sequence([step])
    item.file_meta = FileMetaDataset()
    item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item.file_meta.MediaStorageSOPClassUID = "1.2.276.0.7230010.3.1.0.1"
    item.file_meta.MediaStorageSOPInstanceUID = planter.uid(f"{place}/file")
    return item


def representation_of(keyword: str) -> str:
    """The value representation of a keyword."""
    from pydicom.datadict import dictionary_VR

    return str(dictionary_VR(tag_for_keyword(keyword)))
