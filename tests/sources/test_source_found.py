"""Files, folders, pipes and standard input: what is read, in which order, and what is said of the rest."""

from __future__ import annotations

import gzip
import io
import os
import socket
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest

from tests.sources.reading_back import ECHO, ODD_AETS, ROOT, clean_lines, data_of, read_paths

LOG = ECHO.read_bytes()
LINES = LOG.split(b"\n")[:-1]
STARTS = ("20231231-235958.8", "20240101-000003.21", "20240101-000003.100")


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    """A folder as Orthanc's ``--logdir`` makes it: one file per start, and a link to the newest one."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for start in reversed(STARTS):
        (folder / f"Orthanc.log.{start}").write_bytes(LOG)
    (folder / "Orthanc.log").symlink_to(f"Orthanc.log.{STARTS[-1]}")
    return folder


def test_logdir_in_order_of_the_starts(logdir: Path) -> None:
    everything = read_paths(logdir)
    assert [found.log.name for found in everything.logs] == [str(logdir / f"Orthanc.log.{start}") for start in STARTS]
    assert [found.log.started for found in everything.logs] == [
        datetime(2023, 12, 31, 23, 59, 58),
        datetime(2024, 1, 1, 0, 0, 3),
        datetime(2024, 1, 1, 0, 0, 3),
    ]
    assert all(found.log.year_from == "name" for found in everything.logs)
    assert everything.skipped == [str(logdir / "Orthanc.log")]
    assert everything.problems == []


def test_logdir_named_file_by_file(logdir: Path) -> None:
    everything = read_paths(*sorted(logdir.iterdir()))
    assert [found.log.name.rpartition(".log.")[2] for found in everything.logs] == list(STARTS)


def test_logdir_of_a_chroot(tmp_path: Path) -> None:
    """Without ``/proc`` Orthanc does not know its name: the files begin with a point."""
    (tmp_path / ".log.20261123-162121.16959").write_bytes(LOG)
    (tmp_path / ".hidden").write_bytes(LOG)
    everything = read_paths(tmp_path)
    assert everything.only.log.started == datetime(2026, 11, 23, 16, 21, 21)
    assert everything.skipped == [str(tmp_path / ".hidden")]


def test_numbered_rotation_begins_with_the_oldest(tmp_path: Path) -> None:
    for name in ("orthanc.log", "orthanc.log.1", "orthanc.log.2.gz", "orthanc.log.10.gz"):
        (tmp_path / name).write_bytes(gzip.compress(LOG) if name.endswith("gz") else LOG)
    names = [Path(found.log.name).name for found in read_paths(tmp_path).logs]
    assert names == ["orthanc.log.10.gz", "orthanc.log.2.gz", "orthanc.log.1", "orthanc.log"]


def test_pods_of_kubernetes_in_order_of_the_restarts(tmp_path: Path) -> None:
    folder = tmp_path / "pods" / "default_orthanc-0_1" / "orthanc"
    folder.mkdir(parents=True)
    for name in ("10.log", "0.log", "2.log"):
        (folder / name).write_bytes(LOG)
    assert [Path(found.log.name).name for found in read_paths(tmp_path).logs] == ["0.log", "2.log", "10.log"]


def test_files_keep_the_order_in_which_they_were_named(tmp_path: Path) -> None:
    names = ["peer.log", "orthanc.log", "b.log"]
    for name in names:
        (tmp_path / name).write_bytes(LOG)
    paths = [str(tmp_path / name) for name in names]
    assert [found.log.name for found in read_paths(*paths).logs] == paths


def test_a_folder_of_many_things(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "orthanc.log").write_bytes(LOG)
    (tmp_path / "orthanc.json").write_text('{\n  // Name\n  "Name": "x"\n}\n')
    (tmp_path / "image.dcm").write_bytes(bytes(128) + b"DICM" + bytes(100))
    (tmp_path / "0f3e").write_bytes(bytes(128) + b"DICM" + bytes(100))
    (tmp_path / "index").write_bytes(b"SQLite format 3\x00" + bytes(100))
    (tmp_path / "empty.log").touch()
    (tmp_path / "broken.log").write_bytes(bytes(range(1, 256)) * 20)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.log").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round.log").symlink_to(tmp_path / "round.log")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))
        everything = read_paths(tmp_path)
    assert everything.only.texts == LINES
    assert {Path(name).name for name in everything.skipped} == {"orthanc.json", "image.dcm", "0f3e", "index", "loop"}
    said = {Path(problem.where).name: problem for problem in everything.problems}
    assert {name: problem.what for name, problem in said.items()} == {
        "empty.log": "is empty",
        "broken.log": "is a binary file",
        "gone.log": "cannot be opened: no such file or directory",
        "round.log": "cannot be opened: too many levels of symbolic links",
        "pipe": "is a named pipe, not a file, and was not read",
        "socket": "is a socket, not a file, and was not read",
    }
    assert {name for name, problem in said.items() if problem.incomplete} == {"broken.log", "gone.log", "round.log"}


def test_folders_without_a_log(tmp_path: Path) -> None:
    (problem,) = read_paths(tmp_path).problems
    assert (problem.where, problem.what) == (str(tmp_path), "holds no file that can be read")
    (tmp_path / "page.html").write_text("<p>hello</p>\n")
    (problem,) = read_paths(tmp_path).problems
    assert problem.what == "holds no log"


def test_what_does_not_exist(tmp_path: Path) -> None:
    everything = read_paths(tmp_path / "x.log", ECHO, "a\0b")
    assert everything.only.texts == LINES
    assert everything.what == [
        "cannot be opened: no such file or directory",
        "cannot be opened: its name is not valid",
    ]
    assert everything.problems[1].where == "a\\x00b"


def test_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, who may read everything: the operating system's answer is put in its place."""
    (tmp_path / "a.log").write_bytes(LOG)
    (tmp_path / "b.log").write_bytes(LOG)
    real = Path.open

    def refuse(self: Path, *args: object, **options: object) -> object:
        if self.name == "a.log":
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    everything = read_paths(tmp_path)
    assert everything.only.texts == LINES
    (problem,) = everything.problems
    assert (problem.where, problem.what) == (str(tmp_path / "a.log"), "cannot be opened: permission denied")
    assert problem.incomplete


