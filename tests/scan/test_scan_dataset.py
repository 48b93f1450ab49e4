"""What a scan leaves behind: the tables as they are documented, with what the diagnosis of each log says."""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from loganalyzer.patternbase import load_patterns
from loganalyzer.scan import open_dataset
from loganalyzer.scan.errors import DatasetError
from loganalyzer.scan.run import scan as run
from loganalyzer.scan.schemas import TABLES, arrow_schema
from loganalyzer.scan.settings import Settings, fingerprint
from tests.knowledge import diagnosed
from tests.scan.conftest import RECORDINGS, InProcess, content, recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    Scan = Callable[..., object]

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "scan.md").read_text(encoding="utf-8")


def test_findings_are_those_of_each_log(scanned: Path) -> None:
    out = scanned / "out"
    findings = pd.read_parquet(out / "findings")
    assert {"file", "cause", "signature", "severity", "confidence", "explained_by", "count"} <= set(findings.columns)
    for path in (scanned / "archive").rglob("*.log"):
        own = findings[findings["file"] == str(path)]
        diagnosis = diagnosed(path)
        assert sorted(
            zip(own["code"], own["cause"], own["count"], own["explained_by"].fillna(""), strict=True)
        ) == sorted((f.code, f.cause, f.count, f.explained_by or "") for f in diagnosis.findings)
        for code, days in zip(own["code"], own["days"], strict=True):
            concerned = [len(f.associations) or f.count for f in diagnosis.findings if f.code == code]
            assert sum(json.loads(days).values()) in concerned
        associations = open_dataset(out).associations()
        ids = associations[associations["file"] == str(path)]["id"]
        assert list(ids) == [a.id for a in diagnosis.associations]
    assert (out / "index.html").stat().st_size > 1000


@pytest.mark.parametrize("table", TABLES)
def test_tables_have_the_documented_columns(table: str) -> None:
    part = PAGE.split(f"### `{table}`")[1].split("###")[0]
    documented = re.findall(r"^\| `(\w+)` \| (\w+(?:\[us\])?) \| (.+) \|$", part, re.MULTILINE)
    assert documented == [(name, dtype, meaning) for name, dtype, meaning in TABLES[table]]
    assert arrow_schema(table).names == [name for name, _, _ in TABLES[table]]


def test_pandas_has_the_documented_types(scanned: Path) -> None:
    dataset = open_dataset(scanned / "out")
    for table, columns in TABLES.items():
        frame = getattr(dataset, table)()
        assert [(n, str(t).replace("string[python]", "string")) for n, t in frame.dtypes.items()] == [
            (name, dtype) for name, dtype, _ in columns
        ]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no dataset"):
        open_dataset(tmp_path)


