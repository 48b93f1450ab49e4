"""The command: exit statuses, bad input, standard input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.knowledge import SAMPLES
from tests.packing import zipped
from tests.running import run_program
from tests.triage.conftest import PORT_IN_USE, REFUSED, mail, mbox

if TYPE_CHECKING:
    from pathlib import Path


BAD: dict[str, tuple[bytes, int]] = {
    "empty": (b"", 3),
    "binary": (bytes(range(256)) * 40, 3),
    "broken MIME": (
        (
            b"From: \xff\xfe =?utf-8?b?!!!?= <a@b\nSubject: =?x?q?\xe9\xff?=\nContent-Type: multipart/mixed; boundary=zz\n\n"
            b"--zz\nContent-Type: text/plain; charset=nonsense\nContent-Transfer-Encoding: base64\n\n!!!!\n"
        ),
        3,
    ),
    "bomb": (
        mail("See the log.\n", files=[("log.zip", zipped({"orthanc.log": bytes(64 << 20)}), "application/zip")]),
        4,
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_sentence(tmp_path: Path, kind: str) -> None:
    data, status = BAD[kind]
    path = tmp_path / "post.eml"
    path.write_bytes(data)
    done = run_program("triage", str(path))
    assert done.returncode == status
    assert done.stderr.startswith(b"loganalyzer: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = run_program("triage", str(tmp_path / "nothing.eml"))
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"cannot be read" in done.stderr


def test_standard_input_and_the_document() -> None:
    done = run_program("triage", "--format", "json", "-", given=f"It fails:\n\n{REFUSED}".encode())
    assert done.returncode == 1
    assert json.loads(done.stdout)["findings"][0]["cause"] == "calling-aet-unknown"


def test_a_healthy_log_ends_with_0() -> None:
    assert run_program("triage", str(SAMPLES / "healthy-echo-in-1.13.0-trace" / "orthanc.log")).returncode == 0


def test_a_maildir_is_a_mailbox(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1").write_bytes(mail(REFUSED))
    (tmp_path / "cur" / "2:2,S").write_bytes(mail(PORT_IN_USE, subject="Start", own="<2@example.org>"))
    done = run_program("triage", "--format", "json", str(tmp_path))
    assert {row["cause"] for row in json.loads(done.stdout)["table"]} == {"calling-aet-unknown", "dicom-port-in-use"}


def test_an_output_is_written_and_no_post_is_replaced(tmp_path: Path) -> None:
    post, out = tmp_path / "list.mbox", tmp_path / "out.md"
    post.write_bytes(mbox(mail(REFUSED)))
    assert run_program("triage", str(post), "-o", str(out)).returncode == 1
    assert out.read_text(encoding="utf-8").startswith("# Query fails")
    assert run_program("triage", str(post), "-o", str(post)).returncode == 2