def test_a_file_that_vanishes(tmp_path: Path) -> None:
    from loganalyzer.sources.opening import open_logs

    for name in ("a.log", "b.log", "c.log"):
        (tmp_path / name).write_bytes(LOG)
    opened = open_logs([tmp_path])
    next(opened)
    (tmp_path / "b.log").unlink()
    assert [Path(log.name).name for log in opened] == ["c.log"]
    assert [problem.what for problem in opened.problems] == ["cannot be opened: no such file or directory"]


def test_a_file_that_cannot_be_read_to_its_end(tmp_path: Path) -> None:
    from loganalyzer.sources.opening import open_files
    from tests.sources.reading_back import drained

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 10_000:
                raise OSError(5, "Input/output error")
            return super().read(min(size or 0, 4096))

    found = drained(open_files([("x.log", Failing(LOG))])).only
    assert LOG.startswith(b"\n".join(found.texts))
    assert len(found.texts) > 50
    (problem,) = found.log.state.problems
    assert problem.what == "the rest could not be read: input/output error"
    assert problem.where == f"x.log:{len(found.texts)}"


def test_devices_are_not_read() -> None:
    assert read_paths(os.devnull).what == ["is a device, not a file, and was not read"]


def test_a_named_pipe_that_was_asked_for(tmp_path: Path) -> None:
    """As a shell's process substitution gives it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(LOG))
    writer.start()
    everything = read_paths(pipe)
    writer.join()
    assert everything.only.texts == LINES
    assert everything.only.log.year_from == "none"


def test_a_pipe_without_writer_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    everything = read_paths(tmp_path / "pipe", pipe_seconds=0.05)
    assert everything.what == ["cannot be opened: nobody wrote to this pipe for 0.05 seconds"]


@pytest.mark.parametrize("form", ["plain", "gzip", "compose", "file"])
def test_standard_input(form: str, tmp_path: Path) -> None:
    data = {
        "gzip": gzip.compress(LOG, mtime=0),
        "compose": data_of([b"orthanc-1  | " + line for line in clean_lines(ECHO)]),
    }
    program = (
        "from loganalyzer.sources.opening import open_logs\n"
        "opened = open_logs(['-'])\n"
        "for log in opened:\n"
        "    lines = sum(block.data.count(b'\\n') for block in log.blocks())\n"
        "    print(log.name, log.wrapper, log.year, lines, log.state.problems, opened.problems, sep='|')\n"
    )
    given = tmp_path / "given"
    given.write_bytes(data.get(form, LOG))
    with given.open("rb") as file:
        if form == "file":
            done = subprocess.run(
                [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, stdin=file
            )
        else:
            content = file.read()
            done = subprocess.run(
                [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, input=content
            )
    wrapper = "docker-compose" if form == "compose" else "plain"
    name = "standard input [orthanc-1]" if form == "compose" else "standard input"
    assert done.stdout.decode() == f"{name}|{wrapper}|None|{len(LINES)}|[]|[]\n"


def test_the_same_file_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "link.log").symlink_to(ECHO)
    everything = read_paths(tmp_path / "link.log", ECHO, ECHO)
    assert len(everything.logs) == 1
    assert len(everything.skipped) == 2


def test_large_plain_files_are_sampled_in_the_middle_too(tmp_path: Path) -> None:
    """A mail may begin with a long text before the log that it quotes."""
    prose = b"".join(b"Line %d of a long story about a hospital.\n" % index for index in range(8000))
    quoted = data_of([b"> " + line for line in ODD_AETS.read_bytes().split(b"\n")[:-1] * 20])
    (tmp_path / "mail.txt").write_bytes(prose + quoted)
    assert read_paths(tmp_path / "mail.txt").only.log.wrapper.startswith("quote")


def test_a_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "orthanc.log").write_bytes(LOG)
    real = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    everything = read_paths(tmp_path)
    assert everything.only.texts == LINES
    (problem,) = everything.problems
    assert (problem.where, problem.incomplete) == (str(tmp_path / "closed"), True)
