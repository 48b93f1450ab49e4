"""The committed table is what its generator writes, and it is cheap to load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.dcmtk
def test_the_committed_table_is_what_the_generator_writes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.generate_dicom_tables", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_reading_the_tables_imports_no_dicom_library() -> None:
    code = (
        "import sys; from loganalyzer.dicom import uid_of, status_text; uid_of('=CTImageStorage');"
        "print(sorted({'pydicom', 'pynetdicom', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
