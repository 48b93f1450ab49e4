"""Remote stores by URL: an S3 server and an HTTP server on loopback, each a process of its own."""

from __future__ import annotations

import contextlib
import http.server
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from loganalyzer.scan import open_dataset
from tests.scan.conftest import COMMAND, RECORDINGS, content, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Scan = Callable[..., subprocess.CompletedProcess[str]]

KEYS = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "us-east-1"}


@contextlib.contextmanager
def serving(*arguments: str, path: str = "/") -> Iterator[str]:
    """The address of a server that is started with its port as last argument."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **KEYS},
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(url + path, timeout=5).close()  # noqa: S310 -- loopback
                break
            time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def bucket(archive: Path) -> Iterator[dict[str, str]]:
    """An S3 server with the archive in its bucket; the environment to reach it with."""
    import boto3

    with serving("moto.server", "-H", "127.0.0.1", "-p", path="/moto-api/") as url:
        client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="nobody",
            aws_secret_access_key="none",  # noqa: S106 -- of no account
        )
        client.create_bucket(Bucket="logs")
        for path in archive.rglob("*.log"):
            client.upload_file(str(path), "logs", str(path.relative_to(archive)))
        yield {**os.environ, **KEYS, "FSSPEC_S3_ENDPOINT_URL": url}


def facts(folder: Path) -> list[tuple[object, ...]]:
    """What a dataset says, without the places of the logs."""
    findings = open_dataset(folder).findings()
    return sorted(
        (file.rsplit("/", 1)[-1], *rest)
        for file, *rest in findings[["file", "server", "cause", "code", "count"]].itertuples(index=False)
    )


def test_s3(scan: Scan, archive: Path, bucket: dict[str, str], tmp_path: Path) -> None:
    done = scan("s3://logs", "-o", tmp_path / "s3", "--workers", "1", env=bucket, check=1)
    assert "5 files found = 5 read + 0 skipped + 0 failed" in done.stdout
    scan(archive, "-o", tmp_path / "local", "--workers", "1", check=1)
    assert facts(tmp_path / "s3") == facts(tmp_path / "local")
    before = content(tmp_path / "s3")
    again = scan("s3://logs/**/*.log", "-o", tmp_path / "s3", "--workers", "1", env=bucket, check=1)
    assert "5 were known already" in again.stdout
    assert content(tmp_path / "s3") == before


def test_a_store_that_is_lost(scan: Scan, tmp_path: Path, archive: Path) -> None:
    environment = {**os.environ, **KEYS, "FSSPEC_S3_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = scan("s3://logs", archive, "-o", tmp_path / "out", "--workers", "1", env=environment, check=4)
    assert "6 files found = 5 read + 0 skipped + 1 failed" in done.stdout
    assert "s3://logs: cannot be listed" in done.stderr


def test_a_store_that_is_back(scan: Scan, tmp_path: Path, archive: Path) -> None:
    """What failed for the store's sake is read the next time, and leaves no trace."""
    Unsteady.losses = 1000
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unsteady) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/orthanc.log"
        lost = scan(url, "-o", tmp_path / "out", "--workers", "1")
        assert "the store failed" in open_dataset(tmp_path / "out").files()["reason"][0]
        Unsteady.losses = 0
        back = scan(url, "-o", tmp_path / "out", "--workers", "1", check=1)
        server.shutdown()
    assert lost.returncode in (3, 4)
    assert "1 files found = 1 read + 0 skipped + 0 failed; 0 were known" in back.stdout
    (archive / "dangling").symlink_to(tmp_path / "nowhere")
    assert "1 failed" in scan(archive, "-o", tmp_path / "here", "--workers", "1", check=4).stdout
    (archive / "dangling").unlink()
    assert "0 failed" in scan(archive, "-o", tmp_path / "here", "--workers", "1", check=1).stdout


