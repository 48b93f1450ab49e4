"""What may lie in an archive, and what may happen to a scan: nothing stops it, nothing is passed over in silence."""

from __future__ import annotations

import contextlib
import gzip
import os
import resource
import shutil
import signal
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loganalyzer.scan import open_dataset
from tests.packing import tarred, zipped
from tests.scan.conftest import COMMAND, RECORDINGS, InProcess, content, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Scan = Callable[..., subprocess.CompletedProcess[str]]


def statuses(out: Path) -> dict[str, tuple[str, str]]:
    files = open_dataset(out).files()
    return {
        Path(f).name: (s, r or "") for f, s, r in files[["file", "status", "reason"]].fillna("").itertuples(index=False)
    }


def test_what_lies_in_folders(scan: Scan, archive: Path, tmp_path: Path) -> None:
    os.mkfifo(archive / "pipe.log")
    (archive / "circle").symlink_to(archive)
    (archive / "dangling.log").symlink_to(archive / "nowhere")
    for one, other in (("round", "about"), ("about", "round"), (".round", ".about"), (".about", ".round")):
        (archive / one).symlink_to(archive / other)
    (archive / "twice.log").symlink_to(archive / "server-1" / f"{RECORDINGS[0]}.log")
    (archive / ".hidden.log").write_bytes(b"x")
    (archive / "empty.log").write_bytes(b"")
    (archive / "null.log").symlink_to("/dev/null")
    (archive / "<img src=x>.log").write_bytes(recorded(RECORDINGS[0]).read_bytes())
    done = scan(archive, "-o", tmp_path / "out", "--workers", "1", check=4)
    assert "17 files found = 6 read + 8 skipped + 3 failed" in done.stdout
    found = statuses(tmp_path / "out")
    assert found["pipe.log"] == ("skipped", "is a named pipe, not a file, and was not read")
    assert found["dangling.log"] == ("failed", "cannot be opened: no such file or directory")
    assert found["round"] == found["about"] == ("failed", "cannot be opened: too many levels of symbolic links")
    assert found["empty.log"][0] == found["circle"][0] == found["twice.log"][0] == found["null.log"][0] == "skipped"
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<img" not in page


def test_bombs_and_damage(scan: Scan, archive: Path, tmp_path: Path) -> None:
    bomb = gzip.compress(gzip.compress(bytes(300 << 20), 9), 9)
    (archive / "bomb.gz").write_bytes(bomb)
    log = recorded(RECORDINGS[0]).read_bytes()
    data = bytearray(zipped({"good.log": log, "bad.log": log}))
    at = data.index(b"bad.log") + 400
    data[at : at + 60] = bytes(60)
    (archive / "damaged.zip").write_bytes(data)
    (archive / "cut.log.gz").write_bytes(gzip.compress(log)[:-3000])
    nested = tarred({"logs.zip": zipped({"site/orthanc.log": log})})
    (archive / "nested.tar.gz").write_bytes(gzip.compress(nested))
    scan(archive, "-o", tmp_path / "out", "--workers", "1", check=4)
    files = open_dataset(tmp_path / "out").files().fillna("").set_index("file")
    assert files.loc[f"{archive}/nested.tar.gz!logs.zip!site/orthanc.log"]["verdict"] == "failure"
    assert files.loc[f"{archive}/damaged.zip!good.log"]["complete"]
    assert not files.loc[f"{archive}/damaged.zip!bad.log"]["complete"]
    assert "ends too early" in files.loc[f"{archive}/cut.log.gz"]["reason"]
    assert "max_ratio" in " ".join(files[files["input"] == f"{archive}/bomb.gz"]["reason"])


def test_many_tiny_files(scan: Scan, tmp_path: Path) -> None:
    line = recorded(RECORDINGS[0]).read_bytes().split(b"\n")[0] + b"\n"
    for i in range(1200):
        folder = tmp_path / "archive" / f"{i // 200}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{i}.log").write_bytes(line)
    done = scan(tmp_path / "archive", "-o", tmp_path / "out", "--workers", "2", check=0)
    assert "1200 files found = 1200 read + 0 skipped + 0 failed" in done.stdout
    assert len(list((tmp_path / "out" / "files").iterdir())) < 10
    again = scan(tmp_path / "archive", "-o", tmp_path / "out", "--workers", "2", check=0)
    assert "1200 were known already" in again.stdout


