"""SOP classes of services (PS3.4), which pydicom does not name."""

from __future__ import annotations

from typing import Final

VERIFICATION: Final = "1.2.840.10008.1.1"
STUDY_ROOT_FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_MOVE: Final = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET: Final = "1.2.840.10008.5.1.4.1.2.2.3"
PERFORMED_PROCEDURE_STEP: Final = "1.2.840.10008.3.1.2.3.3"
PRINT_MANAGEMENT: Final = "1.2.840.10008.5.1.1.9"