def test_http(scan: Scan, tmp_path: Path, archive: Path) -> None:
    name = f"{RECORDINGS[0]}.log"
    with serving("http.server", "-b", "127.0.0.1", "-d", str(archive / "server-1")) as url:
        done = scan(f"{url}/{name}", f"{url}/gone.log", "-o", tmp_path / "out", "--workers", "1", check=4)
    assert "2 files found = 1 read + 0 skipped + 1 failed" in done.stdout
    assert {row[2] for row in facts(tmp_path / "out")} == {"called-aet-mismatch"}
    assert recorded(RECORDINGS[0]).exists()


class Unsteady(http.server.BaseHTTPRequestHandler):
    """Serves one log by ranges; of the first whole answer only the beginning, then the connection is gone."""

    data = recorded("busy-hundreds-1.12.7-verbose").read_bytes()
    losses = 0

    def do_HEAD(self) -> None:
        self._head(200, len(self.data))

    def do_GET(self) -> None:
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        part = self.data[int(first) : int(last or len(self.data)) + 1]
        self._head(206, len(part), f"bytes {first}-{int(first) + len(part) - 1}/{len(self.data)}")
        lose = len(part) > 100_000 and type(self).losses > 0
        type(self).losses -= lose
        self.wfile.write(part[:50_000] if lose else part)
        self.close_connection = True

    def _head(self, status: int, length: int, place: str = "") -> None:
        self.send_response(status)
        self.send_header("ETag", '"1"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(length))
        if place:
            self.send_header("Content-Range", place)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_connection_that_is_lost_once(scan: Scan, tmp_path: Path) -> None:
    Unsteady.losses = 1
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unsteady) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = scan(f"http://127.0.0.1:{server.server_port}/orthanc.log", "-o", tmp_path / "out", "--workers", "1")
        server.shutdown()
    assert "1 files found = 1 read + 0 skipped + 0 failed" in done.stdout
    assert Unsteady.losses == 0
    assert int(open_dataset(tmp_path / "out").files()["bytes"].sum()) == len(Unsteady.data)


def test_a_store_without_its_package(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['s3fs'] = None; from loganalyzer.cli.process import run;"
        f"sys.exit(run(['scan', 's3://logs', '-o', {str(tmp_path / 'out')!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "s3fs" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert COMMAND


def test_what_holds_nothing_is_not_opened(tmp_path: Path) -> None:
    """Of a store that cannot tell a pipe from a file, a pipe is an empty file."""
    import fsspec

    from loganalyzer.scan.inputs import discover

    store = fsspec.filesystem("memory")
    store.pipe({"/pipes/a.log": recorded(RECORDINGS[0]).read_bytes(), "/pipes/pipe": b""})
    try:
        found = discover(["memory://pipes"], tmp_path)
    finally:
        store.rm("/pipes", recursive=True)
    assert [one.name for one in found.inputs] == ["memory://pipes/a.log"]
    assert [(p.where, p.what) for p in found.skipped] == [("/pipes/pipe", "is empty")]


@pytest.mark.parametrize(
    ("url", "path", "name", "location"),
    [
        ("sftp://u:p@host:22/logs", "/logs", "/logs/a.log", "sftp://u:p@host:22/logs/a.log"),
        ("sftp://host/", "/", "/a.log", "sftp://host/a.log"),
        ("s3://bucket/20*", "bucket/20*", "bucket/2024/a.log", "s3://bucket/2024/a.log"),
        ("s3://bucket", "bucket", "bucket/a.log", "s3://bucket/a.log"),
        ("https://host/logs/", "https://host/logs/", "https://host/logs/a.log", "https://host/logs/a.log"),
        ("zip://logs::https://host/a.zip", "logs", "logs/a.log", "zip://logs/a.log::https://host/a.zip"),
    ],
)
def test_where_a_file_of_a_store_is_found_again(url: str, path: str, name: str, location: str) -> None:
    """The paths of many stores do not name the host."""
    from loganalyzer.scan.inputs import _around

    before, behind = _around(url, path, None)
    assert before + name + behind == location
