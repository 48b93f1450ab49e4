"""Names and tables of the DICOM standard."""
