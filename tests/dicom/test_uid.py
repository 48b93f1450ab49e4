from __future__ import annotations

import json
import re

import pytest
from pydicom._uid_dict import UID_dictionary

from loganalyzer.dicom import is_storage_class, is_transfer_syntax, uid_keyword, uid_name, uid_of
from tests.knowledge import SAMPLES


@pytest.mark.parametrize(
    ("shown", "uid"),
    [
        ("=CTImageStorage", "1.2.840.10008.5.1.4.1.1.2"),
        ("CTImageStorage", "1.2.840.10008.5.1.4.1.1.2"),
        ("=LittleEndianImplicit", "1.2.840.10008.1.2"),
        ("=JPEGLossless:Non-hierarchical-1stOrderPrediction", "1.2.840.10008.1.2.4.70"),
        ("=FINDModalityWorklistInformationModel", "1.2.840.10008.5.1.4.31"),
        ("VerificationSOPClass", "1.2.840.10008.1.1"),
        ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2"),
        ("1.3.12.2.1107.5.9.1", "1.3.12.2.1107.5.9.1"),
        ("ExplicitVRLittleEndian", "1.2.840.10008.1.2.1"),
        (" =MRImageStorage ", "1.2.840.10008.5.1.4.1.1.4"),
        ("=NoSuchThing", "NoSuchThing"),
        ("", ""),
    ],
)
def test_uid_of(shown: str, uid: str) -> None:
    assert uid_of(shown) == uid


def test_two_spellings_of_different_dcmtk_releases_are_one_uid() -> None:
    """3.6.5 and 3.6.7 name this class differently."""
    assert uid_of("=UnifiedProcedureStepPushSOPClass") == uid_of("=UnifiedProcedureStepPush")


def test_every_uid_has_a_name_and_comes_back_from_its_keyword() -> None:
    for uid, entry in UID_dictionary.items():
        assert uid_name(uid) == entry[0]
        assert uid_of(uid_keyword(uid)) == uid


def test_an_unknown_uid_is_its_own_name() -> None:
    assert uid_name("1.2.3.4") == uid_keyword("1.2.3.4") == "1.2.3.4"


def test_kinds() -> None:
    assert is_transfer_syntax(uid_of("=LittleEndianExplicit"))
    assert not is_transfer_syntax(uid_of("=CTImageStorage"))
    assert is_storage_class(uid_of("=CTImageStorage"))
    assert is_storage_class(uid_of("UltrasoundImageStorageRetired"))
    assert not is_storage_class(uid_of("=VerificationSOPClass"))
    assert not is_storage_class(uid_of("StorageCommitmentPushModel"))
    assert not is_storage_class("1.2.3.4")


def test_every_name_in_the_association_dumps_of_the_samples_is_known() -> None:
    pattern = re.compile(r"^\s+(?:Abstract Syntax:|Accepted Transfer Syntax:|) *=(\S+)$", re.MULTILINE)
    names: set[str] = set()
    for log in SAMPLES.glob("*/orthanc.log"):
        names.update(pattern.findall(log.read_text(encoding="latin-1")))
    assert len(names) >= 20
    assert {name for name in names if not uid_of(name)[0].isdigit()} == set()


def test_the_spellings_are_plain_data() -> None:
    spellings = json.loads((SAMPLES.parent / "tools" / "dcmtk_spellings.json").read_text(encoding="ascii"))
    assert all(re.fullmatch(r"[0-9]+(\.[0-9]+)+", uid) for uid in spellings.values())