def test_one_line_without_end(scan: Scan, archive: Path, tmp_path: Path) -> None:
    """300 MB of a line, sparse on disk; the peak of memory of the process and its children stays far below that."""
    with (archive / "line.log").open("wb") as file:
        file.write(recorded(RECORDINGS[0]).read_bytes().rstrip(b"\n"))
        file.write(b"x" * (8 << 20))
        file.truncate(300 << 20)
    script = (
        "import resource, sys; from loganalyzer.cli.process import run; status = run(sys.argv[1:]);"
        "own = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'));"
        "print(max(int(own.split()[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)); sys.exit(status)"
    )  # RUSAGE_SELF would count the peak of the process that started this one, too
    done = subprocess.run(
        [COMMAND[0], "-c", script, "scan", archive, "-o", tmp_path / "out", "--workers", "1"],
        capture_output=True, text=True, check=False, timeout=170,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert int(done.stdout.split()[-1]) < 300 << 10
    assert "longer than" in statuses(tmp_path / "out")["line.log"][1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder], check=False).returncode:
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_full_disk(scan: Scan, archive: Path, small_disk: Path) -> None:
    done = scan(archive, "-o", small_disk / "out", "--workers", "1", check=2)
    assert "cannot be written: no space left on device" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_may_not_grow(scan: Scan, archive: Path, tmp_path: Path) -> None:
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (4096, 4096))
    done = scan(archive, "-o", tmp_path / "out", "--workers", "1", check=2, preexec_fn=limit)
    assert done.stderr == f"Error: {tmp_path / 'out'} cannot be written: file too large\n"