def test_a_second_scan_reads_only_what_is_new_or_changed(scan: Scan, archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = scan(archive, "-o", out, "--workers", "1")
    assert "5 files found = 5 read" in first.stdout
    before = content(out)
    parts = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    again = scan(archive, "-o", out, "--workers", "1")
    assert "5 were known already" in again.stdout
    assert content(out) == before
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")} == parts
    changed = archive / "server-1" / f"{RECORDINGS[0]}.log"
    with changed.open("ab") as file:
        file.write(recorded("healthy-echo-in-1.12.7-trace").read_bytes())
    (archive / "server-3").mkdir()
    (archive / "server-3" / "new.log").write_bytes(recorded(RECORDINGS[1]).read_bytes())
    third = scan(archive, "-o", out, "--workers", "1")
    assert "6 files found = 6 read" in third.stdout
    assert "5 were known already" in third.stdout  # the new one has the bytes of another one
    fresh = tmp_path / "fresh"
    scan(archive, "-o", fresh, "--workers", "1")
    assert content(out) == content(fresh)


def test_servers_and_members(scan: Scan, archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive / "old.zip", "w") as old:
        old.write(recorded(RECORDINGS[0]), "hospital/a.log")
        old.writestr("hospital/picture.png", b"\x89PNG\r\n\x1a\n" + bytes(500))
    scan(archive, "-o", tmp_path / "out", "--workers", "1")
    files = open_dataset(tmp_path / "out").files().set_index("file")
    assert files.loc[f"{archive}/old.zip!hospital/a.log"]["server"] == "old.zip"
    assert files.loc[f"{archive}/old.zip!hospital/picture.png"]["status"] == "skipped"
    assert set(files["server"].dropna()) == {"old.zip", "server-1", "server-2"}
    scan(archive, "-o", tmp_path / "named", "--workers", "1", "--server-from", r"!(?P<server>\w+)/|/server-(\d)/")
    assert set(open_dataset(tmp_path / "named").files()["server"].dropna()) == {"hospital"}


def test_the_same_in_one_process_and_in_two(scan: Scan, scanned: Path, tmp_path: Path) -> None:
    scan(scanned / "archive", "-o", tmp_path / "out", "--workers", "2")
    assert content(tmp_path / "out") == content(scanned / "out")


def test_the_dataset_in_the_archive_is_not_read(scan: Scan, archive: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    for _ in range(2):
        done = scan(".", "-o", "out", "--workers", "1", cwd=archive, env=environment)
        assert "5 files found = 5 read" in done.stdout


def test_a_log_that_is_rotated_moved_or_copied_is_not_read_again(scan: Scan, archive: Path, tmp_path: Path) -> None:
    out, place = tmp_path / "out", archive / "server-1"
    with zipfile.ZipFile(place / "old.zip", "w") as old:
        old.write(recorded(RECORDINGS[1]), "a.log")
        old.write(recorded(RECORDINGS[3]), "b.log")
    (place / "Orthanc.log").write_bytes(recorded("busy-hundreds-1.12.7-verbose").read_bytes())
    (place / "Orthanc.log.1").write_bytes(recorded("healthy-echo-in-1.12.7-trace").read_bytes())
    scan(archive, "-o", out, "--workers", "1")
    (place / "Orthanc.log.1").rename(place / "Orthanc.log.2")
    (place / "Orthanc.log").rename(place / "Orthanc.log.1")
    (place / "Orthanc.log").write_bytes(recorded("connection-refused-echo-1.12.7-trace").read_bytes())
    (archive / "server-2").rename(archive / "moved")
    for name in ("copy-1.zip", "copy-2.zip"):
        shutil.copy2(place / "old.zip", archive / "moved" / name)
    again = scan(archive, "-o", out, "--workers", "1")
    assert "14 files found = 14 read" in again.stdout
    assert "10 were known already" in again.stdout  # all but the new Orthanc.log
    scan(archive, "-o", tmp_path / "fresh", "--workers", "1")
    assert content(out) == content(tmp_path / "fresh")
    assert {p.name for p in (out / "logs").iterdir()} == {p.name for p in (tmp_path / "fresh" / "logs").iterdir()}


def test_a_file_has_its_rows_once_however_its_path_is_written(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive / "empty.log").touch()
    (tmp_path / "link").symlink_to(archive)
    monkeypatch.chdir(tmp_path)
    settings = Settings(fingerprint(load_patterns()))
    for path in ("archive", str(archive), "./archive/", "link"):
        account = run([path], tmp_path / "out", settings, InProcess())
        assert (account.files, account.known) == (6, 0 if path == "archive" else 6)
        files = open_dataset(tmp_path / "out").files()["file"]
        assert len(files) == 6
        assert all(name.startswith(path.rstrip("/").removeprefix("./")) for name in files)


def test_changed_bytes_behind_the_same_size_and_time(scan: Scan, archive: Path, tmp_path: Path) -> None:
    out, log = tmp_path / "out", archive / "server-1" / f"{RECORDINGS[0]}.log"
    scan(archive, "-o", out, "--workers", "1")
    was, status = content(out), log.stat()
    log.write_bytes(log.read_bytes().replace(b"ORTHANC", b"ORTHANX"))
    os.utime(log, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert "5 were known already" in scan(archive, "-o", out, "--workers", "1").stdout
    assert "4 were known already" in scan(archive, "-o", out, "--workers", "1", "--verify").stdout
    assert content(out) != was
    scan(archive, "-o", tmp_path / "fresh", "--workers", "1")
    assert content(out) == content(tmp_path / "fresh")


def test_associations_that_are_too_many_to_be_judged_are_said(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loganalyzer.scan.examine._MOST_JUDGED", 100)
    (archive / "busy.log").write_bytes(recorded("busy-hundreds-1.12.7-verbose").read_bytes())
    settings = Settings(fingerprint(load_patterns()))
    run([str(archive)], tmp_path / "out", settings, InProcess())
    files = open_dataset(tmp_path / "out").files().set_index("file")
    busy = files.loc[str(archive / "busy.log")]
    assert 100 <= busy["associations"] - busy["not_judged"] < busy["associations"]
    assert files["not_judged"].sum() == busy["not_judged"]
    said = f"1 log had so many associations that {busy['not_judged']} of them were counted, but not judged"
    assert said in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
