from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from loganalyzer.cli.output import form_of, writing

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.mark.parametrize(
    ("name", "begin"),
    [("a.json", b"{"), ("a.HTML", b"<!doctype html>"), ("a.md", b"#"), ("a.txt", "✖".encode()), ("a", "✖".encode())],
)
def test_the_name_tells_the_form(tmp_path: Path, run: Run, failing: Path, name: str, begin: bytes) -> None:
    done = run("diagnose", failing, "-o", tmp_path / name)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    assert (tmp_path / name).read_bytes().lower().startswith(begin)


def test_the_option_wins() -> None:
    assert form_of("text", Path("a.html")) == "text"
    assert form_of(None, None) == "text"


@pytest.mark.parametrize("form", ["text", "json", "html", "markdown"])
def test_a_file_holds_what_standard_output_shows(tmp_path: Path, run: Run, failing: Path, form: str) -> None:
    run("diagnose", failing, "--format", form, "-o", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == run("diagnose", failing, "--format", form).stdout


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_standard_output_by_name(run: Run, failing: Path, name: str) -> None:
    done = run("diagnose", failing, "--format", "json", "-o", name)
    assert json.loads(done.stdout)["verdict"] == "failure"


def test_a_device(run: Run, failing: Path) -> None:
    done = run("diagnose", failing, "-o", "/dev/null")
    assert (done.returncode, done.stderr) == (1, b"")
    assert not Path("/dev/null").is_file()


def test_a_named_pipe(tmp_path: Path, run: Run, failing: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    run("diagnose", failing, "--format", "json", "-o", pipe)
    reader.join()
    assert json.loads(got[0])["verdict"] == "failure"


@pytest.mark.parametrize("name", ["", "no/such/folder/x.html", "x" * 300, "a\0b"])
def test_a_place_that_cannot_be_written(tmp_path: Path, run: Run, failing: Path, name: str) -> None:
    if "\0" in name:
        with pytest.raises(ValueError, match="null byte"):
            run("diagnose", failing, "-o", f"{tmp_path}/{name}")
        return
    done = run("diagnose", failing, "-o", f"{tmp_path}/{name}")
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    assert b"Error: " in done.stderr


def test_the_log_is_not_replaced(tmp_path: Path, run: Run, failing: Path) -> None:
    log = tmp_path / "Orthanc.log"
    log.write_bytes(failing.read_bytes())
    (tmp_path / "link").symlink_to(log)
    for output in (log, tmp_path / "link"):
        done = run("diagnose", log, "-o", output)
        assert done.returncode == 2
        assert log.read_bytes() == failing.read_bytes()


class TestWriting:
    def test_the_file_appears_when_it_is_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "report.html"
        with writing(path) as stream:
            stream.write(b"half")
            assert not path.exists()
        assert path.read_bytes() == b"half"
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143), ZeroDivisionError(), BrokenPipeError()])
    def test_nothing_is_left_of_a_failure(self, tmp_path: Path, error: BaseException) -> None:
        path = tmp_path / "report.html"
        path.write_bytes(b"before")
        with pytest.raises(type(error)), writing(path) as stream:  # noqa: PT012 - fails while the file is half there
            stream.write(b"half")
            raise error
        assert path.read_bytes() == b"before"
        assert list(tmp_path.iterdir()) == [path]

    def test_a_full_disk(self, tmp_path: Path) -> None:
        path = tmp_path / "report.html"
        with pytest.raises(click.ClickException, match="no space left"), writing(path):
            raise OSError(28, "No space left on device")
        assert list(tmp_path.iterdir()) == []

    def test_permissions_are_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "report.html"
        path.write_bytes(b"before")
        path.chmod(0o640)
        with writing(path) as stream:
            stream.write(b"after")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_new_files_follow_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0o027)
        try:
            with writing(tmp_path / "x"):
                pass
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640

    def test_a_link_stays_one(self, tmp_path: Path) -> None:
        (tmp_path / "there").mkdir()
        link, target = tmp_path / "link", tmp_path / "there" / "report.html"
        link.symlink_to(target)
        with writing(link) as stream:
            stream.write(b"x")
        assert link.is_symlink()
        assert target.read_bytes() == b"x"