def test_output_that_cannot_be_written(scan: Scan, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for out in (tmp_path / "file", Path("/proc/out")):
        done = scan(archive, "-o", out, "--workers", "1", check=2)
        assert "cannot be written" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_nothing_there(scan: Scan, tmp_path: Path) -> None:
    done = scan(tmp_path / "nowhere", "-o", tmp_path / "out", check=3)
    assert "nowhere: cannot be opened" in done.stderr
    assert content(tmp_path / "out")["findings"] == []


def test_a_scan_that_is_stopped_goes_on(
    scan: Scan, big_archive: Path, whole: dict[str, list[str]], tmp_path: Path
) -> None:
    """Twice: by Ctrl-C, which a terminal sends to all processes of a group, and as systemd does, before it is done."""
    for stop, status in (
        (lambda pid: os.killpg(pid, signal.SIGINT), 130),
        (lambda pid: os.kill(pid, signal.SIGTERM), 143),
    ):
        process = subprocess.Popen(
            [*COMMAND, "scan", big_archive, "-o", tmp_path / "out", "--workers", "2"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        wait_for_workers(process.pid)
        stop(process.pid)
        _, err = process.communicate(timeout=60)
        assert process.returncode == status, err
        assert "Traceback" not in err
        open_dataset(tmp_path / "out").findings()
        assert (tmp_path / "out" / "index.html").exists()
        assert not children_of(process.pid)
    scan(big_archive, "-o", tmp_path / "out", "--workers", "2", check=1)
    assert content(tmp_path / "out") == whole


def test_a_scan_that_is_killed_goes_on(
    scan: Scan, big_archive: Path, whole: dict[str, list[str]], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [*COMMAND, "scan", big_archive, "-o", tmp_path / "out", "--workers", "1", "--quiet"], stderr=subprocess.DEVNULL
    )
    for _ in range(600):
        if (tmp_path / "out" / "logs").exists():
            break
        time.sleep(0.02)
    time.sleep(0.5)
    process.kill()
    process.wait()
    for table in ("findings", "runs"):  # what a scan leaves that is killed between two renames
        shutil.copyfile(some_part(tmp_path), tmp_path / "out" / table / "part-0123456789abcdef.parquet")
    scan(big_archive, "-o", tmp_path / "out", "--workers", "2", check=1)
    assert content(tmp_path / "out") == whole
    assert not list((tmp_path / "out" / ".aside").iterdir())


def test_the_workers_of_a_killed_scan_end(big_archive: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "scan", big_archive, "-o", tmp_path / "out", "--workers", "2", "--quiet"],
        stderr=subprocess.DEVNULL,
    )
    wait_for_workers(process.pid)
    workers = children_of(process.pid)
    process.kill()
    process.wait()
    for _ in range(600):
        if not any(runs(worker) for worker in workers):
            return
        time.sleep(0.05)
    pytest.fail("workers run on, with nobody to give them work")


def some_part(tmp_path: Path) -> Path:
    """A valid Parquet file with rows of findings."""
    other = tmp_path / "other"
    subprocess.run([*COMMAND, "scan", recorded(RECORDINGS[0]), "-o", other, "--workers", "1", "-q"], check=False)
    return next((other / "findings").iterdir())


def test_two_scans_at_once(scan: Scan, archive: Path, tmp_path: Path) -> None:
    both = [
        subprocess.Popen([*COMMAND, "scan", part, "-o", tmp_path / "out", "--workers", "1", "-q"])
        for part in (archive / "server-1", archive / "server-2", archive / "server-1")
    ]
    assert [process.wait(timeout=120) for process in both] == [1, 1, 1]
    scan(archive / "server-1", archive / "server-2", "-o", tmp_path / "fresh", "--workers", "1", check=1)
    assert content(tmp_path / "out") == content(tmp_path / "fresh")


def test_a_worker_that_dies(scan: Scan, archive: Path, tmp_path: Path) -> None:
    """One file takes its worker with it each time: the others are read, and it is named."""
    poison = f"{RECORDINGS[1]}.log"
    hook = tmp_path / "site" / "sitecustomize.py"
    hook.parent.mkdir()
    hook.write_text(
        "import os, sys\n"
        "from loganalyzer.scan.inputs import Input\n"
        "usual = Input.open\n"
        f"Input.open = lambda self: os._exit(9) if {poison!r} in self.location else usual(self)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(hook.parent)}
    done = scan(archive, "-o", tmp_path / "out", "--workers", "2", env=environment, check=4)
    assert "5 files found = 4 read + 0 skipped + 1 failed" in done.stdout
    assert statuses(tmp_path / "out")[poison][1].startswith("the worker that read it died")
    again = scan(archive, "-o", tmp_path / "out", "--workers", "2", check=1)
    assert "5 read + 0 skipped + 0 failed; 4 were known already" in again.stdout


def test_files_that_grow_and_vanish(archive: Path, tmp_path: Path) -> None:
    from loganalyzer.patternbase import load_patterns
    from loganalyzer.scan.run import scan as run
    from loganalyzer.scan.settings import Settings, fingerprint

    growing, vanishing = (archive / "server-1" / f"{RECORDINGS[i]}.log" for i in (0, 2))

    class Meanwhile(InProcess):
        def run(self, units, settings):  # type: ignore[no-untyped-def]
            with growing.open("ab") as file:
                file.write(recorded(RECORDINGS[1]).read_bytes())
            vanishing.unlink()
            return super().run(units, settings)

    settings = Settings(fingerprint(load_patterns()))
    run([str(archive)], tmp_path / "out", settings, Meanwhile())
    found = statuses(tmp_path / "out")
    assert found[vanishing.name] == ("failed", "is no longer there")
    account = run([str(archive)], tmp_path / "out", settings, InProcess())
    assert (account.files, account.known) == (4, 3)


def test_period(scan: Scan, archive: Path, tmp_path: Path) -> None:
    done = scan(archive, "-o", tmp_path / "out", "--workers", "1", "--until", "2013-01-01")
    assert "0 read + 5 skipped" in done.stdout
    done = scan(archive, "-o", tmp_path / "out", "--workers", "1", "--since", "2013-01-01", check=1)
    assert "5 read + 0 skipped" in done.stdout


@pytest.fixture(scope="module")
def big_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = tmp_path_factory.mktemp("big")
    data = recorded("busy-hundreds-1.12.7-verbose").read_bytes()
    for i in range(36):  # of logs that are the same, one is read; so many that a scan is still at them when it is ended
        (archive / f"{i}.log").write_bytes(data + b"\n" * i)
    return archive


def children_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in children.read_text().split()] if children.exists() else []


def runs(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has waited for has no command any more."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def wait_for_workers(pid: int) -> None:
    for _ in range(1200):
        with contextlib.suppress(OSError):
            if len(children_of(pid)) >= 2:
                time.sleep(0.4)  # they need 0.3 s to start, and a second for their work
                return
        time.sleep(0.05)


@pytest.fixture(scope="module")
def whole(scan: Scan, big_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What a scan of the large archive gives that nobody stops."""
    out = tmp_path_factory.mktemp("whole")
    scan(big_archive, "-o", out, "--workers", "2", check=1)
    return content(out)
