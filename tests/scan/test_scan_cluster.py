"""A real Dask cluster on loopback: a scheduler and two workers, each a process, one of which is killed at its work."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from loganalyzer.scan.examine import examine
from loganalyzer.scan.helpers import ClusterHelpers
from loganalyzer.scan.inputs import discover
from loganalyzer.scan.schemas import TABLES
from loganalyzer.scan.settings import Settings
from loganalyzer.scan.units import Unit
from tests.scan.conftest import COMMAND, content, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BUSY = "busy-hundreds-1.12.7-verbose"


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()


def start(processes: list[subprocess.Popen[bytes]], folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with (folder / "cluster.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", *arguments], stdout=log, stderr=log, cwd=folder)
    processes.append(process)
    return process


def address(folder: Path) -> str:
    path = folder / "scheduler.json"
    for _ in range(600):
        with contextlib.suppress(OSError, ValueError):
            return str(json.loads(path.read_text())["address"])
        time.sleep(0.1)
    raise AssertionError((folder / "cluster.log").read_text())


def test_a_worker_is_killed_and_the_result_is_the_same(
    scan: Callable[..., object], tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    from distributed import Client

    archive = tmp_path / "archive"
    for i in range(8):
        (archive / f"server-{i}").mkdir(parents=True)
        shutil.copyfile(recorded(BUSY), archive / f"server-{i}" / "orthanc.log")
    start(
        processes, tmp_path, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
        "--scheduler-file", "scheduler.json",
    )  # fmt: skip
    url = address(tmp_path)
    for name in ("one", "two"):
        start(
            processes, tmp_path, "distributed.cli.dask_worker", url, "--nthreads", "1", "--no-nanny", "--no-dashboard",
            "--name", name, "--local-directory", str(tmp_path),
        )  # fmt: skip
    with Client(url, timeout=30) as client:
        client.wait_for_workers(2, timeout=60)
        scanning = subprocess.Popen(
            [*COMMAND, "scan", archive, "-o", tmp_path / "out", "--scheduler", url],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        victim = processes[2]
        assert wait_until_at_work(client, victim.pid), scanning.communicate(timeout=60)
        os.kill(victim.pid, signal.SIGKILL)
        out, err = scanning.communicate(timeout=150)
    assert scanning.returncode == 1, err
    assert "8 files found = 8 read + 0 skipped + 0 failed" in out
    assert all(" files, " in line for line in err.splitlines()), err  # how far it is, on a slow machine
    scan(archive, "-o", tmp_path / "here", "--workers", "1", check=1)
    assert content(tmp_path / "out") == content(tmp_path / "here")


def test_parts_of_a_large_log_are_read_by_other_tasks(tmp_path: Path) -> None:
    from distributed import Client, LocalCluster

    shutil.copyfile(recorded(BUSY), tmp_path / "orthanc.log")
    found = discover([str(tmp_path)], tmp_path / "out")
    unit, settings = Unit(tuple(found.inputs), ("key",)), Settings("")
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        result = client.submit(examine, unit, settings, ClusterHelpers(1, (), 40_000), pure=False).result(timeout=60)
    here = examine(unit, settings)
    for name in TABLES:
        assert [t.to_pylist() for t in result.tables(name)] == [t.to_pylist() for t in here.tables(name)]


def wait_until_at_work(client: object, pid: int) -> bool:
    """Whether the worker with this process id got something to do, and time to begin it."""
    for _ in range(600):
        busy = {worker for worker, keys in client.processing().items() if any("examine" in str(k) for k in keys)}  # type: ignore[attr-defined]
        if any(worker in busy for worker, own in client.run(os.getpid).items() if own == pid):  # type: ignore[attr-defined]
            time.sleep(0.2)
            return True
        time.sleep(0.05)
    return False


def test_a_cluster_that_is_started_for_the_scan(
    scan: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    shutil.copyfile(recorded("called-aet-mismatch-1.12.7-trace"), tmp_path / "Orthanc.log")
    done = scan(tmp_path / "Orthanc.log", "-o", tmp_path / "out", "--dask", "local", "--workers", "1", check=1)
    assert "1 files found = 1 read" in done.stdout


def test_a_scheduler_that_is_not_there(scan: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    shutil.copyfile(recorded("healthy-echo-in-1.12.7-trace"), tmp_path / "archive" / "orthanc.log")
    done = scan(tmp_path / "archive", "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9", check=2)
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in done.stderr
    assert len(done.stderr.splitlines()) == 1
