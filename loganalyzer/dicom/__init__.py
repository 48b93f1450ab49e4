"""Names and tables of the DICOM standard, without pydicom or pynetdicom at run time.

The data stand in ``tables.json``, written by ``tools/generate_dicom_tables.py`` and read on first use.
"""

from __future__ import annotations

from loganalyzer.dicom.reject import RejectCode, reject_code, reject_text
from loganalyzer.dicom.status import StatusCategory, status_text
from loganalyzer.dicom.uid import is_storage_class, is_transfer_syntax, uid_keyword, uid_name, uid_of

__all__ = [
    "RejectCode",
    "StatusCategory",
    "is_storage_class",
    "is_transfer_syntax",
    "reject_code",
    "reject_text",
    "status_text",
    "uid_keyword",
    "uid_name",
    "uid_of",
]
